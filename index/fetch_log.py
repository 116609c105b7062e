"""What is remembered of web addresses, in the catalogue's file: how to ask again, and feeds."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from zeitfrage.index.fetching import Validators
from zeitfrage.index.schema import open_database

_BROKEN = (
    "succeeded IS NOT NULL AND datetime(succeeded) IS NULL "
    "OR failed IS NOT NULL AND datetime(failed) IS NULL"
)
# What cannot be read and is noted anew when the address is next asked: table, key, condition.
STRAYS = {
    "feeds have times that are none": ("feed", "address", _BROKEN),
}


@dataclass(frozen=True, slots=True)
class Fetch:
    """How an address was last read and stored.

    Args:
        mark: what was asked of it, or what its feed said of it, to be compared; may be empty.
        validators: let the server say whether it has changed since.
    """

    mark: str
    validators: Validators


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed or sitemap, and how asking it went.

    Args:
        address: as it was named.
        succeeded: when it could last be read; None for never.
        failed: when it last could not; None for never.
        failure: why not, that time.
    """

    address: str
    succeeded: datetime | None
    failed: datetime | None
    failure: str | None


class FetchLog:
    """The tables `fetched` and `feed` of a collection; safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Open the catalogue's file, by a connection of its own."""
        self._lock = threading.Lock()
        self._db = open_database(path)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def last(self, address: str) -> Fetch | None:
        """Return how an address was last read, None where it never was."""
        rows = self._run(
            "SELECT mark, url, etag, last_modified FROM fetched WHERE address = ?", address
        )
        return next((Fetch(mark, Validators(*rest)) for mark, *rest in rows), None)

    def remember(self, address: str, mark: str, validators: Validators) -> None:
        """Note how an address was read; to be called only when its content is stored."""
        values = (address, mark, validators.url, validators.etag, validators.last_modified)
        self._run("INSERT OR REPLACE INTO fetched VALUES (?, ?, ?, ?, ?)", *values)

    def forget(self) -> None:
        """Let every address be read anew, so that what was deleted can come again."""
        self._run("DELETE FROM fetched")

    def succeeded(self, address: str) -> None:
        """Note that a feed could be read just now."""
        self._run(
            "INSERT INTO feed (address, succeeded) VALUES (?, ?) "
            "ON CONFLICT DO UPDATE SET succeeded = excluded.succeeded",
            *(address, _now()),
        )

    def failed(self, address: str, failure: str) -> None:
        """Note that a feed could not be read just now, and why."""
        self._run(
            "INSERT INTO feed (address, failed, failure) VALUES (?, ?, ?) "
            "ON CONFLICT DO UPDATE SET failed = excluded.failed, failure = excluded.failure",
            *(address, _now(), failure),
        )

    def feeds(self) -> tuple[Feed, ...]:
        """Return all feeds, by address."""
        rows = self._run("SELECT address, succeeded, failed, failure FROM feed ORDER BY address")
        return tuple(
            Feed(address, _moment(succeeded), _moment(failed), failure)
            for address, succeeded, failed, failure in rows
        )

    def is_feed(self, address: str) -> bool:
        """Whether an address is known as a feed."""
        return bool(self._run("SELECT 1 FROM feed WHERE address = ?", address))

    def _run(self, sql: str, *values: str | None) -> list[tuple[str, ...]]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _moment(iso: str | None) -> datetime | None:
    return datetime.fromisoformat(iso) if iso else None
