"""Articles that come in at once: what becomes of each, before anything is stored."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator
from dataclasses import replace

from zeitfrage.index.article import Article
from zeitfrage.index.files import ReadItem
from zeitfrage.index.ingest import IngestResult, Outcome
from zeitfrage.index.loaders import Rejection, Unmodified, Withdrawal
from zeitfrage.index.rows import Known

# So many articles are made safe at once: few enough that little is lost to Ctrl-C, enough that
# chunks of like length share a batch.
ARTICLES_AT_ONCE = 64
_CHARACTERS_AT_ONCE = 1_000_000


class Batch:
    """Some articles told apart: new or changed, known, taken back."""

    def __init__(self, known: Callable[[str, str], Known]) -> None:
        """Begin without any.

        Args:
            known: says what is stored of an article, by its id and its content hash.
        """
        self._known = known
        self._new: dict[str, tuple[Article, str]] = {}
        self._hashes: dict[str, str] = {}
        self.withdrawn: set[str] = set()

    @property
    def new(self) -> list[tuple[Article, str]]:
        """The new and changed ones with their content hashes."""
        return list(self._new.values())

    def add(self, item: ReadItem) -> IngestResult:
        """Say what becomes of an item, and keep it where there is something to do."""
        content = item.content
        if isinstance(content, Rejection | Unmodified):
            return _without_article(content)
        if isinstance(content, Withdrawal):
            self._new.pop(content.article_id, None)
            self.withdrawn.add(content.article_id)
            return IngestResult(content.origin, Outcome.WITHDRAWN, content.article_id)
        return self._add_article(content, item.origin)

    def _add_article(self, article: Article, origin: str) -> IngestResult:
        digest = _content_hash(article)
        known = self._known(article.id, digest)
        if known.withdrawn or article.id in self.withdrawn:
            reason = "Its source has taken it back."
            return IngestResult(origin, Outcome.WITHDRAWN, article.id, reason)
        twin = self._hashes.get(digest, known.same)
        seen = known.version > 0 or article.id in self._new
        if twin is not None and (twin == article.id or not seen):
            return IngestResult(origin, Outcome.UNCHANGED, twin)
        if (known.revision or 0) > (article.revision or math.inf):
            reason = f"Revision {known.revision} of it is here already."
            return IngestResult(origin, Outcome.UNCHANGED, article.id, reason)
        self._new[article.id] = replace(article, version=known.version + 1), digest
        self._hashes[digest] = article.id
        return IngestResult(origin, Outcome.UPDATED if seen else Outcome.ADDED, article.id)


def in_batches_of_text(items: Iterator[ReadItem]) -> Iterator[tuple[ReadItem, ...]]:
    """Yield items in groups that are worth embedding at once and small enough for the memory."""
    batch: list[ReadItem] = []
    characters = 0
    for item in items:
        batch.append(item)
        characters += len(item.content.text) if isinstance(item.content, Article) else 0
        if len(batch) == ARTICLES_AT_ONCE or characters >= _CHARACTERS_AT_ONCE:
            yield tuple(batch)
            batch, characters = [], 0
    if batch:
        yield tuple(batch)


def _content_hash(article: Article) -> str:
    """Hash what a reader sees of an article, so that a changed date or title is a change too."""
    visible = replace(article, id="", version=0, url=None, revision=None)
    return hashlib.sha256(repr(visible).encode("utf-8", "surrogatepass")).hexdigest()


def _without_article(content: Rejection | Unmodified) -> IngestResult:
    if isinstance(content, Rejection):
        return IngestResult(content.origin, Outcome.REJECTED, reason=content.reason)
    reason = "It has not changed since it was last read."
    return IngestResult(content.origin, Outcome.UNCHANGED, reason=reason)
