"""From the paths that a user names to the articles in them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from zeitfrage.index.article import Article
from zeitfrage.index.ingest import Upload
from zeitfrage.index.loaders import SUFFIXES, Columns, Content, Rejection, Unmodified, read_articles
from zeitfrage.index.schema import CATALOGUE_FILE

_MEGABYTE = 1_000_000
_WINDOWS_PREVIEWS = "thumbs.db"
_LONGEST_ARTICLE = 500_000


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
        self.bytes_total = max(1, sum(_size(file.path) for file in self.files))

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
        self.refused.append(Rejection(str(error.filename), _reason(error)))

    def read(self) -> Iterator[ReadItem]:
        """Yield the articles of all files, and a rejection for whatever holds none."""
        for refused in self.refused:
            yield ReadItem(refused.origin, refused, 0)
        done = 0
        for file in self.files:
            for content, count in self._read_file(file):
                yield ReadItem(file.origin, content, done + count)
            done += _size(file.path)

    def _read_file(self, file: Upload) -> Iterator[tuple[Content, int]]:
        size = _size(file.path)
        if size > self._max_bytes:
            limit = self._max_bytes // _MEGABYTE
            reason = f"The file has {size / _MEGABYTE:.0f} MB, more than the {limit} MB allowed."
            yield Rejection(file.origin, f"{reason} Raise max_file_megabytes."), size
            return
        try:
            with file.path.open("rb") as opened:
                for content in read_articles(opened, file.origin, self._columns):
                    yield checked(content, file.origin), opened.tell()
        except OSError as error:
            yield Rejection(file.origin, _reason(error)), size


def checked(content: Content, origin: str) -> Content:
    """Return the content, rejected where an article is longer than can be held."""
    if isinstance(content, Article) and len(content.text) > _LONGEST_ARTICLE:
        return Rejection(
            origin,
            f"The text has {len(content.text):,} characters, more than the {_LONGEST_ARTICLE:,} "
            "that an article may have. Cut the file into its articles.",
        )
    return content


def is_input(path: Path) -> bool:
    """Whether a file found in a folder is one to be read, as `InputFiles` decides it."""
    own = any((folder / CATALOGUE_FILE).exists() for folder in path.parents)
    return _readable(path.name) and not own


def _readable(name: str) -> bool:
    hidden = name.startswith(".") or name.lower() == _WINDOWS_PREVIEWS
    return not hidden and name.lower().endswith(SUFFIXES)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _reason(error: OSError) -> str:
    return f"{error.strerror or error}."
