"""Saved web pages, one article a file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from lxml import etree

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
    """Yield the article of a page; raises UnreadableInput where it holds none."""
    yield read_page(read_whole(stream), origin)


def read_page(
    data: bytes,
    origin: str,
    known: Mapping[str, object] | None = None,
    charset: str | None = None,
) -> Article:
    """Return the article of a page, without its menus, teasers and notices.

    Args:
        data: the page as it was served or saved.
        origin: the file that it came from; a page without an address is known by it.
        known: what is known from elsewhere (`url`, `published` …) and counts where the page is
            silent; an address counts always.
        charset: as the server declared it.

    Raises:
        UnreadableInput: the page holds no article text.
    """
    from trafilatura import bare_extraction

    page = decode(data, charset) if charset else _decode(data)
    try:
        found = bare_extraction(
            page, with_metadata=True, include_comments=False, favor_precision=True
        )
    except (ValueError, TypeError, AttributeError, RecursionError, etree.LxmlError) as error:
        raise UnreadableInput(f"It is not a readable page: {error}.") from error
    extracted = found if isinstance(found, dict) else found.as_dict() if found else {}
    if not extracted.get("text"):
        raise UnreadableInput("The page holds no article text.")
    fields = _fields(page, extracted)
    known = {name: value for name, value in (known or {}).items() if value}
    silent = {name: value for name, value in known.items() if not fields.get(name)}
    address = {"url": known["url"]} if "url" in known else {}
    return article_of({**fields, **silent, **address}, origin, alone=True)


def _fields(page: str, extracted: Mapping[str, Any]) -> dict[str, object]:
    linked = _linked_data(page)
    language = _LANGUAGE.search(page)
    return {
        "title": linked.get("headline") or extracted.get("title"),
        "text": re.sub(r"\n+", "\n\n", clean(extracted["text"])),
        "published": linked.get("datePublished") or extracted.get("date"),
        "updated": linked.get("dateModified"),
        "source": extracted.get("sitename") or linked.get("publisher"),
        "byline": linked.get("author") or extracted.get("author"),
        "section": linked.get("articleSection"),
        "keywords": linked.get("keywords") or extracted.get("tags"),
        "language": language.group(1) if language else None,
        "url": extracted.get("url"),
    }


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
