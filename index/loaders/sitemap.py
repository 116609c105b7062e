"""Sitemaps and news sitemaps: the addresses of pages, with what is said about each.

Sources: sitemaps.org protocol 0.9; Google's news extension, sitemap-news/0.9.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from zeitfrage.config.errors import UnreadableInput

_HEAD = 2000


def looks_like_sitemap(data: bytes) -> bool:
    """Whether bytes begin as a sitemap or an index of sitemaps does."""
    head = data[:_HEAD].lower()
    return b"<urlset" in head or b"<sitemapindex" in head


def is_index(data: bytes) -> bool:
    """Whether a sitemap lists other sitemaps instead of pages."""
    return b"<sitemapindex" in data[:_HEAD].lower()


def read(data: bytes) -> list[dict[str, object]]:
    """Return what a sitemap says of each page, or an index of each sitemap: `url` and more.

    Entities and external files that it names are not followed; what is ill-formed is read as far
    as it goes.

    Raises:
        UnreadableInput: it lists nothing that can be read.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableInput(f"It is not a readable sitemap: {error}.") from error
    if root is None:
        raise UnreadableInput("It is not a readable sitemap.")
    return [fields for fields in _listed(root) if fields["url"]]


def _listed(root: etree._Element) -> Iterator[dict[str, object]]:
    for entry in root.iterfind("{*}url"):
        yield {
            "url": _said(entry, "{*}loc"),
            "title": _said(entry, "{*}news/{*}title"),
            "published": _said(entry, "{*}news/{*}publication_date"),
            "source": _said(entry, "{*}news/{*}publication/{*}name"),
            "language": _said(entry, "{*}news/{*}publication/{*}language"),
            "keywords": _said(entry, "{*}news/{*}keywords"),
            "lastmod": _said(entry, "{*}lastmod"),
        }
    for entry in root.iterfind("{*}sitemap"):
        yield {"url": _said(entry, "{*}loc"), "lastmod": _said(entry, "{*}lastmod")}


def _said(entry: etree._Element, path: str) -> str | None:
    return " ".join((entry.findtext(path) or "").split()) or None
