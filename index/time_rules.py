"""What the rules for expressions of time share: their anchor, their form, their words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from zeitfrage.index.article import PartialDate, Precision
from zeitfrage.index.dates import MONTH_NAMES, MONTHS
from zeitfrage.index.days import Days

# What is to come is meant less often than what has been, where both are as far away.
_FUTURE_IS_FARTHER = 1.5

MONTH = rf"(?P<month>{MONTH_NAMES})\b\.?"
# Lower-case in English, these are hardly ever months.
_NO_MONTHS = {"may", "march", "mar"}
_WHICH = (
    r"(?:(?:letzt|vergangen|vorig|dies|laufend|kommend|n(?:ä|ae)chst)e?[nrms]?"
    r"|last|past|previous|this|current|coming|next)\b"
)
WHICH = rf"(?P<which>{_WHICH})"
# "dieses Jahres", after a day or a month.
OF_WHICH_YEAR = rf"(?:of\s+)?(?P<which_year>{_WHICH})\s+(?:Jahres|year)\b"
_NUMBERS = {
    word: number
    for number, words in enumerate(
        (
            "ein eine einem einen einer a an one",
            "zwei two",
            "drei three",
            "vier four",
            "fünf fuenf five",
            "sechs six",
            "sieben seven",
            "acht eight",
            "neun nine",
            "zehn ten",
            "elf eleven",
            "zwölf zwoelf twelve",
        ),
        start=1,
    )
    for word in words.split()
}
COUNT = rf"(?P<count>\d{{1,3}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"


@dataclass(frozen=True, slots=True)
class Anchor:
    """The date that "gestern" counts from, and in whose neighbourhood "im Februar" lies.

    What an expression needs to know of it and is not known raises ValueError.

    Args:
        at: the date of publication or of the question, as exactly as it is known; None for
            undated.
        looks_back: whether a weekday, a day or a month without a year is always the last one, as
            in questions; else it is the nearest.
    """

    at: PartialDate | None
    looks_back: bool = False

    @property
    def known(self) -> PartialDate:
        """The date, at any precision."""
        if self.at is None:
            raise ValueError("undated")
        return self.at

    @property
    def day(self) -> date:
        """The day itself."""
        if self.known.precision is not Precision.DAY:
            raise ValueError(f"{self.at} is no day")
        return self.known.first

    @property
    def month(self) -> int:
        """The number of its month."""
        if self.known.precision is Precision.YEAR:
            raise ValueError(f"{self.at} is no month")
        return self.known.first.month

    @property
    def year(self) -> int:
        """Its year."""
        return self.known.first.year

    def meant(self, in_year: Callable[[int], Days], which: int | None = None) -> Days:
        """Return what an expression means that comes once in a year.

        Args:
            in_year: the days that it has in a year; raises ValueError where it has none.
            which: -1 for the last one, 1 for the next, 0 for that of this year; None where the
                text does not say.
        """
        if self.known.precision is Precision.YEAR or which == 0:
            return in_year(self.year)
        around = list(_possible(in_year, range(self.year - 4, self.year + 5)))
        if which == -1:
            return max(days for days in around if days.last < self.known.first)
        if which == 1:
            return min(days for days in around if days.first > self.known.last)
        if self.looks_back:
            return max(days for days in around if days.first <= self.known.last)
        return min(around, key=self._distance)

    def _distance(self, days: Days) -> float:
        before = (self.known.first - days.last) / timedelta(1)
        after = (days.first - self.known.last) / timedelta(1)
        return max(0.0, before, _FUTURE_IS_FARTHER * after)


UNDATED = Anchor(None)


def _possible(in_year: Callable[[int], Days], years: Iterable[int]) -> Iterable[Days]:
    for year in years:
        try:
            yield in_year(year)
        except ValueError:  # the 29th of February
            continue


@dataclass(frozen=True, slots=True)
class Rule:
    """One form of expression.

    Args:
        form: finds it; where it has a group `x`, that is the expression and the rest what has to
            stand around it.
        days: says what it means; ValueError for nothing.
        relative: whether it counts from the anchor ("gestern") rather than naming a date.
    """

    form: re.Pattern[str]
    days: Callable[[re.Match[str], Anchor], Days]
    relative: bool = False


def month_number(match: re.Match[str]) -> int:
    """Return the month that a match names, in letters or in digits; ValueError for none."""
    parts = match.groupdict()
    if parts.get("number"):
        return int(parts["number"])
    word = parts["month"]
    if word in _NO_MONTHS and not parts.get("year"):
        raise ValueError(f"{word} is a verb")
    return MONTHS[word.lower()]


def direction(word: str | None) -> int | None:
    """Return -1 for "last", 0 for "this" and 1 for "next" in either language."""
    if word is None:
        return None
    word = word.lower()
    if word.startswith(("letzt", "vergangen", "vorig", "last", "past", "previous")):
        return -1
    return 0 if word.startswith(("dies", "laufend", "this", "current")) else 1


def counted(word: str) -> int:
    """Return a number written in digits or as a word up to twelve."""
    return int(word) if word.isdigit() else _NUMBERS[word.lower()]
