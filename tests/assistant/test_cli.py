"""What the command line prints, to people and to programs, and how it ends."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

import pytest
from command_line import COMMAND, CommandLine, run_command, short_articles

from zeitfrage.assistant.answer_models import AnswerModel
from zeitfrage.index import Collection

HARBECK = "Mit wie viel Prozent gewann Swantje Harbeck die Stichwahl in Hohenlürn?"
PROOF = (
    "In der Stichwahl am Sonntag setzte sich die 46-Jährige mit 53,8 Prozent der Stimmen gegen "
    "Markus Evering von der Bürgerliste durch."
)
OAK = "date 2018-02\n\nOberau. Die Gemeinde Oberau hat 120 Eichen gepflanzt, sagte der Förster.\n"


@pytest.fixture(autouse=True)
def no_settings_file(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def cli(capsys, sample_collection_folder, tmp_path) -> CommandLine:
    """The command line on a copy of the indexed samples."""
    return CommandLine(capsys, shutil.copytree(sample_collection_folder, tmp_path / "data"))


@pytest.fixture
def empty_cli(capsys, tmp_path) -> CommandLine:
    """The command line on a folder that is still to be made."""
    return CommandLine(capsys, tmp_path / "data")


# --- Help and version -------------------------------------------------------


def test_without_a_command_the_help_is_printed(empty_cli):
    ran = empty_cli()
    assert ran.code == 0
    assert "Usage: " in ran.out
    for command in ("ingest", "ask", "search", "list", "show", "delete", "status", "serve"):
        assert f"\n  {command} " in ran.out


def test_help_is_plain_text(empty_cli):
    printed = empty_cli("ask", "--help").out
    assert "--as-of DATE" in printed
    assert not set(printed) & set("│╭╰─\x1b")


def test_help_takes_less_than_half_a_second():
    def seconds() -> float:
        started = time.perf_counter()
        assert run_command("--help").code == 0
        return time.perf_counter() - started

    assert min(seconds() for _ in range(5)) < 0.5


def test_the_version_is_printed():
    assert run_command("--version").out == "zeitfrage 0.1.0\n"


def test_an_unknown_command_ends_with_2_and_names_itself(empty_cli):
    ran = empty_cli("aks", "Wer?")
    assert ran.code == 2
    assert "aks" in ran.err


# --- Ask --------------------------------------------------------------------


def test_ask_prints_answer_citation_quote_and_stand(cli):
    ran = cli("ask", HARBECK)
    assert ran.code == 0
    assert ran.out == (
        f"{PROOF} [1]\n"
        "\n"
        "[1] Swantje Harbeck wird Bürgermeisterin von Hohenlürn "
        "(2024-06-24, Hohenlürner Bote (Beispiel))\n"
        f"    > {PROOF}\n"
        "\n"
        "Stand: 2024-06-24\n"
    )


def test_ask_as_json_is_what_the_api_would_send(cli):
    answer = AnswerModel.model_validate_json(cli("ask", HARBECK, "--json").out)
    assert answer.question == HARBECK
    assert not answer.abstained
    assert answer.answerer == "extractive"
    citation = answer.citations[0]
    assert citation.quote == PROOF
    assert citation.article_id == "de-16-stichwahl-harbeck"
    text = json.loads(cli("show", citation.article_id, "--json").out)["text"]
    assert text[citation.start : citation.end] == PROOF


def test_ask_says_plainly_that_the_articles_do_not_hold_the_answer(cli):
    ran = cli("ask", "Wie heißt die Hauptstadt von Australien?")
    assert ran.code == 0
    assert ran.out in (
        "Das geht aus den Artikeln nicht hervor.\n",
        "Zu dieser Frage habe ich in den Artikeln nichts gefunden.\n",
    )


def test_an_empty_collection_is_said_to_be_empty(empty_cli):
    ran = empty_cli("ask", "Wer regiert in Hohenlürn?")
    assert ran.code == 0
    assert ran.out == "Die Sammlung enthält noch keine Artikel.\n"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--until", "2024-05"),
        ("--since", "2024-07"),
        ("--source", "Marlenbrücker Anzeiger (Beispiel)"),
        ("--section", "Sport"),
        ("--language", "en"),
    ],
)
def test_articles_that_a_filter_keeps_out_are_not_cited(cli, option, value):
    answer = AnswerModel.model_validate_json(cli("ask", HARBECK, "--json", option, value).out)
    assert "de-16-stichwahl-harbeck" not in {passage.article_id for passage in answer.passages}


def test_a_month_as_until_lets_its_last_day_through(cli):
    answer = AnswerModel.model_validate_json(
        cli("ask", HARBECK, "--json", "--since", "2024-06", "--until", "2024-06").out
    )
    assert answer.citations[0].article_id == "de-16-stichwahl-harbeck"


def test_as_of_is_the_day_that_counts_as_today(cli):
    assert json.loads(cli("ask", HARBECK, "--json", "--as-of", "2024").out)["as_of"] == "2024-12-31"


@pytest.mark.parametrize("option", ["--since", "--until", "--as-of"])
@pytest.mark.parametrize("value", ["gestern", "2018-13", "2018-02-30", "1.2.2018"])
def test_what_is_no_date_is_refused_with_the_forms_that_are(cli, option, value):
    ran = cli("ask", HARBECK, option, value)
    assert ran.code == 2
    assert ran.out == ""
    assert f"{option.removeprefix('--')} = {value!r} is not allowed" in ran.err
    assert "YYYY, YYYY-MM or YYYY-MM-DD" in ran.err


def test_an_empty_question_is_refused(cli):
    ran = cli("ask", "  ")
    assert ran.code == 2
    assert "question" in ran.err


def test_a_cold_process_answers_within_four_seconds(cli):
    started = time.perf_counter()
    ran = run_command("--data", cli.folder, "ask", HARBECK)
    assert time.perf_counter() - started < 4
    assert ran.out.startswith(PROOF)


# --- Search, list, show, status ---------------------------------------------


def test_search_prints_passages_best_first(cli):
    lines = cli("search", HARBECK, "--limit", 2).out.splitlines()
    assert lines[0].startswith("1. Swantje Harbeck wird Bürgermeisterin von Hohenlürn (2024-06-24")
    assert lines[1].split()[0] == "de-16-stichwahl-harbeck"
    assert sum(line.startswith(("1. ", "2. ", "3. ")) for line in lines) == 2


def test_search_as_json_gives_scores_and_spans(cli):
    passages = json.loads(cli("search", HARBECK, "--json", "--limit", 3).out)["passages"]
    assert len(passages) == 3
    scores = [passage["score"] for passage in passages]
    assert scores == sorted(scores, reverse=True)
    assert passages[0]["end"] - passages[0]["start"] == len(passages[0]["text"])


def test_list_prints_one_line_for_each_article_newest_first(cli):
    lines = [line.split("\t") for line in cli("list").out.splitlines()]
    assert len(lines) == 40
    assert {len(line) for line in lines} == {4}
    dates = [line[1] for line in lines]
    assert dates == sorted(dates, reverse=True)


def test_list_pages_without_gap_or_overlap(cli):
    pages = [cli("list", "--limit", 15, "--offset", n).out.splitlines() for n in (0, 15, 30)]
    assert [len(page) for page in pages] == [15, 15, 10]
    assert [line for page in pages for line in page] == cli("list").out.splitlines()


def test_list_as_json_counts_all_that_pass_the_filters(cli):
    listed = json.loads(cli("list", "--json", "--limit", 2, "--language", "en").out)
    assert listed["total"] == 10
    assert [article["language"] for article in listed["articles"]] == ["en", "en"]


def test_show_prints_the_whole_article(cli):
    ran = cli("show", "de-16-stichwahl-harbeck")
    assert ran.out.startswith("Swantje Harbeck wird Bürgermeisterin von Hohenlürn\n")
    assert "\npublished: 2024-06-24\n" in ran.out
    assert PROOF in ran.out
    assert "None" not in ran.out


def test_status_says_what_the_collection_holds(cli):
    printed = cli("status").out
    assert f"folder: {cli.folder}\n" in printed
    assert "articles: 40\n" in printed
    status = json.loads(cli("status", "--json").out)
    assert status["articles"] == 40
    assert status["embedding_model"] == "intfloat/multilingual-e5-small"


def test_an_unknown_article_is_one_line_on_standard_error(cli):
    ran = cli("show", "de-99")
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.count("\n") == 1
    assert "'de-99'" in ran.err
    assert "zeitfrage list" in ran.err


# --- Delete -----------------------------------------------------------------


def test_a_deleted_article_is_neither_listed_nor_found(cli):
    ran = cli("delete", "de-16-stichwahl-harbeck", "--yes")
    assert ran.code == 0
    assert ran.out.startswith("deleted: de-16-stichwahl-harbeck: ")
    assert "de-16-stichwahl-harbeck" not in cli("list").out
    assert "de-16-stichwahl-harbeck" not in cli("search", HARBECK, "--limit", 50).out
    assert cli("show", "de-16-stichwahl-harbeck").code == 2


def test_one_wrong_id_and_nothing_is_deleted(cli):
    assert cli("delete", "de-16-stichwahl-harbeck", "de-99", "--yes").code == 2
    assert cli("show", "de-16-stichwahl-harbeck").code == 0


@pytest.mark.parametrize(("said", "left"), [("n\n", 40), ("", 40), ("y\n", 39)])
def test_delete_asks_first_and_names_the_title(cli, said, left, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(said))
    ran = cli("delete", "de-16-stichwahl-harbeck")
    assert "Swantje Harbeck wird Bürgermeisterin" in ran.out + ran.err
    assert len(cli("list").out.splitlines()) == left


# --- Ingest -----------------------------------------------------------------


def test_ingest_counts_what_became_of_each_article(empty_cli, tmp_path):
    article = tmp_path / "eichen.txt"
    article.write_text(OAK, encoding="utf-8")
    assert empty_cli("ingest", article).out == "1 added, 0 unchanged, 0 updated, 0 rejected\n"
    assert empty_cli("ingest", article).out == "0 added, 1 unchanged, 0 updated, 0 rejected\n"
    article.write_text(OAK.replace("120", "140"), encoding="utf-8")
    ran = empty_cli("ingest", article)
    assert ran.code == 0
    assert ran.out == "0 added, 0 unchanged, 1 updated, 0 rejected\n"


def test_rejected_files_are_named_with_reason_after_all_others_went_in(empty_cli, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a-leer.txt").touch()
    (folder / "b-eichen.txt").write_text(OAK, encoding="utf-8")
    (folder / "c-kaputt.jsonl").write_text("{kaputt\n", encoding="utf-8")
    ran = empty_cli("ingest", folder, tmp_path / "fehlt.txt")
    assert ran.code == 1
    *rejections, summary = ran.out.splitlines()
    assert summary == "1 added, 0 unchanged, 0 updated, 3 rejected"
    names = ("a-leer.txt: ", "c-kaputt.jsonl:1: ", "fehlt.txt: ")
    for name, line in zip(names, sorted(rejections, key=lambda r: Path(r).name), strict=True):
        assert line.startswith("rejected: ")
        assert len(line.split(name)[1]) > 10, "a reason"
    assert empty_cli("list").out.count("\n") == 1


def test_the_samples_can_be_put_in_by_name(empty_cli):
    assert empty_cli("samples").out == "40 added, 0 unchanged, 0 updated, 0 rejected\n"


def test_articles_cannot_steer_the_terminal_or_the_markup(empty_cli, tmp_path):
    article = {"id": "x", "title": "[bold]Fett[/bold]", "text": "Rot \x1b[31m ist [red]rot[/red]."}
    path = tmp_path / "x.json"
    path.write_text(json.dumps(article), encoding="utf-8")
    assert empty_cli("ingest", path).code == 0
    printed = empty_cli("show", "x").out
    assert printed.startswith("[bold]Fett[/bold]\n")
    assert "[red]rot[/red]" in printed
    assert "\x1b" not in printed


def test_ctrl_c_stops_the_ingest_and_the_next_run_goes_on(empty_cli, tmp_path):
    articles = tmp_path / "teiche.jsonl"
    articles.write_text(short_articles(400), encoding="utf-8")
    command = [COMMAND, "--data", empty_cli.folder, "ingest", articles]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        wait_for_more_articles(empty_cli.folder, than=64)  # the first batch, which is reported
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "The next run of the same command goes on from here." in err
    assert "Traceback" not in err
    reported = int(out.split(" added")[0])
    assert 64 <= reported < 400
    stored = len(empty_cli("list", "--limit", 1000).out.splitlines())
    assert stored >= reported
    second = empty_cli("ingest", articles).out
    assert second == f"{400 - stored} added, {stored} unchanged, 0 updated, 0 rejected\n"


def wait_for_more_articles(folder: Path, than: int) -> None:
    """Return as soon as more articles than that are stored."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(sqlite3.OperationalError):
            uri = f"file:{folder / 'catalogue.sqlite3'}?mode=ro"
            with contextlib.closing(sqlite3.connect(uri, uri=True)) as catalogue:
                if catalogue.execute("SELECT count(*) FROM article").fetchone()[0] > than:
                    return
        time.sleep(0.02)
    pytest.fail("nothing was stored in a minute")


