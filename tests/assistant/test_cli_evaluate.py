"""What `zeitfrage eval` prints, writes and refuses."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time

import pytest
from command_line import COMMAND, CommandLine

from zeitfrage.config import Settings
from zeitfrage.index import Collection

MAYOR = {
    "question": "Mit wie viel Prozent gewann Swantje Harbeck die Stichwahl in Hohenlürn?",
    "answers": ["53,8 Prozent"],
    "article_ids": ["de-16-stichwahl-harbeck"],
    "kind": "number",
}
PRIZE = {"question": "Wer bekam 2024 den Literaturnobelpreis?", "answers": [], "kind": "person"}


@pytest.fixture
def cli(capsys, monkeypatch, sample_collection_folder, tmp_path) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    return CommandLine(capsys, shutil.copytree(sample_collection_folder, tmp_path / "data"))


@pytest.fixture
def question_set(tmp_path):
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(map(json.dumps, (MAYOR, PRIZE))), encoding="utf-8")
    return path


def test_the_figures_are_printed_by_kind_of_question(cli, question_set):
    ran = cli("eval", question_set)
    assert ran.code == 0
    assert ran.err == ""
    tables = [table.splitlines() for table in ran.out.split("\n\n")]
    assert tables[0] == [
        "Articles found  questions        R@1        R@5       R@10     MRR@10    nDCG@10",
        "number                  1      1.000      1.000      1.000      1.000      1.000",
        "all                     1      1.000      1.000      1.000      1.000      1.000",
    ]
    assert tables[1] == [
        "Answers  questions      first   in three  precision     recall   abstains",
        "number           1      1.000      1.000      1.000          -      0.000",
        "all              1      1.000      1.000      1.000          -      0.000",
    ]
    assert tables[2] == [
        "Where nothing answers  questions   abstains",
        "person                         1      1.000",
        "all                            1      1.000",
    ]
    assert tables[3][0] == "Milliseconds to passages  p50  p95"
    assert tables[4][0] == "Milliseconds to answer  p50  p95"
    assert ran.out.endswith(
        "answered by extractive, embedded with intfloat/multilingual-e5-small\n"
    )


def test_as_json_all_figures_come_for_programs_with_null_where_none_could_be_measured(
    cli, question_set
):
    told = json.loads(cli("eval", question_set, "--hide-answers", "--json").out)
    assert set(told) == {"answerer", "embedding_model", "all", "kinds"}
    assert list(told["kinds"]) == ["number", "person"]
    assert told["all"]["mrr_10"] == 1
    assert told["all"]["unanswerable"] == 2
    assert told["all"]["citation_recall"] is None
    assert told["kinds"]["person"]["recall_5"] is None


def test_the_report_has_a_line_for_each_answer(cli, question_set, tmp_path):
    assert cli("eval", question_set, "--report", tmp_path / "report.jsonl").code == 0
    lines = (tmp_path / "report.jsonl").read_text(encoding="utf-8").splitlines()
    mayor, prize = map(json.loads, lines)
    assert mayor["question"]["question"] == MAYOR["question"]
    assert mayor["answer"].startswith("In der Stichwahl am Sonntag")
    assert mayor["ranking"]["hits"][0]
    assert prize["abstained"]


def test_articles_that_are_not_there_are_named_before_all_is_asked(cli, question_set):
    lost = MAYOR | {"article_ids": ["fehlt-1", "fehlt-2", "fehlt-3", "fehlt-4"]}
    question_set.write_text(json.dumps(lost), encoding="utf-8")
    ran = cli("eval", question_set)
    assert ran.code == 0
    assert ran.err == (
        "Not in this collection, though the questions name them: fehlt-1, fehlt-2, fehlt-3 "
        "and 1 more. zeitfrage list shows the ids.\n"
    )


def test_a_malformed_set_and_a_report_that_cannot_be_written_end_with_2(
    cli, question_set, tmp_path
):
    assert cli("eval", question_set, "--report", tmp_path / "no" / "r.jsonl").code == 2
    question_set.write_text(json.dumps(PRIZE) + '\n{"question": "Wer?"}', encoding="utf-8")
    ran = cli("eval", question_set)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith(f"In line 2 of {question_set}: answers: Field required.")


def test_a_collection_that_another_process_holds_is_not_evaluated(cli, question_set):
    with Collection.open(cli.folder, Settings()):
        ran = cli("eval", question_set)
    assert ran.code == 2
    assert "Another process is using the collection" in ran.err


def test_ctrl_c_prints_the_figures_so_far_and_ends_with_130(cli, question_set, tmp_path):
    report = tmp_path / "report.jsonl"
    question_set.write_text("\n".join([json.dumps(MAYOR)] * 2000), encoding="utf-8")
    command = [COMMAND, "--data", str(cli.folder), "eval", question_set, "--report", report]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not (report.exists() and report.read_text(encoding="utf-8").count("\n") >= 2):
        assert running.poll() is None
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "Stopped." in err
    assert "Articles found" in out
