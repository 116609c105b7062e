"""Question sets for measuring, made from data that lies beside the repository, never in it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SHARED_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
QUESTIONS = Path(__file__).resolve().parents[1] / "questions"


@dataclass(frozen=True)
class AskedQuestion:
    """A question with what is right for it.

    Args:
        text: as asked.
        language: that it is asked in.
        answers: accepted answers; empty where the collection holds none.
        article_ids: the articles that answer; empty likewise.
        starts: where each answer starts in its article, where that is known.
        document: what questions are split by into a tuning and a reporting half.
    """

    text: str
    language: str
    answers: tuple[str, ...] = ()
    article_ids: tuple[str, ...] = ()
    document: int = 0
    kind: str = ""
    evidence: tuple[str, ...] = field(default=(), repr=False)
    starts: tuple[int, ...] = field(default=(), repr=False)

    def is_about(self, article_id: str) -> bool:
        """Whether an article answers; without an id of its own it is called by its file's name."""
        return any(
            article_id == key or article_id.startswith(f"{key}-") for key in self.article_ids
        )

    def is_answered_by(self, article_id: str, words: str) -> bool:
        """Whether words of an article hold an accepted answer."""
        return self.is_about(article_id) and any(answer in words for answer in self.answers)

    @property
    def tuning(self) -> bool:
        """Whether it belongs to the half that rules and weights may be tuned on."""
        return self.document % 2 == 0


def xquad(
    asked_in: str = "de", written_in: str = "de"
) -> tuple[list[dict[str, Any]], list[AskedQuestion]]:
    """Return the XQuAD paragraphs of one language as articles, with questions in another."""
    written, asked = _xquad_documents(written_in), _xquad_documents(asked_in)
    articles, questions = [], []
    for number, (document, asked_document) in enumerate(zip(written, asked, strict=True)):
        pairs = zip(document["paragraphs"], asked_document["paragraphs"], strict=True)
        for position, (paragraph, asked_paragraph) in enumerate(pairs):
            key, title = f"xquad-{number}-{position}", document["title"].replace("_", " ")
            text = paragraph["context"]
            articles.append({"id": key, "title": title, "text": text, "language": written_in})
            for answered, question in zip(paragraph["qas"], asked_paragraph["qas"], strict=True):
                answers = tuple(answer["text"] for answer in answered["answers"])
                starts = tuple(answer["answer_start"] for answer in answered["answers"])
                asked_one = question["question"]
                questions.append(
                    AskedQuestion(asked_one, asked_in, answers, (key,), number, starts=starts)
                )
    return articles, questions


def _xquad_documents(language: str) -> list[Any]:
    path = SHARED_DATA / "xquad" / f"xquad.{language}.json"
    documents: list[Any] = json.loads(path.read_text("utf-8"))["data"]
    return documents


def news(count: int, characters: int | None = None) -> Iterator[dict[str, Any]]:
    """Yield German newspaper articles, their text cut to some characters where asked."""
    with gzip.open(SHARED_DATA / "news-de-2020" / "articles.jsonl.gz", "rt", "utf-8") as lines:
        for number, line in enumerate(lines):
            if number == count:
                return
            article = json.loads(line)
            yield article | {"text": article["text"][:characters]}


def sample_questions(name: str = "samples") -> list[AskedQuestion]:
    """Return the questions about the sample articles, `samples` (hard) or `everyday`.

    Those called `unseen` are about articles that the reader was not trained on.
    """
    lines = (QUESTIONS / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [_sample_question(json.loads(line)) for line in lines if line]


def _sample_question(record: dict[str, Any]) -> AskedQuestion:
    """Read a question; all about one article stay in one half."""
    about = record["article_ids"][0].split("-")[1] if record["article_ids"] else None
    return AskedQuestion(
        text=record["question"],
        language=record["language"],
        answers=tuple(record["answers"]),
        article_ids=tuple(record["article_ids"]),
        document=int(about) if about else len(record["question"]),
        kind=record["kind"],
        evidence=tuple(record["evidence"]),
    )


def write_jsonl(path: Path, records: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> Path:
    """Write records one a line and return the path."""
    with path.open("w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    return path
