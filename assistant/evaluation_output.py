"""What the command `eval` prints: its progress, and figures as tables or JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from zeitfrage.assistant.cli_output import open_report, show_note
from zeitfrage.assistant.evaluate import Evaluation, Figures, Judged

_UNKNOWN_NAMED = 3
# What each table shows: its columns' names with the figures that stand in them.
_FINDING = {
    "questions": "answerable",
    "R@1": "recall_1",
    "R@5": "recall_5",
    "R@10": "recall_10",
    "MRR@10": "mrr_10",
    "nDCG@10": "ndcg_10",
}
_ANSWERING = {
    "questions": "answerable",
    "first": "right_first",
    "in three": "right_in_three",
    "precision": "citation_precision",
    "recall": "citation_recall",
    "abstains": "abstains_wrongly",
}
_ABSTAINING = {"questions": "unanswerable", "abstains": "abstains_rightly"}
_RETRIEVING = {"p50": "retrieval_ms_p50", "p95": "retrieval_ms_p95"}
_ALL_IN_ALL = {"p50": "total_ms_p50", "p95": "total_ms_p95"}


def show_unknown(article_ids: Sequence[str]) -> None:
    """Say which articles of a set the collection lacks, as they cannot be found."""
    if article_ids:
        named = ", ".join(article_ids[:_UNKNOWN_NAMED])
        more = f" and {len(article_ids) - _UNKNOWN_NAMED} more"
        show_note(
            f"Not in this collection, though the questions name them: {named}"
            f"{more if len(article_ids) > _UNKNOWN_NAMED else ''}. zeitfrage list shows the ids."
        )


def followed(judged: Iterable[Judged], questions: int, report: Path | None) -> Iterator[Judged]:
    """Hand judged questions on, moving a bar and writing each to a report.

    Args:
        judged: as they come.
        questions: how many will be asked.
        report: gets a line of JSON for each, as soon as it is known; None for none.

    Raises:
        ZeitfrageError: the report cannot be written.
    """
    console, lines = Console(stderr=True), TypeAdapter(Judged)
    columns = (TextColumn("Asking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    with open_report(report) as file, bar:
        task = bar.add_task("ask", total=questions)
        for one in judged:
            file.write(lines.dump_json(one, by_alias=True).decode() + "\n")
            bar.update(task, advance=not one.hidden)
            yield one


def show_evaluation_as_json(evaluation: Evaluation) -> None:
    """Print all figures, latencies in milliseconds, null where nothing could be measured."""
    typer.echo(TypeAdapter(Evaluation).dump_json(evaluation, indent=2).decode())


def show_evaluation(evaluation: Evaluation) -> None:
    """Print the figures as tables with a line for each kind of question, all of them last."""
    kinds = {kind or "-": figures for kind, figures in evaluation.kinds.items()}
    rows = (kinds if len(kinds) > 1 else {}) | {"all": evaluation.all}
    answerable = {kind: figures for kind, figures in rows.items() if figures.answerable}
    unanswerable = {kind: figures for kind, figures in rows.items() if figures.unanswerable}
    _table("Articles found", _FINDING, answerable)
    _table("Answers", _ANSWERING, answerable)
    _table("Where nothing answers", _ABSTAINING, unanswerable)
    _table("Milliseconds to passages", _RETRIEVING, {"all": evaluation.all})
    _table("Milliseconds to answer", _ALL_IN_ALL, {"all": evaluation.all})
    typer.echo(f"answered by {evaluation.answerer}, embedded with {evaluation.embedding_model}")


def _table(title: str, columns: Mapping[str, str], rows: Mapping[str, Figures]) -> None:
    if not rows:
        return
    first, width = max(len(title), *map(len, rows)), max(map(len, columns))
    heads = (head.rjust(width) for head in columns)
    typer.secho("  ".join((title.ljust(first), *heads)), bold=True)
    for name, figures in rows.items():
        cells = (_cell(getattr(figures, field)).rjust(width) for field in columns.values())
        typer.echo("  ".join((name.ljust(first), *cells)))
    typer.echo()


def _cell(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) and value <= 1 else f"{value:.0f}"
