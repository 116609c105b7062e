"""Train the weights in assistant/evidence.json on the tuning halves of XQuAD and the samples.

    python tests/benchmarks/train_evidence.py

XQuAD is asked in German and in English of German paragraphs among 2,000 news articles, and in
English of English paragraphs; the sample questions are asked of the sample articles. A question
becomes unanswerable when its articles are taken away. Documents with an even number are the tuning
half; figures are printed for the other one too.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from zeitfrage.assistant import evidence as scoring
from zeitfrage.assistant.extractive import PASSAGES
from zeitfrage.assistant.server import SAMPLES
from zeitfrage.config import Settings
from zeitfrage.index.article import Passage
from zeitfrage.index.collection import Collection

sys.path.insert(0, str(Path(__file__).parent))
from datasets import AskedQuestion, news, sample_questions, write_jsonl, xquad

WEIGHTS = Path(scoring.__file__).with_name("evidence.json")
# There are ten times as many questions of XQuAD, which is written in the words of its paragraphs.
SAMPLE_WEIGHT = 10.0


@dataclass(frozen=True)
class Case:
    """A question with the sentences found for it, once as it is, once without its articles.

    A question that nothing answers has sentences only of the second kind.
    """

    question: AskedQuestion
    weight: float
    found: list[scoring.Evidence]
    without: list[scoring.Evidence]

    def right(self, evidence: scoring.Evidence) -> bool:
        """Whether a sentence holds the answer."""
        quote = evidence.quote
        return self.question.is_answered_by(quote.article.id, quote.text)


def main() -> None:
    """Train, print the reporting half's figures and write the weights."""
    with tempfile.TemporaryDirectory() as folder:
        cases = _cases(Path(folder))
    for name, group in cases.items():
        tuning = [case for case in group if case.question.tuning]
        reporting = [case for case in group if not case.question.tuning]
        _write(name, _train(tuning))
        for label, half in (("tuning", tuning), ("reporting", reporting)):
            _report(f"{name} {label}", [case for case in half if case.weight == 1])
            _report(f"{name} samples {label}", [case for case in half if case.weight > 1])


def _cases(folder: Path) -> dict[str, list[Case]]:
    german, asked_in_german = xquad("de")
    _, asked_in_english = xquad("en")
    english, english_of_english = xquad("en", "en")
    distractors = list(news(2000, 900))
    with _collection(folder / "de", _jsonl(folder, german + distractors)) as collection:
        same = [_case(question, collection) for question in asked_in_german]
        cross = [_case(question, collection, same=False) for question in asked_in_english]
    with _collection(folder / "en", _jsonl(folder, english)) as collection:
        same += [_case(question, collection) for question in english_of_english]
    with _collection(folder / "samples", SAMPLES) as collection:
        for question in sample_questions():
            group = same if _asked_in_its_language(question, collection) else cross
            group.append(_case(question, collection, group is same, SAMPLE_WEIGHT))
    return {"same": same, "cross": cross}


def _jsonl(folder: Path, articles: list[dict[str, object]]) -> Path:
    return write_jsonl(folder / f"{len(articles)}.jsonl", articles)


def _collection(folder: Path, articles: Path) -> Collection:
    collection = Collection.open(folder, Settings())
    results = list(collection.ingest([articles]))
    print(f"{len(results)} articles in {folder.name}", flush=True)
    return collection


def _asked_in_its_language(question: AskedQuestion, collection: Collection) -> bool:
    languages = {a.language for a in collection.articles() if question.is_about(a.id)}
    return not languages or question.language in languages


def _case(
    question: AskedQuestion, collection: Collection, same: bool = True, weight: float = 1.0
) -> Case:
    passages = collection.search(question.text, 3 * PASSAGES)
    others = [p for p in passages if not question.is_about(p.article.id)]
    found, without = (
        [e for e in _gather(question, some[:PASSAGES], collection) if e.same_language == same]
        for some in (passages if question.answers else (), others)
    )
    return Case(question, weight, found, without)


def _gather(
    question: AskedQuestion, passages: Sequence[Passage], collection: Collection
) -> list[scoring.Evidence]:
    return scoring.gather(question.text, question.language, passages, collection)


def _train(cases: list[Case]) -> dict[str, object]:
    return _fit([(e.features, case.right(e), case.weight) for case in cases for e in case.found])


def _fit(examples: list[tuple[scoring.Features, bool, float]]) -> dict[str, object]:
    """Fit on standardised features, then fold the standardisation into weights and bias."""
    features, labels, sample_weight = zip(*examples, strict=True)
    scaler = StandardScaler().fit(features)
    model = LogisticRegression(max_iter=5000)
    model.fit(scaler.transform(features), labels, sample_weight)
    weights = model.coef_[0] / scaler.scale_
    bias = float(model.intercept_[0] - weights @ scaler.mean_)
    return {"weights": [round(float(w), 5) for w in weights], "bias": round(bias, 5)}


def _write(name: str, weights: dict[str, object]) -> None:
    known = json.loads(WEIGHTS.read_text("utf-8"))
    WEIGHTS.write_text(json.dumps(known | {name: weights}, indent=1) + "\n", encoding="utf-8")
    scoring.regression.cache_clear()


def _report(label: str, cases: list[Case]) -> None:
    ranked = [(sorted(case.found, key=_odds, reverse=True), case) for case in cases]
    first = np.mean([any(case.right(e) for e in found[:1]) for found, case in ranked])
    third = np.mean([any(case.right(e) for e in found[:3]) for found, case in ranked])
    print(f"{label}: {len(ranked)} answerable, right first {first:.3f}, in three {third:.3f}")


def _odds(evidence: scoring.Evidence) -> float:
    model = scoring.regression("same" if evidence.same_language else "cross")
    return model.log_odds(evidence.features)


if __name__ == "__main__":
    main()
