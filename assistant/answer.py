"""The values that travel from a question to what is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal, Protocol

from zeitfrage.index.article import Article, Filters, PartialDate, Passage
from zeitfrage.index.copies import Wording, independent_sources
from zeitfrage.index.period import Period

Language = Literal["de", "en"]


class Abstention(StrEnum):
    """Why no answer is given."""

    EMPTY_COLLECTION = "empty_collection"
    NOTHING_FOUND = "nothing_found"
    NOT_SUPPORTED = "not_supported"


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a conversation."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question as the answerers need it.

    Args:
        text: as it was asked.
        standalone: the same without need of the earlier turns.
        language: the language to answer in.
        as_of: the day from which "heute" or "latest" count.
        filters: which articles may answer.
        period: the days that it asks about, None where it does not say.
    """

    text: str
    standalone: str
    language: Language
    as_of: date
    filters: Filters = Filters()
    period: Period | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of an article: `article.text[start:end]`, half-open, in code points.

    Args:
        key: those characters of the article among them that answer by themselves, half-open;
            None where that is not known.
    """

    article: Article
    start: int
    end: int
    key: tuple[int, int] | None = field(default=None, compare=False)

    @property
    def text(self) -> str:
        """The very words."""
        return self.article.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class GroundedSentence:
    """One sentence of an answer with the words that prove it.

    Args:
        text: the sentence without markers, ending in the white space that separates it
            from the next one.
        quotes: its proof, best first; empty where nothing supports it.
    """

    text: str
    quotes: tuple[Quote, ...]


class Answerer(Protocol):
    """Writes an answer from passages."""

    @property
    def name(self) -> str:
        """What is shown as the author of the answer, such as `extractive` or `ollama:qwen3:8b`."""
        ...

    def condense(self, question: str, history: Sequence[Turn], language: Language) -> str:
        """Return a follow-up question in a form that needs no earlier turns."""
        ...

    def answer(self, question: Question, passages: Sequence[Passage]) -> Iterator[GroundedSentence]:
        """Yield the answer sentence by sentence; nothing where the passages do not hold it."""
        ...


@dataclass(frozen=True, slots=True)
class Citation:
    """The proof behind a marker `[n]` of an answer.

    Args:
        number: the n that the answer's text shows; citations are numbered from 1.
        source: the quoted words and their article.
        copies: the articles that are copies of the cited one.
    """

    number: int
    source: Quote
    copies: tuple[Article, ...] = ()

    @property
    def article(self) -> Article:
        """The article that is cited."""
        return self.source.article

    @property
    def quote(self) -> str:
        """The very words of the article."""
        return self.source.text

    @property
    def also_in(self) -> tuple[Article, ...]:
        """The copies that have the quoted words too, lightly edited or not."""
        return tuple(copy for copy in self.copies if Wording(copy.text).says(self.quote))


@dataclass(frozen=True, slots=True)
class Timings:
    """How long an answer took, in milliseconds."""

    retrieval_ms: float
    answer_ms: float

    @property
    def total_ms(self) -> float:
        """Both together."""
        return self.retrieval_ms + self.answer_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the assistant says to a question.

    Args:
        question: the question as it was understood.
        text: the answer with [n] markers, or the sentence that says why there is none.
        citations: in the order of their numbers; every marker in `text` has one.
        abstention: why there is no answer, or None where there is one.
        passages: what was looked at, best first.
        answerer: who wrote it.
        timings: how long it took.
    """

    question: Question
    text: str
    citations: tuple[Citation, ...]
    abstention: Abstention | None
    passages: tuple[Passage, ...]
    answerer: str
    timings: Timings

    @property
    def abstained(self) -> bool:
        """Whether there is no answer."""
        return self.abstention is not None

    @property
    def stand(self) -> PartialDate | None:
        """The date of the newest cited article, None where none is cited or dated."""
        dates = [c.article.published for c in self.citations if c.article.published]
        return max(dates, default=None)

    @property
    def independent_sources(self) -> int:
        """From how many sources it is that do not lean on one another; copies count once."""
        return independent_sources([(c.article, *c.copies) for c in self.citations])

    def __str__(self) -> str:
        """The text with its numbered sources below."""
        sources = (
            f"[{c.number}] {c.article.title} ({c.article.published or '–'}, "
            f"{c.article.source or '–'}): {c.quote}"
            for c in self.citations
        )
        return "\n".join((self.text, *sources))
