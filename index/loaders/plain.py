"""Plain text, one article a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import BinaryIO

from zeitfrage.index.article import Article
from zeitfrage.index.decoding import clean, decode, read_whole
from zeitfrage.index.loaders.record import article_of
from zeitfrage.index.newstext import read_news_text


def load(stream: BinaryIO, origin: str) -> Iterator[Article]:
    """Yield the article of a text file; raises UnreadableInput where there is none."""
    yield read_text(decode(read_whole(stream)), origin)


def read_text(
    text: str, origin: str, known: Mapping[str, object] = MappingProxyType({})
) -> Article:
    """Return the article of running text that is alone in its file.

    Args:
        text: all of it, with what it says about itself at its head and end.
        origin: the file.
        known: what the file says beside its text, under an article's fields; counts where the
            text is silent.

    Raises:
        UnreadableInput: there is no text.
    """
    reading = read_news_text(clean(text))
    said = {
        "title": reading.title,
        "text": reading.text,
        "published": str(reading.published or ""),
        "dateline": reading.dateline,
        "byline": reading.credit.byline,
        "agency": reading.credit.agency,
        "source": reading.credit.source,
    }
    return article_of(
        {**known, **{name: value for name, value in said.items() if value}}, origin, alone=True
    )
