"""Ingests that a client may send again without knowing whether the first time arrived."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from hashlib import file_digest, sha256

from zeitfrage.assistant.jobs import Job, JobState
from zeitfrage.config.errors import ZeitfrageError
from zeitfrage.index.ingest import Upload, WebAddress
from zeitfrage.index.loaders import Columns

_REMEMBERED = 256


class IdempotencyKeyReused(ZeitfrageError):
    """The key was sent before with other content."""


class StillAtWork(ZeitfrageError):
    """The first request with this key has not ended yet."""


class Once:
    """The latest jobs that were handed in under keys of their clients; safe between threads.

    They are forgotten when the server stops: sent again after that, articles are found unchanged.
    """

    def __init__(self) -> None:
        """Begin without any."""
        self._lock = threading.Lock()
        self._jobs: OrderedDict[tuple[str, str], tuple[str, Job]] = OrderedDict()

    def job(self, name: tuple[str, str], content: str, make: Callable[[], Job]) -> tuple[Job, bool]:
        """Return the job of a name, and whether it is new.

        What failed or was cancelled is made anew.

        Args:
            name: who sends it, and the key that they gave it.
            content: the fingerprint of what is handed in.
            make: makes the job.

        Raises:
            IdempotencyKeyReused: something else was handed in under this name.
        """
        with self._lock:
            known, job = self._jobs.get(name, ("", None))
            if job is None or job.state in (JobState.FAILED, JobState.CANCELLED):
                job = make()
                self._jobs[name] = (content, job)
                if len(self._jobs) > _REMEMBERED:
                    self._jobs.popitem(last=False)
                return job, True
        if known != content:
            raise IdempotencyKeyReused(
                f"Something else was sent with the Idempotency-Key {name[1]!r}.",
                "Send other content with another key.",
            )
        return job, False


def fingerprint(inputs: Sequence[Upload | WebAddress], columns: Columns) -> str:
    """Return what tells two ingests apart: names, content and how it is to be read."""
    digest = sha256(repr(sorted(columns.items())).encode())
    for given in inputs:
        if isinstance(given, WebAddress):
            digest.update(repr(given).encode())
            continue
        with given.path.open("rb") as stream:
            digest.update(repr((given.origin, file_digest(stream, "sha256").digest())).encode())
    return digest.hexdigest()
