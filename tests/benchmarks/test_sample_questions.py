"""The answerer without an LLM on the questions about the sample articles, and about unseen ones.

    pytest tests/benchmarks/test_sample_questions.py -m benchmark -s

Articles with even numbers were there when weights and thresholds were tuned, so that the other
half's figures are the honest ones. The questions in samples.jsonl are hard on purpose; unseen.jsonl
has the most questions, about two invented worlds of which the reader never read a word.
"""

from __future__ import annotations

import numpy as np
import pytest
from datasets import QUESTIONS, AskedQuestion, sample_questions

from zeitfrage.assistant import Answer, Assistant
from zeitfrage.config import Settings
from zeitfrage.index import Collection

# What the answerer reaches today on the reporting half; lower is a regression.
FLOORS = {
    "samples": {"right first": 0.55, "right in three": 0.65, "abstains rightly": 0.60},
    "everyday": {"right first": 0.72, "right in three": 0.80, "abstains rightly": 0.70},
    "unseen": {"right first": 0.70, "right in three": 0.80, "abstains rightly": 0.70},
}
MOST_WRONG_ABSTENTIONS = 0.10


def right(question: AskedQuestion, answer: Answer, within: int) -> bool:
    quotes = answer.citations[:within]
    return any(question.is_answered_by(c.article.id, c.quote) for c in quotes)


@pytest.fixture(scope="module")
def unseen(tmp_path_factory):
    settings = Settings(data_folder=tmp_path_factory.mktemp("unseen"))
    with Collection.open(settings.data_folder, settings) as collection:
        assert len(list(collection.ingest([QUESTIONS / "unseen_articles.jsonl"]))) == 60
    with Assistant.open(settings=settings) as opened:
        yield opened


@pytest.mark.parametrize("name", ["samples", "everyday", "unseen"])
def test_sample_questions(assistant, unseen, name):
    assistant = unseen if name == "unseen" else assistant
    asked = [(question, assistant.ask(question.text)) for question in sample_questions(name)]
    for half in ("tuning", "reporting"):
        some = [pair for pair in asked if pair[0].tuning == (half == "tuning")]
        answerable = [(q, a) for q, a in some if q.answers]
        unanswerable = [(q, a) for q, a in some if not q.answers]
        figures = {
            "right first": np.mean([right(q, a, 1) for q, a in answerable]),
            "right in three": np.mean([right(q, a, 3) for q, a in answerable]),
            "abstains rightly": np.mean([a.abstained for _, a in unanswerable]),
            "abstains wrongly": np.mean([a.abstained for _, a in answerable]),
        }
        print(f"\n{name}, {half}: {len(answerable)} answerable, {len(unanswerable)} unanswerable")
        print("  ".join(f"{figure} {value:.3f}" for figure, value in figures.items()))
    assert figures["abstains wrongly"] <= MOST_WRONG_ABSTENTIONS
    for figure, floor in FLOORS[name].items():
        assert figures[figure] >= floor, figure
