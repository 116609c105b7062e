"""What a page says of its article beside the text: JSON-LD, meta tags, dates, its address.

Sources: schema.org NewsArticle; the Open Graph protocol and its `article` terms; Dublin Core.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from lxml import etree

from zeitfrage.index.article import PartialDate
from zeitfrage.index.dates import parse_date
from zeitfrage.index.newstext import read_date_line

_LINKED_DATA = re.compile(
    r"<script[^>]+application/ld\+json[^>]*>(.*?)</script>", re.IGNORECASE | re.DOTALL
)
_NEWS_TYPES = {
    "NewsArticle",
    "Article",
    "ReportageNewsArticle",
    "BlogPosting",
    "AnalysisNewsArticle",
}
# Without the signs between words, which sites set as they like. The plainest say the least:
# `date` is often that of the last change.
_PUBLISHED = (
    *("articlepublishedtime", "ogarticlepublishedtime", "ogpublishedtime", "datepublished"),
    *("articlepublished", "publishedtime", "publisheddate", "publishdate", "publicationdate"),
    *("articlepublicationdate", "pubdate", "parselypubdate", "dcdateissued", "dctermsissued"),
    *("citationpublicationdate", "sailthrudate", "cxenseparserecspublishtime"),
    *("dctermscreated", "dcdatecreated", "dcdate", "dctermsdate", "date"),
)
_UPDATED = ("articlemodifiedtime", "ogupdatedtime", "datemodified", "dctermsmodified")
_IN_PATH = re.compile(r"/((?:19|20)\d\d)[/-](\d\d)(?:[/-](\d\d))?(?=/|-\D)")
_ASIDE = "not(ancestor::aside or ancestor::nav or ancestor::footer or ancestor::form)"
_ALONE = f"{_ASIDE} and not(ancestor-or-self::article)"
_SHORT = {"time", "p", "span", "div", "small", "li", "em", "strong", "h4", "h5", "h6", "abbr"}
_LONGEST_DATE_LINE = 120
_LONGEST_SEARCHED, _MOST_SEARCHED, _MOST_PIECES = 2000, 3000, 100
_MOST_ARTICLES = 50


class PageFacts:
    """The facts about the article of one page."""

    def __init__(self, page: str) -> None:
        """Read the page's head and the surroundings of its text.

        Args:
            page: the whole page; however broken.
        """
        self.linked = _linked_data(page)
        self._tree = _tree(page)
        self._parts = _parts(self._tree) if self._tree is not None else []
        self._meta = dict(self._named_contents())

    def meta(self, *names: str) -> str | None:
        """Return what the first of some meta tags says that says anything."""
        return next((self._meta[name] for name in names if self._meta.get(name)), None)

    def published(self, url: str | None) -> PartialDate | None:
        """Return when the article appeared, None where the page does not say so.

        A date in the running text, or beside the teaser of another article, is not taken for it.

        Args:
            url: the page's address, which counts where the page itself is silent.
        """
        return next(filter(None, self._dates()), None) or _date_in_path(url)

    def updated(self) -> PartialDate | None:
        """Return when the article was last changed, None where the page does not say so."""
        said = (self.linked.get("dateModified"), *(self._meta.get(name) for name in _UPDATED))
        stamps = (stamp for part in self._parts for stamp in _stamps(*part, "dateModified"))
        return next(filter(None, map(parse_date, chain(said, stamps))), None)

    def _dates(self) -> Iterator[PartialDate | None]:
        yield parse_date(self.linked.get("datePublished"))
        yield from (parse_date(self._meta.get(name)) for name in _PUBLISHED)
        yield parse_date(self.linked.get("dateCreated"))
        for part in self._parts:
            yield from map(parse_date, _stamps(*part, "datePublished"))
            yield from map(parse_date, _times(*part))
            yield from map(read_date_line, _short_lines(*part))

    def _named_contents(self) -> Iterator[tuple[str, str]]:
        """Yield meta tags and microdata, the last first, so that of two of a name the first counts.

        Names are without case and signs: `article:published_time` is `articlepublishedtime`.
        """
        if self._tree is None:
            return
        named = f"@property or @name or @itemprop and {_ALONE}"
        for node in reversed(self._tree.xpath(f"//*[@content][{named}]")):
            name = node.get("property") or node.get("name") or node.get("itemprop")
            yield re.sub(r"\W|_", "", name.lower()), node.get("content").strip()


def _tree(page: str) -> Any:  # noqa: ANN401
    """Return the page as lxml reads it, None where nothing can be read."""
    try:
        return etree.fromstring(page.encode("utf-8", "replace"), etree.HTMLParser(encoding="utf-8"))
    except (etree.LxmlError, ValueError):
        return None


def _parts(tree: Any) -> list[tuple[Any, str]]:  # noqa: ANN401
    """Return the article's own part of a page, then the rest, each with what to look at in it.

    Other articles are teasers.
    """
    for name in ("article", "main"):
        if found := tree.xpath(f"(//{name})[position() <= {_MOST_ARTICLES}]"):
            longest = max(found, key=lambda part: float(part.xpath("string-length(.)")))
            return [(longest, _ASIDE), (tree, _ALONE)]
    return [(tree, _ASIDE)]


def _stamps(part: Any, looked_at: str, name: str) -> Iterator[str]:  # noqa: ANN401
    """Yield the dates of a name in microdata."""
    for node in part.xpath(f".//*[@itemprop='{name}'][{looked_at}]"):
        yield node.get("content") or node.get("datetime") or _words(node)


def _times(part: Any, looked_at: str) -> Iterator[str]:  # noqa: ANN401
    """Yield what elements made for dates say."""
    yield from part.xpath(f".//time[{looked_at}]/@datetime")
    yield from part.xpath(f".//abbr[contains(@class, 'published')][{looked_at}]/@title")


def _short_lines(part: Any, looked_at: str) -> Iterator[str]:  # noqa: ANN401
    """Yield the short lines at the start; one of them may be the date of the article."""
    searched = 0
    for node in islice(part.iter(*_SHORT), _MOST_SEARCHED):
        words = _words(node)
        searched += len(words) if node.tag == "p" else 0
        if searched > _LONGEST_SEARCHED:
            return
        if 4 <= len(words) <= _LONGEST_DATE_LINE and node.xpath(f"boolean(self::*[{looked_at}])"):
            yield words


def _words(node: Any) -> str:  # noqa: ANN401
    """Return the words of an element, only the first of them where it is more than a line."""
    return " ".join("".join(islice(node.itertext(), _MOST_PIECES))[:_LONGEST_SEARCHED].split())


def _date_in_path(url: str | None) -> PartialDate | None:
    match = _IN_PATH.search(url or "")
    return parse_date("-".join(filter(None, match.groups()))) if match else None


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
