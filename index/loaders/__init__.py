"""From the bytes of a file to articles, one module per family of forms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from types import MappingProxyType
from typing import BinaryIO

from zeitfrage.config.errors import UnreadableInput
from zeitfrage.index.loaders import (
    documents,
    feeds,
    html,
    mail,
    markdown,
    plain,
    records,
    tables,
    web_archives,
    xml,
)
from zeitfrage.index.loaders.containers import (
    PACKED,
    UnpacksWithoutEnd,
    damage_named,
    members,
    unpacked,
)
from zeitfrage.index.loaders.content import Content, Rejection, Unmodified, Withdrawal
from zeitfrage.index.loaders.record import Columns, guess_columns, named_columns

__all__ = [
    "SUFFIXES",
    "Columns",
    "Content",
    "Rejection",
    "TableColumns",
    "Unmodified",
    "Withdrawal",
    "is_laborious",
    "named_columns",
    "read_articles",
    "read_columns",
]

_LOADERS: dict[str, Callable[[BinaryIO, str], Iterator[Content]]] = {
    ".atom": feeds.load,
    ".docx": documents.load_docx,
    ".eml": mail.load_letter,
    ".epub": documents.load_epub,
    ".htm": html.load,
    ".html": html.load,
    ".markdown": markdown.load,
    ".mbox": mail.load_mailbox,
    ".md": markdown.load,
    ".mht": mail.load_saved_page,
    ".mhtml": mail.load_saved_page,
    ".newsml": xml.load,
    ".nitf": xml.load,
    ".odt": documents.load_odt,
    ".pdf": documents.load_pdf,
    ".rss": feeds.load,
    ".rtf": documents.load_rtf,
    ".text": plain.load,
    ".txt": plain.load,
    ".wacz": web_archives.load_wacz,
    ".warc": web_archives.load_warc,
    ".xhtml": html.load,
    ".xml": xml.load,
}
_RECORDS: dict[str, Callable[[BinaryIO, str, Columns], Iterator[Content]]] = {
    ".json": records.load_json,
    ".jsonl": records.load_lines,
    ".ndjson": records.load_lines,
}
_ZIP = ".zip"
_ZIPS_IN_ZIPS = 2
_FORMS = (*_LOADERS, *_RECORDS, *tables.FORMS)
# Parsed in a few microseconds a kilobyte by code that cannot crash; all others are real work.
_EASY = {".txt", ".text", ".md", ".markdown", ".csv", ".tsv", *_RECORDS}
SUFFIXES = (*_FORMS, _ZIP, *(suffix + packed for suffix in _FORMS for packed in PACKED))


@dataclass(frozen=True, slots=True)
class TableColumns:
    """How a table's columns are understood.

    Args:
        origin: the file, with the sheet or table where it holds several.
        used: which column is read as which field of an article, `{field: column}`.
        unused: the columns that are read as none.
    """

    origin: str
    used: Columns
    unused: tuple[str, ...]


def read_articles(
    stream: BinaryIO,
    origin: str,
    columns: Columns = MappingProxyType({}),
    depth: int = 0,
    name: str = "",
) -> Iterator[Content]:
    """Read the articles of one file.

    Args:
        stream: the file's bytes.
        origin: its path or name; the suffix names the form.
        columns: of tables and JSON, which column holds which field: `{field: column}`.
        depth: how many ZIP archives it lies in.
        name: has the suffix that names the form, where the origin has not.

    Yields:
        Articles, withdrawals, and a rejection for each record, or for the whole file, that
        holds none.
    """
    try:
        with damage_named():
            yield from _read(stream, origin, columns, depth, name or origin)
    except UnpacksWithoutEnd as error:
        if depth:  # an archive with a bomb in it is none whose other files are worth the time
            raise
        yield Rejection(origin, error.message)
    except UnreadableInput as error:
        yield Rejection(origin, error.message)


def is_laborious(origin: str) -> bool:
    """Whether a file's form takes time to parse, or a parser that a damaged file may crash."""
    return _suffixes(origin)[0] not in _EASY


def read_columns(stream: BinaryIO, origin: str, columns: Columns) -> list[TableColumns]:
    """Say which columns of a file's tables will be read as which fields of an article.

    Args:
        stream: the file's bytes; only its head is read.
        origin: its path or name; of forms other than tables, nothing is said.
        columns: those that were named by hand.

    Raises:
        UnreadableInput: it is not a readable table.
    """
    stream, form = _opened(stream, origin)
    if form not in tables.FORMS:
        return []
    with damage_named():
        return [
            TableColumns(f"{origin}:{name}" if name else origin, *_split(header, columns))
            for name, header in tables.headers(stream, form)
        ]


def _split(header: Sequence[str], columns: Columns) -> tuple[dict[str, str], tuple[str, ...]]:
    named = {field: name for field, name in columns.items() if name in header}
    used = guess_columns(name for name in header if name not in named.values()) | named
    return used, tuple(name for name in header if name not in used.values())


def _read(
    stream: BinaryIO, origin: str, columns: Columns, depth: int, name: str
) -> Iterator[Content]:
    stream, form = _opened(stream, name)
    if form == _ZIP:
        yield from _read_zip(stream, origin, columns, depth)
    elif form in _LOADERS:
        yield from _LOADERS[form](stream, origin)
    elif form in _RECORDS:
        yield from _RECORDS[form](stream, origin, columns)
    elif form in tables.FORMS:
        yield from tables.load(stream, origin, columns, form)
    else:
        known = ", ".join((*_FORMS, _ZIP, *PACKED))
        raise UnreadableInput(f"Files of this form cannot be read; those that can: {known}.")


def _opened(stream: BinaryIO, origin: str) -> tuple[BinaryIO, str]:
    """Return a file's content, unpacked where it is packed, and the suffix of its form."""
    form, packed = _suffixes(origin)
    # warcio unpacks its archives itself, record by record.
    by_itself = (form, packed) == (".warc", ".gz")
    return (unpacked(stream, packed) if packed and not by_itself else stream), form


def _suffixes(origin: str) -> tuple[str, str]:
    """Return the suffix that names a file's form, and that of what it is packed in, or nothing."""
    *_, inner, last = "", "", *(suffix.lower() for suffix in PurePath(origin).suffixes)
    return (inner, last) if last in PACKED else (last, "")


def _read_zip(stream: BinaryIO, origin: str, columns: Columns, depth: int) -> Iterator[Content]:
    if depth == _ZIPS_IN_ZIPS:
        raise UnreadableInput("ZIP archives lie too deep in one another.")
    for name, content in members(stream):
        where = f"{origin}/{name}"
        if content is None:
            yield Rejection(where, "Its name leads out of the archive, so it is not read.")
        elif name.lower().endswith(SUFFIXES) and not PurePath(name).name.startswith("."):
            yield from read_articles(content, where, columns, depth + 1)
