"""An article in every form that carries its date, and the date that has to be found in it."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from html import escape
from random import Random

import docx
import odfdo
import openpyxl
import pyarrow
from date_spellings import (
    COMPACT,
    ENGLISH,
    GERMAN,
    ISO,
    LETTER,
    MONTH,
    NUMBER,
    PROSE,
    YEAR,
    Spelling,
)
from fpdf import FPDF
from pyarrow import parquet

SUMMER = timezone(timedelta(hours=2))


@dataclass(frozen=True)
class Told:
    """An article to be written.

    Args:
        title: its headline.
        text: its paragraphs, an empty line between.
        day: when it appeared.
    """

    title: str
    text: str
    day: datetime


@dataclass(frozen=True)
class Written:
    """An article in one form.

    Args:
        form: the form and where in it the date stands.
        spelling: an example of how the date is spelled.
        name: of the file.
        data: of the file.
        published: the date to be found, ISO, at the precision that was written; `None` for none.
    """

    form: str
    spelling: str
    name: str
    data: bytes
    published: str


@dataclass(frozen=True)
class Form:
    """A form and a place in it where a date stands.

    Args:
        suffix: of the file.
        write: makes the file of an article and its date as spelled.
        spellings: that stand there.
    """

    suffix: str
    write: Callable[[Told, str], str | bytes]
    spellings: dict[str, Spelling]


def written(told: Told, form: str, spelling: str) -> Written:
    """Return an article in one of FORMS with its date in one of that form's spellings."""
    made = FORMS[form]
    data = made.write(told, made.spellings[spelling](told.day))
    length = 7 if spelling in MONTH else 4 if spelling in YEAR else 10
    published = "None" if made.spellings is NOWHERE else f"{told.day:%Y-%m-%d}"[:length]
    raw = data if isinstance(data, bytes) else data.encode()
    return Written(form, spelling, f"artikel{made.suffix}", raw, published)


def in_every_form(told: Told, chance: Random) -> Iterator[Written]:
    """Yield an article in each form, its date in one of the form's spellings."""
    for form, made in FORMS.items():
        yield written(told, form, chance.choice(list(made.spellings)))


# --- plain text and Markdown ----------------------------------------------------------------

_DATED_TEXTS = {
    "date … at the start of the text": "date {date} Berlin. {text}\n\nVon dpa/RND\n",
    "date … on a line of its own": "date {date}\n\nBerlin. {text}\n\nVon dpa/RND\n",
    "Datum: … in the first line": "Datum: {date}\n{title}\n\n{text}\n",
    "alone in the first line": "{date}\n\n{title}\n\n{text}\n\nVon Anna Muster, AFP\n",
    "alone under the headline": "{title}\n\n{date}\n\n{text}\n",
    "under headline and author": "{title}\nVon Anna Muster\n{date}\n\n{text}\n",
    "Veröffentlicht am … under the headline": "{title}\n\nVeröffentlicht: {date}\n\n{text}\n",
    "Stand: … at the end": "{title}\n\n{text}\n\nStand: {date}\n",
}
_DATELINE = {
    "in the dateline": "{title}\n\nBerlin, {date} (dpa) – {text}\n",
    "in the dateline, no agency": "Berlin, {date} – {text}\n",
}
_DATELINE_SPELLINGS = {
    name: spelling
    for name, spelling in (GERMAN | ENGLISH).items()
    if ":" not in name and "." not in name[4:].replace(". ", "")
} | {"15.02.2018": GERMAN["15.02.2018"]}
_FRONT_MATTER = {
    "date:": "---\ntitle: {title}\ndate: {date}\n---\n\n{text}\n",
    "datum:": '---\ntitel: {title}\ndatum: "{date}"\nautor: Anna Muster\n---\n\n{text}\n',
    "published_at:": "---\npublished_at: {date}\nupdated: 2023-01-01\n---\n# {title}\n\n{text}\n",
}


def _filled(template: str) -> Callable[[Told, str], str]:
    def write(told: Told, date: str) -> str:
        title = json.dumps(told.title, ensure_ascii=False) if "---" in template else told.title
        return template.format(title=title, date=date, text=told.text)

    return write


# --- pages ----------------------------------------------------------------------------------

