"""From a question to the passages that answer it: dense and lexical search, fused."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

import numpy as np

from zeitfrage.index.analysis import analyse, content_words
from zeitfrage.index.article import Filters, Passage, PassageSentence
from zeitfrage.index.catalogue import Catalogue
from zeitfrage.index.copies import Copies, Wording
from zeitfrage.index.embedding import Embedder, Vectors
from zeitfrage.index.ingest import in_batches
from zeitfrage.index.period import Period
from zeitfrage.index.rows import StoredChunk
from zeitfrage.index.timeline import Timeline
from zeitfrage.index.vectors import VectorStore

CANDIDATES = 100
DENSE_WEIGHT = 0.65
# A passage that a copy corrects has so much in common with it, less where it is another passage.
_SHARE_CORRECTED = 0.3
# What a passage that is wholly about the period asked for gains, in standard deviations.
TIMELY = 2.0
# A period with more chunks than these is looked into by the dates of publication alone.
_CHUNKS_OF_A_PERIOD = 10_000


@dataclass(frozen=True, slots=True)
class AskedPeriod:
    """The period that a question asks about, and what is known of the chunks' days."""

    period: Period
    timeline: Timeline


def search(
    question: str,
    limit: int,
    filters: Filters,
    recency: float,
    catalogue: Catalogue,
    vectors: VectorStore,
    embedder: Embedder,
    asked: AskedPeriod | None = None,
) -> list[Passage]:
    """Return the passages that answer a question best, best first.

    What several copies of a report say is given in the words of the one to cite.

    Args:
        question: in any language that the embedding model knows.
        limit: at most this many.
        filters: which articles may answer.
        recency: how much newer articles are preferred, in [0, 1].
        catalogue: articles, chunks and the lexical index.
        vectors: the vectors of the chunks.
        embedder: the model that made them.
        asked: the period that the question asks about; None where it does not say.
    """
    vector = embedder.embed_question(question)
    dense = vectors.nearest(vector, CANDIDATES, filters)
    terms = question_terms(question, catalogue.languages())
    lexical = catalogue.lexical(terms, CANDIDATES, filters)
    if asked:
        narrowed, among = _narrowed(asked, filters)
        dense |= vectors.nearest(vector, CANDIDATES, narrowed, among)
        lexical |= catalogue.lexical(terms, CANDIDATES, narrowed, among)
    dense |= vectors.similarities(vector, [key for key in lexical if key not in dense])
    scores = prefer_timely(dense, lexical, asked) if asked else fuse(dense, lexical)
    if recency:
        days = _publication_days(catalogue.chunks(list(scores)))
        scores = prefer_recent(scores, days, recency)
    ranked = sorted(scores, key=lambda key: (-scores[key], key))
    return [
        _passage(chunk, copies, vector, scores[key], dense[key], lexical.get(key, 0.0))
        for key, chunk, copies in islice(_once(ranked, limit, filters, catalogue), limit)
    ]


def question_terms(question: str, languages: Sequence[str]) -> list[str]:
    """Return the terms that a question is searched by, in articles of any of the languages.

    A question in one language meets articles in another at least in names and numbers, which
    each language's stemmer may change differently.
    """
    content = " ".join(content_words(question)) or question
    terms = (term for language in languages for term in analyse(content, language))
    return list(dict.fromkeys(terms))


def fuse(
    dense: Mapping[int, float], lexical: Mapping[int, float], weight: float = DENSE_WEIGHT
) -> dict[int, float]:
    """Merge two rankings by the weighted sum of their standardised scores.

    Args:
        dense: cosine similarity in [-1, 1] of every candidate.
        lexical: BM25 score, at least 0; a candidate that is missing has 0.
        weight: share of the dense side in [0, 1].

    Returns:
        A score without unit for each candidate of `dense`; higher is better.

    Source: Bruch, Gai and Ingber, "An analysis of fusion functions for hybrid retrieval" (2023).
    """
    keys = list(dense)
    dense_scores = _standardised([dense[key] for key in keys])
    lexical_scores = _standardised([lexical.get(key, 0.0) for key in keys])
    fused = weight * dense_scores + (1 - weight) * lexical_scores
    return dict(zip(keys, fused.tolist(), strict=True))


