"""Which words a search compares."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zeitfrage.index.analysis import analyse, locate


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("de", "Stoltenbergs", "Stoltenberg"),
        ("de", "Häuser", "Haus"),
        ("de", "STRASSE", "Straße"),
        ("de", "1.200", "1200"),
        ("de", "3,5", "3.5"),
        ("en", "soldiers", "soldier"),
        ("en", "1,200", "1200"),
    ],
)
def test_forms_of_a_word_meet_in_one_term(language, one, other):
    assert analyse(one, language) == analyse(other, language) != []


def test_function_words_are_left_out():
    assert analyse("Wie viele Soldaten sind es in der Stadt?", "de") == ["soldat", "stadt"]


@pytest.mark.parametrize("name", ["IS", "WHO", "US"])
def test_a_name_in_capitals_is_kept_though_it_looks_like_a_function_word(name):
    assert analyse(f"What is {name} doing?", "en") == [name.lower()]


@given(st.text(max_size=200), st.sampled_from(["de", "en", "xx"]))
def test_terms_point_to_their_words_and_do_not_depend_on_the_normal_form(text, language):
    for found in locate(text, language):
        assert text[found.start : found.end].strip() == text[found.start : found.end] != ""
    composed = unicodedata.normalize("NFC", text)
    assert analyse(composed, language) == analyse(unicodedata.normalize("NFC", composed), language)
