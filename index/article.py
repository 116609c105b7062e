"""The values that travel from a file to a search result."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Precision(StrEnum):
    """How exactly a date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """A date known to the day, the month or the year (ISO 8601 reduced precision).

    Args:
        first: the first day of the period that is meant.
        precision: how exactly the date is known.
    """

    first: date
    precision: Precision = Precision.DAY

    @classmethod
    def parse(cls, iso: str) -> PartialDate:
        """Read `2018`, `2018-02` or `2018-02-15`; raises ValueError for anything else."""
        year, *rest = (int(part) for part in iso.split("-"))
        if len(rest) > 2:
            raise ValueError(f"{iso!r} is not a date of the form YYYY, YYYY-MM or YYYY-MM-DD")
        precision = (Precision.YEAR, Precision.MONTH, Precision.DAY)[len(rest)]
        month, day = (*rest, 1, 1)[:2]
        return cls(date(year, month, day), precision)

    @property
    def last(self) -> date:
        """The last day of the period that is meant."""
        if self.precision is Precision.DAY:
            return self.first
        month = 12 if self.precision is Precision.YEAR else self.first.month
        return self.first.replace(month=month, day=calendar.monthrange(self.first.year, month)[1])

    def __str__(self) -> str:
        """The ISO form at this precision: `2018`, `2018-02` or `2018-02-15`."""
        length = {Precision.YEAR: 4, Precision.MONTH: 7, Precision.DAY: 10}
        return self.first.isoformat()[: length[self.precision]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A news article as it is stored; every character span counts code points of `text`.

    Args:
        id: the source's own id, or one derived from URL or file path; unique in a collection.
        title: the headline, or one made from the first sentence.
        text: the body as plain text, NFC, paragraphs separated by an empty line; never empty.
        published: when it appeared, as exactly as the source says.
        updated: when the source last changed it.
        source: the paper or site that published it.
        agency: the news agency that it comes from (`dpa`, `AFP` …).
        byline: the authors as printed, without agency.
        dateline: the place that the text opens with.
        section: the paper's section or category.
        language: ISO 639-1 code.
        url: where it was published.
        keywords: subject codes and keywords, separated by commas.
        urgency: IPTC's editorial urgency, from 1 (most) to 8, 9 by user's definition.
        embargoed_until: may not be shown before this time, with its zone.
        correction: the note in the text that says what was corrected, word for word.
        revision: the source's own number of this version, where it counts them.
        version: counts the changes seen under this id, from 1.
    """

    id: str
    title: str
    text: str
    published: PartialDate | None = None
    updated: PartialDate | None = None
    source: str | None = None
    agency: str | None = None
    byline: str | None = None
    dateline: str | None = None
    section: str | None = None
    language: str = "de"
    url: str | None = None
    keywords: str | None = None
    urgency: int | None = None
    embargoed_until: datetime | None = None
    correction: str | None = None
    revision: int | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of an article small enough to embed.

    Args:
        article_id: the article that it was cut from.
        position: counts the article's chunks from 0.
        start: first character in the article's text.
        end: one past the last character.
        text: `article.text[start:end]`.
    """

    article_id: str
    position: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Filters:
    """What articles may answer; None lets everything through.

    Args:
        since: earliest publication day, inclusive.
        until: latest publication day, inclusive.
        source: the article's source, exactly.
        section: the article's section, exactly.
        language: ISO 639-1 code.
    """

    since: date | None = None
    until: date | None = None
    source: str | None = None
    section: str | None = None
    language: str | None = None

    def __bool__(self) -> bool:
        """Whether anything is filtered at all."""
        return self != Filters()


@dataclass(frozen=True, slots=True)
class PassageSentence:
    """A sentence of a passage.

    Args:
        start: first character in the article's text.
        end: one past the last character.
        similarity: cosine of the question and the sentence as it stands in its passage, in [-1, 1].
    """

    start: int
    end: int
    similarity: float


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk found for a question.

    Args:
        article: the article that holds it.
        chunk: the piece that was found.
        score: the fused score that ranks passages of one search; higher is better, no unit.
        dense: cosine similarity of question and chunk in [-1, 1].
        lexical: BM25 score, at least 0; 0 where no term matched.
        sentences: the chunk's sentences in order.
        copies: the other articles that are copies of this one, the first to cite first.
    """

    article: Article
    chunk: Chunk
    score: float
    dense: float
    lexical: float
    sentences: tuple[PassageSentence, ...] = ()
    copies: tuple[Article, ...] = ()
