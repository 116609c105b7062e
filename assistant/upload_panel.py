"""The chat's way in: uploads become jobs of the server, which go on when the page is closed."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

from zeitfrage.assistant.answer import Language
from zeitfrage.assistant.jobs import Job, Jobs, JobState
from zeitfrage.config.texts import say
from zeitfrage.index.ingest import Outcome, Progress, Upload

_REJECTIONS_SHOWN = 20


def take_in(jobs: Jobs, files: Sequence[Path]) -> Job:
    """Begin to store the articles of uploaded files, and return the job that does it.

    Args:
        jobs: of the server.
        files: are moved away, known by their names, and deleted in the end.
    """
    folder = TemporaryDirectory(prefix="zeitfrage-")
    uploads = [Upload(Path(folder.name, str(n)), file.name) for n, file in enumerate(files)]
    for file, upload in zip(files, uploads, strict=True):
        shutil.move(file, upload.path)
    job = jobs.add(uploads)
    jobs.start(job, folder.cleanup)
    return job


def followed(jobs: Jobs, earlier: Sequence[str]) -> list[Job]:
    """Return the jobs that a page shows, oldest first.

    Args:
        jobs: of the server.
        earlier: the ids of those that it has shown already; all at work come to them.
    """
    shown = [job for job in jobs.all() if job.id in earlier or not job.state.ended]
    return shown[::-1]


def jobs_html(jobs: Sequence[Job], language: Language) -> str:
    """Return how far each job is, or what became of its articles."""
    return "".join(
        (f"<h3>{escape(_name(job, language))}</h3>" if len(jobs) > 1 else "")
        + _job_html(job, language)
        for job in jobs
    )


def _name(job: Job, language: Language) -> str:
    more = len(job.origins) - 1
    rest = f" {say(language, 'chat.more_sources', count=more)}" if more else ""
    return job.origins[0] + rest


def _job_html(job: Job, language: Language) -> str:
    if not job.state.ended:
        return progress_html(job.progress, language, job.state is JobState.PAUSED)
    report = report_html(job, language)
    if job.state is JobState.CANCELLED:
        report += f'<p class="hint">{say(language, "chat.cancelled")}</p>'
    if job.error:
        report += f'<p class="problem" role="alert">{escape(job.error)}</p>'
    return report


def progress_html(progress: Progress | None, language: Language, paused: bool = False) -> str:
    """Return a progress bar; without a number where nothing is known yet.

    Args:
        progress: how far it is.
        language: of the page.
        paused: whether it waits to be resumed.
    """
    text, value = say(language, "chat.taking_in"), ""
    if progress:
        stage = "paused" if paused else f"stage_{progress.stage}"
        text = say(language, f"chat.{stage}", count=progress.articles)
        text += "" if paused else f" {_paces(progress, language)}"
        value = f' value="{progress.bytes_read}" max="{progress.bytes_total}"'
    return (
        f'<p class="progress"><progress aria-label="{text}"{value}></progress>{text}</p>'
        f'<p class="hint">{say(language, "chat.goes_on")}</p>'
    )


def _paces(progress: Progress, language: Language) -> str:
    """Say how fast each stage is, and how long it all will take."""
    parts = [
        f"{say(language, f'chat.pace_{pace.stage}')} {pace.per_second:.0f}/s"
        for pace in progress.stages
        if pace.count
    ]
    if progress.seconds_left is not None:
        minutes = max(1, round(progress.seconds_left / 60))
        parts.append(say(language, "chat.minutes_left", count=minutes))
    return " · ".join(parts)


def report_html(job: Job, language: Language) -> str:
    """Return how many articles had which outcome, and why which were rejected."""
    parts = (
        f'<li class="{outcome}">{say(language, f"chat.{outcome}_count", count=count)}</li>'
        for outcome in Outcome
        if (count := job.outcomes[outcome])
    )
    rejected = tuple(job.rejections)[:_REJECTIONS_SHOWN]
    reasons = "".join(
        f"<li><b>{escape(result.origin)}</b> {escape(result.reason)}</li>" for result in rejected
    )
    if more := job.outcomes[Outcome.REJECTED] - len(rejected):
        reasons += f"<li>{say(language, 'chat.more_rejected', count=more)}</li>"
    reasons = f'<ul class="rejections">{reasons}</ul>' if reasons else ""
    return f'<ul class="outcomes" role="status">{"".join(parts)}</ul>{reasons}'
