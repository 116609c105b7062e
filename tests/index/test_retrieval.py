"""Which passages a question finds, in which order, within which bounds."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zeitfrage.config import Settings
from zeitfrage.index import Collection, Filters
from zeitfrage.index.retrieval import fuse, prefer_recent

scores = st.dictionaries(st.integers(0, 50), st.floats(-1, 1), min_size=1)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """The same news from four years, two papers and two languages."""
    folder = tmp_path_factory.mktemp("archive")
    articles = [
        {
            "id": f"{year}-{language}",
            "title": "Wasserpreis" if language == "de" else "Water price",
            "text": text,
            "date": year,
            "source": source,
            "section": "Lokales",
            "language": language,
        }
        for year in ("2019", "2020-06", "2021-06-15", "2022-06-15")
        for language, source, text in (
            ("de", "Bote", f"Der Wasserpreis in Oberau lag im Jahr {year[:4]} bei 2 Euro."),
            ("en", "Courier", f"The price of water in Oberau was 2 euros in {year[:4]}."),
        )
    ]
    file = folder / "a.jsonl"
    file.write_text("\n".join(map(json.dumps, articles)))
    with Collection.open(folder / "data", Settings()) as collection:
        assert len(list(collection.ingest([file]))) == 8
        yield collection


def found(collection: Collection, question: str, *options: object) -> list[str]:
    return [passage.article.id for passage in collection.search(question, 20, *options)]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(language="en", since=date(2021, 1, 1)), {"2021-06-15-en", "2022-06-15-en"}),
        (Filters(source="Bote", until=date(2020, 6, 10)), {"2019-de", "2020-06-de"}),
        (Filters(source="Bote", since=date(2019, 12, 31), until=date(2019, 12, 31)), {"2019-de"}),
        (Filters(section="Sport"), set()),
    ],
)
def test_only_articles_that_pass_the_filters_are_found(archive, filters, expected):
    keys = {
        f"{article.published}-{article.language}"
        for article in (archive.article(key) for key in found(archive, "Wasserpreis", filters))
    }
    assert keys == expected


def test_recency_brings_the_newest_up_and_none_changes_nothing(archive):
    german = Filters(language="de")
    assert found(archive, "Wasserpreis Oberau", german, 1.0)[0].startswith("2022")
    assert found(archive, "Wasserpreis Oberau", german, 0.0) == found(
        archive, "Wasserpreis Oberau", german
    )


def test_a_question_in_english_finds_german_articles(assistant):
    passages = assistant.collection.search("Who bought the insolvent bakery chain?", 5)
    assert "de-15-tillmersen-investor" in [passage.article.id for passage in passages]


def test_a_name_is_found_by_its_letters_and_a_paraphrase_by_its_meaning(assistant):
    for question, article in (
        ("Lammersiek", "de-14-windpark-tannbergen"),
        ("Pleite einer Bäckereikette", "de-10-tillmersen-insolvenz"),
    ):
        passages = assistant.collection.search(question, 5)
        assert article in [passage.article.id for passage in passages]


def test_a_passage_knows_its_sentences_and_its_place(assistant):
    for passage in assistant.collection.search("Stichwahl in Hohenlürn", 10):
        text, chunk = passage.article.text, passage.chunk
        assert text[chunk.start : chunk.end] == chunk.text
        assert passage.sentences[0].start == chunk.start
        assert passage.sentences[-1].end == chunk.end
        assert all(-1.01 <= sentence.similarity <= 1.01 for sentence in passage.sentences)


@pytest.mark.parametrize("question", ["", "?", "der die das", '"', "a* OR b", "x" * 5000, "\ud800"])
def test_no_question_breaks_the_search(assistant, question):
    assert len(assistant.collection.search(question.encode("utf-8", "replace").decode(), 3)) <= 3


@given(scores, scores)
def test_fusing_keeps_every_candidate_and_rewards_what_both_sides_prefer(dense, lexical):
    fused = fuse(dense, lexical)
    assert fused.keys() == dense.keys()
    best = max(dense, key=lambda key: dense[key])
    assert fuse(dense, {best: 9.0})[best] == max(fuse(dense, {best: 9.0}).values())


def test_a_year_halves_what_recency_gives():
    days = {1: date(2024, 1, 1), 2: date(2023, 1, 1), 3: None}
    gained = prefer_recent(dict.fromkeys(days, 0.0), days, 0.8)
    assert gained == pytest.approx({1: 0.8, 2: 0.4, 3: 0.0})
