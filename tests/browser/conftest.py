"""A real browser on the real chat; skipped, and said so, where there is no Chromium."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from live_server import live
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from zeitfrage.assistant import Assistant
from zeitfrage.config import Settings

ARTIFACTS = Path(__file__).resolve().parents[2] / ".artifacts"
DESKTOP = {"width": 1400, "height": 900}
PHONE = {"width": 360, "height": 740}
_SWITCHES = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        reason = "NO BROWSER TEST RUNS: there is no chromium here (Debian: apt install chromium)"
        assert "CI" not in os.environ, reason
        pytest.skip(reason)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=_SWITCHES)
        yield started
        started.close()


@pytest.fixture
def llm() -> dict[str, str]:
    """The settings of the LLM that answers; none here."""
    return {}


@pytest.fixture
def url(sample_folder: Path, llm: dict[str, str]) -> Iterator[str]:
    """A server of the test's own over the sample articles."""
    settings = Settings(data_folder=sample_folder, **llm)
    with Assistant.open(settings=settings) as assistant, live(assistant, settings, chat=True) as at:
        yield at


@pytest.fixture
def visit(
    browser: Browser, url: str, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Page]]:
    """Open the chat as a reader with a language and a screen; nothing may go wrong on the page.

    A picture of each page is kept in `.artifacts/` as it is at the end.
    """
    opened: list[tuple[BrowserContext, Page, list[str]]] = []

    def visit(language: str = "de-DE", screen: dict[str, int] = DESKTOP, path: str = "/") -> Page:
        context = browser.new_context(viewport=screen, locale=language)
        page, wrong = context.new_page(), []
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (wrong.append("a dialog opened"), dialog.dismiss()))
        page.on("request", lambda sent: wrong.append(sent.url) if is_outside(sent.url) else None)
        opened.append((context, page, wrong))
        page.goto(url + path)
        return page

    yield visit
    ARTIFACTS.mkdir(exist_ok=True)
    for number, (context, page, wrong) in enumerate(opened):
        name = re.sub(r"\W+", "-", request.node.name).strip("-")
        page.screenshot(path=ARTIFACTS / f"{name}-{number}.png")
        context.close()
        assert wrong == []


def is_outside(url: str) -> bool:
    """Whether an address is anywhere but on this machine."""
    return not url.startswith(("http://127.0.0.1:", "data:", "blob:"))
