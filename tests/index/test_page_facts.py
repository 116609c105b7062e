"""What a page says of its article beside the text, and what it does not."""

from __future__ import annotations

import io

import pytest

from zeitfrage.index import Article
from zeitfrage.index.loaders import read_articles

BODY = (
    "<p>Die Gemeinde Oberau hat am Lindenberg 340 Bäume gepflanzt, sagte Förster Emil Tann. "
    "Am 3. Mai 1999 standen dort noch 500 Eichen.</p><p>Die Setzlinge kosteten 12.000 Euro, "
    "bezahlt hat sie der Kreis, wie er auf Anfrage dieser Zeitung mitteilte.</p>"
)
TEASER = "<article><h2>Mehr</h2><p>1. März 2023</p><time datetime='2023-03-01'>neulich</time>"


def page(head: str = "", above: str = "", below: str = "") -> Article:
    html = (
        f"<html lang='de'><head><title>Neue Bäume</title>{head}</head><body><main><article>"
        f"<h1>Neue Bäume</h1>{above}{BODY}</article></main>{TEASER}</article>{below}</body></html>"
    )
    (article,) = read_articles(io.BytesIO(html.encode()), "a.html")
    assert isinstance(article, Article), article
    return article


def test_the_dates_of_the_text_and_of_teasers_are_not_the_articles():
    assert page().published is None


@pytest.mark.parametrize(
    "line",
    [
        "<p>Stand: 15. Februar 2018, 14:30 Uhr</p>",
        "<div>Do 15.02.18 | 14:30 Uhr | Von <b>Anna Muster</b></div>",
        "<p>Von Anna Muster</p><small>15.2.2018</small>",
        "<p>Published on <time>February 15, 2018 at 2:30 pm</time></p>",
    ],
)
def test_a_line_with_a_date_below_the_headline_is_the_articles(line):
    assert str(page(above=line).published) == "2018-02-15"


@pytest.mark.parametrize("name", ["article:published_time", "article:published:time", "DC.date"])
def test_meta_tags_count_whatever_stands_between_their_words(name):
    assert str(page(f'<meta name="{name}" content="2018-02">').published) == "2018-02"


def test_when_it_was_published_counts_before_when_it_was_changed():
    head = '<meta name="date" content="2018-02-20"><meta itemprop="datePublished" content="{}">'
    article = page(
        head.format("2018-02-15") + '<meta property="og:updated_time" content="2018-02-21">'
    )
    assert (str(article.published), str(article.updated)) == ("2018-02-15", "2018-02-21")


def test_a_date_that_is_none_is_looked_for_elsewhere():
    head = '<meta property="article:published_time" content="0001-01-01T00:00:00Z">'
    assert str(page(head, "<time datetime='2018-02-15'></time>").published) == "2018-02-15"


@pytest.mark.parametrize(
    ("path", "published"),
    [
        ("2018/02/15/baeume", "2018-02-15"),
        ("2018-02-15/baeume", "2018-02-15"),
        ("2018/02/baeume", "2018-02"),
        ("artikel/20180215/2018", "None"),
    ],
)
def test_a_silent_page_has_the_date_of_its_address(path, published):
    article = page(f'<link rel="canonical" href="https://bote.example/{path}">')
    assert str(article.published) == published


def test_section_and_keywords_stand_in_meta_tags_too():
    head = '<meta property="article:section" content="Lokales">'
    article = page(head + '<meta name="news_keywords" content="Wald, Oberau">')
    assert (article.section, article.keywords) == ("Lokales", "Wald, Oberau")


def test_a_headline_is_without_the_notation_of_html():
    linked = '{"@type": "NewsArticle", "headline": "&quot;Neue&quot; B&#228;ume"}'
    head = f'<script type="application/ld+json">{linked}</script>'
    assert page(head).title == '"Neue" Bäume'
