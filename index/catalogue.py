"""The articles, their chunks and the lexical index, in SQLite: the source of truth.

Vectors are derived from what stands here. A chunk keeps its vector in `pending` until the vector
store has it; a chunk deleted here stays in `stale` until it is deleted there too. `Collection`
settles both after each batch and whenever it opens, so a crash at any moment loses nothing.
"""

from __future__ import annotations

import math
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from zeitfrage.config.errors import ArticleNotFound
from zeitfrage.index.analysis import analyse
from zeitfrage.index.article import Article, Chunk, Filters, PartialDate
from zeitfrage.index.chunking import CutChunk
from zeitfrage.index.embedding import EmbeddedText, Vectors
from zeitfrage.index.ingest import in_batches
from zeitfrage.index.schema import open_database
from zeitfrage.index.sentences import Span

_ARTICLE_COLUMNS = ", ".join(f"article.{field.name}" for field in fields(Article))
_VALUES_AT_ONCE = 1000
_QUANTISED = np.float32(127)


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk as it is found again, with its sentences.

    Args:
        id: the key that the vector store knows it by.
        article: the article that it was cut from.
        chunk: the chunk itself.
        sentences: half-open spans in the article's text.
        sentence_vectors: unit vectors, shape (sentences, dimensions), to about two digits.
    """

    id: int
    article: Article
    chunk: Chunk
    sentences: tuple[Span, ...]
    sentence_vectors: Vectors


@dataclass(frozen=True, slots=True)
class Totals:
    """What the catalogue holds."""

    articles: int
    chunks: int
    oldest: PartialDate | None
    newest: PartialDate | None
    sources: tuple[str, ...]


class Catalogue:
    """The SQLite file of a collection; safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Open the file, made where there is none.

        Raises:
            CollectionDamaged: the file is no catalogue, or one of a later version.
        """
        self._lock = threading.RLock()
        self._db = open_database(path)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    # --- settings ---------------------------------------------------------------------------

    def setting(self, name: str, initial: str) -> str:
        """Return a value recorded with the collection; record the initial one if there is none."""
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO setting VALUES (?, ?)", (name, initial))
            (value,) = db.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
        return str(value)

    # --- articles ---------------------------------------------------------------------------

    def article(self, article_id: str) -> Article:
        """Return one article; raises ArticleNotFound."""
        sql = f"SELECT {_ARTICLE_COLUMNS} FROM article WHERE id = ?"
        rows = self._rows(sql, (article_id,))
        if not rows:
            raise ArticleNotFound(
                f"No article has the id {article_id!r}.", "zeitfrage list shows the ids."
            )
        return _article(rows[0])

    def articles(self, limit: int, offset: int, filters: Filters) -> list[Article]:
        """Return articles, newest first, undated ones last."""
        condition, values = _condition(filters)
        rows = self._rows(
            f"SELECT {_ARTICLE_COLUMNS} FROM article WHERE {condition} "
            "ORDER BY first_day DESC, id LIMIT ? OFFSET ?",
            (*values, limit, offset),
        )
        return [_article(row) for row in rows]

    def count(self, filters: Filters = Filters()) -> int:
        """Return how many articles pass the filters."""
        condition, values = _condition(filters)
        ((count,),) = self._rows(f"SELECT count(*) FROM article WHERE {condition}", values)
        return int(str(count))

    def known(self, article_id: str, content_hash: str) -> tuple[int, str | None]:
        """Say what is stored of an article about to be ingested.

        Returns:
            The version stored under this id (0 for none), and the id of an article with exactly
            this content (its own id where it is unchanged), None for none.
        """
        versions = self._rows("SELECT version FROM article WHERE id = ?", (article_id,))
        same = self._rows(
            "SELECT id FROM article WHERE hash = ? ORDER BY id = ? DESC LIMIT 1",
            (content_hash, article_id),
        )
        version = int(str(versions[0][0])) if versions else 0
        return version, str(same[0][0]) if same else None

    def store(
        self, articles: Iterable[tuple[Article, str, list[CutChunk], list[EmbeddedText]]]
    ) -> None:
        """Store articles with their content hashes, chunks and vectors, all or none of them.

        What stood under the same ids before is replaced.
        """
        with self._transaction() as db:
            for article, content_hash, chunks, embedded in articles:
                _remove_chunks(db, article.id)
                _write_article(db, article, content_hash)
                for cut_chunk, vectors in zip(chunks, embedded, strict=True):
                    _write_chunk(db, cut_chunk, vectors, article.language)

    def delete(self, article_id: str) -> None:
        """Remove an article and all that was derived from it; raises ArticleNotFound."""
        self.article(article_id)
        with self._transaction() as db:
            _remove_chunks(db, article_id)
            db.execute("DELETE FROM article WHERE id = ?", (article_id,))

    def forget_chunks(self, model: str) -> None:
        """Remove all chunks, to be made anew with another embedding model."""
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO stale SELECT id FROM chunk")
            for table in ("pending", "term", "chunk"):
                db.execute(f"DELETE FROM {table}")
            db.execute("UPDATE setting SET value = ? WHERE name = 'embedding_model'", (model,))

    def without_chunks(self, limit: int) -> list[tuple[Article, str]]:
        """Return articles that still have to be cut and embedded, with their content hashes."""
        rows = self._rows(
            f"SELECT {_ARTICLE_COLUMNS}, hash FROM article WHERE id NOT IN "
            "(SELECT article FROM chunk) LIMIT ?",
            (limit,),
        )
        return [(_article(row[:-1]), str(row[-1])) for row in rows]

    def totals(self) -> Totals:
        """Say what the catalogue holds."""
        ((articles, chunks),) = self._rows(
            "SELECT (SELECT count(*) FROM article), (SELECT count(*) FROM chunk)"
        )
        dates = self._rows("SELECT min(published), max(published) FROM article")[0]
        sources = self._rows(
            "SELECT source FROM article WHERE source IS NOT NULL "
            "GROUP BY source ORDER BY count(*) DESC, source"
        )
        oldest, newest = (PartialDate.parse(str(iso)) if iso else None for iso in dates)
        return Totals(
            articles=int(str(articles)),
            chunks=int(str(chunks)),
            oldest=oldest,
            newest=newest,
            sources=tuple(str(row[0]) for row in sources),
        )

    def languages(self) -> list[str]:
        """Return the languages of the articles."""
        return [str(row[0]) for row in self._rows("SELECT DISTINCT language FROM article")]

    # --- chunks -----------------------------------------------------------------------------

    def chunks(self, ids: Sequence[int]) -> list[StoredChunk]:
        """Return chunks by their keys, in the order given; keys without a chunk are left out."""
        marks = ",".join("?" * len(ids))
        rows = self._rows(
            "SELECT chunk.id, position, start, end, sentences, sentence_vectors, "
            f"{_ARTICLE_COLUMNS} FROM chunk JOIN article ON article.id = chunk.article "
            f"WHERE chunk.id IN ({marks})",
            ids,
        )
        found = {chunk.id: chunk for chunk in map(_stored_chunk, rows)}
        return [found[key] for key in ids if key in found]

    def articles_of(self, chunk_ids: Sequence[int]) -> dict[int, Article]:
        """Return the article of each chunk."""
        found: dict[int, Article] = {}
        for batch in in_batches(chunk_ids, _VALUES_AT_ONCE):
            marks = ",".join("?" * len(batch))
            rows = self._rows(
                f"SELECT chunk.id, {_ARTICLE_COLUMNS} FROM chunk "
                f"JOIN article ON article.id = chunk.article WHERE chunk.id IN ({marks})",
                batch,
            )
            found |= {int(str(row[0])): _article(row[1:]) for row in rows}
        return found

    def all_chunk_ids(self) -> list[int]:
        """Return the key of every chunk."""
        return [int(str(row[0])) for row in self._rows("SELECT id FROM chunk")]

    def forget_articles_of(self, chunk_ids: Sequence[int]) -> None:
        """Remove the chunks of the articles that these chunks belong to, to be made anew."""
        with self._transaction() as db:
            for key in chunk_ids:
                row = db.execute("SELECT article FROM chunk WHERE id = ?", (key,)).fetchone()
                if row:
                    _remove_chunks(db, row[0])

    # --- what the vector store still has to be told --------------------------------------------

    def unsettled(self) -> tuple[dict[int, Vectors], list[int]]:
        """Return the vectors that the store may lack, and the keys that it may still have."""
        pending = self._rows("SELECT chunk, vector FROM pending")
        stale = self._rows("SELECT chunk FROM stale")
        vectors = {int(str(key)): np.frombuffer(_bytes(blob), np.float32) for key, blob in pending}
        return vectors, [int(str(row[0])) for row in stale]

    def settle(self, written: Iterable[int], deleted: Iterable[int]) -> None:
        """Record that the vector store has, and no longer has, these chunks."""
        with self._transaction() as db:
            db.executemany("DELETE FROM pending WHERE chunk = ?", ((key,) for key in written))
            db.executemany("DELETE FROM stale WHERE chunk = ?", ((key,) for key in deleted))

    # --- lexical search ---------------------------------------------------------------------

    def lexical(self, terms: Sequence[str], limit: int, filters: Filters) -> dict[int, float]:
        """Return the chunks that match terms best, with their BM25 scores (at least 0).

        Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009); SQLite
        FTS5 with its k1 = 1.2, b = 0.75.
        """
        if not terms:
            return {}
        query = " OR ".join('"' + term.replace('"', '""') + '"' for term in terms)
        condition, values = _condition(filters)
        join = (
            "JOIN chunk ON chunk.id = term.rowid JOIN article ON article.id = chunk.article"
            if filters
            else ""
        )
        rows = self._rows(
            f"SELECT term.rowid, -bm25(term) AS score FROM term {join} "
            f"WHERE term MATCH ? AND {condition} ORDER BY bm25(term) LIMIT ?",
            (query, *values, limit),
        )
        return {int(str(key)): max(0.0, float(str(score))) for key, score in rows}

    def rarity(self, terms: Iterable[str]) -> dict[str, float]:
        """Return the inverse document frequency of each term, more than 0; the rarer the larger."""
        wanted = list(dict.fromkeys(terms))
        marks = ",".join("?" * len(wanted))
        rows = self._rows(f"SELECT term, doc FROM term_count WHERE term IN ({marks})", wanted)
        counts = {str(term): int(str(count)) for term, count in rows}
        ((total,),) = self._rows("SELECT count(*) FROM chunk")
        return {
            term: math.log(1 + (int(str(total)) - n + 0.5) / (n + 0.5))
            for term in wanted
            for n in [counts.get(term, 0)]
        }


def _condition(filters: Filters) -> tuple[str, list[object]]:
    """Return what articles must fulfil, as SQL and its values; `1` lets everything through."""
    tests: list[tuple[str, object]] = [
        ("last_day >= ?", filters.since.isoformat() if filters.since else None),
        ("first_day <= ?", filters.until.isoformat() if filters.until else None),
        ("source = ?", filters.source),
        ("section = ?", filters.section),
        ("language = ?", filters.language),
    ]
    used = [(sql, value) for sql, value in tests if value is not None]
    return " AND ".join(["1", *(sql for sql, _ in used)]), [value for _, value in used]


def _remove_chunks(db: sqlite3.Connection, article_id: str) -> None:
    chunks = "SELECT id FROM chunk WHERE article = ?"
    db.execute(f"INSERT OR IGNORE INTO stale {chunks}", (article_id,))
    db.execute(f"DELETE FROM pending WHERE chunk IN ({chunks})", (article_id,))
    db.execute(f"DELETE FROM term WHERE rowid IN ({chunks})", (article_id,))
    db.execute("DELETE FROM chunk WHERE article = ?", (article_id,))


def _write_article(db: sqlite3.Connection, article: Article, content_hash: str) -> None:
    row = [str(value) if isinstance(value, PartialDate) else value for value in _values(article)]
    published = article.published
    days = (published.first.isoformat(), published.last.isoformat()) if published else (None, None)
    marks = ",".join("?" * (len(row) + 3))
    db.execute(f"INSERT OR REPLACE INTO article VALUES ({marks})", (*row, *days, content_hash))


def _values(article: Article) -> list[object]:
    return [getattr(article, field.name) for field in fields(article)]


def _write_chunk(
    db: sqlite3.Connection, cut_chunk: CutChunk, vectors: EmbeddedText, language: str
) -> None:
    chunk = cut_chunk.chunk
    spans = np.array(cut_chunk.sentences, dtype=np.int32)
    quantised = np.round(vectors.sentences * _QUANTISED).astype(np.int8)
    cursor = db.execute(
        "INSERT INTO chunk (article, position, start, end, sentences, sentence_vectors) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (
            chunk.article_id,
            chunk.position,
            chunk.start,
            chunk.end,
            spans.tobytes(),
            quantised.tobytes(),
        ),
    )
    key = cursor.lastrowid
    db.execute("INSERT INTO pending VALUES (?, ?)", (key, vectors.vector.tobytes()))
    terms = " ".join(analyse(chunk.text, language))
    db.execute("INSERT INTO term (rowid, terms) VALUES (?, ?)", (key, terms))


def _article(row: Sequence[object]) -> Article:
    values = dict(zip((field.name for field in fields(Article)), row, strict=True))
    for name in ("published", "updated"):
        if values[name]:
            values[name] = PartialDate.parse(str(values[name]))
    return Article(**values)  # type: ignore[arg-type]


def _stored_chunk(row: Sequence[object]) -> StoredChunk:
    key, position, start, end = (int(str(value)) for value in row[:4])
    article = _article(row[6:])
    chunk = Chunk(article.id, position, start, end, article.text[start:end])
    spans = np.frombuffer(_bytes(row[4]), np.int32).reshape(-1, 2).tolist()
    quantised = np.frombuffer(_bytes(row[5]), np.int8).astype(np.float32)
    vectors = quantised.reshape(len(spans), -1) / _QUANTISED
    return StoredChunk(key, article, chunk, tuple((a, b) for a, b in spans), vectors)


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError(f"expected a blob, found {type(value).__name__}")
    return value