_TEASER = (
    '<aside><h2>Mehr zum Thema</h2><ul><li><time datetime="2023-03-03">3. März 2023</time> '
    '<a href="/x">Ein anderer Artikel</a></li></ul></aside>'
)
_MODIFIED = '<meta property="article:modified_time" content="2023-01-02T08:00:00+01:00">'
_LINKED = '<script type="application/ld+json">%s</script>'
_PAGES = {
    "JSON-LD": (
        _LINKED
        % '{"@type": "NewsArticle", "datePublished": "{date}", "dateModified": "2023-01-02"}',
        "",
    ),
    "JSON-LD in a graph": (
        _LINKED
        % '{"@graph": [{"@type": "Person"}, {"@type": ["Article"], "datePublished": "{date}"}]}',
        "",
    ),
    "OpenGraph": (
        _MODIFIED + '<meta property="article:published_time" content="{date}">',
        "",
    ),
    "meta date": ('<meta name="date" content="{date}">', ""),
    "meta Dublin Core": ('<meta name="DC.date.issued" content="{date}">', ""),
    "microdata": ("", '<meta itemprop="datePublished" content="{date}">'),
    "time with datetime": ("", '<p>Von Anna Muster, <time datetime="{date}">neulich</time></p>'),
}
_PAGES_IN_WORDS = {
    "time with words": ("", "<p>Von Anna Muster, <time>{date}</time></p>"),
    "words under the headline": ("", '<p class="date">Veröffentlicht am {date}</p>'),
}


def _page(head: str, below: str) -> Callable[[Told, str], str]:
    def write(told: Told, date: str) -> str:
        blocks = "".join(f"<p>{escape(block)}</p>" for block in told.text.split("\n\n"))
        return (
            f'<!doctype html><html lang="de"><head><meta charset="utf-8"><title>'
            f"{escape(told.title)} | Bote</title>{head.replace('{date}', date)}</head><body>"
            f"<nav><a href='/'>Start</a></nav><main><article><h1>{escape(told.title)}</h1>"
            f"{below.replace('{date}', date)}{blocks}</article></main>{_TEASER}"
            "<footer>© 2024 Oberauer Bote</footer></body></html>"
        )

    return write


def _saved_page(told: Told, date: str) -> bytes:
    page = EmailMessage()
    page["Subject"] = told.title
    page["Date"] = "Mon, 02 Jan 2023 08:00:00 +0100"
    page["Snapshot-Content-Location"] = "https://bote.example/artikel"
    page.set_content(_page(*_PAGES["JSON-LD"])(told, date), subtype="html", cte="quoted-printable")
    page.make_related()
    return bytes(page)


# --- feeds and agencies ---------------------------------------------------------------------

_RSS = (
    '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Bote</title>'
    "<pubDate>Mon, 02 Jan 2023 08:00:00 +0100</pubDate><item><title>{title}</title>"
    "{date}<description>{text}</description></item></channel></rss>"
)
_ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>Bote</title>'
    "<updated>2023-01-02T08:00:00Z</updated><entry><title>{title}</title><id>urn:x:1</id>"
    "{date}<content type='text'>{text}</content></entry></feed>"
)
_G2 = (
    '<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="urn:x:1" version="1"><itemMeta>'
    "<versionCreated>2023-01-02T08:00:00+01:00</versionCreated>{created}</itemMeta><contentMeta>"
    "{date}<headline>{title}</headline></contentMeta><contentSet><inlineXML>"
    '<html xmlns="http://www.w3.org/1999/xhtml"><body><p>{text}</p></body></html></inlineXML>'
    "</contentSet></newsItem>"
)
_NITF = (
    "<nitf><head><docdata>{date}<doc-id id-string='x-1'/></docdata>{pubdata}</head><body>"
    "<body.head><hedline><hl1>{title}</hl1></hedline></body.head><body.content><p>{text}</p>"
    "</body.content></body></nitf>"
)
_NEWSML = (
    "<NewsML><NewsEnvelope><DateAndTime>20230102T080000+0100</DateAndTime></NewsEnvelope>"
    "<NewsItem><Identification><NewsIdentifier>{id}<NewsItemId>x-1</NewsItemId></NewsIdentifier>"
    "</Identification><NewsManagement>{date}<ThisRevisionCreated>20230102T080000+0100"
    "</ThisRevisionCreated></NewsManagement><NewsComponent><NewsLines><HeadLine>{title}</HeadLine>"
    "</NewsLines><ContentItem><DataContent><p>{text}</p></DataContent></ContentItem>"
    "</NewsComponent></NewsItem></NewsML>"
)


def _xml(template: str, **parts: str) -> Callable[[Told, str], str]:
    def write(told: Told, date: str) -> str:
        filled = {name: part.format(date=date) for name, part in parts.items()}
        return template.format(**filled, title=escape(told.title), text=escape(told.text))

    return write


