"""The days that the texts of articles mention, each counted from its article's publication.

They stand in the catalogue and are written with the chunks themselves, so that nothing is left of
an article that is deleted.
"""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Iterable
from datetime import timedelta

from zeitfrage.index.article import PartialDate
from zeitfrage.index.days import Days
from zeitfrage.index.time_expressions import time_expressions
from zeitfrage.index.time_rules import Anchor

# Counts up where the rules find other days than before; those of all articles are then found anew.
_RULES = "1"
# A mention of a decade or a century tells nothing of a day.
LONGEST = timedelta(366)

TABLES = """
CREATE TABLE mention (
    chunk INTEGER NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL,
    PRIMARY KEY (chunk, first, last)
) WITHOUT ROWID;
CREATE INDEX mention_by_day ON mention (first, last);
INSERT OR IGNORE INTO setting VALUES ('time_rules', '0');
"""
STRAYS = {
    "mentions of days belong to no chunk": (
        "mention",
        "chunk",
        "chunk NOT IN (SELECT id FROM chunk)",
    ),
}
_CHUNKS = (
    "SELECT chunk.id, substr(text, start + 1, end - start), published FROM chunk "
    "JOIN article ON article.id = chunk.article"
)


def mentioned_days(text: str, published: PartialDate | None) -> list[Days]:
    """Return the days, months and years that a text mentions, in order and none twice.

    Args:
        text: of an article or a piece of it.
        published: what "gestern" counts from; None where it is not known.
    """
    found = time_expressions(unicodedata.normalize("NFC", text), Anchor(published))
    days = {expression.days for expression in found}
    return sorted(span for span in days if span.last - span.first < LONGEST)


def remember(db: sqlite3.Connection, article_id: str) -> None:
    """Note the days that an article's chunks mention; they have to be stored already."""
    _note(db, db.execute(f"{_CHUNKS} WHERE chunk.article = ?", (article_id,)))


def bring_up_to_date(db: sqlite3.Connection) -> None:
    """Find the days anew where an earlier program noted none, or by other rules."""
    if _is_up_to_date(db):
        return
    db.execute("DELETE FROM mention")
    _note(db, db.execute(_CHUNKS))
    db.execute("UPDATE setting SET value = ? WHERE name = 'time_rules'", (_RULES,))


def with_other_days(db: sqlite3.Connection) -> list[int]:
    """Return the chunks that other days are noted of than their texts mention."""
    if not _is_up_to_date(db):
        return []
    noted: dict[int, list[tuple[str, str]]] = {}
    for chunk, first, last in db.execute("SELECT chunk, first, last FROM mention ORDER BY 1, 2, 3"):
        noted.setdefault(chunk, []).append((first, last))
    return [
        chunk
        for chunk, text, published in db.execute(_CHUNKS)
        if noted.get(chunk, []) != _as_stored(text, published)
    ]


def _is_up_to_date(db: sqlite3.Connection) -> bool:
    row = db.execute("SELECT value FROM setting WHERE name = 'time_rules'").fetchone()
    return row is not None and row[0] == _RULES


def _note(db: sqlite3.Connection, chunks: Iterable[tuple[int, str, str | None]]) -> None:
    rows = (
        (chunk, *days) for chunk, text, published in chunks for days in _as_stored(text, published)
    )
    db.executemany("INSERT INTO mention VALUES (?, ?, ?)", rows)


def _as_stored(text: str, published: str | None) -> list[tuple[str, str]]:
    days = mentioned_days(text, PartialDate.parse(published) if published else None)
    return [(first.isoformat(), last.isoformat()) for first, last in days]
