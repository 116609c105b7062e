"""Words of two languages are compared by their vectors, each made once."""

from __future__ import annotations

import numpy as np
import pytest

from zeitfrage.config.settings import BUNDLED_MODEL
from zeitfrage.index.embedding import SentenceTransformerEmbedder, open_embedder
from zeitfrage.index.words import WordVectors


@pytest.fixture(scope="module")
def words() -> WordVectors:
    return WordVectors(open_embedder(BUNDLED_MODEL, 32))


@pytest.mark.parametrize(
    ("word", "same", "other"),
    [
        ("bakery", "Bäckerei", "Gericht"),
        ("hospital", "Krankenhaus", "Brücke"),
        ("mayor", "Bürgermeisterin", "Fähre"),
        ("price", "Preis", "Bühne"),
    ],
)
def test_a_word_is_nearer_to_its_translation_than_to_another_word(words, word, same, other):
    asked, translated, unrelated = words.of([word, same, other])
    assert asked @ translated > asked @ unrelated


def test_vectors_are_of_unit_length_in_the_order_of_the_words(words):
    there = words.of(["Turm", "Brücke", "Turm"])
    assert np.linalg.norm(there, axis=1) == pytest.approx(1, abs=1e-3)
    assert (there[0] == there[2]).all()
    assert there[0] @ there[1] < 0.99


def test_a_word_is_embedded_once():
    asked: list[list[str]] = []

    class Counting(SentenceTransformerEmbedder):
        def embed_words(self, words):
            asked.append(list(words))
            return np.eye(len(words), 4, dtype=np.float32)

    counted = WordVectors(Counting("none", 1))
    counted.of(["a", "b", "a"])
    counted.of(["b", "c"])
    assert asked == [["a", "b"], ["c"]]


def test_both_engines_agree_on_words():
    bundled = open_embedder(BUNDLED_MODEL, 32)
    fast = bundled.embed_words(["Turm", "Haushaltsplan"])
    slow = SentenceTransformerEmbedder.embed_words(bundled, ["Turm", "Haushaltsplan"])
    assert (fast * slow).sum(axis=1) == pytest.approx(1, abs=0.01)
