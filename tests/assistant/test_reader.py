"""The network that reads a passage with a question in mind."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zeitfrage.assistant.reader import Reading, read, windows
from zeitfrage.index.article import Article, Passage, PassageSentence
from zeitfrage.index.chunking import cut

# Log odds from which on a sentence may be quoted.
LIKELY = -2.0
TEXT = (
    "Der Gemeinderat von Tannbergen hat am Montag den Haushalt beschlossen. "
    "Für das neue Feuerwehrhaus sind 2,4 Millionen Euro vorgesehen. "
    "„Wir bauen für die nächsten fünfzig Jahre“, sagte Bürgermeisterin Imke Rosenthal. "
    "Die Bauarbeiten sollen im März beginnen."
)


def passage_of(text: str, characters: int = 100_000, title: str = "Haushalt steht") -> Passage:
    article = Article(id="a", title=title, text=text)
    piece = cut(article, characters)[0]
    sentences = tuple(PassageSentence(start, end, 0.0) for start, end in piece.sentences)
    return Passage(article, piece.chunk, 0.0, 0.0, 0.0, sentences)


def best_sentence(question: str, passage: Passage) -> tuple[str, Reading]:
    readings = read(question, [passage])
    (_, start), reading = max(readings.items(), key=lambda item: item[1].odds)
    (sentence,) = [s for s in passage.sentences if s.start == start]
    return passage.article.text[sentence.start : sentence.end], reading


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Was kostet das Feuerwehrhaus in Tannbergen?", "2,4 Millionen Euro"),
        ("Wer ist Bürgermeisterin von Tannbergen?", "Imke Rosenthal"),
        ("When does construction begin?", "im März"),
    ],
)
def test_the_sentence_that_answers_has_the_best_odds_and_its_key_words_are_known(question, words):
    sentence, reading = best_sentence(question, passage_of(TEXT))
    assert words in sentence
    assert reading.odds > LIKELY
    start, end = reading.words
    assert words in TEXT[start:end]
    assert end - start < len(sentence)


def test_where_nothing_answers_the_odds_say_so():
    _, reading = best_sentence("Wer gewann das Pokalfinale in Eschwedel?", passage_of(TEXT))
    assert reading.odds < LIKELY


def test_every_sentence_of_a_passage_longer_than_a_window_is_read():
    text = " ".join(
        f"Am {day}. Tag kamen {7 * day} Gäste in das Haus am See." for day in range(1, 90)
    )
    passage = passage_of(text)
    assert len(list(windows("Wie viele Gäste kamen?", passage))) > 1
    assert len(read("Wie viele Gäste kamen?", [passage])) == len(passage.sentences) > 50


def test_nothing_to_read_gives_nothing():
    assert read("Wer?", []) == {}


def test_a_question_of_any_length_leaves_room_for_the_passage():
    assert len(read("Warum nur? " * 5000, [passage_of(TEXT)])) == 4


@settings(max_examples=50, deadline=None)
@given(text=st.text(min_size=1, max_size=400), question=st.text(max_size=60))
def test_tokens_and_key_words_of_a_sentence_lie_in_it_and_its_odds_are_a_number(text, question):
    if not text.strip():
        return
    passage = passage_of(text)
    for window in windows(question, passage):
        for sentence, tokens in window.sentences:
            middles = window.places[tokens].mean(axis=1)
            assert (middles >= sentence.start - 1).all()
            assert (middles <= sentence.end).all()
    readings = read(question, [passage])
    assert all(-100 < reading.odds < 100 for reading in readings.values())
    for sentence in passage.sentences:
        if reading := readings.get(("a", sentence.start)):
            start, end = reading.words
            assert sentence.start <= start <= end <= sentence.end
