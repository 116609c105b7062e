"""Benchmarks print tables; they run with `make benchmarks`, never beside the tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from datasets import news, write_jsonl, xquad

from zeitfrage.config import Settings
from zeitfrage.index import Collection


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.benchmark)


@pytest.fixture(scope="session")
def archive(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:  # noqa: ARG001
    """The paragraphs of XQuAD German among 2,000 chunks of German news."""
    folder = tmp_path_factory.mktemp("archive")
    file = write_jsonl(folder / "articles.jsonl", [*xquad("de")[0], *news(2000, 900)])
    with Collection.open(folder / "data", Settings()) as collection:
        assert len(list(collection.ingest([file]))) == 2240
        yield collection
