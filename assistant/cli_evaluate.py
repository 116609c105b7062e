"""The command `eval`: how well a set of questions is answered, as tables or as JSON."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer


def evaluate(
    context: typer.Context,
    question_set: Annotated[
        Path,
        typer.Argument(
            metavar="SET",
            help="A file with one question a line, in JSON: question, answers, article_ids; "
            "README.md says more.",
        ),
    ],
    hide_answers: Annotated[
        bool,
        typer.Option(
            "--hide-answers",
            help="Ask answerable questions once more with the articles hidden that answer them.",
        ),
    ] = False,
    report_file: Annotated[
        Path | None,
        typer.Option(
            "--report", metavar="FILE", help="Write a line of JSON for each answer to this file."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure how well questions are answered whose answers you know.

    Asks each question of the set and prints, by kind of question, how well its articles were
    found, how often it was answered rightly, cited rightly and left unanswered, and the time taken.
    """
    from zeitfrage.assistant import evaluate as evaluating
    from zeitfrage.assistant import evaluation_output as output
    from zeitfrage.assistant.assistant import Assistant
    from zeitfrage.assistant.cli_output import show_note
    from zeitfrage.assistant.question_set import read_question_set, unknown_articles
    from zeitfrage.config import load_settings

    questions = read_question_set(question_set)
    settings = load_settings(data_folder=context.obj)
    judged = []
    with Assistant.open(settings=settings) as assistant, _until_ctrl_c() as stop:
        output.show_unknown(unknown_articles(questions, assistant.collection))
        asked = evaluating.evaluate(assistant, questions, hide_answers)
        for one in output.followed(asked, len(questions), report_file):
            judged.append(one)
            if stop.is_set():
                show_note("Stopped. These are the figures of the questions asked before.")
                break
    if judged:
        evaluation = evaluating.sum_up(judged, settings.embedding_model)
        (output.show_evaluation_as_json if as_json else output.show_evaluation)(evaluation)
    if sum(not one.hidden for one in judged) < len(questions):
        raise typer.Exit(130)


@contextmanager
def _until_ctrl_c() -> Iterator[threading.Event]:
    """Let Ctrl-C wait for the question at work, whose threads cannot be left midway.

    A second one does not wait.
    """
    stop = threading.Event()

    def order(*_: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = signal.signal(signal.SIGINT, order)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
