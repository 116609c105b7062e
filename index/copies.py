"""The copies of a report: which one is cited, what they all say, how many sources they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from zeitfrage.index.article import Article
from zeitfrage.index.duplicates import shingles, words_of

# One edited word takes three of the ten shingles of a sentence of twelve words.
_SHARE_SAID = 0.6
# What is shorter is a credit, a page number or a heading.
_WORDS_OF_A_STATEMENT = 4
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Copies:
    """One report as several articles have it.

    Args:
        articles: the one to cite first: a correction before what it corrects, then the earliest,
            then the longest; undated ones last.
    """

    articles: tuple[Article, ...]

    @classmethod
    def of(cls, articles: Iterable[Article]) -> Copies:
        """Put articles that are copies of one another in order."""
        return cls(tuple(sorted(articles, key=_precedence)))

    def besides(self, article_id: str) -> tuple[Article, ...]:
        """Return the copies other than one."""
        return tuple(article for article in self.articles if article.id != article_id)


class Wording:
    """What a text says, to be compared with sentences that may be lightly edited."""

    def __init__(self, text: str) -> None:
        """Take a text."""
        self._words = f" {' '.join(words_of(text))} "
        self._numbers = set(_NUMBER.findall(text))

    def share(self, words: str) -> float:
        """Return which share of the shingles of some words the text has, in [0, 1]."""
        runs = shingles(words)
        return sum(f" {run} " in self._words for run in runs) / (len(runs) or 1)

    def says_all(self, sentences: Iterable[str]) -> bool:
        """Whether the text says every sentence that is long enough to state anything."""
        long = (text for text in sentences if len(list(words_of(text))) >= _WORDS_OF_A_STATEMENT)
        return all(map(self.says, long))

    def says(self, words: str) -> bool:
        """Whether the text has the words but for an edit, and every number among them."""
        if not self._numbers.issuperset(_NUMBER.findall(words)):
            return False
        return self.share(words) >= _SHARE_SAID


def independent_sources(reports: Sequence[Sequence[Article]]) -> int:
    """Return how many sources reports come from that do not lean on one another.

    Copies of a report are one source, and so are reports of one agency or, where no agency is
    named, of one paper.

    Args:
        reports: the articles, each with its copies.
    """
    groups: list[set[str]] = []
    for report in reports:
        group = {f"article {article.id}" for article in report}
        group |= {origin for article in report for origin in _origins(article)}
        apart = [other for other in groups if not other & group]
        groups = [*apart, group.union(*(other for other in groups if other & group))]
    return len(groups)


def _origins(article: Article) -> list[str]:
    if article.agency:
        return [f"agency {name.strip().lower()}" for name in article.agency.split("/")]
    return [f"paper {article.source.lower()}"] if article.source else []


def _precedence(article: Article) -> tuple[bool, date, int, str]:
    last = article.published.last if article.published else date.max
    return article.correction is None, last, -len(article.text), article.id
