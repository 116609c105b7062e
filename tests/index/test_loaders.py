"""Every form of file that goes in, with the metadata that it holds."""

from __future__ import annotations

import gzip
import io
import json

import pytest

from zeitfrage.assistant.server import SAMPLES
from zeitfrage.index import Article
from zeitfrage.index.loaders import Rejection, read_articles

BODY = "Die Gemeinde hat neue Bäume gepflanzt. Das sagte der Förster am Dienstag."


def read(name: str, data: str | bytes) -> list[Article | Rejection]:
    raw = data.encode() if isinstance(data, str) else data
    return list(read_articles(io.BytesIO(raw), name))


def one(name: str, data: str | bytes) -> Article:
    (article,) = read(name, data)
    assert isinstance(article, Article), article
    return article


def reason(name: str, data: str | bytes) -> str:
    (rejection,) = read(name, data)
    assert isinstance(rejection, Rejection), rejection
    return rejection.reason


def test_the_seed_form_yields_all_that_it_says():
    article = one("irak.txt", f"date 2018-02 Brüssel. {BODY}\n\nVon dpa/RND\n")
    assert str(article.published) == "2018-02"
    assert (article.dateline, article.agency, article.source) == ("Brüssel", "dpa", "RND")
    assert article.title == "Die Gemeinde hat neue Bäume gepflanzt"
    assert article.text == f"Brüssel. {BODY}"
    assert article.language == "de"


def test_the_seed_article_itself_is_read_right(shared_data):
    article = one("nato-irak.txt", (shared_data / "seed" / "nato-irak.txt").read_bytes())
    assert str(article.published) == "2018-02"
    assert (article.dateline, article.agency, article.source) == ("Brüssel", "dpa", "RND")
    assert article.text.startswith(article.dateline)
    assert article.title.rstrip(" …") in article.text


def test_markdown_takes_its_front_matter():
    article = one(
        "baeume.md",
        "---\ntitle: Neue Bäume\ndate: 2024-05-02\nauthor: Anna Muster\nsource: Oberauer Bote\n"
        f"section: Lokales\n---\n\n# Neue Bäume\n\n{BODY}\n",
    )
    assert article.title == "Neue Bäume"
    assert str(article.published) == "2024-05-02"
    assert article.byline == "Anna Muster"
    assert (article.source, article.section) == ("Oberauer Bote", "Lokales")
    assert article.text == BODY


def test_markdown_without_front_matter_takes_its_heading_as_title():
    assert one("a.md", f"# Neue Bäume für Oberau\n\n{BODY}\n").title == "Neue Bäume für Oberau"


PAGE = """<!doctype html><html lang="de"><head><meta charset="{charset}">
<title>Neue Bäume | Bote</title>
<meta property="og:site_name" content="Oberauer Bote">
<script type="application/ld+json">{{"@context": "https://schema.org", "@type": "NewsArticle",
"headline": "Neue Bäume für Oberau", "datePublished": "2024-05-02T08:00:00+02:00",
"author": {{"@type": "Person", "name": "Anna Muster"}}}}</script></head><body>
<nav><a href="/">Start</a> <a href="/sport">Sport</a></nav>
<div class="cookie">Wir verwenden Cookies. Alle akzeptieren.</div>
<article><h1>Neue Bäume für Oberau</h1><p>{first}</p><p>{second}</p></article>
<footer>Impressum Datenschutz</footer></body></html>"""


@pytest.mark.parametrize("charset", ["utf-8", "windows-1252"])
def test_a_page_gives_its_article_and_not_what_is_around_it(charset):
    first = BODY + " Die Arbeiten dauerten drei Wochen und kosteten 12.000 Euro, hieß es."
    second = "„Wir sind sehr zufrieden mit dem Ergebnis“, sagte Bürgermeister Jan Beispiel."
    page = PAGE.format(charset=charset, first=first, second=second)
    article = one("a.html", page.encode(charset))
    assert article.title == "Neue Bäume für Oberau"
    assert str(article.published) == "2024-05-02"
    assert article.byline == "Anna Muster"
    assert article.source == "Oberauer Bote"
    assert first in article.text
    assert second in article.text
    assert not any(word in article.text for word in ("Cookies", "Impressum", "Sport"))


