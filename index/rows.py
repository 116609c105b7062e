"""Articles and chunks as rows of the catalogue's tables, there and back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime

import numpy as np

from zeitfrage.index.analysis import analyse
from zeitfrage.index.article import Article, Chunk, PartialDate
from zeitfrage.index.chunking import CutChunk
from zeitfrage.index.embedding import EmbeddedText, Vectors
from zeitfrage.index.sentences import Span

_FIELDS = tuple(field.name for field in fields(Article))
ARTICLE_COLUMNS = ", ".join(f"article.{name}" for name in _FIELDS)
EMBARGO_COLUMN = _FIELDS.index("embargoed_until")
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
class Known:
    """What is stored of an article about to be ingested.

    Args:
        version: stored under its id; 0 for none.
        revision: that its source gave the stored version; None for none.
        same: the id of an article with exactly its content, its own where it is unchanged.
        withdrawn: whether its source took it back.
    """

    version: int
    revision: int | None
    same: str | None
    withdrawn: bool


def write_article(db: sqlite3.Connection, article: Article, content_hash: str) -> None:
    """Write an article in place of what stood under its id; that is kept as an earlier version."""
    row = f"SELECT {ARTICLE_COLUMNS} FROM article WHERE id = ?"
    for before in db.execute(row, (article.id,)).fetchall():
        values = (article.id, before[_FIELDS.index("version")], json.dumps(before))
        db.execute("INSERT OR REPLACE INTO earlier_version VALUES (?, ?, ?)", values)
    published = article.published
    days = (published.first.isoformat(), published.last.isoformat()) if published else (None, None)
    names = (*_FIELDS, "first_day", "last_day", "hash")
    marks = ",".join("?" * len(names))
    db.execute(
        f"INSERT OR REPLACE INTO article ({', '.join(names)}) VALUES ({marks})",
        (*(_stored(getattr(article, name)) for name in _FIELDS), *days, content_hash),
    )


def stored_moment(moment: datetime) -> str:
    """Return a time as it is stored: in UTC, so that the order of texts is that of times."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _stored(value: object) -> object:
    if isinstance(value, datetime):
        return stored_moment(value)
    return str(value) if isinstance(value, PartialDate) else value


def write_chunk(
    db: sqlite3.Connection, cut_chunk: CutChunk, vectors: EmbeddedText, language: str
) -> None:
    """Write a chunk with its terms, and its vector for the vector store to take."""
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


def remove_chunks(db: sqlite3.Connection, article_id: str) -> None:
    """Remove an article's chunks with their terms; the vector store has to be told."""
    chunks = "SELECT id FROM chunk WHERE article = ?"
    db.execute(f"INSERT OR IGNORE INTO stale {chunks}", (article_id,))
    db.execute(f"DELETE FROM pending WHERE chunk IN ({chunks})", (article_id,))
    db.execute(f"DELETE FROM term WHERE rowid IN ({chunks})", (article_id,))
    db.execute(f"DELETE FROM mention WHERE chunk IN ({chunks})", (article_id,))
    db.execute("DELETE FROM chunk WHERE article = ?", (article_id,))


def article_of_row(row: Sequence[object]) -> Article:
    """Return the article of a row of ARTICLE_COLUMNS."""
    values = dict(zip(_FIELDS, row, strict=True))
    for name in ("published", "updated"):
        if values[name]:
            values[name] = PartialDate.parse(str(values[name]))
    if values["embargoed_until"]:
        values["embargoed_until"] = datetime.fromisoformat(str(values["embargoed_until"]))
    return Article(**values)  # type: ignore[arg-type]


def chunk_of_row(row: Sequence[object]) -> StoredChunk:
    """Return the chunk of a row of id, position, span, sentences, vectors, ARTICLE_COLUMNS."""
    key, position, start, end = (int(str(value)) for value in row[:4])
    article = article_of_row(row[6:])
    chunk = Chunk(article.id, position, start, end, article.text[start:end])
    spans = np.frombuffer(as_bytes(row[4]), np.int32).reshape(-1, 2).tolist()
    quantised = np.frombuffer(as_bytes(row[5]), np.int8).astype(np.float32)
    vectors = quantised.reshape(len(spans), -1) / _QUANTISED
    return StoredChunk(key, article, chunk, tuple((a, b) for a, b in spans), vectors)


def as_bytes(value: object) -> bytes:
    """Return a blob; raises TypeError where the file holds something else."""
    if not isinstance(value, bytes):
        raise TypeError(f"expected a blob, found {type(value).__name__}")
    return value