def test_on_a_terminal_a_bar_shows_pace_and_time_left(empty_cli, tmp_path):
    articles = tmp_path / "teiche.jsonl"
    articles.write_text(short_articles(130), encoding="utf-8")
    ours, theirs = pty.openpty()
    seen = bytearray()

    def read() -> None:
        with contextlib.suppress(OSError):
            while piece := os.read(ours, 4096):
                seen.extend(piece)

    reader = threading.Thread(target=read)
    reader.start()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    command = [COMMAND, "--data", empty_cli.folder, "ingest", articles]
    ran = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=theirs, env=environment, check=False
    )
    os.close(theirs)
    reader.join()
    shown = seen.decode()
    assert ran.returncode == 0, shown
    assert " articles, " in shown
    assert " a second, 0:00:" in shown
    assert " left" in shown
    assert ran.stdout == b"130 added, 0 unchanged, 0 updated, 0 rejected\n"


# --- Rebuild, errors, pipes -------------------------------------------------


def test_rebuild_of_an_up_to_date_collection_changes_nothing(cli):
    ran = cli("rebuild")
    assert ran.code == 0
    assert "All 40 articles are indexed." in ran.err
    assert cli("ask", HARBECK).out.startswith(PROOF)


def test_a_collection_that_another_process_holds_is_one_sentence(cli):
    with Collection.open(cli.folder):
        ran = run_command("--data", cli.folder, "ask", HARBECK)
    assert ran.code == 2
    assert ran.out == ""
    assert f"Another process is using the collection in {cli.folder}." in ran.err
    assert "Traceback" not in ran.err


