"""What changed between versions is shown word by word: on the page, in the API, in a terminal."""

from __future__ import annotations

import json
import random
import shutil
import time
from pathlib import Path

import httpx
import pytest
from command_line import CommandLine
from hypothesis import given
from hypothesis import strategies as st
from live_server import live

from zeitfrage.assistant import Assistant
from zeitfrage.assistant.differences import Change, changes, difference_html, difference_text
from zeitfrage.config import Settings
from zeitfrage.index import Article, Collection

FIRST = (
    "Die Gemeinde Oberau hat 120 Eichen gepflanzt, sagte der Förster.\n\n"
    "Die Bäume kosten 9.000 Euro."
)
SECOND = (
    "Die Gemeinde Oberau hat 210 Eichen gepflanzt, sagte der Förster.\n\n"
    "Die Bäume kosten 9.000 Euro.\n\nKorrektur: Es sind 210 Eichen."
)
HOSTILE = '</ins><script>alert(1)</script><img src=x onerror="alert(2)">'
texts = st.lists(
    st.sampled_from(["Eins ", "zwei, ", "<b>", "\n\n", " ", "drei."]), max_size=30
).map("".join)


def article(text: str, title: str = "Eichen", version: int = 1) -> Article:
    return Article(id="a", title=title, text=text, version=version)


def differing(before: str, after: str) -> list[Change]:
    return [change for change in changes(before, after) if change.is_one]


@pytest.fixture(scope="module")
def versions_folder(tmp_path_factory) -> Path:
    """A collection with an article in three versions and one in a single one."""
    folder = tmp_path_factory.mktemp("versions")
    with Collection.open(folder / "data", Settings()) as collection:
        for day, title, text in (
            ("2026-03-03", "Eichen für Oberau", FIRST),
            ("2026-03-04", f"Mehr Eichen für Oberau {HOSTILE}", SECOND),
            ("2026-03-05", "Mehr Eichen für Oberau", f"{SECOND}\n\n{HOSTILE}"),
        ):
            record = {"id": "eichen", "title": title, "text": text, "updated": day}
            one = {"id": "allein", "text": "Ein Satz, der bleibt."}
            (folder / "in.json").write_text(json.dumps([record, one]))
            assert len(list(collection.ingest([folder / "in.json"]))) == 2
    return folder / "data"


@pytest.fixture(scope="module")
def served_folder(versions_folder, tmp_path_factory) -> Path:
    """A copy of it that a server holds."""
    return shutil.copytree(versions_folder, tmp_path_factory.mktemp("served") / "data")


@pytest.fixture(scope="module")
def client(served_folder):
    settings = Settings(data_folder=served_folder)
    with (
        Assistant.open(settings=settings) as assistant,
        live(assistant, settings, chat=True) as url,
        httpx.Client(base_url=url, headers={"accept-language": "de"}, timeout=60) as opened,
    ):
        yield opened


# --- the comparison -------------------------------------------------------------------------


def test_only_the_words_that_changed_are_named():
    number, note = differing(FIRST, SECOND)
    assert number == Change("120 ", "210 ")
    assert note == Change("", ".\n\nKorrektur: Es sind 210 Eichen")


@given(texts, texts)
def test_the_stretches_in_order_are_both_texts(before, after):
    found = changes(before, after)
    assert "".join(change.before for change in found) == before
    assert "".join(change.after for change in found) == after


def test_a_text_that_stayed_has_no_change():
    assert differing(FIRST, FIRST) == []
    assert changes("", "") == []


@pytest.mark.parametrize("words", [1, 150, 100_000])
def test_long_texts_take_no_longer_than_a_reader_waits(words):
    chance = random.Random(1)
    before, after = (
        " ".join(f"w{chance.randrange(words)}" for _ in range(60_000)) for _ in range(2)
    )
    paragraphs = before.replace(" ", "\n\n")
    started = time.perf_counter()
    changes(before, after)
    changes(paragraphs, after.replace(" ", "\n\n"))
    changes(before[:20_000], after[:20_000])
    assert time.perf_counter() - started < 10


def test_in_a_terminal_changes_are_marked_as_wdiff_does():
    assert difference_text(changes("120 Eichen.", "210 Eichen.")) == "[-120-] {+210+} Eichen."


