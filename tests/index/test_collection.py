"""What goes into a collection stays in it, once, in its latest version, through every accident."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import threading
from pathlib import Path

import pytest
from command_line import short_articles

from zeitfrage.config import Settings
from zeitfrage.config.errors import (
    ArticleNotFound,
    CollectionDamaged,
    CollectionInUse,
    CollectionMismatch,
)
from zeitfrage.index import Collection
from zeitfrage.index.ingest import Progress, Upload

BODY = "Die Gemeinde hat neue Bäume gepflanzt. Das sagte der Förster am Dienstag."
BRIDGE = "Oberau. Die neue Brücke über die Lürne ist 84 Meter lang. Sie kostete 3 Millionen Euro."


@pytest.fixture
def collection(fresh_folder):
    with Collection.open(fresh_folder, Settings()) as opened:
        yield opened


def put(collection: Collection, folder: Path, name: str, text: str | bytes) -> tuple[str, str]:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    (result,) = collection.ingest([path])
    return result.outcome, result.article_id or result.reason


def rows(folder: Path) -> dict[str, int]:
    """How many rows each table of derived data has."""
    with sqlite3.connect(folder / "catalogue.sqlite3") as database:
        return {
            table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("article", "chunk", "term", "pending", "stale")
        }


def vectors(collection: Collection) -> int:
    return collection._vectors.count()


# --- once, and in the latest version --------------------------------------------------------


def test_an_article_is_added_then_unchanged_then_updated(collection, tmp_path):
    assert put(collection, tmp_path, "a.txt", BODY)[0] == "added"
    assert put(collection, tmp_path, "a.txt", BODY)[0] == "unchanged"
    outcome, key = put(collection, tmp_path, "a.txt", BODY + " Es waren 120 Eichen.")
    assert outcome == "updated"
    article = collection.article(key)
    assert article.version == 2
    assert "120 Eichen" in article.text
    assert collection.count() == 1


def test_a_changed_date_alone_is_a_change(collection, tmp_path):
    put(collection, tmp_path, "a.txt", f"date 2018-02\n\n{BODY}")
    outcome, key = put(collection, tmp_path, "a.txt", f"date 2018-03\n\n{BODY}")
    assert (outcome, str(collection.article(key).published)) == ("updated", "2018-03")


def test_the_same_article_under_another_name_or_encoding_is_one(collection, tmp_path):
    first = put(collection, tmp_path, "a.txt", BODY)
    assert put(collection, tmp_path, "b.txt", BODY.encode("cp1252")) == ("unchanged", first[1])
    assert collection.count() == 1


def test_the_same_article_twice_in_one_ingest_is_one(collection, tmp_path):
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(BODY)
    assert [r.outcome for r in collection.ingest([tmp_path])] == ["added", "unchanged"]


def test_an_update_leaves_no_trace_of_the_version_before(collection, fresh_folder, tmp_path):
    put(collection, tmp_path, "a.txt", " ".join(f"{BRIDGE} Nummer {n}." for n in range(40)))
    put(collection, tmp_path, "a.txt", BODY)
    assert rows(fresh_folder) == {"article": 1, "chunk": 1, "term": 1, "pending": 0, "stale": 0}
    assert vectors(collection) == 1
    assert "Brücke" not in collection.search("Wie lang ist die Brücke?")[0].chunk.text


def test_a_deleted_article_leaves_no_trace(collection, fresh_folder, tmp_path):
    key = put(collection, tmp_path, "a.txt", BODY)[1]
    collection.delete(key)
    assert set(rows(fresh_folder).values()) == {0}
    assert vectors(collection) == 0
    assert collection.search("Bäume") == []
    with pytest.raises(ArticleNotFound, match=key):
        collection.article(key)
    with pytest.raises(ArticleNotFound):
        collection.delete(key)


# --- bad input ------------------------------------------------------------------------------


def test_bad_files_are_named_and_their_neighbours_go_in(collection, tmp_path):
    folder = tmp_path / "in"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "gut.txt").write_text(BODY)
    (folder / "umlaute.txt").write_bytes("Größere Mühlen, sagte Müller.".encode("cp1252"))
    (folder / "nul.txt").write_bytes(b"Ein Satz\x00 mit einem Nullzeichen.")
    (folder / "leer.txt").write_bytes(b"")
    (folder / "kaputt.jsonl").write_text('{"text": "Ein guter Artikel."}\n{"text": \n')
    (folder / "lang.txt").write_text("Wort und Satz. " * 3_400_000)
    (folder / "liste.csv").write_text("kein,Text,darin")
    (folder / "bild.png").write_bytes(b"wird nicht gelesen")
    results = {Path(r.origin).name: r for r in collection.ingest([folder, tmp_path / "fehlt.txt"])}
    outcomes = {name: str(result.outcome) for name, result in results.items()}
    assert outcomes == {
        "gut.txt": "added",
        "umlaute.txt": "added",
        "nul.txt": "added",
        "kaputt.jsonl": "added",
        "leer.txt": "rejected",
        "kaputt.jsonl:2": "rejected",
        "lang.txt": "rejected",
        "liste.csv": "rejected",
        "fehlt.txt": "rejected",
    }
    assert "no text" in results["leer.txt"].reason
    assert "not valid JSON" in results["kaputt.jsonl:2"].reason
    assert "characters" in results["lang.txt"].reason
    assert "No such file" in results["fehlt.txt"].reason
    texts = " ".join(article.text for article in collection.articles())
    assert "Größere Mühlen, sagte Müller." in texts
    assert "\x00" not in texts


@pytest.mark.skipif(os.geteuid() == 0, reason="RUNS ONLY WITHOUT ROOT, who may read every folder")
def test_a_folder_that_may_not_be_read_is_named(collection, tmp_path):
    (tmp_path / "zu").mkdir(mode=0o000)
    (result,) = collection.ingest([tmp_path])
    assert (result.outcome, Path(result.origin).name) == ("rejected", "zu")
    assert "Permission denied" in result.reason


def test_a_file_that_is_too_large_is_rejected_unread(fresh_folder, tmp_path):
    (tmp_path / "a.jsonl").write_text(short_articles(10) + " " * 1_100_000)
    with Collection.open(fresh_folder, Settings(max_file_megabytes=1)) as collection:
        (result,) = collection.ingest([tmp_path / "a.jsonl"])
    assert "max_file_megabytes" in result.reason


def test_an_upload_is_known_by_the_name_that_it_came_with(collection, tmp_path):
    (tmp_path / "0").write_text(BODY)
    (result,) = collection.ingest([Upload(tmp_path / "0", "mappe/baeume.txt")])
    assert result.origin == "mappe/baeume.txt"
    assert result.article_id.startswith("baeume-")


def test_progress_ends_with_all_bytes_read(collection, tmp_path):
    (tmp_path / "a.jsonl").write_text(short_articles(200))
    seen: list[Progress] = []
    assert len(list(collection.ingest([tmp_path], seen.append))) == 200
    assert len(seen) > 1
    assert seen[-1].bytes_read == seen[-1].bytes_total
    assert seen[-1].articles == 200
    assert [p.articles for p in seen] == sorted(p.articles for p in seen)


# --- what a source orders -------------------------------------------------------------------


def put_record(collection: Collection, tmp_path: Path, **fields: object) -> tuple[str, str]:
    """Ingest one record and return what became of it and why."""
    (tmp_path / "einer.json").write_text(json.dumps({"id": "m-1", "text": BODY} | fields))
    (result,) = collection.ingest([tmp_path / "einer.json"])
    return str(result.outcome), result.reason


def test_an_article_that_its_source_takes_back_is_gone_and_stays_so(
    collection, fresh_folder, tmp_path
):
    assert put_record(collection, tmp_path)[0] == "added"
    assert put_record(collection, tmp_path, pubstatus="canceled")[0] == "withdrawn"
    assert set(rows(fresh_folder).values()) == {0}
    outcome, why = put_record(collection, tmp_path)
    assert (outcome, "taken it back" in why) == ("withdrawn", True)
    assert collection.search("Bäume") == []


def test_an_article_under_embargo_is_not_shown_before_its_time(collection, tmp_path):
    assert put_record(collection, tmp_path, embargoed="2999-01-01T00:00:00Z")[0] == "added"
    assert collection.search("Bäume") == []
    assert (collection.articles(), collection.count()) == ([], 0)
    with pytest.raises(ArticleNotFound):
        collection.article("m-1")
    assert put_record(collection, tmp_path, embargoed="2020-01-01T00:00:00Z")[0] == "updated"
    assert collection.search("Bäume")[0].article.id == "m-1"


def test_earlier_versions_stay_readable_and_an_older_revision_changes_nothing(collection, tmp_path):
    newer = f"{BODY}\n\nKorrektur: Es waren 120 Eichen."
    put_record(collection, tmp_path, version=1)
    assert put_record(collection, tmp_path, version=2, text=newer)[0] == "updated"
    outcome, why = put_record(collection, tmp_path, version=1)
    assert (outcome, why) == ("unchanged", "Revision 2 of it is here already.")
    newest, first = collection.versions("m-1")
    assert (newest.text, newest.version) == (newer, 2)
    assert (first.text, first.version) == (BODY, 1)
    assert newest.correction == "Korrektur: Es waren 120 Eichen."


def test_an_earlier_version_under_embargo_stays_hidden(collection, tmp_path):
    put_record(collection, tmp_path, embargoed="2999-01-01T00:00:00Z", title="Geheim")
    put_record(collection, tmp_path, embargoed="2020-01-01T00:00:00Z")
    assert [article.version for article in collection.versions("m-1")] == [2]
    with pytest.raises(ArticleNotFound, match="version 1"):
        collection.version("m-1", 1)


def test_a_collection_within_the_folder_that_goes_in_is_passed_over(collection, tmp_path):
    (tmp_path / "a.txt").write_text(BODY)
    assert [r.outcome for r in collection.ingest([tmp_path])] == ["added"]


# --- accidents ------------------------------------------------------------------------------


def test_a_closed_ingest_goes_on_where_it_stopped(collection, tmp_path):
    (tmp_path / "a.jsonl").write_text(short_articles(200))
    ingest = collection.ingest([tmp_path])
    reported = [next(ingest).article_id for _ in range(10)]
    ingest.close()
    assert all(collection.article(key) for key in reported)
    again = [result.outcome for result in collection.ingest([tmp_path])]
    assert len(again) == 200
    assert 10 <= again.count("unchanged") < 200
    assert collection.count() == 200


def test_a_lost_vector_folder_is_made_anew_from_the_catalogue(sample_folder):
    shutil.rmtree(sample_folder / "vectors")
    with Collection.open(sample_folder, Settings()) as collection:
        assert vectors(collection) == rows(sample_folder)["chunk"] > 40
        assert collection.search("Stichwahl in Hohenlürn")[0].dense > 0.5


def test_a_collection_made_by_another_model_is_refused_and_can_be_rebuilt(fresh_folder, tmp_path):
    with Collection.open(fresh_folder, Settings()) as collection:
        put(collection, tmp_path, "a.txt", BODY)
    with sqlite3.connect(fresh_folder / "catalogue.sqlite3") as database:
        database.execute("UPDATE setting SET value = 'other/model' WHERE name = 'embedding_model'")
    with pytest.raises(CollectionMismatch, match="other/model") as refused:
        Collection.open(fresh_folder, Settings())
    assert "zeitfrage rebuild" in refused.value.remedy
    with Collection.open(fresh_folder, Settings(), rebuild=True) as collection:
        assert collection.search("Wer pflanzt Bäume?")[0].chunk.text == BODY
    Collection.open(fresh_folder, Settings()).close()


def test_a_folder_in_use_is_refused_and_free_again_after_close(fresh_folder):
    with (
        Collection.open(fresh_folder, Settings()),
        pytest.raises(CollectionInUse, match="Another process"),
    ):
        Collection.open(fresh_folder, Settings())
    Collection.open(fresh_folder, Settings()).close()


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\x00kaputt"])
def test_a_damaged_catalogue_is_one_clear_error(fresh_folder, content):
    fresh_folder.mkdir()
    (fresh_folder / "catalogue.sqlite3").write_bytes(content)
    with pytest.raises(CollectionDamaged, match="not a readable catalogue"):
        Collection.open(fresh_folder, Settings())


def test_questions_are_answered_while_articles_go_in(collection, tmp_path):
    (tmp_path / "a.jsonl").write_text(short_articles(150))
    put(collection, tmp_path, "b.txt", BRIDGE)
    failed: list[Exception] = []
    done = threading.Event()

    def search() -> None:
        while not done.is_set():
            try:
                assert "84 Meter" in collection.search("Wie lang ist die Brücke?")[0].chunk.text
            except Exception as error:  # noqa: BLE001
                failed.append(error)
                return

    threads = [threading.Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert len(list(collection.ingest([tmp_path / "a.jsonl"]))) == 150
    done.set()
    for thread in threads:
        thread.join()
    assert failed == []


def test_what_is_stored_is_what_was_given(collection, tmp_path):
    record = {
        "id": "b-1", "title": "Brücke", "text": BRIDGE, "date": "2024-05", "source": "Bote",
        "agency": "dpa", "author": "Anna Muster", "section": "Lokales", "language": "de",
        "url": "https://example.org/b",
    }  # fmt: skip
    put(collection, tmp_path, "b.json", json.dumps(record))
    article = collection.article("b-1")
    assert (article.title, article.text, str(article.published)) == ("Brücke", BRIDGE, "2024-05")
    assert (article.source, article.agency, article.byline) == ("Bote", "dpa", "Anna Muster")
    assert (article.section, article.language, article.url) == (
        "Lokales",
        "de",
        "https://example.org/b",
    )
    assert article.dateline == "Oberau"
