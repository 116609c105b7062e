"""What the reader learns from: questions with a passage each that answers them, or does not.

- `tests/questions/news.jsonl` and `encyclopedia.jsonl`: questions of our own about German news
  articles and about the paragraphs of XQuAD's tuning half in `../shared/data`, which lies beside
  the repository. A line names the article, the characters of its text that were read, and those
  that answer, or none.
- `tests/questions/towns.jsonl`: likewise about the invented articles of `towns_articles.jsonl`.
- XQuAD's tuning half, asked in German and English of German and in English of English paragraphs.
- The tuning half of the questions about the sample articles.

To a question that is answered come passages of other articles that are found and do not answer.
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
_BEGINNING = 1800  # characters of a news article among which passages that do not answer are found
_OTHERS = 2  # passages that do not answer; of news one, to every other question


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
        return [
            *_of_news(folder),
            *_of_towns(folder),
            *_of_xquad(folder),
            *_of_samples(folder),
        ]


def _of_news(folder: Path) -> Iterator[Example]:
    lines = _lines("news")
    asked_of = {line["article_id"] for line in lines}
    with gzip.open(SHARED_DATA / "wikinews-de" / "articles.jsonl.gz", "rt", "utf-8") as file:
        known = [json.loads(line) for line in file]
    known += [article for article in news(12_000) if article["id"] in asked_of]
    beginnings = [record | {"text": record["text"][:_BEGINNING]} for record in known]
    file_of_them = write_jsonl(folder / "news.jsonl", beginnings)
    articles = {record["id"]: _article(record) for record in known}
    with _collection(folder / "news", file_of_them) as collection:
        for number, line in enumerate(lines):
            article = articles[line["article_id"]]
            yield from _about(line, article, collection, others=number % 2)


def _of_towns(folder: Path) -> Iterator[Example]:
    with _collection(folder / "towns", QUESTIONS / "towns_articles.jsonl") as collection:
        for line in _lines("towns"):
            article = collection.article(line["article_id"])
            yield from _about(line, article, collection, _OTHERS)


def _lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (QUESTIONS / f"{name}.jsonl").read_text().splitlines()]


def _article(record: dict[str, Any]) -> Article:
    return Article(
        id=record["id"], title=record["title"], text=record["text"], language=record["language"]
    )


def _about(
    line: dict[str, Any], article: Article, collection: Collection, others: int
) -> Iterator[Example]:
    question, answer = line["question"], tuple(line["answer"]) if line["answer"] else None
    for passage in _passages(article):
        if _covers(passage, answer or line["passage"]):
            yield Example(question, passage, answer)
    if answer:
        found, words = collection.search(question, _CANDIDATES), [article.text[slice(*answer)]]
        yield from _others(question, found, [article.id], words, others)


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
            for line in _lines("encyclopedia") if name == "de-de" else ():
                article = collection.article(line["article_id"])
                yield from _about(line, article, collection, others=1)


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
            about, answers = question.article_ids, question.answers
            yield from _others(question.text, found, about, answers, _OTHERS)


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
    question: str,
    found: Sequence[Passage],
    about: Sequence[str],
    answers: Sequence[str],
    count: int,
) -> Iterator[Example]:
    """Yield the best passages found that are of other articles and do not hold the answer."""
    others = [
        passage
        for passage in found
        if not any(passage.article.id.startswith(key) for key in about)
        and not any(answer in passage.chunk.text for answer in answers)
    ]
    yield from (Example(question, passage, None) for passage in others[:count])


def _collection(folder: Path, articles: Path) -> Collection:
    collection = Collection.open(folder, Settings())
    results = list(collection.ingest([articles]))
    print(f"{len(results)} articles in {folder.name}", flush=True)
    return collection
