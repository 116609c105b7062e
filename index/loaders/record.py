"""From fields under their usual names to an Article: the one place where articles are made."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from html import unescape
from pathlib import PurePath

from zeitfrage.config.errors import UnreadableInput
from zeitfrage.index.article import Article
from zeitfrage.index.dates import parse_date, parse_moment
from zeitfrage.index.decoding import clean
from zeitfrage.index.loaders.address import canonical_url
from zeitfrage.index.loaders.content import Content, Rejection, Withdrawal
from zeitfrage.index.newstext import (
    make_title,
    read_correction,
    read_credit,
    read_dated,
    read_dateline,
)

_NAMES = {
    "id": "id guid uuid _id article_id articleid uri",
    "title": "title titel header headline headlines überschrift schlagzeile kopf name subject_line",
    "text": "text body content article volltext fulltext maintext main_text plain_text artikel"
    " inhalt langtext articlebody bodies body_text body_xhtml body_html content_text content_html",
    "published": "published date datum publishing_date published_at publication_date date_publish"
    " date_published pub_date published_on publish_date veröffentlicht erscheinungsdatum"
    " erschienen contentcreated firstcreated versioncreated created created_at timestamp",
    "updated": "updated updated_at modified date_modify date_modified modified_at aktualisiert"
    " versioncreated",
    "source": "source publisher quelle medium zeitung newspaper site_name sitename domain outlet"
    " copyrightholder",
    "agency": "agency agentur infosource infosources",
    "byline": "byline by author authors autor autoren autorin verfasser writer creator",
    "dateline": "dateline ort ortsmarke located",
    "section": "section category ressort rubrik kategorie",
    "language": "language lang sprache",
    "url": "url link source_url canonical_url weblink permalink",
    "keywords": "keywords tags subject subjects schlagworte schlagwörter stichworte",
    "urgency": "urgency dringlichkeit",
    "embargoed_until": "embargoed_until embargoed embargo sperrfrist",
    "revision": "revision version",
    "status": "pubstatus status",
}
FIELDS = tuple(_NAMES)
Columns = Mapping[str, str]
_RANKS = {
    (re.sub(r"\W|_", "", name), field): rank
    for field, names in _NAMES.items()
    # `_id` and `id` are one name, and the better of the two counts.
    for rank, name in reversed([*enumerate(names.split())])
}
_FIELDS_OF = {name: [field for known, field in _RANKS if known == name] for name, _ in _RANKS}
_NOTHING: tuple[object, ...] = (None, "", [], {})
_WITHDRAWN = {"canceled", "cancelled", "withheld", "stat:canceled", "stat:withheld"}
_SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MARKUP = re.compile(r"<(?:p|br|div|a|b|i|em|strong|h\d|ul|li|span)\b[^>]*>", re.IGNORECASE)
_BLOCK = re.compile(r"</?(?:p|div|h\d|ul|ol|li|blockquote)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]{1,2000}>")
_BY = re.compile(r"^(?:von|by)\s+", re.IGNORECASE)
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
    if byline:
        byline, named = _split_byline(byline)
        agency = agency or named
    return Article(
        id=_identity(known.get("id"), url, origin if alone else None, title + text),
        title=title or make_title(text, language, dateline),
        text=text,
        published=parse_date(known.get("published")) or read_dated(text)[0],
        updated=parse_date(known.get("updated")),
        source=_string(known.get("source")),
        agency=agency or agency_at_dateline,
        byline=byline,
        dateline=dateline,
        section=_string(known.get("section")),
        language=language,
        url=url,
        keywords=_string(known.get("keywords")),
        urgency=_number(known.get("urgency"), 1, 9),
        embargoed_until=parse_moment(known.get("embargoed_until")),
        correction=read_correction(text),
        revision=_number(known.get("revision"), 0, 2**31),
    )


def guess_columns(names: Iterable[str]) -> dict[str, str]:
    """Return which column holds which field of an article, `{field: column}`, by usual names.

    Where several could, the one counts that names the field best: `published` before `created`.
    """
    guessed: dict[str, str] = {}
    for name in names:
        normal = _normal(name)
        for field in _FIELDS_OF.get(normal, ()):
            rival = guessed.get(field)
            if rival is None or _RANKS[normal, field] < _RANKS[_normal(rival), field]:
                guessed[field] = name
    return guessed


def named_columns(given: Iterable[str]) -> dict[str, str]:
    """Return `{field: column}` of texts such as `text=Inhalt`.

    Raises:
        UnreadableInput: one is of another form or names no field.
    """
    columns: dict[str, str] = {}
    for text in given:
        field, sign, column = text.partition("=")
        if not sign or not column or field not in FIELDS:
            raise UnreadableInput(
                f"{text!r} names no column.",
                f"Write FIELD=COLUMN; the fields are {', '.join(FIELDS)}.",
            )
        columns[field] = column
    return columns


def renamed(record: Mapping[str, object], columns: Columns) -> dict[str, object]:
    """Return a record with the columns that were named by hand under their fields' names.

    Args:
        record: values by column.
        columns: `{field: column}`; these count before all that is guessed.
    """
    named = {field: record[name] for field, name in columns.items() if name in record}
    return {**named, **{name: value for name, value in record.items() if name not in named}}


def read_record(
    fields: Mapping[str, object], origin: str, where: str = "", alone: bool = False
) -> Content:
    """Return what a record holds: an article, its withdrawal, or why there is neither.

    Args:
        fields: as for `article_of`.
        origin: the file.
        where: the record in it; default: the file itself.
        alone: whether the file holds nothing else.
    """
    known = _known(fields)
    if str(known.get("status")).strip().lower() in _WITHDRAWN:
        url = _string(known.get("url"))
        return Withdrawal(where or origin, _identity(known.get("id"), url, origin, ""))
    try:
        return article_of(fields, origin, alone)
    except UnreadableInput as error:
        return Rejection(where or origin, error.message)


def _normal(name: str) -> str:
    """Return a column's name as names are compared: `Published At` and `published_at` are one."""
    return re.sub(r"\W|_", "", name.lower())


