"""From the pieces in which a model's text arrives to whole sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator

from zeitfrage.assistant.markers import begins_with_marker, leading_markers
from zeitfrage.index.sentences import sentence_spans

_THINKS, _HAS_THOUGHT = "<think>", "</think>"
_REFUSAL = re.compile(r"(?i:keine\\?_antwort|no\\?_answer)|\bKEINE[ -]ANTWORT\b|\bNO[ -]ANSWER\b")
_FOLLOWING_WORD = re.compile(r"\S+\s")


def spoken_words(pieces: Iterator[str]) -> Iterator[str]:
    """Yield a stream without the thoughts between <think> and </think> that it may open with.

    Args:
        pieces: in which the model's text arrives, cut anywhere.
    """
    head = ""
    for piece in pieces:
        head += piece
        start = head.lstrip()
        if start.startswith(_THINKS):
            _, closed, after = start.partition(_HAS_THOUGHT)
            if closed:
                head = after.lstrip()
                break
        elif not _THINKS.startswith(start):
            break
    if not head.lstrip().startswith(_THINKS):
        yield head
    yield from pieces


def whole_sentences(language: str, pieces: Iterator[str]) -> Iterator[str]:
    """Yield each sentence of a stream as soon as it is certain to have ended.

    A marker belongs to the sentence before it, whether it stands before or after the full stop.
    The sentences joined are the stream, but for white space at its start.

    Args:
        language: ISO 639-1 code.
        pieces: in which the model's text arrives, cut anywhere.
    """
    buffer = ""
    for piece in pieces:
        buffer += piece
        while end := _certain_end(buffer, language):
            yield buffer[:end]
            buffer = buffer[end:]
    while buffer.strip():
        end = _end_of_first(buffer, language)
        yield buffer[:end]
        buffer = buffer[end:]


def is_refusal(sentence: str) -> bool:
    """Say whether the model writes, in whatever wrapping, that the passages hold no answer."""
    return _REFUSAL.search(sentence) is not None


def _certain_end(text: str, language: str) -> int:
    """Return where the first sentence ends, 0 while more text may still change that."""
    end = _end_of_first(text, language)
    rest = text[end:]
    return 0 if begins_with_marker(rest) or not _FOLLOWING_WORD.match(rest) else end


def _end_of_first(text: str, language: str) -> int:
    """Return one past the first sentence, its markers and the white space after it."""
    spans = sentence_spans(text, language)
    if not spans:
        return len(text)
    end = spans[0][1]
    end += leading_markers(text[end:])
    return end + len(text[end:]) - len(text[end:].lstrip())
