"""Retrieval on XQuAD among 2,000 chunks of German news, asked in German and across languages.

    pytest tests/benchmarks/test_retrieval_quality.py -m benchmark -s

The rows above the last show what each side finds alone and what reciprocal rank fusion makes of
them, on the same index.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice

import numpy as np
import pytest
from datasets import AskedQuestion, xquad

from zeitfrage.assistant.evaluate import Ranking
from zeitfrage.index import Collection, Filters
from zeitfrage.index.retrieval import CANDIDATES, question_terms

# DESIGN.md's convex row, which the product must reach on the same set-up, asked in German.
CONVEX = {"R@1": 0.924, "R@5": 0.984, "MRR@10": 0.951}
Retriever = Callable[[str], Sequence[str]]


def retrievers(collection: Collection) -> dict[str, Retriever]:
    catalogue, vectors = collection._catalogue, collection._vectors
    embedder = collection._embedder

    def articles(scores: dict[int, float]) -> list[str]:
        keys = sorted(scores, key=lambda key: -scores[key])
        return [chunk.article.id for chunk in catalogue.chunks(keys)]

    def dense(question: str) -> dict[int, float]:
        return vectors.nearest(embedder.embed_question(question), CANDIDATES, Filters())

    def lexical(question: str) -> dict[int, float]:
        return catalogue.lexical(question_terms(question, ["de"]), CANDIDATES, Filters())

    def reciprocal(question: str) -> dict[int, float]:
        scores: dict[int, float] = {}
        for found in (dense(question), lexical(question)):
            for rank, key in enumerate(sorted(found, key=lambda key: -found[key]), start=1):
                scores[key] = scores.get(key, 0.0) + 1 / (60 + rank)
        return scores

    return {
        "dense only": lambda question: articles(dense(question)),
        "BM25 only": lambda question: articles(lexical(question)),
        "reciprocal rank fusion": lambda question: articles(reciprocal(question)),
        "Zeitfrage": lambda question: [p.article.id for p in collection.search(question, 20)],
    }


def measure(retriever: Retriever, questions: Sequence[AskedQuestion]) -> dict[str, float]:
    rankings = []
    for question in questions:
        found = islice(dict.fromkeys(retriever(question.text)), 10)
        rankings.append(Ranking(hits=tuple(map(question.is_about, found)), relevant=1))
    return {
        "R@1": float(np.mean([ranking.recall(1) for ranking in rankings])),
        "R@5": float(np.mean([ranking.recall(5) for ranking in rankings])),
        "MRR@10": float(np.mean([ranking.reciprocal_rank for ranking in rankings])),
    }


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_right_paragraph_is_found_among_two_thousand_others(archive, language):
    _, questions = xquad(language)
    table = {name: measure(found, questions) for name, found in retrievers(archive).items()}
    print(f"\n{len(questions)} questions in {language}\n{'':24}{'R@1':>8}{'R@5':>8}{'MRR@10':>8}")
    for name, row in table.items():
        print(f"{name:24}" + "".join(f"{value:8.3f}" for value in row.values()))
    if language == "de":
        for name, value in CONVEX.items():
            assert table["Zeitfrage"][name] >= value
