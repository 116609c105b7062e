"""A sound input of each form, to be spoiled by those who test what then happens."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import zipfile
from collections.abc import Callable
from email.message import EmailMessage

import docx
import odfdo
import openpyxl
import pyarrow
import zstandard
from fpdf import FPDF
from pyarrow import parquet
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

BODY = (
    "Die Gemeinde Oberau hat am Lindenberg 340 Bäume gepflanzt. Das sagte Förster Emil Tann am "
    "Donnerstag. Die Setzlinge kosteten 12.000 Euro, bezahlt hat sie der Kreis."
)
PAGE = (
    "<!doctype html><html lang='de'><head><meta charset='utf-8'><title>Neue Bäume</title></head>"
    f"<body><article><h1>Neue Bäume</h1><p>{BODY}</p><p>{BODY}</p></article></body></html>"
)
RSS = '<?xml version="1.0"?><rss version="2.0"><channel><title>Bote</title>{items}</channel></rss>'
NITF = "<nitf><body><body.content>{content}</body.content></body></nitf>"


def zipped(members: dict[str, str | bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return written.getvalue()


def _written(save: Callable[[io.BytesIO], object]) -> bytes:
    stream = io.BytesIO()
    save(stream)
    return stream.getvalue()


def as_docx() -> bytes:
    document = docx.Document()
    document.add_paragraph(BODY)
    return _written(document.save)


def as_odt() -> bytes:
    document = odfdo.Document("odt")
    document.body.append(odfdo.Paragraph(BODY))
    return _written(document.save)


def as_xlsx() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["Titel", "Text"])
    book.active.append(["Bäume", BODY])
    return _written(book.save)


def as_pdf() -> bytes:
    document = FPDF()
    document.add_page()
    document.set_font("Helvetica", size=14)
    document.multi_cell(70, text=BODY)
    return bytes(document.output())


def as_parquet() -> bytes:
    table = pyarrow.Table.from_pylist([{"title": "Bäume", "text": BODY}])
    return _written(lambda stream: parquet.write_table(table, stream))


def as_sqlite() -> bytes:
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE archiv (title, text)")
        database.executemany("INSERT INTO archiv VALUES (?, ?)", [("B", BODY)] * 50)
        database.commit()
        return database.serialize()


def as_warc() -> bytes:
    def save(stream: io.BytesIO) -> None:
        writer = WARCWriter(stream, gzip=False)
        for number in range(2):
            headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], "HTTP/1.1")
            record = writer.create_warc_record(
                f"https://bote.example/{number}",
                "response",
                payload=io.BytesIO(PAGE.encode()),
                http_headers=headers,
                warc_headers_dict={"WARC-Date": "2024-05-03T10:00:00Z"},
            )
            writer.write_record(record)

    return _written(save)


def as_eml() -> bytes:
    letter = EmailMessage()
    letter["Subject"], letter["From"] = "Bäume", "bote@bote.example"
    letter.set_content(BODY)
    letter.add_alternative(PAGE, subtype="html")
    return letter.as_bytes()


def as_mhtml() -> bytes:
    page = EmailMessage()
    page["Snapshot-Content-Location"] = "https://bote.example/"
    page.set_content(PAGE, subtype="html")
    return page.as_bytes()


def as_epub() -> bytes:
    opf = (
        '<package><manifest><item id="a" href="a.xhtml"/></manifest>'
        '<spine><itemref idref="a"/></spine></package>'
    )
    container = '<container><rootfile full-path="p.opf"/></container>'
    return zipped({"META-INF/container.xml": container, "p.opf": opf, "a.xhtml": PAGE})


def sound_inputs() -> dict[str, bytes]:
    """Return one of each form by its suffix."""
    return {
        ".zip": zipped({"a.txt": BODY, "b.html": PAGE}),
        ".docx": as_docx(),
        ".odt": as_odt(),
        ".epub": as_epub(),
        ".pdf": as_pdf(),
        ".parquet": as_parquet(),
        ".xlsx": as_xlsx(),
        ".sqlite": as_sqlite(),
        ".txt.gz": gzip.compress(BODY.encode(), mtime=0),
        ".txt.zst": zstandard.ZstdCompressor().compress(BODY.encode()),
        ".warc": as_warc(),
        ".wacz": zipped({"archive/a.warc": as_warc()}),
        ".mhtml": as_mhtml(),
        ".eml": as_eml(),
        ".mbox": b"From bote Wed Feb  7 06:00:12 2024\n" + as_eml(),
        ".html": PAGE.encode(),
        ".xml": NITF.format(content=f"<p>{BODY}</p>").encode(),
        ".rss": RSS.format(items=f"<item><description>{BODY}</description></item>").encode(),
        ".json": json.dumps({"articles": [{"text": BODY}]}).encode(),
        ".jsonl": json.dumps({"text": BODY}).encode(),
        ".csv": f'titel;text\n"Bäume";"{BODY}"\n'.encode(),
        ".md": f"---\ntitle: Bäume\n---\n{BODY}\n".encode(),
        ".rtf": (r"{\rtf1\ansi " + "Die Gemeinde pflanzt. " * 9 + "}").encode(),
    }
