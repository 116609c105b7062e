"""A model's text arrives in pieces, cut anywhere; sentences leave it whole."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from zeitfrage.assistant.speech import spoken_words, whole_sentences


def pieces_of(text: str, sizes: list[int]) -> Iterator[str]:
    while text:
        size = sizes.pop() if sizes else 3
        yield text[:size]
        text = text[size:]


SIZES = st.lists(st.integers(1, 9), max_size=40)


@settings(deadline=None)
@given(sizes=SIZES)
def test_sentences_are_the_same_however_the_stream_is_cut(sizes: list[int]):
    text = (
        "Am 3. Oktober sagte Dr. Krohn z. B. dies [1]. Der Tunnel ist fertig. [2][3] "
        "Er ist 1.200 Meter lang 【1】.\n\n- Erstens\n- Zweitens [2]"
    )
    assert [sentence.strip() for sentence in whole_sentences("de", pieces_of(text, sizes))] == [
        "Am 3. Oktober sagte Dr. Krohn z. B. dies [1].",
        "Der Tunnel ist fertig. [2][3]",
        "Er ist 1.200 Meter lang 【1】.",
        "- Erstens",
        "- Zweitens [2]",
    ]


@settings(deadline=None)
@given(text=st.text(alphabet="ab .[1]\n„“", max_size=80), sizes=SIZES)
def test_no_character_of_a_stream_is_lost(text: str, sizes: list[int]):
    assert "".join(whole_sentences("de", pieces_of(text, sizes))).strip() == text.strip()


@settings(deadline=None)
@given(sizes=SIZES)
def test_thoughts_are_left_out_however_the_stream_is_cut(sizes: list[int]):
    pieces = pieces_of("\n<think>a < b\n</think>\n\nEin <Satz>.", sizes)
    assert "".join(spoken_words(pieces)).strip() == "Ein <Satz>."


@settings(deadline=None)
@given(text=st.text(alphabet="<thinkx> ", max_size=20), sizes=SIZES)
def test_a_stream_without_thoughts_is_passed_on_whole(text: str, sizes: list[int]):
    if not text.lstrip().startswith("<think>"):
        assert "".join(spoken_words(pieces_of(text, sizes))) == text
