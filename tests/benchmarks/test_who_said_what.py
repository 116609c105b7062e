"""Who said what, by the quotations annotated in 700 articles of Wikinews.

    pytest tests/benchmarks/test_who_said_what.py -m benchmark -s

Nothing was tuned on them; the figures are of the articles with odd numbers, as in the other sets.
"""

from __future__ import annotations

import pytest
from datasets import who_said_what, write_jsonl

from zeitfrage.assistant import Assistant
from zeitfrage.assistant.evaluate import evaluate, sum_up
from zeitfrage.assistant.evaluation_output import show_evaluation
from zeitfrage.config import Settings
from zeitfrage.config.settings import BUNDLED_MODEL
from zeitfrage.index import Collection


@pytest.fixture
def wikinews(shared_data, fresh_folder, tmp_path):  # noqa: ARG001
    settings = Settings(data_folder=fresh_folder)
    file = write_jsonl(tmp_path / "articles.jsonl", who_said_what()[0])
    with Collection.open(fresh_folder, settings) as collection:
        assert len(list(collection.ingest([file]))) == 700
    with Assistant.open(settings=settings) as opened:
        yield opened


def test_who_said_what(wikinews):
    asked = [question for question in who_said_what()[1] if not question.tuning]
    evaluation = sum_up(list(evaluate(wikinews, asked, hide_answers=True)), BUNDLED_MODEL)
    print()
    show_evaluation(evaluation)
    assert evaluation.all.recall_5 >= 0.95
