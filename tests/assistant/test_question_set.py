"""The form of a question set, and when an accepted answer stands in some words."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from zeitfrage.assistant import Turn
from zeitfrage.assistant.question_set import AskedQuestion, read_question_set, unknown_articles
from zeitfrage.config.errors import UnreadableInput

SETS = Path(__file__).parents[1] / "questions"


@pytest.fixture
def read(tmp_path):
    def read_text(text):
        path = tmp_path / "set.jsonl"
        path.write_text(text, encoding="utf-8")
        return read_question_set(path)

    return read_text


@pytest.mark.parametrize(("name", "count"), [("samples", 158), ("everyday", 96), ("unseen", 900)])
def test_the_sets_of_this_repository_are_of_the_form(name, count):
    questions = read_question_set(SETS / f"{name}.jsonl")
    assert len(questions) == count
    assert all(question.text and question.kind for question in questions)
    assert any(not question.answerable for question in questions)


def test_a_line_may_hold_a_conversation_and_the_day_of_asking(read):
    (question,) = read(
        '{"question": "Wo ist er jetzt?", "answers": ["Bonn"], "as_of": "2018-02", "note": "?", '
        '"history": [{"question": "Wer ging?", "answer": "Der Wirt. [1]"}]}\n\n'
    )
    assert question == AskedQuestion(
        text="Wo ist er jetzt?",
        answers=("Bonn",),
        as_of=date(2018, 2, 28),
        history=(Turn("Wer ging?", "Der Wirt. [1]"),),
    )


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"question": "Wer?"}', "answers: Field required"),
        ('{"question": "Wer?", "answer": ["Ost"]}', "answers: Field required"),
        ('{"answers": []}', "question: Field required"),
        ('{"question": " ", "answers": []}', "question: String should have at least 1 character"),
        ('{"question": "Wer?", "answers": "Ost"}', "answers: Input should be a valid array"),
        ('{"question": "Wer?", "answers": [" "]}', "answers.0: String should have at least 1"),
        ('{"question": "Wer?", "answers": [], "as_of": "gestern"}', "as_of: Value error, a date"),
        ('{"question": "Wer?", "answers": [], "history": ["Wo?"]}', "history.0: "),
        ('["Wer?"]', "Input should be an object"),
        ("Wer?", "Invalid JSON"),
    ],
)
def test_a_malformed_line_is_named_with_what_is_wrong(read, line, problem):
    good = '{"question": "Wer?", "answers": ["Ost"]}'
    with pytest.raises(UnreadableInput) as raised:
        read(f"{good}\n\n{line}\n{good}\n")
    assert f"In line 3 of {raised.value.message.split(' of ')[1].split(':')[0]}: {problem}" in (
        raised.value.message
    )
    assert "answers is [] where the articles do not answer" in raised.value.remedy


def test_a_set_that_is_missing_empty_or_no_text_says_so(read, tmp_path):
    with pytest.raises(UnreadableInput, match="cannot be read: No such file"):
        read_question_set(tmp_path / "none.jsonl")
    with pytest.raises(UnreadableInput, match="holds no question"):
        read("\n \n")
    (tmp_path / "old.jsonl").write_bytes("Wer bräche es?".encode("latin-1"))
    with pytest.raises(UnreadableInput, match="it is no UTF-8 text"):
        read_question_set(tmp_path / "old.jsonl")


@pytest.mark.parametrize(
    ("answer", "words", "held"),
    [
        ("1150", "Es sind 1150 der 4600 Stellen.", True),
        ("1150", "Bis zum Jahr 1150.", True),
        ("150", "Es sind 1150 der 4600 Stellen.", False),
        ("63", "Seit 1963 steht der Brunnen.", False),
        ("63", "63,5 Prozent stimmten zu.", False),
        ("5", "63,5 Prozent stimmten zu.", False),
        ("53,8 Prozent", "mit 53,8\nProzent der Stimmen", True),
        ("die Bahn", "Die Bahn kündigte es an.", True),
        ("Stoltenberg", "Stoltenbergs Antwort blieb aus.", True),
        ("C++ (neu)", "Kurse in C++ (neu) beginnen.", True),
    ],
)
def test_an_answer_counts_where_it_stands_as_a_whole_number_or_word_part(answer, words, held):
    assert AskedQuestion(text="?", answers=(answer,)).accepts(words) is held


def test_any_one_of_the_accepted_answers_is_right_and_without_any_none_is():
    either = AskedQuestion(text="?", answers=("The bridge snores", "schnarcht"))
    assert either.accepts("Die Brücke schnarcht.")
    assert not AskedQuestion(text="?", answers=()).accepts("Die Brücke schnarcht.")


def test_an_article_is_named_by_its_id_without_a_file_s_hash_but_not_by_how_it_starts():
    about = AskedQuestion(text="?", answers=("x",), article_ids=("de-1", "brunnen"))
    assert about.is_about("de-1")
    assert about.is_about("brunnen-0a1b2c3d")
    assert about.is_about("anders", "de-1")
    assert not about.is_about("de-1-2")
    assert not about.is_about("de-10")
    assert not about.is_about("brunnen-am-markt")


def test_articles_that_the_collection_lacks_are_named_once(assistant):
    questions = [
        AskedQuestion(text="?", answers=("x",), article_ids=(key, "de-16-stichwahl-harbeck"))
        for key in ("fehlt", "de-07-klinikfusion-plaene", "fehlt")
    ]
    assert unknown_articles(questions, assistant.collection) == ["fehlt"]
