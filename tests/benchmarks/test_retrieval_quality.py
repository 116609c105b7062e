"""Retrieval on XQuAD German among 2,000 chunks of German news.

    pytest tests/benchmarks/test_retrieval_quality.py -m benchmark -s

The rows above the last show what each side finds alone and what reciprocal rank fusion makes of
them, on the same index.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice

import numpy as np
import pytest
from datasets import AskedQuestion, news, write_jsonl, xquad

from zeitfrage.config import Settings
from zeitfrage.index import Collection, Filters
from zeitfrage.index.retrieval import CANDIDATES, question_terms

# DESIGN.md's convex row, which the product must reach on the same set-up.
CONVEX = {"R@1": 0.924, "R@5": 0.984, "MRR@10": 0.951}
Retriever = Callable[[str], Sequence[str]]


@pytest.fixture(scope="module")
def archive(shared_data, tmp_path_factory):  # noqa: ARG001
    folder = tmp_path_factory.mktemp("archive")
    articles, questions = xquad("de")
    file = write_jsonl(folder / "articles.jsonl", [*articles, *news(2000, 900)])
    with Collection.open(folder / "data", Settings()) as collection:
        assert len(list(collection.ingest([file]))) == 2240
        yield collection, questions


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
    ranks = []
    for question in questions:
        found = islice(dict.fromkeys(retriever(question.text)), 10)
        right = (rank for rank, key in enumerate(found, start=1) if question.is_about(key))
        ranks.append(next(right, np.inf))
    array = np.array(ranks)
    return {
        "R@1": float((array <= 1).mean()),
        "R@5": float((array <= 5).mean()),
        "MRR@10": float((1 / array).mean()),
    }


def test_the_right_paragraph_is_found_among_two_thousand_others(archive):
    collection, questions = archive
    table = {name: measure(found, questions) for name, found in retrievers(collection).items()}
    print(f"\n{len(questions)} questions\n{'':24}{'R@1':>8}{'R@5':>8}{'MRR@10':>8}")
    for name, row in table.items():
        print(f"{name:24}" + "".join(f"{value:8.3f}" for value in row.values()))
    for name, value in CONVEX.items():
        assert table["Zeitfrage"][name] >= value
