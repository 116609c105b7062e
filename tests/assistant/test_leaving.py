"""A stream can be left at once, and what writes it learns that nobody reads it."""

from __future__ import annotations

import contextvars
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zeitfrage.assistant.leaving import leavable, reader_has_left


@given(st.lists(st.integers()))
def test_a_stream_read_to_its_end_is_the_same_as_without(values):
    assert list(leavable(iter(values))) == values


def test_what_the_stream_raises_is_raised_after_what_it_gave():
    def broken():
        yield 1
        raise OSError("cut")

    stream = leavable(broken())
    assert next(stream) == 1
    with pytest.raises(OSError, match="cut"):
        next(stream)


def test_leaving_does_not_wait_for_what_is_still_being_written():
    go_on, noticed = threading.Event(), threading.Event()

    def slow():
        yield "first"
        go_on.wait(20)
        if reader_has_left():
            noticed.set()
        yield "second"

    stream = leavable(slow())
    assert next(stream) == "first"
    started = time.monotonic()
    stream.close()
    assert time.monotonic() - started < 1
    go_on.set()
    assert noticed.wait(5)


def test_a_stream_that_is_read_has_its_reader():
    assert list(leavable(reader_has_left() for _ in range(3))) == [False] * 3
    assert not reader_has_left()


def test_the_writing_thread_knows_the_context_of_its_reader():
    name = contextvars.ContextVar("name")
    name.set("Anna")
    assert list(leavable(name.get() for _ in range(1))) == ["Anna"]
