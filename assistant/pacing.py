"""How often each of many clients may do something."""

from __future__ import annotations

import math
from collections import OrderedDict

from zeitfrage.config.errors import ZeitfrageError

_CLIENTS_REMEMBERED = 10_000


class TooManyRequests(ZeitfrageError):
    """A client asks more often than it may."""

    def __init__(self, per_minute: int, seconds: float) -> None:
        super().__init__(
            f"More than {per_minute} requests a minute are not allowed.",
            f"Try again in {math.ceil(seconds)} s, or raise requests_per_minute.",
        )
        self.headers = {"Retry-After": str(math.ceil(seconds))}


class Pacer:
    """Lets each client do so much a minute, all at once or spread; nothing is lost by waiting.

    The generic cell rate algorithm: one number for each client says when all that it did would
    be done at an even pace, and that may lie a minute ahead.
    """

    def __init__(self, per_minute: int) -> None:
        """Begin with nobody.

        Args:
            per_minute: how much a client may do.
        """
        self._interval = 60 / per_minute
        self._busy_until: OrderedDict[str, float] = OrderedDict()

    def seconds_to_wait(self, client: str, now: float) -> float:
        """Count something that a client does; where it has to wait, that is not counted.

        Args:
            client: whoever it is.
            now: the time, in seconds.

        Returns:
            0 where it may, else the seconds until it may.
        """
        until = max(self._busy_until.pop(client, now), now) + self._interval
        wait = max(0.0, until - now - 60)
        self._busy_until[client] = until - self._interval if wait else until
        if len(self._busy_until) > _CLIENTS_REMEMBERED:
            self._busy_until.popitem(last=False)
        return wait
