"""One article has many addresses; two articles never share one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zeitfrage.index.loaders.address import canonical_url
from zeitfrage.index.loaders.record import article_of

PLAIN = "https://bote.example.de/lokales/freibad-marlenbrück.html?id=7"


@pytest.mark.parametrize(
    "written",
    [
        "http://bote.example.de/lokales/freibad-marlenbrück.html?id=7",
        "https://BOTE.example.DE:443/lokales/freibad-marlenbrück.html?id=7#kommentare",
        "https://bote.example.de//lokales/freibad-marlenbr%C3%BCck.html?id=7",
        "https://bote.example.de/lokales/freibad-marlenbr%c3%bcck.html/?id=7&",
        "https://bote.example.de/lokales/freibad-marlenbrück.html?utm_source=mail&id=7&fbclid=Iw",
        "https://bote.example.de/lokales/freibad-marlenbrück.html?gclid=x&at_medium=rss&id=7",
        "https://bote.example.de/lokales/freibad-marlenbrück.html?id=7&wt_mc=sm.red&WT.mc_id=a",
        "https://bote.example.de/lokales/freibad-marlenbrück.html;jsessionid=A1B2.node3?id=7",
        "https://bote.example.de/lokales/freibad-marlenbrück.html?PHPSESSID=ab&id=7",
        "https://bote.example.de/lokales/freibad-marlenbrück.html?id=7&sid=4f9c2b7a1e8d4c3f9a0b7d6e",
        "https://bote.example.de/lokales/freibad-marlenbrück.amp.html?id=7",
        "https://bote.example.de/amp/lokales/freibad-marlenbrück.html?id=7",
        "https://bote.example.de/lokales/freibad-marlenbrück.html/amp/?id=7",
        "https://bote.example.de/lokales/freibad-marlenbrück.html?id=7&outputType=amp",
        "https://m.bote.example.de/lokales/freibad-marlenbrück.html?id=7",
        "https://amp.bote.example.de/lokales/freibad-marlenbrück.html?id=7",
        "https://www.bote.example.de/lokales/freibad-marlenbrück.html?id=7",
        "  https://bote.example.de/lokales/freibad-marlenbrück.html?id=7\n",
    ],
)
def test_an_address_of_the_same_article_is_the_same(written):
    assert canonical_url(written) == canonical_url(PLAIN)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example.de/x?id=7", "https://a.example.de/x?id=8"),
        # What courlan takes for tracking, sites number their stories by.
        ("https://a.example.de/?tx_news[uid]=7", "https://a.example.de/?tx_news[uid]=8"),
        ("https://a.example.de/x?cid=7", "https://a.example.de/x?cid=8"),
        ("https://a.example.de/x.php?sid=71", "https://a.example.de/x.php?sid=72"),
        ("https://a.example.de/?gallery=3", "https://a.example.de/?gallery=4"),
        ("https://a.example.de/Seite", "https://a.example.de/seite"),
        ("https://a.example.de/x", "https://b.example.de/x"),
        ("https://a.example.de/x", "https://a.example.de:8080/x"),
        ("https://m.co.uk/x", "https://co.uk/x"),
        ("https://www.de/x", "https://m.de/x"),
        ("https://a.example.de/m%FCnchen", "https://a.example.de/m%F6nchen"),
        ("https://a.example.de/?ort=m%FCnchen", "https://a.example.de/?ort=m%F6nchen"),
        ("https://a.example.de/#!/artikel/1", "https://a.example.de/#!/artikel/2"),
        ("https://a.example.de/stamp", "https://a.example.de/st"),
        ("https://a.example.de/amp", "https://a.example.de/"),
    ],
)
def test_addresses_of_two_articles_stay_two(one, other):
    assert canonical_url(one) != canonical_url(other)


@pytest.mark.parametrize("text", ["urn:newsml:bote.example:2024:7", "https://[::1", "kein Link"])
def test_what_is_no_address_stays_as_it_is(text):
    assert canonical_url(text) == text


@given(st.text(max_size=60))
def test_no_text_is_too_strange(text):
    assert canonical_url(f"https://a.example.de/{text}").startswith("a.example.de")


def test_an_article_keeps_the_address_that_it_came_with():
    url = "https://m.bote.example.de/a?id=7&utm_source=mail"
    assert article_of({"url": url, "text": "Ein Satz."}).url == url
