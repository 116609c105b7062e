"""What the command line reads, paths told from web addresses, and the command `watch`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zeitfrage.config.errors import ZeitfrageError

if TYPE_CHECKING:
    from zeitfrage.index.ingest import Input

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def inputs_of(given: list[str], urls: Path | None, pages: bool) -> list[Input]:
    """Return what is to be ingested.

    Args:
        given: paths and web addresses as typed.
        urls: a file with more web addresses, one a line; None for none.
        pages: whether the page behind each entry of a feed is fetched too.

    Raises:
        ZeitfrageError: there is nothing, or the file cannot be read.
    """
    from zeitfrage.index.ingest import WebAddress
    from zeitfrage.index.web import addresses_of

    addresses = [text for text in given if _ADDRESS.match(text)]
    paths = [Path(text) for text in given if text not in addresses]
    addresses += addresses_of(urls) if urls else []
    if not paths and not addresses:
        raise ZeitfrageError("There is nothing to read.", "Name files, folders or web addresses.")
    return [*paths, *(WebAddress(text, pages) for text in addresses)]


def watch(
    context: typer.Context,
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="FOLDER|URL...", help="Folders, and feeds or news sitemaps."),
    ],
    every: Annotated[
        str, typer.Option("--every", metavar="TIME", help="How often feeds are asked: 15m, 2h, 1d.")
    ] = "15m",
    pages: Annotated[
        bool, typer.Option("--pages", help="Fetch the page behind each entry of a feed too.")
    ] = False,
) -> None:
    """Ingest what comes into folders and feeds, until Ctrl-C.

    A file goes in once it is no longer written to. What is deleted from a folder or a feed stays
    in the collection.
    """
    from dataclasses import replace

    from zeitfrage.assistant.cli_output import show_note
    from zeitfrage.assistant.server import stopped_by_sigterm
    from zeitfrage.assistant.watch import keep_up, seconds_of
    from zeitfrage.config import load_settings
    from zeitfrage.index.ingest import WebAddress
    from zeitfrage.index.watching import due

    settings = load_settings(data_folder=context.obj)
    given = inputs_of(inputs, None, pages)
    folders = [folder for folder in given if isinstance(folder, Path)]
    feeds = [replace(feed, followed=True) for feed in given if isinstance(feed, WebAddress)]
    changes = due(folders, feeds, seconds_of(every))
    show_note("Watching. Ctrl-C stops.")
    try:
        with stopped_by_sigterm():
            keep_up(settings, changes)
    except KeyboardInterrupt:
        show_note("Stopped. What was reported is stored.")
