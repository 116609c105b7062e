"""While a server holds the collection, the command line does the same work through it."""

from __future__ import annotations

import json

import pytest
from command_line import CommandLine, short_articles
from live_server import serving

from zeitfrage.assistant import Assistant
from zeitfrage.config import Settings

HARBECK = "Mit wie viel Prozent gewann Swantje Harbeck die Stichwahl in Hohenlürn?"


@pytest.fixture
def cli(capsys, sample_folder, monkeypatch, tmp_path) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    return CommandLine(capsys, sample_folder)


@pytest.mark.parametrize(
    "command",
    [
        ("ask", HARBECK),
        ("ask", "Wer bekam 2024 den Literaturnobelpreis?"),
        ("ask", HARBECK, "--until", "2023"),
        ("search", "Stichwahl", "--limit", 3),
        ("search", "Wasser", "--recency", 1, "--json"),
        ("list", "--limit", 5, "--source", "Hohenlürner Bote (Beispiel)"),
        ("list", "--json"),
        ("show", "de-16-stichwahl-harbeck"),
        ("show", "gibt-es-nicht"),
        ("delete", "--yes", "gibt-es-nicht"),
        ("status",),
        ("ask", HARBECK, "--since", "neulich"),
    ],
    ids=lambda command: " ".join(map(str, command))[:50],
)
def test_a_command_prints_the_same_with_and_without_a_server(cli, command):
    alone = cli(*command)
    with serving(cli.folder):
        handed_over = cli(*command)
    assert handed_over == alone


def test_files_are_ingested_updated_and_deleted_through_the_server(cli, tmp_path):
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    (folder / "viele.jsonl").write_text(short_articles(150))
    (folder / "deep" / "leer.txt").write_bytes(b"")
    (folder / "umlaut.txt").write_bytes("Größere Mühlen, sagte Müller.".encode("cp1252"))
    with serving(cli.folder):
        first = cli("ingest", folder)
        second = cli("ingest", folder)
        (folder / "umlaut.txt").write_text("Kleinere Mühlen, sagte Müller.")
        third = cli("ingest", folder / "umlaut.txt", tmp_path / "fehlt.txt")
        asked = cli("ask", "Wie viele Helfer kamen, als der Teich 77 geräumt wurde?")
        deleted = cli("delete", "--yes", "teich-77")
        gone = cli("show", "teich-77")
    assert first.code == second.code == third.code == 1
    assert "151 added, 0 unchanged, 0 updated, 1 rejected" in first.out
    assert f"rejected: {folder / 'deep' / 'leer.txt'}: It holds no text." in first.out
    assert "0 added, 151 unchanged, 0 updated, 1 rejected" in second.out
    assert "0 added, 0 unchanged, 1 updated, 1 rejected" in third.out
    assert "No such file" in third.out
    assert "79 Helfer" in asked.out
    assert (deleted.code, gone.code) == (0, 2)
    assert "umlaut" in cli("list", "--limit", 1000).out


def test_what_a_server_left_behind_when_it_was_killed_misleads_nobody(cli):
    (cli.folder / "server.json").write_text('{"url": "http://127.0.0.1:9", "pid": 1}')
    assert "53,8 Prozent" in cli("ask", HARBECK).out


@pytest.mark.parametrize("left", ["", "{}", "[1]", '{"url": "kein Schema"}', '{"url": 5}'])
def test_a_collection_in_use_by_no_server_is_one_sentence(cli, left):
    with Assistant.open(settings=Settings(data_folder=cli.folder)):
        (cli.folder / "server.json").write_text(left)
        ran = cli("ask", HARBECK)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith(f"Another process is using the collection in {cli.folder}.")


def test_a_server_of_another_folder_is_not_spoken_to(cli, tmp_path):
    with serving(cli.folder) as url:
        other = CommandLine(cli._capsys, tmp_path / "other")
        other("status")
        (other.folder / "server.json").write_text(json.dumps({"url": url}))
        with Assistant.open(settings=Settings(data_folder=other.folder)):
            assert other("status").code == 2


def test_a_rebuild_waits_until_the_server_is_stopped(cli):
    with serving(cli.folder):
        ran = cli("rebuild")
    assert ran.code == 2
    assert "using the collection" in ran.err
