"""The articles, their chunks and the lexical index, in SQLite: the source of truth.

Vectors are derived from what stands here. A chunk keeps its vector in `pending` until the vector
store has it; a chunk deleted here stays in `stale` until it is deleted there too. `Collection`
settles both after each batch and whenever it opens, so a crash at any moment loses nothing.
"""

from __future__ import annotations

import json
import math
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from zeitfrage.config.errors import ArticleNotFound
from zeitfrage.index import duplicates, mentions
from zeitfrage.index.article import Article, Filters, PartialDate
from zeitfrage.index.chunking import CutChunk
from zeitfrage.index.copies import Copies
from zeitfrage.index.embedding import EmbeddedText, Vectors
from zeitfrage.index.ingest import in_batches
from zeitfrage.index.rows import (
    ARTICLE_COLUMNS,
    EMBARGO_COLUMN,
    Known,
    StoredChunk,
    article_of_row,
    as_bytes,
    chunk_of_row,
    remove_chunks,
    stored_moment,
    write_article,
    write_chunk,
)
from zeitfrage.index.schema import open_database

_VALUES_AT_ONCE = 1000
_RELEASED = "ifnull(embargoed_until, '') <= ?"


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
        self.path = path
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

    def repairing(self) -> AbstractContextManager[sqlite3.Connection]:
        """Hand out the file within a transaction, for what daily work never does."""
        return self._transaction()

    # --- settings ---------------------------------------------------------------------------

    def setting(self, name: str, initial: str) -> str:
        """Return a value recorded with the collection; record the initial one if there is none."""
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO setting VALUES (?, ?)", (name, initial))
            (value,) = db.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
        return str(value)

    # --- articles ---------------------------------------------------------------------------

    def article(self, article_id: str) -> Article:
        """Return one article; raises ArticleNotFound, also before its embargo ends."""
        sql = f"SELECT {ARTICLE_COLUMNS} FROM article WHERE id = ? AND {_RELEASED}"
        rows = self._rows(sql, (article_id, _now()))
        if not rows:
            raise _not_found(article_id)
        return article_of_row(rows[0])

    def articles(self, limit: int, offset: int, filters: Filters) -> list[Article]:
        """Return articles, newest first, undated ones last."""
        condition, values = _condition(filters)
        rows = self._rows(
            f"SELECT {ARTICLE_COLUMNS} FROM article WHERE {condition} "
            "ORDER BY first_day DESC, id LIMIT ? OFFSET ?",
            (*values, limit, offset),
        )
        return [article_of_row(row) for row in rows]

    def count(self, filters: Filters = Filters()) -> int:
        """Return how many articles pass the filters."""
        condition, values = _condition(filters)
        ((count,),) = self._rows(f"SELECT count(*) FROM article WHERE {condition}", values)
        return int(str(count))

    def known(self, article_id: str, content_hash: str) -> Known:
        """Say what is stored of an article about to be ingested."""
        stored = self._rows("SELECT version, revision FROM article WHERE id = ?", (article_id,))
        same = self._rows(
            "SELECT id FROM article WHERE hash = ? ORDER BY id = ? DESC LIMIT 1",
            (content_hash, article_id),
        )
        withdrawn = self._rows("SELECT 1 FROM withdrawn WHERE article = ?", (article_id,))
        version, revision = stored[0] if stored else (0, None)
        return Known(
            version=int(str(version)),
            revision=None if revision is None else int(str(revision)),
            same=str(same[0][0]) if same else None,
            withdrawn=bool(withdrawn),
        )

    def store(
        self, articles: Iterable[tuple[Article, str, list[CutChunk], list[EmbeddedText]]]
    ) -> None:
        """Store articles with their content hashes, chunks and vectors, all or none of them.

        What stood under the same ids before is replaced.
        """
        with self._transaction() as db:
            for article, content_hash, chunks, embedded in articles:
                remove_chunks(db, article.id)
                write_article(db, article, content_hash)
                duplicates.remember(db, article)
                for cut_chunk, vectors in zip(chunks, embedded, strict=True):
                    write_chunk(db, cut_chunk, vectors, article.language)
                mentions.remember(db, article.id)

    def delete(self, article_id: str) -> None:
        """Remove an article and all that was derived from it; raises ArticleNotFound."""
        if not self.known(article_id, "").version:
            raise _not_found(article_id)
        with self._transaction() as db:
            _remove(db, article_id)

    def withdraw(self, article_ids: Iterable[str]) -> None:
        """Remove articles that their source took back; they do not come in again."""
        with self._transaction() as db:
            for article_id in article_ids:
                _remove(db, article_id)
                db.execute("INSERT OR IGNORE INTO withdrawn VALUES (?)", (article_id,))

    def versions(self, article_id: str) -> list[Article]:
        """Return all versions of an article, newest first; raises ArticleNotFound.

        An earlier one that is itself still under embargo is left out.
        """
        newest = self.article(article_id)
        rows = self._rows(
            "SELECT content FROM earlier_version WHERE article = ? "
            "AND ifnull(json_extract(content, ?), '') <= ? ORDER BY version DESC",
            (article_id, f"$[{EMBARGO_COLUMN}]", _now()),
        )
        return [newest, *(article_of_row(json.loads(str(row[0]))) for row in rows)]

    def copies(self, article_id: str, filters: Filters = Filters()) -> Copies:
        """Return an article and its near-duplicates, as far as they pass the filters."""
        condition, values = _condition(filters)
        rows = self._rows(
            f"{duplicates.CLUSTER} SELECT {ARTICLE_COLUMNS} FROM cluster "
            f"JOIN article ON article.id = cluster.id WHERE {condition}",
            (article_id, *values),
        )
        return Copies.of(map(article_of_row, rows))

    def remember_copies(self, limit: int) -> int:
        """Look for copies of articles that an earlier program stored; return of how many."""
        sql = f"SELECT {ARTICLE_COLUMNS} FROM article WHERE id NOT IN (SELECT article FROM sketch)"
        rows = self._rows(f"{sql} LIMIT ?", (limit,))
        if rows:
            with self._transaction() as db:
                for row in rows:
                    duplicates.remember(db, article_of_row(row))
        return len(rows)

    def forget_chunks(self, model: str) -> None:
        """Remove all chunks, to be made anew with another embedding model."""
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO stale SELECT id FROM chunk")
            for table in ("pending", "term", "mention", "chunk"):
                db.execute(f"DELETE FROM {table}")
            db.execute("UPDATE setting SET value = ? WHERE name = 'embedding_model'", (model,))

    def without_chunks(self, limit: int) -> list[tuple[Article, str]]:
        """Return articles that still have to be cut and embedded, with their content hashes."""
        rows = self._rows(
            f"SELECT {ARTICLE_COLUMNS}, hash FROM article WHERE id NOT IN "
            "(SELECT article FROM chunk) LIMIT ?",
            (limit,),
        )
        return [(article_of_row(row[:-1]), str(row[-1])) for row in rows]

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
        """Return chunks by their keys, in the order given.

        Keys without a chunk are left out, and chunks of articles under embargo.
        """
        marks = ",".join("?" * len(ids))
        rows = self._rows(
            "SELECT chunk.id, position, start, end, sentences, sentence_vectors, "
            f"{ARTICLE_COLUMNS} FROM chunk JOIN article ON article.id = chunk.article "
            f"WHERE chunk.id IN ({marks}) AND {_RELEASED}",
            (*ids, _now()),
        )
        found = {chunk.id: chunk for chunk in map(chunk_of_row, rows)}
        return [found[key] for key in ids if key in found]

    def chunks_of(self, article_id: str) -> list[StoredChunk]:
        """Return the chunks of an article in order."""
        sql = "SELECT id FROM chunk WHERE article = ? ORDER BY position"
        return self.chunks([int(str(row[0])) for row in self._rows(sql, (article_id,))])

    def articles_of(self, chunk_ids: Sequence[int]) -> dict[int, Article]:
        """Return the article of each chunk."""
        found: dict[int, Article] = {}
        for batch in in_batches(chunk_ids, _VALUES_AT_ONCE):
            marks = ",".join("?" * len(batch))
            chunks = f"FROM chunk WHERE id IN ({marks})"
            # Not joined: a long article would come as often as it has chunks.
            rows = self._rows(
                f"SELECT {ARTICLE_COLUMNS} FROM article WHERE id IN (SELECT article {chunks})",
                batch,
            )
            articles = {article.id: article for article in map(article_of_row, rows)}
            owners = self._rows(f"SELECT id, article {chunks}", batch)
            found |= {int(str(key)): articles[str(owner)] for key, owner in owners}
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
                    remove_chunks(db, row[0])

    # --- what the vector store still has to be told --------------------------------------------

    def unsettled(self) -> tuple[dict[int, Vectors], list[int]]:
        """Return the vectors that the store may lack, and the keys that it may still have."""
        pending = self._rows(
            "SELECT chunk, vector FROM pending WHERE chunk IN (SELECT id FROM chunk)"
        )
        stale = self._rows("SELECT chunk FROM stale")
        vectors = {
            int(str(key)): np.frombuffer(as_bytes(blob), np.float32) for key, blob in pending
        }
        return vectors, [int(str(row[0])) for row in stale]

    def settle(self, written: Iterable[int], deleted: Iterable[int]) -> None:
        """Record that the vector store has, and no longer has, these chunks."""
        with self._transaction() as db:
            db.executemany("DELETE FROM pending WHERE chunk = ?", ((key,) for key in written))
            db.executemany("DELETE FROM stale WHERE chunk = ?", ((key,) for key in deleted))

    # --- lexical search ---------------------------------------------------------------------

    def lexical(
        self,
        terms: Sequence[str],
        limit: int,
        filters: Filters,
        among: Sequence[int] | None = None,
    ) -> dict[int, float]:
        """Return the chunks that match terms best, with their BM25 scores (at least 0).

        Args:
            terms: any of them.
            limit: at most this many.
            filters: what the chunks' articles pass.
            among: only these chunks; None for all.

        Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009); SQLite
        FTS5 with its k1 = 1.2, b = 0.75.
        """
        if not terms:
            return {}
        query = " OR ".join('"' + term.replace('"', '""') + '"' for term in terms)
        join = "JOIN chunk ON chunk.id = term.rowid JOIN article ON article.id = chunk.article"
        condition, values = _condition(filters)
        if not filters:  # `chunks` leaves out what is under embargo
            join, condition, values = "", "1", []
        if among is not None:
            condition += " AND term.rowid IN (SELECT value FROM json_each(?))"
            values.append(json.dumps(list(among)))
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
    """Return what articles must fulfil to be shown, as SQL and its values."""
    tests: list[tuple[str, object]] = [
        ("last_day >= ?", filters.since.isoformat() if filters.since else None),
        ("first_day <= ?", filters.until.isoformat() if filters.until else None),
        ("source = ?", filters.source),
        ("section = ?", filters.section),
        ("language = ?", filters.language),
    ]
    used = [(sql, value) for sql, value in tests if value is not None]
    conditions = " AND ".join([_RELEASED, *(sql for sql, _ in used)])
    return conditions, [_now(), *(value for _, value in used)]


def _now() -> str:
    return stored_moment(datetime.now(UTC))


def _not_found(article_id: str) -> ArticleNotFound:
    return ArticleNotFound(
        f"No article has the id {article_id!r}.", "zeitfrage list shows the ids."
    )


def _remove(db: sqlite3.Connection, article_id: str) -> None:
    remove_chunks(db, article_id)
    duplicates.forget(db, article_id)
    db.execute("DELETE FROM earlier_version WHERE article = ?", (article_id,))
    db.execute("DELETE FROM article WHERE id = ?", (article_id,))
