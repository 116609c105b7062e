"""Markers and citations of an answer, made in one place for every answerer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from zeitfrage.assistant.answer import Citation, GroundedSentence, Language, Quote
from zeitfrage.config.texts import say
from zeitfrage.index.article import Passage


class Citing:
    """Writes an answer's text from its sentences, numbering the quotes that prove them.

    A quote has one number however often it is cited. Sentences without proof that come before the
    first proved one are held back until that one comes, so that an answer of which nothing holds
    is never shown.
    """

    def __init__(self, language: Language, passages: Sequence[Passage] = ()) -> None:
        """Start an answer in a language from passages, which know the copies of articles."""
        self._copies = {passage.article.id: passage.copies for passage in passages}
        self._language = language
        self._held_back = ""
        self._gap = ""
        self._numbers: dict[Quote, int] = {}
        self.text = ""

    @property
    def supported(self) -> bool:
        """Whether any sentence was proved."""
        return bool(self._numbers)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The quotes in the order of their numbers."""
        return tuple(
            Citation(number, quote, self._copies.get(quote.article.id, ()))
            for quote, number in self._numbers.items()
        )

    def add(self, sentence: GroundedSentence) -> Iterator[str]:
        """Yield what the text grows by; at the end the pieces joined are `text`."""
        words = sentence.text.rstrip()
        space = sentence.text[len(words) :] or " "
        piece = f"{words} {self._mark(sentence)}"
        if not self.supported:
            self._held_back += piece + space
            return
        piece = self._gap + self._held_back + piece
        self._held_back, self._gap = "", space
        self.text += piece
        yield piece

    def _mark(self, sentence: GroundedSentence) -> str:
        if not sentence.quotes:
            return say(self._language, "answer.unsupported_sentence")
        for quote in sentence.quotes:
            self._numbers.setdefault(quote, len(self._numbers) + 1)
        return "".join(f"[{self._numbers[quote]}]" for quote in sentence.quotes)
