"""What files are packed in: gzip, Zstandard and ZIP, never unpacked to disk."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader, RawIOBase
from pathlib import PurePosixPath, PureWindowsPath
from typing import BinaryIO, cast

import zstandard

from zeitfrage.config.errors import UnreadableInput

PACKED = (".gz", ".zst")


class UnpacksWithoutEnd(UnreadableInput):
    """Far more comes out of a packed file than an honest one holds."""


# A megabyte of gzip can hold a gigabyte of nothing; no archive of news unpacks to more than this.
_MOST_UNPACKED = 4_000_000_000
_MOST_UNPACKED_RATIO = 200
_ALWAYS_ALLOWED = 100_000_000
_MOST_MEMBERS = 1_000_000


@contextmanager
def damage_named() -> Iterator[None]:
    """Raise UnreadableInput in place of what the unpackers raise of damaged files."""
    try:
        yield
    except (gzip.BadGzipFile, EOFError, zlib.error, zstandard.ZstdError) as error:
        raise UnreadableInput(f"The packed file is damaged: {error}.") from error
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise UnreadableInput(f"The ZIP archive cannot be unpacked: {error}.") from error


def unpacked(stream: BinaryIO, suffix: str) -> BinaryIO:
    """Return the content of a packed file.

    Args:
        stream: the packed bytes.
        suffix: `.gz` or `.zst`.

    Reading raises UnpacksWithoutEnd where far more comes out than an honest file holds.
    """
    if suffix == ".gz":
        content: BinaryIO = cast("BinaryIO", gzip.GzipFile(fileobj=stream))
    else:
        decompressor = zstandard.ZstdDecompressor(max_window_size=1 << 27)
        content = cast("BinaryIO", decompressor.stream_reader(stream, read_across_frames=True))
    return _bounded(content, stream.tell)


def members(stream: BinaryIO) -> Iterator[tuple[str, BinaryIO | None]]:
    """Yield the files of a ZIP archive by name.

    The content is None where the name climbs out of the archive: such a file is not an honest one.
    """
    whole = stream if stream.seekable() else io.BytesIO(stream.read())
    with zipfile.ZipFile(whole) as archive:
        files = [member for member in archive.infolist() if not member.is_dir()]
        if len(files) > _MOST_MEMBERS:
            raise UnreadableInput("The ZIP archive holds more than a million files.")
        for member in sorted(files, key=lambda file: file.filename):
            if _climbs(member.filename):
                yield member.filename, None
                continue
            with archive.open(member) as opened:
                yield member.filename, _bounded(cast("BinaryIO", opened), member.compress_size)


def _bounded(content: BinaryIO, bytes_packed: Callable[[], int] | int) -> BinaryIO:
    return cast("BinaryIO", BufferedReader(_Bounded(content, bytes_packed), 1 << 16))


def _climbs(name: str) -> bool:
    windows = PureWindowsPath(name)
    posix = PurePosixPath(name)
    return posix.is_absolute() or bool(windows.drive) or ".." in (*posix.parts, *windows.parts)


class _Bounded(RawIOBase):
    """The content of a packed file, up to a size that an honest one has."""

    def __init__(self, content: BinaryIO, bytes_packed: Callable[[], int] | int) -> None:
        self._content = content
        self._bytes_packed = bytes_packed
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        data = self._content.read(len(buffer))
        self._count += len(data)
        packed = self._bytes_packed if isinstance(self._bytes_packed, int) else self._bytes_packed()
        allowed = max(_ALWAYS_ALLOWED, _MOST_UNPACKED_RATIO * packed)
        if self._count > min(allowed, _MOST_UNPACKED):
            raise UnpacksWithoutEnd("The packed file holds far more than its size allows.")
        buffer[: len(data)] = data
        return len(data)
