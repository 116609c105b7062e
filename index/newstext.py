"""What a news text says about itself: date line, dateline, byline, agency, title."""

from __future__ import annotations

import re
from dataclasses import dataclass

from zeitfrage.index import function_words
from zeitfrage.index.article import PartialDate
from zeitfrage.index.dates import parse_date
from zeitfrage.index.sentences import sentence_spans

AGENCIES = {
    name.lower(): name
    for name in (
        "dpa", "AFP", "Reuters", "AP", "epd", "KNA", "SID", "APA", "sda", "Keystone-SDA", "dts",
        "ANSA", "Bloomberg", "PA", "EFE", "TASS", "Interfax", "Xinhua", "UPI", "dapd", "ddp",
        "dpa-AFX", "AFX", "ots",
    )
}  # fmt: skip
_NAME = r"[A-ZÄÖÜ][\w'’\-]+(?:\s+(?:von|van|de|der|zu|[A-ZÄÖÜ][\w'’.\-]*))*\s+[A-ZÄÖÜ][\w'’\-]+"
_PLACE = r"[A-ZÄÖÜ][\w\-]*[a-zäöüßA-ZÄÖÜ](?:[ /](?:am |an der )?[A-ZÄÖÜ][\w\-]{2,}){0,3}"
_DATE_LABEL = re.compile(
    r"\s*\(?(?:date|datum|stand|veröffentlicht|erschienen|publiziert|(?:first\s+)?published|posted)"
    r"\s*:?\s+(?:(?:am|vom|on):?\s+)?",
    re.IGNORECASE,
)
_DATE_WORDS, _LONGEST_DATE = 8, 60
_CREDIT = re.compile(r"\s*(?:von|by)\s+(?P<who>\S[^\n.!?]{1,80})\s*", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\s*\((?P<who>[\w\-]{2,12}(?:/[\w\-]{2,12})?)\)\s*")
_SLASHED = re.compile(r"(?P<agency>[\w\-]{2,12})/(?P<source>[A-ZÄÖÜ][\w\-. ]{1,30})")
_DATELINE = re.compile(
    rf"(?P<place>{_PLACE})(?:\s*\((?P<agency>[\w\-]{{2,12}})(?:/[\w\-]+)?\)\s*(?P<dash>[-–—.:]\s)?"
    rf"|\.\s|\s[-–—]\s)"
)
_DATED = re.compile(
    rf"(?P<place>{_PLACE}(?: \([A-ZÄÖÜ][\w\- ]+\))?),\s+(?P<date>[^()\n–—]{{4,40}}?)"
    r"(?=\s\(|\s[-–—]\s)"
)
_BESIDE = re.compile(r"\s+[|·•]\s+")
_CLOCK = re.compile(r"\d\d?[:.]\d\d(?:\s+(?:Uhr|h))?")
_CORRECTION = re.compile(
    r"\W{0,3}(?:Korrektur|Berichtigung|Richtigstellung|Correction|Clarification)"
    r"(?:\s+(?:vom|der|of|on)\b[^:\n]{0,40})?\s*[:–-]",
    re.IGNORECASE,
)
_EARLIER_VERSION = re.compile(
    r"\b(?:in einer (?:früheren|vorherigen|ersten) (?:version|fassung)"
    r"|an? (?:earlier|previous) version of this (?:article|story|report))\b",
    re.IGNORECASE,
)
_LONGEST_TITLE = 100
_LONGEST_HEADLINE = 150


@dataclass(frozen=True, slots=True)
class Credit:
    """Who wrote or delivered an article."""

    byline: str | None = None
    agency: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A news text with what it says about itself.

    Args:
        text: without date line, headline line and credit line; otherwise the very words.
    """

    text: str
    title: str | None = None
    published: PartialDate | None = None
    dateline: str | None = None
    credit: Credit = Credit()


def read_news_text(text: str) -> Reading:
    """Read a plain text in one of the forms that archives keep.

    `date 2018-02` or a date of its own may come first, then a headline line, then the text with
    its dateline; a credit (`Von dpa/RND`, `(dpa)`, `Von Anna Muster, AFP`) opens or ends it, and
    so may a date where none came first.
    """
    published, text = _take_date(_apart(text.strip()))
    title, text = _take_headline(text)
    if published is None:
        published, text = _take_date(text)
    credit, text = _take_credit(text)
    if published is None:
        published, text = _take_date(text)
    if published is None:
        published, text = _take_last_date(text)
        if credit == Credit():
            credit, text = _take_credit(text)
    published = published or read_dated(text)[0]
    place, agency = read_dateline(text)
    if agency and not credit.agency:
        credit = Credit(credit.byline, agency, credit.source)
    return Reading(text, title, published, place, credit)


def read_dateline(text: str) -> tuple[str | None, str | None]:
    """Return the place that a text opens with and the agency named after it, None for none.

    One or two words before the first full stop are a place only where a sentence follows:
    `Brüssel. Die Nato …`, `Brüssel (dpa) – Die Nato …`, `BERLIN (Reuters) - …`.
    """
    match = _DATELINE.match(read_dated(text)[1])
    if not match:
        return None, None
    agency = AGENCIES.get((match["agency"] or "").lower())
    if match["agency"] and agency is None and not (match["agency"].islower() and match["dash"]):
        return None, None
    place = match["place"]
    words = place.lower().split()
    if not match["agency"] and (len(words) > 2 or words[0] in function_words.ANY):
        return None, None
    return place.title() if place.isupper() else place, agency or match["agency"]


def read_dated(text: str) -> tuple[PartialDate | None, str]:
    """Return the date in the dateline that a text opens with, and the text without it.

    `Brüssel, 15. Februar 2018 (dpa) – Die Nato …` and the like; None for none.
    """
    match = _DATED.match(text)
    found = parse_date(match["date"]) if match else None
    return (found, match["place"] + text[match.end() :]) if match and found else (None, text)


def read_date_line(line: str) -> PartialDate | None:
    """Return the date that a line of its own names, None for none.

    `Stand: 15.02.2018, 14:30 Uhr`, `Do 15.02.18 | 14:30 Uhr | Von Anna Muster` and the like.
    """
    for part in _side_by_side(line.strip()):
        found, rest = _take_date(part)
        if found and not rest.strip(".) "):
            return found
    return None


def read_credit(line: str) -> Credit | None:
    """Return who a line of its own names as author, agency and paper; None where it is none."""
    bracketed = _IN_BRACKETS.fullmatch(line)
    said = bracketed or _CREDIT.fullmatch(line)
    who = said["who"].strip() if said else line.strip()
    if slashed := _SLASHED.fullmatch(who):
        known = AGENCIES.get(slashed["agency"].lower())
        if known or (said and slashed["agency"].islower()):
            source = None if bracketed else slashed["source"]
            return Credit(None, known or slashed["agency"], source)
    if bracketed and "/" in who:
        who = who.split("/")[0]
    if known := AGENCIES.get(who.lower()):
        return Credit(None, known)
    if not said or bracketed:
        return None
    return _named(who)


def _named(who: str) -> Credit | None:
    name, _, rest = who.partition(",")
    agency = AGENCIES.get(rest.strip().lower())
    if not re.fullmatch(rf"{_NAME}(?:\s+(?:und|and|&)\s+{_NAME})?", name.strip()):
        return None
    return Credit(name.strip(), agency, None if agency else rest.strip() or None)


def read_correction(text: str) -> str | None:
    """Return the paragraph in which a paper corrects itself, word for word; None for none."""
    for paragraph in text.split("\n\n"):
        if _CORRECTION.match(paragraph) or _EARLIER_VERSION.search(paragraph):
            return " ".join(paragraph.split())
    return None


def make_title(text: str, language: str, dateline: str | None = None) -> str:
    """Make a title of the first sentence, at most 100 characters, cut between words.

    Args:
        text: the article's text; not empty.
        language: ISO 639-1 code.
        dateline: a place at the start that is no part of the sentence.
    """
    spans = sentence_spans(text[:2000], language)
    if (
        dateline
        and len(spans) > 1
        and text[slice(*spans[0])].rstrip(".").lower() == dateline.lower()
    ):
        spans = spans[1:]
    sentence = " ".join(text[slice(*spans[0])].split())
    if len(sentence) <= _LONGEST_TITLE:
        return sentence.rstrip(".")
    words = sentence[: _LONGEST_TITLE - 1].rsplit(" ", 1)[0]
    return words.rstrip(",;:–- ") + " …"


def _apart(text: str) -> str:
    """Put the lines of a head of several, with a date or credit among them, into paragraphs."""
    head, gap, rest = text.partition("\n\n")
    lines = [part for line in head.split("\n") for part in _side_by_side(line)]
    told = any(read_credit(line) or read_date_line(line) for line in lines[1:])
    if not gap or not told or any(len(line) > _LONGEST_HEADLINE for line in lines):
        return text
    return "\n\n".join((*lines, rest))


def _side_by_side(line: str) -> list[str]:
    """Return author and date apart that stand in one line, without the time of the day."""
    parts = [part for part in _BESIDE.split(line) if not _CLOCK.fullmatch(part)]
    if len(parts) > 1 and all(read_credit(part) or parse_date(part) for part in parts):
        return parts
    return [line]


def _take_date(text: str) -> tuple[PartialDate | None, str]:
    """Take a date from the start: after a label anywhere in the line, else on a line of its own."""
    first, _, rest = text.partition("\n")
    if alone := parse_date(first.strip().rstrip(".")):
        return alone, rest.strip()
    label = _DATE_LABEL.match(first)
    if not label:
        return None, text
    words = list(re.finditer(r"\S+", first[label.end() : label.end() + _LONGEST_DATE]))
    for word in reversed(words[:_DATE_WORDS]):
        end = label.end() + word.end()
        if found := parse_date(text[label.end() : end].strip(" ,;)")):
            return found, text[end:].strip()
    return None, text


def _take_last_date(text: str) -> tuple[PartialDate | None, str]:
    """Take a date from the last line, where that has a label and says no more."""
    rest, _, last = text.rpartition("\n")
    found = read_date_line(last) if rest and _DATE_LABEL.match(last) else None
    return (found, rest.strip()) if found else (None, text)


def _take_headline(text: str) -> tuple[str | None, str]:
    """Take a first paragraph of one short line that no full stop ends."""
    first, gap, rest = text.partition("\n\n")
    line = first.strip()
    if not gap or "\n" in line or len(line) > _LONGEST_HEADLINE or line.endswith((".", ":", ",")):
        return None, text
    if read_credit(line) or parse_date(line):
        return None, text
    return line, rest.strip()


def _take_credit(text: str) -> tuple[Credit, str]:
    lines = text.split("\n")
    for at in (-1, 0):
        if len(lines) > 1 and (credit := read_credit(lines[at])):
            rest = lines[:-1] if at else lines[1:]
            return credit, "\n".join(rest).strip()
    ending = re.search(r"\s\((?P<who>[\w\-]{2,12})(?:/[\w\-]+)?\)\s*$", text)
    if ending and ending["who"].lower() in AGENCIES:
        return Credit(None, AGENCIES[ending["who"].lower()]), text[: ending.start()]
    return Credit(), text
