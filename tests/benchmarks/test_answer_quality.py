"""The answerer without an LLM on XQuAD, among 2,000 chunks of German news.

    pytest tests/benchmarks/test_answer_quality.py -m benchmark -s

Weights, reader and threshold were made with the paragraphs of even documents; the figures are of
the odd ones. A question becomes unanswerable when its paragraph is taken from what was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest
from datasets import AskedQuestion, news, write_jsonl, xquad

from zeitfrage.assistant.answer import Question, Quote
from zeitfrage.assistant.extractive import ExtractiveAnswerer
from zeitfrage.config import Settings
from zeitfrage.index import Collection, Passage

FLOORS = {
    "de": {"right first": 0.86, "right in three": 0.95, "abstains rightly": 0.85},
    "en": {"right first": 0.70, "right in three": 0.85, "abstains rightly": 0.75},
}
MOST_WRONG_ABSTENTIONS = 0.08


@pytest.fixture(scope="module")
def archive(shared_data, tmp_path_factory):  # noqa: ARG001
    folder = tmp_path_factory.mktemp("archive")
    paragraphs, _ = xquad("de")
    file = write_jsonl(folder / "articles.jsonl", [*paragraphs, *news(2000, 900)])
    with Collection.open(folder / "data", Settings()) as collection:
        assert len(list(collection.ingest([file]))) == 2240
        yield collection


def quotes(
    answerer: ExtractiveAnswerer, question: AskedQuestion, passages: Sequence[Passage]
) -> list[Quote]:
    text = question.text
    asked = Question(text=text, standalone=text, language=question.language, as_of=date(2020, 1, 1))
    return [quote for sentence in answerer.answer(asked, passages) for quote in sentence.quotes]


def right(question: AskedQuestion, found: Sequence[Quote]) -> bool:
    return any(question.is_answered_by(quote.article.id, quote.text) for quote in found)


@pytest.mark.parametrize("language", ["de", "en"])
def test_answers_on_xquad(archive, language):
    answerer, found, without = ExtractiveAnswerer(archive), [], []
    asked = [question for question in xquad(language)[1] if not question.tuning]
    for question in asked:
        passages = archive.search(question.text, 16)
        others = [p for p in passages if not question.is_about(p.article.id)]
        found.append(quotes(answerer, question, passages[:8]))
        without.append(quotes(answerer, question, others[:8]))
    pairs = list(zip(asked, found, strict=True))
    figures = {
        "right first": np.mean([right(question, some[:1]) for question, some in pairs]),
        "right in three": np.mean([right(question, some[:3]) for question, some in pairs]),
        "abstains rightly": np.mean([not some for some in without]),
        "abstains wrongly": np.mean([not some for some in found]),
    }
    print(f"\nXQuAD, asked in {language} of German text, {len(asked)} questions")
    print("  ".join(f"{name} {value:.3f}" for name, value in figures.items()))
    assert figures["abstains wrongly"] <= MOST_WRONG_ABSTENTIONS
    for name, floor in FLOORS[language].items():
        assert figures[name] >= floor, name
