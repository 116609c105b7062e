"""The commands that run on and reach into the web, alone and through a running server."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, Queue

import httpx
import pytest
from command_line import COMMAND, CommandLine
from live_server import serving
from web_site import Page, WebSite, web_site

from zeitfrage.assistant.watch import seconds_of
from zeitfrage.config.errors import ZeitfrageError
from zeitfrage.index import Collection

TEXT = (
    "Die alte Mühle in Niederau wird ein Museum. Der Gemeinderat stimmte am Montag mit 14 zu 3 "
    "Stimmen dafür. Der Umbau kostet 480.000 Euro und soll im April beginnen."
)


@pytest.fixture(autouse=True)
def this_machine_may_be_asked(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZEITFRAGE_ALLOW_PRIVATE_ADDRESSES", "true")
    monkeypatch.setenv("ZEITFRAGE_FETCH_REQUESTS_PER_SECOND", "1000")


@pytest.fixture
def site() -> Iterator[WebSite]:
    with web_site() as running:
        running.pages |= {
            "/muehle": Page(
                f"<html lang='de'><title>Mühle</title><article><p>{TEXT}</p></article>"
            ),
            "/feed": Page(
                "<rss version='2.0'><channel><title>Niederauer Bote</title><item>"
                f"<title>Mühle</title><link>{running.url}/muehle</link>"
                "<description>Die Mühle wird Museum.</description></item></channel></rss>"
            ),
        }
        yield running


@pytest.fixture
def cli(capsys, tmp_path) -> CommandLine:
    return CommandLine(capsys, tmp_path / "data")


# --- ingest -----------------------------------------------------------------------------------


@pytest.mark.parametrize("through_a_server", [False, True])
def test_addresses_paths_and_a_list_go_in_by_one_command(cli, site, tmp_path, through_a_server):
    (tmp_path / "a.txt").write_text("Die Brücke in Oberau ist 84 Meter lang.")
    (tmp_path / "liste.txt").write_text(f"# Bote\n{site.url}/muehle\nwww.ohne-schema.example\n")
    command = ("ingest", tmp_path / "a.txt", f"{site.url}/fehlt", "--urls", tmp_path / "liste.txt")
    if through_a_server:
        with serving(cli.folder):
            ran = cli(*command)
    else:
        ran = cli(*command)
    assert ran.code == 1
    assert ran.out == (
        f"rejected: {site.url}/fehlt: The server says 404 Not Found. "
        "Check the address; the page may have been taken down.\n"
        "rejected: www.ohne-schema.example: 'www.ohne-schema.example' is not an address of the "
        "web. Only http:// and https:// can be fetched.\n"
        "2 added, 0 unchanged, 0 updated, 2 rejected\n"
    )
    assert "Mühle" in cli("list").out


@pytest.mark.parametrize("through_a_server", [False, True])
def test_the_pages_behind_a_feed_go_in_when_asked_for(cli, site, through_a_server):
    command = ("ingest", f"{site.url}/feed", "--pages")
    if through_a_server:
        with serving(cli.folder):
            ran, status = cli(*command), cli("status")
    else:
        ran, status = cli(*command), cli("status")
    assert ran.out == "1 added, 0 unchanged, 0 updated, 0 rejected\n"
    assert "480.000 Euro" in cli("show", cli("list").out.split("\t")[0]).out
    assert f"feed: {site.url}/feed\n    last read: 20" in status.out
    (feed,) = json.loads(cli("status", "--json").out)["feeds"]
    assert feed["address"] == f"{site.url}/feed"
    assert (feed["failed"], feed["failure"]) == (None, None)


def test_the_api_takes_addresses_beside_files(cli, site):
    with serving(cli.folder) as url, httpx.Client(base_url=url, timeout=60) as client:
        files = [("files", ("a.txt", "Die Brücke in Oberau ist 84 Meter lang.".encode()))]
        data = {"urls": [f"{site.url}/feed"], "pages": "true"}
        both = client.post("/v1/articles", files=files, data=data).json()
        listed = client.get("/v1/articles").json()["articles"]
        nothing = client.post("/v1/articles", data={"pages": "true"})
    assert both["summary"]["added"] == 2
    assert [result["origin"] for result in both["results"]] == ["a.txt", f"{site.url}/muehle"]
    assert f"{site.url}/muehle" in {article["url"] for article in listed}
    assert nothing.status_code == 422
    assert nothing.json()["remedy"] == "Send files, urls, or both."


def test_nothing_to_ingest_is_said(cli, tmp_path):
    assert "There is nothing to read." in cli("ingest").err
    assert "cannot be read: No such file" in cli("ingest", "--urls", tmp_path / "fehlt").err


# --- watch ------------------------------------------------------------------------------------


class Watching:
    """A running `zeitfrage watch`, read line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lines: Queue[str] = Queue()
        self._passed_over: list[str] = []
        for stream in (process.stdout, process.stderr):
            threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream) -> None:
        for line in stream:
            self._lines.put(line.rstrip("\n"))

    def until(self, words: str, seconds: float = 60) -> str:
        """Return the first line with these words that was not returned before."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for line in self._passed_over:
                if words in line:
                    self._passed_over.remove(line)
                    return line
            with suppress(Empty):
                self._passed_over.append(self._lines.get(timeout=0.1))
        pytest.fail(f"no line with {words!r} among {self._passed_over}")

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        self._process.send_signal(how)
        return self._process.wait(timeout=30)


@contextmanager
def watching(folder: Path, *arguments: object) -> Iterator[Watching]:
    command = [COMMAND, "--data", folder, "watch", *map(str, arguments)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Watching(process)
        finally:
            process.kill()


def test_watch_takes_in_what_comes_and_keeps_what_goes(cli, site, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text("Die Brücke in Oberau ist 84 Meter lang.")
    with watching(cli.folder, folder, f"{site.url}/feed", "--pages") as watch:
        watch.until(f"added: {folder / 'a.txt'}")
        watch.until(f"added: {site.url}/muehle")
        (folder / "kaputt.json").write_text('{"title": ')
        watch.until(f"rejected: {folder / 'kaputt.json'}: It is not valid JSON")
        (folder / "a.txt").write_text("Die Brücke in Oberau ist 85 Meter lang.")
        watch.until(f"updated: {folder / 'a.txt'}")
        (folder / "a.txt").unlink()
        assert "85 Meter" in cli("ask", "Wie lang ist die Brücke in Oberau?").out, "not locked out"
        assert watch.stop() == 0
        watch.until("Stopped.")
    assert len(cli("list").out.splitlines()) == 2
    (feed,) = json.loads(cli("status", "--json").out)["feeds"]
    assert feed["succeeded"]


def test_watch_waits_for_a_collection_in_use_and_then_works_through_a_server(cli, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    with Collection.open(cli.folder), watching(cli.folder, folder) as watch:
        watch.until("Watching.")
        (folder / "a.txt").write_text("Die Brücke in Oberau ist 84 Meter lang.")
        watch.until("Another process is using the collection")
        watch.until("tried again")
        assert watch.stop(signal.SIGTERM) == 0
    with serving(cli.folder), watching(cli.folder, folder) as watch:
        watch.until(f"added: {folder / 'a.txt'}")
        assert "84 Meter" in cli("ask", "Wie lang ist die Brücke in Oberau?").out
        assert watch.stop() == 0


def test_watch_names_what_it_cannot_watch(cli, tmp_path):
    assert "There is no folder" in cli("watch", tmp_path / "fehlt").err
    assert "every = '5' is not allowed" in cli("watch", "https://a.example/", "--every", "5").err


@pytest.mark.parametrize(
    ("given", "seconds"), [("15m", 900), ("2h", 7200), ("1 d", 86_400), ("90S", 90)]
)
def test_an_interval_is_a_number_and_a_unit(given, seconds):
    assert seconds_of(given) == seconds


@pytest.mark.parametrize("given", ["", "15", "m", "-5m", "30s", "1w", "1.5h"])
def test_an_interval_of_another_form_or_under_a_minute_is_refused(given):
    with pytest.raises(ZeitfrageError, match="15m"):
        seconds_of(given)
