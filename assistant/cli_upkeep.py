"""The commands that look after a whole collection: `check` and `rebuild`."""

from __future__ import annotations

from typing import Annotated

import typer


def check(
    context: typer.Context,
    repair: Annotated[
        bool, typer.Option("--repair", help="Derive anew from the articles what is wrong.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print it as JSON, as the API gives it.")
    ] = False,
) -> None:
    """Verify that articles, terms and vectors agree.

    Says in one line each what is wrong; the exit code is 1 where something is, and stays so.
    """
    from zeitfrage.assistant import cli_output, upkeep
    from zeitfrage.config import load_settings

    report = upkeep.check(load_settings(data_folder=context.obj), repair)
    if as_json:
        cli_output.show_json(report)
    else:
        cli_output.show_check(report)
    if report.left:
        raise typer.Exit(1)


def rebuild(context: typer.Context) -> None:
    """Embed all articles with another model.

    Needed once embedding_model is set to another one than the collection was made with.
    """
    from zeitfrage.assistant.cli_output import show_note
    from zeitfrage.config import load_settings
    from zeitfrage.index import Collection

    settings = load_settings(data_folder=context.obj)
    show_note(f"Embedding with {settings.embedding_model} what was embedded otherwise …")
    with Collection.open(settings.data_folder, settings, rebuild=True) as collection:
        show_note(f"All {collection.status().articles} articles are indexed.")
