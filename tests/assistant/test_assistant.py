"""A question in, an answer in the very words of the articles out, or none."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from zeitfrage.assistant import Answer, Assistant, Turn
from zeitfrage.assistant.answer import Abstention
from zeitfrage.config import Settings
from zeitfrage.index import Filters

HARBECK = "Mit wie viel Prozent gewann Swantje Harbeck die Stichwahl in Hohenlürn?"
QUESTIONS = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "questions" / "samples.jsonl").read_text().splitlines()
]


def test_there_are_enough_sample_questions_and_their_evidence_is_in_the_articles(assistant):
    texts = {article.id: article.text for article in assistant.collection.articles(100)}
    unanswerable = [question for question in QUESTIONS if not question["answers"]]
    assert len(QUESTIONS) >= 60
    assert len(unanswerable) * 4 >= len(QUESTIONS) * 0.8
    for question in QUESTIONS:
        about = [t for k, t in texts.items() if k.startswith(tuple(question["article_ids"]) or "-")]
        for words in (*question["evidence"], *question["answers"]):
            assert any(words in text for text in about), (question["question"], words)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["question"][:60])
def test_every_word_of_an_answer_stands_in_an_article(assistant, question):
    answer = assistant.ask(question["question"])
    text = answer.text
    for citation in answer.citations:
        assert citation.quote == citation.article.text[citation.source.start : citation.source.end]
        text = text.replace(f"{citation.quote} [{citation.number}]", "")
    if answer.abstention:
        assert answer.citations == ()
        assert text in {"Das geht aus den Artikeln nicht hervor.", "The articles do not say."}
    else:
        assert 1 <= len(answer.citations) <= 3
        assert text.strip() == ""


def test_a_stream_is_the_answer_in_pieces(assistant):
    *pieces, last = assistant.stream(HARBECK)
    assert isinstance(last, Answer)
    assert "".join(pieces) == last.text
    assert last.text == assistant.ask(HARBECK).text
    assert last.stand
    assert str(last.stand) == "2024-06-24"


def test_the_price_of_something_is_never_answered_without_money(assistant):
    for thing in ("die neue Mission", "der Wahlkampf", "die Stichwahl", "der Protest"):
        answer = assistant.ask(f"Was kostet {thing}?")
        for citation in answer.citations[:1]:
            assert any(sign in citation.quote for sign in ("Euro", "€", "£", "kostenlos"))


def test_a_follow_up_is_understood_from_the_question_before(assistant):
    follow_up = "Wo arbeitete sie vorher?"
    assert assistant.ask(follow_up).abstention
    told = assistant.ask(follow_up, (Turn(HARBECK, "Mit 53,8 Prozent. [1]"),))
    assert [c.article.id for c in told.citations][:1] == ["de-16-stichwahl-harbeck"]


def test_filters_bound_what_may_answer(assistant):
    answer = assistant.ask(HARBECK, filters=Filters(until=date(2023, 12, 31)))
    assert all(p.article.published.first <= date(2023, 12, 31) for p in answer.passages)
    assert "53,8" not in answer.text


def test_it_says_why_there_is_no_answer(assistant, fresh_folder):
    assert assistant.ask("Wer bekam 2024 den Literaturnobelpreis?").abstention is (
        Abstention.NOT_SUPPORTED
    )
    nothing = assistant.ask(HARBECK, filters=Filters(source="Gibt es nicht"))
    assert nothing.abstention is Abstention.NOTHING_FOUND
    with Assistant.open(settings=Settings(data_folder=fresh_folder)) as empty:
        assert empty.ask(HARBECK).abstention is Abstention.EMPTY_COLLECTION
