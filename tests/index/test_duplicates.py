"""Copies of a report are found, cited once, and forgotten without a trace."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from zeitfrage.config import Settings
from zeitfrage.config.errors import ArticleNotFound
from zeitfrage.index import Article, Collection, Filters, PartialDate
from zeitfrage.index.copies import Copies, Wording, independent_sources
from zeitfrage.index.duplicates import are_copies, shingles, similarity

REPORT = (
    "Hohenlürn (dpa). Die Talbrücke über die Lürne bleibt bis zum Herbst 2025 gesperrt. Das teilte "
    "die Autobahngesellschaft am Montag mit. Bei einer Prüfung hatten Fachleute 14 Risse in den "
    "Trägern gefunden. Täglich fuhren zuletzt rund 21.000 Fahrzeuge über das Bauwerk.\n\n"
    "Die Umleitung führt über Tannbergen und Eschwedel. Landrätin Ilse Achtermann nannte die "
    "Sperrung einen schweren Schlag für die Pendler der Region. Die Kosten der Sanierung schätzt "
    "die Gesellschaft auf 38 Millionen Euro."
)
EDITED = REPORT.replace("Fachleute", "Prüfer").replace("schweren Schlag", "harten Schlag")
LONGER = f"{REPORT}\n\nDer Busverkehr wird um sechs Fahrten am Tag verstärkt, sagte ein Sprecher."
OTHER = (
    "Der Tierpark Eschwedel hat zwei junge Nandus aus Wettersrode bekommen. Sie heißen Momo und "
    "Fine, sagte Leiterin Katja Brehm, und fressen am liebsten Klee. Besucher können die Vögel ab "
    "Samstag hinter dem Affenhaus sehen. Der Eintritt kostet vier Euro."
)
TABLES = ("article", "chunk", "term", "pending", "stale", "earlier_version", "sketch", "band",
          "near_duplicate")  # fmt: skip
ASKED = "Wie viele Risse wurden in der Talbrücke gefunden?"


@pytest.fixture
def collection(fresh_folder):
    with Collection.open(fresh_folder, Settings()) as opened:
        yield opened


def put(collection: Collection, folder: Path, *records: dict[str, str]) -> list[str]:
    file = folder / "in.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    return [str(result.outcome) for result in collection.ingest([file])]


def record(key: str, text: str, date: str = "2024-05-06", **fields: str) -> dict[str, str]:
    return {
        "id": key,
        "title": f"Bericht {key}",
        "text": text,
        "date": date,
        "source": key,
    } | fields


def ids(copies: Copies) -> list[str]:
    return [article.id for article in copies.articles]


def counts(folder: Path) -> dict[str, int]:
    with sqlite3.connect(folder / "catalogue.sqlite3") as database:
        return {
            table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in TABLES
        }


def article(key: str, **fields: object) -> Article:
    return Article(**{"id": key, "title": key, "text": REPORT} | fields)


# --- which articles are copies --------------------------------------------------------------


def test_lightly_edited_copies_are_found_and_other_articles_are_not(collection, tmp_path):
    put(collection, tmp_path, record("bote", REPORT), record("zoo", OTHER))
    put(collection, tmp_path, record("kurier", EDITED, "2024-05-07"))
    assert ids(collection.copies("kurier")) == ["bote", "kurier"]
    assert ids(collection.copies("bote")) == ["bote", "kurier"]
    assert ids(collection.copies("zoo")) == ["zoo"]


def test_copies_within_one_batch_are_found(collection, tmp_path):
    put(collection, tmp_path, record("a", REPORT), record("b", EDITED), record("c", LONGER))
    assert set(ids(collection.copies("c"))) == {"a", "b", "c"}


def test_only_what_is_all_but_the_same_is_a_copy_weeks_later():
    first, later = PartialDate.parse("2024-05-06"), PartialDate.parse("2024-05-20")
    assert are_copies(0.6, first, PartialDate.parse("2024-05-09"))
    assert not are_copies(0.6, first, later)
    assert are_copies(0.95, first, later)
    assert not are_copies(0.4, first, first)


def test_a_date_that_is_known_to_the_month_does_not_speak_against_a_day_of_it():
    assert are_copies(0.6, PartialDate.parse("2024-05-20"), PartialDate.parse("2024-05"))
    assert are_copies(0.6, PartialDate.parse("2024-05-20"), None)
    assert not are_copies(0.6, PartialDate.parse("2024-05-20"), PartialDate.parse("2024-03"))


def test_texts_without_words_are_no_copies_of_one_another():
    assert similarity(shingles("!!!"), shingles("???")) == 0
    assert similarity(shingles("Ja."), shingles("ja")) == 1


def test_the_copies_of_no_article_are_an_error(collection):
    with pytest.raises(ArticleNotFound):
        collection.copies("fehlt")


def test_a_copy_under_embargo_is_not_named(collection, tmp_path):
    put(collection, tmp_path, record("a", REPORT))
    put(collection, tmp_path, record("b", EDITED, embargoed="2999-01-01T00:00:00Z"))
    assert ids(collection.copies("a")) == ["a"]


# --- which one is cited ---------------------------------------------------------------------


def test_the_earliest_copy_comes_first_then_the_longest_and_undated_ones_last():
    copies = Copies.of(
        [
            article("undated"),
            article("late", published=PartialDate.parse("2024-05-08")),
            article("short", published=PartialDate.parse("2024-05-06")),
            article("long", published=PartialDate.parse("2024-05-06"), text=LONGER),
        ]
    )
    assert ids(copies) == ["long", "short", "late", "undated"]


def test_a_correction_comes_before_what_it_corrects():
    first = article("a", published=PartialDate.parse("2024-05-06"))
    later = PartialDate.parse("2024-05-08")
    assert ids(Copies.of([first, article("b", published=later, correction="Korrektur: …")])) == [
        "b",
        "a",
    ]


def test_a_search_gives_what_copies_share_once_in_the_earliest_and_names_the_others(
    collection, tmp_path
):
    put(collection, tmp_path, record("c", EDITED, "2024-05-08"), record("b", EDITED, "2024-05-07"))
    put(collection, tmp_path, record("a", REPORT, "2024-05-06"), record("zoo", OTHER))
    passages = collection.search(ASKED)
    assert [passage.article.id for passage in passages] == ["a", "zoo"]
    assert [copy.id for copy in passages[0].copies] == ["b", "c"]
    assert passages[1].copies == ()


def test_what_only_a_later_copy_says_is_found_there(collection, tmp_path):
    put(collection, tmp_path, record("a", REPORT), record("b", LONGER, "2024-05-07"))
    found = collection.search("Um wie viele Fahrten wird der Busverkehr verstärkt?", 2)
    assert [passage.article.id for passage in found] == ["b", "a"]


def test_a_copy_with_another_number_is_not_taken_for_the_same(collection, tmp_path):
    changed = REPORT.replace("14 Risse", "23 Risse")
    put(collection, tmp_path, record("a", REPORT), record("b", changed, "2024-05-07"))
    texts = [passage.chunk.text for passage in collection.search(ASKED)]
    assert sorted(text.partition(" Risse")[0][-2:] for text in texts) == ["14", "23"]


def test_a_correction_stands_for_what_it_corrects(collection, tmp_path):
    changed = f"{REPORT.replace('14 Risse', '23 Risse')}\n\nKorrektur: Es waren nicht 14 Risse."
    put(collection, tmp_path, record("a", REPORT), record("b", changed, "2024-05-08"))
    (passage,) = collection.search(ASKED)
    assert passage.article.id == "b"
    assert "23 Risse" in passage.chunk.text


def test_a_filter_says_which_copy_may_be_cited_and_named(collection, tmp_path):
    put(collection, tmp_path, record("a", REPORT), record("b", EDITED), record("c", EDITED))
    (passage,) = collection.search(ASKED, filters=Filters(source="c"))
    assert (passage.article.id, passage.copies) == ("c", ())


def test_a_wording_has_a_sentence_but_for_one_word_and_not_with_another_number():
    wording = Wording(REPORT)
    assert wording.says("Bei einer Prüfung hatten Prüfer 14 Risse in den Trägern gefunden.")
    assert not wording.says("Bei einer Prüfung hatten Fachleute 15 Risse in den Trägern gefunden.")
    assert not wording.says("Besucher können die Vögel ab Samstag sehen.")


# --- how many sources -----------------------------------------------------------------------


def test_copies_of_an_agency_report_are_one_source():
    sz, zeit = article("sz", source="SZ"), article("zeit", source="Zeit", agency="dpa")
    assert independent_sources([(sz, zeit)]) == 1
    assert independent_sources([(sz,), (zeit,)]) == 2


def test_two_reports_of_one_agency_or_one_paper_are_one_source():
    assert (
        independent_sources([(article("a", agency="dpa/RND"),), (article("b", agency="dpa"),)]) == 1
    )
    assert independent_sources([(article("a", source="SZ"),), (article("b", source="SZ"),)]) == 1
    assert independent_sources([(article("a"),), (article("b"),)]) == 2
    assert independent_sources([]) == 0


def test_reports_that_a_third_one_links_are_one_source():
    dpa, afp = article("a", agency="dpa"), article("b", agency="AFP")
    assert independent_sources([(dpa,), (afp,), (article("c", agency="dpa/AFP"),)]) == 1


# --- what is left behind --------------------------------------------------------------------


def test_a_deleted_article_leaves_no_trace_in_any_table_nor_among_the_vectors(
    collection, fresh_folder, tmp_path
):
    put(collection, tmp_path, record("a", REPORT), record("b", EDITED), record("c", OTHER))
    collection.delete("a")
    assert ids(collection.copies("b")) == ["b"]
    for key in ("b", "c"):
        collection.delete(key)
    assert set(counts(fresh_folder).values()) == {0}
    assert collection._vectors.count() == 0


def test_an_article_that_is_withdrawn_leaves_its_cluster(collection, fresh_folder, tmp_path):
    put(collection, tmp_path, record("a", REPORT), record("b", EDITED))
    assert put(collection, tmp_path, record("a", REPORT, pubstatus="canceled")) == ["withdrawn"]
    assert ids(collection.copies("b")) == ["b"]
    assert counts(fresh_folder)["near_duplicate"] == 0
    assert counts(fresh_folder)["sketch"] == 1


def test_articles_that_are_deleted_and_come_again_leave_the_same_as_at_first(
    collection, fresh_folder, tmp_path
):
    records = [record("a", REPORT), record("b", EDITED), record("c", OTHER)]
    put(collection, tmp_path, *records)
    first = counts(fresh_folder)
    for key in ("a", "b", "c"):
        collection.delete(key)
    put(collection, tmp_path, *records)
    assert counts(fresh_folder) == first
    assert first["near_duplicate"] == 2
    assert collection._vectors.count() == first["chunk"]
    assert ids(collection.copies("a")) == ["a", "b"]


def test_a_new_version_that_is_no_copy_any_more_leaves_its_cluster(
    collection, fresh_folder, tmp_path
):
    put(collection, tmp_path, record("a", REPORT), record("b", EDITED))
    assert put(collection, tmp_path, record("b", OTHER)) == ["updated"]
    assert ids(collection.copies("a")) == ["a"]
    assert counts(fresh_folder)["near_duplicate"] == 0
    assert counts(fresh_folder)["sketch"] == 2


def test_a_collection_of_an_earlier_program_is_given_what_it_lacks(fresh_folder, tmp_path):
    with Collection.open(fresh_folder, Settings()) as collection:
        put(collection, tmp_path, record("a", REPORT), record("b", EDITED), record("c", OTHER))
    first = counts(fresh_folder)
    with sqlite3.connect(fresh_folder / "catalogue.sqlite3") as database:
        database.executescript(
            "DROP TABLE sketch; DROP TABLE band; DROP TABLE near_duplicate; DROP TABLE fetched; "
            "DROP TABLE feed; DROP TABLE mention; PRAGMA user_version = 2"
        )
    with Collection.open(fresh_folder, Settings()) as collection:
        assert ids(collection.copies("a")) == ["a", "b"]
        assert counts(fresh_folder) == first


def test_many_copies_of_one_report_stay_one_cluster(collection, tmp_path):
    put(collection, tmp_path, *(record(f"k-{n:03}", f"{REPORT} Ausgabe {n}.") for n in range(150)))
    assert len(collection.copies("k-000").articles) == 150
    assert len(collection.search(ASKED)) == 1