@pytest.mark.parametrize(("before", "after"), [(HOSTILE, "gut"), ("gut", HOSTILE), (HOSTILE,) * 2])
def test_nothing_of_an_article_is_html(before, after):
    html = difference_html(article(before, before), article(after, after, 2), "de")
    assert "<script" not in html
    assert "<img" not in html
    assert html.count("&lt;script") >= 1


# --- the page -------------------------------------------------------------------------------


def test_the_page_of_a_changed_article_leads_to_its_earlier_versions(client):
    page = client.get("/articles/eichen").text
    assert "<h2>Frühere Fassungen</h2>" in page
    assert '<a class="open-article" href="?compare=1">Fassung 1, 3. März 2026</a>' in page
    assert '<a class="open-article" href="?compare=2">Fassung 2, 4. März 2026</a>' in page
    assert "Frühere Fassungen" not in client.get("/articles/allein").text


def test_the_page_shows_word_by_word_what_changed(client):
    page = client.get("/articles/eichen?compare=1").text
    assert "Was sich von Fassung 1 zu Fassung 3 geändert hat" in page
    assert "<del>120 </del><ins>210 </ins>Eichen gepflanzt" in page
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_page_speaks_english_too(client):
    page = client.get("/articles/eichen?compare=1", headers={"accept-language": "en"}).text
    assert "What changed from version 1 to version 3" in page


@pytest.mark.parametrize("compare", [0, 3, 99, -1])
def test_an_unknown_version_to_compare_with_shows_the_article(client, compare):
    page = client.get(f"/articles/eichen?compare={compare}")
    assert page.status_code == 200
    assert "<del>" not in page.text
    assert "210 Eichen" in page.text


def test_a_quote_of_an_earlier_version_leads_to_what_changed(client):
    page = client.get("/articles/eichen?start=0&end=10&version=1").text
    assert "Der Artikel hat sich geändert, seit er zitiert wurde." in page
    assert '<a class="open-article" href="?compare=1">Was sich geändert hat</a>' in page


# --- the API --------------------------------------------------------------------------------


def test_the_api_lists_the_versions_and_gives_each(client):
    listed = client.get("/v1/articles/eichen/versions").json()["versions"]
    page = {"limit": 1, "offset": 1}
    paged = client.get("/v1/articles/eichen/versions", params=page).json()
    assert paged == {"total": len(listed), "versions": listed[1:2]}
    assert [version["version"] for version in listed] == [3, 2, 1]
    assert [version["updated"] for version in listed] == ["2026-03-05", "2026-03-04", "2026-03-03"]
    assert "text" not in listed[0]
    assert client.get("/v1/articles/eichen/versions/1").json()["text"] == FIRST
    newest = client.get("/v1/articles/eichen/versions/3").json()
    assert newest == client.get("/v1/articles/eichen").json()


@pytest.mark.parametrize("path", ["fehlt/versions", "fehlt/versions/1", "eichen/versions/4"])
def test_what_there_is_not_is_a_problem(client, path):
    response = client.get(f"/v1/articles/{path}")
    assert response.status_code == 404
    assert response.json()["type"] == "urn:zeitfrage:article-not-found"


# --- the command line -----------------------------------------------------------------------


@pytest.fixture(params=["in this process", "through a server"])
def cli(
    request, capsys, monkeypatch, tmp_path, versions_folder, served_folder, client
) -> CommandLine:
    """The command line on a collection that nobody holds, and on one that a server does."""
    monkeypatch.chdir(tmp_path)
    told = {"url": str(client.base_url).rstrip("/"), "pid": 0}
    (served_folder / "server.json").write_text(json.dumps(told))
    served = request.param == "through a server"
    return CommandLine(capsys, served_folder if served else versions_folder)


def test_show_lists_versions_and_differences(cli):
    assert cli("show", "eichen", "--versions").out == (
        "3\t2026-03-05\tMehr Eichen für Oberau\n"
        f"2\t2026-03-04\tMehr Eichen für Oberau {HOSTILE}\n"
        "1\t2026-03-03\tEichen für Oberau\n"
    )
    listed = json.loads(cli("show", "eichen", "--versions", "--json").out)
    assert [version["version"] for version in listed["versions"]] == [3, 2, 1]
    printed = cli("show", "eichen", "--diff").out
    assert "version 2 to 3" in printed
    assert "{+" in printed
    assert "210 Eichen gepflanzt" in printed


def test_show_says_that_an_article_has_not_changed(cli):
    ran = cli("show", "allein", "--diff")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == "There is only one version of 'allein'.\n"
