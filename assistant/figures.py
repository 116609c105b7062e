"""Numbers, dates and weekdays of a text, in one form for every way to write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from zeitfrage.index.article import Article, Precision

_MONTHS = (
    "Januar|January|Jänner", "Februar|February", "März|March", "April", "Mai|May", "Juni|June",
    "Juli|July", "August", "September", "Oktober|October", "November", "Dezember|December",
)  # fmt: skip
_WEEKDAYS = (
    "Montag|Monday", "Dienstag|Tuesday", "Mittwoch|Wednesday", "Donnerstag|Thursday",
    "Freitag|Friday", "Samstag|Sonnabend|Saturday", "Sonntag|Sunday",
)  # fmt: skip
_NAMED = {
    word: f"{kind} {number}"
    for kind, names in (("month", _MONTHS), ("weekday", _WEEKDAYS))
    for number, words in enumerate(names, 1)
    for word in words.split("|")
}
_SMALL = (
    ("zwei", "two"), ("drei", "three"), ("vier", "four"), ("fünf", "five"), ("sechs", "six"),
    ("sieben", "seven"), ("acht", "eight"), ("neun", "nine"), ("zehn", "ten"), ("elf", "eleven"),
    ("zwölf", "twelve"),
)  # fmt: skip
_NUMBER_WORDS = {word: n for n, words in enumerate(_SMALL, 2) for word in words}
_ONE = {"ein": 1, "eine": 1, "einer": 1, "one": 1, "a": 1}
_SCALES = {
    "de": {"tausend": 3, "mio": 6, "million": 6, "millionen": 6, "mrd": 9, "milliarde": 9,
           "milliarden": 9, "billion": 12, "billionen": 12},
    "en": {"thousand": 3, "million": 6, "bn": 9, "billion": 9, "trillion": 12},
}  # fmt: skip
_DATE = re.compile(r"(?<!\d)(?:(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})|(\d{4})-(\d{2})-(\d{2}))(?!\d)")
_GROUPED = r"\d{1,3}(?:[.,'’\u00a0\u202f\u2009 ]\d{3})+(?!\d)(?:[.,]\d+)?"
_DIGITS = rf"(?<!\d)(?:{_GROUPED}|\d+(?:[.,:]\d+)?)"
_WORDS = "|".join(sorted(_NUMBER_WORDS | _ONE, key=len, reverse=True))
_NUMBER = re.compile(rf"(?i)({_DIGITS}|\b(?:{_WORDS})\b)(?:[\s-]+([a-zäöü]+)\b)?")
# German glues words on: Mittwochabend.
_NAME = re.compile(r"\b(?:" + "|".join(sorted(_NAMED, key=len, reverse=True)) + r")(?=[a-z]*\b)")


def figures(text: str, language: str) -> frozenset[str]:
    """Return the numbers, months and weekdays of a text in a form to compare.

    1.000, 1,000 and 1 000 are "1000"; "1,2 Millionen" is "1200000"; "zwölf" is "12"; Mai and May
    are "month 5"; Donnerstag and Thursday are "weekday 4".

    Args:
        text: in any language; numbers written as words are read in German and English, up to
            twelve.
        language: ISO 639-1 code; a billion is not the same in German and English.
    """
    found: set[str] = set()

    def take_date(date: re.Match[str]) -> str:
        day, month, year = date.group(1, 2, 3) if date.group(1) else date.group(6, 5, 4)
        found.update((_plain(day), f"month {int(month)}", year))
        return " "

    rest = _DATE.sub(take_date, text)
    found.update(_numbers(rest, _SCALES["de" if language == "de" else "en"]))
    found.update(_NAMED[name] for name in _NAME.findall(rest))
    return frozenset(found)


def dated_figures(article: Article, claimed: frozenset[str]) -> frozenset[str]:
    """Return the parts of an article's publication date that a claim may name.

    Args:
        article: whose date it is; a part that is not known proves nothing.
        claimed: the claim's figures; a day is one only where they name its month.
    """
    published = article.published
    if published is None:
        return frozenset()
    year, month, day = str(published.first).split("-")
    parts = [year, f"month {int(month)}", str(int(day))]
    known = {Precision.YEAR: 1, Precision.MONTH: 2, Precision.DAY: 3}[published.precision]
    if parts[1] not in claimed:
        known = min(known, 2)
    return frozenset(parts[:known])


def date_words(article: Article) -> str:
    """Return year and month of publication in the words of any language, empty where unknown."""
    published = article.published
    if published is None or published.precision is Precision.YEAR:
        return str(published or "")
    return f"{published.first.year} {_MONTHS[published.first.month - 1].replace('|', ' ')}"


def _numbers(text: str, scales: dict[str, int]) -> Iterator[str]:
    position = 0
    while match := _NUMBER.search(text, position):
        number, following = match.group(1), (match.group(2) or "").lower()
        scale = scales.get(following)
        position = match.end() if scale else match.end(1)
        if number.lower() not in _ONE or scale:
            yield _plain(number, scale or 0)


def _plain(number: str, scale: int = 0) -> str:
    word = number.lower()
    if word in _NUMBER_WORDS or word in _ONE:
        value = Decimal((_NUMBER_WORDS | _ONE)[word])
    else:
        value = _decimal(number)
    return f"{(value * 10**scale).normalize():f}"


def _decimal(number: str) -> Decimal:
    ungrouped = re.sub(r"[.,'’\u00a0\u202f\u2009 ](?=\d{3}(?:\D|$))", "", number)
    return Decimal(re.sub(r"[,:]", ".", ungrouped))
