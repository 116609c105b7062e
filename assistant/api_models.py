"""The JSON that the API, the command line's --json and the chat's endpoint speak."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from zeitfrage.assistant.answer import Abstention, Answer, Citation, Turn
from zeitfrage.index.article import Article, Filters, PartialDate, Passage
from zeitfrage.index.collection import CollectionStatus

LONGEST_QUESTION = 2000
_EXAMPLE_QUESTION = "Mit wie viel Prozent gewann Swantje Harbeck die Stichwahl in Hohenlürn?"
_EXAMPLE_ANSWER = (
    "In der Stichwahl am Sonntag setzte sich die 46-Jährige mit 53,8 Prozent der Stimmen durch. [1]"
)

QuestionText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_QUESTION),
    Field(description="In any language.", examples=[_EXAMPLE_QUESTION]),
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
                "question": _EXAMPLE_QUESTION,
                "filters": {"since": "2024", "language": "de"},
            }
        }
    )

    question: QuestionText
    history: list[TurnModel] = Field([], max_length=50, description="Earlier turns, oldest first.")
    filters: FiltersModel = FiltersModel()
    as_of: LastDay = Field(None, description="The day that counts as today; default: today.")
    stream: bool = Field(False, description="Send the answer as Server-Sent Events.")


class SearchRequest(Model):
    """A question whose passages are wanted."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"question": _EXAMPLE_QUESTION, "limit": 5}}
    )

    question: QuestionText
    limit: int = Field(8, ge=1, le=100)
    filters: FiltersModel = FiltersModel()
    recency: float | None = Field(
        None, ge=0, le=1, description="How much newer articles are preferred; default: as set."
    )


class ArticleReference(Model):
    """The article that something stands in, and where in its text.

    Spans are half-open and count Unicode code points of the article's text.
    """

    article_id: str = Field(examples=["de-16-stichwahl-harbeck"])
    title: str
    published: IsoDate = Field(
        description="YYYY, YYYY-MM or YYYY-MM-DD: as exactly as it is known.", examples=["2025-03"]
    )
    source: str | None
    agency: str | None = Field(examples=["dpa"])
    url: str | None
    start: int
    end: int


class CitationModel(ArticleReference):
    """The proof behind a marker [n] of an answer."""

    number: int = Field(description="The n of the marker.")
    quote: str = Field(description="The very words of the article, from start to end.")

    @classmethod
    def of(cls, citation: Citation) -> CitationModel:
        """Return a citation as JSON shows it."""
        source = citation.source
        return cls(
            number=citation.number,
            quote=citation.quote,
            **_reference(source.article, source.start, source.end),
        )


class PassageModel(ArticleReference):
    """A piece of an article found for a question."""

    text: str
    score: float = Field(description="Ranks the passages of one search; higher is better.")
    dense: float = Field(description="Cosine similarity with the question, in [-1, 1].")
    lexical: float = Field(description="BM25 score; 0 where no term matched.")

    @classmethod
    def of(cls, passage: Passage) -> PassageModel:
        """Return a passage as JSON shows it."""
        return cls(
            text=passage.chunk.text,
            score=passage.score,
            dense=passage.dense,
            lexical=passage.lexical,
            **_reference(passage.article, passage.chunk.start, passage.chunk.end),
        )


class TimingsModel(Model):
    """How long an answer took, in milliseconds."""

    retrieval_ms: float
    answer_ms: float
    total_ms: float


class AnswerModel(Model):
    """An answer with its proof, or the reason why there is none."""

    question: str = Field(examples=[_EXAMPLE_QUESTION])
    standalone_question: str = Field(description="The same without need of the earlier turns.")
    language: str = Field(description="The language answered in.", examples=["de"])
    as_of: date = Field(description="The day that counted as today.")
    text: str = Field(description="With markers [n].", examples=[_EXAMPLE_ANSWER])
    abstained: bool = Field(description="Whether the articles do not hold the answer.")
    reason: Abstention | None = Field(description="Why there is no answer.")
    citations: list[CitationModel]
    passages: list[PassageModel] = Field(description="What was looked at, best first.")
    stand: IsoDate = Field(description="The date of the newest cited article.")
    answerer: str = Field(description="Who wrote it.", examples=["extractive", "ollama:qwen3:8b"])
    timings: TimingsModel

    @classmethod
    def of(cls, answer: Answer) -> AnswerModel:
        """Return an answer as JSON shows it."""
        return cls(
            question=answer.question.text,
            standalone_question=answer.question.standalone,
            language=answer.question.language,
            as_of=answer.question.as_of,
            text=answer.text,
            abstained=answer.abstained,
            reason=answer.abstention,
            citations=[CitationModel.of(citation) for citation in answer.citations],
            passages=[PassageModel.of(passage) for passage in answer.passages],
            stand=answer.stand,
            answerer=answer.answerer,
            timings=TimingsModel.model_validate(answer.timings, from_attributes=True),
        )


class SearchResponse(Model):
    """The passages found, best first."""

    passages: list[PassageModel]


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


class StatusModel(Model):
    """What the collection holds."""

    folder: Path
    articles: int
    chunks: int
    oldest: IsoDate
    newest: IsoDate
    sources: list[str]
    embedding_model: str

    @classmethod
    def of(cls, status: CollectionStatus) -> StatusModel:
        """Return a status as JSON shows it."""
        return cls.model_validate(status, from_attributes=True)


class Health(Model):
    """A sign of life."""

    status: str = Field("ok", examples=["ok"])
    articles: int
    version: str = Field(examples=["0.1.0"])


def _reference(article: Article, start: int, end: int) -> dict[str, Any]:
    return {
        "article_id": article.id,
        "title": article.title,
        "published": article.published,
        "source": article.source,
        "agency": article.agency,
        "url": article.url,
        "start": start,
        "end": end,
    }
