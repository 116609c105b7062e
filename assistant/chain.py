"""The answerer that lets an LLM write, as a LangChain chain, and checks every sentence of it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from functools import cache, partial
from importlib import resources

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable, RunnableGenerator

from zeitfrage.assistant.answer import GroundedSentence, Language, Question, Turn
from zeitfrage.assistant.grounding import ground
from zeitfrage.assistant.llm import reachable
from zeitfrage.assistant.speech import is_refusal, spoken_words, whole_sentences
from zeitfrage.config.errors import ModelUnavailable
from zeitfrage.index.article import Passage

# With prompt and answer about 3,500 tokens of German: room enough in a context of 4,096.
CONTEXT_CHARACTERS = 7500
_PROMPT_PARTS = "\n=== question ===\n"
_TURNS_REMEMBERED = 3
_TURN_CHARACTERS = 600
_QUESTION_CHARACTERS = 500
_LABELS = {
    "de": {"article": "artikel", "title": "Titel", "date": "Datum", "source": "Quelle"},
    "en": {"article": "article", "title": "Title", "date": "Date", "source": "Source"},
}
# Angle brackets make tags and the special tokens of chat models, square ones make markers and
# [INST]; control characters have no place in a prompt.
_DEFUSED = str.maketrans("<>[]【】［］", "‹›()()()") | {
    code: " " for code in range(32) if chr(code) not in "\n\t"
}


class LlmAnswerer:
    """Answers with sentences that an LLM writes and the passages prove."""

    def __init__(
        self, model: BaseChatModel, name: str, context_characters: int = CONTEXT_CHARACTERS
    ) -> None:
        """Take an opened model.

        Args:
            model: any LangChain chat model.
            name: the model as the settings name it.
            context_characters: passages are left out from the end where all together are longer;
                the first one always stays.
        """
        self.name = name
        self._context_characters = context_characters
        self._writer: Runnable[LanguageModelInput, str] = (
            reachable(model, name) | StrOutputParser() | RunnableGenerator(partial(_spoken, name))
        )

    def condense(self, question: str, history: Sequence[Turn], language: Language) -> str:
        """Return a follow-up question in a form that needs no earlier turns.

        Raises:
            ModelUnavailable: the model cannot be reached, or fails.
        """
        if not history:
            return question
        rewritten = "".join(
            (_prompt("condense", language) | self._writer).stream(
                {
                    "fence": secrets.token_hex(4),
                    "history": _conversation(history[-_TURNS_REMEMBERED:]),
                    "question": question,
                }
            )
        )
        first_line = rewritten.strip().partition("\n")[0].strip(" \"'„“”»«*")
        return first_line if 0 < len(first_line) <= _QUESTION_CHARACTERS else question

    def answer(self, question: Question, passages: Sequence[Passage]) -> Iterator[GroundedSentence]:
        """Yield each sentence as soon as it is written and checked; nothing for a refusal.

        Raises:
            ModelUnavailable: the model cannot be reached, fails, or breaks off; sentences that
                were yielded before stay true.
        """
        fence = secrets.token_hex(4)
        language, given = question.language, self._within_context(passages)
        chain: Runnable[dict[str, str], GroundedSentence] = (
            _prompt("answer", language)
            | self._writer
            | RunnableGenerator(partial(whole_sentences, language))
            | RunnableGenerator(partial(_checked, question, given))
        )
        return chain.stream(
            {
                "fence": fence,
                "passages": _fenced(given, language, fence),
                "question": question.standalone,
            }
        )

    def _within_context(self, passages: Sequence[Passage]) -> Sequence[Passage]:
        length = 0
        for number, passage in enumerate(passages):
            length += len(passage.chunk.text) + len(passage.article.title)
            if number and length > self._context_characters:
                return passages[:number]
        return passages


# --- links of the chain -----------------------------------------------------------------------


@cache
def _prompt(name: str, language: Language) -> ChatPromptTemplate:
    file = resources.files("zeitfrage.config") / "prompts" / f"{name}.{language}.txt"
    system, _, user = file.read_text(encoding="utf-8").partition(_PROMPT_PARTS)
    return ChatPromptTemplate.from_messages([("system", system), ("human", user)])


def _spoken(name: str, pieces: Iterator[str]) -> Iterator[str]:
    """Leave out what the model thinks aloud; an answer of nothing at all is an error."""
    empty = True
    for piece in spoken_words(pieces):
        empty = empty and not piece.strip()
        yield piece
    if empty:
        raise ModelUnavailable(
            f"The LLM {name!r} wrote no answer.",
            "If it thinks before it answers, raise ZEITFRAGE_LLM_MAX_TOKENS.",
        )


def _checked(
    question: Question, passages: Sequence[Passage], sentences: Iterator[str]
) -> Iterator[GroundedSentence]:
    """Yield the sentences with their proof, up to where the model says that it has no answer."""
    for sentence in sentences:
        if is_refusal(sentence):
            return
        grounded = ground(sentence, question.language, passages, question.standalone)
        if grounded:
            yield grounded


# --- what the model reads ---------------------------------------------------------------------


def _fenced(passages: Sequence[Passage], language: Language, fence: str) -> str:
    """Return the passages numbered from 1, each between tags that no article can know."""
    labels = _LABELS[language]
    tag = f"{labels['article']}-{fence}"
    return "\n\n".join(
        f"<{tag}>\nNr. [{number}]\n{_header(passage, labels)}\n\n"
        f"{passage.chunk.text.translate(_DEFUSED)}\n</{tag}>"
        for number, passage in enumerate(passages, 1)
    )


def _header(passage: Passage, labels: dict[str, str]) -> str:
    article = passage.article
    rows = (
        (labels["title"], article.title),
        (labels["date"], str(article.published or "")),
        (labels["source"], ", ".join(filter(None, (article.source, article.agency)))),
    )
    return "\n".join(f"{label}: {_one_line(value)}" for label, value in rows if value)


def _conversation(history: Sequence[Turn]) -> str:
    return "\n".join(
        f"– {_one_line(said)[:_TURN_CHARACTERS]}"
        for turn in history
        for said in (turn.question, turn.answer)
    )


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text.translate(_DEFUSED)).strip()
