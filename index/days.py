"""Spans of whole days: weeks, months, seasons, and how they are reckoned with."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import NamedTuple

from zeitfrage.index.article import PartialDate, Precision

_MONTHS_OF_A_SEASON = 3


class Days(NamedTuple):
    """A span of days, both ends included."""

    first: date
    last: date

    @property
    def length(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def third(self, number: int) -> Days:
        """Return its beginning (0), middle (1) or end (2); those of a year have four months."""
        if self == year_days(self.first.year):
            return months_days(self.first.year, 1 + 4 * number, 4)
        cuts = [self.first + timedelta(self.length * part // 3) for part in range(4)]
        return Days(cuts[number], cuts[number + 1] - timedelta(1))


def days_of(partial: PartialDate) -> Days:
    """Return the days that a date known to the day, the month or the year may be."""
    return Days(partial.first, partial.last)


def year_days(year: int) -> Days:
    """Return the days of a year."""
    return days_of(PartialDate(date(year, 1, 1), Precision.YEAR))


def month_days(year: int, month: int) -> Days:
    """Return the days of a month; months beyond 1 to 12 are those of the years around."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return days_of(PartialDate(date(year, month, 1), Precision.MONTH))


def months_days(year: int, month: int, count: int) -> Days:
    """Return the days of some months in a row."""
    return Days(month_days(year, month).first, month_days(year, month + count - 1).last)


def season_days(year: int, season: int) -> Days:
    """Return the days of spring (0), summer, autumn or winter (3), as weather services cut them.

    A winter belongs to the year that it begins in.
    """
    return months_days(year, 3 + _MONTHS_OF_A_SEASON * season, _MONTHS_OF_A_SEASON)


def week_days(day: date) -> Days:
    """Return the week from Monday to Sunday that holds a day."""
    monday = day - timedelta(day.weekday())
    return Days(monday, monday + timedelta(6))


def weekend_days(day: date) -> Days:
    """Return the Saturday and Sunday of a day's week."""
    saturday = week_days(day).first + timedelta(5)
    return Days(saturday, saturday + timedelta(1))


def months_before(day: date, months: int) -> date:
    """Return the day that lies so many months earlier, or the last one of that month."""
    last = month_days(day.year, day.month - months).last
    return last.replace(day=min(day.day, calendar.monthrange(last.year, last.month)[1]))
