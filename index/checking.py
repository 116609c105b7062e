"""Whether catalogue, terms and vectors agree, and what has to be derived anew where they do not.

The articles are the source of truth; chunks, terms, vectors and links to copies follow from them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from zeitfrage.config.errors import CollectionDamaged
from zeitfrage.index import duplicates, fetch_log, mentions
from zeitfrage.index.analysis import analyse
from zeitfrage.index.rows import ARTICLE_COLUMNS, article_of_row, as_bytes
from zeitfrage.index.vectors import VectorStore, filtered_by

_SHOWN = 3
_LENGTH_TOLERANCE = 1e-2
_TERMLESS = "SELECT id FROM chunk WHERE id NOT IN (SELECT rowid FROM term) ORDER BY id"
_CHUNKS = (
    "SELECT chunk.id, position, start, end, sentences, length(sentence_vectors), term.terms, "
    "article.text, article.language, article.id FROM chunk "
    "JOIN article ON article.id = chunk.article JOIN term ON term.rowid = chunk.id "
    "ORDER BY chunk.article, chunk.position"
)
# What is there without what it belongs to, and how it is removed.
_STRAYS = {
    "chunks belong to no article": ("chunk", "id", "article NOT IN (SELECT id FROM article)"),
    "rows of terms belong to no chunk": ("term", "rowid", "rowid NOT IN (SELECT id FROM chunk)"),
    "waiting vectors belong to no chunk": (
        "pending",
        "chunk",
        "chunk NOT IN (SELECT id FROM chunk)",
    ),
    "earlier versions belong to no article": (
        "earlier_version",
        "article",
        "article NOT IN (SELECT id FROM article)",
    ),
    **duplicates.STRAYS,
    **mentions.STRAYS,
    **fetch_log.STRAYS,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not agree.

    Args:
        wrong: what is wrong: "chunks have no vector".
        where: what it is wrong with: ids of articles, or keys of what belongs to none.
        chunks: keys of chunks that have to be made anew.
        vectors: keys of vectors that have to go.
        sketches: ids of articles whose copies have to be looked for anew.
        unreadable: whether a whole store has to be made anew: `vectors` or `terms`.
    """

    wrong: str
    where: tuple[str, ...] = ()
    chunks: tuple[int, ...] = field(default=(), repr=False)
    vectors: tuple[str, ...] = field(default=(), repr=False)
    sketches: tuple[str, ...] = field(default=(), repr=False)
    unreadable: str | None = None

    def __str__(self) -> str:
        """One line: how many, what is wrong, and the first that it is wrong with."""
        if not self.where:
            return self.wrong
        count = len(self.chunks) or len(self.vectors) or len(self.where)
        names = list(dict.fromkeys(self.where))
        more = " …" if len(names) > _SHOWN else ""
        return f"{count:,} {self.wrong}: {', '.join(names[:_SHOWN])}{more}"


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found, and what of it a repair left.

    Args:
        found: before any repair.
        left: after it; the same where nothing was repaired.
    """

    found: tuple[Finding, ...]
    left: tuple[Finding, ...]


def check(catalogue: Path, vectors: VectorStore) -> tuple[Finding, ...]:
    """Say what does not agree; nothing is changed.

    Args:
        catalogue: the SQLite file; nobody may write to it meanwhile.
        vectors: the vectors of its chunks.
    """
    with closing(sqlite3.connect(catalogue, isolation_level=None)) as db:
        try:
            db.execute("BEGIN")
            return (*_of_file(db), *_of_catalogue(db), *_of_vectors(db, vectors))
        except sqlite3.DatabaseError as error:
            return (Finding(f"The catalogue cannot be read: {error}.", unreadable="catalogue"),)


def remove_what_is_wrong(
    found: tuple[Finding, ...], db: sqlite3.Connection, vectors: VectorStore
) -> list[int]:
    """Remove what belongs to nothing, and return the chunks that have to be made anew.

    Args:
        found: by `check`.
        db: the catalogue, within a transaction.
        vectors: those of its chunks.

    Raises:
        CollectionDamaged: the articles themselves cannot be read.
    """
    unreadable = {finding.unreadable for finding in found}
    if "catalogue" in unreadable:
        raise CollectionDamaged(
            "The articles themselves cannot be read, so nothing can be derived from them.",
            "Put back a copy of catalogue.sqlite3, or ingest again into another data folder.",
        )
    if "terms" in unreadable:
        db.execute("REINDEX")
        db.execute("INSERT INTO term (term) VALUES ('rebuild')")
    for finding in found:
        duplicates.forget_sketches(db, finding.sketches)
    for table, _, condition in _STRAYS.values():
        db.execute(f"DELETE FROM {table} WHERE {condition}")
    if "vectors" in unreadable:
        vectors.clear()
        return [key for (key,) in db.execute("SELECT id FROM chunk")]
    vectors.delete([key for finding in found for key in finding.vectors])
    return [key for finding in found for key in finding.chunks]


def _of_file(db: sqlite3.Connection) -> Iterator[Finding]:
    """Let SQLite look at its pages, its indexes and the full-text index."""
    said = [str(line) for (line,) in db.execute("PRAGMA integrity_check(5)")]
    if said != ["ok"]:
        yield Finding(f"The catalogue's file is damaged: {said[0]}.", unreadable="terms")
        return
    try:
        # It reads only, though it looks like writing.
        db.execute("INSERT INTO term (term, rank) VALUES ('integrity-check', 0)")
    except sqlite3.DatabaseError:
        yield Finding("The full-text index differs from its rows.", unreadable="terms")


def _of_catalogue(db: sqlite3.Connection) -> Iterator[Finding]:
    for wrong, (table, key, condition) in _STRAYS.items():
        strays = db.execute(f"SELECT {key} FROM {table} WHERE {condition}").fetchall()
        if strays:
            yield Finding(wrong, tuple(str(row[0]) for row in strays))
    bare = db.execute("SELECT id FROM article WHERE id NOT IN (SELECT article FROM chunk)")
    if chunkless := tuple(str(row[0]) for row in bare):
        yield Finding("articles have no chunk", chunkless)
    yield from _of_copies(db)
    owners = _owners(db)
    yield from _about("chunks have no terms", [key for (key,) in db.execute(_TERMLESS)], owners)
    misplaced, otherwise = _wrong_chunks(db)
    yield from _about("chunks do not lie in their article's text", misplaced, owners)
    yield from _about("chunks have other terms than their text", otherwise, owners)
    yield from _about(
        "chunks have other days than their text", mentions.with_other_days(db), owners
    )


def _of_copies(db: sqlite3.Connection) -> Iterator[Finding]:
    for wrong, articles in (
        ("articles have no sketch", duplicates.without_sketch(db)),
        ("sketches differ from their bands", duplicates.with_other_bands(db)),
        ("links to copies lead one way", duplicates.linked_one_way(db)),
    ):
        if articles:
            yield Finding(wrong, tuple(articles), sketches=tuple(articles))


def _about(wrong: str, keys: list[int], owners: dict[int, str]) -> Iterator[Finding]:
    if keys:
        yield Finding(wrong, tuple(owners.get(key, "?") for key in keys), chunks=tuple(keys))


def _owners(db: sqlite3.Connection) -> dict[int, str]:
    return dict(
        db.execute("SELECT chunk.id, article FROM chunk JOIN article ON article.id = chunk.article")
    )


def _wrong_chunks(db: sqlite3.Connection) -> tuple[list[int], list[int]]:
    """Return the chunks whose spans do not fit their article, and those with other terms."""
    misplaced, otherwise = [], []
    article, position, reached = "", 0, 0
    for row in db.execute(_CHUNKS):
        key, number, start, end, spans, vectors, terms, text, language, owner = row
        if owner != article:
            article, position, reached = owner, 0, 0
        fits = number == position and reached <= start < end <= len(text)
        if not (fits and _sentences_fit(as_bytes(spans), vectors, start, end)):
            misplaced.append(key)
        elif terms != " ".join(analyse(text[start:end], language)):
            otherwise.append(key)
        position, reached = number + 1, end
    return misplaced, otherwise


def _sentences_fit(blob: bytes, bytes_of_vectors: int, start: int, end: int) -> bool:
    """Whether a chunk's sentences lie in it, in order, each with a vector."""
    if not blob or len(blob) % 8:
        return False
    spans = np.frombuffer(blob, np.int32)
    inside = bool(spans[0] == start and spans[-1] == end and (np.diff(spans) >= 0).all())
    return inside and bytes_of_vectors > 0 and bytes_of_vectors % (len(spans) // 2) == 0


def _of_vectors(db: sqlite3.Connection, vectors: VectorStore) -> Iterator[Finding]:
    owners = _owners(db)
    have: set[str] = set()
    broken: list[int] = []
    misfiled: list[int] = []
    facts = _facts(db)
    dimensions = None
    try:
        for record in vectors.records():
            have.add(record.key)
            owner = owners.get(int(record.key)) if record.key.isdecimal() else None
            dimensions = dimensions or len(record.vector)
            unit = abs(float(np.linalg.norm(record.vector)) - 1) < _LENGTH_TOLERANCE
            if owner is not None and not (unit and len(record.vector) == dimensions):
                broken.append(int(record.key))
            elif owner is not None and record.facts != facts[owner]:
                misfiled.append(int(record.key))
    except CollectionDamaged as error:
        yield Finding(error.message, unreadable="vectors")
        return
    yield from _of_keys(db, have, owners)
    yield from _about("vectors are no unit vectors of one length", broken, owners)
    yield from _about("vectors are filed under other facts than their article", misfiled, owners)


def _of_keys(db: sqlite3.Connection, have: set[str], owners: dict[int, str]) -> Iterator[Finding]:
    # What still waits is noted in the catalogue and delivered whenever the collection is opened.
    waiting = {key for (key,) in db.execute("SELECT chunk FROM pending")}
    leaving = {str(key) for (key,) in db.execute("SELECT chunk FROM stale")}
    lacking = [key for key in owners if str(key) not in have and key not in waiting]
    yield from _about("chunks have no vector", lacking, owners)
    if strays := tuple(sorted(have - set(map(str, owners)) - leaving)):
        yield Finding("vectors belong to no chunk", strays, vectors=strays)


def _facts(db: sqlite3.Connection) -> dict[str, dict[str, str | int]]:
    """Return for each article what its vectors are filtered by."""
    rows = db.execute(f"SELECT {ARTICLE_COLUMNS} FROM article")
    return {article.id: filtered_by(article) for article in map(article_of_row, rows)}
