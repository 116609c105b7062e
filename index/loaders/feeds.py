"""RSS and Atom feeds, one article an entry."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, BinaryIO

from zeitfrage.config.errors import UnreadableInput
from zeitfrage.index.decoding import read_whole
from zeitfrage.index.loaders.content import Content
from zeitfrage.index.loaders.record import read_record

_HEAD = 2000


def load(stream: BinaryIO, origin: str) -> Iterator[Content]:
    """Yield the articles of a feed; raises UnreadableInput where it holds none."""
    yield from read(read_whole(stream), origin)


def looks_like_feed(data: bytes) -> bool:
    """Whether bytes that are not well-formed XML may still be a feed."""
    head = data[:_HEAD].lower()
    return any(root in head for root in (b"<rss", b"<feed", b"<rdf:rdf", b"<channel"))


def read(data: bytes, origin: str) -> Iterator[Content]:
    """Yield the articles of a feed's bytes, ill-formed ones too (feedparser's forgiving reading).

    Raises:
        UnreadableInput: it holds no entries.
    """
    found = entries(data)
    if not found:
        raise UnreadableInput("The feed holds no entries.")
    for number, fields in enumerate(found, start=1):
        yield read_record(fields, origin, f"{origin}:{number}")


def entries(data: bytes) -> list[dict[str, object]]:
    """Return the fields of each entry; none where a feed is empty.

    Raises:
        UnreadableInput: it is no feed.
    """
    import feedparser

    feed = feedparser.parse(io.BytesIO(data), sanitize_html=True, resolve_relative_uris=False)
    if not feed.entries and not feed.version:
        raise UnreadableInput("It is not a readable feed.")
    return [_fields(entry, feed.feed) for entry in feed.entries]


def _fields(entry: Any, feed: Any) -> dict[str, object]:  # noqa: ANN401
    contents = [content.get("value", "") for content in entry.get("content", [])]
    tags = [tag.get("term") for tag in entry.get("tags", [])]
    # feedparser's own `get` gives the day of publication where there is no update.
    updated = dict.get(entry, "updated")
    return {
        "title": entry.get("title"),
        "text": max((*contents, entry.get("summary", "")), key=len),
        "published": entry.get("published") or updated,
        "updated": updated,
        "byline": entry.get("author"),
        "source": entry.get("source", {}).get("title") or feed.get("title"),
        "url": entry.get("link") or _address(entry.get("id")),
        "id": None if entry.get("link") or _address(entry.get("id")) else entry.get("id"),
        "keywords": [tag for tag in tags if tag],
        "language": entry.get("language") or feed.get("language"),
    }


def _address(identifier: str | None) -> str | None:
    """Return an entry's id where it is a web address (`isPermaLink`)."""
    return identifier if identifier and identifier.startswith(("http://", "https://")) else None
