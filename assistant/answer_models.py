"""Answers, passages and what they cite, as JSON shows them."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import Field

from zeitfrage.assistant.answer import Abstention, Answer, Citation
from zeitfrage.assistant.api_models import EXAMPLE_QUESTION, IsoDate, Model
from zeitfrage.index.article import Article, Passage
from zeitfrage.index.period import Period

_EXAMPLE_ANSWER = (
    "In der Stichwahl am Sonntag setzte sich die 46-Jährige mit 53,8 Prozent der Stimmen durch. [1]"
)


class ArticleName(Model):
    """An article as a citation names it."""

    article_id: str = Field(examples=["de-16-stichwahl-harbeck"])
    title: str
    published: IsoDate = Field(
        description="YYYY, YYYY-MM or YYYY-MM-DD: as exactly as it is known.", examples=["2025-03"]
    )
    source: str | None
    agency: str | None = Field(examples=["dpa"])
    url: str | None


class CopyModel(ArticleName):
    """Another article that has the quoted words too, lightly edited or not."""

    @classmethod
    def of(cls, article: Article) -> CopyModel:
        """Return a copy as JSON shows it."""
        return cls(**_named(article))


class ArticleReference(ArticleName):
    """The article that something stands in, and where in its text.

    Spans are half-open and count Unicode code points of the article's text.
    """

    start: int
    end: int


class CitationModel(ArticleReference):
    """The proof behind a marker [n] of an answer."""

    number: int = Field(description="The n of the marker.")
    quote: str = Field(description="The very words of the article, from start to end.")
    key_start: int | None = Field(
        description="Where those words of the quote start that answer by themselves, if known."
    )
    key_end: int | None = Field(description="Where they end.")
    also_in: list[CopyModel] = Field(description="Copies of the article that have them too.")

    @classmethod
    def of(cls, citation: Citation) -> CitationModel:
        """Return a citation as JSON shows it."""
        source = citation.source
        key_start, key_end = source.key or (None, None)
        return cls(
            number=citation.number,
            quote=citation.quote,
            key_start=key_start,
            key_end=key_end,
            also_in=[CopyModel.of(article) for article in citation.also_in],
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


class PeriodModel(Model):
    """The days that a question asks about, as it was understood."""

    first: date | None = Field(description="None where it has no beginning: “vor 2015”.")
    last: date | None = Field(description="None where it has no end: “seit Mai 2020”.")
    words: str = Field(description="How the question says it.", examples=["Februar 2018"])
    strict: bool = Field(
        description="Whether articles that cannot be about it are left out; otherwise those that "
        "are about it are preferred."
    )


class TimingsModel(Model):
    """How long an answer took, in milliseconds."""

    retrieval_ms: float
    answer_ms: float
    total_ms: float


class AnswerModel(Model):
    """An answer with its proof, or the reason why there is none."""

    question: str = Field(examples=[EXAMPLE_QUESTION])
    standalone_question: str = Field(description="The same without need of the earlier turns.")
    language: str = Field(description="The language answered in.", examples=["de"])
    as_of: date = Field(description="The day that counted as today.")
    period: PeriodModel | None = Field(
        description="The days that the question asks about; null where it does not say."
    )
    text: str = Field(description="With markers [n].", examples=[_EXAMPLE_ANSWER])
    abstained: bool = Field(description="Whether the articles do not hold the answer.")
    reason: Abstention | None = Field(description="Why there is no answer.")
    citations: list[CitationModel]
    passages: list[PassageModel] = Field(description="What was looked at, best first.")
    stand: IsoDate = Field(description="The date of the newest cited article.")
    independent_sources: int = Field(
        description="How many sources it is from that do not lean on one another: copies of a "
        "report count once, and so do reports of one agency or paper."
    )
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
            period=_period(answer.question.period),
            text=answer.text,
            abstained=answer.abstained,
            reason=answer.abstention,
            citations=[CitationModel.of(citation) for citation in answer.citations],
            passages=[PassageModel.of(passage) for passage in answer.passages],
            stand=answer.stand,
            independent_sources=answer.independent_sources,
            answerer=answer.answerer,
            timings=TimingsModel.model_validate(answer.timings, from_attributes=True),
        )


class SearchResponse(Model):
    """The passages found, best first."""

    passages: list[PassageModel]


def _period(period: Period | None) -> PeriodModel | None:
    return (
        PeriodModel.model_validate(period, from_attributes=True, extra="ignore") if period else None
    )


def _reference(article: Article, start: int, end: int) -> dict[str, Any]:
    return _named(article) | {"start": start, "end": end}


def _named(article: Article) -> dict[str, Any]:
    names = ("title", "published", "source", "agency", "url")
    return {"article_id": article.id} | {name: getattr(article, name) for name in names}
