"""Near-duplicates among 2,000 newspaper articles, against comparing every pair of them.

    pytest tests/benchmarks/test_near_duplicates.py -m benchmark -s

The set holds some copies of its own. To them come copies made at run time by a seeded editor:
words replaced, a paragraph left out, a lead or a credit of the paper's own put before or after. It
knows which articles are copies, so that shingle and threshold can be chosen by what they find.
"""

from __future__ import annotations

import random
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from datasets import news
from sklearn.feature_extraction.text import CountVectorizer

from zeitfrage.index import duplicates
from zeitfrage.index.article import Article, PartialDate
from zeitfrage.index.duplicates import ALIKE, are_copies, shingles
from zeitfrage.index.loaders.record import article_of
from zeitfrage.index.rows import write_article
from zeitfrage.index.schema import open_database

ARTICLES = 2000
EDITED = 300
LEAST = 0.95
_ROWS_AT_ONCE = 500
Pair = frozenset[str]


def edited(article: Article, number: int, chance: random.Random) -> Article:
    """A copy as another paper might print it, up to two days later."""
    share = chance.choice([0.01, 0.03, 0.06])
    others = article.text.split()
    words = re.split(r"(\s+)", article.text)
    for place in range(0, len(words), 2):
        if chance.random() < share:
            words[place] = chance.choice(others)
    paragraphs = "".join(words).split("\n\n")
    if len(paragraphs) > 4 and chance.random() < 0.5:
        del paragraphs[chance.randrange(1, len(paragraphs))]
    if chance.random() < 0.3:
        paragraphs.insert(0, " ".join(chance.sample(others, min(25, len(others)))) + ".")
    if chance.random() < 0.5:
        paragraphs.append("Mit Material der Agentur.")
    day = article.published and article.published.first + timedelta(chance.randrange(3))
    return replace(
        article,
        id=f"{article.id}-{number}",
        text="\n\n".join(paragraphs),
        published=day and PartialDate(day),
    )


@pytest.fixture(scope="module")
def articles(shared_data) -> list[Article]:  # noqa: ARG001
    """Everything of the whole set that has any likeness to another article, others, and copies."""
    chance = random.Random(2020)
    everything = [article_of(record) for record in news(12_000)]
    alike = set().union(*every_likeness(everything, shingles, 0.3))
    some = sorted(everything, key=lambda article: article.id not in alike)[: ARTICLES - EDITED]
    sample = chance.sample(some, EDITED)
    mixed = some + [edited(article, number, chance) for number, article in enumerate(sample)]
    chance.shuffle(mixed)
    return mixed


def made_pairs(articles: list[Article]) -> set[Pair]:
    """Which articles the editor made of which."""
    known = {article.id for article in articles}
    made = (article.id.rpartition("-")[0] for article in articles)
    pairs = zip((a.id for a in articles), made, strict=True)
    return {frozenset(pair) for pair in pairs if pair[1] in known}


def every_likeness(
    articles: list[Article], cut: Callable[[str], frozenset[str]], least: float = 0.1
) -> dict[Pair, float]:
    """The Jaccard similarity of every pair for which it is large enough; none is passed over."""
    has = CountVectorizer(analyzer=cut, binary=True, dtype=np.int32).fit_transform(
        article.text for article in articles
    )
    sizes, found = np.asarray(has.sum(axis=1)).ravel(), {}
    for first in range(0, has.shape[0], _ROWS_AT_ONCE):
        common = (has[first : first + _ROWS_AT_ONCE] @ has.T).tocoo()
        rows = common.row + first
        values = common.data / (sizes[rows] + sizes[common.col] - common.data)
        for place in np.flatnonzero((values >= least) & (rows < common.col)):
            pair = frozenset((articles[rows[place]].id, articles[common.col[place]].id))
            found[pair] = float(values[place])
    return found


def runs_of(length: int) -> Callable[[str], frozenset[str]]:
    def cut(text: str) -> frozenset[str]:
        words = list(duplicates.words_of(text))
        runs = range(max(1, len(words) - length + 1))
        return frozenset(" ".join(words[i : i + length]) for i in runs)

    return cut


def by_the_rule(likeness: dict[Pair, float], articles: list[Article], alike: float) -> set[Pair]:
    """The pairs that are copies by similarity and dates, at a threshold."""
    published = {article.id: article.published for article in articles}
    shift = ALIKE - alike
    return {
        pair
        for pair, value in likeness.items()
        if value >= alike and are_copies(value + shift, *(published[key] for key in pair))
    }


def clustered(articles: list[Article], file) -> tuple[set[Pair], set[Pair], list[float]]:
    """The pairs that the product links, those of its clusters, and the seconds for each article."""
    seconds = []
    database = open_database(file)
    duplicates.band_keys(shingles("Lädt die Bibliothek, ehe die Uhr läuft."))
    database.execute("BEGIN")
    for article in articles:
        write_article(database, article, article.id)
        started = time.thread_time()
        duplicates.remember(database, article)
        seconds.append(time.thread_time() - started)
    database.execute("COMMIT")
    linked = {frozenset(row) for row in database.execute("SELECT * FROM near_duplicate")}
    return linked, set(_pairs_of_clusters(articles, database)), seconds


def _pairs_of_clusters(articles: list[Article], database: sqlite3.Connection) -> Iterator[Pair]:
    for article in articles:
        sql = f"{duplicates.CLUSTER} SELECT id FROM cluster WHERE id <> ?"
        for (other,) in database.execute(sql, (article.id, article.id)):
            yield frozenset((article.id, other))


def found_and_right(found: set[Pair], wanted: set[Pair]) -> tuple[float, float]:
    both = len(found & wanted)
    return both / len(wanted), both / len(found)


def test_shingles_and_threshold(articles):
    made = made_pairs(articles)
    print(f"\n{len(articles)} articles, {len(made)} copies made, others natural")
    print(f"{'words':>6}{'alike':>7}{'made copies found':>20}{'other pairs':>13}{'of 3 days':>11}")
    for length in (2, 3, 5):
        likeness = every_likeness(articles, runs_of(length))
        for alike in (0.4, 0.5, 0.6, 0.7):
            pairs = {pair for pair, value in likeness.items() if value >= alike}
            kept = by_the_rule(likeness, articles, alike)
            share = len(kept & made) / len(made)
            print(f"{length:6}{alike:7.1f}{share:20.3f}{len(pairs - made):13}{len(kept - made):11}")


def test_clusters_are_those_of_an_exhaustive_comparison(articles, tmp_path):
    likeness = every_likeness(articles, shingles)
    wanted = by_the_rule(likeness, articles, ALIKE)
    alone = {pair for pair, value in likeness.items() if value >= ALIKE}
    linked, clusters, seconds = clustered(articles, tmp_path / "catalogue.sqlite3")
    print(f"\n{'':44}{'recall':>8}{'precision':>11}")
    for name, found, right in (
        ("links, similarity and dates", linked, wanted),
        ("clusters, similarity and dates", clusters, wanted),
        ("clusters, similarity alone", clusters, alone),
    ):
        recall, precision = found_and_right(found, right)
        print(f"{f'{name} ({len(right)} pairs)':44}{recall:8.3f}{precision:11.3f}")
    first, last = (1000 * sum(part) / 500 for part in (seconds[:500], seconds[-500:]))
    print(f"{first:.2f} ms an article among the first 500, {last:.2f} ms among the last 500")
    for found in (linked, clusters):
        recall, precision = found_and_right(found, wanted)
        assert recall >= LEAST
        assert precision >= LEAST
