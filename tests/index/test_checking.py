"""A check sees whatever does not agree, and a repair derives it anew from the articles."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import chromadb
import pytest
from command_line import CommandLine, run_command, short_articles
from live_server import live

from zeitfrage.assistant import Assistant
from zeitfrage.assistant.server import SERVER_FILE
from zeitfrage.config import Settings
from zeitfrage.config.errors import CollectionDamaged
from zeitfrage.index import Collection

QUESTION = "Wie viele Helfer kamen an den Teich Nummer 3?"


@pytest.fixture(scope="module")
def ponds(tmp_path_factory) -> Path:
    """A sound collection of twelve articles of one chunk each."""
    folder = tmp_path_factory.mktemp("ponds")
    (folder / "a.jsonl").write_text(short_articles(12))
    with Collection.open(folder / "data", Settings()) as collection:
        assert len(list(collection.ingest([folder / "a.jsonl"]))) == 12
    return folder / "data"


@pytest.fixture
def folder(ponds, tmp_path) -> Path:
    return shutil.copytree(ponds, tmp_path / "data")


def found(folder: Path, repair: bool = False) -> list[str]:
    """What a check of the folder as it lies there says."""
    with Collection.open(folder, Settings(), mend=False) as collection:
        return [str(finding) for finding in collection.check(repair).found]


def alter(sql: str) -> Callable[[Path], None]:
    def run(folder: Path) -> None:
        with sqlite3.connect(folder / "catalogue.sqlite3") as database:
            database.executescript(sql)

    return run


def alter_vectors(change: Callable[[chromadb.Collection], object]) -> Callable[[Path], None]:
    def run(folder: Path) -> None:
        client = chromadb.PersistentClient(str(folder / "vectors"))
        (name,) = (collection.name for collection in client.list_collections())
        change(client.get_collection(name, embedding_function=None))
        client.close()

    return run


def spoil_full_text_index(folder: Path) -> None:
    with sqlite3.connect(folder / "catalogue.sqlite3") as database:
        database.execute("DELETE FROM term_content WHERE id = 5")


DAMAGES = {
    "a chunk without terms": (
        alter("DELETE FROM term WHERE rowid = 4"),
        "1 chunks have no terms: teich-3",
    ),
    "terms without a chunk": (
        alter("INSERT INTO term (rowid, terms) VALUES (99, 'teich')"),
        "1 rows of terms belong to no chunk: 99",
    ),
    "terms of another text": (
        alter("DELETE FROM term WHERE rowid = 4; INSERT INTO term (rowid, terms) VALUES (4, 'x')"),
        "1 chunks have other terms than their text: teich-3",
    ),
    "an article without chunks": (
        alter("DELETE FROM term WHERE rowid = 4; DELETE FROM chunk WHERE id = 4"),
        "1 articles have no chunk: teich-3",
    ),
    "a chunk without an article": (
        alter("DELETE FROM article WHERE id = 'teich-3'"),
        "1 chunks belong to no article: 4",
    ),
    "a span beyond its text": (
        alter("UPDATE chunk SET end = 9999 WHERE id = 4"),
        "1 chunks do not lie in their article's text: teich-3",
    ),
    "a text that was shortened": (
        alter("UPDATE article SET text = 'Kurz.' WHERE id = 'teich-3'"),
        "1 chunks do not lie in their article's text: teich-3",
    ),
    "sentences outside their chunk": (
        alter("UPDATE chunk SET sentences = x'0000000005000000' WHERE id = 4"),
        "1 chunks do not lie in their article's text: teich-3",
    ),
    "chunks out of order": (
        alter("UPDATE chunk SET position = 7 WHERE id = 4"),
        "1 chunks do not lie in their article's text: teich-3",
    ),
    "a waiting vector of no chunk": (
        alter("INSERT INTO pending VALUES (99, x'00')"),
        "1 waiting vectors belong to no chunk: 99",
    ),
    "an earlier version of no article": (
        alter("INSERT INTO earlier_version VALUES ('weg', 1, '{}')"),
        "1 earlier versions belong to no article: weg",
    ),
    "an article without a sketch": (
        alter("DELETE FROM sketch WHERE article = 'teich-3'"),
        "1 articles have no sketch: teich-3",
    ),
    "a sketch of no article": (
        alter("UPDATE sketch SET article = 'weg' WHERE article = 'teich-3'"),
        "1 sketches belong to no article: weg",
    ),
    "bands of no sketch": (
        alter("INSERT INTO band VALUES (1, 99)"),
        "1 bands belong to no sketch: 99",
    ),
    "a sketch that lacks a band": (
        alter("DELETE FROM band WHERE sketch = 4 AND key > 0"),
        "1 sketches differ from their bands: teich-3",
    ),
    "a sketch that is no list of bands": (
        alter("UPDATE sketch SET bands = x'00' WHERE article = 'teich-3'"),
        "1 sketches differ from their bands: teich-3",
    ),
    "a copy that is no article": (
        alter("INSERT INTO near_duplicate VALUES ('teich-3', 'weg')"),
        "1 links to copies belong to no article: teich-3",
    ),
    "a copy that does not know of the other": (
        alter("INSERT OR IGNORE INTO near_duplicate VALUES ('teich-3', 'teich-9')"),
        "1 links to copies lead one way: teich-3",
    ),
    "a feed that was read at no time": (
        alter("INSERT INTO feed VALUES ('https://example.org/feed', 'gestern', NULL, NULL)"),
        "1 feeds have times that are none: https://example.org/feed",
    ),
    "a chunk without a vector": (
        alter_vectors(lambda vectors: vectors.delete(ids=["4"])),
        "1 chunks have no vector: teich-3",
    ),
    "a vector without a chunk": (
        alter_vectors(lambda vectors: vectors.add(ids=["99"], embeddings=[[0.1] * 384])),
        "1 vectors belong to no chunk: 99",
    ),
    "a vector of somebody else": (
        alter_vectors(lambda vectors: vectors.add(ids=["fremd"], embeddings=[[0.1] * 384])),
        "1 vectors belong to no chunk: fremd",
    ),
    "a vector that is none": (
        alter_vectors(lambda vectors: vectors.update(ids=["4"], embeddings=[[0.5] * 384])),
        "1 vectors are no unit vectors of one length: teich-3",
    ),
    "a vector filed under another language": (
        alter_vectors(lambda vectors: vectors.update(ids=["4"], metadatas=[{"language": "fr"}])),
        "1 vectors are filed under other facts than their article: teich-3",
    ),
}


def test_a_sound_collection_has_nothing_wrong(folder):
    assert found(folder) == []


@pytest.mark.parametrize(("damage", "said"), DAMAGES.values(), ids=DAMAGES)
def test_each_damage_is_found_named_and_mended(folder, damage, said):
    damage(folder)
    assert said in found(folder)
    assert said in found(folder), "looking changes nothing"
    assert said in found(folder, repair=True)
    assert found(folder) == []
    with Collection.open(folder, Settings()) as collection:
        assert collection.count() == (11 if "belong to no article: 4" in said else 12)


def test_a_damaged_full_text_index_is_made_anew(folder):
    spoil_full_text_index(folder)
    assert found(folder)
    found(folder, repair=True)
    assert found(folder) == []
    with Collection.open(folder, Settings()) as collection:
        assert collection.search(QUESTION)[0].lexical > 0


def test_vectors_that_cannot_be_read_are_made_anew(folder):
    for file in (folder / "vectors").glob("*/data_level0.bin"):
        file.write_bytes(b"nothing of use" * 10)
    for file in (folder / "vectors").glob("*/header.bin"):
        file.write_bytes(b"")
    said = found(folder, repair=True)
    assert found(folder) == [], said
    with Collection.open(folder, Settings()) as collection:
        assert "Nummer 3 " in collection.search(QUESTION)[0].chunk.text


def test_many_of_a_kind_are_one_line_with_the_first_three(folder):
    alter("DELETE FROM term WHERE rowid > 5")(folder)
    assert found(folder) == ["7 chunks have no terms: teich-5, teich-6, teich-7 …"]


def test_articles_that_cannot_be_read_are_not_repaired_but_said(folder):
    path = folder / "catalogue.sqlite3"
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = database.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'article'"
        ).fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
    data = bytearray(path.read_bytes())
    data[(page - 1) * size : page * size] = b"\xff" * size
    path.write_bytes(data)
    with Collection.open(folder, Settings(), mend=False) as collection:
        assert "catalogue" in str(collection.check().found[0])
        with pytest.raises(CollectionDamaged, match="articles themselves"):
            collection.check(repair=True)


# --- the command and the server -------------------------------------------------------------


def test_the_command_says_each_finding_in_a_line_and_mends_it(capsys, folder):
    zeitfrage = CommandLine(capsys, folder)
    assert zeitfrage("check")[:2] == (0, "Articles, terms and vectors agree.\n")
    alter("DELETE FROM term WHERE rowid = 4")(folder)
    assert zeitfrage("check")[:2] == (1, "wrong: 1 chunks have no terms: teich-3\n")
    code, out, _ = zeitfrage("check", "--repair")
    assert (code, out.splitlines()) == (
        0,
        [
            "mended: 1 chunks have no terms: teich-3",
            "Articles, terms and vectors agree.",
        ],
    )
    assert json.loads(zeitfrage("check", "--json").out) == {"found": [], "left": []}


def test_the_command_asks_the_server_that_holds_the_collection(capsys, folder):
    settings = Settings(data_folder=folder)
    zeitfrage = CommandLine(capsys, folder)
    with Assistant.open(settings=settings) as assistant, live(assistant, settings) as url:
        (folder / SERVER_FILE).write_text(json.dumps({"url": url}))
        alter("DELETE FROM term WHERE rowid = 4")(folder)
        assert zeitfrage("check")[:2] == (1, "wrong: 1 chunks have no terms: teich-3\n")
        assert zeitfrage("check", "--repair").code == 0
        assert zeitfrage("check").code == 0


def test_the_command_says_why_it_cannot_check_what_another_process_holds(folder):
    with Collection.open(folder, Settings()):
        ran = run_command("--data", folder, "check")
    assert ran.code == 2
    assert "Another process is using the collection" in ran.err
