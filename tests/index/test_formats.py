"""Every form that articles come in, with the metadata that it yields."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import docx
import odfdo
import openpyxl
import pyarrow
import pytest
import zstandard
from fpdf import FPDF
from old_excel import workbook
from pyarrow import parquet
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from zeitfrage.config.errors import UnreadableInput
from zeitfrage.index.article import Article
from zeitfrage.index.loaders import (
    Content,
    Rejection,
    Withdrawal,
    named_columns,
    read_articles,
    read_columns,
)

FIXTURES = Path(__file__).parent.parent / "fixtures"
BODY = (
    "Die Gemeinde Oberau hat am Lindenberg 340 Bäume gepflanzt. Das sagte Förster Emil Tann am "
    "Donnerstag. Die Setzlinge kosteten 12.000 Euro, bezahlt hat sie der Kreis."
)
PAGE = (
    "<!doctype html><html lang='de'><head><meta charset='utf-8'><title>Neue Bäume</title></head>"
    f"<body><nav><a href='/'>Start</a></nav><article><h1>Neue Bäume</h1><p>{BODY}</p>"
    f"<p>{BODY.replace('Bäume', 'Eichen')}</p></article></body></html>"
)
ROWS = [
    {"Titel": "Neue Bäume", "Volltext": BODY, "Datum": "02.05.2024", "Zeitung": "Oberauer Bote"},
    {
        "Titel": "Alte Mühle",
        "Volltext": "Die Mühle wird Museum.",
        "Datum": "2024-06",
        "Zeitung": "",
    },
]


def read(name: str, data: bytes, **columns: str) -> list[Content]:
    return list(read_articles(io.BytesIO(data), name, columns))


def articles(name: str, data: bytes, **columns: str) -> list[Article]:
    found = read(name, data, **columns)
    assert all(isinstance(item, Article) for item in found), found
    return [item for item in found if isinstance(item, Article)]


def fixture(name: str) -> Article:
    (article,) = articles(name, (FIXTURES / name).read_bytes())
    return article


def reason(name: str, data: bytes) -> str:
    (rejection,) = read(name, data)
    assert isinstance(rejection, Rejection), rejection
    return rejection.reason


# --- agencies -------------------------------------------------------------------------------


def test_newsml_g2():
    article = fixture("newsml-g2.xml")
    assert article.title == "Oberau pflanzt 340 Bäume am Lindenberg"
    assert article.text.startswith("Die Gemeinde Oberau hat am Lindenberg 340 Bäume gepflanzt.\n\n")
    assert "12 000 Euro" in article.text
    assert "120" not in article.text, "a table of figures is no sentence"
    assert (str(article.published), str(article.updated)) == ("2024-05-02", "2024-05-02")
    assert (article.byline, article.agency) == ("Anna Muster", "Mittelrhein-Agentur")
    assert article.dateline.startswith("Oberau")
    assert article.keywords == "Umwelt, medtop:20000427"
    assert (article.urgency, article.revision, article.language) == (3, 3, "de")


def test_newsml_1_2_in_latin_1():
    article = fixture("newsml-1.2.xml")
    assert article.title == "Fährbetrieb in Sankt Velten endet im Juni"
    assert article.text.split("\n\n")[1].startswith("Nach 96 Jahren")
    assert (str(article.published), article.dateline) == ("2004-03-11", "Sankt Velten")
    assert (article.byline, article.agency) == ("Jonas Kähler", "MRA")
    assert (article.urgency, article.revision, article.keywords) == (4, 1, "13000000")


def test_nitf():
    article = fixture("nitf.xml")
    assert article.id == "kd-2023-1107-werft"
    assert article.title == "Werft Harlemann baut zwei Fähren"
    assert article.text.endswith("sagte Geschäftsführer Ole Harms.")
    assert "von oben" not in article.text, "a caption is not the article"
    assert (str(article.published), article.dateline) == ("2023-11-07", "Harlesiel")
    assert (article.byline, article.agency) == ("Ute Siemens", "Küstendienst")
    assert (article.source, article.section) == ("Harlesieler Anzeiger", "Wirtschaft")
    assert (article.keywords, article.urgency) == ("Werft, Fähre", 5)
    assert article.embargoed_until == datetime(2023, 11, 7, 11, tzinfo=UTC)


def test_ninjs():
    article = fixture("ninjs.json")
    assert article.title == "Stadtbad Altenweiler öffnet nach Umbau"
    assert article.text.split("\n\n")[1] == "Der Eintritt kostet für Erwachsene 5,50 Euro."
    assert (str(article.published), article.dateline) == ("2024-06-11", "Altenweiler")
    assert (article.byline, article.source) == ("Lena Voss", "Mittelrhein-Agentur")
    assert (article.keywords, article.urgency, article.revision) == ("Sport, Freizeit", 4, 2)


@pytest.mark.parametrize(
    ("name", "sign", "order"),
    [
        ("newsml-g2.xml", b"stat:usable", b"stat:canceled"),
        ("newsml-1.2.xml", b'"Usable"', b'"Canceled"'),
        ("nitf.xml", b'status="usable"', b'status="canceled"'),
        ("ninjs.json", b'"pubstatus": "usable"', b'"pubstatus": "canceled"'),
    ],
)
def test_an_agency_takes_back_the_article_that_it_sent(name, sign, order):
    sent = (FIXTURES / name).read_bytes()
    (article,) = articles(name, sent)
    (withdrawal,) = read(name, sent.replace(sign, order))
    assert withdrawal == Withdrawal(name, article.id)


# --- feeds ----------------------------------------------------------------------------------


def test_rss_takes_the_full_text_and_the_address_without_tracking():
    first, second = articles("feed.rss", (FIXTURES / "feed.rss").read_bytes())
    assert first.title == "Freibad wird teurer & bleibt länger offen"
    assert first.text.startswith("Die Tageskarte im Freibad Oberau kostet ab Juni 4 Euro.\n\n")
    assert (str(first.published), first.byline) == ("2024-05-15", "Jan Beispiel")
    assert (first.source, first.language) == ("Oberauer Bote", "de")
    assert first.keywords == "Lokales, Freibad"
    plain = {"url": "https://bote.example/2024/freibad", "text": "x"}
    assert articles("a.json", json.dumps(plain).encode())[0].id == first.id
    assert second.id == "bote-778"
    assert second.published is None, "an impossible date is no date"


def test_atom():
    article = fixture("feed.atom")
    assert article.title == "Lighthouse reopens after storm repairs"
    assert article.text.endswith("Repairs took five months and cost $310,000, the trust said.")
    assert (str(article.published), str(article.updated)) == ("2024-03-08", "2024-03-09")
    assert (article.byline, article.source) == ("Ruth Calloway", "Fairhaven Courier")
    assert (article.language, article.url) == ("en", "https://courier.example/2024/lighthouse")


def test_a_feed_that_is_not_well_formed_is_read_nevertheless():
    broken = (FIXTURES / "feed.rss").read_bytes().replace(b"&amp; bleibt", b"& bleibt")
    assert len(articles("feed.xml", broken)) == 2


def test_json_feed():
    article = fixture("feed.json")
    assert article.text == "Der Stausee Grundweiler ist nach dem Regen zu 97 Prozent gefüllt."
    assert (str(article.published), str(article.updated)) == ("2023-11-20", "2023-11-21")
    assert (article.byline, article.source) == ("Mia Brandt, Karl Ott", "Seeblick Nachrichten")
    assert article.keywords == "Wasser, Umwelt"


# --- tables ---------------------------------------------------------------------------------


def as_csv() -> bytes:
    lines = [";".join(ROWS[0]), *(";".join(f'"{cell}"' for cell in row.values()) for row in ROWS)]
    return "\r\n".join(lines).encode("cp1252")


def as_tsv() -> bytes:
    return "\n".join("\t".join(row) for row in (ROWS[0], *(r.values() for r in ROWS))).encode()


def as_xlsx() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(list(ROWS[0]))
    for row in ROWS:
        book.active.append(list(row.values()))
    book.active.cell(2, 3).value = datetime(2024, 5, 2)  # noqa: DTZ001 (Excel knows no zones)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def as_ods() -> bytes:
    document = odfdo.Document("ods")
    document.body.clear()
    table = odfdo.Table("Archiv")
    for cells in (list(ROWS[0]), *(list(row.values()) for row in ROWS)):
        row = odfdo.Row()
        row.set_values(cells)
        table.append_row(row)
    document.body.append(table)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def as_xls() -> bytes:
    return workbook("Archiv", [list(ROWS[0]), *(list(row.values()) for row in ROWS)])


def as_parquet() -> bytes:
    written = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(ROWS), written)
    return written.getvalue()


def as_sqlite() -> bytes:
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE kontakt (name TEXT)")
        database.execute("CREATE TABLE archiv (Titel, Volltext, Datum, Zeitung)")
        rows = [tuple(row.values()) for row in ROWS]
        database.executemany("INSERT INTO archiv VALUES (?, ?, ?, ?)", rows)
        database.commit()
        return database.serialize()


TABLES = {
    "archiv.csv": as_csv,
    "archiv.tsv": as_tsv,
    "archiv.xlsx": as_xlsx,
    "archiv.xls": as_xls,
    "archiv.ods": as_ods,
    "archiv.parquet": as_parquet,
    "archiv.sqlite": as_sqlite,
}


@pytest.mark.parametrize(("name", "written"), TABLES.items())
def test_tables_are_read_by_their_usual_column_names(name: str, written: Callable[[], bytes]):
    trees, mill = articles(name, written())
    assert (trees.title, trees.text) == ("Neue Bäume", BODY)
    assert (str(trees.published), trees.source) == ("2024-05-02", "Oberauer Bote")
    assert (mill.title, str(mill.published), mill.source) == ("Alte Mühle", "2024-06", None)


def test_columns_can_be_named_by_hand_and_are_shown_before():
    data = f"Nr,Beitrag,Tag\n7,{BODY.replace(',', '')},2024-05-02\n".encode()
    assert "text=NAME" in reason("a.csv", data)
    named = named_columns(["text=Beitrag", "published=Tag"])
    (article,) = articles("a.csv", data, **named)
    assert str(article.published) == "2024-05-02"
    (table,) = read_columns(io.BytesIO(data), "a.csv", named)
    assert (dict(table.used), table.unused) == (named, ("Nr",))


@pytest.mark.parametrize("given", ["text", "text=", "inhalt=Beitrag"])
def test_a_column_named_wrongly_is_refused_with_the_fields_that_there_are(given):
    with pytest.raises(UnreadableInput, match="names no column") as raised:
        named_columns([given])
    assert "published" in str(raised.value.remedy)


# --- documents ------------------------------------------------------------------------------


def test_word_documents():
    document = docx.Document()
    document.core_properties.title = "Neue Bäume"
    document.core_properties.author = "Anna Muster"
    document.core_properties.keywords = "Wald, Oberau"
    document.core_properties.created = datetime(2024, 5, 2)  # noqa: DTZ001 (Word knows no zones)
    document.add_paragraph(BODY)
    written = io.BytesIO()
    document.save(written)
    (article,) = articles("a.docx", written.getvalue())
    assert article.text == BODY
    assert (article.title, article.byline) == ("Neue Bäume", "Anna Muster")
    assert (str(article.published), article.keywords) == ("2024-05-02", "Wald, Oberau")


def test_opendocument_texts():
    document = odfdo.Document("odt")
    document.body.clear()
    document.meta.title = "Neue Bäume"
    document.meta.initial_creator = "Anna Muster"
    document.meta.creation_date = datetime(2024, 5, 2)  # noqa: DTZ001 (OpenDocument knows no zones)
    document.meta.keywords = "Wald, Oberau"
    document.body.append(odfdo.Paragraph(BODY))
    written = io.BytesIO()
    document.save(written)
    (article,) = articles("a.odt", written.getvalue())
    assert (article.title, article.text) == ("Neue Bäume", BODY)
    assert (article.byline, article.keywords) == ("Anna Muster", "Wald, Oberau")
    assert str(article.published) == "2024-05-02"


def test_rich_text():
    escaped = BODY.replace("ä", r"\'e4").replace("ö", r"\'f6")
    about = r"{\info{\title Neue B\'e4ume}{\author Anna M\u252?ller}{\creatim\yr2024\mo5\dy2\hr9}}"
    source = r"{\rtf1\ansi\ansicpg1252{\fonttbl\f0 Arial;}" + about
    (article,) = articles("a.rtf", (source + rf"\f0 {escaped}\par Von dpa\par}}").encode("ascii"))
    assert (article.text, article.agency) == (BODY, "dpa")
    assert (article.title, article.byline) == ("Neue Bäume", "Anna Müller")
    assert str(article.published) == "2024-05-02"


def as_pdf(text: str) -> bytes:
    document = FPDF()
    document.set_title("Neue Bäume")
    document.set_author("Anna Muster")
    document.set_keywords("Wald, Oberau")
    document.set_creation_date(datetime(2024, 5, 2, tzinfo=UTC))
    document.add_page()
    document.set_font("Helvetica", size=14)
    if text:
        document.multi_cell(70, text=text)
    return bytes(document.output())


def test_pdf_joins_the_lines_of_its_text_layer():
    (article,) = articles("a.pdf", as_pdf(BODY))
    assert (article.title, article.text) == ("Neue Bäume", BODY)
    assert (article.byline, article.keywords) == ("Anna Muster", "Wald, Oberau")
    assert str(article.published) == "2024-05-02"


def test_a_scanned_pdf_says_that_it_needs_text_recognition():
    assert "OCR" in reason("a.pdf", as_pdf(""))


def test_epub_yields_an_article_for_each_chapter():
    package = """<package xmlns="http://www.idpf.org/2007/opf"><metadata
        xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Oberauer Bote</dc:title>
        <dc:date>2024-05-02</dc:date><dc:language>de</dc:language></metadata>
        <manifest><item id="i" href="inhalt.xhtml"/><item id="a" href="a.xhtml"/>
        <item id="b" href="b.xhtml"/></manifest>
        <spine><itemref idref="i"/><itemref idref="b"/><itemref idref="a"/></spine></package>"""
    container = '<container><rootfiles><rootfile full-path="OPS/p.opf"/></rootfiles></container>'
    files = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": container,
        "OPS/p.opf": package,
        "OPS/inhalt.xhtml": "<html><body><h1>Inhalt</h1></body></html>",
        "OPS/a.xhtml": PAGE,
        "OPS/b.xhtml": PAGE.replace("Neue Bäume", "Alte Eichen"),
    }
    titles = [article.title for article in articles("bote.epub", zipped(files))]
    assert titles == ["Alte Eichen", "Neue Bäume"], "in the order of the spine, without contents"
    (article, _) = articles("bote.epub", zipped(files))
    assert (article.source, str(article.published)) == ("Oberauer Bote", "2024-05-02")


# --- mail and saved pages -------------------------------------------------------------------


def test_newsletters():
    article = fixture("newsletter.eml")
    assert article.title == "Kröten halten die Kreisstraße auf"
    assert article.text.startswith("Die Kreisstraße nach Oberau ist bis Ende März")
    assert (str(article.published), article.source) == (
        "2024-02-07",
        "Oberauer Bote – Morgenbrief",
    )


def test_mailboxes_hold_an_article_a_letter():
    letter = (FIXTURES / "newsletter.eml").read_bytes()
    second = letter.replace(b"881@", b"882@").replace(b"Rund 2.000", b">From Rund 3.000")
    start = b"From morgenbrief@bote.example Wed Feb  7 06:00:12 2024\n"
    first, other = articles("briefe.mbox", start + letter + b"\n" + start + second)
    assert first.id != other.id
    assert "From Rund 3.000" in other.text


def test_saved_pages():
    article = fixture("page.mhtml")
    assert article.title == "Rathaus wird saniert"
    assert "3,2 Millionen Euro saniert" in article.text
    assert "Impressum" not in article.text
    assert (str(article.published), article.source) == ("2022-10-09", "Oberauer Bote")
    assert article.url == "https://bote.example/2022/rathaus"


# --- web archives ---------------------------------------------------------------------------


def as_warc() -> bytes:
    written = io.BytesIO()
    writer = WARCWriter(written, gzip=True)
    for number, (kind, body) in enumerate([("text/html", PAGE), ("image/png", "\x89PNG")]):
        headers = StatusAndHeaders("200 OK", [("Content-Type", kind)], protocol="HTTP/1.1")
        record = writer.create_warc_record(
            f"https://bote.example/{number}",
            "response",
            payload=io.BytesIO(body.encode()),
            http_headers=headers,
            warc_headers_dict={"WARC-Date": "2024-05-03T10:00:00Z"},
        )
        writer.write_record(record)
    return written.getvalue()


def test_web_archives_yield_their_pages():
    (article,) = articles("lauf.warc.gz", as_warc())
    unpacked = gzip.decompress(as_warc())
    assert articles("lauf.warc", unpacked)[0].text == article.text
    assert articles("lauf.warc.zst", zstandard.compress(unpacked))[0].text == article.text
    assert article.title == "Neue Bäume"
    assert article.url == "https://bote.example/0"


def test_packed_web_archives_yield_their_pages():
    packed = {"archive/data.warc.gz": as_warc(), "datapackage.json": "{}"}
    (article,) = articles("lauf.wacz", zipped(packed))
    assert article.url == "https://bote.example/0"


# --- containers -----------------------------------------------------------------------------


def zipped(files: dict[str, str | bytes] | dict[str, str]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return written.getvalue()


def test_archives_are_read_with_all_that_lies_in_them():
    inner = zipped({"b.md": "# Titel\n\nEin Absatz.\n"})
    packed = {"2024/a.txt": BODY, "mappe.zip": inner, "bild.png": b"\x89PNG", ".DS_Store": b"x"}
    found = articles("mappe.zip", zipped(packed))
    assert [article.text for article in found] == [BODY, "Ein Absatz."]


@pytest.mark.parametrize(
    ("suffix", "pack"), [(".gz", gzip.compress), (".zst", zstandard.ZstdCompressor().compress)]
)
@pytest.mark.parametrize("name", ["a.txt", "feed.rss", "archiv.csv", "archiv.parquet"])
def test_any_form_may_be_packed(name, suffix, pack):
    plain = {"a.txt": BODY.encode(), "feed.rss": (FIXTURES / "feed.rss").read_bytes()}
    data = plain[name] if name in plain else TABLES[name]()
    assert [a.title for a in articles(name + suffix, pack(data))] == [
        a.title for a in articles(name, data)
    ]


@pytest.mark.parametrize("name", ["../a.txt", "/etc/a.txt", "x/../../a.txt", "C:\\a.txt"])
def test_a_name_that_leads_out_of_an_archive_is_refused(name):
    (rejection, article) = read("a.zip", zipped({name: BODY, "gut.txt": BODY}))[:2]
    found = {type(rejection), type(article)}
    assert found == {Rejection, Article}


def test_an_archive_that_unpacks_without_end_is_refused():
    bomb = zipped({"a.txt": bytes(300_000_000)})
    assert len(bomb) < 1_000_000
    assert "far more than its size" in reason("a.zip", bomb)
    layers = zipped({"a.zip": zipped({"a.zip": zipped({"a.zip": zipped({"a.txt": BODY})})})})
    assert "too deep" in reason("a.zip", layers)
