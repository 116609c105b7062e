"""Writes workbooks of Excel 97 to 2003 (.xls), which no library of ours can write any more.

Sources: Microsoft, [MS-XLS] 2.4 (records) and [MS-CFB] 2 (the file that holds them).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

_SECTOR = 512
_END, _FREE, _TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
# Smaller streams would have to lie in sectors of their own kind.
_LEAST = 4096


def workbook(name: str, rows: Sequence[Sequence[str]]) -> bytes:
    """Return a workbook with one sheet of texts; about 100 cells and 50,000 characters fit in."""
    words = [cell for row in rows for cell in row]
    before = _record(0x0809, struct.pack("<HHHHII", 0x0600, 5, 0x0DBB, 0x07CC, 0, 0))
    before += _record(0x0042, struct.pack("<H", 1200))
    shared = struct.pack("<II", len(words), len(words))
    after = _record(0x00FC, shared + b"".join(map(_text, words))) + _record(0x000A, b"")
    title = struct.pack("<BB", len(name), 0) + name.encode("latin-1")
    start = len(before) + 4 + 6 + len(title) + len(after)
    sheet = _record(0x0085, struct.pack("<IH", start, 0) + title)
    return _file(before + sheet + after + _sheet(rows))


def _sheet(rows: Sequence[Sequence[str]]) -> bytes:
    width = max(map(len, rows))
    records = _record(0x0809, struct.pack("<HHHHII", 0x0600, 16, 0x0DBB, 0x07CC, 0, 0))
    records += _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    number = 0
    for at, row in enumerate(rows):
        for column in range(len(row)):
            records += _record(0x00FD, struct.pack("<HHHI", at, column, 0, number))
            number += 1
    return records + _record(0x000A, b"")


def _record(kind: int, data: bytes) -> bytes:
    assert len(data) <= 8224
    return struct.pack("<HH", kind, len(data)) + data


def _text(words: str) -> bytes:
    return struct.pack("<HB", len(words), 1) + words.encode("utf-16-le")


def _file(stream: bytes) -> bytes:
    """Return a compound file with the workbook's records as its only stream."""
    size = max(len(stream), _LEAST)
    count = -(-size // _SECTOR)
    data = stream.ljust(count * _SECTOR, b"\0")
    chain = [_TABLE, _END, *range(3, count + 2), _END]
    table = struct.pack(f"<{len(chain)}I", *chain).ljust(_SECTOR, b"\xff")
    folder = _entry("Root Entry", 5, 1, _END, 0) + _entry("Workbook", 2, _FREE, 2, size)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack(
        "<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, _LEAST, _END, 0, _END, 0
    )
    head += struct.pack("<I", 0) + b"\xff" * 4 * 108
    return head + table + folder.ljust(_SECTOR, b"\0") + data


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    written = name.encode("utf-16-le") + b"\0\0"
    about = struct.pack("<HBBIII", len(written), kind, 1, _FREE, _FREE, child)
    return written.ljust(64, b"\0") + about + bytes(36) + struct.pack("<IQ", start, size)
