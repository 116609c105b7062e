"""Streams that a reader may leave at any moment, even while a model keeps everybody waiting."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")

_reader_left: ContextVar[threading.Event | None] = ContextVar("reader_left", default=None)


def reader_has_left() -> bool:
    """Say whether nobody reads any more what this thread is writing."""
    left = _reader_left.get()
    return left is not None and left.is_set()


@dataclass(frozen=True, slots=True)
class _Item(Generic[T]):
    value: T


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None = None


def leavable(stream: Iterator[T]) -> Iterator[T]:
    """Yield what a stream yields, with the stream running in a thread of its own.

    Closing what is returned takes no time, where closing the stream itself would wait for a read
    to end or, as LangChain's streams do, read on to the end. The thread finds out by
    `reader_has_left` and ends with the next piece that it gets.

    Raises:
        BaseException: what the stream raises.
    """
    pieces: SimpleQueue[_Item[T] | _End] = SimpleQueue()
    left = threading.Event()

    def run() -> None:
        _reader_left.set(left)
        try:
            for value in stream:
                pieces.put(_Item(value))
                if left.is_set():
                    break
        except BaseException as error:  # noqa: BLE001 (raised again where it is read)
            pieces.put(_End(error))
        else:
            pieces.put(_End())

    context = copy_context()
    threading.Thread(target=context.run, args=(run,), name="answer", daemon=True).start()
    try:
        yield from _read(pieces)
    finally:
        left.set()


def _read(pieces: SimpleQueue[_Item[T] | _End]) -> Iterator[T]:
    while isinstance(piece := pieces.get(), _Item):
        yield piece.value
    if piece.error:
        raise piece.error
