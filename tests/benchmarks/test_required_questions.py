"""The seed article among the samples and 700 articles of Wikinews: four questions to get right.

pytest tests/benchmarks/test_required_questions.py -m benchmark -s
"""

from __future__ import annotations

from zeitfrage.assistant import Assistant
from zeitfrage.config import Settings
from zeitfrage.index import Collection

RIGHT = (
    ("Wie viele deutsche Soldaten sind bei Erbil stationiert?", "rund 120"),
    ("Wer ist Nato-Generalsekretär?", "Jens Stoltenberg"),
    ("How much territory has IS lost?", "98 Prozent"),
)


def test_three_questions_are_answered_and_the_fourth_is_not(shared_data, sample_folder):
    wikinews = shared_data / "wikinews-de" / "articles.jsonl.gz"
    with Collection.open(sample_folder, Settings()) as collection:
        inputs = [shared_data / "seed" / "nato-irak.txt", wikinews]
        assert sum(result.outcome == "added" for result in collection.ingest(inputs)) > 690
    with Assistant.open(settings=Settings(data_folder=sample_folder)) as assistant:
        for question, expected in RIGHT:
            answer = assistant.ask(question)
            print(f"\n{question}\n{answer.text}")
            assert expected in answer.citations[0].quote
        answer = assistant.ask("Was kostet die neue Mission?")
        print(f"\nWas kostet die neue Mission?\n{answer.text}")
        assert answer.abstained
