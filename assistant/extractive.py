"""The answerer that needs no model: it quotes the sentences that answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from zeitfrage.assistant.answer import GroundedSentence, Language, Question, Turn
from zeitfrage.assistant.evidence import Evidence, Vocabulary, gather, regression
from zeitfrage.assistant.question import AnswerKind, answer_kind, standalone
from zeitfrage.index.article import Passage

PASSAGES = 5
_MOST_QUOTES = 3
# Both calibrated on the tuning halves by tests/benchmarks/train_evidence.py.
SUPPORTED_AT_LEAST = {"same": 0.10, "cross": 0.06}
# A wrong price does more harm than none.
_SUPPORT_OF_PRICES = 2.0
_SHARE_OF_BEST = 0.5


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
        context = question.standalone.removesuffix(question.text)
        evidence = gather(
            question.text, question.language, passages[:PASSAGES], self._vocabulary, context
        )
        ranked = rank(evidence)
        if not ranked or support(ranked) < _support_needed(question, ranked[0][1]):
            return
        for found in _chosen(ranked):
            yield GroundedSentence(found.quote.text + "\n\n", (found.quote,))


Ranked = list[tuple[float, Evidence]]


def rank(evidence: Sequence[Evidence]) -> Ranked:
    """Return the evidence with its probability of answering, best first."""
    scored = [
        (regression(f"answers_{_languages(item)}").probability(item.features), item)
        for item in evidence
    ]
    return sorted(scored, key=lambda pair: -pair[0])


def support(ranked: Ranked) -> float:
    """Return the probability that the passages hold an answer at all, in (0, 1).

    Args:
        ranked: evidence with its probabilities, best first; not empty.
    """
    model = regression(f"supported_{_languages(ranked[0][1])}")
    return model.probability(support_features(ranked))


def support_features(ranked: Ranked) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the best sentence's features, then the log odds of the best and of the second."""
    odds = [np.log(p / (1 - p)) for p, _ in ranked[:2]]
    return np.array([*ranked[0][1].features, odds[0], odds[-1]])


def _support_needed(question: Question, best: Evidence) -> float:
    price = answer_kind(question.text) is AnswerKind.AMOUNT
    return SUPPORTED_AT_LEAST[_languages(best)] * (_SUPPORT_OF_PRICES if price else 1)


def _languages(evidence: Evidence) -> str:
    return "same" if evidence.same_language else "cross"


def _chosen(ranked: Ranked) -> list[Evidence]:
    """Return the best sentence and others nearly as good that say something else."""
    best = ranked[0][0]
    chosen: list[Evidence] = []
    for probability, evidence in ranked:
        new = all(evidence.quote.text != other.quote.text for other in chosen)
        if new and probability >= _SHARE_OF_BEST * best and len(chosen) < _MOST_QUOTES:
            chosen.append(evidence)
    return chosen
