"""Sentences and paragraphs as character spans."""

from __future__ import annotations

import re

import sentencex

from zeitfrage.index import function_words

Span = tuple[int, int]

_EMPTY_LINE = re.compile(r"\n\s*\n")
# German ordinals and dates ("am 3. Oktober", "im 1. Stock") have a full stop that ends nothing.
_ORDINAL_END = re.compile(r"(?:^|[^\d.,:])\d{1,3}\.$")
_WORD = re.compile(r"[^\W\d_]+")
_MAX_SENTENCE = 2000


def paragraph_spans(text: str) -> list[Span]:
    """Return the half-open spans of the paragraphs, which an empty line separates."""
    breaks = [match.span() for match in _EMPTY_LINE.finditer(text)]
    starts = [0, *(end for _, end in breaks)]
    ends = [*(start for start, _ in breaks), len(text)]
    spans = (_stripped(text, *span) for span in zip(starts, ends, strict=True))
    return [(start, end) for start, end in spans if start < end]


def sentence_spans(text: str, language: str) -> list[Span]:
    """Return the half-open spans of the sentences, without the white space around them.

    Spans are in order and do not overlap; every character that is not white space lies in one.
    A paragraph always ends a sentence. Text without full stops is cut at white space where it
    gets longer than 2,000 characters.

    Args:
        text: plain text.
        language: ISO 639-1 code; chooses the abbreviations that end no sentence.
    """
    spans: list[Span] = []
    for start, end in paragraph_spans(text):
        spans += _paragraph_sentences(text, start, end, language)
    return spans


def _paragraph_sentences(text: str, start: int, end: int, language: str) -> list[Span]:
    pieces: list[Span] = []
    for boundary in sentencex.get_sentence_boundaries(language, text[start:end]):
        a, b = start + boundary["start_index"], start + boundary["end_index"]
        if pieces and language == "de" and _goes_on(text, pieces[-1], (a, b)):
            a = pieces.pop()[0]
        a, b = _stripped(text, a, b)
        if a < b:
            pieces.append((a, b))
    return [part for piece in pieces for part in _bounded(text, *piece)]


def _goes_on(text: str, before: Span, after: Span) -> bool:
    """Whether an ordinal ends what stands before, and its noun, not a sentence, comes after."""
    start, end = before
    word = _WORD.search(text, *after)
    begins = word is not None and word.group().lower() in function_words.GERMAN
    return not begins and _ORDINAL_END.search(text, max(start, end - 5), end) is not None


def _stripped(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _bounded(text: str, start: int, end: int) -> list[Span]:
    """Cut what no sentence ever is: a run of text longer than 2,000 characters."""
    parts: list[Span] = []
    while end - start > _MAX_SENTENCE:
        blank = text.rfind(" ", start + 1, start + _MAX_SENTENCE)
        cut = blank if blank > start else start + _MAX_SENTENCE
        parts.append(_stripped(text, start, cut))
        start = _stripped(text, cut, end)[0]
    return [*parts, (start, end)] if start < end else parts
