"""How well a sentence of a passage answers a question, as numbers and as log odds.

The numbers are weighed by logistic regressions whose weights stand in `evidence.json`, made by
`tests/benchmarks/train_evidence.py`; `reader.py` has its own opinion, and both are added up.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from zeitfrage.assistant.answer import Quote
from zeitfrage.assistant.question import AnswerKind, answer_kind, shows_kind
from zeitfrage.index.analysis import analyse, content_words, locate
from zeitfrage.index.article import Passage

Features = npt.NDArray[np.float64]

_NUMERIC = {AnswerKind.AMOUNT, AnswerKind.PERCENT, AnswerKind.NUMBER, AnswerKind.DATE}
_CONTEXT_WEIGHT = 0.3
_PRONOUN = re.compile(
    r"(?:Er|Sie|Es|Dies\w*|Das|Dort|Damit|Dabei|He|She|It|They|This|That|There)\b"
)

FEATURES = (
    "similarity",
    "similarity_below_best",
    "passage_similarity",
    "passage_lexical",
    "coverage",
    "coverage_with_previous",
    "coverage_with_next",
    "coverage_passage",
    "coverage_article",
    "coverage_distinctive",
    "coverage_beyond_title",
    "coverage_beyond_title_with_previous",
    "coverage_title",
    "number_shown",
    "number_missing",
    "person_shown",
    "person_missing",
    "reason_shown",
    "kind_missing",
    "new_terms",
    "log_length",
    "first_of_article",
    "best_passage",
    "score_below_best",
    "is_question",
    "starts_with_pronoun",
    "met_loosely",
    "met",
    "met_closely",
    "met_on_average",
    "met_least",
)
# Openings that speak of what the sentence before has named.
_LEANS = re.compile(
    r"(?:Er|Sie|Ihm|Ihn|Ihr\w*|Sein\w*|Dies\w*|Jene\w*|Dort|Darin|Dabei|Damit|Dafür|Dagegen|Davon|"
    r"Dazu|Deren|Dessen|Letztere\w*|He|She|They|His|Her|Their|Its?|This|These|Those|There)\b"
    r"|Das (?:ist|sei|war|wäre|hat|habe|hatte|will|wolle|soll|solle|sagte|teilte|geht|gehe)\b"
)
# Cosines of two words from which on one may stand for the other, and from which it surely does.
_MEETING = ((0.82, 0.95), (0.86, 0.97), (0.90, 1.0))


class Vocabulary(Protocol):
    """What a collection knows of words."""

    def rarity(self, terms: Iterable[str]) -> dict[str, float]:
        """Return the inverse document frequency of each term; the rarer the larger."""
        ...

    def word_vectors(self, words: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return the unit vectors of at least one word, shape (words, dimensions)."""
        ...


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence that may answer.

    Args:
        quote: the sentence.
        same_language: whether question and article share their language.
        features: shape (len(FEATURES),).
        told_from: where in the article's text the sentence before starts if this one begins with
            a word for what that one names, else where the sentence itself starts.
    """

    quote: Quote
    same_language: bool
    features: Features
    told_from: int


@dataclass(frozen=True, slots=True)
class Regression:
    """A logistic regression.

    Source: Cox, "The regression analysis of binary sequences" (1958).
    """

    weights: Features
    bias: float

    def log_odds(self, features: Features) -> float:
        """Return the logarithm of the odds, 0 where both outcomes are as likely."""
        return float(self.weights @ features) + self.bias


@cache
def regression(name: str) -> Regression:
    """Return the trained weights for articles in the question's language, or `cross` language."""
    path = Path(__file__).with_name("evidence.json")
    weights = json.loads(path.read_text(encoding="utf-8"))[name]
    return Regression(np.array(weights["weights"]), float(weights["bias"]))


def gather(
    question: str,
    language: str,
    passages: Sequence[Passage],
    vocabulary: Vocabulary,
    context: str = "",
) -> list[Evidence]:
    """Return the sentences of the passages with the numbers that speak for or against them.

    What something costs only a sentence tells that names money; others are left out.

    Args:
        question: as asked.
        language: that it is asked in.
        passages: best first.
        vocabulary: of the collection that the passages are from.
        context: an earlier question that this one leans on; its words tell what it is about, not
            what is asked.
    """
    kind = answer_kind(question)
    best = max((passage.score for passage in passages), default=0.0)
    evidence: list[Evidence] = []
    for passage in passages:
        written_in = passage.article.language
        weights = vocabulary.rarity(_terms(question, language, written_in))
        about = vocabulary.rarity(_terms(context, language, written_in))
        weights = {term: _CONTEXT_WEIGHT * weight for term, weight in about.items()} | weights
        same = written_in == language
        meetings = None if same else Meetings(question, passage, vocabulary)
        reading = _Reading(passage, question, kind, weights, best, meetings)
        for number, sentence in enumerate(passage.sentences):
            if kind is AnswerKind.AMOUNT and not reading.shows_kind(number):
                continue
            quote = Quote(passage.article, sentence.start, sentence.end)
            told_from = _told_from(passage, number)
            evidence.append(Evidence(quote, same, reading.features(number), told_from))
    return evidence


