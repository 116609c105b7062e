"""The vectors of the chunks, in Chroma: embedded in this process, or on its server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from zeitfrage.config.errors import CollectionDamaged
from zeitfrage.index.article import Article, Filters, PartialDate
from zeitfrage.index.embedding import Vectors
from zeitfrage.index.ingest import in_batches

if TYPE_CHECKING:
    import chromadb
    from chromadb.api.client import Client

# Chroma writes at most some 5,000 records at once; smaller batches keep memory flat.
_BATCH = 1000
# The index looks at this many neighbours, so that the best 100 are almost surely the true ones.
_SEARCH_BREADTH = 200


@dataclass(frozen=True, slots=True)
class StoredVector:
    """A vector as it is stored, for checks.

    Args:
        key: of its chunk; anything else where somebody else wrote it.
        vector: shape (dimensions,).
        facts: what it is filtered by.
    """

    key: str
    vector: Vectors
    facts: Mapping[str, object]


class VectorStore:
    """One Chroma collection that knows chunks by their catalogue keys."""

    def __init__(self, folder: Path, url: str | None, name: str) -> None:
        """Open the collection, made where there is none.

        Args:
            folder: where an embedded Chroma keeps its files.
            url: a Chroma server's address, None for embedded.
            name: the collection's name.

        Raises:
            CollectionDamaged: the files are not readable, or the server does not answer.
        """
        from chromadb.errors import ChromaError

        self._name = name
        try:
            self._client = _client(folder, url)
            self._collection = self._opened()
        except (ChromaError, ValueError, OSError, RuntimeError) as error:
            raise CollectionDamaged(
                f"The vectors in {url or folder} cannot be opened: {error}.",
                "Start the Chroma server, or, for a folder, delete it: it is made anew.",
            ) from error

    def _opened(self) -> chromadb.Collection:
        return self._client.get_or_create_collection(
            self._name,
            configuration={"hnsw": {"space": "cosine", "ef_search": _SEARCH_BREADTH}},
            embedding_function=None,
        )

    def write(self, vectors: Mapping[int, Vectors], articles: Mapping[int, Article]) -> None:
        """Write the vectors of chunks with what their articles are filtered by."""
        keys = list(vectors)
        for first in range(0, len(keys), _BATCH):
            batch = keys[first : first + _BATCH]
            self._collection.upsert(
                ids=[str(key) for key in batch],
                embeddings=np.stack([vectors[key] for key in batch]),
                metadatas=[filtered_by(articles[key]) for key in batch],
            )

    def delete(self, keys: Sequence[int | str]) -> None:
        """Delete the vectors of chunks; keys without a vector are no error."""
        for first in range(0, len(keys), _BATCH):
            self._collection.delete(ids=[str(key) for key in keys[first : first + _BATCH]])

    def nearest(
        self, vector: Vectors, limit: int, filters: Filters, among: Sequence[int] | None = None
    ) -> dict[int, float]:
        """Return the chunks most like a vector, with their cosine similarities in [-1, 1].

        Args:
            vector: shape (dimensions,).
            limit: at most this many.
            filters: what the chunks' articles pass.
            among: only these chunks; None for all.
        """
        if among is not None and not among:
            return {}
        found = self._collection.query(
            ids=None if among is None else [str(key) for key in among],
            query_embeddings=vector[None],
            n_results=limit,
            where=_where(filters),
            include=["distances"],
        )
        distances = found["distances"] or [[]]
        return {
            int(key): 1 - float(distance)
            for key, distance in zip(found["ids"][0], distances[0], strict=True)
        }

    def similarities(self, vector: Vectors, keys: Sequence[int]) -> dict[int, float]:
        """Return the cosine similarities of some chunks to a vector."""
        if not keys:
            return {}
        found = self._collection.get(ids=[str(key) for key in keys], include=["embeddings"])
        embeddings = np.asarray(found["embeddings"], dtype=np.float32)
        return {
            int(key): float(similarity)
            for key, similarity in zip(found["ids"], embeddings @ vector, strict=True)
        }

    def count(self) -> int:
        """Return how many vectors there are."""
        return self._collection.count()

    def keys(self) -> set[int]:
        """Return the keys of all chunks that have a vector."""
        return {int(key) for key in self._collection.get(include=[])["ids"] if key.isdecimal()}

    def records(self) -> Iterator[StoredVector]:
        """Yield all that is stored; raises CollectionDamaged where it cannot be read."""
        from chromadb.errors import ChromaError

        try:
            for ids in in_batches(self._collection.get(include=[])["ids"], _BATCH):
                found = self._collection.get(ids=list(ids), include=["embeddings", "metadatas"])
                embeddings = np.asarray(found["embeddings"], dtype=np.float32)
                facts = found["metadatas"] or [{}] * len(ids)
                for key, vector, filed in zip(found["ids"], embeddings, facts, strict=True):
                    yield StoredVector(key, vector, dict(filed or {}))
        except (ChromaError, ValueError, OSError, RuntimeError) as error:
            raise CollectionDamaged(f"The vectors cannot be read: {error}.") from error

    def clear(self) -> None:
        """Make the collection anew, empty."""
        self._client.delete_collection(self._name)
        self._collection = self._opened()

    def close(self) -> None:
        """Let go of the files."""
        self._client.close()


def _client(folder: Path, url: str | None) -> Client:
    import chromadb
    from chromadb.config import Settings

    quiet = Settings(anonymized_telemetry=False)
    if url is None:
        return cast("Client", chromadb.PersistentClient(str(folder), settings=quiet))
    scheme, _, address = url.partition("://")
    host, _, port = address.partition(":")
    secure = scheme == "https"
    number = int(port) if port else (443 if secure else 8000)
    return cast("Client", chromadb.HttpClient(host, number, ssl=secure, settings=quiet))


def filtered_by(article: Article) -> dict[str, str | int]:
    """Return what the vectors of an article are filtered by, as Chroma keeps it."""
    values: dict[str, str | int | None] = {
        "first_day": _number(article.published, "first"),
        "last_day": _number(article.published, "last"),
        "source": article.source,
        "section": article.section,
        "language": article.language,
    }
    return {name: value for name, value in values.items() if value is not None}


def _number(date: PartialDate | None, end: str) -> int | None:
    """Return a day as a number that orders like it, since Chroma compares only numbers."""
    return getattr(date, end).toordinal() if date else None


def _where(filters: Filters) -> dict[str, Any] | None:
    tests: list[tuple[str, dict[str, Any]]] = []
    if filters.since:
        tests.append(("last_day", {"$gte": filters.since.toordinal()}))
    if filters.until:
        tests.append(("first_day", {"$lte": filters.until.toordinal()}))
    for name in ("source", "section", "language"):
        value = getattr(filters, name)
        if value is not None:
            tests.append((name, {"$eq": value}))
    conditions = [{name: test} for name, test in tests]
    return {"$and": conditions} if len(conditions) > 1 else next(iter(conditions), None)
