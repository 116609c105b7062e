"""Vectors of single words, which compare words across languages."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from zeitfrage.index.embedding import Embedder, Vectors

# About 80 MB at 384 dimensions.
_MOST_KEPT = 50_000


class WordVectors:
    """The vectors of words, each embedded once and kept; safe to share between threads."""

    def __init__(self, embedder: Embedder) -> None:
        """Start with none."""
        self._embedder = embedder
        self._known: dict[str, Vectors] = {}
        self._lock = threading.Lock()

    def of(self, words: Sequence[str]) -> Vectors:
        """Return unit vectors, shape (words, dimensions)."""
        with self._lock:
            new = [word for word in dict.fromkeys(words) if word not in self._known]
            if len(self._known) + len(new) > _MOST_KEPT:
                self._known.clear()
                new = list(dict.fromkeys(words))
            if new:
                self._known.update(zip(new, self._embedder.embed_words(new), strict=True))
            return np.stack([self._known[word] for word in words])
