"""What a question asks for, in which language, and what it leans on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zeitfrage.assistant.answer import Turn
from zeitfrage.assistant.question import (
    AnswerKind,
    answer_kind,
    asks_for_present,
    names_nobody,
    question_language,
    shows_kind,
    standalone,
)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Was kostet die neue Brücke?", AnswerKind.AMOUNT),
        ("Wie viel kostet eine Karte?", AnswerKind.AMOUNT),
        ("How much does a ticket cost?", AnswerKind.AMOUNT),
        ("Mit wie viel Prozent gewann sie?", AnswerKind.PERCENT),
        ("Wie viele Soldaten sind dort?", AnswerKind.NUMBER),
        ("How many people came?", AnswerKind.NUMBER),
        ("Wann beginnt der Bau?", AnswerKind.DATE),
        ("Wann steigen die Kosten?", AnswerKind.DATE),
        ("Warum steigt der Preis?", AnswerKind.REASON),
        ("Wo steht der Turm?", AnswerKind.PLACE),
        ("Wer ist Bürgermeister?", AnswerKind.PERSON),
        ("Who leads the group?", AnswerKind.PERSON),
        ("Was sagte der Minister?", AnswerKind.OTHER),
    ],
)
def test_the_first_words_tell_what_kind_of_thing_answers(question, kind):
    assert answer_kind(question) is kind


@pytest.mark.parametrize(
    ("kind", "sentence", "shown"),
    [
        (AnswerKind.AMOUNT, "Sie kostete rund 3,2 Millionen Euro.", True),
        (AnswerKind.AMOUNT, "The bill came to £33.4 million.", True),
        (AnswerKind.AMOUNT, "Der Eintritt ist kostenlos.", True),
        (AnswerKind.AMOUNT, "Sie ist 3200 Meter lang.", False),
        (AnswerKind.PERCENT, "Sie bekam 53,8 Prozent.", True),
        (AnswerKind.NUMBER, "Es kamen zwölf Helfer.", True),
        (AnswerKind.NUMBER, "Es kamen viele.", False),
        (AnswerKind.DATE, "Sie öffnet am 1. Juli.", True),
        (AnswerKind.PERSON, "Das sagte Jan Beispiel.", True),
        (AnswerKind.PERSON, "Das sagte niemand.", False),
    ],
)
def test_a_sentence_shows_the_kind_or_does_not(kind, sentence, shown):
    assert shows_kind(kind, sentence, "Frage?") is shown


def test_what_the_question_says_itself_does_not_count_as_shown():
    asked = "Wie viele der 34 Filialen schließen?"
    assert not shows_kind(AnswerKind.NUMBER, "Es ging um die 34 Filialen.", asked)


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Wer ist Nato-Generalsekretär?", "de"),
        ("How much territory has IS lost?", "en"),
        ("Wie heißt die Fähre Lady of Skarrow?", "de"),
        ("Harbeck?", "de"),
    ],
)
def test_the_language_is_told_by_the_small_words(question, language):
    assert question_language(question) == language


def test_a_follow_up_takes_the_question_before_along_and_a_whole_one_does_not():
    history = (Turn("Wer gewann die Wahl in Oberau?", "Anna Muster. [1]"),)
    assert standalone("Und wann tritt sie an?", history) == (
        "Wer gewann die Wahl in Oberau? Und wann tritt sie an?"
    )
    whole = "Wie hoch ist der neue Wasserturm von Quarnstedt?"
    assert standalone(whole, history) == whole
    assert standalone("Und wann?", ()) == "Und wann?"


@given(st.text(), st.text())
def test_any_text_is_understood_somehow(question, sentence):
    assert question_language(question) in {"de", "en"}
    assert isinstance(shows_kind(answer_kind(question), sentence, question), bool)


@pytest.mark.parametrize(
    ("question", "unnamed"),
    [
        ("Wo arbeitete sie vorher?", True),
        ("Where did she work before?", True),
        ("Wer gewann die Stichwahl? Wo arbeitete sie vorher?", False),
        ("Wann eröffnet die Brücke und was kostet sie?", False),
        ("Where did she and 40 others work?", False),
        ("warum ist es so heiß?", False),
        ("wann hat imke rosenthal gesagt, dass sie geht?", False),
    ],
)
def test_a_question_about_somebody_unnamed_is_known(question, unnamed):
    assert names_nobody(question) is unnamed


@pytest.mark.parametrize(
    ("question", "present"),
    [
        ("Wer ist Bürgermeisterin von Tannbergen?", True),
        ("Who is the mayor of Tannbergen?", True),
        ("Welche Firma baut derzeit die Brücke?", True),
        ("Wer hat die Wahl gewonnen?", False),
        ("Wer war 2019 Bürgermeister?", False),
    ],
)
def test_a_question_about_how_things_stand_is_known(question, present):
    assert asks_for_present(question) is present
