"""From text to the terms that the lexical side of a search compares."""

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

from zeitfrage.index import function_words

_WORD = re.compile(r"\w+(?:[.,]\d+)*")
_SNOWBALL = {
    "ar": "arabic", "da": "danish", "de": "german", "en": "english", "es": "spanish",
    "fi": "finnish", "fr": "french", "hu": "hungarian", "it": "italian", "nl": "dutch",
    "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish",
    "tr": "turkish",
}  # fmt: skip
_local = threading.local()


@dataclass(frozen=True, slots=True)
class Term:
    """A content word of a text and the term that it is searched as."""

    start: int
    end: int
    term: str


def analyse(text: str, language: str) -> list[str]:
    """Return the terms of a text in order: folded, without function words, stemmed.

    Numbers are kept without their thousands separators. A word in capitals (IS, WHO, US) is a
    name even where it looks like a function word. Languages that Snowball does not know are
    folded only.

    Args:
        text: in any Unicode normal form.
        language: ISO 639-1 code.

    Source: the Snowball stemmers, snowballstem.org.
    """
    return [found.term for found in locate(text, language)]


def content_words(text: str) -> list[str]:
    """Return the words of a text that are function words in none of the known languages."""
    words = (match.group() for match in _WORD.finditer(text))
    return [word for word in words if not _is_function_word(word, function_words.ANY)]


def locate(text: str, language: str) -> list[Term]:
    """Return the terms of `analyse` with the half-open spans of their words."""
    ignored = function_words.BY_LANGUAGE.get(language, frozenset())
    found = []
    for match in _WORD.finditer(text):
        word = match.group()
        if not _is_function_word(word, ignored):
            found.append(Term(match.start(), match.end(), _term(word.casefold(), language)))
    return found


def _is_function_word(word: str, known: frozenset[str]) -> bool:
    return word.lower() in known and not (word.isupper() and len(word) > 1)


@lru_cache(maxsize=200_000)
def _term(word: str, language: str) -> str:
    word = unicodedata.normalize("NFKC", word)
    if word[0].isdigit():
        return re.sub(r"[.,](?=\d{3}(?:\D|$))", "", word).replace(",", ".")
    return _stemmer(language).stemWord(word) if language in _SNOWBALL else word


def _stemmer(language: str) -> Stemmer.Stemmer:
    """Return this thread's stemmer: the C library keeps state between calls."""
    stemmers: dict[str, Stemmer.Stemmer] = _local.__dict__.setdefault("stemmers", {})
    if language not in stemmers:
        stemmers[language] = Stemmer.Stemmer(_SNOWBALL[language])
    return stemmers[language]
