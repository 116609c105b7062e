"""The REST API's way in: files and web addresses, whether a client waits for them or not."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Form, Header, Query, Request, UploadFile
from fastapi.sse import EventSourceResponse
from pydantic import Field

from zeitfrage.assistant.api import BoundedRoute, Event, TheJobs, event_stream, or_events
from zeitfrage.assistant.idempotency import (
    IdempotencyKeyReused,
    Once,
    StillAtWork,
    fingerprint,
)
from zeitfrage.assistant.ingest_models import (
    IngestReport,
    IngestResultModel,
    IngestSummary,
    JobModel,
    ProgressModel,
)
from zeitfrage.assistant.jobs import Job
from zeitfrage.assistant.key_guard import key_of
from zeitfrage.assistant.problems import PROBLEM_RESPONSES
from zeitfrage.config.errors import UnreadableInput
from zeitfrage.index.ingest import IngestResult, Upload, WebAddress
from zeitfrage.index.loaders import Columns, named_columns

router = APIRouter(route_class=BoundedRoute, responses=PROBLEM_RESPONSES)

Origins = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=4096)]],
    Form(
        description="The path that each file is known by, in the order of the files; default: "
        "their names. A later file of the same path is a new version of its article."
    ),
]
Urls = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=4096)]],
    Form(
        description="Feeds, sitemaps and pages that the server fetches: RSS, Atom, JSON Feed, "
        "news sitemaps, and whatever may be uploaded.",
        examples=[["https://www.example.org/feed.xml"]],
    ),
]
ColumnNames = Annotated[
    list[str],
    Form(
        description="Of tables and JSON, which column holds which field, as `text=Inhalt`, where "
        "the usual names do not tell."
    ),
]


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What a client wants stored.

    Args:
        inputs: files and addresses, the files first.
        columns: of tables and JSON, which column holds which field.
        folder: holds the files; to be removed once they are read.
    """

    inputs: tuple[Upload | WebAddress, ...]
    columns: Columns
    folder: TemporaryDirectory[str]


def _handed_in(
    files: list[UploadFile] = [],  # noqa: B006
    urls: Urls = [],  # noqa: B006
    pages: Annotated[
        bool, Form(description="Fetch the page behind each entry of a feed too.")
    ] = False,
    followed: Annotated[
        bool, Form(description="The addresses are feeds, to be kept in the status.")
    ] = False,
    origins: Origins = [],  # noqa: B006
    columns: ColumnNames = [],  # noqa: B006
) -> HandedIn:
    """Take what a form holds; raises UnreadableInput where that is nothing, or not as it should."""
    held = named_columns(columns)
    named = _named(files, origins)
    addresses = [WebAddress(url, pages, followed) for url in urls]
    if not named and not addresses:
        raise UnreadableInput("There is nothing to read.", "Send files, urls, or both.")
    folder = TemporaryDirectory(prefix="zeitfrage-")
    return HandedIn((*_kept(named, folder.name), *addresses), held, folder)


@dataclass(frozen=True, slots=True)
class Begun:
    """The job for what a client handed in.

    Args:
        job: made for it, or the one of an earlier request with the same key.
        is_new: whether its work is still to be done.
        folder: holds the files of this request; to be removed.
    """

    job: Job
    is_new: bool
    folder: TemporaryDirectory[str]

    def results(self) -> Iterator[IngestResult]:
        """Do the work, or tell again what came of it; raises StillAtWork."""
        if self.is_new:
            return self.job.results()
        if not self.job.state.ended:
            self.folder.cleanup()
            raise StillAtWork(
                "The first request with this Idempotency-Key is still at work.",
                f"GET /v1/jobs/{self.job.id} says how far it is.",
            )
        return iter(self.job.kept)


def _begun(
    request: Request,
    handed_in: Annotated[HandedIn, Depends(_handed_in)],
    jobs: TheJobs,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=255,
            description="Any name for this request. Sent again with the same name and content, "
            "it does nothing but report what came of it.",
        ),
    ] = None,
) -> Begun:
    """Return the job for what is handed in; raises IdempotencyKeyReused."""
    if idempotency_key is None:
        return Begun(jobs.add(handed_in.inputs, handed_in.columns), True, handed_in.folder)
    key, once = key_of(request.scope), cast("Once", request.app.state.once)
    try:
        job, is_new = once.job(
            (key.id if key else "", idempotency_key),
            fingerprint(handed_in.inputs, handed_in.columns),
            lambda: jobs.add(handed_in.inputs, handed_in.columns, keeps_results=True),
        )
    except IdempotencyKeyReused:
        handed_in.folder.cleanup()
        raise
    return Begun(job, is_new, handed_in.folder)


TheJob = Annotated[Begun, Depends(_begun)]


@router.post(
    "/v1/articles",
    tags=["articles"],
    response_model=IngestReport,
    responses=or_events(
        "What became of each article; as events, `result` for each as soon as it is stored, "
        "`progress` between them, then `done` with the summary, or `error` with a problem."
    ),
)
def ingest(
    request: Request,
    begun: TheJob,
    stream: Annotated[
        bool, Query(description="Send events; so does `Accept: text/event-stream`.")
    ] = False,
) -> IngestReport | EventSourceResponse:
    """Store the articles of files and web addresses; those stored already are passed over."""
    events = _ingest_events(begun.job, begun.results(), begun.folder)
    if stream or "text/event-stream" in request.headers.get("accept", ""):
        return event_stream(events)
    results = [content for _, content in events if isinstance(content, IngestResultModel)]
    summary = IngestSummary.of(result.outcome for result in results)
    return IngestReport(results=results, summary=summary)


@router.post("/v1/jobs", tags=["jobs"], status_code=202)
def start(begun: TheJob, jobs: TheJobs) -> JobModel:
    """Store the articles of files and web addresses without keeping the client waiting."""
    if begun.is_new:
        jobs.start(begun.job, begun.folder.cleanup)
    else:
        begun.folder.cleanup()
    return JobModel.of(begun.job)


def _named(files: Sequence[UploadFile], origins: Sequence[str]) -> list[tuple[UploadFile, str]]:
    """Return each file with what it is known by; none at all: its own name."""
    if origins and len(origins) != len(files):
        raise UnreadableInput(
            f"There are {len(files)} files but {len(origins)} origins.",
            "Send one origin for each file, or none at all.",
        )
    names = origins or [file.filename or "upload" for file in files]
    return list(zip(files, names, strict=True))


def _kept(files: Sequence[tuple[UploadFile, str]], folder: str) -> Iterator[Upload]:
    """Copy uploaded files into a folder, under names that nobody sent."""
    for number, (file, origin) in enumerate(files):
        path = Path(folder, str(number))
        with path.open("wb") as copy:
            shutil.copyfileobj(file.file, copy)
        yield Upload(path, origin)


def _ingest_events(
    job: Job, results: Iterator[IngestResult], folder: TemporaryDirectory[str]
) -> Iterator[Event]:
    shown = None
    with folder:
        for result in results:
            if job.progress and job.progress is not shown:
                shown = job.progress
                yield "progress", ProgressModel.of(shown)
            yield "result", IngestResultModel.of(result)
        if job.progress and job.progress is not shown:
            yield "progress", ProgressModel.of(job.progress)
    yield "done", IngestSummary.of(job.outcomes.elements())
