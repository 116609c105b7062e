"""Tables of articles: CSV, TSV, Excel, OpenDocument, Parquet and SQLite, one article a row."""

from __future__ import annotations

import csv
import io
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from zeitfrage.config.errors import UnreadableInput
from zeitfrage.index.decoding import decode, read_whole
from zeitfrage.index.loaders.content import Content
from zeitfrage.index.loaders.record import Columns, guess_columns, read_record, renamed

_ROWS_AT_ONCE = 500
_LONGEST_CELL = 10_000_000
_SEPARATORS = ",;\t|"
_SAMPLE = 64_000


@dataclass(frozen=True, slots=True)
class Table:
    """A table before its rows are read.

    Args:
        name: the sheet or table within its file; empty where the file holds but one.
        header: the columns' names.
        rows: the cells of each row, in the header's order.
    """

    name: str
    header: list[str]
    rows: Iterable[Sequence[object]]


def load(stream: BinaryIO, origin: str, columns: Columns, form: str) -> Iterator[Content]:
    """Yield the articles of all tables of a file.

    Args:
        stream: the file's bytes.
        origin: its path or name.
        columns: which column holds which field, `{field: column}`, where the names do not tell.
        form: the suffix, one of FORMS.

    Raises:
        UnreadableInput: it is no table, or no column holds text.
    """
    with _damage_named():
        tables = FORMS[form](stream)
        refused: list[str] = []
        understood = found = False
        for table in tables:
            where = f"{origin}:{table.name}" if table.name else origin
            if not _holds_text(table.header, columns):
                refused += table.header
                continue
            understood = True
            for article in _articles(table, where, columns):
                found = True
                yield article
    if not understood:
        raise _no_text(refused)
    if not found:
        raise UnreadableInput("The table holds no rows.")


def headers(stream: BinaryIO, form: str) -> Iterator[tuple[str, list[str]]]:
    """Yield name and header of each table of a file; raises UnreadableInput where it is none."""
    with _damage_named():
        yield from ((table.name, table.header) for table in FORMS[form](stream))


def _open_csv(stream: BinaryIO) -> Iterator[Table]:
    text = decode(read_whole(stream))
    csv.field_size_limit(_LONGEST_CELL)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text[:_SAMPLE]))
    yield Table("", [name.strip().removeprefix("\ufeff") for name in next(rows, [])], rows)


def _open_sheets(stream: BinaryIO) -> Iterator[Table]:
    """Read an Excel or OpenDocument workbook, one table for each sheet with rows."""
    import python_calamine as calamine

    try:
        book = calamine.load_workbook(io.BytesIO(read_whole(stream)))
        sheets = [(name, book.get_sheet_by_name(name)) for name in book.sheet_names]
        filled = [(name, sheet.to_python()) for name, sheet in sheets if sheet.height > 1]
    except calamine.CalamineError as error:
        raise UnreadableInput(f"It is not a readable workbook: {error}.") from error
    if not filled:
        raise UnreadableInput("The workbook holds no rows.")
    for name, rows in filled:
        header = [str(cell).strip() for cell in rows[0]]
        yield Table(name if len(filled) > 1 else "", header, rows[1:])


def _open_parquet(stream: BinaryIO) -> Iterator[Table]:
    """Read a Parquet file, some hundred rows in memory at a time."""
    import pyarrow
    from pyarrow import parquet

    whole = stream if stream.seekable() else io.BytesIO(read_whole(stream))
    try:
        table = parquet.ParquetFile(whole)
        rows = (
            list(row.values())
            for batch in table.iter_batches(_ROWS_AT_ONCE)
            for row in batch.to_pylist()
        )
        yield Table("", table.schema_arrow.names, rows)
    except (pyarrow.ArrowException, ValueError, OSError) as error:
        raise UnreadableInput(f"It is not a readable Parquet file: {error}.") from error


def _open_sqlite(stream: BinaryIO) -> Iterator[Table]:
    with tempfile.NamedTemporaryFile(suffix=".sqlite") as copy:
        shutil.copyfileobj(stream, copy)
        copy.flush()
        with closing(sqlite3.connect(f"file:{copy.name}?mode=ro&immutable=1", uri=True)) as db:
            names = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
            for (name,) in names.fetchall():
                quoted = '"' + str(name).replace('"', '""') + '"'
                rows = db.execute(f"SELECT * FROM {quoted}")  # noqa: S608 (names cannot be bound)
                yield Table(str(name), [column[0] for column in rows.description], rows)


FORMS: dict[str, Callable[[BinaryIO], Iterator[Table]]] = {
    ".csv": _open_csv,
    ".db": _open_sqlite,
    ".ods": _open_sheets,
    ".parquet": _open_parquet,
    ".sqlite": _open_sqlite,
    ".sqlite3": _open_sqlite,
    ".tsv": _open_csv,
    ".xls": _open_sheets,
    ".xlsx": _open_sheets,
}


@contextmanager
def _damage_named() -> Iterator[None]:
    """Raise UnreadableInput in place of what the libraries raise of damaged files."""
    try:
        yield
    except csv.Error as error:
        raise UnreadableInput(f"It is not a readable table: {error}.") from error
    except sqlite3.DatabaseError as error:
        raise UnreadableInput(f"It is not a readable SQLite file: {error}.") from error


def _holds_text(header: Sequence[str], columns: Columns) -> bool:
    return "text" in guess_columns(header) or columns.get("text") in header


def _no_text(header: Sequence[str]) -> UnreadableInput:
    names = ", ".join(repr(name[:40]) for name in header[:20]) or "none"
    return UnreadableInput(
        f"No column is named as one that holds the articles' text; its columns are {names}. "
        "Say which one: --column text=NAME."
    )


def _articles(table: Table, origin: str, columns: Columns) -> Iterator[Content]:
    for number, row in enumerate(table.rows, start=2):
        if any(cell not in (None, "") for cell in row):
            record = dict(zip(table.header, row, strict=False))
            yield read_record(renamed(record, columns), origin, f"{origin}:{number}")


def _separator(sample: str) -> str:
    """Return what separates the columns: that which gives the header the most.

    The standard library's Sniffer takes the square of the sample's time, and more.
    """

    def columns(separator: str) -> int:
        try:
            return len(next(csv.reader(io.StringIO(sample, newline=""), delimiter=separator), []))
        except csv.Error:
            return 0

    return max(_SEPARATORS, key=columns)
