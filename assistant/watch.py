"""Ingesting for as long as nobody stops it: what is due goes in, and errors are outlived."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing

from zeitfrage.assistant.access import reach
from zeitfrage.assistant.cli_output import show_error, show_note, show_result
from zeitfrage.config import Settings
from zeitfrage.config.errors import ZeitfrageError
from zeitfrage.index.ingest import Input, Progress

_SECONDS_UNTIL_NEXT_TRY = 5.0
_SECONDS_OF = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LEAST_INTERVAL = 60


def seconds_of(interval: str) -> int:
    """Return the seconds of an interval such as `15m`, `2h` or `1d`.

    Raises:
        ZeitfrageError: it is none, or less than a minute.
    """
    given = re.fullmatch(r"(\d{1,6})\s*([smhd])", interval.strip().lower())
    seconds = int(given[1]) * _SECONDS_OF[given[2]] if given else 0
    if seconds < _LEAST_INTERVAL:
        raise ZeitfrageError(
            f"every = {interval!r} is not allowed.",
            "Write a number with m, h or d, such as 15m; a feed is asked once a minute at most.",
        )
    return seconds


def keep_up(settings: Settings, due: Iterator[list[Input]]) -> None:
    """Ingest what is due, round by round, and print what becomes of it.

    Between two rounds the collection is let go, so that other commands and a server that starts
    get their turn; while a server holds it, the server does the work. What fails is tried again.

    Args:
        settings: name the data folder.
        due: yields the inputs of each round; often none.
    """
    waiting: dict[Input, None] = {}
    try_at, said = 0.0, ""
    for inputs in due:
        waiting |= dict.fromkeys(inputs)
        if not waiting or time.monotonic() < try_at:
            continue
        try:
            _ingest(settings, list(waiting))
        except (ZeitfrageError, OSError, sqlite3.Error) as error:
            try_at = time.monotonic() + _SECONDS_UNTIL_NEXT_TRY
            if str(error) != said:
                show_error(
                    error if isinstance(error, ZeitfrageError) else ZeitfrageError(str(error))
                )
                show_note("It is tried again until it works.")
            said = str(error)
        else:
            waiting, said = {}, ""


def _ingest(settings: Settings, inputs: list[Input]) -> None:
    with closing(reach(settings, asks=False)) as access:
        for result in access.ingest(inputs, _ignore, {}):
            show_result(result)


def _ignore(progress: Progress) -> None:
    """Show no progress: there is no end to it."""
