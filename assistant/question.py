"""What a question asks for: its language, its stand-alone text and the kind of its answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from zeitfrage.assistant.answer import Language, Turn
from zeitfrage.index import function_words
from zeitfrage.index.analysis import content_words

_WORD = re.compile(r"[^\W\d_]+")
_FOLLOW_UP = re.compile(
    r"(?i)^(?:und|and|aber|but)\b"
    r"|\b(?:er|sie|es|ihn|ihm|ihr|ihnen|dort|damals|dabei|davon|dazu|dieser?|diese[mns]|das|jene\w*"
    r"|he|she|it|they|him|her|them|there|that|this|those|these)\b"
)
_FEW_WORDS = 4
_PRESENT = re.compile(
    r"(?i)^(?:wer|was|wie|wo|welche[mnrs]?|who|what|where|which)\b.*?\b(?:ist|sind|heißt|hat|is|are|has)\b"
    r"|\b(?:derzeit\w*|aktuell\w*|heute|jetzt|gegenwärtig\w*|momentan|currently|now|today|latest)\b"
)
_PERFECT = re.compile(r"(?i)\b(?:ge\w+(?:t|en)|worden|been|was|were|\w+ed)\b\W*$")
_PERSON_UNNAMED = re.compile(r"(?i)\b(?:er|sie|ihn|ihm|ihr|ihnen|he|she|him|her|they|them)\b")
# A name or a German noun, or a number, that is not just the question's first word.
_NAME = re.compile(r"(?<=\s)\W*[A-ZÄÖÜ\d]")


class AnswerKind(StrEnum):
    """What kind of thing answers a question."""

    AMOUNT = "amount"
    PERCENT = "percent"
    NUMBER = "number"
    DATE = "date"
    PLACE = "place"
    PERSON = "person"
    REASON = "reason"
    OTHER = "other"


_ASKED_BY = {
    AnswerKind.AMOUNT: r"\bkoste|\bteuer|\bpreis|\bkosten\b|wie viel (?:geld|euro)|\bexpensive\b"
    r"|\bcosts?\b|\bprice|how much (?:money|did .* (?:pay|cost))",
    AnswerKind.PERCENT: r"\bprozent|\banteil|per ?cent|\bshare of\b",
    AnswerKind.NUMBER: r"\bwie ?(?:viele?n?|hoch|groß|lange?|weit|oft|alt|schwer|stark|schnell"
    r"|tief)\b|\banzahl\b|\bhow (?:many|much|long|far|often|old|large|big|tall|high|fast|heavy)\b"
    r"|\bnumber of\b",
    AnswerKind.DATE: r"\bwann\b|\bwelche[mnrs]? (?:jahr|tag|monat|datum|jahrhundert|jahrzehnt|zeit)"
    r"|\bwhen\b|\b(?:what|which) (?:year|day|month|date|century|decade|time)\b",
    AnswerKind.PLACE: r"\bwo\b|\bwohin\b|\bwoher\b|\bwhere\b"
    r"|\bwelche[mnrs]? (?:\w+ )?(?:stadt|land|ort|region|staat|gebiet|gemeinde|viertel)\b"
    r"|\b(?:what|which) (?:\w+ )?(?:city|country|town|place|region|state|village)\b",
    AnswerKind.PERSON: r"\bwer\b|\bwem\b|\bwen\b|\bwessen\b|\bwho\b|\bwhom\b|\bwhose\b",
    AnswerKind.REASON: r"\bwarum\b|\bweshalb\b|\bwieso\b|\bweswegen\b|\bwhy\b"
    r"|\baus welche[mn] gr[uü]nd|\bfor what reason",
}
_MONTH = (
    "januar|jänner|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember"
    "|january|february|march|june|july|october|december"
)
_NUMBER_WORD = (
    "zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|dutzend|hälfte|drittel|viertel"
    "|hundert|tausend|million|milliarde|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    "|dozen|half|third|quarter|hundred|thousand|billion"
)
_SHOWN_BY = {
    AnswerKind.AMOUNT: rf"(?i)(?:\d|\b(?:{_NUMBER_WORD}))[\w.,]*\W*(?:\w+\W+){{0,2}}?"
    r"(?:euro|dollar|franken|pfund|pounds?|cents?|€|\$|£)"
    r"|[€$£] ?\d|kostenlos|kostenfrei|gratis|umsonst|free of charge|for free",
    AnswerKind.PERCENT: r"(?i)\d ?(?:%|prozent|per ?cent)"
    r"|hälfte|drittel|viertel|half|third|quarter",
    AnswerKind.NUMBER: rf"(?i)\d|\b(?:{_NUMBER_WORD})",
    AnswerKind.DATE: rf"(?i)\b(?:1\d|20)\d\d\b|\b(?:{_MONTH})\b"
    r"|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|(?:mon|tues|wednes|thurs|fri|satur|sun)day|jahrhundert|century|gestern|heute|morgen"
    r"|yesterday|today|tomorrow|\bjahr|\byear|woche|week|monat|month|\buhr\b",
    AnswerKind.PLACE: r"\b(?:in|im|aus|nach|bei|von|vor|auf|an|am|near|at|from|to|on|outside)\s+"
    r"(?:(?:der|dem|den|the)\s+)?[A-ZÄÖÜ]",
    AnswerKind.PERSON: r"[A-ZÄÖÜ][\w\-]+\s+(?:(?:von|van|de|der|zu)\s+)*[A-ZÄÖÜ][\w\-]+",
    AnswerKind.REASON: r"(?i)\bweil\b|\bda\b|\bdenn\b|wegen|aufgrund|\bgrund|\bum\b.*\bzu\b|daher"
    r"|deshalb|dadurch|damit|because|due to|so that|since|owing|in order|\bto\b|reason",
}


def answer_kind(question: str) -> AnswerKind:
    """Return what kind of answer a question asks for, `other` where its words do not tell."""
    lowered = question.lower()
    asked = {kind: re.search(words, lowered) for kind, words in _ASKED_BY.items()}
    found = {kind: match.start() for kind, match in asked.items() if match}
    for unit in (AnswerKind.AMOUNT, AnswerKind.PERCENT):
        # "Wie viel kostet", "wie viel Prozent": the number asked for is one of a unit.
        if unit in found and AnswerKind.NUMBER in found:
            found[unit] = min(found[unit], found.pop(AnswerKind.NUMBER))
    return min(found, key=lambda kind: found[kind], default=AnswerKind.OTHER)


def shows_kind(kind: AnswerKind, sentence: str, question: str) -> bool:
    """Say whether a sentence holds something of a kind that the question does not hold itself."""
    if kind not in _SHOWN_BY:
        return False
    asked = set(re.findall(r"\w+", question))
    rest = re.sub(r"\w+", lambda match: "" if match.group() in asked else match.group(), sentence)
    return re.search(_SHOWN_BY[kind], rest) is not None


def question_language(question: str, preferred: Language = "de") -> Language:
    """Return the language that a question is asked in, by its function words.

    Args:
        question: as asked.
        preferred: the answer where the words do not tell.
    """
    words = {word.lower() for word in _WORD.findall(question)}
    german, english = len(words & function_words.GERMAN), len(words & function_words.ENGLISH)
    if german == english:
        return preferred
    return "de" if german > english else "en"


def standalone(question: str, history: Sequence[Turn]) -> str:
    """Return a follow-up together with the question that it leans on, without help of an LLM."""
    leans = _FOLLOW_UP.search(question) or len(_WORD.findall(question)) < _FEW_WORDS
    if not history or not leans:
        return question
    return f"{history[-1].question} {question}"


def names_nobody(standalone: str) -> bool:
    """Say whether a question asks of somebody whom neither it nor an earlier one names."""
    # What is typed without capitals names somebody in more words than these.
    few = len(content_words(standalone)) < _FEW_WORDS
    return few and bool(_PERSON_UNNAMED.search(standalone)) and not _NAME.search(standalone)


def asks_for_present(question: str) -> bool:
    """Say whether a question asks how things stand, so that newer articles know better."""
    return bool(_PRESENT.search(question)) and not _PERFECT.search(question)
