"""Finds the expressions of time in a German or English text, and the days that they mean.

Rules of our own, in the manner of HeidelTime (Strötgen and Gertz 2010) and Duckling. The library
that comes with trafilatura, dateparser, knows points in time, not periods: it makes of "im Februar
2018" the day of that month that today is, and of "letzte Woche" one day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from zeitfrage.index.days import Days
from zeitfrage.index.named_dates import NAMED, YEAR
from zeitfrage.index.relative_dates import RELATIVE
from zeitfrage.index.time_rules import UNDATED, Anchor, Rule

_THIRDS = re.compile(
    r"(?i)\b(?:(?P<first>Anfang|Beginn|early|(?:the\s+)?(?:beginning|start)\s+of)"
    r"|(?P<middle>Mitte|mid|(?:the\s+)?middle\s+of)|(?P<last>Ende|late|(?:the\s+)?end\s+of))"
    r"(?:\s+des\s+Jahres)?[\s-]+(?:the\s+)?$"
)
_LONG_ENOUGH = 28


@dataclass(frozen=True, slots=True)
class TimeExpression:
    """Words of a text that mean some days.

    Args:
        start: first character.
        end: one past the last character.
        days: what is meant.
        relative: whether it counts from the anchor ("gestern").
        has_year: whether it says its year; never where it is relative.
    """

    start: int
    end: int
    days: Days
    relative: bool
    has_year: bool


def time_expressions(text: str, anchor: Anchor) -> list[TimeExpression]:
    """Return the expressions of time in a text, in order, none overlapping another.

    Args:
        text: in normal form NFC.
        anchor: what relative expressions count from; those that need a day are left out where it
            is known only to the month or the year, and all of them where it is undated.
    """
    taken = bytearray(len(text))
    found: list[TimeExpression] = []
    for rule in (*NAMED, *(RELATIVE if anchor.at else ()), YEAR):
        for match in rule.form.finditer(text):
            start, end = match.span("x" if "x" in rule.form.groupindex else 0)
            if any(taken[start:end]):
                continue
            days = _meant(rule, match, anchor)
            if days is None or days.last < days.first:
                continue
            taken[start:end] = b"x" * (end - start)
            found.append(_expression(text, start, end, days, rule, match))
    return sorted(found, key=lambda expression: expression.start)


def _meant(rule: Rule, match: re.Match[str], anchor: Anchor) -> Days | None:
    try:
        return rule.days(match, anchor)
    except (ValueError, OverflowError):  # no such day, or the anchor is not known so exactly
        return None


def _expression(
    text: str, start: int, end: int, days: Days, rule: Rule, match: re.Match[str]
) -> TimeExpression:
    part = _THIRDS.search(text, max(0, start - 40), start) if days.length >= _LONG_ENOUGH else None
    if part:
        start = part.start()
        days = days.third(("first", "middle", "last").index(str(part.lastgroup)))
    has_year = _meant(rule, match, UNDATED) is not None
    return TimeExpression(start, end, days, rule.relative, has_year)
