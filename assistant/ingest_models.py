"""What becomes of articles that are handed in, as the API and the command line's --json say it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from pydantic import Field

from zeitfrage.assistant.api_models import Model
from zeitfrage.assistant.jobs import Job, JobState
from zeitfrage.index.ingest import IngestResult, Outcome, Progress, Stage, StagePace


class IngestResultModel(Model):
    """What became of one article, or of one file that held none."""

    origin: str = Field(description="The file as it was named.", examples=["archiv/harbeck.md"])
    outcome: Outcome
    article_id: str | None
    reason: str = Field(description="Why it was rejected or is unchanged.")

    @classmethod
    def of(cls, result: IngestResult) -> IngestResultModel:
        """Return a result as JSON shows it."""
        return cls.model_validate(result, from_attributes=True)

    def result(self) -> IngestResult:
        """Return it as the collection reports it."""
        return IngestResult(**dict(self))


class IngestSummary(Model):
    """How many articles had which outcome."""

    added: int = 0
    unchanged: int = 0
    updated: int = 0
    withdrawn: int = 0
    rejected: int = 0

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> IngestSummary:
        """Count outcomes."""
        return cls(**{outcome.value: count for outcome, count in Counter(outcomes).items()})


class IngestReport(Model):
    """What became of everything that was handed in."""

    results: list[IngestResultModel]
    summary: IngestSummary


class StagePaceModel(Model):
    """How fast one stage of an ingest is."""

    stage: Stage
    count: int = Field(description="Articles read or stored, chunks embedded.")
    seconds: float = Field(description="Spent in it, or waiting for it.")
    per_second: float

    def pace(self) -> StagePace:
        """Return it as the collection reports it."""
        return StagePace(self.stage, self.count, self.seconds)


class ProgressModel(Model):
    """How far an ingest has got."""

    bytes_read: int
    bytes_total: int
    articles: int
    articles_per_second: float
    seconds_left: float | None
    stage: Stage = Field(description="What is being done now.")
    stages: list[StagePaceModel]

    @classmethod
    def of(cls, progress: Progress) -> ProgressModel:
        """Return the progress as JSON shows it."""
        return cls.model_validate(progress, from_attributes=True)

    def progress(self) -> Progress:
        """Return it as the collection reports it."""
        return Progress(**{**dict(self), "stages": tuple(pace.pace() for pace in self.stages)})


class JobModel(Model):
    """An ingest that the server runs."""

    id: str = Field(examples=["3f9a0c51be27"])
    state: JobState
    created: datetime
    origins: list[str] = Field(description="The files and web addresses that were handed in.")
    progress: ProgressModel | None
    summary: IngestSummary = Field(description="How many articles had which outcome so far.")
    rejections: list[IngestResultModel] = Field(description="The first 1,000, with reasons.")
    error: str = Field(description="Why it failed; empty where it did not.")

    @classmethod
    def of(cls, job: Job) -> JobModel:
        """Return a job as JSON shows it."""
        return cls(
            id=job.id,
            state=job.state,
            created=job.created,
            origins=list(job.origins),
            progress=ProgressModel.of(job.progress) if job.progress else None,
            summary=IngestSummary.of(job.outcomes.elements()),
            rejections=[IngestResultModel.of(result) for result in tuple(job.rejections)],
            error=job.error,
        )


class JobList(Model):
    """Some of the ingests at work and the last that ended, newest first."""

    total: int = Field(description="How many there are.")
    jobs: list[JobModel]
