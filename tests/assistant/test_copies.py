"""An answer cites a report once, names who else printed it, and counts it as one source."""

from __future__ import annotations

import json

import pytest
from command_line import CommandLine

from zeitfrage.assistant import Assistant
from zeitfrage.assistant.answer_models import AnswerModel
from zeitfrage.assistant.cards import exchange_html
from zeitfrage.assistant.conversation import Exchange
from zeitfrage.config import Settings
from zeitfrage.index import Collection

REPORT = (
    "Quarnstedt (dpa). Der neue Wasserturm von Quarnstedt ist 41 Meter hoch. Das teilte die "
    "Gemeinde am Dienstag mit. Gebaut hat ihn die Firma Ketterlohn aus Eschwedel in nur elf "
    "Monaten. Der alte Turm aus dem Jahr 1908 wird im Herbst abgerissen, sagte Bürgermeister Jan "
    "Prell. Von der Aussichtsplattform sieht man bei klarem Wetter bis nach Tannbergen."
)
EDITED = REPORT.replace("nur elf Monaten", "lediglich elf Monaten")
CUT = REPORT.replace("Der neue Wasserturm von Quarnstedt ist 41 Meter hoch. ", "")
ASKED = "Wie hoch ist der neue Wasserturm von Quarnstedt?"
HOSTILE = '<img src=x onerror="alert(1)">'


def record(key: str, text: str, date: str, source: str) -> dict[str, str]:
    return {"id": key, "title": f"Turm {key}", "text": text, "date": date, "source": source}


@pytest.fixture(scope="module")
def copies_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("copies")
    records = [
        record("bote", REPORT, "2026-03-03", "Bote"),
        record("kurier", EDITED, "2026-03-04", f"Kurier {HOSTILE}"),
        record("blatt", CUT, "2026-03-04", "Blatt"),
    ]
    (folder / "in.json").write_text(json.dumps(records))
    with Collection.open(folder / "data", Settings()) as collection:
        assert len(list(collection.ingest([folder / "in.json"]))) == 3
    return folder / "data"


@pytest.fixture
def answer(copies_folder):
    with Assistant.open(settings=Settings(data_folder=copies_folder)) as assistant:
        return assistant.ask(ASKED)


def test_the_earliest_copy_is_cited_and_those_that_have_the_words_too_are_named(answer):
    (citation,) = answer.citations
    assert citation.article.id == "bote"
    assert "41 Meter" in citation.quote
    assert {copy.id for copy in citation.copies} == {"kurier", "blatt"}
    assert [copy.id for copy in citation.also_in] == ["kurier"]


def test_copies_of_one_report_are_one_independent_source(answer):
    assert answer.independent_sources == 1


def test_json_names_the_copies_and_counts_the_sources(answer):
    shown = AnswerModel.of(answer)
    assert shown.independent_sources == 1
    (copy,) = shown.citations[0].also_in
    assert (copy.article_id, copy.title, copy.published) == ("kurier", "Turm kurier", "2026-03-04")


@pytest.mark.parametrize(
    ("language", "also", "source"),
    [
        ("de", "auch in: ", "Aus einer unabhängigen Quelle"),
        ("en", "also in: ", "From one independent source"),
    ],
)
def test_the_chat_names_the_copies_and_shows_nothing_of_theirs_as_html(
    answer, language, also, source
):
    html = exchange_html(Exchange(ASKED, answer=answer), 1, language)
    named = html.partition('<p class="also-in"')[2].partition("</p>")[0]
    assert also in named
    assert 'href="articles/kurier?' in named
    assert "Kurier &lt;img" in named
    assert "Blatt" not in named
    assert HOSTILE not in html
    assert source in html


def test_the_command_line_names_the_copies_below_the_quote(copies_folder, capsys, monkeypatch):
    monkeypatch.chdir(copies_folder.parent)
    printed = CommandLine(capsys, copies_folder)("ask", ASKED).out
    assert f"\n    auch in: Kurier {HOSTILE}, 2026-03-04\n" in printed
    assert printed.endswith("\nStand: 2026-03-03\nUnabhängige Quellen: 1\n")
