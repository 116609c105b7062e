"""The citations that an LLM writes into its text, taken out and checked."""

from __future__ import annotations

import re

_LABEL = (
    "artikel|articles?|passagen?|passages?|quellen?|sources?|text|dokument|document|nr|und|and|&"
)
_MARKER = re.compile(
    rf"(?i)[\[［【](?=[^\]］】]*\d)(?:[\s\d,;.:^#–-]|{_LABEL})*(?:†[^\]］】]*)?[\]］】]"
)
_NUMBERS = re.compile(r"(\d+)(?:\s*[–-]\s*(\d+))?")
# A longer number is no passage, and int() refuses very long ones.
_LONGEST_NUMBER = 4
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
_TAG = re.compile(r"<[^<>]*>")
_LIST_ITEM = re.compile(r"^\s*(?:#+|[-*•–])\s+")
_GAP_BEFORE_MARK = re.compile(r"[ \t\u00a0]+(?=[.,;:!?](?:\s|$))")


def strip_markers(sentence: str, passages: int) -> tuple[str, frozenset[int]]:
    """Take the model's markers and all markup out of a sentence.

    Links, images and tags go as well: what an article smuggles into an answer must not load
    anything where the answer is shown.

    Args:
        sentence: as the model wrote it, with markers such as [2], [1, 3], 【1】 or [^1].
        passages: how many it was given.

    Returns:
        The plain sentence, and the numbers that it cites, each from 1 to `passages`.
    """
    cited: set[int] = set()
    text, before = _LIST_ITEM.sub("", sentence), None
    # Taking one out may leave another: [[1]2].
    while text != before:
        before = text
        text = _LINK.sub(_link_text, text)
        for marker in _MARKER.findall(text):
            cited |= _numbers(marker, passages)
        text = _TAG.sub(" ", _MARKER.sub(" ", text)).replace("**", "")
    text = re.sub(r"[ \t]{2,}", " ", text)
    return _GAP_BEFORE_MARK.sub("", text).strip(), frozenset(cited)


def begins_with_marker(text: str) -> bool:
    """Say whether a text opens with a marker or with what may yet become one."""
    return text.lstrip().startswith(("[", "［", "【"))


def leading_markers(text: str) -> int:
    """Return the length of the markers that a text opens with, with the blanks before them."""
    end = 0
    while match := _MARKER.match(text, len(text) - len(text[end:].lstrip(" \t"))):
        end = match.end()
    return end


def _link_text(link: re.Match[str]) -> str:
    label = link.group(1)
    return f"[{label}]" if label.strip().isdigit() else label


def _numbers(marker: str, passages: int) -> set[int]:
    numbers: set[int] = set()
    for first, last in _NUMBERS.findall(marker):
        if len(first) > _LONGEST_NUMBER:
            continue
        end = passages if len(last) > _LONGEST_NUMBER else int(last or first)
        numbers |= set(range(max(1, int(first)), min(end, passages) + 1))
    return numbers
