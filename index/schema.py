"""The tables of a collection's SQLite file, and how the file is opened."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from zeitfrage.config.errors import CollectionDamaged
from zeitfrage.index import duplicates, mentions

CATALOGUE_FILE = "catalogue.sqlite3"
_SCHEMA_VERSION = 4
_SCHEMA = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE article (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL, published TEXT, updated TEXT,
    source TEXT, agency TEXT, byline TEXT, dateline TEXT, section TEXT, language TEXT NOT NULL,
    url TEXT, keywords TEXT, urgency INTEGER, embargoed_until TEXT, correction TEXT,
    revision INTEGER, version INTEGER NOT NULL, first_day TEXT, last_day TEXT, hash TEXT NOT NULL
);
CREATE INDEX article_by_day ON article (first_day DESC, id);
CREATE INDEX article_by_language ON article (language);
CREATE INDEX article_by_hash ON article (hash);
CREATE TABLE earlier_version (
    article TEXT NOT NULL, version INTEGER NOT NULL, content TEXT NOT NULL,
    PRIMARY KEY (article, version)
) WITHOUT ROWID;
CREATE TABLE withdrawn (article TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE chunk (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    article TEXT NOT NULL REFERENCES article (id),
    position INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
    sentences BLOB NOT NULL, sentence_vectors BLOB NOT NULL
);
CREATE INDEX chunk_by_article ON chunk (article, position);
CREATE TABLE pending (chunk INTEGER PRIMARY KEY, vector BLOB NOT NULL);
CREATE TABLE stale (chunk INTEGER PRIMARY KEY);
CREATE VIRTUAL TABLE term USING fts5 (
    terms, tokenize = "unicode61 remove_diacritics 0 tokenchars '.'"
);
CREATE VIRTUAL TABLE term_count USING fts5vocab (term, row);
"""
_FETCHING = """
CREATE TABLE fetched (
    address TEXT PRIMARY KEY, mark TEXT NOT NULL, url TEXT NOT NULL, etag TEXT, last_modified TEXT
) WITHOUT ROWID;
CREATE TABLE feed (
    address TEXT PRIMARY KEY, succeeded TEXT, failed TEXT, failure TEXT
) WITHOUT ROWID;
"""
# What has come since a version; the articles themselves are noted there when it is mended.
_SINCE = {2: duplicates.TABLES + _FETCHING, 3: mentions.TABLES}


def open_database(path: Path) -> sqlite3.Connection:
    """Open the file, made with its tables where there is none, or given those that it lacks.

    Raises:
        CollectionDamaged: the file is no catalogue, or one of a later version.
    """
    try:
        database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA foreign_keys = ON")
        (version,) = database.execute("PRAGMA user_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise CollectionDamaged(
            f"{path} is not a readable catalogue: {error}.",
            "Name another data folder, or move the file away and ingest again.",
        ) from error
    if version == 0:
        _run(database, _SCHEMA + "".join(_SINCE.values()))
    elif version in _SINCE:
        _run(database, "".join(tables for since, tables in _SINCE.items() if since >= version))
    elif version != _SCHEMA_VERSION:
        raise CollectionDamaged(
            f"{path} has version {version}, this program reads version {_SCHEMA_VERSION}.",
            "Use the program that wrote it, or ingest again into another data folder.",
        )
    return database


def _run(database: sqlite3.Connection, statements: str) -> None:
    database.executescript(f"BEGIN; {statements} PRAGMA user_version = {_SCHEMA_VERSION}; COMMIT;")