def _told_from(passage: Passage, number: int) -> int:
    text, sentence = passage.article.text, passage.sentences[number]
    if number and _LEANS.match(text, sentence.start):
        before = passage.sentences[number - 1]
        if "\n\n" not in text[before.start : sentence.start]:
            return before.start
    return sentence.start


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
        meetings: Meetings | None,
    ) -> None:
        self._passage = passage
        self._question = question
        self._kind = kind
        self._weights = weights
        self._meetings = meetings
        self._below_best = passage.score - best_score
        article = passage.article
        self._texts = [article.text[s.start : s.end] for s in passage.sentences]
        self._terms = [frozenset(analyse(text, article.language)) for text in self._texts]
        self._all_terms = frozenset().union(*self._terms)
        context = f"{article.title} {article.dateline or ''} {article.section or ''}"
        self._title_terms = frozenset(analyse(context, article.language))
        self._distinctive = self._weigh_by_sentences()
        self._beyond_title = {t: w for t, w in weights.items() if t not in self._title_terms}
        self._best_similarity = max((s.similarity for s in passage.sentences), default=0.0)

    def _weigh_by_sentences(self) -> dict[str, float]:
        """Weigh terms that stand in few of the passage's sentences more: they tell which one."""
        places = [*self._terms, self._title_terms]
        return {
            term: weight * math.log(1 + len(places) / (0.5 + sum(term in p for p in places)))
            for term, weight in self._weights.items()
        }

    def shows_kind(self, number: int) -> bool:
        """Say whether a sentence holds the kind of thing that is asked for."""
        return shows_kind(self._kind, self._texts[number], self._question)

    def features(self, number: int) -> Features:
        """Return the numbers for one sentence, in the order of FEATURES."""
        met = self._meetings.features(number) if self._meetings else [0.0] * (len(_MEETING) + 2)
        return np.array([*self._match(number), *self._kinds(number), *self._form(number), *met])

    def _match(self, number: int) -> list[float]:
        """Return how far sentence, neighbours, passage and title hold what is asked."""
        terms, passage = self._terms[number], self._passage
        before = terms | (self._terms[number - 1] if number else self._title_terms)
        after = terms.union(*self._terms[number + 1 : number + 2])
        previous = terms.union(*self._terms[max(0, number - 1) : number])
        weights, similarity = self._weights, passage.sentences[number].similarity
        return [
            similarity,
            similarity - self._best_similarity,
            passage.dense,
            passage.lexical / (2.2 * (sum(weights.values()) + 1e-9)),
            _share(weights, terms),
            _share(weights, before),
            _share(weights, after),
            _share(weights, self._all_terms),
            _share(weights, self._all_terms | self._title_terms),
            _share(self._distinctive, terms),
            _share(self._beyond_title, terms),
            _share(self._beyond_title, previous),
            _share(weights, self._title_terms),
        ]

    def _kinds(self, number: int) -> list[float]:
        """Return whether the sentence shows the kind of thing that is asked for."""
        kind, shown = self._kind, self.shows_kind(number)
        return [
            float(kind in _NUMERIC and shown),
            float(kind in _NUMERIC and not shown),
            float(kind is AnswerKind.PERSON and shown),
            float(kind is AnswerKind.PERSON and not shown),
            float(kind is AnswerKind.REASON and shown),
            float(kind is not AnswerKind.OTHER and not shown),
        ]

    def _form(self, number: int) -> list[float]:
        """Return what the sentence looks like and where it stands."""
        text = self._texts[number]
        return [
            min(len(self._terms[number] - self._weights.keys()), 15) / 15,
            math.log(len(text)),
            float(number == 0 and self._passage.chunk.position == 0),
            float(self._below_best == 0),
            self._below_best,
            float(text.endswith("?")),
            float(_PRONOUN.match(text) is not None),
        ]


class Meetings:
    """How near the words of a passage come to those of a question in another language."""

    def __init__(self, question: str, passage: Passage, vocabulary: Vocabulary) -> None:
        """Compare each content word of the question with each of the passage."""
        language = passage.article.language
        asked = list(dict.fromkeys(content_words(question))) or [question]
        terms = [(analyse(word, language) or [word])[0] for word in asked]
        rarity = vocabulary.rarity(terms)
        weights = np.array([rarity[term] for term in terms])
        self._weights = weights / weights.sum()
        texts = [passage.article.text[s.start : s.end] for s in passage.sentences]
        self._words = [[text[t.start : t.end] for t in locate(text, language)] for text in texts]
        known = list(dict.fromkeys(word for words in self._words for word in words)) or [""]
        self._place = {word: number for number, word in enumerate(known)}
        self._cosines = vocabulary.word_vectors(asked) @ vocabulary.word_vectors(known).T

    def features(self, number: int) -> list[float]:
        """Return how far a sentence meets the question's words, by rarity, each in [0, 1]."""
        places = [self._place[word] for word in self._words[number]]
        if not places:
            return [0.0] * (len(_MEETING) + 2)
        nearest = self._cosines[:, places].max(axis=1)
        met = [np.clip((nearest - low) / (high - low), 0, 1) for low, high in _MEETING]
        shares = [float(self._weights @ values) for values in (*met, nearest)]
        return [*shares, float(nearest.min())]


def _share(weights: dict[str, float], terms: frozenset[str]) -> float:
    """Return the share of all weight that lies on some terms, in [0, 1]; .5 where all is none."""
    total = sum(weights.values())
    return sum(w for term, w in weights.items() if term in terms) / total if total else 0.5
