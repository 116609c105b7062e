"""How well the questions of a set are answered: each asked and judged, then summed up."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from zeitfrage.assistant.answer import Answer, Citation
from zeitfrage.assistant.assistant import Assistant
from zeitfrage.assistant.question_set import AskedQuestion
from zeitfrage.index.article import Passage
from zeitfrage.index.retrieval import CANDIDATES

RANKS = 10
_FIRST_QUOTES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Which of the articles found for a question answer it.

    Args:
        hits: of the first ten articles, best first and none twice, whether each answers. A copy
            stands for the article that it copies, and adds nothing once that was found.
        relevant: how many articles answer; copies found as one count once.
    """

    hits: tuple[bool, ...]
    relevant: int

    def recall(self, within: int) -> float:
        """Return 1 where an article that answers is among the first so many, else 0.

        Source: Karpukhin et al., "Dense Passage Retrieval for Open-Domain Question Answering"
        (2020), top-k accuracy; with one article that answers it is recall.
        """
        return float(any(self.hits[:within]))

    @property
    def reciprocal_rank(self) -> float:
        """One divided by the rank of the first article that answers, 0 where none does.

        Source: Voorhees, "The TREC-8 Question Answering Track Report" (1999).
        """
        return 1 / (self.hits.index(True) + 1) if True in self.hits else 0.0

    @property
    def ndcg(self) -> float:
        """Discounted cumulative gain, as a share of what the best order would gain.

        Source: Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques"
        (2002), a gain of 1 for each article that answers, discounted by the logarithm to base 2.
        """
        best = [True] * min(self.relevant, RANKS)
        return _discounted(self.hits) / _discounted(best) if best else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A question with how well it was answered.

    Args:
        question: as the set has it.
        hidden: whether the articles that answer it were hidden, so that abstaining is right.
        ranking: what was found for it; None where the set names no articles that answer.
        answerer: who answered.
        answer: the answer's text.
        abstained: whether it says that the articles do not answer.
        right: of each citation, whether it holds an accepted answer, in an article that answers.
        supporting: of each citation, whether it does so, or is evidence.
        evidence: the share of the evidence that is cited; None where the set names none.
        retrieval_ms: from the understood question to its passages.
        total_ms: from the question to the whole answer.
    """

    question: AskedQuestion
    hidden: bool
    ranking: Ranking | None
    answerer: str
    answer: str
    abstained: bool
    right: tuple[bool, ...]
    supporting: tuple[bool, ...]
    evidence: float | None
    retrieval_ms: float
    total_ms: float

    @property
    def answerable(self) -> bool:
        """Whether what it was asked of held the answer."""
        return self.question.answerable and not self.hidden


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What judged questions come to; None where there was nothing to measure it by.

    Args:
        answerable: how many questions the articles answer; `recall` to `abstains_wrongly` are of
            these.
        unanswerable: how many they do not answer, or only in hidden articles.
        recall_1: share of questions with an article that answers found first.
        recall_5: or among the first five.
        recall_10: or among the first ten.
        mrr_10: mean reciprocal rank of the first such article, 0 beyond ten.
        ndcg_10: mean normalised discounted cumulative gain of the first ten.
        right_first: share of questions whose first quote holds an accepted answer.
        right_in_three: share of questions of which one of the first three quotes does.
        citation_precision: of an answer that cites, the share of citations that hold an accepted
            answer or evidence; the mean over such answers.
        citation_recall: the share of the evidence that is cited, the mean over questions; source of
            both: Yang et al., "HotpotQA" (2018), supporting facts.
        abstains_rightly: share of unanswerable questions that are not answered.
        abstains_wrongly: share of answerable questions that are not answered.
        retrieval_ms_p50: median time from the understood question to its passages.
        retrieval_ms_p95: 95th percentile of the same, interpolated.
        total_ms_p50: median time from the question to the whole answer.
        total_ms_p95: 95th percentile of the same, interpolated.
    """

    answerable: int
    unanswerable: int
    recall_1: float | None
    recall_5: float | None
    recall_10: float | None
    mrr_10: float | None
    ndcg_10: float | None
    right_first: float | None
    right_in_three: float | None
    citation_precision: float | None
    citation_recall: float | None
    abstains_rightly: float | None
    abstains_wrongly: float | None
    retrieval_ms_p50: float | None
    retrieval_ms_p95: float | None
    total_ms_p50: float | None
    total_ms_p95: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """How well a set of questions was answered.

    Args:
        answerer: who answered.
        embedding_model: what the articles were found with.
        all: the figures of all questions.
        kinds: those of each kind of question, in the order in which the kinds first came.
    """

    answerer: str
    embedding_model: str
    all: Figures
    kinds: dict[str, Figures]


