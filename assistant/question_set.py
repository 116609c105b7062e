"""Questions with what is right for them, read from a file, to measure answers by."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from zeitfrage.assistant.answer import Turn
from zeitfrage.assistant.api_models import LastDay, QuestionText
from zeitfrage.config.errors import ArticleNotFound, UnreadableInput
from zeitfrage.index.collection import Collection

# A file without an id of its own is known by its name and a hash of where it lay.
_HASH = re.compile(r"-[0-9a-f]{8}$")
_ARTICLES_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class AskedQuestion:
    """A question with what is right for it.

    Args:
        text: as asked; `question` in JSON.
        answers: accepted answers, verbatim in the articles, any one of which is right; empty
            where the articles do not answer.
        article_ids: all articles that answer; the hash that ends the id of a file may be left
            out. Empty where that is not known, so that an answer counts in any article.
        evidence: the sentences that answer, verbatim.
        kind: what figures are told apart by, such as `number` or `person`.
        as_of: the day that counts as today; None for the day of asking.
        history: earlier turns, oldest first.
    """

    text: Annotated[QuestionText, Field(alias="question")]
    answers: tuple[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)], ...]
    article_ids: tuple[str, ...] = ()
    evidence: tuple[str, ...] = field(default=(), repr=False)
    kind: str = ""
    as_of: LastDay = None
    history: tuple[Turn, ...] = ()

    @property
    def answerable(self) -> bool:
        """Whether the articles answer it."""
        return bool(self.answers)

    def articles_among(self, *article_ids: str) -> frozenset[str]:
        """Return which of the articles that answer are among some, as the set names them."""
        return frozenset().union(*map(_names, article_ids)).intersection(self.article_ids)

    def is_about(self, *article_ids: str) -> bool:
        """Whether any of some articles is one that answers."""
        return bool(self.articles_among(*article_ids))

    def accepts(self, words: str) -> bool:
        """Whether some words hold an accepted answer, case and white space aside."""
        return self._accepted.search(_plain(words)) is not None

    def evidence_in(self, words: str) -> frozenset[str]:
        """Return the sentences of the evidence that some words are, hold or are a part of."""
        return frozenset(sentence for sentence in self.evidence if _same(words, sentence))

    @cached_property
    def _accepted(self) -> re.Pattern[str]:
        return re.compile("|".join(map(_pattern, self.answers)) or r"(?!)")


_line = TypeAdapter(AskedQuestion)


def read_question_set(path: Path) -> list[AskedQuestion]:
    """Read questions, one JSON object a line; fields that are not of `AskedQuestion` are ignored.

    Raises:
        UnreadableInput: the file cannot be read or holds no question, or a line is not of the
            form; says which one.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise UnreadableInput(f"The question set {path} cannot be read: {why}.") from error
    questions = [
        _read(line, f"line {number} of {path}")
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    if not questions:
        raise UnreadableInput(f"The question set {path} holds no question.")
    return questions


def unknown_articles(questions: Iterable[AskedQuestion], collection: Collection) -> list[str]:
    """Return which articles the questions name that the collection does not hold."""
    named = {key: None for question in questions for key in question.article_ids}
    left = {key for key in named if not _holds(collection, key)}
    for first in range(0, collection.count() if left else 0, _ARTICLES_AT_ONCE):
        for article in collection.articles(_ARTICLES_AT_ONCE, first):
            left -= _names(article.id)
    return [key for key in named if key in left]


def _read(line: str, where: str) -> AskedQuestion:
    try:
        return _line.validate_json(line)
    except ValidationError as error:
        problem = error.errors()[0]
        field_name = ".".join(str(part) for part in problem["loc"])
        what = f"{field_name}: {problem['msg']}" if field_name else problem["msg"]
        raise UnreadableInput(
            f"In {where}: {what}.",
            'A line is written {"question": "…", "answers": ["…"], "article_ids": ["…"]}; '
            "answers is [] where the articles do not answer.",
        ) from error


def _holds(collection: Collection, article_id: str) -> bool:
    try:
        collection.article(article_id)
    except ArticleNotFound:
        return False
    return True


def _names(article_id: str) -> set[str]:
    """Return the names by which a question set may mean an article."""
    return {article_id, _HASH.sub("", article_id)}


def _same(some: str, others: str) -> bool:
    shorter, longer = sorted((_plain(some), _plain(others)), key=len)
    return bool(shorter) and shorter in longer


def _pattern(answer: str) -> str:
    """Return what finds an answer: 63 is not in 1963, nor in 63,5."""
    plain = _plain(answer)
    before = r"(?<!\d)(?<!\d[.,])" if plain[:1].isdigit() else ""
    after = r"(?![.,]?\d)" if plain[-1:].isdigit() else ""
    return f"{before}{re.escape(plain)}{after}"


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
