"""From fields under their usual names to an Article: the one place where articles are made."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from html import unescape
from pathlib import PurePath
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from zeitfrage.config.errors import UnreadableInput
from zeitfrage.index.article import Article
from zeitfrage.index.dates import parse_date
from zeitfrage.index.decoding import clean
from zeitfrage.index.newstext import make_title, read_credit, read_dateline

_NAMES = {
    "id": "id guid uuid _id article_id",
    "title": "title titel header headline überschrift schlagzeile name",
    "text": "text body content article volltext fulltext maintext main_text plain_text artikel"
    " inhalt",
    "published": "published date datum publishing_date published_at publication_date date_publish"
    " datepublished pubdate veröffentlicht created",
    "updated": "updated updated_at modified date_modify datemodified aktualisiert",
    "source": "source publisher quelle medium newspaper site_name sitename domain",
    "agency": "agency agentur",
    "byline": "byline author authors autor autoren verfasser",
    "dateline": "dateline ort ortsmarke",
    "section": "section category ressort rubrik kategorie",
    "language": "language lang sprache",
    "url": "url link source_url canonical_url weblink",
}
_FIELD_OF = {name: field for field, names in _NAMES.items() for name in names.split()}
_SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_TRACKING = re.compile(r"(?:utm_\w+|fbclid|gclid|wt_mc|xtor|cmpid|ref|mc_cid|mc_eid)")
_MARKUP = re.compile(r"<(?:p|br|div|a|b|i|em|strong|h\d|ul|li|span)\b[^>]*>", re.IGNORECASE)
_BLOCK = re.compile(r"</?(?:p|div|h\d|ul|ol|li|blockquote)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]{1,2000}>")
_LANGUAGE_SAMPLE = 2000


def article_of(fields: Mapping[str, object], origin: str = "", alone: bool = False) -> Article:
    """Make an article of a record's fields.

    Args:
        fields: values under any of the usual English and German names; others are ignored.
        origin: the file, where it holds nothing but this article.
        alone: whether it does, so that its path may identify the article.

    Raises:
        UnreadableInput: there is no text.
    """
    known = _known(fields)
    text = _plain(known.get("text"))
    if not text:
        raise UnreadableInput("It holds no text.")
    language = _language(known.get("language"), text)
    title = " ".join(_plain(known.get("title")).split())
    url = _string(known.get("url"))
    place, agency_at_dateline = read_dateline(text)
    dateline = _string(known.get("dateline")) or place
    byline, agency = _string(known.get("byline")), _string(known.get("agency"))
    if byline and (credit := read_credit(byline) or read_credit(f"Von {byline}")):
        byline, agency = credit.byline, agency or credit.agency
    return Article(
        id=_identity(known.get("id"), url, origin if alone else None, title + text),
        title=title or make_title(text, language, dateline),
        text=text,
        published=parse_date(known.get("published")),
        updated=parse_date(known.get("updated")),
        source=_string(known.get("source")),
        agency=agency or agency_at_dateline,
        byline=byline,
        dateline=dateline,
        section=_string(known.get("section")),
        language=language,
        url=url,
    )


def _known(fields: Mapping[str, object]) -> dict[str, object]:
    known: dict[str, object] = {}
    for name, value in fields.items():
        field = _FIELD_OF.get(str(name).strip().lower())
        if field and value not in (None, "", [], {}):
            known.setdefault(field, value)
    return known


def _string(value: object) -> str | None:
    """Return a value as one line of text; a list as its items, an object by its name."""
    if isinstance(value, list | tuple):
        value = ", ".join(filter(None, (_string(item) for item in value)))
    if isinstance(value, Mapping):
        value = value.get("name") or value.get("title") or ""
    return " ".join(clean(str(value)).split()) or None if value is not None else None


def _plain(value: object) -> str:
    if isinstance(value, list | tuple):
        value = "\n\n".join(str(item) for item in value)
    text = str(value) if value is not None else ""
    if _MARKUP.search(text):
        text = re.sub(r"<br\s*/?>", "\n", text, flags=re.IGNORECASE)
        text = unescape(_TAG.sub("", _BLOCK.sub("\n\n", text)))
    return clean(text)


def _language(declared: object, text: str) -> str:
    if isinstance(declared, str) and re.fullmatch(r"[A-Za-z]{2}(?:[-_]\w+)*", declared.strip()):
        return declared.strip()[:2].lower()
    import py3langid

    return str(py3langid.classify(text[:_LANGUAGE_SAMPLE])[0])


def _identity(own: object, url: str | None, origin: str | None, content: str) -> str:
    """Return the id: the source's own, or one made of the URL, the file, or else the content."""
    if own is not None:
        text = str(own).strip()
        return text if _SAFE_ID.fullmatch(text) else _hash(text, 16)
    if url:
        return _hash(canonical_url(url), 16)
    if origin:
        stem = PurePath(origin).name.split(".")[0]
        safe = re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-")[:60]
        return f"{safe or 'article'}-{_hash(origin, 8)}"
    return _hash(content, 16)


def canonical_url(url: str) -> str:
    """Return a URL without fragment and tracking parameters, scheme and host in lower case."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    query = [pair for pair in parse_qsl(parts.query) if not _TRACKING.fullmatch(pair[0].lower())]
    return urlunsplit((parts.scheme, parts.netloc.lower(), parts.path, urlencode(query), ""))


def _hash(text: str, length: int) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:length]
