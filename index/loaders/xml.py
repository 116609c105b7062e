"""XML of the news trade: NewsML-G2, NewsML 1.2, NITF, and feeds, told apart by their root.

Sources: IPTC NewsML-G2 2.34, NewsML 1.2 and NITF 3.6 specifications.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from lxml import etree

from zeitfrage.config.errors import UnreadableInput
from zeitfrage.index.decoding import read_whole
from zeitfrage.index.loaders import feeds
from zeitfrage.index.loaders.content import Content
from zeitfrage.index.loaders.record import read_record

Fields = dict[str, object]
_BLOCKS = {"p", "h1", "h2", "h3", "h4", "hl1", "hl2", "li", "tr", "blockquote", "pre", "div", "br"}
_UNREAD = {"head", "script", "style", "table", "media", "block-end"}
_DEEPEST = 200


def load(stream: BinaryIO, origin: str) -> Iterator[Content]:
    """Yield the articles of an XML file.

    Entities and external files that it names are not followed.

    Raises:
        UnreadableInput: it is not well-formed, or of no form that holds articles.
    """
    data = read_whole(stream)
    root = _parse(data)
    name = _name(root)
    if name in ("urlset", "sitemapindex"):
        raise UnreadableInput(
            "It is a sitemap, which lists addresses and holds no article; name its own address."
        )
    if name in ("rss", "feed", "RDF"):
        yield from feeds.read(data, origin)
        return
    for form, read in _FORMS.items():
        found = [root] if name == form else list(root.iter(f"{{*}}{form}"))
        if found:
            alone = len(found) == 1
            for number, item in enumerate(found, start=1):
                where = origin if alone else f"{origin}:{number}"
                yield read_record(read(item), origin, where, alone)
            return
    raise UnreadableInput(
        f"Its root is <{name}>; NewsML-G2, NewsML 1.2, NITF, RSS and Atom can be read."
    )


def _parse(data: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        if feeds.looks_like_feed(data):
            return etree.Element("rss")
        raise UnreadableInput(f"It is not well-formed XML: {error}.") from error
    return root


def _g2(item: etree._Element) -> Fields:
    """Read a newsItem of NewsML-G2."""
    inline = item.find(".//{*}contentSet/{*}inlineXML")
    data = item.find(".//{*}contentSet/{*}inlineData")
    nitf = item.find(".//{*}contentSet//{*}nitf")
    fields = _nitf(nitf) if nitf is not None else {}
    subjects = [_said(s, "{*}name") or s.get("qcode") for s in item.iterfind(".//{*}subject")]
    found: Fields = {
        "id": item.get("guid"),
        "revision": item.get("version"),
        "title": _said(item, ".//{*}contentMeta/{*}headline"),
        "text": fields.get("text") or (_text(inline) if inline is not None else _words(data)),
        "published": _said(item, ".//{*}contentMeta/{*}contentCreated")
        or _said(item, ".//{*}itemMeta/{*}firstCreated"),
        "updated": _said(item, ".//{*}itemMeta/{*}versionCreated"),
        "byline": _said(item, ".//{*}contentMeta/{*}by")
        or _said(item, ".//{*}contentMeta/{*}creator/{*}name"),
        "dateline": _said(item, ".//{*}contentMeta/{*}dateline")
        or _said(item, ".//{*}contentMeta/{*}located/{*}name"),
        "agency": _said(item, ".//{*}itemMeta/{*}provider/{*}name")
        or _code(item.find(".//{*}itemMeta/{*}provider")),
        "language": _attribute(item.find(".//{*}contentMeta/{*}language"), "tag"),
        "keywords": [subject for subject in subjects if subject],
        "urgency": _said(item, ".//{*}contentMeta/{*}urgency"),
        "embargoed": _said(item, ".//{*}itemMeta/{*}embargoed"),
        "status": _attribute(item.find(".//{*}itemMeta/{*}pubStatus"), "qcode"),
    }
    return fields | {name: value for name, value in found.items() if value}


def _nitf(item: etree._Element) -> Fields:
    """Read an nitf document, which may speak of another that it corrects or takes back."""
    about = item.find(".//{*}docdata")
    managed = _attribute(about, "management-doc-idref")
    corrected = _attribute(item.find(".//{*}docdata/{*}correction"), "id-string")
    own = _attribute(item.find(".//{*}docdata/{*}doc-id"), "id-string")
    status = _attribute(about, "management-idref-status") if managed else None
    names = [key.get("key") for key in item.iterfind(".//{*}key-list/{*}keyword")]
    date = item.find(".//{*}docdata/{*}date.issue")
    body = item.find(".//{*}body.content")
    return {
        "id": managed or corrected or own,
        "title": _said(item, ".//{*}hedline/{*}hl1") or _said(item, ".//{*}head/{*}title"),
        "text": _text(body) if body is not None else "",
        "published": _attribute(date, "norm")
        or _attribute(item.find(".//{*}pubdata"), "date.publication"),
        "byline": _said(item, ".//{*}byline"),
        "dateline": _said(item, ".//{*}dateline/{*}location") or _said(item, ".//{*}dateline"),
        "source": _attribute(item.find(".//{*}pubdata"), "name"),
        "section": _attribute(item.find(".//{*}pubdata"), "position.section"),
        "agency": _attribute(item.find(".//{*}docdata/{*}doc-id"), "regsrc"),
        "urgency": _attribute(item.find(".//{*}urgency"), "ed-urg"),
        "embargoed": _attribute(item.find(".//{*}date.release"), "norm"),
        "keywords": [name for name in names if name],
        "status": status or _attribute(about, "management-status"),
    }


def _newsml1(item: etree._Element) -> Fields:
    """Read a NewsItem of NewsML 1.2."""
    nitf = item.find(".//{*}nitf")
    content = item.find(".//{*}DataContent")
    fields = _nitf(nitf) if nitf is not None else {}
    status = _attribute(item.find(".//{*}NewsManagement/{*}Status"), "FormalName")
    topics = [t.get("FormalName") for t in item.iterfind(".//{*}SubjectCode/*")]
    found: Fields = {
        "id": _without_revision(item) or _said(item, ".//{*}NewsItemId"),
        "revision": _said(item, ".//{*}RevisionId"),
        "title": _said(item, ".//{*}NewsLines/{*}HeadLine"),
        "text": fields.get("text") or (_text(content) if content is not None else ""),
        "published": _said(item, ".//{*}DateId") or _said(item, ".//{*}FirstCreated"),
        "updated": _said(item, ".//{*}ThisRevisionCreated"),
        "byline": _said(item, ".//{*}NewsLines/{*}ByLine"),
        "dateline": _said(item, ".//{*}NewsLines/{*}DateLine"),
        "agency": _attribute(item.find(".//{*}Provider/{*}Party"), "FormalName"),
        "language": _attribute(item.find(".//{*}Language"), "FormalName"),
        "urgency": _attribute(item.find(".//{*}NewsManagement/{*}Urgency"), "FormalName"),
        "keywords": [topic for topic in topics if topic],
        "embargoed": _said(item, ".//{*}StatusWillChange/{*}DateAndTime"),
        "status": status,
    }
    return fields | {name: value for name, value in found.items() if value}


def _without_revision(item: etree._Element) -> str:
    """Return the public identifier of NewsML 1.2 without the revision that it ends in."""
    revision = re.escape(_said(item, ".//{*}RevisionId"))
    return re.sub(rf":{revision}[NAU]?$", "", _said(item, ".//{*}PublicIdentifier"))


_FORMS: dict[str, Callable[[etree._Element], Fields]] = {
    "newsItem": _g2,
    "NewsItem": _newsml1,
    "nitf": _nitf,
}


def _text(element: etree._Element) -> str:
    """Return the words of an element, one paragraph for each block within it."""
    blocks: list[str] = [""]

    def walk(node: etree._Element, depth: int) -> None:
        if depth > _DEEPEST or not isinstance(node.tag, str) or _name(node) in _UNREAD:
            return
        block = _name(node) in _BLOCKS
        if block:
            blocks.append("")
        blocks[-1] += node.text or ""
        for child in node:
            walk(child, depth + 1)
            blocks[-1] += child.tail or ""
        if block:
            blocks.append("")

    walk(element, 0)
    return "\n\n".join(filter(None, (" ".join(block.split()) for block in blocks)))


def _words(element: etree._Element | None) -> str:
    return "".join(map(str, element.itertext())) if element is not None else ""


def _said(element: etree._Element, path: str) -> str:
    return " ".join(_words(element.find(path)).split())


def _attribute(element: etree._Element | None, name: str) -> str | None:
    return element.get(name) if element is not None else None


def _code(element: etree._Element | None) -> str | None:
    """Return a concept's code without the scheme that it is from: `nprov:dpa` is dpa."""
    code = _attribute(element, "qcode") or _attribute(element, "literal")
    return code.rpartition(":")[2] if code else None


def _name(element: etree._Element) -> str:
    return str(etree.QName(element).localname)
