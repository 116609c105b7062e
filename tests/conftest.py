"""What most tests start from: the sample articles, indexed once by the real embedder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from zeitfrage.assistant import Assistant
from zeitfrage.assistant.server import SAMPLES
from zeitfrage.config import Settings
from zeitfrage.index import Collection

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def sample_collection_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed collection of the sample articles; copy it before writing to it."""
    folder = tmp_path_factory.mktemp("samples") / "data"
    with Collection.open(folder, Settings()) as collection:
        assert {result.outcome for result in collection.ingest([SAMPLES])} == {"added"}
    return folder


@pytest.fixture(scope="session")
def assistant(
    sample_collection_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Assistant]:
    """An assistant over the sample articles that answers without an LLM; nothing is written."""
    folder = shutil.copytree(sample_collection_folder, tmp_path_factory.mktemp("read") / "data")
    with Assistant.open(settings=Settings(data_folder=folder)) as opened:
        yield opened


@pytest.fixture
def fresh_folder(tmp_path: Path) -> Path:
    """A data folder that is still to be made."""
    return tmp_path / "data"


@pytest.fixture
def sample_folder(sample_collection_folder: Path, tmp_path: Path) -> Path:
    """A data folder of the test's own that holds the sample articles."""
    return shutil.copytree(sample_collection_folder, tmp_path / "data")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The data beside the repository; tests that need it say so where it is missing."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"needs the public data sets in {SHARED_DATA}, which are not here")
    return SHARED_DATA
