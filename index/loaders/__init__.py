"""From the bytes of a file to articles, one module per form."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from io import BufferedReader, RawIOBase
from pathlib import PurePath
from typing import BinaryIO, cast

from zeitfrage.config.errors import UnreadableInput
from zeitfrage.index.article import Article
from zeitfrage.index.loaders import html, markdown, plain, records
from zeitfrage.index.loaders.rejection import Rejection

__all__ = ["SUFFIXES", "Rejection", "read_articles"]

Loader = Callable[[BinaryIO, str], Iterator[Article | Rejection]]

_LOADERS: dict[str, Loader] = {
    ".htm": html.load,
    ".html": html.load,
    ".json": records.load_json,
    ".jsonl": records.load_lines,
    ".md": markdown.load,
    ".ndjson": records.load_lines,
    ".txt": plain.load,
}
SUFFIXES = (*_LOADERS, *(f"{suffix}.gz" for suffix in _LOADERS))

# A megabyte of gzip can hold a gigabyte of nothing; no archive of news unpacks to more than this.
_MOST_UNPACKED = 4_000_000_000
_MOST_UNPACKED_RATIO = 200


def read_articles(stream: BinaryIO, origin: str) -> Iterator[Article | Rejection]:
    """Read the articles of one file.

    Args:
        stream: the file's bytes.
        origin: its path or name; the suffix names the form.

    Yields:
        Articles, and a rejection for each record, or for the whole file, that holds none.
    """
    suffixes = [suffix.lower() for suffix in PurePath(origin).suffixes]
    packed = suffixes[-1:] == [".gz"]
    loader = _LOADERS.get((suffixes[-2:-1] if packed else suffixes[-1:] or [""])[0])
    if loader is None:
        known = ", ".join(_LOADERS)
        yield Rejection(origin, f"Files of this form cannot be read; those that can: {known}, .gz.")
        return
    try:
        yield from loader(_unpacked(stream) if packed else stream, origin)
    except UnreadableInput as error:
        yield Rejection(origin, error.message)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        yield Rejection(origin, f"The gzip file is damaged: {error}.")


class _Unpacked(RawIOBase):
    """The content of a gzip file, up to a size that an honest one has."""

    def __init__(self, packed: BinaryIO) -> None:
        self._packed = packed
        self._content = gzip.GzipFile(fileobj=packed)
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        data = self._content.read(len(buffer))
        self._count += len(data)
        allowed = max(100_000_000, _MOST_UNPACKED_RATIO * self._packed.tell())
        if self._count > min(allowed, _MOST_UNPACKED):
            raise UnreadableInput("The gzip file unpacks to far more than its size allows.")
        buffer[: len(data)] = data
        return len(data)


def _unpacked(stream: BinaryIO) -> BinaryIO:
    return cast("BinaryIO", BufferedReader(_Unpacked(stream), 1 << 16))
