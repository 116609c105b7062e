"""Question sets for measuring, made from data that lies beside the repository, never in it."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from zeitfrage.assistant import question_set
from zeitfrage.index.sentences import sentence_spans

SHARED_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
QUESTIONS = Path(__file__).resolve().parents[1] / "questions"
# Every run asks on the same day.
XQUAD_AS_OF = date(2020, 1, 1)
_NAME = re.compile(r"(?<!\S)([A-ZÄÖÜ][\w’'-]+) (?:(?:von|van|de|al|bin) )?([A-ZÄÖÜ][\w’'-]+)$")
# What follows these anywhere is a word of the language rather than somebody's name.
_AFTER_ARTICLE = re.compile(
    r"\b(?:d(?:er|ie|as|es|em|en)|eine?[rsmn]?|im|zu[mr]|vom|beim) ([A-ZÄÖÜ][\w’'-]+)"
)
_NO_NAMES = {"Der", "Die", "Das", "Des", "Dem", "Den", "Ein", "Eine", "Aus"}
_WORDS_SAID = range(5, 41)


@dataclass(frozen=True, kw_only=True)
class AskedQuestion(question_set.AskedQuestion):
    """A question of a benchmark.

    Args:
        language: that it is asked in.
        starts: where each answer starts in its article, where that is known.
        document: what questions are split by into a tuning and a reporting half.
    """

    language: str
    document: int = 0
    starts: tuple[int, ...] = field(default=(), repr=False)

    def is_answered_by(self, article_id: str, words: str) -> bool:
        """Whether words of an article hold an accepted answer."""
        return self.is_about(article_id) and self.accepts(words)

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
            questions += [
                AskedQuestion(
                    text=question["question"],
                    language=asked_in,
                    answers=tuple(answer["text"] for answer in answered["answers"]),
                    starts=tuple(answer["answer_start"] for answer in answered["answers"]),
                    article_ids=(key,),
                    document=number,
                    as_of=XQUAD_AS_OF,
                )
                for answered, question in zip(paragraph["qas"], asked_paragraph["qas"], strict=True)
            ]
    return articles, questions


def _xquad_documents(language: str) -> list[Any]:
    path = SHARED_DATA / "xquad" / f"xquad.{language}.json"
    documents: list[Any] = json.loads(path.read_text("utf-8"))["data"]
    return documents


def news(count: int, characters: int | None = None) -> Iterator[dict[str, Any]]:
    """Yield German newspaper articles, their text cut to some characters where asked."""
    for article in islice(_records("news-de-2020/articles"), count):
        yield article | {"text": article["text"][:characters]}


def _records(name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(SHARED_DATA / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def who_said_what() -> tuple[list[dict[str, Any]], list[AskedQuestion]]:
    """Return the Wikinews articles, and questions made of the quotations annotated in them.

    `speaker` asks who said some words; right is a sentence with the speaker's last name. `quote`
    asks what somebody said in the matter of an article, by its title; right is a sentence of what
    they said there. Only those who are named count, not `er` or `ein Sprecher`.
    """
    articles = list(_records("wikinews-de/articles"))
    numbers = {article["id"]: number for number, article in enumerate(articles)}
    no_names = _NO_NAMES.union(*(_AFTER_ARTICLE.findall(article["text"]) for article in articles))
    said: dict[tuple[int, str], list[str]] = {}
    questions = []
    for quotation in _records("wikinews-de/quotes"):
        number, words = numbers[quotation["article"]], quotation["quote"].strip(", ")
        first, last = _speaker(quotation["speaker"], no_names)
        asked = _who_said(words, quotation["type"])
        verbatim = words in articles[number]["text"]
        if first and asked and verbatim and last not in words and _is_statement(words):
            said.setdefault((number, f"{first} {last}"), []).append(words.strip("„“”"))
            questions.append(_of_quotations(asked, [last], number, articles[number], "speaker"))
    for (number, speaker), words in said.items():
        asked = f"Was sagte {speaker} zum Thema „{articles[number]['title']}“?"
        sentences = [text[a:b] for text in words for a, b in sentence_spans(text, "de")]
        statements = list(filter(_is_statement, sentences)) or words
        questions.append(_of_quotations(asked, statements, number, articles[number], "quote"))
    return articles, questions


def _is_statement(text: str) -> bool:
    return len(text.split()) in _WORDS_SAID


def _speaker(annotated: str, no_names: set[str]) -> tuple[str, str]:
    """Return a speaker's first and last name, empty where they are not named so."""
    parts = [part.strip() for part in re.split(r"[,(]", annotated)]
    found = [match for match in map(_NAME.search, parts) if match]
    named = [match for match in found if no_names.isdisjoint(match.groups())]
    whole = [match for match in named if match[0] in parts]
    return next(((match[1], match[2]) for match in whole + named), ("", ""))


def _who_said(words: str, form: str) -> str | None:
    """Ask who said something; None where its form leaves open whether anybody did."""
    if form == "Direct":
        return f"Wer sagte: „{words.strip('„“”')}“?"
    if form == "Indirect":
        return f"Wer sagte{',' if words.startswith('dass ') else ' sinngemäß:'} {words}?"
    return None


def _of_quotations(
    asked: str, answers: list[str], number: int, article: dict[str, Any], kind: str
) -> AskedQuestion:
    return AskedQuestion(
        text=asked,
        language="de",
        answers=tuple(answers),
        article_ids=(article["id"],),
        document=number,
        kind=kind,
    )


def sample_questions(name: str = "samples") -> list[AskedQuestion]:
    """Return the questions about the sample articles, `samples` (hard) or `everyday`.

    Those called `unseen` are about articles that the reader was not trained on.
    """
    path = QUESTIONS / f"{name}.jsonl"
    records = map(json.loads, path.read_text("utf-8").splitlines())
    read = question_set.read_question_set(path)
    return [
        AskedQuestion(**vars(question), language=record["language"], document=_document(question))
        for question, record in zip(read, records, strict=True)
    ]


def _document(question: question_set.AskedQuestion) -> int:
    """Return the number of the article asked about; all about one stay in one half."""
    about = next(iter(question.article_ids), None)
    return int(about.split("-")[1]) if about else len(question.text)


def write_jsonl(path: Path, records: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> Path:
    """Write records one a line and return the path."""
    with path.open("w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    return path
