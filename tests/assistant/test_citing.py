"""Markers and citations of an answer."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from zeitfrage.assistant.answer import GroundedSentence, Quote
from zeitfrage.assistant.citing import Citing
from zeitfrage.index import Article

ARTICLE = Article(id="a", title="Titel", text="Erster Satz. Zweiter Satz. Dritter Satz.")
FIRST, SECOND = Quote(ARTICLE, 0, 12), Quote(ARTICLE, 13, 26)
sentences = st.lists(
    st.builds(
        GroundedSentence,
        st.sampled_from(["Eins.", "Zwei. ", "Drei.\n\n"]),
        st.lists(st.sampled_from([FIRST, SECOND]), max_size=2, unique=True).map(tuple),
    )
)


def write(*written: GroundedSentence) -> Citing:
    citing = Citing("de")
    for sentence in written:
        list(citing.add(sentence))
    return citing


def test_a_quote_keeps_its_number_however_often_it_is_cited():
    citing = write(
        GroundedSentence("A.", (FIRST,)),
        GroundedSentence("B.", (SECOND,)),
        GroundedSentence("C.", (SECOND, FIRST)),
    )
    assert citing.text == "A. [1] B. [2] C. [2][1]"
    assert [(c.number, c.quote) for c in citing.citations] == [
        (1, "Erster Satz."),
        (2, "Zweiter Satz."),
    ]


def test_a_sentence_without_proof_is_marked_and_never_shown_alone():
    assert write(GroundedSentence("Behauptet.", ())).text == ""
    text = write(GroundedSentence("Behauptet.", ()), GroundedSentence("Belegt.", (FIRST,))).text
    assert text.startswith("Behauptet. (nicht durch die Artikel belegt)")
    assert text.endswith("Belegt. [1]")


@given(sentences)
def test_pieces_joined_are_the_text_and_numbers_count_from_one(written):
    citing = Citing("en")
    pieces = "".join(piece for sentence in written for piece in citing.add(sentence))
    assert pieces == citing.text
    numbers = [citation.number for citation in citing.citations]
    assert numbers == list(range(1, len(numbers) + 1))
    assert citing.supported == bool(numbers) == bool(citing.text)
