"""The answerer that needs no model: it quotes the sentences that answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from zeitfrage.assistant.answer import GroundedSentence, Language, Question, Quote, Turn
from zeitfrage.assistant.evidence import Evidence, Vocabulary, gather, regression
from zeitfrage.assistant.question import (
    AnswerKind,
    answer_kind,
    asks_for_present,
    names_nobody,
    standalone,
)
from zeitfrage.assistant.reader import Place, Readings, read
from zeitfrage.index.article import Passage

PASSAGES = 5
_MOST_QUOTES = 3
# Log odds, calibrated on the tuning halves of questions that the reader was not trained on. Across
# languages both opinions are more cautious.
ANSWERS_FROM = {"same": -3.0, "cross": -4.0}
# The words of a question are shared by sentences with any price, so the reader alone decides.
_PRICES_FROM = -1.0
_BELOW_BEST = 3.0
# Log odds of the reader from which on its words are worth emphasising.
_KEY_FROM = -1.0
# What a question about the present takes from the odds of older articles, and at the most.
_LESS_FOR_A_YEAR, _LESS_FOR_AGE = 0.3, 3.5


class ExtractiveAnswerer:
    """Answers with sentences of the articles, word for word."""

    name = "extractive"

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Take what the collection knows of words."""
        self._vocabulary = vocabulary

    def condense(self, question: str, history: Sequence[Turn], language: Language) -> str:  # noqa: ARG002
        """Return a follow-up together with the question that it leans on."""
        return standalone(question, history)

    def answer(self, question: Question, passages: Sequence[Passage]) -> Iterator[GroundedSentence]:
        """Yield up to three sentences, best first; nothing where none is likely to answer."""
        if names_nobody(question.standalone):
            return
        context = question.standalone.removesuffix(question.text)
        passages = passages[:PASSAGES]
        evidence = gather(question.text, question.language, passages, self._vocabulary, context)
        readings = read(question.text, passages)
        ranked = rank(evidence, readings)
        if not ranked or not _is_likely(question, *ranked[0], readings):
            return
        if asks_for_present(question.text):
            ranked = _newer_first(ranked)
        for quote in _chosen(ranked, readings):
            yield GroundedSentence(quote.text + "\n\n", (quote,))


Ranked = list[tuple[float, Evidence]]


def rank(evidence: Sequence[Evidence], readings: Readings) -> Ranked:
    """Return the evidence with its log odds of answering, best first.

    Args:
        evidence: sentences with what speaks for them.
        readings: what the reader makes of the same sentences; both count alike.
    """
    scored = [
        (regression(_languages(item)).log_odds(item.features) + readings[_place(item)].odds, item)
        for item in evidence
    ]
    return sorted(scored, key=lambda pair: -pair[0])


def _newer_first(ranked: Ranked) -> Ranked:
    """Weigh evidence by how much older it is than the newest; undated evidence as if new."""
    days = [
        e.quote.article.published.first if e.quote.article.published else None for _, e in ranked
    ]
    newest = max((day for day in days if day), default=None)
    weighed = [
        (odds - (_cost_of_age((newest - day).days) if newest and day else 0.0), evidence)
        for (odds, evidence), day in zip(ranked, days, strict=True)
    ]
    return sorted(weighed, key=lambda pair: -pair[0])


def _cost_of_age(days: int) -> float:
    return min(_LESS_FOR_AGE, _LESS_FOR_A_YEAR * days / 365)


def _place(evidence: Evidence) -> Place:
    return evidence.quote.article.id, evidence.quote.start


def _is_likely(question: Question, odds: float, best: Evidence, readings: Readings) -> bool:
    if answer_kind(question.text) is AnswerKind.AMOUNT:
        return readings[_place(best)].odds >= _PRICES_FROM
    return odds >= ANSWERS_FROM[_languages(best)]


def _languages(evidence: Evidence) -> str:
    return "same" if evidence.same_language else "cross"


def _chosen(ranked: Ranked, readings: Readings) -> list[Quote]:
    """Return the best sentence and others nearly as good that say something else.

    A sentence that leans on the one before is quoted with it, unless that one is quoted already.
    """
    best = ranked[0][0]
    chosen: list[Quote] = []
    for odds, evidence in ranked:
        if odds < best - _BELOW_BEST or len(chosen) == _MOST_QUOTES:
            break
        reading = readings[_place(evidence)]
        key = reading.words if reading.odds >= _KEY_FROM else None
        quote = replace(evidence.quote, key=key)
        with_context = replace(quote, start=evidence.told_from)
        if not any(_overlap(quote, other) or quote.text == other.text for other in chosen):
            alone = any(_overlap(with_context, other) for other in chosen)
            chosen.append(quote if alone else with_context)
    return chosen


def _overlap(a: Quote, b: Quote) -> bool:
    return a.article.id == b.article.id and a.start < b.end and b.start < a.end