def _known(fields: Mapping[str, object]) -> dict[str, object]:
    filled = {str(name): value for name, value in fields.items() if value not in _NOTHING}
    return {field: filled[name] for field, name in guess_columns(filled).items()}


def _string(value: object) -> str | None:
    """Return a value as one line of text; a list as its items, an object by what it says."""
    if isinstance(value, list | tuple):
        value = ", ".join(filter(None, (_string(item) for item in value)))
    if isinstance(value, Mapping):
        value = value.get("name") or value.get("title") or value.get("value") or ""
    return " ".join(clean(str(value)).split()) or None if value is not None else None


def _split_byline(byline: str) -> tuple[str | None, str | None]:
    """Return a byline without its `Von`, and the agency in it; two names are two authors."""
    credit = read_credit(byline) or read_credit(f"Von {byline}")
    if credit is None:
        return byline, None
    if credit.source and not credit.source.isupper():
        return _BY.sub("", byline), credit.agency
    return credit.byline, credit.agency


def _number(value: object, least: int, most: int) -> int | None:
    try:
        number = int(str(value))
    except ValueError:
        return None
    return number if least <= number <= most else None


def _plain(value: object) -> str:
    if isinstance(value, list | tuple):
        value = _said_once(value) or "\n\n".join(str(item) for item in value)
    text = str(value) if value is not None else ""
    if _MARKUP.search(text):
        text = re.sub(r"<br\s*/?>", "\n", text, flags=re.IGNORECASE)
        text = unescape(_TAG.sub("", _BLOCK.sub("\n\n", text)))
    return clean(text)


def _said_once(values: Sequence[object]) -> str | None:
    """Return the longest of several renderings of a text (ninjs 2 and 3), None of other lists."""
    if not all(isinstance(value, Mapping) for value in values):
        return None
    said = [str(value.get("value") or "") for value in values if isinstance(value, Mapping)]
    return max(said, key=len, default=None)


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


def _hash(text: str, length: int) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:length]
