"""What a plain news text tells about itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zeitfrage.index.newstext import Credit, make_title, read_credit, read_dateline, read_news_text

BODY = "Die Gemeinde hat neue Bäume gepflanzt. Das sagte der Förster am Dienstag."


@pytest.mark.parametrize(
    ("head", "published"),
    [
        ("date 2018-02\n\n", "2018-02"),
        ("date 2018-02 ", "2018-02"),
        ("Datum: 15.02.2018\n", "2018-02-15"),
        ("15. Februar 2018\n\n", "2018-02-15"),
        ("Stand: 15. Februar 2018\n", "2018-02-15"),
        ("Veröffentlicht am Donnerstag, 15. Februar 2018, 14:30 Uhr\n\n", "2018-02-15"),
        ("First published on February 15, 2018 at 2:30 pm\n", "2018-02-15"),
        ("", "None"),
    ],
)
def test_a_date_line_comes_first_and_leaves_the_text(head, published):
    reading = read_news_text(f"{head}{BODY}")
    assert (str(reading.published), reading.text) == (published, BODY)


@pytest.mark.parametrize(
    ("start", "place", "agency"),
    [
        ("Brüssel. Die Nato", "Brüssel", None),
        ("BERLIN (Reuters) - Der Minister", "Berlin", "Reuters"),
        ("Frankfurt am Main (dpa/lhe) – Die Bank", "Frankfurt am Main", "dpa"),
        ("Hamburg – Der Senat", "Hamburg", None),
        ("Er kam. Dann ging", None, None),
        ("Die Nato plant", None, None),
    ],
)
def test_the_place_that_a_text_opens_with_is_its_dateline(start, place, agency):
    assert read_dateline(f"{start} plant etwas Neues.") == (place, agency)


@pytest.mark.parametrize(
    ("line", "credit"),
    [
        ("Von dpa/RND", Credit(None, "dpa", "RND")),
        ("(dpa/lnw)", Credit(None, "dpa")),
        ("Reuters", Credit(None, "Reuters")),
        ("Von Anna Muster, AFP", Credit("Anna Muster", "AFP")),
        ("By Maeve Dunlin", Credit("Maeve Dunlin")),
        ("Von Anna Muster und Jan Beispiel", Credit("Anna Muster und Jan Beispiel")),
        ("Von hier an ging es bergab.", None),
        ("Die Stadt baut.", None),
    ],
)
def test_agency_author_and_paper_are_told_apart(line, credit):
    assert read_credit(line) == credit


def test_the_seed_form_is_read_whole():
    reading = read_news_text(f"date 2018-02 Brüssel. {BODY}\n\nMehr folgt.\n\nVon dpa/RND")
    assert str(reading.published) == "2018-02"
    assert reading.dateline == "Brüssel"
    assert reading.credit == Credit(None, "dpa", "RND")
    assert reading.text == f"Brüssel. {BODY}\n\nMehr folgt."
    assert make_title(reading.text, "de", reading.dateline) == (
        "Die Gemeinde hat neue Bäume gepflanzt"
    )


@pytest.mark.parametrize(
    "head",
    [
        "Neue Bäume für Oberau\nVon Anna Muster\n15. Februar 2018\n\n",
        "Neue Bäume für Oberau\n15.02.2018 | 14:30 Uhr | Von Anna Muster\n\n",
        "Neue Bäume für Oberau\n\nVon Anna Muster\n\nStand: 15.02.2018\n\n",
    ],
)
def test_headline_author_and_date_may_stand_in_a_head_of_several_lines(head):
    reading = read_news_text(f"{head}{BODY}\n\nMehr folgt.")
    assert (reading.title, str(reading.published)) == ("Neue Bäume für Oberau", "2018-02-15")
    assert (reading.credit, reading.text) == (Credit("Anna Muster"), f"{BODY}\n\nMehr folgt.")


@pytest.mark.parametrize(
    "end", ["Von dpa/RND\nStand: 15.02.2018", "Stand: 15.02.2018\nVon dpa/RND"]
)
def test_a_date_with_a_label_may_end_the_text_before_or_after_the_credit(end):
    reading = read_news_text(f"{BODY}\n\n{end}")
    assert (str(reading.published), reading.text) == ("2018-02-15", BODY)
    assert reading.credit == Credit(None, "dpa", "RND")


@pytest.mark.parametrize(
    ("dateline", "published", "place", "agency"),
    [
        ("Brüssel, 15. Februar 2018 (dpa) – ", "2018-02-15", "Brüssel", "dpa"),
        ("BRÜSSEL, Feb. 15, 2018 (Reuters) - ", "2018-02-15", "Brüssel", "Reuters"),
        ("Bagdad (Irak), 15.02.2018 – ", "2018-02-15", None, None),
        ("Brüssel, die Hauptstadt (dpa) – ", "None", None, None),
    ],
)
def test_a_date_in_the_dateline_is_the_articles_and_stays_in_the_text(
    dateline, published, place, agency
):
    reading = read_news_text(f"{dateline}{BODY}")
    assert (str(reading.published), reading.text) == (published, f"{dateline}{BODY}")
    assert (reading.dateline, reading.credit.agency) == (place, agency)


def test_a_headline_on_a_line_of_its_own_is_the_title():
    assert read_news_text(f"Neue Bäume für Oberau\n\n{BODY}").title == "Neue Bäume für Oberau"


def test_a_long_first_sentence_is_cut_between_words():
    title = make_title("Wort " * 60 + "Ende.", "de")
    assert len(title) <= 101
    assert title.endswith("Wort …")


@given(st.text(min_size=1).filter(str.strip))
def test_reading_invents_no_words(text):
    reading = read_news_text(text)
    assert reading.text in text.strip()
