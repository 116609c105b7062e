"""Bytes of every encoding that archives hold become the same clean text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zeitfrage.config.errors import UnreadableInput
from zeitfrage.index.decoding import clean, decode

PROSE = (
    "Der Bürgermeister von Größenau sagte am Dienstag: „Müßige Fragen überhöre ich“ – "
    "die Gebühren für Wasser stiegen auf 3,20 Euro."
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_german_prose_is_decoded_from_any_usual_encoding(encoding):
    assert decode(PROSE.encode(encoding)) == PROSE


def test_latin_1_without_quotation_marks_is_decoded():
    plain = PROSE.replace("„", '"').replace("“", '"').replace("–", "-")
    assert decode(plain.encode("latin-1")) == plain


def test_latin_9_with_the_euro_sign_is_decoded():
    assert decode("Es kostet 5 € in Köln.".encode("iso8859-15")) == "Es kostet 5 € in Köln."


@pytest.mark.parametrize("encoding", ["cp850", "mac_roman"])
def test_code_pages_of_old_machines_are_guessed(encoding):
    plain = "Die Männer können für die Bürger in Köln nichts mehr tun, sagte der Müller. " * 3
    assert decode(plain.encode(encoding)) == plain


def test_a_broken_character_costs_that_character_only():
    assert decode("Köln und Müller und Größe".encode() + b"\xff").startswith("Köln und Müller")


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7 ...", b"PK\x03\x04zip", b"\x89PNG\r\n", bytes(range(256)) * 20]
)
def test_what_is_no_text_is_refused_with_a_reason(data):
    with pytest.raises(UnreadableInput, match="The file is"):
        decode(data)


@given(st.text())
def test_clean_text_is_composed_without_control_characters_and_stays_as_it_is(text):
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not any(unicodedata.category(char) == "Cc" and char not in "\n\t" for char in cleaned)
    assert "\n\n\n" not in cleaned


def test_line_ends_soft_hyphens_and_nul_bytes_are_cleaned():
    assert clean("Sil\u00adben\r\ntrennung\x00 \r\n\r\n\r\n\r\nEnde") == (
        "Silben\ntrennung\n\nEnde"
    )