def test_a_wrong_setting_is_one_sentence(cli, monkeypatch):
    monkeypatch.setenv("ZEITFRAGE_PORT", "99999")
    ran = cli("status")
    assert ran.code == 2
    assert "port = '99999' (from environment variable ZEITFRAGE_PORT)" in ran.err


def test_a_wrong_setting_does_not_keep_the_help_away(cli, monkeypatch):
    monkeypatch.setenv("ZEITFRAGE_PORT", "99999")
    assert cli("ask", "--help").code == 0


def test_a_missing_llm_hinders_questions_only(cli, monkeypatch):
    monkeypatch.setenv("ZEITFRAGE_LLM", "nosuchprovider:model")
    ran = cli("ask", HARBECK)
    assert ran.code == 2
    assert "nosuchprovider" in ran.err
    assert cli("status").code == 0


def test_a_data_folder_that_is_a_file_is_one_sentence(capsys, tmp_path):
    taken = tmp_path / "taken"
    taken.touch()
    ran = CommandLine(capsys, taken)("status")
    assert ran.code == 2
    assert str(taken) in ran.err
    assert "--data" in ran.err


def test_a_reader_that_has_seen_enough_is_no_error(cli):
    command = f"{COMMAND} --data {cli.folder} list | head -1"
    ran = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert ran.stdout.count("\n") == 1
    assert ran.stderr == ""


def test_an_old_terminal_encoding_costs_a_character_and_not_the_answer(cli):
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    ran = run_command("--data", cli.folder, "ask", HARBECK, env=environment)
    assert ran.code == 0
    assert "53,8 Prozent" in ran.out
