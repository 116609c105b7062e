"""The days that an article mentions are counted from its publication, and forgotten with it."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from zeitfrage.config import Settings
from zeitfrage.index import Collection, PartialDate
from zeitfrage.index.mentions import mentioned_days

MENTIONED = [
    # published, text, the days
    ("2018-02-15", "Er starb am Mittwoch.", "2018-02-14"),
    ("2018-02-15", "Er starb am Donnerstag.", "2018-02-15"),
    ("2018-02-15", "Er starb am vergangenen Donnerstag.", "2018-02-08"),
    ("2018-02-15", "Am Freitag wird der Rat entscheiden.", "2018-02-16"),
    ("2018-02-15", "Sie sagte am Freitag, sie werde bleiben.", "2018-02-09"),
    ("2018-02-15", "In der Nacht zum Mittwoch brannte es.", "2018-02-14"),
    ("2018-02-15", "Am Mittwochabend brannte es.", "2018-02-14"),
    ("2018-02-15", "Gestern brannte es.", "2018-02-14"),
    ("2018-02-15", "He resigned on Wednesday.", "2018-02-14"),
    ("2018-02-15", "He resigned Wednesday, officials said.", "2018-02-14"),
    ("2018-02-15", "The council will meet on Friday.", "2018-02-16"),
    ("2018-02-15", "Am 14. Februar brannte es.", "2018-02-14"),
    ("2018-01-10", "Am 14. Februar wird gewählt.", "2018-02-14"),
    ("2018-01-03", "Am 30. Dezember brannte es.", "2017-12-30"),
    ("2018-02-15", "Am 14.2. brannte es.", "2018-02-14"),
    ("2018-02-15", "Im vergangenen Monat brannte es.", "2018-01-01/2018-01-31"),
    ("2018-03-15", "Im Februar brannte es.", "2018-02-01/2018-02-28"),
    ("2018-02-15", "Im Vorjahr brannte es.", "2017-01-01/2017-12-31"),
    ("2018-02-15", "Vor zwei Jahren brannte es.", "2016-01-01/2016-12-31"),
    ("2018-02-15", "Am 3. Mai 1999 brannte es.", "1999-05-03"),
    # known to the month: no day is counted from it
    ("2018-02", "Er starb am Mittwoch, gestern also.", ""),
    ("2018-02", "Im vergangenen Monat brannte es.", "2018-01-01/2018-01-31"),
    ("2018-02", "Am 14. Februar brannte es.", "2018-02-14"),
    # known to the year
    ("2018", "Im vergangenen Monat brannte es.", ""),
    ("2018", "Im Februar brannte es.", "2018-02-01/2018-02-28"),
    # not dated
    (None, "Am Mittwoch, im Februar und am 14. März brannte es.", ""),
    (None, "Im Februar 2018 brannte es.", "2018-02-01/2018-02-28"),
    # names, counts, habits and what is too long
    ("2018-02-15", "Sonntag heißt der Trainer, Mai seine Frau.", ""),
    ("2018-02-15", "Es kamen 2018 Menschen, es kostete 1999 Euro.", ""),
    ("2018-02-15", "Der Markt ist jeden Mittwoch und immer mittwochs.", ""),
    ("2018-02-15", "The Sunday Times said it may rain on Black Friday.", ""),
    ("2018-02-15", "So war es in den neunziger Jahren.", ""),
]


@pytest.mark.parametrize(("published", "text", "days"), MENTIONED)
def test_a_day_is_counted_from_the_publication_as_exactly_as_it_is_known(published, text, days):
    found = mentioned_days(text, PartialDate.parse(published) if published else None)
    shown = [str(d.first) if d.first == d.last else f"{d.first}/{d.last}" for d in found]
    assert ", ".join(shown) == days


RECORDS = [
    {"id": "a", "title": "A", "date": "2018-02-15", "text": "Die Brücke stürzte am Mittwoch ein."},
    {"id": "b", "title": "B", "date": "2018-02-15", "text": "Gestern wurde ein Rat gewählt."},
    {"id": "c", "title": "C", "date": "2018-02", "text": "Am 3. Mai 1999 war die Lurre hoch."},
]


def put(collection: Collection, folder: Path, *records: dict[str, str]) -> list[str]:
    (folder / "in.json").write_text(json.dumps(records))
    return [result.outcome for result in collection.ingest([folder / "in.json"])]


@pytest.fixture
def filled(fresh_folder, tmp_path) -> Path:
    with Collection.open(fresh_folder, Settings()) as collection:
        assert put(collection, tmp_path, *RECORDS) == ["added"] * 3
    return fresh_folder


def noted(folder: Path) -> list[tuple[str, str]]:
    """The articles with the days noted of them."""
    with sqlite3.connect(folder / "catalogue.sqlite3") as database:
        join = "LEFT JOIN chunk ON chunk.id = mention.chunk"
        sql = f"SELECT article, first FROM mention {join} ORDER BY 1"
        return database.execute(sql).fetchall()


ALL = [("a", "2018-02-14"), ("b", "2018-02-14"), ("c", "1999-05-03")]


def alter(folder: Path, sql: str) -> None:
    with sqlite3.connect(folder / "catalogue.sqlite3") as database:
        database.executescript(sql)


def test_days_are_noted_with_an_article_and_go_with_it(filled, tmp_path):
    assert noted(filled) == ALL
    with Collection.open(filled, Settings()) as collection:
        collection.delete("a")
        assert noted(filled) == ALL[1:]
        put(collection, tmp_path, RECORDS[2] | {"text": "Im Jahr 1998 war die Lurre hoch."})
        assert noted(filled) == [ALL[1], ("c", "1998-01-01")]
        put(collection, tmp_path, RECORDS[1] | {"pubstatus": "canceled"})
        assert noted(filled) == [("c", "1998-01-01")]


def test_a_collection_of_an_earlier_program_is_given_its_days_when_it_is_opened(filled):
    alter(
        filled,
        "DROP TABLE mention; DELETE FROM setting WHERE name = 'time_rules'; "
        "PRAGMA user_version = 3",
    )
    with Collection.open(filled, Settings(), mend=False) as collection:
        assert collection.check().found == ()
    with Collection.open(filled, Settings()):
        assert noted(filled) == ALL


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("DELETE FROM mention WHERE chunk = 1", "1 chunks have other days than their text: a"),
        ("UPDATE mention SET last = '2019-01-01' WHERE chunk = 2", "1 chunks have other days"),
        ("INSERT INTO mention VALUES (9, '2018-01-01', '2018-01-01')", "1 mentions of days"),
    ],
)
def test_a_check_finds_and_mends_days_that_are_not_those_of_the_text(filled, sql, said):
    alter(filled, sql)
    with Collection.open(filled, Settings(), mend=False) as collection:
        report = collection.check(repair=True)
    assert [str(finding).startswith(said) for finding in report.found] == [True]
    assert report.left == ()
    assert noted(filled) == ALL


def test_embedding_anew_keeps_the_days(filled):
    with Collection.open(filled, Settings()) as collection:
        collection._catalogue.forget_chunks("intfloat/multilingual-e5-small")
        assert noted(filled) == []
        collection._mend()
        assert noted(filled) == ALL
