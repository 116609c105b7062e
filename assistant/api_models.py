"""The JSON that the API, the command line's --json and the chat's endpoint speak.

Answers and what they cite are in `answer_models.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from zeitfrage.assistant.answer import Turn
from zeitfrage.index.article import Article, Filters, PartialDate
from zeitfrage.index.collection import CollectionStatus

T = TypeVar("T")

LONGEST_QUESTION = 2000
EXAMPLE_QUESTION = "Mit wie viel Prozent gewann Swantje Harbeck die Stichwahl in Hohenlürn?"

QuestionText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_QUESTION),
    Field(description="In any language.", examples=[EXAMPLE_QUESTION]),
]


def _period(value: object) -> PartialDate | None:
    if value is None or value == "":
        return None
    try:
        return PartialDate.parse(str(value))
    except ValueError as error:
        raise ValueError("a date is written YYYY, YYYY-MM or YYYY-MM-DD") from error


def _first_day(value: object) -> date | None:
    period = _period(value)
    return None if period is None else period.first


def _last_day(value: object) -> date | None:
    period = _period(value)
    return None if period is None else period.last


def _date_schema(description: str) -> WithJsonSchema:
    return WithJsonSchema(
        {
            "type": "string",
            "description": f"{description}: YYYY, YYYY-MM or YYYY-MM-DD.",
            "examples": ["2025-03"],
        }
    )


FirstDay = Annotated[
    date | None, BeforeValidator(_first_day), _date_schema("From the first day of this on")
]
LastDay = Annotated[
    date | None, BeforeValidator(_last_day), _date_schema("Up to the last day of this")
]


def _iso(value: object) -> str | None:
    return None if value is None else str(value)


IsoDate = Annotated[str | None, BeforeValidator(_iso)]


class Model(BaseModel):
    """What all of these share: unknown fields are refused, so that a typing error shows."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FiltersModel(Model):
    """Which articles may answer; what is left out lets everything through."""

    since: FirstDay = None
    until: LastDay = None
    source: str | None = Field(None, max_length=500, description="The source, exactly.")
    section: str | None = Field(None, max_length=500, description="The section, exactly.")
    language: str | None = Field(None, max_length=20, description="ISO 639-1.", examples=["de"])

    def filters(self) -> Filters:
        """Return them as the collection takes them."""
        return Filters(self.since, self.until, self.source, self.section, self.language)


class TurnModel(Model):
    """One earlier exchange of a conversation."""

    question: str = Field(max_length=LONGEST_QUESTION)
    answer: str = Field(max_length=50_000)

    def turn(self) -> Turn:
        """Return it as the assistant takes it."""
        return Turn(self.question, self.answer)


class AnswerRequest(Model):
    """A question to be answered."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "question": EXAMPLE_QUESTION,
                "filters": {"since": "2024", "language": "de"},
            }
        }
    )

    question: QuestionText
    history: list[TurnModel] = Field([], max_length=50, description="Earlier turns, oldest first.")
    filters: FiltersModel = FiltersModel()
    as_of: LastDay = Field(None, description="The day that counts as today; default: today.")
    timely: bool = Field(
        True, description="Heed a period that the question names, such as “im Februar 2018”."
    )
    stream: bool = Field(False, description="Send the answer as Server-Sent Events.")


class SearchRequest(Model):
    """A question whose passages are wanted."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"question": EXAMPLE_QUESTION, "limit": 5}}
    )

    question: QuestionText
    limit: int = Field(8, ge=1, le=100)
    filters: FiltersModel = FiltersModel()
    recency: float | None = Field(
        None, ge=0, le=1, description="How much newer articles are preferred; default: as set."
    )


class ArticleSummary(Model):
    """An article without its text."""

    id: str = Field(examples=["de-16-stichwahl-harbeck"])
    title: str
    published: IsoDate = Field(examples=["2025-03", "2025-03-16"])
    updated: IsoDate
    source: str | None
    agency: str | None = Field(examples=["dpa"])
    byline: str | None
    dateline: str | None
    section: str | None
    language: str = Field(examples=["de"])
    url: str | None
    keywords: str | None
    urgency: int | None = Field(description="From 1, most urgent, to 8; 9 is defined by its user.")
    embargoed_until: datetime | None
    correction: str | None = Field(description="The note that says what was corrected, verbatim.")
    revision: int | None = Field(description="The source's own number of this version.")
    version: int = Field(description="Counts the changes seen, from 1.")

    @classmethod
    def of(cls, article: Article) -> Self:
        """Return an article as JSON shows it."""
        return cls.model_validate(article, extra="ignore", from_attributes=True)


class ArticleModel(ArticleSummary):
    """An article as it is stored."""

    text: str = Field(description="The body; paragraphs are separated by an empty line.")


class ArticleList(Model):
    """Some of the articles, newest first."""

    total: int = Field(description="How many pass the filters.")
    articles: list[ArticleSummary]


class Page(Model):
    """Which part of a list is wanted."""

    limit: int = Field(50, ge=1, le=1000)
    offset: int = Field(0, ge=0, le=2**31)

    def of(self, items: Sequence[T]) -> Sequence[T]:
        """Return that part."""
        return items[self.offset : self.offset + self.limit]


class VersionList(Model):
    """Some of the versions of an article, newest first."""

    total: int = Field(description="How many there are.")
    versions: list[ArticleSummary]

    @classmethod
    def of(cls, versions: Sequence[Article], page: Page | None = None) -> VersionList:
        """Return a page of all versions, default: all of them, as JSON shows them."""
        shown = page.of(versions) if page else versions
        listed = [ArticleSummary.of(article) for article in shown]
        return cls(total=len(versions), versions=listed)


class FeedModel(Model):
    """A feed or sitemap, and how asking it went."""

    address: str = Field(examples=["https://www.example.org/feed.xml"])
    succeeded: datetime | None = Field(description="When it could last be read.")
    failed: datetime | None = Field(description="When it last could not be read.")
    failure: str | None = Field(description="Why not, that time.")


class StatusModel(Model):
    """What the collection holds."""

    folder: Path
    articles: int
    chunks: int
    oldest: IsoDate
    newest: IsoDate
    sources: list[str]
    embedding_model: str
    feeds: list[FeedModel]

    @classmethod
    def of(cls, status: CollectionStatus) -> StatusModel:
        """Return a status as JSON shows it."""
        return cls.model_validate(status, from_attributes=True)


class Health(Model):
    """A sign of life."""

    status: str = Field("ok", examples=["ok"])
    articles: int
    version: str = Field(examples=["0.1.0"])
