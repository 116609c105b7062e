"""No input, however made, stops the others, hangs, or reaches what lies outside of it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from hostile_inputs import SECRET, Outside, hostile_inputs
from web_site import Page, web_site

from zeitfrage.config import Settings
from zeitfrage.index import Collection, WebAddress
from zeitfrage.index.article import Article
from zeitfrage.index.files import InputFiles, ReadItem
from zeitfrage.index.loaders import Rejection

MOST_SECONDS = 10
EVERY = 5
# File names that systems allow and programs stumble over.
NAMES = (b"zeile\nzwei.txt", b"glocke\x07.txt", b"\xff\xfe.txt", b"-rf.txt", b"$(id).txt", b" .txt")


@dataclass(frozen=True)
class Trap:
    """The folder of inputs, what lies beside it, and who asked the web server.

    Args:
        folder: hostile files with good neighbours between them.
        hostile: their paths.
        neighbours: the paths of the good ones.
        outside: what must not be reached.
        asked: the requests that came.
    """

    folder: Path
    hostile: list[str]
    neighbours: list[str]
    outside: Outside
    asked: list[str]

    def untouched(self) -> bool:
        """Whether nothing was asked, nothing written, and nothing unpacked to disk."""
        beside = sorted(path.name for path in self.folder.parent.iterdir())
        return (
            not self.asked
            and beside == ["in", "secret.txt"]
            and not Path("/tmp/hostile.txt").exists()
        )


@pytest.fixture(scope="module")
def trap(tmp_path_factory) -> Iterator[Trap]:
    base = tmp_path_factory.mktemp("hostile")
    (base / "secret.txt").write_text(SECRET)
    asked: list[str] = []

    class Counting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(SECRET.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Counting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    outside = Outside(str(base / "secret.txt"), f"http://127.0.0.1:{server.server_port}/x.dtd")
    (base / "in").mkdir()
    hostile, neighbours = _laid_out(base / "in", outside)
    yield Trap(base / "in", hostile, neighbours, outside, asked)
    server.shutdown()
    server.server_close()


def _laid_out(folder: Path, outside: Outside) -> tuple[list[str], list[str]]:
    """Write the inputs in their order, a good article after every fifth."""
    hostile, neighbours = [], []
    for number, (name, data) in enumerate(hostile_inputs(outside).items()):
        path = folder / f"{number:04}-{name}"
        path.write_bytes(data)
        hostile.append(str(path))
        if number % EVERY == 0:
            good = folder / f"{number:04}-z.txt"
            good.write_text(f"Der Nachbar Nummer {number} wohnt in Oberau.")
            neighbours.append(str(good))
    for number, name in enumerate(NAMES):
        path = folder / os.fsdecode(name)
        path.write_text(f"Die Mühle Nummer {number} steht in Oberau.")
        neighbours.append(str(path))
    return hostile, neighbours


@pytest.mark.slow
def test_every_hostile_input_is_read_or_named_in_time_and_reaches_nothing_outside(trap):
    assert len(trap.hostile) >= 300
    found: dict[str, list[ReadItem]] = {}
    slow: dict[str, float] = {}
    before = time.monotonic()
    for item in InputFiles([trap.folder], 100, {}).read():
        now = time.monotonic()
        slow[item.origin] = max(slow.get(item.origin, 0.0), now - before)
        before = now
        found.setdefault(item.origin, []).append(item)
    assert {name: s for name, s in slow.items() if s >= MOST_SECONDS} == {}
    assert set(trap.hostile) | set(trap.neighbours) == found.keys()
    contents = [item.content for items in found.values() for item in items]
    assert all(c.reason.endswith(".") for c in contents if isinstance(c, Rejection))
    assert not any(SECRET in c.text for c in contents if isinstance(c, Article))
    assert all(isinstance(found[path][0].content, Article) for path in trap.neighbours)
    assert trap.untouched()


@pytest.mark.slow
def test_what_lies_between_hostile_inputs_is_ingested(trap, fresh_folder):
    with Collection.open(fresh_folder, Settings()) as collection:
        results = list(collection.ingest([trap.folder]))
        stored = {result.origin for result in results if result.outcome == "added"}
        assert set(trap.neighbours) <= stored
        assert all(result.reason for result in results if result.outcome == "rejected")
        assert collection.check().found == ()
        assert "Nachbar Nummer 45 " in collection.search("Nachbar Nummer 45")[0].chunk.text
    assert trap.untouched()


@pytest.mark.slow
def test_hostile_inputs_from_the_web_stop_nothing_either(trap, fresh_folder):
    settings = Settings(
        allow_private_addresses=True, fetch_requests_per_second=1000, fetch_timeout_seconds=5
    )
    with web_site() as site, Collection.open(fresh_folder, settings) as collection:
        addresses = []
        for number, path in enumerate(trap.hostile):
            data = Path(path).read_bytes()
            site.pages[f"/{number}"] = Page(data, kind="application/octet-stream")
            addresses.append(f"{site.url}/{number}")
        site.pages["/z"] = Page("Der Nachbar wohnt in Oberau.", kind="text/plain")
        addresses.append(f"{site.url}/z")
        results = list(collection.ingest([WebAddress(url) for url in addresses]))
        assert results[-1].outcome == "added"
        assert all(result.reason for result in results if result.outcome == "rejected")
        assert collection.check().found == ()
    assert trap.untouched()


@pytest.mark.parametrize("suffix", [".jsonl", ".txt", ".csv", ".html", ".xml", ".md", ".eml"])
def test_a_line_of_200_megabytes_is_named_and_its_neighbours_go_in(tmp_path, suffix):
    with (tmp_path / f"a{suffix}").open("wb") as long:
        long.truncate(200_000_000)  # sparse: zeros that take no room
        long.seek(0, os.SEEK_END)
        long.write(b'\n{"text": "Der Satz danach."}\n')
    (tmp_path / "b.txt").write_text("Der Nachbar wohnt in Oberau.")
    started = time.monotonic()
    *results, neighbour = InputFiles([tmp_path], 500, {}).read()
    assert time.monotonic() - started < MOST_SECONDS
    assert isinstance(results[0].content, Rejection)
    assert isinstance(neighbour.content, Article)
    if suffix == ".jsonl":
        assert "20 MB" in results[0].content.reason
        assert results[1].content.text == "Der Satz danach."
