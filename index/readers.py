"""Files read by processes of their own, ahead of whoever takes what they hold.

So a parser works while texts are embedded, and a file that makes it crash, fill the memory or never
come back costs only itself. The processes are started afresh, never forked: a fork of a process
that runs torch may hang, and would copy its memory.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from types import MappingProxyType

from zeitfrage.index.ingest import Upload
from zeitfrage.index.loaders import Columns, Content, Rejection
from zeitfrage.index.reader_process import Request
from zeitfrage.index.reading import size_of

Answer = tuple[Content, int]

_PATIENCE_SECONDS = 60
_MOST_PROCESSES = 4
_FILES_WORTH_A_PROCESS = 16
# So many results wait for whoever takes them: a batch of the collection, and no more, so that
# memory stays flat.
_AHEAD = 64
_TAKEN_SECONDS = 0.2
_COMMAND = (sys.executable, "-P", "-m", "zeitfrage.index.reader_process")


class Readers:
    """Some processes that share files, one after the other in turn; their order is kept."""

    def __init__(
        self,
        files: Sequence[Upload],
        columns: Columns = MappingProxyType({}),
        max_bytes: int = sys.maxsize,
        patience_seconds: float = _PATIENCE_SECONDS,
    ) -> None:
        """Start reading.

        Args:
            files: to be read, in this order.
            columns: of tables and JSON, which column holds which field.
            max_bytes: larger files are rejected unread.
            patience_seconds: the longest that one article may take to be read.
        """
        count = min(_processors(), _MOST_PROCESSES, -(-len(files) // _FILES_WORTH_A_PROCESS))
        requests = [Request(file, dict(columns), max_bytes, patience_seconds) for file in files]
        self._readers = [_Reader(requests[first::count]) for first in range(count)]
        self._taken = 0

    def take(self) -> Iterator[Answer]:
        """Yield what the next file holds, as `read_file` does."""
        reader = self._readers[self._taken % len(self._readers)]
        self._taken += 1
        yield from reader.take()

    def close(self) -> None:
        """End the processes, whatever they are at."""
        for reader in self._readers:
            reader.stop()


class _Reader:
    """A process with the thread that asks it for one file after the other."""

    def __init__(self, requests: Sequence[Request]) -> None:
        self._requests = requests
        self._answers: queue.Queue[Answer | None] = queue.Queue(_AHEAD)
        self._stopped = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def take(self) -> Iterator[Answer]:
        while (answer := self._answers.get()) is not None:
            yield answer

    def stop(self) -> None:
        self._stopped.set()
        if process := self._process:
            process.kill()
        self._thread.join()

    def _run(self) -> None:
        try:
            for request in self._requests:
                for answer in self._ask(request):
                    self._put(answer)
                self._put(None)
                if self._stopped.is_set():
                    return
        finally:
            self._end()

    def _put(self, answer: Answer | None) -> None:
        while not self._stopped.is_set():
            try:
                self._answers.put(answer, timeout=_TAKEN_SECONDS)
            except queue.Full:
                continue
            return

    def _ask(self, request: Request) -> Iterator[Answer]:
        asked = time.monotonic()
        try:
            process = self._started()
            pickle.dump(request, process.stdin)  # type: ignore[arg-type]
            process.stdin.flush()  # type: ignore[union-attr]
            while not self._stopped.is_set():
                answer: Answer | None = pickle.load(process.stdout)  # type: ignore[arg-type] # noqa: S301
                if answer is None:
                    return
                yield answer
                asked = time.monotonic()
        except Exception:  # noqa: BLE001 (what a dying process wrote may be anything)
            why = _why(self._end(), time.monotonic() - asked, request.patience_seconds)
            yield Rejection(request.file.origin, why), size_of(request.file.path)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603 (our own module)
                _COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process

    def _end(self) -> int:
        """End the process, if it has not ended, and return how it did."""
        process, self._process = self._process, None
        if process is None:
            return 0
        if self._stopped.is_set():
            process.kill()
        with suppress(OSError), process:
            pass
        return process.returncode


def _why(code: int, seconds: float, patience: float) -> str:
    if seconds >= patience:
        return f"Reading it took more than {patience:g} seconds."
    ended = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    return f"Reading it made the reading process end ({ended}); the file may be damaged."


def _processors() -> int:
    """Return how many processors are left beside the one that embeds, at least one."""
    available = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, available - 1)
