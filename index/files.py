"""From the paths that a user names to the articles in them."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from zeitfrage.index.ingest import Upload
from zeitfrage.index.loaders import (
    SUFFIXES,
    Columns,
    Content,
    Rejection,
    Unmodified,
    is_laborious,
)
from zeitfrage.index.readers import Readers
from zeitfrage.index.reading import read_file, reason_of, size_of
from zeitfrage.index.schema import CATALOGUE_FILE

_MEGABYTE = 1_000_000
_WINDOWS_PREVIEWS = "thumbs.db"


@dataclass(frozen=True, slots=True)
class ReadItem:
    """What one file or record holds, and how much of all input was read to get it.

    Args:
        origin: the file that it came from.
        content: the article, its withdrawal, that it is as it was, or why there is none of these.
        bytes_read: of all input files, so far.
    """

    origin: str
    content: Content | Unmodified
    bytes_read: int


class InputFiles:
    """The files behind some paths, folders searched recursively in the order of their names."""

    def __init__(
        self, inputs: Sequence[Path | Upload], max_megabytes: int, columns: Columns
    ) -> None:
        """Look which files there are; nothing is read yet.

        Args:
            inputs: files, folders and uploads. In folders, files of unknown form are passed over;
                a file that is named itself is always tried.
            max_megabytes: larger files are rejected.
            columns: of tables and JSON, which column holds which field: `{field: column}`.
        """
        self._columns = columns
        self._max_bytes = max_megabytes * _MEGABYTE
        self.files: list[Upload] = []
        self.refused: list[Rejection] = []
        for given in inputs:
            self._add(given)
        self.bytes_total = max(1, sum(size_of(file.path) for file in self.files))

    def _add(self, given: Path | Upload) -> None:
        if isinstance(given, Upload):
            self.files.append(given)
        elif given.is_dir():
            for folder, folders, names in os.walk(given, onerror=self._refuse):
                if CATALOGUE_FILE in names:  # a collection's own folder, not what goes into it
                    folders.clear()
                    continue
                folders.sort()
                found = (Path(folder, name) for name in sorted(names) if _readable(name))
                self.files += [Upload(path, str(path.absolute())) for path in found]
        else:
            self.files.append(Upload(given, str(given.absolute())))

    def _refuse(self, error: OSError) -> None:
        self.refused.append(Rejection(str(error.filename), reason_of(error)))

    def read(self) -> Generator[ReadItem]:
        """Yield the articles of all files, and a rejection for whatever holds none.

        Files whose forms are laborious to parse are read ahead by processes of their own.
        """
        for refused in self.refused:
            yield ReadItem(refused.origin, refused, 0)
        laborious = [file for file in self.files if is_laborious(file.origin)]
        done = 0
        with closing(Readers(laborious, self._columns, self._max_bytes)) as readers:
            for file in self.files:
                for content, count in self._read_file(file, readers):
                    yield ReadItem(file.origin, content, done + count)
                done += size_of(file.path)

    def _read_file(self, file: Upload, readers: Readers) -> Iterator[tuple[Content, int]]:
        if is_laborious(file.origin):
            return readers.take()
        return read_file(file, self._columns, self._max_bytes)


def is_input(path: Path) -> bool:
    """Whether a file found in a folder is one to be read, as `InputFiles` decides it."""
    own = any((folder / CATALOGUE_FILE).exists() for folder in path.parents)
    return _readable(path.name) and not own


def _readable(name: str) -> bool:
    hidden = name.startswith(".") or name.lower() == _WINDOWS_PREVIEWS
    return not hidden and name.lower().endswith(SUFFIXES)
