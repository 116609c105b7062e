"""What the command line prints: plain lines that grep and cut can work with, JSON where asked."""

from __future__ import annotations

import json
import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from zeitfrage.assistant.differences import changes, difference_text
from zeitfrage.config.errors import UnreadableInput, ZeitfrageError
from zeitfrage.config.texts import say
from zeitfrage.index.ingest import IngestResult, Input, Outcome
from zeitfrage.index.ingest import Progress as IngestProgress
from zeitfrage.index.loaders import Columns, read_columns

if TYPE_CHECKING:
    from pydantic import BaseModel

    from zeitfrage.assistant.answer_models import (
        AnswerModel,
        CitationModel,
        CopyModel,
        PassageModel,
    )
    from zeitfrage.assistant.api_models import ArticleModel, ArticleSummary, StatusModel
    from zeitfrage.assistant.upkeep import CheckModel


def show_error(error: ZeitfrageError) -> None:
    """Print what is wrong and what to do about it to standard error."""
    typer.secho(printable(str(error)), err=True, fg="red")


def show_note(text: str) -> None:
    """Print a remark that is not part of the result to standard error."""
    typer.echo(printable(text), err=True)


def show_json(model: BaseModel) -> None:
    """Print a model as the API would send it."""
    typer.echo(model.model_dump_json(indent=2))


def show_piece(text: str) -> None:
    """Print a piece of an answer as soon as it is written."""
    typer.echo(printable(text), nl=False)


def drop_piece(text: str) -> None:
    """Print no piece, as the whole answer is printed in the end."""


def show_deleted(article: ArticleModel) -> None:
    """Say that an article is gone."""
    _line(f"deleted: {article.id}: {article.title}")


def show_sources(answer: AnswerModel) -> None:
    """End the answer that was printed in pieces with its citations and its date."""
    _line()
    for citation in answer.citations:
        _line()
        _line(f"[{citation.number}] {citation.title}{_where(citation)}", bold=True)
        _line(f"    > {citation.quote}")
        if citation.also_in:
            names = "; ".join(_name(copy) for copy in citation.also_in)
            _line(f"    {say(answer.language, 'cli.also_in', names=names)}", dim=True)
    if answer.period or answer.stand:
        _line()
    if answer.period:
        first, last = (day or "…" for day in (answer.period.first, answer.period.last))
        _line(say(answer.language, "cli.period", first=first, last=last), dim=True)
    if answer.stand:
        _line(say(answer.language, "cli.stand", date=answer.stand), dim=True)
    if len({c.article_id for c in answer.citations}) > 1 or any(
        c.also_in for c in answer.citations
    ):
        count = answer.independent_sources
        _line(say(answer.language, "cli.sources", count=count), dim=True)


def show_passages(passages: Iterable[PassageModel]) -> None:
    """Print passages, best first, each below the article that holds it."""
    for rank, passage in enumerate(passages, start=1):
        _line(f"{rank}. {passage.title}{_where(passage)}", bold=True)
        _line(f"   {passage.article_id}  {passage.score:.3f}", dim=True)
        _line(f"   {' '.join(passage.text.split())}")
        _line()


def show_articles(articles: Iterable[ArticleSummary]) -> None:
    """Print one line for each article: id, date, title, source, separated by tabs."""
    for article in articles:
        fields = (article.id, article.published or "-", article.title, article.source or "-")
        _line("\t".join(" ".join(field.split()) for field in fields))


def show_article(article: ArticleModel) -> None:
    """Print an article: its title, what is known about it, its text."""
    _line(article.title, bold=True)
    for name, value in article.model_dump(mode="json", exclude={"title", "text"}).items():
        if value is not None:
            _line(f"{name}: {value}", dim=True)
    _line()
    _line(article.text)


def show_versions(versions: Iterable[ArticleSummary]) -> None:
    """Print one line for each version: number, date, title, separated by tabs."""
    for version in versions:
        day = version.updated or version.published or "-"
        _line("\t".join((str(version.version), day, " ".join(version.title.split()))))


def show_difference(after: ArticleModel, before: ArticleModel | None = None) -> None:
    """Print an article with `[-what was left out-]` and `{+what came in+}` since a version."""
    if before is None:
        show_note(f"There is only one version of {after.id!r}.")
        return
    _line(difference_text(changes(before.title, after.title)), bold=True)
    _line(f"version {before.version} to {after.version}", dim=True)
    _line()
    _line(difference_text(changes(before.text, after.text)))


def show_status(status: StatusModel) -> None:
    """Print what the collection holds, a line for each fact."""
    for name, value in status.model_dump(mode="json", exclude={"feeds"}).items():
        shown = ", ".join(value) if isinstance(value, list) else value
        _line(f"{name.replace('_', ' ')}: {'-' if shown in (None, '') else shown}")

    for feed in status.feeds:
        _line(f"feed: {feed.address}")
        _line(f"    last read: {_moment(feed.succeeded)}")
        if feed.failed:
            _line(f"    last failed: {_moment(feed.failed)}: {feed.failure}")


