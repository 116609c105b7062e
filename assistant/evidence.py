"""How well a sentence of a passage answers a question, as numbers and as a probability.

The numbers are weighed by logistic regressions whose weights stand in `evidence.json`, made by
`tests/benchmarks/train_evidence.py`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from zeitfrage.assistant.answer import Quote
from zeitfrage.assistant.question import AnswerKind, answer_kind, shows_kind
from zeitfrage.index.analysis import analyse, content_words
from zeitfrage.index.article import Passage

Rarity = Callable[[Iterable[str]], dict[str, float]]
Features = npt.NDArray[np.float64]

FEATURES = (
    "similarity",
    "similarity_to_passage_mean",
    "passage_similarity",
    "passage_lexical",
    "coverage",
    "coverage_with_previous",
    "coverage_with_next",
    "coverage_passage",
    "coverage_article",
    "kind_shown",
    "kind_missing",
    "new_terms",
    "log_length",
    "first",
    "best_passage",
    "score_gap",
    "is_question",
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence that may answer.

    Args:
        quote: the sentence.
        same_language: whether question and article share their language.
        features: shape (len(FEATURES),).
    """

    quote: Quote
    same_language: bool
    features: Features


@dataclass(frozen=True, slots=True)
class Regression:
    """A logistic regression.

    Source: Cox, "The regression analysis of binary sequences" (1958).
    """

    weights: Features
    bias: float

    def probability(self, features: Features) -> float:
        """Return a probability in (0, 1)."""
        return 1 / (1 + math.exp(-float(self.weights @ features) - self.bias))


@cache
def regression(name: str) -> Regression:
    """Return the trained weights for `answers` or `supported`, `_same` or `_cross` language."""
    path = Path(__file__).with_name("evidence.json")
    weights = json.loads(path.read_text(encoding="utf-8"))[name]
    return Regression(np.array(weights["weights"]), float(weights["bias"]))


def gather(
    question: str, language: str, passages: Sequence[Passage], rarity: Rarity
) -> list[Evidence]:
    """Return every sentence of the passages with the numbers that speak for or against it.

    Args:
        question: in stand-alone form.
        language: that it is asked in.
        passages: best first.
        rarity: the inverse document frequency of terms.
    """
    kind = answer_kind(question)
    best = max((passage.score for passage in passages), default=0.0)
    evidence: list[Evidence] = []
    for passage in passages:
        terms = _terms(question, language, passage.article.language)
        weights = rarity(terms)
        reading = _Reading(passage, question, kind, weights, best)
        same = passage.article.language == language
        for number, sentence in enumerate(passage.sentences):
            quote = Quote(passage.article, sentence.start, sentence.end)
            evidence.append(Evidence(quote, same, reading.features(number)))
    return evidence


def _terms(question: str, asked_in: str, written_in: str) -> list[str]:
    """Return the question's terms; across languages only names and numbers, which carry over."""
    if asked_in != written_in:
        words = content_words(question)
        question = " ".join(word for word in words if word[0].isupper() or word[0].isdigit())
    return list(dict.fromkeys(analyse(question, written_in)))


class _Reading:
    """One passage, read with a question in mind."""

    def __init__(
        self,
        passage: Passage,
        question: str,
        kind: AnswerKind,
        weights: dict[str, float],
        best_score: float,
    ) -> None:
        self._passage = passage
        self._question = question
        self._kind = kind
        self._weights = weights
        self._total = sum(weights.values()) + 1e-9
        self._best_score = best_score
        article = passage.article
        self._sentences = [article.text[s.start : s.end] for s in passage.sentences]
        self._terms = [set(analyse(text, article.language)) for text in self._sentences]
        self._passage_terms: set[str] = set().union(*self._terms)
        context = f"{article.title} {article.dateline or ''} {article.section or ''}"
        self._article_terms = self._passage_terms | set(analyse(context, article.language))
        similarities = [sentence.similarity for sentence in passage.sentences]
        self._mean_similarity = sum(similarities) / max(1, len(similarities))

    def _coverage(self, terms: set[str]) -> float:
        """Return the share of the question's terms, weighed by rarity, in [0, 1]."""
        return sum(weight for term, weight in self._weights.items() if term in terms) / self._total

    def features(self, number: int) -> Features:
        """Return the numbers for one sentence, in the order of FEATURES."""
        passage, terms, text = self._passage, self._terms[number], self._sentences[number]
        previous = self._terms[number - 1] if number else set()
        following = self._terms[number + 1] if number + 1 < len(self._terms) else set()
        similarity = passage.sentences[number].similarity
        shown = shows_kind(self._kind, text, self._question)
        asked = self._kind is not AnswerKind.OTHER
        gap = passage.score - self._best_score
        return np.array(
            [
                similarity,
                similarity - self._mean_similarity,
                passage.dense,
                passage.lexical / (2.2 * self._total),
                self._coverage(terms),
                self._coverage(terms | previous),
                self._coverage(terms | following),
                self._coverage(self._passage_terms),
                self._coverage(self._article_terms),
                float(shown),
                float(asked and not shown),
                min(len(terms - self._weights.keys()), 15) / 15,
                math.log(len(text)),
                float(number == 0 and passage.chunk.position == 0),
                float(gap == 0),
                gap,
                float(text.endswith("?")),
            ]
        )