def evaluate(
    assistant: Assistant, questions: Iterable[AskedQuestion], hide_answers: bool = False
) -> Iterator[Judged]:
    """Ask questions, and judge each answer as it comes.

    Args:
        assistant: is asked as it is set up.
        questions: of the articles that it knows.
        hide_answers: ask answerable questions, where the set names their articles, once more with
            those and their copies hidden.

    Yields:
        One for each question, and one more where its articles were hidden.

    Raises:
        ModelUnavailable: the configured LLM does not answer.
    """
    for number, question in enumerate(questions):
        if number == 0:
            # Loading the models is no part of any figure.
            assistant.ask(question.text)
        started = time.perf_counter()
        answer = assistant.ask(question.text, question.history, as_of=question.as_of)
        total_ms = 1000 * (time.perf_counter() - started)
        found = assistant.search(answer.question, CANDIDATES)
        yield _judge(question, answer, total_ms, rank(question, found))
        if hide_answers and question.answerable and question.article_ids:
            yield _ask_without(assistant, question, answer, found)


def figures(judged: Iterable[Judged]) -> Figures:
    """Sum up judged questions."""
    judged = list(judged)
    answerable = [j for j in judged if j.answerable]
    unanswerable = [j for j in judged if not j.answerable]
    asked = [j for j in judged if not j.hidden]
    rankings = [j.ranking for j in answerable if j.ranking]
    precisions = [_mean(j.supporting) for j in answerable if j.supporting]
    return Figures(
        answerable=len(answerable),
        unanswerable=len(unanswerable),
        recall_1=_mean(ranking.recall(1) for ranking in rankings),
        recall_5=_mean(ranking.recall(5) for ranking in rankings),
        recall_10=_mean(ranking.recall(RANKS) for ranking in rankings),
        mrr_10=_mean(ranking.reciprocal_rank for ranking in rankings),
        ndcg_10=_mean(ranking.ndcg for ranking in rankings),
        right_first=_mean(any(j.right[:1]) for j in answerable),
        right_in_three=_mean(any(j.right[:_FIRST_QUOTES]) for j in answerable),
        citation_precision=_mean(p for p in precisions if p is not None),
        citation_recall=_mean(j.evidence for j in answerable if j.evidence is not None),
        abstains_rightly=_mean(j.abstained for j in unanswerable),
        abstains_wrongly=_mean(j.abstained for j in answerable),
        retrieval_ms_p50=_percentile([j.retrieval_ms for j in asked], 50),
        retrieval_ms_p95=_percentile([j.retrieval_ms for j in asked], 95),
        total_ms_p50=_percentile([j.total_ms for j in asked], 50),
        total_ms_p95=_percentile([j.total_ms for j in asked], 95),
    )


def sum_up(judged: Sequence[Judged], embedding_model: str) -> Evaluation:
    """Sum up at least one judged question, all together and kind by kind."""
    kinds: dict[str, list[Judged]] = {}
    for one in judged:
        kinds.setdefault(one.question.kind, []).append(one)
    return Evaluation(
        answerer=judged[0].answerer,
        embedding_model=embedding_model,
        all=figures(judged),
        kinds={kind: figures(some) for kind, some in kinds.items()},
    )


def rank(question: AskedQuestion, found: Sequence[Passage]) -> Ranking | None:
    """Return which articles of some passages, best first, answer a question.

    None where the set names no articles that answer.
    """
    if not question.article_ids:
        return None
    left, hits = set(question.article_ids), dict[str, bool]()
    for passage in found:
        if passage.article.id not in hits:
            new = question.articles_among(*_ids(passage)) & left
            left -= new
            hits[passage.article.id] = bool(new)
    return Ranking(hits=tuple(hits.values())[:RANKS], relevant=sum(hits.values()) + len(left))


def _judge(
    question: AskedQuestion, answer: Answer, total_ms: float, ranking: Ranking | None
) -> Judged:
    about = [c for c in answer.citations if not question.article_ids or question.is_about(*_ids(c))]
    right = {c.number for c in about if question.accepts(c.quote)}
    evidence = {c.number: question.evidence_in(c.quote) for c in about}
    cited = frozenset[str]().union(*evidence.values())
    return Judged(
        question=question,
        hidden=False,
        ranking=ranking,
        answerer=answer.answerer,
        answer=answer.text,
        abstained=answer.abstained,
        right=tuple(c.number in right for c in answer.citations),
        supporting=tuple(
            c.number in right or bool(evidence.get(c.number)) for c in answer.citations
        ),
        evidence=len(cited) / len(set(question.evidence)) if question.evidence else None,
        retrieval_ms=answer.timings.retrieval_ms,
        total_ms=total_ms,
    )


def _ask_without(
    assistant: Assistant, question: AskedQuestion, answer: Answer, found: Sequence[Passage]
) -> Judged:
    """Have an answer written anew from what is left when the articles that answer are hidden."""
    others = [passage for passage in found if not question.is_about(*_ids(passage))]
    started = time.perf_counter()
    anew = assistant.answer_from(answer.question, others[: len(answer.passages)])
    total_ms = 1000 * (time.perf_counter() - started)
    return replace(_judge(question, anew, total_ms, None), hidden=True)


def _ids(found: Passage | Citation) -> tuple[str, ...]:
    """Return the article of a passage or citation, and those that say the same in its stead."""
    copies = found.copies if isinstance(found, Passage) else found.also_in
    return found.article.id, *(copy.id for copy in copies)


def _discounted(gains: Sequence[bool]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def _mean(values: Iterable[float]) -> float | None:
    values = list(values)
    return sum(values) / len(values) if values else None


def _percentile(values: Sequence[float], percent: int) -> float | None:
    return float(np.percentile(values, percent)) if values else None