def show_result(result: IngestResult) -> None:
    """Print what became of one input, on one line; what is unchanged is not worth one."""
    if result.outcome is Outcome.REJECTED:
        _line(f"rejected: {result.origin}: {result.reason}", fg="red")
    elif result.outcome is not Outcome.UNCHANGED:
        _line(f"{result.outcome}: {result.origin} ({result.article_id})")


def show_check(report: CheckModel) -> None:
    """Print what does not agree, a line each, and what a repair made of it."""
    mended = [line for line in report.found if line not in report.left]
    for line in mended:
        _line(f"mended: {line}")
    for line in report.left:
        _line(f"wrong: {line}", fg="red")
    if not report.left:
        _line("Articles, terms and vectors agree.")


def show_columns(inputs: Sequence[Input], columns: Columns) -> None:
    """Print to standard error how the columns of tables among the inputs will be read."""
    for path in (path for path in inputs if isinstance(path, Path) and path.is_file()):
        try:
            with path.open("rb") as opened:
                tables = read_columns(opened, str(path), columns)
        except (OSError, UnreadableInput):
            continue  # The ingest itself will say what is wrong with it.
        for table in tables:
            used = ", ".join(f"{field} = {column}" for field, column in table.used.items())
            unused = f"; not used: {', '.join(table.unused)}" if table.unused else ""
            show_note(f"{table.origin}: {used or 'no column is understood'}{unused}")


def open_report(file: Path | None) -> TextIO:
    """Open a file for a line of JSON at a time, to be closed by the caller.

    Args:
        file: is made anew; None for what nobody wants to read.

    Raises:
        ZeitfrageError: it cannot be written.
    """
    try:
        # Line by line, so that the report is whole even where the run is killed.
        return Path(file or os.devnull).open(
            "w", buffering=1, encoding="utf-8", errors="backslashreplace"
        )
    except OSError as error:
        raise ZeitfrageError(
            f"The report {file} cannot be written: {error.strerror}.", "Name another file."
        ) from error


class IngestReport:
    """Follows an ingest on the terminal and sums it up at the end, Ctrl-C included."""

    def __init__(self, file: Path | None) -> None:
        """Prepare the report.

        Args:
            file: gets a line of JSON for each result, as soon as it is known; None for none.

        Raises:
            ZeitfrageError: the file cannot be written.
        """
        self.interrupted = False
        self._file = open_report(file)
        self._counts: Counter[Outcome] = Counter()
        self._rejections: list[IngestResult] = []
        console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("Ingesting"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[pace]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("ingest", total=None, pace="reading …")

    @property
    def rejected(self) -> bool:
        """Whether any input held no article."""
        return bool(self._rejections)

    def add(self, result: IngestResult) -> None:
        """Count what became of one article."""
        self._counts[result.outcome] += 1
        self._file.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")
        if result.outcome is Outcome.REJECTED:
            self._rejections.append(result)

    def show_progress(self, progress: IngestProgress) -> None:
        """Move the bar on."""
        pace = f"{progress.articles} articles, {progress.articles_per_second:.1f} a second"
        if progress.seconds_left is not None:
            pace += f", {timedelta(seconds=round(progress.seconds_left))} left"
        stages = [f"{s.stage} {s.per_second:.0f}/s" for s in progress.stages if s.count]
        pace += f" ({', '.join(stages)})" if stages else ""
        self._bar.update(
            self._task, completed=progress.bytes_read, total=progress.bytes_total, pace=pace
        )

    def __enter__(self) -> IngestReport:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Sum up; Ctrl-C is noted and goes no further, as what was reported is safe."""
        self._bar.stop()
        self._file.close()
        self.interrupted = isinstance(error, KeyboardInterrupt)
        for result in self._rejections:
            _line(f"rejected: {result.origin}: {result.reason}", fg="red")
        shown = [o for o in Outcome if self._counts[o] or o is not Outcome.WITHDRAWN]
        _line(", ".join(f"{self._counts[outcome]} {outcome}" for outcome in shown))
        if self.interrupted:
            show_note("Stopped. The next run of the same command goes on from here.")
        return self.interrupted


def _line(text: str = "", **style: Any) -> None:  # noqa: ANN401
    typer.secho(printable(text), **style)


def _moment(moment: datetime | None) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M") if moment else "never"


def _name(copy: CopyModel) -> str:
    """A copy by its paper and its date: `Bote, 2018-02`."""
    return ", ".join(filter(None, (copy.source or copy.title, copy.published)))


def _where(cited: CitationModel | PassageModel) -> str:
    """Where something appeared, in brackets: ` (2018-02, RND, dpa)`."""
    known = [part for part in (cited.published, cited.source, cited.agency) if part]
    return f" ({', '.join(known)})" if known else ""


def printable(text: str) -> str:
    """Leave out control characters, with which an article could steer the terminal."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")
