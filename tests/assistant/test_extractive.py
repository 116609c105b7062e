"""The answerer without an LLM: what it quotes, and what it emphasises."""

from __future__ import annotations

import pytest

from zeitfrage.assistant import Answer, Assistant
from zeitfrage.assistant.cards import exchange_html
from zeitfrage.assistant.conversation import Exchange
from zeitfrage.config import Settings
from zeitfrage.index import Collection

MUSEUM = """---
title: Museum in Quarnstedt bekommt neue Leiterin
date: 2026-03-12
---
Quarnstedt. Henrike Vollbrandt leitet von Mai an das Torfmuseum in Quarnstedt. Sie hat zuvor neun \
Jahre lang die Sammlung der Moorwerke betreut. Der Eintritt in das Museum kostet 6,50 Euro.

Der Förderverein des Torfmuseums hat 212 Mitglieder. Das teilte der Vorstand am Dienstag mit.
"""


@pytest.fixture(scope="module")
def museum(tmp_path_factory):
    folder = tmp_path_factory.mktemp("museum")
    (folder / "museum.md").write_text(MUSEUM, encoding="utf-8")
    settings = Settings(data_folder=folder / "data")
    with Collection.open(settings.data_folder, settings) as collection:
        assert [result.outcome for result in collection.ingest([folder / "museum.md"])] == ["added"]
    with Assistant.open(settings=settings) as opened:
        yield opened


def emphasised(answer: Answer) -> str:
    source = answer.citations[0].source
    assert source.key is not None
    return source.article.text[slice(*source.key)]


def test_the_words_that_answer_by_themselves_are_known(museum):
    answer = museum.ask("Was kostet der Eintritt in das Torfmuseum?")
    assert "6,50 Euro" in emphasised(answer)
    assert len(emphasised(answer)) < len(answer.citations[0].quote)


def test_the_chat_emphasises_them(museum):
    answer = museum.ask("Wie viele Mitglieder hat der Förderverein des Torfmuseums?")
    html = exchange_html(Exchange("?", answer.text, answer), 1, "de")
    assert f"<strong>{emphasised(answer)}</strong>" in html
    assert "212" in emphasised(answer)


def test_a_sentence_that_begins_with_a_pronoun_is_quoted_with_the_one_before(museum):
    answer = museum.ask("Wo hat Henrike Vollbrandt früher gearbeitet?")
    quote = next(c.quote for c in answer.citations if "Moorwerke" in c.quote)
    assert quote.startswith("Henrike Vollbrandt") or "Henrike Vollbrandt leitet" in answer.text


def test_no_sentence_is_quoted_twice(museum):
    answer = museum.ask("Was ist über Henrike Vollbrandt und das Torfmuseum bekannt?")
    for sentence in ("Sie hat zuvor", "Henrike Vollbrandt leitet", "Das teilte"):
        assert answer.text.count(sentence) <= 1
