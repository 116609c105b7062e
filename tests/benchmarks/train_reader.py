"""Go on training the reader, assistant/reader.onnx, with all questions at hand.

    pip install onnx
    python tests/benchmarks/train_reader.py

The lower half of the network stays as it is, so that what it makes of an example is computed once.
Each passage is one decision between its sentences and "nothing here answers"; two further heads
learn where the short answer starts and ends. In the end the weights are averaged with those before
the training, which keeps what earlier questions taught. On two cores this takes about an hour.
One article in twelve is kept back; of these it prints how often the right sentence is the likeliest
and how well passages with an answer are told from those without (area under the ROC curve).

Source: Wortsman et al., "Robust fine-tuning of zero-shot models" (2022), on the averaging.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from transformers import BertModel

sys.path.insert(0, str(Path(__file__).parent))
from reader_examples import Example, examples
from reader_weights import load_weights, save_weights
from sklearn.metrics import roc_auc_score

from zeitfrage.assistant.reader import FIRST, LAST, NOTHING, SENTENCE, Window, read, windows
from zeitfrage.index.bundled_model import model_folder

EPOCHS = 2
RATE = 6e-5
BATCH = 24
FROZEN = 6  # layers
DROPOUT = 0.1
NEW = 0.7  # share of the trained weights in the average
SHORT_ANSWER = 0.5  # how much the short answer counts beside the sentence
KEPT_BACK = 12  # one article in so many


@dataclass(frozen=True)
class Lesson:
    """An example as the network sees it.

    Args:
        window: question and passage as tokens.
        right: which of the window's sentences answers, None where nothing does.
        span: first and last token of the short answer.
    """

    window: Window
    right: int | None
    span: tuple[int, int] | None


class Reader(nn.Module):
    """The embedding model's layers with four numbers for each token on top."""

    def __init__(self) -> None:
        super().__init__()
        self.bert = BertModel.from_pretrained(
            model_folder(),
            add_pooling_layer=False,
            dtype=torch.float32,
            attention_probs_dropout_prob=0.0,
            hidden_dropout_prob=DROPOUT,
        )
        weights = {name: torch.tensor(value) for name, value in load_weights().items()}
        self.bert.load_state_dict(weights, strict=False)
        self.heads = nn.Linear(self.bert.config.hidden_size, 4)
        self.heads.weight.data = weights["heads.weight"]
        self.heads.bias.data = weights["heads.bias"]
        self.bert.embeddings.requires_grad_(False)
        self.bert.encoder.layer[:FROZEN].requires_grad_(False)

    def lower(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return what the frozen layers make of tokens; shape (batch, tokens, 384)."""
        hidden = self.bert.embeddings(ids)
        for layer in self.bert.encoder.layer[:FROZEN]:
            hidden = layer(hidden, mask)
        return hidden

    def forward(self, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return the four numbers of each token; shape (batch, tokens, 4)."""
        hidden = hidden.float()
        for layer in self.bert.encoder.layer[FROZEN:]:
            hidden = layer(hidden, mask)
        return self.heads(hidden).float()

    def weights(self) -> dict[str, np.ndarray]:
        """Return all weights as `save_weights` takes them."""
        named = {f"heads.{name}": value for name, value in self.heads.state_dict().items()}
        named |= self.bert.state_dict()
        return {name: value.detach().numpy() for name, value in named.items()}


def main() -> None:
    """Train and write the weights."""
    random.seed(1)
    torch.manual_seed(1)
    known = examples()
    lessons = [one for example in known if not _kept_back(example) for one in _lessons(example)]
    answered = sum(lesson.right is not None for lesson in lessons)
    print(f"{len(lessons)} lessons, {answered} with an answer", flush=True)
    network = Reader()
    _train(network, [_Batch(network, some) for some in _of_like_length(lessons)])
    _save_average(network)
    _report([example for example in known if _kept_back(example)])


def _kept_back(example: Example) -> bool:
    return sum(map(ord, example.passage.article.id)) % KEPT_BACK == 0


def _train(network: Reader, batches: list[_Batch]) -> None:
    trained = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=RATE, weight_decay=0.01)
    steps = EPOCHS * len(batches)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, steps, pct_start=0.1)
    network.train()
    for step in range(steps):
        if step % len(batches) == 0:
            random.shuffle(batches)
        with torch.autocast("cpu", torch.bfloat16):
            loss = batches[step % len(batches)].loss(network)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        schedule.step()
        if step % 50 == 0:
            print(f"step {step} of {steps}: loss {loss.item():.3f}", flush=True)


