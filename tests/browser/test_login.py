"""The login, as somebody with a browser goes through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from live_server import live
from playwright.sync_api import Page, expect

from zeitfrage.assistant import Assistant
from zeitfrage.assistant.keys import Keys, Scope
from zeitfrage.config import Settings

Visit = Callable[..., Page]


@pytest.fixture
def keys(sample_folder: Path) -> dict[Scope, str]:
    return {scope: Keys(sample_folder).create(scope, "")[1] for scope in Scope}


@pytest.fixture
def url(sample_folder: Path, keys: dict[Scope, str]) -> Iterator[str]:
    """A server that asks for keys."""
    assert len(Keys(sample_folder).all()) == len(keys)
    settings = Settings(data_folder=sample_folder)
    with Assistant.open(settings=settings) as assistant, live(assistant, settings, chat=True) as at:
        yield at


def log_in(page: Page, key: str) -> None:
    page.get_by_label("Zugangsschlüssel").fill(key)
    page.keyboard.press("Enter")


def test_a_reader_logs_in_and_asks(visit: Visit, keys):
    page = visit()
    expect(page).to_have_title("Anmeldung – Zeitfrage")
    log_in(page, "falsch")
    expect(page.get_by_role("alert")).to_have_text("Diesen Schlüssel kennt der Server nicht.")
    log_in(page, keys[Scope.ASK])
    question = page.locator("#question textarea")
    question.fill("Mit wie viel Prozent gewann Swantje Harbeck die Stichwahl in Hohenlürn?")
    question.press("Enter")
    expect(page.locator("#current")).to_contain_text("53,8 Prozent")


def test_who_may_only_ask_is_offered_no_upload(visit: Visit, keys):
    page = visit()
    log_in(page, keys[Scope.ASK])
    expect(page.locator("#sidebar .status")).to_be_attached()
    expect(page.locator("#upload")).to_have_count(0)


def test_who_may_ingest_is_offered_an_upload(visit: Visit, keys):
    page = visit()
    log_in(page, keys[Scope.INGEST])
    expect(page.locator("#upload")).to_be_attached()
