"""Ingests that a server runs: listed, paused, resumed and cancelled while they are at work."""

from __future__ import annotations

import logging
import threading
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType

from zeitfrage.config.errors import ZeitfrageError
from zeitfrage.index.collection import Collection
from zeitfrage.index.ingest import IngestResult, Outcome, Progress, Upload, WebAddress
from zeitfrage.index.loaders import Columns

_log = logging.getLogger(__name__)

_FINISHED_KEPT = 20
_REJECTIONS_KEPT = 1000


class JobNotFound(ZeitfrageError):
    """No job has this id."""


class JobState(StrEnum):
    """What a job is doing."""

    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self not in (JobState.RUNNING, JobState.PAUSED)


class Job:
    """One ingest; whoever takes its results does the work, other threads may steer it."""

    def __init__(
        self,
        collection: Collection,
        inputs: Sequence[Upload | WebAddress],
        columns: Columns,
        keeps_results: bool = False,
    ) -> None:
        """Start nothing yet.

        Args:
            collection: that the articles go into.
            inputs: the files and web addresses that go in.
            columns: of tables and JSON, which column holds which field.
            keeps_results: whether `kept` gets all of them, and not only the rejections.
        """
        self.id = uuid.uuid4().hex[:12]
        self.created = datetime.now(UTC)
        self.origins = tuple(given.origin for given in inputs)
        self.state = JobState.RUNNING
        self.progress: Progress | None = None
        self.outcomes: Counter[Outcome] = Counter()
        self.rejections: list[IngestResult] = []
        self.kept: list[IngestResult] = []
        self.error = ""
        self._keeps_results = keeps_results
        self._ingest = (collection, inputs, columns)
        self._changed = threading.Condition()

    def results(self) -> Iterator[IngestResult]:
        """Do the work: yield what became of each article once it is safe; waits while paused.

        Closing the iterator cancels the job.
        """
        collection, inputs, columns = self._ingest
        try:
            for result in collection.ingest(inputs, self._reached, columns):
                self._count(result)
                yield result
                if not self._may_go_on():
                    return
            self._become(JobState.DONE)
        except GeneratorExit:
            self._become(JobState.CANCELLED)
            raise
        except BaseException as error:
            self.error = str(error)
            self._become(JobState.FAILED)
            raise

    def pause(self) -> None:
        """Stop after the articles at hand until it is resumed; what is stored stays."""
        self._become(JobState.PAUSED)

    def resume(self) -> None:
        """Go on where it was paused."""
        self._become(JobState.RUNNING)

    def cancel(self) -> None:
        """Stop for good after the articles at hand; what is stored stays."""
        self._become(JobState.CANCELLED)

    def _become(self, state: JobState) -> None:
        with self._changed:
            if not self.state.ended:
                self.state = state
            self._changed.notify_all()

    def _may_go_on(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self.state is not JobState.PAUSED)
            return self.state is JobState.RUNNING

    def _reached(self, progress: Progress) -> None:
        self.progress = progress

    def _count(self, result: IngestResult) -> None:
        self.outcomes[result.outcome] += 1
        if self._keeps_results:
            self.kept.append(result)
        if result.outcome is Outcome.REJECTED and len(self.rejections) < _REJECTIONS_KEPT:
            self.rejections.append(result)


class Jobs:
    """The ingests of a server, those at work and the last that ended; safe between threads."""

    def __init__(self, collection: Collection) -> None:
        """Begin without any.

        Args:
            collection: that the articles go into.
        """
        self._collection = collection
        self._lock = threading.Lock()
        self._jobs: deque[Job] = deque()
        self._threads: list[threading.Thread] = []

    def add(
        self,
        inputs: Sequence[Upload | WebAddress],
        columns: Columns = MappingProxyType({}),
        keeps_results: bool = False,
    ) -> Job:
        """Make a job and list it; taking its results does the work."""
        job = Job(self._collection, inputs, columns, keeps_results)
        with self._lock:
            self._jobs.append(job)
            ended = [known for known in self._jobs if known.state.ended]
            for old in ended[:-_FINISHED_KEPT]:
                self._jobs.remove(old)
        return job

    def start(self, job: Job, after: Callable[[], None]) -> None:
        """Do the work of a job in a thread of its own.

        Args:
            job: that nobody takes the results of.
            after: is called once it has ended.
        """

        def work() -> None:
            try:
                for _ in job.results():
                    pass
            except Exception:  # noqa: BLE001 (it is noted with the job, which nobody waits for)
                _log.exception("A job broke off.")
            finally:
                after()

        thread = threading.Thread(target=work, name=f"job {job.id}")
        self._threads.append(thread)
        thread.start()

    def all(self) -> list[Job]:
        """Return the jobs, newest first."""
        with self._lock:
            return list(reversed(self._jobs))

    def get(self, job_id: str) -> Job:
        """Return a job; raises JobNotFound."""
        for job in self.all():
            if job.id == job_id:
                return job
        raise JobNotFound(f"No job has the id {job_id!r}.", "GET /v1/jobs lists them.")

    def close(self) -> None:
        """Cancel what is at work, and wait until it has stopped."""
        for job in self.all():
            job.cancel()
        for thread in self._threads:
            thread.join()
