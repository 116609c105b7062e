"""What changed between two versions of an article, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from html import escape
from typing import TYPE_CHECKING

from zeitfrage.config.texts import say
from zeitfrage.index.article import Article

if TYPE_CHECKING:
    from zeitfrage.assistant.answer import Language

_PARAGRAPH = re.compile(r".+?(?:\n\n+|\Z)", re.DOTALL)
_WORD = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")
# Longer stretches are shown as exchanged whole: comparing their words would take too long.
_PIECES = 4000


@dataclass(frozen=True, slots=True)
class Change:
    """A stretch of two versions; the stretches in order give either text.

    Args:
        before: in the earlier version; empty where something was added.
        after: in the later version; empty where something was left out.
    """

    before: str
    after: str

    @property
    def is_one(self) -> bool:
        """Whether the versions differ here."""
        return self.before != self.after


def changes(before: str, after: str) -> list[Change]:
    """Return how a text became another, stretch by stretch, first by paragraphs, then by words."""
    found: list[Change] = []
    for change in _compared(before, after, _PARAGRAPH):
        inner = _compared(change.before, change.after, _WORD) if change.is_one else [change]
        found += inner
    return found


def difference_html(before: Article, after: Article, language: Language) -> str:
    """Return an article with what is new in a later version marked beside what was there.

    Args:
        before: the earlier version.
        after: the later one.
        language: of the interface.
    """
    title = _marked(changes(before.title, after.title))
    text = changes(before.text, after.text)
    heading = say(language, "chat.compared", before=before.version, after=after.version)
    same = before.title == after.title and before.text == after.text
    note = f'<p class="same">{say(language, "chat.same_text")}</p>' if same else ""
    return (
        f'<article class="article difference" lang="{escape(after.language)}"><header>'
        f'<h1>{title}</h1><div class="details" lang="{language}"><p>{heading}</p>{note}'
        f'<p><a class="open-article" href="?">{say(language, "chat.newest_version")}</a></p>'
        f"</div></header><p>{_marked(text)}</p></article>"
    )


def difference_text(found: Sequence[Change]) -> str:
    """Return a text with `[-what was left out-]` and `{+what came in+}`, as wdiff writes it."""
    return "".join(
        f"{_framed(change.before, '[-{}-]')}{_framed(change.after, '{{+{}+}}')}"
        if change.is_one
        else change.after
        for change in found
    )


def _compared(before: str, after: str, piece: re.Pattern[str]) -> Iterator[Change]:
    old, new = piece.findall(before), piece.findall(after)
    if max(len(old), len(new)) > _PIECES:
        yield Change(before, after)
        return
    matcher = SequenceMatcher(None, old, new)
    for _, a, b, c, d in matcher.get_opcodes():
        yield Change("".join(old[a:b]), "".join(new[c:d]))


def _marked(found: Sequence[Change]) -> str:
    def mark(name: str, words: str) -> str:
        return f"<{name}>{escape(words)}</{name}>" if words else ""

    return "".join(
        mark("del", change.before) + mark("ins", change.after)
        if change.is_one
        else escape(change.after)
        for change in found
    )


def _framed(words: str, frame: str) -> str:
    """Frame words and leave the white space after them outside."""
    shown = words.rstrip()
    return frame.format(shown) + words[len(shown) :] if shown else words
