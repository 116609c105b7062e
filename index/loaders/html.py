"""Saved web pages, one article a file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from zeitfrage.config.errors import UnreadableInput
from zeitfrage.index.article import Article
from zeitfrage.index.decoding import clean, decode, read_whole
from zeitfrage.index.loaders.record import article_of

_DECLARED = re.compile(rb"<meta[^>]+charset=[\"']?([\w-]+)", re.IGNORECASE)
_HEAD = 4096
_LINKED_DATA = re.compile(
    r"<script[^>]+application/ld\+json[^>]*>(.*?)</script>", re.IGNORECASE | re.DOTALL
)
_LANGUAGE = re.compile(r"<html[^>]*\blang=[\"']?([\w-]+)", re.IGNORECASE)
_NEWS_TYPES = {
    "NewsArticle",
    "Article",
    "ReportageNewsArticle",
    "BlogPosting",
    "AnalysisNewsArticle",
}


def load(stream: BinaryIO, origin: str) -> Iterator[Article]:
    """Yield the article of a page, without its menus, teasers and notices.

    Raises:
        UnreadableInput: the page holds no article text.
    """
    from trafilatura import bare_extraction

    page = _decode(read_whole(stream))
    found = bare_extraction(page, with_metadata=True, include_comments=False, favor_precision=True)
    extracted = found if isinstance(found, dict) else found.as_dict() if found else {}
    if not extracted.get("text"):
        raise UnreadableInput("The page holds no article text.")
    linked = _linked_data(page)
    language = _LANGUAGE.search(page)
    yield article_of(
        {
            "title": linked.get("headline") or extracted.get("title"),
            "text": re.sub(r"\n+", "\n\n", clean(extracted["text"])),
            "published": linked.get("datePublished") or extracted.get("date"),
            "updated": linked.get("dateModified"),
            "source": extracted.get("sitename") or linked.get("publisher"),
            "byline": linked.get("author") or extracted.get("author"),
            "section": linked.get("articleSection"),
            "language": language.group(1) if language else None,
            "url": extracted.get("url"),
        },
        origin,
        alone=True,
    )


def _decode(data: bytes) -> str:
    declared = _DECLARED.search(data[:_HEAD])
    if declared and declared.group(1).lower() not in (b"utf-8", b"utf8"):
        try:
            return data.decode(declared.group(1).decode("ascii"))
        except (UnicodeDecodeError, LookupError):
            return decode(data)
    return decode(data)


def _linked_data(page: str) -> dict[str, Any]:
    """Return the page's JSON-LD about its article (schema.org), empty where there is none."""
    for match in _LINKED_DATA.finditer(page):
        try:
            found = _article_node(json.loads(match.group(1)))
        except (ValueError, RecursionError):
            continue
        if found:
            return found
    return {}


def _article_node(node: object) -> dict[str, Any] | None:
    if isinstance(node, list):
        return next(filter(None, map(_article_node, node)), None)
    if not isinstance(node, dict):
        return None
    types = node.get("@type")
    if _NEWS_TYPES & set(types if isinstance(types, list) else [types] if types else []):
        return node
    return _article_node(node.get("@graph") or node.get("mainEntity"))
