"""What a loader finds in a file or in a record of it."""

from __future__ import annotations

from dataclasses import dataclass

from zeitfrage.index.article import Article


@dataclass(frozen=True, slots=True)
class Rejection:
    """A file, or a record in it, that holds no article.

    Args:
        origin: the file, with `:line` where it is one record of several.
        reason: one sentence that says what is wrong.
    """

    origin: str
    reason: str


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The instruction of a source to take an article back (`stat:canceled`, `kill`).

    Args:
        origin: the file, with `:line` where it is one record of several.
        article_id: the article that may no longer be shown.
    """

    origin: str
    article_id: str


@dataclass(frozen=True, slots=True)
class Unmodified:
    """An address whose server says that nothing has changed since it was last read.

    Args:
        origin: the address.
    """

    origin: str


Content = Article | Rejection | Withdrawal
