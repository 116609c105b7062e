"""Train the weights in assistant/evidence.json on the tuning half of XQuAD.

    python tests/benchmarks/train_evidence.py

Questions are asked in German and in English of German paragraphs among 2,000 news articles, and in
English of English paragraphs. A question becomes unanswerable when its paragraph is taken away.
Documents with an even number are the tuning half; figures are printed for the other one.
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
from zeitfrage.assistant.extractive import PASSAGES, Ranked, rank, support, support_features
from zeitfrage.config import Settings
from zeitfrage.index.article import Passage
from zeitfrage.index.collection import Collection

sys.path.insert(0, str(Path(__file__).parent))
from datasets import AskedQuestion, news, write_jsonl, xquad

WEIGHTS = Path(scoring.__file__).with_name("evidence.json")


@dataclass(frozen=True)
class Case:
    """A question with the sentences found for it, once as it is, once without its paragraph."""

    question: AskedQuestion
    found: list[scoring.Evidence]
    without: list[scoring.Evidence]

    def right(self, evidence: scoring.Evidence) -> bool:
        """Whether a sentence holds the answer."""
        article = evidence.quote.article.id in self.question.article_ids
        return article and any(answer in evidence.quote.text for answer in self.question.answers)


def main() -> None:
    """Train, print the reporting half's figures and write the weights."""
    with tempfile.TemporaryDirectory() as folder:
        cases = _cases(Path(folder))
    weights: dict[str, dict[str, object]] = {}
    for name, group in cases.items():
        tuning = [case for case in group if case.question.tuning]
        reporting = [case for case in group if not case.question.tuning]
        answers = _train_answers(tuning)
        weights[f"answers_{name}"] = answers
        _use(f"answers_{name}", answers)
        weights[f"supported_{name}"] = _train_support(tuning)
        _use(f"supported_{name}", weights[f"supported_{name}"])
        for label, half in (("tuning", tuning), ("reporting", reporting)):
            _report(f"{name} {label}", half)
    WEIGHTS.write_text(json.dumps(weights, indent=1) + "\n", encoding="utf-8")


def _cases(folder: Path) -> dict[str, list[Case]]:
    german, asked_in_german = xquad("de")
    _, asked_in_english = xquad("en")
    english, english_of_english = xquad("en", "en")
    distractors = list(news(2000, 900))
    with _collection(folder / "de", german + distractors) as collection:
        same = [_case(question, collection) for question in asked_in_german]
        cross = [_case(question, collection) for question in asked_in_english]
    with _collection(folder / "en", english) as collection:
        same += [_case(question, collection) for question in english_of_english]
    return {"same": same, "cross": cross}


def _collection(folder: Path, articles: list[dict[str, object]]) -> Collection:
    folder.mkdir()
    collection = Collection.open(folder / "data", Settings())
    results = list(collection.ingest([write_jsonl(folder / "articles.jsonl", articles)]))
    print(f"{len(results)} articles in {folder.name}", flush=True)
    return collection


def _case(question: AskedQuestion, collection: Collection) -> Case:
    passages = collection.search(question.text, 3 * PASSAGES)
    others = [p for p in passages if p.article.id not in question.article_ids]
    return Case(
        question,
        _gather(question, passages[:PASSAGES], collection),
        _gather(question, others[:PASSAGES], collection),
    )


def _gather(
    question: AskedQuestion, passages: Sequence[Passage], collection: Collection
) -> list[scoring.Evidence]:
    return scoring.gather(question.text, question.language, passages, collection.rarity)


def _train_answers(cases: list[Case]) -> dict[str, object]:
    features = [e.features for case in cases for e in case.found]
    labels = [case.right(e) for case in cases for e in case.found]
    return _fit(features, labels)


def _train_support(cases: list[Case]) -> dict[str, object]:
    ranked = [(rank(case.found), case) for case in cases]
    without = [rank(case.without) for case in cases]
    features = [support_features(r) for r, _ in ranked] + [support_features(r) for r in without]
    labels = [case.right(r[0][1]) for r, case in ranked] + [False] * len(without)
    return _fit(features, labels)


def _fit(features: list[scoring.Features], labels: list[bool]) -> dict[str, object]:
    """Fit on standardised features, then fold the standardisation into weights and bias."""
    scaler = StandardScaler().fit(features)
    model = LogisticRegression(C=1.0, max_iter=5000).fit(scaler.transform(features), labels)
    weights = model.coef_[0] / scaler.scale_
    bias = float(model.intercept_[0] - weights @ scaler.mean_)
    return {"weights": [round(float(w), 5) for w in weights], "bias": round(bias, 5)}


def _use(name: str, weights: dict[str, object]) -> None:
    """Let the code under training see weights that are not written yet."""
    known = json.loads(WEIGHTS.read_text("utf-8")) if WEIGHTS.exists() else {}
    WEIGHTS.write_text(json.dumps(known | {name: weights}), encoding="utf-8")
    scoring.regression.cache_clear()


def _report(label: str, cases: list[Case]) -> None:
    found: list[tuple[Ranked, Case]] = [(rank(case.found), case) for case in cases]
    first = np.mean([case.right(r[0][1]) for r, case in found])
    third = np.mean([any(case.right(e) for _, e in r[:3]) for r, case in found])
    print(
        f"{label}: {len(cases)} questions, right sentence first {first:.3f}, in three {third:.3f}"
    )
    answered = np.array([support(r) for r, _ in found])
    unanswerable = np.array([support(rank(case.without)) for case in cases])
    for wrongly in (0.05, 0.08, 0.10, 0.15, 0.2):
        threshold = float(np.quantile(answered, wrongly))
        rightly = np.mean(unanswerable < threshold)
        print(f"  abstains wrongly {wrongly:.2f}, rightly {rightly:.3f} below {threshold:.3f}")


if __name__ == "__main__":
    main()
