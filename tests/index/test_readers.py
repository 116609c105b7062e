"""Files are read ahead by other processes, in order; a bad one costs only itself."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from zeitfrage.index import readers
from zeitfrage.index.article import Article
from zeitfrage.index.files import InputFiles
from zeitfrage.index.ingest import Upload
from zeitfrage.index.loaders import Rejection, is_laborious
from zeitfrage.index.readers import Readers

PAGE = "<html lang=de><article><p>Die Mühle Nummer {} steht in Oberau am Bach.</p></article></html>"


def pages(folder: Path, count: int) -> list[Upload]:
    files = []
    for number in range(count):
        path = folder / f"{number:03}.html"
        path.write_text(PAGE.format(number), encoding="utf-8")
        files.append(Upload(path, str(path)))
    return files


def slow_file(folder: Path) -> Upload:
    """A feed that takes a good while to parse."""
    path = folder / "viel.rss"
    path.write_text(f"<rss><channel>{'<item><title>a</title></item>' * 60_000}</channel></rss>")
    return Upload(path, "viel.rss")


def read_all(files: list[Upload], **options: float) -> list[object]:
    with closing(Readers(files, **options)) as opened:
        return [[content for content, _ in opened.take()] for _ in files]


def children() -> list[int]:
    tasks = Path("/proc/self/task").iterdir()
    return [int(pid) for task in tasks for pid in (task / "children").read_text().split()]


def until_a_child() -> int:
    for _ in range(200):
        if found := children():
            return found[0]
        time.sleep(0.05)
    raise AssertionError("no process was started")


def test_the_order_of_the_files_is_kept_however_many_processes_share_them(tmp_path, monkeypatch):
    monkeypatch.setattr(readers, "_processors", lambda: 4)
    found = read_all(pages(tmp_path, 60))
    assert all(f"Nummer {n} " in article.text for n, (article,) in enumerate(found))
    assert len(found) == 60


@pytest.mark.parametrize(
    ("name", "laborious"),
    [("a.html", True), ("a.PDF", True), ("a.xml.gz", True), ("a.zip", True), ("a", True),
     ("a.jsonl", False), ("a.jsonl.gz", False), ("a.txt", False), ("b.csv.zst", False)],
)  # fmt: skip
def test_only_what_is_laborious_is_worth_a_process(name, laborious):
    assert is_laborious(name) is laborious


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="LOOKS INTO /proc, only on Linux")
def test_plain_files_start_no_process_and_others_leave_none_behind(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "Ein Satz."}\n' * 100)
    for _ in InputFiles([tmp_path], 100, {}).read():
        assert children() == []
    pages(tmp_path, 20)
    with closing(InputFiles([tmp_path / "003.html"], 100, {}).read()) as reading:
        next(reading)
    assert children() == []


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="LOOKS INTO /proc, only on Linux")
def test_a_reader_that_dies_names_its_file_and_the_rest_goes_on(tmp_path):
    files = pages(tmp_path, 20)
    files.insert(3, slow_file(tmp_path))

    def kill() -> None:
        pid = until_a_child()
        time.sleep(1.5)
        os.kill(pid, signal.SIGSEGV)

    killer = threading.Thread(target=kill)
    killer.start()
    found = read_all(files)
    killer.join()
    (rejection,) = found.pop(3)
    assert isinstance(rejection, Rejection)
    assert "SIGSEGV" in rejection.reason
    assert all(isinstance(content, Article) for (content,) in found)


def test_a_reader_that_takes_too_long_ends_itself(tmp_path):
    files = pages(tmp_path, 3)
    files.insert(1, slow_file(tmp_path))
    found = read_all(files, patience_seconds=1.5)
    assert found[1] == [Rejection("viel.rss", "Reading it took more than 1.5 seconds.")]
    assert [type(content) for (content,) in found] == [Article, Rejection, Article, Article]


def test_closing_ends_a_reader_at_work_at_once(tmp_path):
    opened = Readers([slow_file(tmp_path)])
    time.sleep(1)
    started = time.monotonic()
    opened.close()
    assert time.monotonic() - started < 1


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.txt")
    (item,) = InputFiles([tmp_path], 100, {}).read()
    assert item.content.reason == "It is not a file that holds its content."
