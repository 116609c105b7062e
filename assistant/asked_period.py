"""The period that a question asks about: "im Februar 2018", "seit Mai 2020", "last week"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, timedelta

from zeitfrage.index.article import PartialDate, Precision
from zeitfrage.index.days import Days
from zeitfrage.index.period import Period
from zeitfrage.index.time_expressions import TimeExpression, time_expressions
from zeitfrage.index.time_rules import Anchor

# What may stand between "seit" and "2019".
_FILLERS = (
    r"(?:(?:de[mnr]|die|the|im|in|am|on|vom|zum|of|Jahre?s?|year|Monat|month|Tag)\s+|dem\s+)*$"
)
_SINCE = re.compile(rf"(?i)\b(?:seit|ab|since|starting|onwards?\s+from)\s+{_FILLERS}")
_FROM = re.compile(rf"(?i)\b(?:von|vom|from)\s+{_FILLERS}")
_ON = re.compile(r"(?i)\s+(?:an\b|on(?:wards?)?\b)")
_BEFORE = re.compile(rf"(?i)\b(?:vor|before|prior\s+to)\s+{_FILLERS}")
_AFTER = re.compile(rf"(?i)\b(?:nach|after)\s+{_FILLERS}")
_UNTIL = re.compile(rf"(?i)\b(?:bis|until|till|up\s+to|by)\s+{_FILLERS}")
_BETWEEN = re.compile(rf"(?i)\b(?:zwischen|between|von|vom|from)\s+{_FILLERS}")
_JOINS = re.compile(
    r"(?i)\s*(?:,|[–-]|und|oder|bis|and|or|to|until|through)\s*"
    r"(?:(?:de[mnr]|the|im|in|zum|am|on|Jahre?|year|Ende|Anfang|Mitte)\s+)*"
)
# "vom 12. bis 14. Februar" says when, unlike "vom 14. Februar".
_SPAN = re.compile(r"(?i)\b(?:bis|to|until)\b|\d\s?[–-]\s?\d")
# After these a date belongs to a noun: "die Sitzung vom 14. Februar", "the talks of last week".
_OF = re.compile(r"(?i)\b(?:vom|von|of|from)\s+(?:(?:de[mnr]|the)\s+)?$")
_WITH_ARTICLE = re.compile(
    r"(?i)(?P<before>\w*)\s*\b(?:de[rsmn]|die|das|eine?[rsmn]?|the|an?|beim|zum|zur)\s+$"
)
_IN = {"in", "im", "on", "an", "am", "during", "während"}
_YEAR = {"Jahr", "Jahre"}
_A_YEAR = 365
# "Wer ist heute Bürgermeister?" asks for no news of the day.
_TODAY = re.compile(r"(?i)heute|today|tonight")
_EVENT = re.compile(
    r"(?i)\b(?:geschah|geschieht|geschehen|passier\w*|ereign\w*|los|neue[sr]?|nachrichten|meldung\w*"
    r"|bericht\w*|happen\w*|news|headlines|report\w*)\b"
)


def asked_period(question: str, as_of: date) -> Period | None:
    """Return the period that a question names, None where it names none.

    Named events ("seit dem Brexit") are none. Several periods are taken together.

    Args:
        question: in German or English, as it was typed.
        as_of: the day from which "gestern" counts.
    """
    text = unicodedata.normalize("NFC", question)
    found = [
        expression
        for expression in time_expressions(text, Anchor(PartialDate(as_of), looks_back=True))
        if not _is_the_present(text, expression)
    ]
    periods = [_bounded(text, group) for group in _groups(text, found)]
    return _together(periods) if periods else None


def _is_the_present(text: str, expression: TimeExpression) -> bool:
    words = text[expression.start : expression.end]
    return bool(_TODAY.fullmatch(words)) and not _EVENT.search(text)


Group = tuple[TimeExpression, ...]


def _groups(text: str, found: Sequence[TimeExpression]) -> list[Group]:
    """Put together what belongs together: "zwischen März und Mai 2019"."""
    groups: list[Group] = []
    for expression in found:
        if groups and _JOINS.fullmatch(text, groups[-1][-1].end, expression.start):
            groups[-1] = (*groups[-1], expression)
        else:
            groups.append((expression,))
    return [tuple(_in_year_of(text, e, group[-1]) for e in group) for group in groups]


def _in_year_of(text: str, expression: TimeExpression, last: TimeExpression) -> TimeExpression:
    """Give the first of "zwischen November und Januar 2020" the year that the last one says."""
    if expression.has_year or expression.relative or not last.has_year:
        return expression
    for year in (last.days.first.year, last.days.first.year - 1):
        anchor = Anchor(PartialDate(date(year, 1, 1), Precision.YEAR))
        for again in time_expressions(text[: expression.end], anchor):
            if again.start == expression.start and again.days.first <= last.days.last:
                return again
    return expression


def _bounded(text: str, group: Group) -> Period:
    """Return what a group means with the word before it: since, before, until."""
    start, end = group[0].start, group[-1].end
    days = Days(min(e.days.first for e in group), max(e.days.last for e in group))
    before = text[:start]

    def period(match: re.Match[str], first: date | None, last: date | None) -> Period:
        return Period(first, last, text[match.start() : end])

    if len(group) > 1 and (match := _BETWEEN.search(before)):
        return period(match, *days)
    if match := _SINCE.search(before) or (_ON.match(text, end) and _FROM.search(before)):
        return period(match, days.first, None)
    if match := _BEFORE.search(before):
        return period(match, None, days.first - timedelta(1))
    if match := _AFTER.search(before):
        return period(match, days.last + timedelta(1), None)
    if match := _UNTIL.search(before):
        return period(match, None, days.last)
    words = text[start:end]
    return Period(*days, words, bool(_SPAN.search(words)) or _is_adverbial(before, group[0]))


def _is_adverbial(before: str, expression: TimeExpression) -> bool:
    """Whether a period says when, rather than which: "geschah 2018", not "die Wahl 2017"."""
    if _OF.search(before):
        return False
    if expression.relative:
        return True
    if article := _WITH_ARTICLE.search(before):
        return article["before"].lower() in _IN
    words = before.split()
    after_noun = len(words) > 1 and words[-1].strip("\"'„“»«")[:1].isupper()
    return not (after_noun and expression.days.length >= _A_YEAR and words[-1] not in _YEAR)


def _together(periods: Sequence[Period]) -> Period:
    if len(periods) == 1:
        return periods[0]
    firsts, lasts = [p.first for p in periods], [p.last for p in periods]
    return Period(
        None if None in firsts else min(f for f in firsts if f),
        None if None in lasts else max(last for last in lasts if last),
        ", ".join(period.words for period in periods),
        all(period.strict for period in periods),
    )
