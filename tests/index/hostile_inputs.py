"""Inputs made to break parsers, some five hundred, always the same for a seed.

Each is a file name with the bytes of the file. What they could reach outside of the input is a file
that holds SECRET, and a web server that counts who asks it.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import sqlite3
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import zstandard
from sound_inputs import (
    BODY,
    NITF,
    PAGE,
    RSS,
    as_docx,
    as_epub,
    as_odt,
    as_pdf,
    as_warc,
    as_xlsx,
    sound_inputs,
    zipped,
)

SECRET = "Das Losungswort lautet Haselnusskranz."


@dataclass(frozen=True)
class Outside:
    """What lies outside of the input and must neither be read nor asked.

    Args:
        file: the path of a file that holds SECRET.
        url: of a server that counts.
    """

    file: str
    url: str


Made = Iterator[tuple[str, bytes]]


def hostile_inputs(outside: Outside, seed: int = 1) -> dict[str, bytes]:
    """Return all of them by name; the order is that in which they are to be read."""
    chance = random.Random(seed)
    made: dict[str, bytes] = {}
    for kind in _KINDS:
        for number, (name, data) in enumerate(kind(chance, outside)):
            stem = f"{kind.__name__.strip('_')}-{number:03}"
            made[f"{stem}-{name}" if not name.startswith(".") else stem + name] = data
    return made


# --- the kinds ------------------------------------------------------------------------------


def _truncated(chance: random.Random, _: Outside) -> Made:
    for suffix, data in sound_inputs().items():
        for part in (0.02, 0.3, 0.9, chance.random()):
            yield suffix, data[: int(len(data) * part)]


def _bits_flipped(chance: random.Random, _: Outside) -> Made:
    for suffix, data in sound_inputs().items():
        for count in (1, 40):
            spoiled = bytearray(data)
            for _number in range(count):
                spoiled[chance.randrange(len(spoiled))] ^= 1 << chance.randrange(8)
            yield suffix, bytes(spoiled)


def _under_another_suffix(chance: random.Random, _: Outside) -> Made:
    sound = sound_inputs()
    for suffix in sound:
        other = chance.choice([key for key in sound if key != suffix])
        yield suffix, sound[other]


def _noise(chance: random.Random, _: Outside) -> Made:
    for suffix in sound_inputs():
        yield suffix, chance.randbytes(3000)
    for suffix in (".txt", ".html", ".json", ".csv", ".xml"):
        yield suffix, b"\x00" * 5000
        yield suffix, b""


def _misencoded(chance: random.Random, _: Outside) -> Made:
    for encoding in ("utf-16-le", "utf-16", "utf-32", "cp037", "utf-7", "shift_jis", "cp1252"):
        yield ".txt", BODY.encode(encoding, "replace")
        yield (
            ".xml",
            f'<?xml version="1.0" encoding="utf-8"?><nitf>{BODY}</nitf>'.encode(
                encoding, "replace"
            ),
        )
    yield ".html", b"<meta charset='x-nie-gehoert'>" + PAGE.encode()
    yield ".html", b"<meta charset='utf-16'>" + PAGE.encode()
    yield ".html", b"<meta charset='zlib_codec'>" + PAGE.encode()
    yield ".xml", b'<?xml version="1.0" encoding="ucs-9"?><nitf/>'
    yield ".txt", "Ein \ud800 halbes Zeichen.".encode("utf-8", "surrogatepass") * 40
    yield ".txt", ("e" + "\u0301" * 20_000 + " ").encode()
    yield ".txt", "".join(chr(chance.randrange(0x2000, 0x2070)) for _ in range(4000)).encode()


def _nested(_chance: random.Random, _: Outside) -> Made:
    for depth in (900, 100_000):
        yield ".json", b"[" * depth + b"]" * depth
        yield ".json", b'{"text":' * depth + b'"a"' + b"}" * depth
        yield ".jsonl", b'{"text":' * depth + b'"a"' + b"}" * depth
        yield ".xml", b"<nitf>" * depth + b"</nitf>" * depth
        content = "<p>" * depth + BODY + "</p>" * depth
        yield ".nitf", NITF.format(content=content).encode()
        yield ".rss", RSS.format(items="<item>" * (depth // 5) + "</item>" * (depth // 5)).encode()
        yield ".html", PAGE.replace("<p>", "<div>" * depth + "<p>", 1).encode()
        yield ".html", PAGE.replace("<p>", "<b><i>" * depth + "<p>", 1).encode()
        yield ".md", ("> " * depth + BODY).encode()
        yield ".md", ("[" * depth + BODY).encode()
        yield ".md", ("---\na: " + "[" * depth + "]" * depth + "\n---\n" + BODY).encode()
        yield ".rtf", (r"{\rtf1 " + "{" * depth + BODY + "}" * depth).encode("cp1252")
        linked = '{"@graph":' * depth + "1" + "}" * depth
        script = f'<script type="application/ld+json">{linked}</script>'
        yield ".html", PAGE.replace("</head>", script + "</head>").encode()
    deep = "<text:p>" * 5000 + BODY + "</text:p>" * 5000
    odt = zipfile.ZipFile(io.BytesIO(as_odt()))
    members: dict[str, str | bytes] = {n: odt.read(n) for n in odt.namelist()}
    text = odt.read("content.xml").decode()
    members["content.xml"] = text.replace("</office:text>", deep + "</office:text>")
    yield ".odt", zipped(members)


def _laughing(_chance: random.Random, _: Outside) -> Made:
    entities = ["<!ENTITY a0 'haha'>"]
    entities += [f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10)]
    flat = f"<!ENTITY a9 '{'ha' * 50_000}'>"
    for declared in ("".join(entities), flat):
        for root, body in (
            ("nitf", NITF.format(content=f"<p>{'&a9;' * 9}</p>")),
            ("rss", RSS.format(items="<item><description>&a9;</description></item>")[21:]),
            (
                "newsItem",
                "<newsItem><contentSet><inlineData>&a9;</inlineData></contentSet></newsItem>",
            ),
            ("html", PAGE.replace("Gemeinde", "&a9;")),
        ):
            yield ".xml", f"<!DOCTYPE {root} [{declared}]>{body}".encode()
        yield ".html", f"<!DOCTYPE html [{declared}]>{PAGE.replace('Oberau', '&a9;')}".encode()
        document = f"<!DOCTYPE a [{declared}]><a>&a9;</a>"
        yield ".docx", _with_part(as_docx(), "word/document.xml", document)
        yield ".odt", _with_part(as_odt(), "content.xml", document)
        yield ".xlsx", _with_part(as_xlsx(), "xl/workbook.xml", document)
        yield ".epub", _with_part(as_epub(), "META-INF/container.xml", document)


def _reaching_out(_chance: random.Random, outside: Outside) -> Made:
    for target in (f"file://{outside.file}", outside.file, outside.url):
        doctype = f"<!DOCTYPE nitf [<!ENTITY x SYSTEM '{target}'>]>"
        remote = f"<!DOCTYPE nitf SYSTEM '{target}'>"
        parameter = f"<!DOCTYPE nitf [<!ENTITY % x SYSTEM '{target}'> %x;]>"
        include = (
            f"<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='{target}' parse='text'/>"
        )
        for head in (doctype, remote, parameter):
            yield ".xml", (head + NITF.format(content=f"<p>{BODY} &x;</p>")).encode()
            yield (
                ".rss",
                (head + RSS.format(items="<item><title>&x;</title></item>")[21:]).encode(),
            )
            yield ".docx", _with_part(as_docx(), "word/document.xml", head + "<a>&x;</a>")
            yield ".odt", _with_part(as_odt(), "content.xml", head + "<a>&x;</a>")
            yield ".epub", _with_part(as_epub(), "p.opf", head + "<package>&x;</package>")
        yield ".xml", NITF.format(content=f"<p>{BODY}</p>{include}").encode()
        yield (
            ".html",
            PAGE.replace("<p>", f"<base href='{target}'><img src='{target}'><p>").encode(),
        )
        link = f"<iframe src='{target}'></iframe><link rel=stylesheet href='{target}'>"
        yield ".html", PAGE.replace("<article>", link + "<article>").encode()
        yield ".md", f"---\ntitle: !include {target}\n---\n![b]({target}) {BODY}".encode()
        yield ".csv", f'titel;text\n"=WEBSERVICE(""{target}"")";"{BODY}"\n'.encode()
        yield ".json", json.dumps({"$ref": target, "url": target, "text": BODY}).encode()
        yield (
            ".eml",
            (
                "Subject: a\nContent-Type: message/external-body; access-type=URL; "
                f"URL='{target}'\n\n"
            ).encode(),
        )


def _feeds_with_broken_dates(_chance: random.Random, _: Outside) -> Made:
    for date in (
        "Fri, 32 Feb 2024 25:61:61 +9999", "0000-00-00", "99999-12-31", "-1", "1e400", "9" * 5000,
        "gestern", "2024-13-45T99:99:99Z", "٢٠٢٤-٠٥-٠٢", "31.02.2024", "\x01", "Mon, , 2024",
    ):  # fmt: skip
        item = f"<item><title>Bäume</title><description>{BODY}</description>"
        yield ".rss", RSS.format(items=f"{item}<pubDate>{date}</pubDate></item>").encode()


def _pages_without_ends(chance: random.Random, _: Outside) -> Made:
    yield ".html", ("<p>" + BODY).encode() * 300
    yield ".html", b"<div><table><tr><td>" * 3000 + BODY.encode()
    yield ".html", b"<" * 200_000
    yield ".html", b"<!--" * 50_000
    yield ".html", b"<a href='" * 30_000
    yield ".html", b"<script>" + BODY.encode() * 1000
    yield ".html", b"<script type='application/ld+json'>" * 20_000
    yield ".html", ("<p " + "a " * 100_000 + ">" + BODY).encode()
    yield ".html", ("<p>" + "&" * 200_000).encode()
    yield ".html", ("<p>" + BODY + "</p>").encode() + b"<meta charset" * 20_000
    tags = ["<p>", "</div>", "<table>", "</p>", "<b>", "<li>", "<svg>", "<form>", BODY[:40]]
    for _number in range(6):
        yield ".html", "".join(chance.choices(tags, k=8000)).encode()


def _bombs(_chance: random.Random, _: Outside) -> Made:
    zeros = bytes(120_000_000)
    bomb = zipped({"a.txt": zeros})
    yield ".zip", bomb
    yield ".zip", zipped({f"{n}.zip": bomb for n in range(9)})
    yield ".txt.gz", gzip.compress(zeros, mtime=0)
    yield ".txt.zst", zstandard.ZstdCompressor().compress(zeros)
    yield ".docx", _with_part(as_docx(), "word/document.xml", zeros)
    yield ".docx", _with_part(as_docx(), "word/media/a.png", bytes(210_000_000))
    yield ".xlsx", _with_part(as_xlsx(), "xl/sharedStrings.xml", zeros)
    yield ".epub", _with_part(as_epub(), "a.xhtml", zeros)
    yield ".wacz", zipped({"archive/a.warc": zeros})
    yield ".warc.gz", gzip.compress(zeros, mtime=0)
    yield ".warc", as_warc().replace(b"Content-Length: ", b"Content-Length: 99999999", 1)
    inner = BODY.encode()
    for _level in range(12):
        inner = zipped({"a.zip": inner})
    yield ".zip", inner
    yield ".txt.gz", b"".join(gzip.compress(b"", mtime=0) for _ in range(20_000))
    lying = bytearray(zipped({"a.txt": BODY}))
    at = lying.find(b"PK\x01\x02")
    lying[at + 24 : at + 28] = struct.pack("<I", 2**32 - 2)
    yield ".zip", bytes(lying)
    yield ".docx", bytes(lying)
    yield ".zip", zipped({f"{n}.txt": "" for n in range(5_000)})
    stream = zlib.compress(bytes(150_000_000), 9)
    yield ".pdf", _pdf_of(f"<</Length {len(stream)}/Filter/FlateDecode>>stream\n", stream)


def _leading_out(_chance: random.Random, outside: Outside) -> Made:
    for name in (
        "../a.txt", "../../../../tmp/hostile.txt", "/tmp/hostile.txt", "C:\\a.txt", "..\\a.txt",
        "a/../../b.txt", "\\\\server\\a.txt", "a\x00.txt", "a\nb.txt", "\x1b[2Jrot.txt", "." * 300,
        "a" * 60_000 + ".txt", "./././a.txt", "~/a.txt", "a.txt/", " .txt", "CON.txt",
    ):  # fmt: skip
        yield ".zip", zipped({name: BODY, "gut.txt": BODY + name[:9]})
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr(link, outside.file)
    yield ".zip", written.getvalue()
    yield (
        ".epub",
        _with_part(
            as_epub(),
            "META-INF/container.xml",
            f'<container><rootfile full-path="../../..{outside.file}"/></container>',
        ),
    )
    twice = io.BytesIO()
    with zipfile.ZipFile(twice, "w") as archive:
        archive.writestr("a.txt", BODY)
        archive.writestr("a.txt ", BODY + " Zweimal.")
    yield ".zip", twice.getvalue()


def _tables(_chance: random.Random, _: Outside) -> Made:
    yield ".csv", b'titel;text\nA;"' + b"wort " * 3_000_000
    yield ".csv", b"text" + b";spalte" * 200_000 + b"\n" + b";" * 200_000
    yield ".csv", b'"' * 500_000
    yield ".csv", b"text\n" + b'"\n' * 40_000
    yield ".tsv", b"text\t\x00\n\x00\t" + BODY.encode()
    yield ".csv", b";;;;\n" * 50_000
    sheet = "xl/worksheets/sheet1.xml"
    cell = '<c r="{}" t="inlineStr"><is><t>{}</t></is></c>'
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    for far in ("XFD1048576", "ZZZZZZ99999999", "A4294967297"):
        cells = cell.format("A1", "text") + cell.format(far, BODY)
        rows = f"<row>{cells}</row>"
        yield (
            ".xlsx",
            _with_part(
                as_xlsx(),
                sheet,
                f'<worksheet {space}><dimension ref="A1:{far}"/>'
                f"<sheetData>{rows}</sheetData></worksheet>",
            ),
        )
    wide = '<table:table-cell table:number-columns-repeated="2000000000"/>'
    row = '<table:table-row table:number-rows-repeated="2000000000">'
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><office:body>'
        f'<office:spreadsheet><table:table table:name="A">{row}{wide}</table:table-row>'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    yield (
        ".ods",
        zipped(
            {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content}
        ),
    )
    for script in (
        "CREATE VIEW v AS WITH RECURSIVE c AS (VALUES (1) UNION ALL SELECT 1 FROM c) VALUES (1)",
        "CREATE TABLE a (text); INSERT INTO a VALUES (x'00ff'), (1e999), (zeroblob(5000000))",
        'CREATE TABLE "a"";DROP TABLE b;--" (text); CREATE TABLE b (text)',
        "CREATE TABLE a (text TEXT AS (hex(zeroblob(1000000))), b); INSERT INTO a (b) VALUES (1)",
        "CREATE VIRTUAL TABLE a USING fts5(text); INSERT INTO a VALUES ('x')",
    ):
        with sqlite3.connect(":memory:") as database:
            database.executescript(script)
            yield ".sqlite", database.serialize()


def _json(_chance: random.Random, _: Outside) -> Made:
    for text in (
        '{"text": NaN, "date": Infinity}', '{"text": "a", "text": "b", "text": "Ein Satz."}',
        '{"text": ' + "9" * 10_000 + "}", '{"text": "a", "version": 1e9999}',
        '{"text": "Ein Satz.", "urgency": ' + "1" * 5000 + "}", '{"text": {"a": ["b", {"c": 1}]}}',
        '{"text": "\\ud800 allein"}', '{"text": "\\u0000\\u0000"}', "null", "true", "[[]]", "7",
        '{"articles": {"text": "Ein Satz."}}', '{"id": [1, 2], "text": "Ein Satz."}',
        '{"id": {"a": 1}, "url": ["x"], "text": "Ein Satz.", "language": {"de": 1}}',
        '{"url": "http://[::1", "text": "Ein Satz."}', '{"text": ["a", {"b": 1}, null, [[]]]}',
        '{"keywords": {"a": {"b": {}}}, "author": [[["x"]]], "text": "Ein Satz."}',
        '{"date": {"$date": -99999999999999}, "text": "Ein Satz."}',
        '{"timestamp": 99999999999999999999, "text": "Ein Satz."}',
        '{"timestamp": -62135596801, "text": "Ein Satz."}', '{"date": true, "text": "Ein Satz."}',
        '{"embargoed": "9999-12-31T23:59:59-23:59", "text": "Ein Satz."}',
        '{"embargoed": "0001-01-01T00:00:00+23:59", "text": "Ein Satz."}',
    ):  # fmt: skip
        yield ".json", text.encode()
        yield ".jsonl", text.encode() + b"\n{\n" + json.dumps({"text": BODY}).encode()


def _front_matter(_chance: random.Random, outside: Outside) -> Made:
    bomb = "a0: &a0 [ha]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
    )
    for head in (
        bomb + "title: *a11", bomb + "keywords: *a11", "a: &a [*a]\nkeywords: *a",
        "author: &x {name: *x}",
        f"title: !!python/object/apply:os.system ['touch {outside.file}.neu']",
        f"title: !!python/object/new:open ['{outside.file}.neu', 'w']",
        "? [a, b]\n: 1", "1: 2\ntrue: x\nnull: y", "title: 2024-99-99", "date: 0000-00-00",
        "date: 2024-05-02T99:00:00", "\t- a", "title: \x07", "<<: *nie", "title: !!binary x",
        "title: " + "9" * 10_000, "- eine\n- liste", "nur ein wort", "date: 1:2:3:4:5:6:7",
    ):  # fmt: skip
        yield ".md", f"---\n{head}\n---\n{BODY}\n".encode()


def _letters(_chance: random.Random, _: Outside) -> Made:
    boundary = "Content-Type: multipart/mixed; boundary=a\n\n"
    yield ".eml", ("Subject: x\n" + (boundary + "--a\n") * 2000 + BODY).encode()
    yield (
        ".eml",
        "".join(
            f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(3000)
        ).encode(),
    )
    yield ".eml", ("Content-Type: message/rfc822\n\n" * 2000 + BODY).encode()
    yield (
        ".mhtml",
        ("Content-Type: multipart/related; boundary=a\n\n" + "--a\n\n" * 20_000).encode(),
    )
    related = (
        'Content-Type: multipart/related; boundary=a; start="<1>"\n\n--a\nContent-ID: <1>\n'
        'Content-Type: multipart/related; boundary=b; start="<1>"\n\n--b\nContent-ID: <1>\n\nx\n'
    )
    yield ".mhtml", related.encode()
    yield ".eml", b"Subject: =?utf-8?b?" + b"A" * 100_001 + b"?=\n\n" + BODY.encode()
    yield ".eml", b"Subject: =?x-nie?q?=ZZ?=\nFrom: @@@<<>>,,;\nDate: \xff\n\n" + BODY.encode()
    yield ".eml", b"From: " + b"(" * 5_000 + b"a@b.example\n\n" + BODY.encode()
    yield ".eml", b"From: " + b'"' * 50_001 + b"\n\n" + BODY.encode()
    yield ".eml", b"Content-Transfer-Encoding: base64\nSubject: x\n\n" + b"=" * 9999
    yield ".eml", b"Content-Type: text/plain; charset=zlib_codec\nSubject: x\n\n" + BODY.encode()
    yield ".eml", b"Content-Type: text/plain; charset*0*=x''%FF; charset*1=a\n\n" + BODY.encode()
    yield ".eml", b"X: y\n " * 100_000 + b"\n" + BODY.encode()
    yield ".mbox", b"From \n" * 20_000
    yield ".mbox", b"From a\n\n" + b"wort " * 100_000


def _pdfs(_chance: random.Random, _: Outside) -> Made:
    yield ".pdf", _pdf_of("<</Type/Page/Parent 4 0 R/Contents 4 0 R>>", b"")
    yield ".pdf", _with_pages("<</Type/Pages/Kids[2 0 R]/Count 1>>")
    yield ".pdf", _with_pages("<</Type/Pages/Kids[" + "2 0 R " * 500 + "]/Count 999999999>>")
    yield ".pdf", _with_pages("<</Type/Pages/Parent 2 0 R/Kids[2 0 R 2 0 R]/Count 2>>")
    yield ".pdf", _with_pages("2 0 R")
    yield ".pdf", _with_pages("[" * 5000)
    yield ".pdf", _with_pages("<<" * 5000)
    yield ".pdf", as_pdf().replace(b"startxref", b"startxref\n0\nstartxref")
    yield ".pdf", as_pdf() + b"\ntrailer<</Prev 0/Root 1 0 R>>\nstartxref\n9\n%%EOF"
    filters = "/FlateDecode" * 3000
    yield ".pdf", _pdf_of(f"<</Length 9/Filter[{filters}]>>stream\n", b"x" * 9)
    yield ".pdf", b"%PDF-1.7\n" + b"1 0 obj\n" * 100_000
    yield ".pdf", b"%PDF-1.4\n%%EOF"
    form = "/Resources<</XObject<</X 4 0 R>>>>/Subtype/Form/BBox[0 0 9 9]"
    yield ".pdf", _pdf_of(f"<</Length 5{form}>>stream\n", b"/X Do")


def _with_part(packed: bytes, name: str, content: str | bytes) -> bytes:
    archive = zipfile.ZipFile(io.BytesIO(packed))
    members: dict[str, str | bytes] = {n: archive.read(n) for n in archive.namelist()}
    return zipped(members | {name: content})


def _with_pages(pages: str) -> bytes:
    return (
        f"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj{pages}endobj\n"
        "trailer<</Root 1 0 R/Size 3>>\nstartxref\n0\n%%EOF"
    ).encode()


def _pdf_of(head: str, stream: bytes) -> bytes:
    """A PDF of one page whose content, object 4, is given."""
    end = b"\nendstream" if stream else b""
    return (
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/Contents 4 0 R"
        b"/Resources<</XObject<</X 4 0 R>>>>>>endobj\n4 0 obj"
        + head.encode()
        + stream
        + end
        + b"endobj\n"
        b"trailer<</Root 1 0 R/Size 5>>\nstartxref\n0\n%%EOF"
    )


_KINDS: tuple[Callable[[random.Random, Outside], Made], ...] = (
    _truncated,
    _bits_flipped,
    _under_another_suffix,
    _noise,
    _misencoded,
    _nested,
    _laughing,
    _reaching_out,
    _feeds_with_broken_dates,
    _pages_without_ends,
    _bombs,
    _leading_out,
    _tables,
    _json,
    _front_matter,
    _letters,
    _pdfs,
)
