"""From the addresses that a user names to articles, the same as from files."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from web_site import Page, WebSite, web_site

from zeitfrage.config import Settings
from zeitfrage.config.errors import UnreadableInput
from zeitfrage.index import Collection, WebAddress
from zeitfrage.index.web import addresses_of

SETTINGS = Settings(
    allow_private_addresses=True, fetch_requests_per_second=1000, fetch_timeout_seconds=5
)
TEASER = "Die Gemeinde Oberau hat am Lindenberg 340 Bäume gepflanzt."
FULL = (
    f"{TEASER} Das sagte Förster Emil Tann am Donnerstag. Die Setzlinge kosteten 12.000 Euro, "
    "bezahlt hat sie der Kreis. Gepflanzt wurden Eichen, Linden und Ahorne, die Hitze gut "
    "vertragen. Im Herbst sollen weitere 200 folgen."
)
MILL = (
    "Die alte Mühle in Niederau wird ein Museum. Der Gemeinderat stimmte am Montag mit 14 zu 3 "
    "Stimmen dafür. Der Umbau kostet 480.000 Euro und soll im April beginnen. Bis dahin wird das "
    "Mühlrad aus Lärchenholz erneuert."
)
ETAG = {"ETag": '"1"'}


def page(title: str, text: str, head: str = "") -> str:
    return (
        f"<!doctype html><html lang='de'><head><meta charset='utf-8'><title>{title}</title>{head}"
        f"</head><body><nav><a href='/'>Start</a></nav><article><h1>{title}</h1><p>{text}</p>"
        "</article><footer>Impressum</footer></body></html>"
    )


def rss(*items: str) -> Page:
    return Page(
        "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel>"
        "<title>Oberauer Bote</title><language>de</language>" + "".join(items) + "</channel></rss>",
        kind="application/rss+xml",
        headers=ETAG,
    )


def item(site: WebSite, path: str, title: str, text: str, date: str = "") -> str:
    return (
        f"<item><title>{title}</title><link>{site.url}{path}</link><description>{text}"
        f"</description><pubDate>{date or 'Thu, 02 May 2024 08:00:00 +0200'}</pubDate></item>"
    )


@pytest.fixture
def site() -> Iterator[WebSite]:
    with web_site() as running:
        yield running


@pytest.fixture
def collection(fresh_folder) -> Iterator[Collection]:
    with Collection.open(fresh_folder, SETTINGS) as opened:
        yield opened


def take_in(collection: Collection, *urls: str, **how: bool) -> list[tuple[str, str]]:
    """Ingest addresses; returns outcome and reason of each result."""
    results = collection.ingest([WebAddress(url, **how) for url in urls])
    return [(result.outcome.value, result.reason) for result in results]


def outcomes(collection: Collection, *urls: str, **how: bool) -> list[str]:
    return [outcome for outcome, _ in take_in(collection, *urls, **how)]


def only(collection: Collection):
    (article,) = collection.articles()
    return article


# --- pages ----------------------------------------------------------------------------------


def test_a_page_is_an_article_with_its_address_and_metadata(collection, site):
    linked = json.dumps(
        {
            "@type": "NewsArticle",
            "headline": "Neue Bäume für den Lindenberg",
            "datePublished": "2024-05-02T08:00:00+02:00",
            "author": {"name": "Anna Muster"},
        }
    )
    head = f"<script type='application/ld+json'>{linked}</script>"
    site.pages["/baeume"] = Page(page("Neue Bäume", FULL, head))
    site.pages["/baeume?utm_source=post"] = site.pages["/baeume"]
    assert outcomes(collection, f"{site.url}/baeume") == ["added"]
    assert outcomes(collection, f"{site.url}/baeume?utm_source=post") == ["unchanged"]
    article = only(collection)
    assert article.title == "Neue Bäume für den Lindenberg"
    assert article.text.endswith("Im Herbst sollen weitere 200 folgen.")
    assert (str(article.published), article.byline) == ("2024-05-02", "Anna Muster")
    assert (article.url, article.language) == (f"{site.url}/baeume", "de")


def test_a_page_that_has_not_changed_is_neither_sent_nor_stored_again(collection, site):
    site.pages["/a"] = Page(page("Bäume", FULL), headers=ETAG)
    assert outcomes(collection, f"{site.url}/a") == ["added"]
    assert take_in(collection, f"{site.url}/a") == [
        ("unchanged", "It has not changed since it was last read.")
    ]
    assert site.statuses == [404, 200, 304]
    assert only(collection).version == 1


def test_a_page_that_has_changed_becomes_a_new_version(collection, site):
    site.pages["/a"] = Page(page("Bäume", FULL), headers={"ETag": '"1"'})
    assert outcomes(collection, f"{site.url}/a") == ["added"]
    site.pages["/a"] = Page(page("Bäume", f"{FULL} Es gab Kuchen."), headers={"ETag": '"2"'})
    assert outcomes(collection, f"{site.url}/a") == ["updated"]
    assert only(collection).version == 2


def test_what_was_deleted_can_be_fetched_again(collection, site):
    site.pages["/a"] = Page(page("Bäume", FULL), headers=ETAG)
    assert outcomes(collection, f"{site.url}/a") == ["added"]
    collection.delete(only(collection).id)
    assert outcomes(collection, f"{site.url}/a") == ["added"]


def test_what_an_ingest_left_unstored_is_fetched_again(collection, site):
    site.pages["/a"] = Page(page("Bäume", FULL), headers=ETAG)
    results = collection.ingest([WebAddress(f"{site.url}/a")])
    next(results)
    results.close()  # as Ctrl-C does, before the reader has come back for more
    assert outcomes(collection, f"{site.url}/a") == ["unchanged"]
    assert site.statuses == [404, 200, 200]


@pytest.mark.parametrize(
    ("kind", "encoding", "meta"),
    [
        ("text/html; charset=iso-8859-1", "cp1252", ""),
        ("text/html", "cp1252", "<meta charset='iso-8859-1'>"),
        ("text/html; charset=utf-8", "cp1252", ""),
        ("text/html; charset=iso-8859-1", "utf-8", "<meta charset='utf-8'>"),
        ("text/html; charset=windows-1251", "utf-8", ""),
        ("text/plain", "utf-8", ""),
        ("application/octet-stream", "utf-8", ""),
        ("", "utf-8", ""),
        ("text/html; charset=gibt-es-nicht", "utf-8", ""),
    ],
)
def test_wrong_kinds_and_charsets_do_not_spoil_a_page(collection, site, kind, encoding, meta):
    text = page("Bäume", FULL).replace("<meta charset='utf-8'>", meta)
    site.pages["/a"] = Page(text.encode(encoding), kind=kind)
    assert outcomes(collection, f"{site.url}/a") == ["added"]
    assert FULL in only(collection).text


@pytest.mark.parametrize("status", [404, 410, 429, 500])
def test_a_page_that_is_not_there_says_so_and_the_others_go_in(collection, site, status):
    site.pages |= {"/a": Page(status=status), "/b": Page(page("Mühle", MILL))}
    found = take_in(collection, f"{site.url}/a", f"{site.url}/b")
    assert [outcome for outcome, _ in found] == ["rejected", "added"]
    assert str(status) in found[0][1]


def test_an_article_stays_when_its_page_is_gone(collection, site):
    site.pages["/a"] = Page(page("Bäume", FULL))
    take_in(collection, f"{site.url}/a")
    site.pages["/a"] = Page(status=410)
    assert outcomes(collection, f"{site.url}/a") == ["rejected"]
    assert collection.count() == 1


def test_other_forms_go_through_their_loaders(collection, site):
    rows = f"Titel;Volltext;Datum\nMühle;{MILL};2024-06-03\n"
    site.pages |= {
        "/tabelle": Page(rows, kind="text/csv"),
        "/text": Page(f"date 2018-02\n\n{FULL}".encode("cp1252"), kind="text/plain"),
        "/bild.png": Page(b"\x89PNG\r\n\x1a\n" + bytes(100), kind="image/png"),
    }
    found = take_in(collection, *(site.url + path for path in site.pages))
    assert [outcome for outcome, _ in found] == ["added", "added", "rejected"]
    assert found[-1][1] == "What lies there is of image/png, which holds no article."
    dates = {article.title: str(article.published) for article in collection.articles()}
    assert dates["Mühle"] == "2024-06-03"
    assert "2018-02" in dates.values()
    assert {article.url for article in collection.articles()} == {
        f"{site.url}/tabelle",
        f"{site.url}/text",
    }


def test_private_addresses_are_refused_by_default(fresh_folder, site):
    site.pages["/a"] = Page(page("Bäume", FULL))
    with Collection.open(fresh_folder, Settings()) as collection:
        ((outcome, reason),) = take_in(collection, f"http://localhost:{site.port}/a")
    assert outcome == "rejected"
    assert "If it is meant, set allow_private_addresses." in reason
    assert site.asked == []


# --- feeds ----------------------------------------------------------------------------------


def test_a_feed_gives_what_it_holds_the_same_as_from_a_file(collection, site, tmp_path):
    site.pages["/feed"] = rss(item(site, "/a", "Bäume", FULL), item(site, "/b", "Mühle", MILL))
    (tmp_path / "feed.rss").write_text(str(site.pages["/feed"].body))
    assert [r.outcome for r in collection.ingest([tmp_path / "feed.rss"])] == ["added"] * 2
    from_file = collection.articles()
    assert outcomes(collection, f"{site.url}/feed") == ["unchanged"] * 2
    assert collection.articles() == from_file
    assert {article.source for article in from_file} == {"Oberauer Bote"}


def test_a_feed_is_asked_for_its_changes_only(collection, site):
    site.pages["/feed"] = rss(item(site, "/a", "Bäume", FULL))
    assert outcomes(collection, f"{site.url}/feed") == ["added"]
    assert outcomes(collection, f"{site.url}/feed") == ["unchanged"]
    assert site.statuses == [404, 200, 304]


@pytest.mark.parametrize("kind", ["text/html", "text/plain", "application/octet-stream", ""])
def test_a_feed_of_any_declared_kind_is_a_feed(collection, site, kind):
    served = rss(item(site, "/a", "Bäume", FULL))
    site.pages["/feed"] = Page(served.body, kind=kind)
    assert outcomes(collection, f"{site.url}/feed") == ["added"]
    assert [feed.address for feed in collection.status().feeds] == [f"{site.url}/feed"]


def test_an_atom_feed(collection, site):
    site.pages["/feed"] = Page(
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='de'><title>Oberauer Bote</title>"
        f"<entry><title>Mühle</title><link href='{site.url}/b'/><id>tag:bote.example,2024:1</id>"
        f"<published>2024-06-03T10:00:00Z</published><content type='html'>{MILL}</content></entry>"
        "</feed>",
        kind="application/atom+xml",
    )
    assert outcomes(collection, f"{site.url}/feed") == ["added"]
    assert str(only(collection).published) == "2024-06-03"


def test_a_json_feed_with_and_without_its_pages_is_the_same_articles(collection, site):
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Oberauer Bote",
        "language": "de",
        "items": [
            {
                "id": "4711",
                "url": f"{site.url}/a",
                "title": "Bäume",
                "content_text": TEASER,
                "date_published": "2024-05-02T08:00:00+02:00",
            }
        ],
    }
    site.pages |= {
        "/feed": Page(json.dumps(feed), kind="application/feed+json"),
        "/a": Page(page("Bäume", FULL)),
    }
    assert outcomes(collection, f"{site.url}/feed") == ["added"]
    assert only(collection).text == TEASER
    assert outcomes(collection, f"{site.url}/feed", pages=True) == ["updated"]
    article = only(collection)
    assert (article.id, article.source) == ("4711", "Oberauer Bote")
    assert FULL in article.text


def test_a_feed_with_broken_dates_gives_articles_without_a_date(collection, site):
    broken = ("gestern", "32.13.2024", "0000-00-00", "Thu, 99 Foo 2024 25:61:00 +9900")
    site.pages["/feed"] = rss(
        *(item(site, f"/{n}", f"Bäume {n}", f"{FULL} Teil {n}.", d) for n, d in enumerate(broken))
    )
    assert outcomes(collection, f"{site.url}/feed") == ["added"] * 4
    assert {article.published for article in collection.articles()} == {None}


def test_a_feed_that_is_empty_at_the_moment_is_no_failure(collection, site):
    site.pages["/feed"] = rss()
    assert outcomes(collection, f"{site.url}/feed", followed=True) == []
    (feed,) = collection.status().feeds
    assert feed.succeeded
    assert feed.failed is None


def test_a_link_without_its_host_is_completed_from_the_address_of_the_feed(collection, site):
    entry = item(site, "/a", "Bäume", TEASER).replace(site.url, "")
    site.pages |= {"/feed": rss(entry), "/a": Page(page("Bäume", FULL))}
    assert outcomes(collection, f"{site.url}/feed", pages=True) == ["added"]
    assert only(collection).url == f"{site.url}/a"


def test_an_entry_without_text_is_named_and_the_others_go_in(collection, site):
    site.pages["/feed"] = rss(item(site, "/a", "Bäume", ""), item(site, "/b", "Mühle", MILL))
    assert take_in(collection, f"{site.url}/feed") == [
        ("rejected", "It holds no text."),
        ("added", ""),
    ]


# --- the pages behind a feed ------------------------------------------------------------------


def test_pages_give_the_full_text_under_the_identity_of_the_entry(collection, site):
    site.pages |= {
        "/feed": rss(item(site, "/a", "Bäume", TEASER)),
        "/a": Page(page("Neue Bäume für Oberau", FULL)),
    }
    assert outcomes(collection, f"{site.url}/feed") == ["added"]
    assert outcomes(collection, f"{site.url}/feed", pages=True) == ["updated"]
    article = only(collection)
    assert FULL in article.text
    assert str(article.published) == "2024-05-02", "from the feed, as the page is silent"


def test_an_entry_that_has_not_changed_costs_no_request_for_its_page(collection, site):
    entries = [item(site, "/a", "Bäume", TEASER)]
    site.pages |= {"/feed": rss(*entries), "/a": Page(page("Bäume", FULL))}
    take_in(collection, f"{site.url}/feed", pages=True)
    entries.append(item(site, "/b", "Mühle", MILL[:40]))
    served = rss(*entries)
    site.pages |= {
        "/feed": Page(served.body, headers={"ETag": '"2"'}),
        "/b": Page(page("Mühle", MILL)),
    }
    assert outcomes(collection, f"{site.url}/feed", pages=True) == ["unchanged", "added"]
    assert (site.times("/a"), site.times("/b")) == (1, 1)


def test_where_the_page_fails_the_text_of_the_feed_goes_in_until_it_works(collection, site):
    site.pages |= {"/feed": rss(item(site, "/a", "Bäume", TEASER)), "/a": Page(status=500)}
    assert outcomes(collection, f"{site.url}/feed", pages=True) == ["added", "rejected"]
    site.pages["/a"] = Page(page("Bäume", FULL))
    assert outcomes(collection, f"{site.url}/feed", pages=True) == ["updated"]
    assert FULL in only(collection).text


def test_a_page_read_before_is_not_replaced_by_the_teaser_when_it_fails(collection, site):
    site.pages |= {
        "/feed": rss(item(site, "/a", "Bäume", TEASER)),
        "/a": Page(page("Bäume", FULL)),
    }
    take_in(collection, f"{site.url}/feed", pages=True)
    site.pages |= {
        "/feed": Page(rss(item(site, "/a", "Bäume!", TEASER)).body),
        "/a": Page(status=404),
    }
    assert outcomes(collection, f"{site.url}/feed", pages=True) == ["rejected"]
    assert FULL in only(collection).text


def test_a_page_shorter_than_the_text_of_its_feed_does_not_replace_it(collection, site):
    site.pages |= {
        "/feed": rss(item(site, "/a", "Bäume", FULL)),
        "/a": Page(page("Bäume", f"{TEASER} Weiterlesen können Sie mit einem Abonnement.")),
    }
    assert outcomes(collection, f"{site.url}/feed", pages=True) == ["added"]
    assert only(collection).text == FULL


def test_a_page_that_is_gone_for_good_is_not_asked_for_at_every_poll(collection, site):
    site.pages["/feed"] = Page(rss(item(site, "/a", "Bäume", TEASER)).body)
    for _ in range(3):
        take_in(collection, f"{site.url}/feed", pages=True)
    assert site.times("/a") == 1


# --- sitemaps ---------------------------------------------------------------------------------


def sitemap(site: WebSite, *paths: str, lastmod: str = "2024-05-02") -> str:
    entries = "".join(
        f"<url><loc>{site.url}{path}</loc><lastmod>{lastmod}</lastmod><news:news>"
        "<news:publication><news:name>Oberauer Bote</news:name><news:language>de</news:language>"
        "</news:publication><news:publication_date>2024-05-02</news:publication_date>"
        f"<news:title>Titel von {path}</news:title></news:news></url>"
        for path in paths
    )
    return (
        "<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' "
        f"xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'>{entries}</urlset>"
    )


def test_a_news_sitemap_gives_its_pages_with_what_it_says_of_them(collection, site):
    site.pages |= {"/news.xml": Page(sitemap(site, "/a")), "/a": Page(page("Bäume", FULL))}
    assert outcomes(collection, f"{site.url}/news.xml") == ["added"]
    article = only(collection)
    assert (str(article.published), article.url) == ("2024-05-02", f"{site.url}/a")
    assert article.source == "Oberauer Bote"


def test_an_index_of_packed_sitemaps(collection, site):
    index = "<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>" + "".join(
        f"<sitemap><loc>{site.url}/{n}.xml.gz</loc></sitemap>" for n in (1, 2, 3)
    )
    site.pages |= {
        "/index.xml": Page(f"{index}</sitemapindex>"),
        "/1.xml.gz": Page(gzip.compress(sitemap(site, "/a").encode()), kind="application/gzip"),
        "/2.xml.gz": Page(gzip.compress(sitemap(site, "/b").encode()), kind="text/plain"),
        "/a": Page(page("Bäume", FULL)),
        "/b": Page(page("Mühle", MILL)),
    }
    assert outcomes(collection, f"{site.url}/index.xml") == ["added", "added", "rejected"]
    assert [feed.address for feed in collection.status().feeds] == [f"{site.url}/index.xml"]


def test_an_index_that_names_itself_comes_to_an_end(collection, site):
    site.pages["/index.xml"] = Page(
        f"<sitemapindex><sitemap><loc>{site.url}/index.xml</loc></sitemap></sitemapindex>"
    )
    ((outcome, reason),) = take_in(collection, f"{site.url}/index.xml")
    assert (outcome, reason) == ("rejected", "Sitemaps lie too deep in one another.")


def test_pages_of_a_sitemap_are_asked_for_again_only_when_it_says_so(collection, site):
    site.pages |= {
        "/news.xml": Page(sitemap(site, "/a", "/b")),
        "/a": Page(page("Bäume", FULL)),
        "/b": Page(page("Mühle", MILL)),
    }
    take_in(collection, f"{site.url}/news.xml")
    assert outcomes(collection, f"{site.url}/news.xml") == ["unchanged"] * 2
    assert site.times("/a") == 1
    site.pages["/news.xml"] = Page(sitemap(site, "/a", "/b", lastmod="2024-05-03"))
    take_in(collection, f"{site.url}/news.xml")
    assert site.times("/a") == 2


def test_a_sitemap_that_packs_far_too_much_is_refused(fresh_folder, site):
    bomb = gzip.compress(b"<?xml version='1.0'?><urlset>" + bytes(3_000_000))
    site.pages["/s.xml.gz"] = Page(bomb, kind="application/gzip")
    settings = SETTINGS.model_copy(update={"max_file_megabytes": 1})
    with Collection.open(fresh_folder, settings) as collection:
        ((outcome, reason),) = take_in(collection, f"{site.url}/s.xml.gz")
    assert outcome == "rejected"
    assert "Raise max_file_megabytes." in reason


# --- when a feed was last read ----------------------------------------------------------------


def test_the_status_says_when_a_feed_was_last_read_and_when_it_failed(collection, site):
    address = f"{site.url}/feed"
    assert outcomes(collection, address, followed=True) == ["rejected"]
    (feed,) = collection.status().feeds
    assert (feed.address, feed.succeeded) == (address, None)
    assert feed.failed
    assert "404" in str(feed.failure)
    site.pages["/feed"] = rss(item(site, "/a", "Bäume", FULL))
    assert outcomes(collection, address, followed=True) == ["added"]
    (feed,) = collection.status().feeds
    assert feed.succeeded
    assert feed.succeeded >= feed.failed


def test_a_page_in_the_place_of_a_feed_is_a_failure_and_no_article(collection, site):
    site.pages["/feed"] = Page(page("Wartung", FULL))
    ((outcome, reason),) = take_in(collection, f"{site.url}/feed", followed=True)
    assert outcome == "rejected"
    assert reason.startswith("It is no feed and no sitemap.")
    assert collection.count() == 0
    assert collection.status().feeds[0].failed


def test_pages_are_no_feeds_in_the_status(collection, site):
    site.pages["/a"] = Page(page("Bäume", FULL))
    take_in(collection, f"{site.url}/a", f"{site.url}/fehlt")
    assert collection.status().feeds == ()


# --- lists of addresses -----------------------------------------------------------------------


def test_a_file_of_addresses_holds_one_a_line(tmp_path):
    file = tmp_path / "adressen.txt"
    file.write_bytes(
        "\ufeff# Bote\r\nhttps://a.example/1\r\n\r\n https://b.example/ä \r\n".encode()
    )
    assert addresses_of(file) == ["https://a.example/1", "https://b.example/ä"]
    with pytest.raises(UnreadableInput, match="No such file"):
        addresses_of(Path(tmp_path, "fehlt.txt"))


def test_progress_counts_pages_as_they_become_known(collection, site):
    entries = [item(site, f"/{n}", f"Bäume {n}", TEASER) for n in range(3)]
    site.pages |= {"/feed": rss(*entries)}
    site.pages |= {f"/{n}": Page(page(f"Bäume {n}", f"{FULL} Teil {n}.")) for n in range(3)}
    seen = []
    list(collection.ingest([WebAddress(f"{site.url}/feed", pages=True)], seen.append))
    shares = [progress.bytes_read / progress.bytes_total for progress in seen]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1, abs=0.001)
