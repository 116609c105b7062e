"""Plain text, one article a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from zeitfrage.index.article import Article
from zeitfrage.index.decoding import clean, decode, read_whole
from zeitfrage.index.loaders.record import article_of
from zeitfrage.index.newstext import read_news_text


def load(stream: BinaryIO, origin: str) -> Iterator[Article]:
    """Yield the article of a text file; raises UnreadableInput where there is none."""
    reading = read_news_text(clean(decode(read_whole(stream))))
    fields = {
        "title": reading.title,
        "text": reading.text,
        "published": str(reading.published or ""),
        "dateline": reading.dateline,
        "byline": reading.credit.byline,
        "agency": reading.credit.agency,
        "source": reading.credit.source,
    }
    yield article_of(fields, origin, alone=True)
