"""How a host wants to be asked: at which pace, and what its robots.txt forbids."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from protego import Protego

from zeitfrage.config.errors import FetchFailed, FetchFailedForNow

ROBOT = "Zeitfrage"
_LONGEST_CRAWL_DELAY = 30.0
# Nobody is made to wait longer than this for a turn; the caller comes back later instead.
_LONGEST_WAIT = 60.0
_LONGEST_PAUSE = 3600.0
# RFC 9309: rules are not to be kept for longer than a day.
_RULES_KEPT = 86_400.0
_FAILURE_KEPT = 30.0


class Turns:
    """When each host may be asked again; shared by all threads."""

    def __init__(self, requests_per_second: float) -> None:
        """Start with all hosts free.

        Args:
            requests_per_second: to one host at most.
        """
        self._pause = 1 / requests_per_second
        self._free_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, host: str, least_pause: float = 0.0) -> None:
        """Return when the host may be asked; the turn is then taken.

        Args:
            host: with its port where that is not the usual one.
            least_pause: seconds that it wants between two requests.

        Raises:
            FetchFailedForNow: it wants to be left alone for longer than anybody waits here.
        """
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._free_at.get(host, now))
            if turn - now > _LONGEST_WAIT:
                raise FetchFailedForNow(
                    f"The server wants to be left alone for another {turn - now:.0f} seconds.",
                    "Try again after that.",
                )
            self._free_at[host] = turn + max(self._pause, least_pause)
        time.sleep(turn - now)

    def postpone(self, host: str, seconds: float) -> None:
        """Leave a host alone for a time, at most an hour."""
        with self._lock:
            free_at = time.monotonic() + min(seconds, _LONGEST_PAUSE)
            self._free_at[host] = max(free_at, self._free_at.get(host, free_at))


def retry_after(header: str | None) -> float | None:
    """Return the seconds that a Retry-After header asks for (RFC 9110), None where it does not."""
    if not header:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


@dataclass(frozen=True, slots=True)
class _Rules:
    parsed: Protego | None
    failure: str
    expire_at: float


class RobotRules:
    """The robots.txt of each host that was asked, kept for a day (RFC 9309)."""

    def __init__(self, read: Callable[[str], str | None]) -> None:
        """Know no rules yet.

        Args:
            read: returns the robots.txt of a site (`https://host`), None where it has none, and
                raises FetchFailedForNow where it cannot tell.
        """
        self._read = read
        self._rules: dict[str, _Rules] = {}

    def check(self, site: str, url: str) -> float:
        """Return the seconds between two requests that a site asks for, 0 where it asks nothing.

        Raises:
            FetchFailed: the site's robots.txt forbids the address.
            FetchFailedForNow: it cannot be read, which forbids everything.
        """
        rules = self._rules.get(site)
        if rules is None or rules.expire_at < time.monotonic():
            rules = self._rules[site] = self._ask(site)
        if rules.failure:
            raise FetchFailedForNow(
                f"The site's robots.txt cannot be read, so nothing may be: {rules.failure}",
                "Try again later.",
            )
        if rules.parsed is None:
            return 0.0
        if not rules.parsed.can_fetch(url, ROBOT):
            raise FetchFailed(
                "The site's robots.txt forbids it.",
                "Ask the publisher, or save the page in a browser and ingest the file.",
            )
        return min(rules.parsed.crawl_delay(ROBOT) or 0.0, _LONGEST_CRAWL_DELAY)

    def _ask(self, site: str) -> _Rules:
        now = time.monotonic()
        try:
            text = self._read(site)
        except FetchFailedForNow as error:
            return _Rules(None, error.message, now + _FAILURE_KEPT)
        return _Rules(Protego.parse(text) if text else None, "", now + _RULES_KEPT)
