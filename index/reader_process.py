"""A process that reads files for another one; `readers.py` starts it and says why it is needed.

Requests come pickled on standard input, answers go pickled to standard output: for each file what
it holds, then None. It ends when its input does.
"""

from __future__ import annotations

import faulthandler
import os
import pickle
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from zeitfrage.index.ingest import Upload
from zeitfrage.index.loaders import Columns, Content
from zeitfrage.index.reading import read_file

_MOST_MEMORY = 4_000_000_000


@dataclass(frozen=True, slots=True)
class Request:
    """A file to be read.

    Args:
        file: which one.
        columns: as `read_file` takes them.
        max_bytes: likewise.
        patience_seconds: the longest that one article of it may take.
    """

    file: Upload
    columns: Columns
    max_bytes: int
    patience_seconds: float


def main() -> None:
    """Read file after file."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    _bound_memory()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    while True:
        try:
            request: Request = pickle.load(sys.stdin.buffer)  # noqa: S301 (from our own parent)
        except EOFError:
            return
        for answer in chain(_watched(request), (None,)):
            pickle.dump(answer, answers)
            answers.flush()


def _watched(request: Request) -> Iterator[tuple[Content, int]]:
    """Read a file; the clock runs while it is read, not while the other side takes its time.

    When it runs out, the process ends itself, from a thread of C that runs even where a parser
    holds the interpreter.
    """
    found = read_file(request.file, request.columns, request.max_bytes)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123
        while True:
            faulthandler.dump_traceback_later(request.patience_seconds, exit=True, file=nowhere)
            answer = next(found, None)
            faulthandler.cancel_dump_traceback_later()
            if answer is None:
                return
            yield answer


def _bound_memory() -> None:
    """Let a file that would fill the memory fail in this process alone."""
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))


if __name__ == "__main__":
    main()
