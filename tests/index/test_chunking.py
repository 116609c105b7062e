"""Sentences and chunks: nothing lost, nothing twice, every span exact."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zeitfrage.index import Article
from zeitfrage.index.chunking import cut
from zeitfrage.index.sentences import paragraph_spans, sentence_spans

# Newspaper text in the small: words, numbers, abbreviations, every kind of end and gap.
_PIECES = ["Nato", "rund 120", "z. B.", "Dr. Muster", "am 3. Oktober", "„Ja!“", "5,2 %", "š", "🙂"]
_GAPS = [" ", ". ", "? ", "\n", "\n\n", ".\n\n", "  ", "\t", "…", "-"]
texts = st.lists(
    st.one_of(st.sampled_from(_PIECES), st.sampled_from(_GAPS), st.text(max_size=12)), max_size=60
).map("".join)


def sentences(text: str, language: str = "de") -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text, language)]


def article(text: str) -> Article:
    return Article(id="a", title="Titel", text=text)


@given(texts, st.sampled_from(["de", "en", "tr", "xx"]))
def test_sentences_hold_every_character_that_is_not_white_space_once(text, language):
    spans = sentence_spans(text, language)
    assert "".join("".join(text[a:b].split()) for a, b in spans) == "".join(text.split())
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert all(text[a:b] == text[a:b].strip() != "" for a, b in spans)


@given(texts)
def test_no_sentence_reaches_over_an_empty_line(text):
    paragraphs = paragraph_spans(text)
    for start, end in sentence_spans(text, "de"):
        assert any(first <= start and end <= last for first, last in paragraphs)


@given(texts.filter(str.strip), st.integers(40, 400))
def test_chunks_hold_every_sentence_once_and_in_order(text, limit):
    chunks = cut(article(text), limit)
    assert [span for chunk in chunks for span in chunk.sentences] == sentence_spans(text, "de")
    for position, found in enumerate(chunks):
        assert found.chunk.position == position
        assert found.chunk.text == text[found.chunk.start : found.chunk.end]
        assert len(found.chunk.text) <= limit or len(found.sentences) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Er kam am 3. Oktober. Dann ging er.", ["Er kam am 3. Oktober.", "Dann ging er."]),
        ("Dr. Muster sprach. Alle hörten zu.", ["Dr. Muster sprach.", "Alle hörten zu."]),
        ("Es kostet z. B. 5,20 Euro. Mehr nicht.", ["Es kostet z. B. 5,20 Euro.", "Mehr nicht."]),
        ("„Wir gehen.“ Das sagte sie.", ["„Wir gehen.“", "Das sagte sie."]),
        ("Eine Überschrift\n\nEin Satz", ["Eine Überschrift", "Ein Satz"]),
        ("", []),
        (" \n \n", []),
    ],
)
def test_german_sentences_end_where_a_reader_ends_them(text, expected):
    assert sentences(text) == expected


def test_text_without_a_full_stop_is_cut_at_white_space():
    pieces = sentences("wort " * 3000)
    assert max(map(len, pieces)) <= 2000
    assert all(set(piece.split()) == {"wort"} for piece in pieces)


def test_short_paragraphs_share_a_chunk_and_long_ones_are_cut_between_sentences():
    short = "Ein Satz.\n\nNoch einer.\n\nUnd ein dritter."
    assert [found.chunk.text for found in cut(article(short), 900)] == [short]
    long = " ".join(f"Dies ist der Satz mit der Nummer {n}." for n in range(100))
    chunks = cut(article(long), 300)
    assert len(chunks) > 10
    assert all(found.chunk.text.endswith(".") for found in chunks)
