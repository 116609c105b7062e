"""One file, read in this process: its articles, or the reason why it holds none."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zeitfrage.config.errors import UnreadableInput, ZeitfrageError
from zeitfrage.index.article import Article
from zeitfrage.index.ingest import Upload
from zeitfrage.index.loaders import Columns, Content, Rejection, read_articles

_MEGABYTE = 1_000_000
_LONGEST_ARTICLE = 500_000
_LONGEST_COMPLAINT = 200


def read_file(file: Upload, columns: Columns, max_bytes: int) -> Iterator[tuple[Content, int]]:
    """Yield what a file holds, each with how many of its bytes were read to get it.

    Whatever a parser raises is the reason of a rejection: one file never stops the others.

    Args:
        file: to be read.
        columns: of tables and JSON, which column holds which field: `{field: column}`.
        max_bytes: a larger file is rejected unread.
    """
    size = size_of(file.path)
    if size > max_bytes:
        limit = max_bytes // _MEGABYTE
        reason = f"The file has {size / _MEGABYTE:.0f} MB, more than the {limit} MB allowed."
        yield Rejection(file.origin, f"{reason} Raise max_file_megabytes."), size
        return
    try:
        if not stat.S_ISREG(file.path.stat().st_mode):  # a pipe would be waited for without end
            yield Rejection(file.origin, "It is not a file that holds its content."), size
            return
        with file.path.open("rb") as opened:
            content = None
            for content in read_articles(opened, file.origin, columns, name=file.name):
                yield checked(content, file.origin), opened.tell()
            if content is None:
                yield Rejection(file.origin, "It holds nothing that could be read."), size
    except Exception as error:  # noqa: BLE001 (nobody knows all that some twenty parsers raise)
        yield Rejection(file.origin, reason_of(error)), size


@contextmanager
def parsing() -> Iterator[None]:
    """Raise UnreadableInput in place of whatever else a parser raises."""
    try:
        yield
    except ZeitfrageError:
        raise
    except Exception as error:
        raise UnreadableInput(reason_of(error)) from error


def size_of(path: Path) -> int:
    """Return a file's length, 0 where it cannot be told; opening it will say why."""
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return 0


def reason_of(error: Exception) -> str:
    """Return why something cannot be read, as a sentence."""
    if isinstance(error, OSError):
        return f"{error.strerror or error}."
    if isinstance(error, MemoryError):
        return "It needs more memory than there is to read it."
    said = f"{type(error).__name__}: {error}"[:_LONGEST_COMPLAINT]
    return f"It cannot be read: {said}."


def checked(content: Content, origin: str) -> Content:
    """Return the content, rejected where an article is longer than can be held."""
    if isinstance(content, Article) and len(content.text) > _LONGEST_ARTICLE:
        return Rejection(
            origin,
            f"The text has {len(content.text):,} characters, more than the {_LONGEST_ARTICLE:,} "
            "that an article may have. Cut the file into its articles.",
        )
    return content
