"""Which chunks are about the days that a question asks about."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from zeitfrage.index.days import Days
from zeitfrage.index.mentions import LONGEST
from zeitfrage.index.period import Period
from zeitfrage.index.schema import open_database

_OF_PERIOD = """
SELECT * FROM (
    SELECT chunk FROM mention WHERE first BETWEEN :earliest AND :last AND last >= :first
    LIMIT :limit
)
UNION ALL
SELECT * FROM (
    SELECT chunk.id FROM article JOIN chunk ON chunk.article = article.id
    WHERE first_day <= :printed AND last_day >= :first LIMIT :limit
)
"""
_PUBLISHED = """
SELECT chunk.id, first_day, last_day FROM chunk JOIN article ON article.id = chunk.article
WHERE chunk.id IN (SELECT value FROM json_each(:keys))
"""
_MENTIONED = """
SELECT asked.id, asked.id = mention.chunk, mention.first, mention.last
FROM chunk AS asked
JOIN chunk AS near ON near.article = asked.article
JOIN mention ON mention.chunk = near.id
WHERE asked.id IN (SELECT value FROM json_each(:keys))
AND mention.first BETWEEN :earliest AND :last AND mention.last >= :first
"""


class Timeline:
    """The days of a collection's chunks; safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Open the catalogue's file, by a connection of its own."""
        self._lock = threading.Lock()
        self._db = open_database(path)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def chunks_of(self, period: Period, limit: int) -> list[int]:
        """Return chunks that mention days of a period, or whose article appeared in it.

        Args:
            period: asked about.
            limit: at most so many of either, in no order.
        """
        rows = self._rows(_OF_PERIOD, period, limit=limit)
        return list(dict.fromkeys(int(key) for (key,) in rows))

    def fits(self, period: Period, chunks: Iterable[int]) -> dict[int, float]:
        """Return how well chunks fit a period, in [0, 1].

        Those that cannot be about it are left out where the period is strict.
        """
        keys = json.dumps(list(chunks))
        own, around = self._shares(period, keys)
        fits: dict[int, float] = {}
        for key, *days in self._rows(_PUBLISHED, period, keys=keys):
            published = Days(*map(date.fromisoformat, days)) if days[0] else None
            if not period.strict or period.may_hold(published, key in own or key in around):
                fits[key] = period.fit(own.get(key, 0.0), around.get(key, 0.0), published)
        return fits

    def _shares(self, period: Period, keys: str) -> tuple[Mapping[int, float], Mapping[int, float]]:
        """Return how much of what chunks, and others of their articles, mention is asked about."""
        own: dict[int, float] = {}
        around: dict[int, float] = {}
        for key, is_own, *days in self._rows(_MENTIONED, period, keys=keys):
            shares = own if is_own else around
            share = period.share(Days(*map(date.fromisoformat, days)))
            shares[key] = max(share, shares.get(key, 0.0))
        return own, around

    def _rows(self, sql: str, period: Period, **values: object) -> list[tuple[Any, ...]]:
        first, last = period.days
        earliest = max(first, date.min + LONGEST) - LONGEST
        days = {"first": first, "last": last, "earliest": earliest, "printed": period.printed.last}
        iso = {name: day.isoformat() for name, day in days.items()}
        with self._lock:
            return self._db.execute(sql, iso | values).fetchall()