@pytest.mark.parametrize(
    "record",
    [
        {"title": "Neue Bäume", "text": BODY, "date": "2024-05-02", "source": "Bote"},
        {"Titel": "Neue Bäume", "Volltext": BODY, "Datum": "02.05.2024", "Quelle": "Bote"},
        {"headline": "Neue Bäume", "body": BODY, "published_at": 1714608000, "publisher": "Bote"},
        {
            "title": "Neue Bäume",
            "content": f"<p>{BODY}</p>",
            "pubDate": "2024-05-02",
            "medium": "Bote",
        },
    ],
)
def test_records_are_read_under_the_names_that_exports_use(record):
    article = one("a.json", json.dumps(record))
    assert (article.title, article.text, article.source) == ("Neue Bäume", BODY, "Bote")
    assert str(article.published) == "2024-05-02"


def test_a_list_of_records_and_one_inside_an_object_are_read():
    records = [{"id": f"a{n}", "text": f"{BODY} Nummer {n}."} for n in range(3)]
    for content in (records, {"articles": records}):
        assert [article.id for article in read("a.json", json.dumps(content))] == ["a0", "a1", "a2"]


@pytest.mark.parametrize("packed", [False, True])
def test_a_broken_line_is_rejected_and_its_neighbours_go_in(packed):
    lines = [
        json.dumps({"id": "a", "text": BODY}),
        '{"id": "b", "text": ',
        "[1]",
        "",
        '{"id": "c"}',
    ]
    data = "\n".join([*lines, json.dumps({"id": "d", "text": BODY})]).encode()
    name = "a.jsonl.gz" if packed else "a.jsonl"
    found = read(name, gzip.compress(data) if packed else data)
    assert [item.id for item in found if isinstance(item, Article)] == ["a", "d"]
    reasons = {item.origin: item.reason for item in found if isinstance(item, Rejection)}
    assert reasons.keys() == {f"{name}:2", f"{name}:3", f"{name}:5"}
    assert "not valid JSON" in reasons[f"{name}:2"]
    assert "not an object" in reasons[f"{name}:3"]
    assert "no text" in reasons[f"{name}:5"]


def test_the_same_url_with_tracking_parameters_is_the_same_article():
    ids = {
        one("a.json", json.dumps({"url": url, "text": BODY})).id
        for url in (
            "https://example.org/a?id=1",
            "https://EXAMPLE.org/a?id=1&utm_source=mail#top",
        )
    }
    assert len(ids) == 1


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("leer.txt", b"", "no text"),
        ("blank.md", b" \n\n ", "no text"),
        ("leer.html", b"<html><body></body></html>", "no article text"),
        ("leer.json", b"", "not valid JSON"),
        ("bild.txt", b"\x89PNG\r\n\x1a\n", "PNG"),
        ("a.jsonl.gz", b"\x1f\x8b\x08kaputt", "damaged"),
        ("a.jsonl.gz", gzip.compress(b'{"text": "x"}')[:-6], "damaged"),
        ("a.docx", b"PK\x03\x04", "damaged"),
        ("tief.json", b"[" * 200_000, "nested too deeply"),
        ("zahl.json", b"42", "neither an object nor a list"),
        ("bombe.txt.gz", gzip.compress(bytes(300_000_000), 9), "far more than its size"),
    ],
)
def test_what_holds_no_article_is_rejected_with_a_reason(name, data, why):
    assert why in reason(name, data)


def test_all_samples_are_read_with_date_source_and_title():
    files = sorted(path for path in SAMPLES.iterdir() if path.suffix in {".md", ".txt"})
    articles = [one(path.name, path.read_bytes()) for path in files]
    assert len(articles) == 40
    assert [article.language for article in articles].count("de") == 30
    for article in articles:
        assert article.published, article.id
        assert article.source, article.id
        assert 5 < len(article.title) <= 110, article.title
        assert 150 <= len(article.text.split()) <= 520, article.id


def test_every_wikinews_date_is_read_right(shared_data):
    data = gzip.decompress((shared_data / "wikinews-de" / "articles.jsonl.gz").read_bytes())
    for line in data.decode().splitlines():
        record = json.loads(line)
        article = one("w.json", line)
        # The year 1 stands for a page without a date.
        written = None if record["date"].startswith("0001") else record["date"][:10]
        assert str(article.published) == str(written), record["id"]
