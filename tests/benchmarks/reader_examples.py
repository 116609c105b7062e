"""What the reader learns from: questions with a passage each that answers them, or does not.

- `tests/questions/news.jsonl`: questions of our own about German news articles of `../shared/data`,
  which lie beside the repository. A line names the article, the characters of its text that were
  read, and those that answer, or none.
- XQuAD's tuning half, asked in German and English of German and in English of English paragraphs.
- The tuning half of the questions about the sample articles.

To each question come passages of other articles that are found for it and do not answer.
"""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets import (
    QUESTIONS,
    SHARED_DATA,
    AskedQuestion,
    news,
    sample_questions,
    write_jsonl,
    xquad,
)

from zeitfrage.assistant.server import SAMPLES
from zeitfrage.config import Settings
from zeitfrage.index.article import Article, Passage, PassageSentence
from zeitfrage.index.chunking import cut
from zeitfrage.index.collection import Collection

_CANDIDATES = 8


@dataclass(frozen=True)
class Example:
    """A question and a passage; the answer is a span of its article's text, or nothing."""

    question: str
    passage: Passage
    answer: tuple[int, int] | None


def examples() -> list[Example]:
    """Return all examples to learn from."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [*_of_news(folder), *_of_xquad(folder), *_of_samples(folder)]


def _of_news(folder: Path) -> Iterator[Example]:
    lines = [
        json.loads(line) for line in (QUESTIONS / "news.jsonl").read_text("utf-8").splitlines()
    ]
    asked_of = {line["article_id"] for line in lines}
    with gzip.open(SHARED_DATA / "wikinews-de" / "articles.jsonl.gz", "rt", "utf-8") as file:
        articles = [json.loads(line) for line in file]
    articles += [a for n, a in enumerate(news(12_000)) if n < 2000 or a["id"] in asked_of]
    with _collection(folder / "news", write_jsonl(folder / "news.jsonl", articles)) as collection:
        for line in lines:
            yield from _about_news(line, collection)


def _about_news(line: dict[str, Any], collection: Collection) -> Iterator[Example]:
    question, answer = line["question"], tuple(line["answer"]) if line["answer"] else None
    article = collection.article(line["article_id"])
    for passage in _passages(article):
        if _covers(passage, answer or line["passage"]):
            yield Example(question, passage, answer)
    words = [article.text[slice(*answer)]] if answer else []
    yield from _others(question, collection.search(question, _CANDIDATES), [article.id], words)


def _passages(article: Article) -> Iterator[Passage]:
    """Cut an article as the product does."""
    for piece in cut(article, Settings().chunk_characters):
        sentences = tuple(PassageSentence(start, end, 0.0) for start, end in piece.sentences)
        yield Passage(article, piece.chunk, 0.0, 0.0, 0.0, sentences)


def _covers(passage: Passage, span: Sequence[int]) -> bool:
    """Whether more than half of a passage, or of what was asked about, lies in the other."""
    start, end = max(passage.chunk.start, span[0]), min(passage.chunk.end, span[1])
    shorter = min(passage.chunk.end - passage.chunk.start, span[1] - span[0])
    return end - start > shorter / 2


def _of_xquad(folder: Path) -> Iterator[Example]:
    for asked_in, written_in in (("de", "de"), ("en", "de"), ("en", "en")):
        paragraphs, questions = xquad(asked_in, written_in)
        name = f"{asked_in}-{written_in}"
        path = write_jsonl(folder / f"{name}.jsonl", paragraphs)
        with _collection(folder / name, path) as collection:
            yield from _about_all(questions, collection)


def _of_samples(folder: Path) -> Iterator[Example]:
    with _collection(folder / "samples", SAMPLES) as collection:
        yield from _about_all(sample_questions(), collection)


def _about_all(questions: Sequence[AskedQuestion], collection: Collection) -> Iterator[Example]:
    for question in questions:
        if question.tuning:
            found = collection.search(question.text, _CANDIDATES)
            for passage in found:
                if answer := _answer(question, passage):
                    yield Example(question.text, passage, answer)
            yield from _others(question.text, found, question.article_ids, question.answers)


def _answer(question: AskedQuestion, passage: Passage) -> tuple[int, int] | None:
    if question.is_about(passage.article.id):
        begin, end = passage.chunk.start, passage.chunk.end
        for number, answer in enumerate(question.answers):
            known = question.starts[number] if question.starts else begin
            start = passage.article.text.find(answer, max(begin, known), end)
            if start >= 0:
                return start, start + len(answer)
    return None


def _others(
    question: str, found: Sequence[Passage], about: Sequence[str], answers: Sequence[str]
) -> Iterator[Example]:
    """Yield the best passage found that is of another article and does not hold the answer."""
    others = [
        passage
        for passage in found
        if not any(passage.article.id.startswith(key) for key in about)
        and not any(answer in passage.chunk.text for answer in answers)
    ]
    yield from (Example(question, passage, None) for passage in others[:1])


def _collection(folder: Path, articles: Path) -> Collection:
    collection = Collection.open(folder, Settings())
    results = list(collection.ingest([articles]))
    print(f"{len(results)} articles in {folder.name}", flush=True)
    return collection
