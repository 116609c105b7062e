"""What goes into an ingest and what is reported of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


class Outcome(StrEnum):
    """What became of one article or file."""

    ADDED = "added"
    UNCHANGED = "unchanged"
    UPDATED = "updated"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What became of one article, or of one file that held none.

    Args:
        origin: the file, with `:line` where it holds several articles.
        outcome: what happened; anything but `rejected` is safely stored when this is reported.
        article_id: the article, None where the input was rejected or did not have to be read.
        reason: why it was rejected; why an article is unchanged where it is not simply so.
    """

    origin: str
    outcome: Outcome
    article_id: str | None = None
    reason: str = ""


class Stage(StrEnum):
    """What an ingest is doing."""

    READ = "read"
    EMBED = "embed"
    STORE = "store"


@dataclass(frozen=True, slots=True)
class StagePace:
    """How fast one stage is.

    Args:
        stage: which one.
        count: what it has done so far: articles read or stored, chunks embedded.
        seconds: that the ingest has spent in it, or waiting for it.
    """

    stage: Stage
    count: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Its throughput while it is at work."""
        return self.count / max(self.seconds, 1e-6)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest has got.

    Args:
        bytes_read: of the input, so far; a web page counts as a usual one.
        bytes_total: of all input known so far; at least 1.
        articles: finished so far, whatever their outcome.
        articles_per_second: since the start.
        seconds_left: estimated from the bytes, None at the start.
        stage: what is being done now.
        stages: how fast each stage has been so far.
    """

    bytes_read: int
    bytes_total: int
    articles: int
    articles_per_second: float
    seconds_left: float | None
    stage: Stage = Stage.READ
    stages: tuple[StagePace, ...] = ()


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that lies here under another name than the one it is known by.

    Args:
        path: where its bytes lie.
        origin: the path or name under which it was handed in; it decides the file's form by its
            suffix, and whether a later file is a new version of the same article.
        name: has the suffix that names the form, where the origin has not.
    """

    path: Path
    origin: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class WebAddress:
    """A feed, a sitemap or a page on the web.

    Args:
        url: http or https.
        pages: whether the page behind each entry of a feed is fetched too.
        followed: whether it is a feed that is asked again and again, and kept in the status even
            while nothing comes of it.
    """

    url: str
    pages: bool = False
    followed: bool = False

    @property
    def origin(self) -> str:
        """What it is known by: its address."""
        return self.url


Input = Path | Upload | WebAddress


def in_batches(items: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """Yield the items in tuples of `size`, the last one shorter (Python 3.12 has this built in)."""
    iterator = iter(items)
    while batch := tuple(islice(iterator, size)):
        yield batch
