"""A conversation in the chat: what was asked, and how far its answers have got."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from zeitfrage.assistant.answer import Answer, Language, Turn
from zeitfrage.assistant.assistant import Assistant
from zeitfrage.config.errors import ZeitfrageError
from zeitfrage.config.texts import say
from zeitfrage.index.article import Filters, PartialDate
from zeitfrage.index.dates import parse_date


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question with its answer, as far as it has got.

    Args:
        question: as it was asked.
        text: what was written so far.
        answer: the whole answer, None until it is done.
        problem: why there is none, for the reader to mend; else empty.
        stopped: whether the reader stopped it.
    """

    question: str
    text: str = ""
    answer: Answer | None = None
    problem: str = ""
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Conversation:
    """The exchanges with one reader, oldest first."""

    exchanges: tuple[Exchange, ...] = ()

    @property
    def history(self) -> tuple[Turn, ...]:
        """The answered questions, which a follow-up may lean on."""
        return tuple(Turn(e.question, e.answer.text) for e in self.exchanges if e.answer)

    def stop(self) -> Conversation:
        """Return the conversation with an unfinished answer left as it is."""
        *earlier, last = self.exchanges or (None,)
        if last is None or last.answer or last.problem:
            return self
        return Conversation((*earlier, replace(last, stopped=True)))


def converse(
    assistant: Assistant,
    conversation: Conversation,
    question: str,
    period: tuple[str, str],
    language: Language,
    timely: bool = True,
) -> Iterator[Conversation]:
    """Ask a question and yield the conversation each time that its answer grows.

    Args:
        assistant: answers.
        conversation: what was said before.
        question: as it was typed; where it is blank, nothing happens.
        period: first and last publication date as they were typed, either may be blank.
        language: of the interface, for what is wrong with the input.
        timely: whether a period that the question names is heeded.
    """
    exchange = Exchange(question.strip())
    if not exchange.question:
        return
    earlier = conversation.stop().exchanges
    yield Conversation((*earlier, exchange))
    try:
        filters = period_filter(*period, language)
        asked = (exchange.question, conversation.history, filters)
        for piece in assistant.stream(*asked, timely=timely):
            if isinstance(piece, Answer):
                exchange = replace(exchange, answer=piece)
            else:
                exchange = replace(exchange, text=exchange.text + piece)
            yield Conversation((*earlier, exchange))
    except ZeitfrageError as error:
        yield Conversation((*earlier, replace(exchange, problem=str(error))))


def period_filter(since: str, until: str, language: Language) -> Filters:
    """Return the filter for two dates as they were typed: `2018`, `Februar 2018`, `15.2.2018`.

    Raises:
        ZeitfrageError: one of them is no date, or they are in the wrong order.
    """
    first, last = _date(since, language), _date(until, language)
    filters = Filters(since=first.first if first else None, until=last.last if last else None)
    if filters.since and filters.until and filters.since > filters.until:
        raise ZeitfrageError(say(language, "chat.period_backwards"))
    return filters


def _date(typed: str, language: Language) -> PartialDate | None:
    if not typed.strip():
        return None
    date = parse_date(typed)
    if date is None:
        raise ZeitfrageError(
            say(language, "chat.no_date", typed=typed.strip()), say(language, "chat.date_forms")
        )
    return date


def interface_language(setting: Literal["auto", "de", "en"], accepted: str) -> Language:
    """Return the language to speak to a reader in.

    Args:
        setting: `de` or `en`; `auto` follows the browser.
        accepted: the browser's Accept-Language header; blank where it has none.
    """
    if setting != "auto":
        return setting
    weighted: list[tuple[float, Language]] = []
    for part in accepted.lower().split(","):
        tag, _, weight = part.strip().partition(";q=")
        if tag.startswith("de"):
            weighted.append((_weight(weight), "de"))
        elif tag.startswith("en"):
            weighted.append((_weight(weight), "en"))
    languages = [language for _, language in sorted(weighted, key=lambda pair: -pair[0])]
    return languages[0] if languages else "en"


def _weight(written: str) -> float:
    try:
        return float(written or 1)
    except ValueError:
        return 0.0
