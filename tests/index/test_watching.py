"""What is handed on from watched folders and polled feeds, and when."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from zeitfrage.config.errors import UnreadableInput
from zeitfrage.index import Collection, WebAddress
from zeitfrage.index.ingest import Upload
from zeitfrage.index.watching import due

QUIET = 0.4
FEED = WebAddress("https://bote.example/feed", followed=True)


@pytest.fixture
def folder(tmp_path) -> Path:
    made = tmp_path / "in"
    made.mkdir()
    return made


class Watch:
    """A watch on a folder that notes which files it hands on."""

    def __init__(self, folder: Path) -> None:
        self.rounds: Iterator = due([folder], [], poll_seconds=60, quiet_seconds=QUIET)

    def until(self, enough: int, seconds: float = 10) -> list[str]:
        """Return the names of files handed on, once there are so many or the time is up."""
        names: list[str] = []
        end = time.monotonic() + seconds
        while len(names) < enough and time.monotonic() < end:
            names += [Path(given.origin).name for given in next(self.rounds)]
        return names


def test_everything_is_handed_on_at_first_then_what_is_new(folder):
    (folder / "deep").mkdir()
    (folder / "deep" / "a.txt").write_text("Alt.")
    os.utime(folder / "deep" / "a.txt", (0, 0))
    watch = Watch(folder)
    assert watch.until(1) == ["a.txt"]
    (folder / "deep" / "b.txt").write_text("Neu.")
    (folder / "bild.png").write_bytes(b"kein Artikel")
    (folder / ".versteckt.txt").write_text("Nein.")
    assert watch.until(2, seconds=1.5) == ["b.txt"]


def test_a_file_is_known_by_the_same_path_as_when_its_folder_is_ingested(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    (folder / "a.txt").write_text("Alt.")
    rounds = due([Path("in")], [], 60, quiet_seconds=0)
    assert next(rounds) == [Upload(folder / "a.txt", str(folder / "a.txt"))]


def test_a_file_that_is_written_slowly_is_handed_on_once_it_is_whole(folder):
    watch = Watch(folder)
    assert watch.until(1, seconds=0.3) == []
    with (folder / "a.txt").open("w") as slowly:
        for _ in range(8):
            slowly.write("Noch ein Satz. ")
            slowly.flush()
            assert watch.until(1, seconds=QUIET / 2) == []
    assert watch.until(1) == ["a.txt"]
    assert watch.until(1, seconds=1) == []


def test_a_file_that_is_written_when_the_watch_begins_is_waited_for_too(folder):
    with (folder / "a.txt").open("w") as slowly:
        slowly.write("Der Anfang. ")
        slowly.flush()
        watch = Watch(folder)
        assert watch.until(1, seconds=QUIET / 2) == []
        slowly.write("Das Ende.")
        slowly.flush()
        assert watch.until(1, seconds=QUIET / 2) == []
    assert watch.until(1) == ["a.txt"]


def test_a_file_that_is_replaced_is_handed_on_again(folder):
    (folder / "a.txt").write_text("Erste Fassung.")
    watch = Watch(folder)
    assert watch.until(1) == ["a.txt"]
    (folder / "a.new").write_text("Zweite Fassung.")
    os.utime(folder / "a.new", (0, 0))  # as `cp -p` and rsync leave it
    (folder / "a.new").replace(folder / "a.txt")
    assert watch.until(1) == ["a.txt"]


def test_a_file_that_is_gone_before_it_was_whole_is_forgotten(folder):
    watch = Watch(folder)
    assert watch.until(1, seconds=0.3) == []
    (folder / "a.txt").write_text("Kurz da.")
    assert watch.until(1, seconds=QUIET / 2) == []
    (folder / "a.txt").unlink()
    assert watch.until(1, seconds=1) == []


def test_a_folder_that_is_moved_in_is_handed_on_with_its_files(folder):
    watch = Watch(folder)
    assert watch.until(1, seconds=0.3) == []
    other = folder.parent / "other"
    (other / "deep").mkdir(parents=True)
    (other / "deep" / "a.txt").write_text("Text.")
    other.rename(folder / "moved")
    assert watch.until(1) == ["a.txt"]


def test_a_collection_in_the_watched_folder_is_not_read(folder):
    watch = Watch(folder)
    assert watch.until(1, seconds=0.3) == []
    with Collection.open(folder / "data"):
        (folder / "data" / "vectors" / "x.txt").write_text("Nein.")
        assert watch.until(1, seconds=1.5) == []


def test_a_feed_is_due_at_once_and_then_at_every_interval():
    rounds = due([], [FEED], poll_seconds=0.5)
    started = time.monotonic()
    times = []
    while len(times) < 3:
        if next(rounds) == [FEED]:
            times.append(time.monotonic() - started)
    assert times[0] < 0.2
    assert times[1] >= 0.5
    assert times[2] - times[1] >= 0.5


def test_what_is_no_folder_is_refused(folder):
    (folder / "a.txt").write_text("Text.")
    for wrong in (folder / "fehlt", folder / "a.txt"):
        with pytest.raises(UnreadableInput, match="There is no folder"):
            next(due([wrong], [], 60))
