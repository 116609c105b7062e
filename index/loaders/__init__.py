"""From the bytes of a file to articles, one module per form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from zeitfrage.index.article import Article


@dataclass(frozen=True, slots=True)
class Rejection:
    """A file, or a record in it, that holds no article.

    Args:
        origin: the file, with `:line` where it is one record of several.
        reason: one sentence that says what is wrong.
    """

    origin: str
    reason: str


def read_articles(stream: BinaryIO, origin: str) -> Iterator[Article | Rejection]:
    """Read the articles of one file.

    Args:
        stream: the file's bytes.
        origin: its path or name; the suffix names the form.

    Yields:
        Articles, and a rejection for each record, or for the whole file, that holds none.
    """
    raise NotImplementedError


SUFFIXES: tuple[str, ...] = (".jsonl",)