def _save_average(network: Reader) -> None:
    before, after = load_weights(), network.weights()
    save_weights(
        {name: before[name] * (1 - NEW) + after[name] * NEW for name in before if name in after}
    )


def _report(unseen: Sequence[Example]) -> None:
    right, odds = [], []
    for example in unseen:
        readings = read(example.question, [example.passage])
        (_, start), best = max(readings.items(), key=lambda item: item[1].odds)
        odds.append(best.odds)
        if example.answer is not None:
            sentence = next(s for s in example.passage.sentences if s.start == start)
            right.append(sentence.start <= example.answer[0] < sentence.end)
    area = roc_auc_score([example.answer is not None for example in unseen], odds)
    print(f"{len(unseen)} kept back: right sentence {np.mean(right):.3f}, area {area:.3f}")


def _lessons(example: Example) -> list[Lesson]:
    """Return an example's windows; of one with an answer those that hold it."""
    lessons = []
    for window in windows(example.question, example.passage):
        if example.answer is None:
            lessons.append(Lesson(window, None, None))
        elif (right := _holding(window, example)) is not None:
            lessons.append(Lesson(window, right, window.tokens(*example.answer)))
    return lessons


def _holding(window: Window, example: Example) -> int | None:
    assert example.answer is not None
    middle = sum(example.answer) / 2
    for number, (sentence, _) in enumerate(window.sentences):
        if sentence.start <= middle < sentence.end:
            return number
    return None


def _of_like_length(lessons: list[Lesson]) -> list[list[Lesson]]:
    """Return batches in which little is padded."""
    random.shuffle(lessons)
    ordered = sorted(lessons, key=lambda lesson: len(lesson.window.ids) // 16)
    return [ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH)]


class _Batch:
    """Some lessons, with what the frozen layers make of them."""

    def __init__(self, network: Reader, lessons: Sequence[Lesson]) -> None:
        self._lessons = lessons
        longest = max(len(lesson.window.ids) for lesson in lessons)
        ids = torch.ones(len(lessons), longest, dtype=torch.long)
        mask = torch.zeros(len(lessons), 1, 1, longest)
        for row, lesson in enumerate(lessons):
            ids[row, : len(lesson.window.ids)] = torch.tensor(lesson.window.ids)
            mask[row, ..., len(lesson.window.ids) :] = torch.finfo(torch.bfloat16).min
        self._mask = mask.bfloat16()
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            self._hidden = network.eval().lower(ids, self._mask).bfloat16()

    def loss(self, network: Reader) -> torch.Tensor:
        """Return the mean loss of the lessons."""
        logits = network(self._hidden, self._mask)
        losses = [_loss(row, lesson) for row, lesson in zip(logits, self._lessons, strict=True)]
        return torch.stack(losses).mean()


def _loss(logits: torch.Tensor, lesson: Lesson) -> torch.Tensor:
    sentences = [logits[tokens, SENTENCE].mean() for _, tokens in lesson.window.sentences]
    choices = torch.stack([logits[0, NOTHING], *sentences])
    right = torch.tensor(0 if lesson.right is None else lesson.right + 1)
    loss = cross_entropy(choices, right)
    if lesson.span is not None:
        ends = logits[lesson.window.passage_tokens][:, [FIRST, LAST]].T
        first = int(lesson.window.passage_tokens[0])
        target = torch.tensor(lesson.span) - first
        loss = loss + SHORT_ANSWER * cross_entropy(ends, target)
    return loss


if __name__ == "__main__":
    main()