def prefer_timely(
    dense: Mapping[int, float], lexical: Mapping[int, float], asked: AskedPeriod
) -> dict[int, float]:
    """Fuse two rankings, and add up to `TIMELY` to the score of what is about a period.

    Candidates that cannot be about it have no part where it is strict.
    """
    fits = asked.timeline.fits(asked.period, dense)
    scores = fuse({key: dense[key] for key in fits}, lexical)
    return {key: score + TIMELY * fits[key] for key, score in scores.items()}


def prefer_recent(
    scores: Mapping[int, float], days: Mapping[int, date | None], recency: float
) -> dict[int, float]:
    """Add up to `recency` to the score of newer candidates.

    The newest candidate gains all of it, one a year older half; an undated one gains nothing.

    Args:
        scores: standardised scores.
        days: publication days of the candidates.
        recency: in [0, 1].
    """
    newest = max((day for day in days.values() if day), default=None)

    def gain(day: date | None) -> float:
        if day is None or newest is None:
            return 0.0
        years = (newest - day).days / 365
        return recency * math.pow(0.5, years)

    return {key: score + gain(days.get(key)) for key, score in scores.items()}


def _standardised(values: Sequence[float]) -> Vectors:
    array = np.array(values, dtype=np.float32)
    if not array.size:
        return array
    spread = float(array.std())
    return (array - array.mean()) / np.float32(spread) if spread > 1e-9 else array * 0


def _narrowed(asked: AskedPeriod, filters: Filters) -> tuple[Filters, Sequence[int] | None]:
    """Return where to look for what is about a period: by filters and among which chunks."""
    chunks = asked.timeline.chunks_of(asked.period, _CHUNKS_OF_A_PERIOD + 1)
    if len(chunks) <= _CHUNKS_OF_A_PERIOD:
        return filters, chunks
    first, last = asked.period.reported
    since, until = filters.since or first, filters.until or last
    return replace(filters, since=max(since, first), until=min(until, last)), None


def _publication_days(chunks: Sequence[StoredChunk]) -> dict[int, date | None]:
    return {
        chunk.id: chunk.article.published.first if chunk.article.published else None
        for chunk in chunks
    }


def _once(
    ranked: Sequence[int], at_once: int, filters: Filters, catalogue: Catalogue
) -> Iterator[tuple[int, StoredChunk, Copies]]:
    """Yield the chunk to show for each key in order, with its article's copies, none twice."""
    shown = set()
    for batch in in_batches(ranked, at_once):
        for found in catalogue.chunks(batch):
            copies = catalogue.copies(found.article.id, filters)
            chunk = _to_cite(found, copies, catalogue)
            if chunk.id not in shown:
                shown.add(chunk.id)
                yield found.id, chunk, copies


def _to_cite(found: StoredChunk, copies: Copies, catalogue: Catalogue) -> StoredChunk:
    """Return what stands for a chunk in the first copy that says all of it, or corrects it."""
    for article in copies.articles:
        if article.id == found.article.id:
            break
        wording = Wording(article.text)
        if article.correction and not found.article.correction:
            says_it = wording.share(found.chunk.text) >= _SHARE_CORRECTED
        else:
            says_it = wording.says_all(found.article.text[a:b] for a, b in found.sentences)
        if says_it:
            words, chunks = found.chunk.text, catalogue.chunks_of(article.id)
            return max(chunks, key=lambda c: Wording(c.chunk.text).share(words), default=found)
    return found


def _passage(
    stored: StoredChunk,
    copies: Copies,
    vector: Vectors,
    score: float,
    dense: float,
    lexical: float,
) -> Passage:
    similarities = stored.sentence_vectors @ vector
    sentences = tuple(
        PassageSentence(start, end, float(similarity))
        for (start, end), similarity in zip(stored.sentences, similarities, strict=True)
    )
    others = copies.besides(stored.article.id)
    return Passage(stored.article, stored.chunk, score, dense, lexical, sentences, others)