def _json(name: str, **others: object) -> Callable[[Told, str], str]:
    def write(told: Told, date: str) -> str:
        return json.dumps({name: date, "headline": told.title, "text": told.text, **others})

    return write


def _letter(told: Told, date: str) -> bytes:
    head = f"From: Bote <post@bote.example>\nDate: {date}\nMessage-ID: <1@bote.example>\n"
    letter = EmailMessage()
    letter["Subject"] = told.title
    letter.set_content(told.text, cte="quoted-printable")
    return head.encode() + bytes(letter)


def _mailbox(told: Told, date: str) -> bytes:
    return b"From post@bote.example Mon Jan  2 08:00:00 2023\n" + _letter(told, date)


# --- tables and documents -------------------------------------------------------------------


def _table(separator: str, column: str) -> Callable[[Told, str], str]:
    def write(told: Told, date: str) -> str:
        rows = io.StringIO()
        writer = csv.writer(rows, delimiter=separator)
        writer.writerows([["Titel", column, "Volltext"], [told.title, date, told.text]])
        return rows.getvalue()

    return write


def _workbook(told: Told, _: str) -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["Titel", "Datum", "Text"])
    book.active.append([told.title, told.day.replace(tzinfo=None), told.text[:30_000]])
    book.save(file)
    return file.getvalue()


def _parquet(told: Told, _: str) -> bytes:
    file = io.BytesIO()
    row = {"title": told.title, "date": told.day, "text": told.text}
    parquet.write_table(pyarrow.Table.from_pylist([row]), file)
    return file.getvalue()


def _database(told: Told, date: str) -> bytes:
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE artikel (Titel, Erschienen, Volltext)")
        database.execute("INSERT INTO artikel VALUES (?, ?, ?)", (told.title, date, told.text))
        database.commit()
        return database.serialize()


def _word(told: Told, date: str) -> bytes:
    document, file = docx.Document(), io.BytesIO()
    if date:
        document.add_paragraph(date)
    else:
        document.core_properties.created = told.day.replace(tzinfo=None)
    document.add_paragraph(told.text)
    document.save(file)
    return file.getvalue()


def _open_document(told: Told, date: str) -> bytes:
    document, file = odfdo.Document("odt"), io.BytesIO()
    document.body.clear()
    document.meta.creation_date = datetime(2023, 1, 2) if date else told.day.replace(tzinfo=None)  # noqa: DTZ001
    for block in (date, told.text):
        document.body.append(odfdo.Paragraph(block))
    document.save(file)
    return file.getvalue()


def _rich_text(told: Told, _: str) -> str:
    text = "".join(c if c < "\x80" else f"\\u{ord(c)}?" for c in told.text if ord(c) < 0x8000)
    day = told.day
    info = rf"{{\info{{\creatim\yr{day.year}\mo{day.month}\dy{day.day}\hr14\min30}}}}"
    return rf"{{\rtf1\ansi\ansicpg1252{info}{{\fonttbl\f0 Arial;}}\f0 {text}\par}}"


def _pdf(told: Told, _: str) -> bytes:
    document = FPDF()
    document.set_creation_date(told.day.replace(tzinfo=SUMMER))
    document.add_page()
    document.set_font("Helvetica", size=10)
    document.multi_cell(0, text=told.text[:2000].encode("latin-1", "ignore").decode("latin-1"))
    return bytes(document.output())


def _book(told: Told, date: str) -> bytes:
    file = io.BytesIO()
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<metadata><dc:title>Bote</dc:title><dc:date>{date}</dc:date></metadata><manifest>"
        '<item id="a" href="a.xhtml"/></manifest><spine><itemref idref="a"/></spine></package>'
    )
    container = '<container><rootfiles><rootfile full-path="p.opf"/></rootfiles></container>'
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("META-INF/container.xml", container)
        archive.writestr("p.opf", package)
        archive.writestr("a.xhtml", _page("", "")(told, ""))
    return file.getvalue()


# --- all of them ----------------------------------------------------------------------------

_MACHINE = ISO | {"2018-02": MONTH["2018-02"]} | YEAR
_CELLS = ISO | COMPACT | PROSE | YEAR | NUMBER
AS_STORED: dict[str, Spelling] = {"as the format stores it": lambda _: ""}
# Written of no date at all, though its text may speak of many.
NOWHERE: dict[str, Spelling] = {"nowhere": lambda _: ""}

