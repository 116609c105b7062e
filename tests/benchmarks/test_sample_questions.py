"""The answerer without an LLM on the questions about the sample articles, and about unseen ones.

    pytest tests/benchmarks/test_sample_questions.py -m benchmark -s

Articles with even numbers were there when weights and thresholds were tuned, so that the other
half's figures are the honest ones. The questions in samples.jsonl are hard on purpose; unseen.jsonl
has the most questions, about two invented worlds of which the reader never read a word.
"""

from __future__ import annotations

import pytest
from datasets import QUESTIONS, sample_questions

from zeitfrage.assistant import Assistant
from zeitfrage.assistant.evaluate import evaluate, sum_up
from zeitfrage.assistant.evaluation_output import show_evaluation
from zeitfrage.config import Settings
from zeitfrage.config.settings import BUNDLED_MODEL
from zeitfrage.index import Collection

# What the answerer reaches today on the reporting half; lower is a regression.
FLOORS = {
    "samples": {"right_first": 0.62, "right_in_three": 0.72, "abstains_rightly": 0.65},
    "everyday": {"right_first": 0.80, "right_in_three": 0.80, "abstains_rightly": 0.70},
    "unseen": {"right_first": 0.40, "right_in_three": 0.48, "abstains_rightly": 0.50},
}
MOST_WRONG_ABSTENTIONS = {"samples": 0.10, "everyday": 0.10, "unseen": 0.35}


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
    questions = sample_questions(name)
    for half in ("tuning", "reporting"):
        asked = [question for question in questions if question.tuning == (half == "tuning")]
        evaluation = sum_up(list(evaluate(assistant, asked)), BUNDLED_MODEL)
        print(f"\n{name}, {half}")
        show_evaluation(evaluation)
    reached = evaluation.all
    assert reached.abstains_wrongly <= MOST_WRONG_ABSTENTIONS[name]
    for figure, floor in FLOORS[name].items():
        assert getattr(reached, figure) >= floor, figure
