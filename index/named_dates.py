"""Expressions that name a date: "14. Februar 2018", "im Februar", "Sommer 2018", "2019".

Where the year is not said, the anchor tells which one is meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from zeitfrage.index.dates import parse_date
from zeitfrage.index.days import (
    Days,
    days_of,
    month_days,
    months_days,
    season_days,
    year_days,
)
from zeitfrage.index.time_rules import (
    MONTH,
    OF_WHICH_YEAR,
    WHICH,
    Anchor,
    Rule,
    direction,
    month_number,
)

_YEAR = r"(?P<year>1[0-9]\d\d|20\d\d)(?![\d%])"
_OF_YEAR = rf"(?:,?\s+(?:des\s+Jahres\s+|of\s+)?{_YEAR}|\s+{OF_WHICH_YEAR})"
_NO_DIGIT = r"(?<![\d.,:/])"
_TO = r"\s*(?:[–-]|bis(?:\s+(?:zum|einschließlich))?|und|to|and|until)\s*(?:(?:dem|the)\s+)?"
_FIRST_DAY = rf"(?:(?P<first>[0-3]?\d)\.?{_TO})?"
_DAY = r"(?P<day>[0-3]?\d)"
_MONTH_LEAD = (
    r"(?:im|in|seit|ab|bis|vor|nach|von|zwischen|und|since|until|before|after|during|between|to"
    r"|and|Anfang|Mitte|Ende|early|late|mid|Monat|month\s+of)"
)
_SEASONS = {
    "frühjahr": 0, "frühling": 0, "fruehjahr": 0, "spring": 0, "sommer": 1, "summer": 1,
    "herbst": 2, "autumn": 2, "fall": 2, "winter": 3,
}  # fmt: skip
_SEASON = rf"(?P<season>{'|'.join(_SEASONS)})"
_ORDINALS = {
    "ersten": 1, "erstes": 1, "erste": 1, "first": 1, "zweiten": 2, "zweites": 2, "zweite": 2,
    "second": 2, "dritten": 3, "drittes": 3, "dritte": 3, "third": 3, "vierten": 4, "viertes": 4,
    "vierte": 4, "fourth": 4,
}  # fmt: skip
_DECADES = {
    "zwanziger": 1920, "dreißiger": 1930, "vierziger": 1940, "fünfziger": 1950,
    "sechziger": 1960, "siebziger": 1970, "achtziger": 1980, "neunziger": 1990,
}  # fmt: skip
# What four digits count is no year.
_COUNTED = (
    r"(?:Euro|Dollar|Franken|Pfund|Cent|Mark|k?m|(?:Kilo|Quadrat|Zenti)?[Mm]eter|Kilo|Kilogramm|kg"
    r"|Tonne|Liter|Grad|Prozent|Hektar|Stück|Mal|Menschen|Person|Einwohner|Soldat|Mitarbeiter"
    r"|Beschäftigte|Teilnehmer|Besucher|Zuschauer|Demonstrant|Arbeitspl|Stelle|Stimme|Wohnung"
    r"|Haushalt|Häuser|Kinder|Schüler|Student|Studierende|Flüchtling|Helfer|Polizist|Einsatzkr"
    r"|Jahre\b|Jahren\b|Tage|Stunde|Minute|Seite|Punkt|Fälle|Tote|Verletzte|people|euro|dollar"
    r"|pound|met(?:er|re)|mile|feet|troop|soldier|job|vote|home|worker|visitor|year|day|hour|point"
    r"|page|ton|hectare|times|case|death)"
)
_ROUGHLY = "".join(
    rf"(?<!\b{word}\s)"
    for word in ("rund", "etwa", "knapp", "fast", "gut", "als", "than", "about", "nearly", "Nr.")
)


def _day(match: re.Match[str], anchor: Anchor) -> Days:
    parts = match.groupdict()
    month, last = month_number(match), int(parts["day"])
    first = int(parts.get("first") or last)

    def in_year(year: int) -> Days:
        return Days(date(year, month, first), date(year, month, last))

    return _in_its_year(parts, anchor, in_year)


def _month(match: re.Match[str], anchor: Anchor) -> Days:
    month = month_number(match)
    return _in_its_year(match.groupdict(), anchor, lambda year: month_days(year, month))


def _season(match: re.Match[str], anchor: Anchor) -> Days:
    season = _SEASONS[match["season"].lower()]
    return _in_its_year(match.groupdict(), anchor, lambda year: season_days(year, season))


def _quarter(match: re.Match[str], anchor: Anchor) -> Days:
    number = int(match["digit"] or 0) or _ORDINALS[match["ordinal"].lower()]
    length = 3 if match["unit"].lower().startswith("qua") else 6
    if number > 12 // length:
        raise ValueError(f"{match[0]} is none of a year's")
    first = 1 + length * (number - 1)
    return _in_its_year(match.groupdict(), anchor, lambda year: months_days(year, first, length))


def _in_its_year(
    parts: dict[str, str | None], anchor: Anchor, in_year: Callable[[int], Days]
) -> Days:
    """Return the days in the year that is written, or else in the one that is meant."""
    if year := parts.get("year"):
        return in_year(int(year))
    if (of_year := direction(parts.get("which_year"))) is not None:
        return in_year(anchor.year + of_year)
    return anchor.meant(in_year, direction(parts.get("which")))


def _written(match: re.Match[str], _: Anchor) -> Days:
    found = parse_date(re.sub(r"\s", "", match[0]))
    if found is None:
        raise ValueError(f"{match[0]} is no date")
    return days_of(found)


def _years(match: re.Match[str], _: Anchor) -> Days:
    first, last = match["year"], match["last"]
    last = first[: 4 - len(last)] + last
    return Days(year_days(int(first)).first, year_days(int(last)).last)


def _decade(match: re.Match[str], _: Anchor) -> Days:
    word = match["word"]
    first = _DECADES[word.lower()] if word else int(match["decade"] or f"19{match['short']}")
    return Days(year_days(first).first, year_days(first + 9).last)


def _century(match: re.Match[str], _: Anchor) -> Days:
    last = 100 * int(match["number"])
    return Days(year_days(last - 99).first, year_days(last).last)


def _year(match: re.Match[str], _: Anchor) -> Days:
    return year_days(int(match["year"]))


_DAY_THEN_MONTH = (
    rf"{_NO_DIGIT}{_FIRST_DAY}{_DAY}(?:\.|st|nd|rd|th)?\s*(?:of\s+)?{MONTH}{_OF_YEAR}?"
)
# "im April 14 Menschen" counts people.
_MONTH_THEN_DAY = (
    rf"(?<!\bim\s)\b{MONTH}\s+{_FIRST_DAY}{_DAY}(?:st|nd|rd|th)?\b"
    rf"(?:{_OF_YEAR}|(?=\s*(?:$|[,;:)!?–-]|\.(?!\d)|(?-i:[a-z]))))"
)
_DIGITS_NO_YEAR = (
    rf"\b(?:am|vom|zum|bis|seit|ab|den|dem)\s+(?P<x>{_DAY}\.(?P<number>\d\d?)\.)(?!\d)"
)
_DIGITS = r"(?<![\d/])(?:\d\d?/){1,2}\d{4}(?![\d/])|\b\d\d?\.\s?\d\d?\.\d\d(?![\d.:])"
_PART_OF_YEAR = (
    rf"(?:\b(?P<ordinal>{'|'.join(_ORDINALS)})|{_NO_DIGIT}(?P<digit>[1-4])\.)\s+"
    rf"(?P<unit>Quartal|Halbjahr|quarter|half)s?(?:{_OF_YEAR}|\b(?!\s+of\b))"
)
_TEN_YEARS = (
    r"\b(?:(?P<decade>1\d\d0|20\d0)(?:er[\s-]+Jahre?n?|s)|(?P<short>[3-9]0)er[\s-]+Jahren?"
    rf"|(?P<word>{'|'.join(_DECADES)})[\s-]*Jahren?)\b"
)
_SOME_YEARS = rf"{_NO_DIGIT}(?P<year>1\d\d\d|20\d\d)\s*(?:[–/-]|bis)\s*(?P<last>\d{{4}}|\d\d)(?!\d)"
_ONE_YEAR = rf"(?<![\d.,:/€$£–-]){_ROUGHLY}\b{_YEAR}(?![\w/€$£–-]|[.,:]\d|\s+{_COUNTED})"

# In the order in which they are tried: the more exact first.
NAMED = [
    Rule(re.compile(form, re.IGNORECASE), days)
    for form, days in (
        (_DAY_THEN_MONTH, _day),
        (_MONTH_THEN_DAY, _day),
        (rf"{_NO_DIGIT}{_DAY}\.\s?(?P<number>\d\d?)\.\s?{_YEAR}", _day),
        (_DIGITS_NO_YEAR, _day),
        (r"(?<![\d-])\d{4}-\d\d(?:-\d\d)?(?![\d-])", _written),
        (_DIGITS, _written),
        (rf"\b{MONTH}{_OF_YEAR}", _month),
        (rf"\b(?:{_MONTH_LEAD}|{WHICH})[\s-]+(?P<x>{MONTH})(?![\w-]|\s*\d)", _month),
        (rf"\b{_SEASON}\s+(?:des\s+Jahres\s+|of\s+)?{_YEAR}(?:/\d\d)?", _season),
        (rf"\b(?:im\s+|in\s+the\s+)?{WHICH}\s+{_SEASON}\b", _season),
        (rf"\b(?:im|in\s+the)\s+{_SEASON}\b", _season),
        (_PART_OF_YEAR, _quarter),
        (_TEN_YEARS, _decade),
        (rf"{_NO_DIGIT}(?P<number>\d\d)(?:\.|th)\s+(?:Jahrhundert|century)", _century),
        (_SOME_YEARS, _years),
    )
]
YEAR = Rule(re.compile(_ONE_YEAR, re.IGNORECASE), _year)
