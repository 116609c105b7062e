"""JSON and JSON Lines, many articles a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import BinaryIO

from zeitfrage.config.errors import UnreadableInput
from zeitfrage.index.decoding import decode, read_whole
from zeitfrage.index.loaders.content import Content, Rejection
from zeitfrage.index.loaders.record import Columns, read_record, renamed

_LISTS = ("articles", "items", "docs", "data", "results", "entries")
_LONGEST_LINE = 20_000_000


def load_json(stream: BinaryIO, origin: str, columns: Columns) -> Iterator[Content]:
    """Yield the articles of a JSON object, a list, or a list within an object; ninjs, JSON Feed.

    Args:
        stream: the file's bytes.
        origin: its path or name.
        columns: which key holds which field, `{field: key}`, where the names do not tell.

    Raises:
        UnreadableInput: the file is not valid JSON, or holds no records.
    """
    content = _parse(decode(read_whole(stream)))
    records = _records(content)
    alone = len(records) == 1
    shared = _of_feed(content)
    for number, record in enumerate(records, start=1):
        where = origin if alone else f"{origin}:{number}"
        yield _article(record, origin, where, alone, columns, shared)


def feed_items(data: bytes) -> list[dict[str, object]] | None:
    """Return the fields of each item of a JSON Feed, None where it is other JSON."""
    try:
        content = _parse(decode(data))
    except UnreadableInput:
        return None
    shared = _of_feed(content)
    if not shared:
        return None
    return [{**item, **shared} for item in _records(content) if isinstance(item, dict)]


def load_lines(stream: BinaryIO, origin: str, columns: Columns) -> Iterator[Content]:
    """Yield the articles of JSON Lines; a broken line is a rejection and the others go on."""
    number = 0
    while line := stream.readline(_LONGEST_LINE):
        number += 1
        where = f"{origin}:{number}"
        if len(line) == _LONGEST_LINE and not line.endswith(b"\n"):
            yield Rejection(where, "The line is longer than 20 MB.")
            while (rest := stream.readline(_LONGEST_LINE)) and not rest.endswith(b"\n"):
                pass
        elif line.strip():
            yield _line(line, origin, where, columns)


def _line(line: bytes, origin: str, where: str, columns: Columns) -> Content:
    try:
        record = _parse(decode(line))
    except UnreadableInput as error:
        return Rejection(where, error.message)
    return _article(record, origin, where, alone=False, columns=columns)


def _article(
    record: object,
    origin: str,
    where: str,
    alone: bool,
    columns: Columns,
    shared: Mapping[str, object] = MappingProxyType({}),
) -> Content:
    if not isinstance(record, dict):
        return Rejection(where, f"It is a {type(record).__name__}, not an object with fields.")
    return read_record({**renamed(record, columns), **shared}, origin, where, alone)


def _of_feed(content: object) -> dict[str, object]:
    """Return what a JSON Feed (jsonfeed.org, version 1.1) says of all its items."""
    if isinstance(content, dict) and "jsonfeed.org" in str(content.get("version")):
        return {"source": content.get("title"), "language": content.get("language")}
    return {}


def _parse(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise UnreadableInput(f"It is not valid JSON: {error}.") from error
    except RecursionError as error:
        raise UnreadableInput("It is nested too deeply to be read.") from error


def _records(content: object) -> list[object]:
    if isinstance(content, list):
        return content
    if isinstance(content, dict):
        for name in _LISTS:
            if isinstance(content.get(name), list):
                records: list[object] = content[name]
                return records
        return [content]
    raise UnreadableInput("It holds neither an object nor a list of objects.")