FORMS: dict[str, Form] = {
    **{f"txt, {name}": Form(".txt", _filled(text), ISO | PROSE) for name, text in
       _DATED_TEXTS.items()},
    **{f"txt, {name}": Form(".txt", _filled(text), _DATELINE_SPELLINGS) for name, text in
       _DATELINE.items()},
    "txt, no date": Form(".txt", _filled("{title}\n\n{text}\n"), NOWHERE),
    **{f"md, {name}": Form(".md", _filled(text), ISO | PROSE | YEAR) for name, text in
       _FRONT_MATTER.items()},
    "md, under the heading": Form(".md", _filled("# {title}\n\n*{date}*\n\n{text}\n"), PROSE),
    **{f"html, {name}": Form(".html", _page(*parts), _MACHINE) for name, parts in _PAGES.items()},
    **{f"html, {name}": Form(".html", _page(*parts), PROSE) for name, parts in
       _PAGES_IN_WORDS.items()},
    "html, no date": Form(".html", _page("", ""), NOWHERE),
    "mhtml": Form(".mhtml", _saved_page, ISO),
    "RSS, pubDate": Form(".rss", _xml(_RSS, date="<pubDate>{date}</pubDate>"), LETTER | ISO),
    "RSS, dc:date": Form(".rss", _xml(_RSS, date="<dc:date>{date}</dc:date>"), ISO),
    "Atom, published": Form(
        ".atom",
        _xml(_ATOM, date="<updated>2023-01-02T08:00:00Z</updated><published>{date}</published>"),
        ISO,
    ),
    "Atom, updated": Form(".atom", _xml(_ATOM, date="<updated>{date}</updated>"), ISO),
    "JSON Feed": Form(
        ".json",
        lambda told, date: json.dumps({
            "version": "https://jsonfeed.org/version/1.1", "title": "Bote", "items": [
                {"id": "1", "title": told.title, "content_text": told.text,
                 "date_published": date, "date_modified": "2023-01-02T08:00:00Z"}]}),
        ISO,
    ),
    "NewsML-G2, contentCreated": Form(
        ".xml",
        _xml(_G2, created="", date="<contentCreated>{date}</contentCreated>"),
        _MACHINE,
    ),
    "NewsML-G2, firstCreated": Form(
        ".newsml", _xml(_G2, created="<firstCreated>{date}</firstCreated>", date=""), ISO
    ),
    "NewsML 1.2, DateId": Form(
        ".xml",
        _xml(_NEWSML, id="<DateId>{date}</DateId>", date=""),
        {"20180215": COMPACT["20180215"]},
    ),
    "NewsML 1.2, FirstCreated": Form(
        ".xml", _xml(_NEWSML, id="", date="<FirstCreated>{date}</FirstCreated>"), COMPACT
    ),
    "NITF, date.issue": Form(
        ".nitf", _xml(_NITF, date='<date.issue norm="{date}"/>', pubdata=""), COMPACT | ISO
    ),
    "NITF, pubdata": Form(
        ".nitf", _xml(_NITF, date="", pubdata='<pubdata date.publication="{date}"/>'), COMPACT
    ),
    "ninjs, firstcreated": Form(
        ".json", _json("firstcreated", versioncreated="2023-01-02T08:00:00Z", uri="x:1"), ISO
    ),
    "ninjs, versioncreated": Form(".json", _json("versioncreated", uri="x:1"), ISO),
    "json, date": Form(".json", _json("date"), _CELLS),
    "jsonl, published_at": Form(".jsonl", _json("published_at"), _CELLS),
    "eml": Form(".eml", _letter, LETTER),
    "mbox": Form(".mbox", _mailbox, LETTER),
    "csv, Datum": Form(".csv", _table(";", "Datum"), _CELLS),
    "tsv, pub_date": Form(".tsv", _table("\t", "pub_date"), _CELLS),
    "xlsx": Form(".xlsx", _workbook, AS_STORED),
    "parquet": Form(".parquet", _parquet, AS_STORED),
    "sqlite, Erschienen": Form(".sqlite", _database, _CELLS),
    "docx, properties": Form(".docx", _word, AS_STORED),
    "docx, first paragraph": Form(".docx", _word, PROSE),
    "odt, properties": Form(".odt", _open_document, AS_STORED),
    "odt, first paragraph": Form(".odt", _open_document, PROSE),
    "rtf, properties": Form(".rtf", _rich_text, AS_STORED),
    "pdf, properties": Form(".pdf", _pdf, AS_STORED),
    "epub": Form(".epub", _book, _MACHINE),
}  # fmt: skip
