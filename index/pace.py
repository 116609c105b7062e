"""How far an ingest is, and how fast each of its stages."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from zeitfrage.index.files import ReadItem
from zeitfrage.index.ingest import Progress, Stage, StagePace


class Pace:
    """Times the stages of an ingest and tells whoever wants to know."""

    def __init__(
        self, bytes_total: Callable[[], int], tell: Callable[[Progress], None] | None
    ) -> None:
        """Start the clock.

        Args:
            bytes_total: says how much input there is, as far as is known by then; at least 1.
            tell: gets the progress at each change of stage and while texts are embedded.
        """
        self._bytes_total = bytes_total
        self._tell = tell
        self._started = time.monotonic()
        self._stage = Stage.READ
        self._counts = dict.fromkeys(Stage, 0)
        self._seconds = dict.fromkeys(Stage, 0.0)
        self._bytes = self._articles = 0
        self._seconds_left: float | None = None

    def reading(self, batches: Iterator[tuple[ReadItem, ...]]) -> Iterator[tuple[ReadItem, ...]]:
        """Hand on the batches that hold anything, their reading timed."""
        while True:
            with self.at(Stage.READ):
                batch = next(batches, None)
            if batch is None:
                return
            self._counts[Stage.READ] += len(batch)
            if batch:
                yield batch

    @contextmanager
    def at(self, stage: Stage) -> Iterator[None]:
        """Count the time within for a stage."""
        if stage is not self._stage:
            self._stage = stage
            self.tell()
        started = time.monotonic()
        try:
            yield
        finally:
            self._seconds[stage] += time.monotonic() - started

    def did(self, stage: Stage, count: int) -> None:
        """Note that a stage has done so much more."""
        self._counts[stage] += count

    def finished(self, articles: int, bytes_read: int) -> None:
        """Note that so many more articles are safe, and where in the input the last one ended."""
        self._articles += articles
        self._bytes = bytes_read
        seconds = time.monotonic() - self._started
        left = self._bytes_total() - bytes_read
        self._seconds_left = seconds * left / bytes_read if bytes_read else None
        self.tell()

    def ended(self) -> None:
        """Note that there is no more input; what held no article at its end counts as read too."""
        self.finished(0, self._bytes_total())

    def tell(self) -> None:
        """Say how far it is."""
        if self._tell is None:
            return
        seconds = max(time.monotonic() - self._started, 1e-6)
        stages = (StagePace(s, self._counts[s], self._seconds[s]) for s in Stage)
        self._tell(
            Progress(
                self._bytes,
                self._bytes_total(),
                self._articles,
                self._articles / seconds,
                self._seconds_left,
                self._stage,
                tuple(stages),
            )
        )
