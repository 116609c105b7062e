"""The front door: a question in, a cited answer out."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType

from langchain_core.runnables import Runnable, RunnableGenerator, RunnableLambda

from zeitfrage.assistant.answer import (
    Abstention,
    Answer,
    Answerer,
    Question,
    Timings,
    Turn,
)
from zeitfrage.assistant.asked_period import asked_period
from zeitfrage.assistant.citing import Citing
from zeitfrage.assistant.extractive import ExtractiveAnswerer
from zeitfrage.assistant.leaving import leavable
from zeitfrage.assistant.question import question_language
from zeitfrage.config import Settings, load_settings
from zeitfrage.config.texts import say
from zeitfrage.index.article import Filters, Passage
from zeitfrage.index.collection import Collection


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a caller asks, before it is understood."""

    text: str
    history: Sequence[Turn]
    filters: Filters
    as_of: date
    timely: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """A question with the passages found for it, and how long that took."""

    question: Question
    passages: Sequence[Passage]
    milliseconds: float


class Assistant:
    """Answers questions from one collection; safe to share between threads."""

    def __init__(self, collection: Collection, answerer: Answerer, settings: Settings) -> None:
        """Use `Assistant.open`, or bring an answerer of your own.

        Args:
            collection: is closed with the assistant.
            answerer: writes the answers.
            settings: how many passages a question looks at, and how recency counts.
        """
        self.collection = collection
        self._answerer = answerer
        self._settings = settings
        self._chain: Runnable[_Asked, str | Answer] = (
            RunnableLambda(self._understand)
            | RunnableLambda(self._retrieve)
            | RunnableGenerator(self._write)
        )

    @classmethod
    def open(cls, folder: Path | None = None, settings: Settings | None = None) -> Assistant:
        """Open the collection in a folder (default: the settings' data folder).

        Raises:
            ZeitfrageError: the collection or the configured LLM cannot be opened.
        """
        settings = settings or load_settings()
        collection = Collection.open(folder or settings.data_folder, settings)
        try:
            return cls(collection, _answerer(settings, collection), settings)
        except BaseException:
            collection.close()
            raise

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        as_of: date | None = None,
        timely: bool = True,
    ) -> Answer:
        """Answer a question from the articles, or say that they do not hold the answer.

        Args:
            question: in any language.
            history: earlier turns, oldest first.
            filters: which articles may answer.
            as_of: the day that counts as today; None for today.
            timely: whether a period that the question names ("im Februar 2018") is heeded.

        Raises:
            ModelUnavailable: the configured LLM does not answer.
        """
        return _last(self.stream(question, history, filters, as_of, timely))

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        as_of: date | None = None,
        timely: bool = True,
    ) -> Iterator[str | Answer]:
        """Yield the answer's text in pieces as it is written, then the whole Answer.

        The pieces joined are the Answer's text, so what was shown never changes. Closing the
        stream before its end stops the answer, and takes no time.

        Raises:
            ModelUnavailable: the configured LLM does not answer.
        """
        today = as_of or datetime.now(UTC).astimezone().date()
        asked = _Asked(question, tuple(history), filters, today, timely)
        return leavable(self._chain.stream(asked))

    def search(self, question: Question, limit: int | None = None) -> list[Passage]:
        """Return the passages for a question, best first.

        Args:
            question: as it was understood.
            limit: at most this many; None for as many as an answer looks at.
        """
        return self.collection.search(
            question.standalone,
            limit or self._settings.passages,
            question.filters,
            self._settings.recency,
            question.period,
        )

    def answer_from(self, question: Question, passages: Sequence[Passage]) -> Answer:
        """Answer a question from some passages and no others.

        Raises:
            ModelUnavailable: the configured LLM does not answer.
        """
        return _last(self._answer(_Found(question, passages, 0.0)))

    def close(self) -> None:
        """Let go of the collection; closing twice does nothing."""
        self.collection.close()

    def __enter__(self) -> Assistant:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # --- the chain --------------------------------------------------------------------------

    def _understand(self, asked: _Asked) -> Question:
        language = question_language(asked.text)
        standalone = self._answerer.condense(asked.text, asked.history, language)
        # A follow-up keeps the period of what it leans on, unless it names another: "und 2011?"
        wordings = dict.fromkeys((asked.text, standalone))
        periods = (asked_period(wording, asked.as_of) for wording in wordings)
        return Question(
            text=asked.text,
            standalone=standalone,
            language=language,
            as_of=asked.as_of,
            filters=asked.filters,
            period=next(filter(None, periods), None) if asked.timely else None,
        )

    def _retrieve(self, question: Question) -> _Found:
        started = time.perf_counter()
        passages = self.search(question)
        return _Found(question, passages, 1000 * (time.perf_counter() - started))

    def _write(self, founds: Iterator[_Found]) -> Iterator[str | Answer]:
        for found in founds:
            yield from self._answer(found)

    def _answer(self, found: _Found) -> Iterator[str | Answer]:
        question, started = found.question, time.perf_counter()
        citing = Citing(question.language, found.passages)
        if found.passages:
            for sentence in self._answerer.answer(question, found.passages):
                yield from citing.add(sentence)
        abstention = None if citing.supported else self._why_none(found)
        text = citing.text
        if abstention:
            text = say(question.language, f"answer.{abstention}")
            yield text
        yield Answer(
            question=question,
            text=text,
            citations=citing.citations if not abstention else (),
            abstention=abstention,
            passages=tuple(found.passages),
            answerer=self._answerer.name,
            timings=Timings(found.milliseconds, 1000 * (time.perf_counter() - started)),
        )

    def _why_none(self, found: _Found) -> Abstention:
        if found.passages:
            return Abstention.NOT_SUPPORTED
        if self.collection.count():
            return Abstention.NOTHING_FOUND
        return Abstention.EMPTY_COLLECTION


def _last(stream: Iterator[str | Answer]) -> Answer:
    *_, answer = stream
    if not isinstance(answer, Answer):
        raise TypeError("the last item of a stream is the Answer")
    return answer


def _answerer(settings: Settings, collection: Collection) -> Answerer:
    if settings.llm is None:
        return ExtractiveAnswerer(collection)
    from zeitfrage.assistant.chain import LlmAnswerer
    from zeitfrage.assistant.llm import open_chat_model

    return LlmAnswerer(open_chat_model(settings), settings.llm)
