"""Which form fetched bytes have: what they are counts before what the server says they are."""

from __future__ import annotations

import codecs
import re
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from zeitfrage.index.fetching import Fetched
from zeitfrage.index.loaders import SUFFIXES
from zeitfrage.index.loaders.feeds import looks_like_feed
from zeitfrage.index.loaders.sitemap import looks_like_sitemap

PAGE = ".html"
FEED = ".rss"
JSON = ".json"
SITEMAP = ".sitemap"
_HEAD = 2000
_JSON_START = re.compile(rb"\{\s*\"|\[\s*\{")
_JSON_FORMS = (JSON, ".jsonl", ".ndjson")
_PAGE_ROOT = re.compile(rb"<!doctype html|<html[\s>]", re.IGNORECASE)
_BY_MEDIA_TYPE = {
    "application/epub+zip": ".epub",
    "application/jsonl": ".jsonl",
    "application/pdf": ".pdf",
    "application/rtf": ".rtf",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/x-ndjson": ".jsonl",
    "application/xhtml+xml": PAGE,
    "message/rfc822": ".eml",
    "text/csv": ".csv",
    "text/html": PAGE,
    "text/markdown": ".md",
    "text/plain": ".txt",
    "text/rtf": ".rtf",
    "text/tab-separated-values": ".tsv",
}


def form_of(fetched: Fetched) -> str:
    """Return the suffix of the form, `.sitemap` for sitemaps; empty where it is none known."""
    head = _text_head(fetched.data)
    if fetched.data.startswith(b"%PDF-"):
        return ".pdf"
    if head.startswith(b"<"):
        return _markup(head, fetched.media_type)
    declared = _named(fetched.url) or _BY_MEDIA_TYPE.get(fetched.media_type, "")
    if _JSON_START.match(head):
        return declared if declared in _JSON_FORMS else JSON
    return declared


def _markup(head: bytes, media_type: str) -> str:
    page = _PAGE_ROOT.search(head)
    if looks_like_sitemap(head):
        return SITEMAP
    if looks_like_feed(head[: page.start()] if page else head):
        return FEED
    is_xml = head.startswith(b"<?xml") or media_type.endswith("xml")
    return ".xml" if is_xml and not page else PAGE


def _text_head(data: bytes) -> bytes:
    """Return the first bytes of text, as ASCII where they are UTF-16."""
    head = data[:_HEAD]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        head = head.decode("utf-16", "ignore").encode("ascii", "ignore")
    return head.removeprefix(codecs.BOM_UTF8).lstrip()


def _named(url: str) -> str:
    """Return the suffix in an address where it is that of a known form, `.jsonl.gz` as well."""
    suffixes = PurePosixPath(urlsplit(url).path).suffixes
    known = ("".join(suffixes[-count:]).lower() for count in (2, 1))
    return next((suffix for suffix in known if suffix in SUFFIXES), "")
