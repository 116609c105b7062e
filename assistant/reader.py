"""A small network that reads a passage with a question in mind.

It is the bundled embedding model with four more heads, trained to say for each sentence whether it
answers or whether nothing does, and which words do. `reader.onnx` holds its layers in 8 bits,
trained by `tests/benchmarks/train_reader.py`; the word embeddings are the embedding model's own.

Source: Devlin et al., "BERT" (2019), sections 4.2 and 4.3: an answer goes from its likeliest first
to its likeliest last token, and is weighed against "no answer".
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from zeitfrage.index.article import Passage, PassageSentence
from zeitfrage.index.bundled_model import model_folder
from zeitfrage.index.sentences import Span

# An article's id and where in its text a sentence starts.
Place: TypeAlias = tuple[str, int]
Tokens: TypeAlias = npt.NDArray[np.intp]

# The numbers that the network gives for each token: part of a sentence that answers; for the first
# one, that nothing does; first and last of the words that answer.
SENTENCE, NOTHING, FIRST, LAST = range(4)
_WINDOW = 288  # tokens of question and passage together, as in training
_OVERLAP = 16
_LONGEST_QUESTION = 200  # characters
_LONGEST_ANSWER = 24  # tokens
_PADDING = 1
_loading = threading.Lock()


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader makes of a sentence.

    Args:
        odds: log odds that it answers, against that nothing in its passage does.
        words: the characters of the article's text that answer, should the sentence do so.
    """

    odds: float
    words: Span


Readings: TypeAlias = dict[Place, Reading]


@dataclass(frozen=True, slots=True)
class Window:
    """Question and passage, or a part of a long one, as the network's input.

    Args:
        ids: the tokens.
        passage_tokens: which of them are the passage's, its title included.
        places: the characters of the article's text that each token is, shape (len(ids), 2).
        sentences: the passage's sentences that have tokens here, with these.
    """

    ids: Sequence[int]
    passage_tokens: Tokens
    places: npt.NDArray[np.intp]
    sentences: tuple[tuple[PassageSentence, Tokens], ...]

    def tokens(self, start: int, end: int) -> tuple[int, int]:
        """Return the first and the last token of characters that lie in the window."""
        middles = self.places[self.passage_tokens].mean(axis=1)
        inside = self.passage_tokens[_within(middles, start, end)]
        if not inside.size:  # they are a part of one token
            inside = self.passage_tokens[[np.abs(middles - (start + end) / 2).argmin()]]
        return int(inside[0]), int(inside[-1])


def read(question: str, passages: Sequence[Passage]) -> Readings:
    """Return what the reader makes of each sentence.

    Args:
        question: as asked; its first 200 characters are read.
        passages: of any number and language.
    """
    pairs = [
        (passage, window)
        for passage in passages
        if passage.sentences
        for window in windows(question, passage)
    ]
    readings: Readings = {}
    if pairs:
        logits = _network().logits([window.ids for _, window in pairs])
        for (passage, window), values in zip(pairs, logits, strict=True):
            for place, reading in _of_window(passage, window, values):
                if place not in readings or reading.odds > readings[place].odds:
                    readings[place] = reading
    return readings


def _of_window(
    passage: Passage, window: Window, values: npt.NDArray[np.float32]
) -> Iterator[tuple[Place, Reading]]:
    for sentence, tokens in window.sentences:
        odds = float(values[tokens, SENTENCE].mean() - values[0, NOTHING])
        first, last = _key_tokens(values[tokens])
        start, end = window.places[tokens[first], 0], window.places[tokens[last], 1]
        words = max(int(start), sentence.start), min(int(end), sentence.end)
        reading = Reading(odds, _trimmed(passage.article.text, words))
        yield (passage.article.id, sentence.start), reading


def _key_tokens(values: npt.NDArray[np.float32]) -> tuple[int, int]:
    """Return the likeliest first and last token of an answer among a sentence's tokens."""
    likelihood = values[:, FIRST, None] + values[None, :, LAST]
    count = len(values)
    too_long = np.arange(count) - np.arange(count)[:, None] >= _LONGEST_ANSWER
    backwards = np.tri(count, k=-1, dtype=bool)
    likelihood[too_long | backwards] = -np.inf
    first, last = divmod(int(likelihood.argmax()), count)
    return first, last


def _trimmed(text: str, span: Span) -> Span:
    """Return a span without the white space at its ends."""
    words = text[slice(*span)]
    return span[0] + len(words) - len(words.lstrip()), span[1] - len(words) + len(words.rstrip())


def windows(question: str, passage: Passage) -> Iterator[Window]:
    """Yield question and passage as tokens, a long passage in overlapping windows.

    Args:
        question: its first 200 characters are read.
        passage: with at least one sentence.
    """
    first, last = passage.sentences[0], passage.sentences[-1]
    heading = f"{passage.article.title}. "
    text = heading + passage.article.text[first.start : last.end]
    encoding = _tokenizer().encode(question[:_LONGEST_QUESTION], text)
    for part in (encoding, *encoding.overflowing):
        of_passage = np.flatnonzero(np.array(part.sequence_ids) == 1)
        places = np.array(part.offsets) + first.start - len(heading)
        yield Window(part.ids, of_passage, places, _sentences(passage, of_passage, places))


def _sentences(
    passage: Passage, of_passage: Tokens, places: npt.NDArray[np.intp]
) -> tuple[tuple[PassageSentence, Tokens], ...]:
    middles = places[of_passage].mean(axis=1)
    found = (
        (sentence, of_passage[_within(middles, sentence.start, sentence.end)])
        for sentence in passage.sentences
    )
    return tuple((sentence, tokens) for sentence, tokens in found if tokens.size)


def _within(middles: npt.NDArray[np.float64], start: int, end: int) -> npt.NDArray[np.bool_]:
    """Say which tokens are of a span: a token may begin with the space before its word."""
    return (middles >= start - 0.5) & (middles <= end)


def _tokenizer() -> Any:  # noqa: ANN401
    with _loading:
        return _loaded_tokenizer()


@cache
def _loaded_tokenizer() -> Any:  # noqa: ANN401
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(model_folder() / "tokenizer.json"))
    tokenizer.enable_truncation(_WINDOW, stride=_OVERLAP, strategy="only_second")
    return tokenizer


def _network() -> _Network:
    with _loading:
        return _loaded()


@cache
def _loaded() -> _Network:
    return _Network()


class _Network:
    def __init__(self) -> None:
        import onnxruntime
        from safetensors import safe_open

        onnxruntime.disable_telemetry_events()
        path = Path(__file__).with_name("reader.onnx")
        self._session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        weights = safe_open(model_folder() / "model.safetensors", "np")
        self._words = weights.get_slice("embeddings.word_embeddings.weight")  # type: ignore[no-untyped-call]

    def logits(self, windows: Sequence[Sequence[int]]) -> npt.NDArray[np.float32]:
        """Run the network; shape (windows, tokens of the longest, 4)."""
        ids = np.full((len(windows), max(map(len, windows))), _PADDING)
        mask = np.zeros(ids.shape, np.float32)
        for row, window in enumerate(windows):
            ids[row, : len(window)] = window
            mask[row, : len(window)] = 1
        known, places = np.unique(ids, return_inverse=True)
        vectors = np.concatenate([self._words[word : word + 1] for word in known.tolist()])
        words = vectors.astype(np.float32)[places.reshape(ids.shape)]
        (logits,) = self._session.run(None, {"words": words, "mask": mask})
        result: npt.NDArray[np.float32] = logits
        return result
