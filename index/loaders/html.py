"""Saved web pages, one article a file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any, BinaryIO

from lxml import etree

from zeitfrage.config.errors import UnreadableInput
from zeitfrage.index.article import Article
from zeitfrage.index.decoding import clean, decode, read_whole
from zeitfrage.index.loaders.page_facts import PageFacts
from zeitfrage.index.loaders.record import article_of

_DECLARED = re.compile(rb"<meta[^>]+charset=[\"']?([\w-]+)", re.IGNORECASE)
_HEAD = 4096
_LANGUAGE = re.compile(r"<html[^>]*\blang=[\"']?([\w-]+)", re.IGNORECASE)
# The dates are read by ourselves: to find one for certain, htmldate takes it from a teaser.
_DATES_UNREAD = {"original_date": True, "extensive_search": False, "max_date": "1995-01-02"}


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
            page,
            with_metadata=True,
            include_comments=False,
            favor_precision=True,
            date_extraction_params=_DATES_UNREAD,
        )
    except (ValueError, TypeError, AttributeError, RecursionError, etree.LxmlError) as error:
        raise UnreadableInput(f"It is not a readable page: {error}.") from error
    extracted = found if isinstance(found, dict) else found.as_dict() if found else {}
    if not extracted.get("text"):
        raise UnreadableInput("The page holds no article text.")
    known = {name: value for name, value in (known or {}).items() if value}
    address = {"url": known["url"]} if "url" in known else {}
    fields = _fields(page, {**extracted, **address})
    silent = {name: value for name, value in known.items() if not fields.get(name)}
    return article_of({**fields, **silent}, origin, alone=True)


def _fields(page: str, extracted: Mapping[str, Any]) -> dict[str, object]:
    facts, url = PageFacts(page), extracted.get("url")
    linked, language = facts.linked, _LANGUAGE.search(page)
    return {
        "title": _headline(linked) or extracted.get("title"),
        "text": re.sub(r"\n+", "\n\n", clean(extracted["text"])),
        "published": str(facts.published(url) or ""),
        "updated": str(facts.updated() or ""),
        "source": extracted.get("sitename") or linked.get("publisher"),
        "byline": linked.get("author") or extracted.get("author"),
        "section": linked.get("articleSection") or facts.meta("articlesection"),
        "keywords": linked.get("keywords") or facts.meta("newskeywords") or extracted.get("tags"),
        "language": language.group(1) if language else None,
        "url": url,
    }


def _headline(linked: Mapping[str, Any]) -> str:
    """Return the headline of JSON-LD, in which many papers write `&quot;` for quotation marks."""
    said = linked.get("headline")
    return unescape(said) if isinstance(said, str) else ""


def _decode(data: bytes) -> str:
    declared = _DECLARED.search(data[:_HEAD])
    if declared and declared.group(1).lower() not in (b"utf-8", b"utf8"):
        try:
            return data.decode(declared.group(1).decode("ascii"))
        except (UnicodeDecodeError, LookupError):
            return decode(data)
    return decode(data)
