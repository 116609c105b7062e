"""The texts that users see exist in both languages and take the same values."""

from __future__ import annotations

import string
import tomllib
from pathlib import Path

import pytest

from zeitfrage.config import texts

FOLDER = Path(texts.__file__).parent


def read(language: str) -> dict[str, str]:
    sections = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    return {
        f"{s}.{name}": text for s, entries in sections.items() for name, text in entries.items()
    }


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_texts():
    assert read("de").keys() == read("en").keys()


def test_both_languages_of_a_text_have_the_same_placeholders():
    german, english = read("de"), read("en")
    for key in german.keys() & english.keys():
        assert placeholders(german[key]) == placeholders(english[key]), key


def test_placeholders_have_names_so_that_word_order_may_differ():
    for key, text in (read("de") | read("en")).items():
        assert all(name.isidentifier() for name in placeholders(text)), key


def test_no_text_is_empty():
    assert all(text.strip() for language in ("de", "en") for text in read(language).values())


def test_german_is_said_in_german_and_any_other_language_in_english():
    assert texts.say("de", "answer.not_supported") == "Das geht aus den Artikeln nicht hervor."
    assert texts.say("fr", "answer.not_supported") == texts.say("en", "answer.not_supported")


def test_an_unknown_text_is_an_error_and_not_an_empty_string():
    with pytest.raises(KeyError):
        texts.say("de", "answer.no_such_text")
