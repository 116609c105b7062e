"""Dates as sources write them, with the precision that they have.

A parser of our own, because the known libraries fill in what a date does not say (dateutil makes
the 15th of February of "2018-02" on the 15th of any month, dateparser likewise and slowly), and
precision must not be invented.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from zeitfrage.index.article import PartialDate, Precision

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januar jänner jan january jän",
            "februar feber feb february",
            "märz maerz mär mrz mar march",
            "april apr",
            "mai may",
            "juni jun june",
            "juli jul july",
            "august aug",
            "september sep sept",
            "oktober okt oct october",
            "november nov",
            "dezember dez dec december",
        ),
        start=1,
    )
    for name in names.split()
}
# Longest first, for patterns.
MONTH_NAMES = "|".join(sorted(MONTHS, key=len, reverse=True))
_MONTH = rf"(?P<month>{MONTH_NAMES})\.?"
_DAY = r"(?P<day>\d\d?)"
_YEAR = r"(?P<year>\d{4})"
_SHORT_YEAR = r"(?P<year>\d{4}|\d\d)"
_WEEKDAY = (
    r"(?:(?:mo|di|mi|do|fr|sa|so|tu|we|th|su)[a-z]{0,8}\.?,?\s+)?(?:am\s+)?(?:(?:den|der|the)\s+)?"
)
_ZONE = r"(?:\s*(?:Z|[A-Z]{2,5}|(?:UTC|GMT)?[+-]\d\d:?(?:\d\d)?|\([\w ]{1,30}\))){0,2}"
_CLOCK = r"\d{1,2}[:.]\d\d(?:[:.]\d\d(?:[.,]\d+)?)?(?:\s*(?:[ap]\.?m\.?|Uhr|h))?"
_TIME = rf"(?:(?:\s*T|,?\s+(?:[-–|·•]\s+)?(?:um\s+|at\s+)?){_CLOCK}{_ZONE})?"
_FORMS = [
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"{_YEAR}-(?P<month>\d\d?)-{_DAY}{_TIME}",
        rf"{_YEAR}[-/](?P<month>\d\d?)",
        rf"{_YEAR}",
        rf"{_YEAR}/(?P<month>\d\d?)/{_DAY}{_TIME}",
        rf"{_YEAR}(?P<month>\d\d)(?P<day>\d\d)(?:T?\d{{4}}(?:\d\d)?{_ZONE})?",
        rf"{_WEEKDAY}{_DAY}\.\s?(?P<month>\d\d?)\.\s?{_SHORT_YEAR}{_TIME}",
        rf"(?P<month>\d\d?)[./]{_YEAR}",
        rf"{_WEEKDAY}{_DAY}(?:\.|st|nd|rd|th)?[\s-]*(?:of\s+)?{_MONTH},?[\s-]*{_SHORT_YEAR}{_TIME}",
        rf"{_WEEKDAY}{_MONTH}\s+{_DAY}(?:st|nd|rd|th)?,?\s+{_YEAR}{_TIME}",
        rf"{_WEEKDAY}{_MONTH}\s+{_DAY}\s+{_CLOCK}{_ZONE}\s+{_YEAR}",
        rf"{_MONTH},?\s+{_YEAR}",
    )
]
# 15/02/2018 or 02/15/2018: which is which shows only where one of them is no month.
_SLASHED = re.compile(rf"(?P<one>\d\d?)/(?P<two>\d\d?)/{_YEAR}{_TIME}", re.IGNORECASE)
_UNIX = re.compile(r"\d{9,10}(?:\d{3})?(?:\.\d+)?")
_MILLISECONDS_FROM = 100_000_000_000
_LONGEST = 80
_CENTURY_TURN = 70
_FIRST_NEWSPAPER, _LAST_YEAR = 1605, 2100


def parse_date(value: object) -> PartialDate | None:
    """Return a date in any usual German, English or technical form, None where it is none.

    A date with a time zone keeps the calendar day as written. A year without newspapers
    (0001, 9999) is a placeholder of some export, not a date. Of 02/03/2018, which is February
    here and March there, only the year is sure.

    Args:
        value: text, a date or datetime, or Unix seconds or milliseconds.
    """
    found = _parse(value)
    return found if found and _FIRST_NEWSPAPER <= found.first.year <= _LAST_YEAR else None


def parse_moment(value: object) -> datetime | None:
    """Return a time with its zone (ISO 8601, UTC where none is named), None where it is none."""
    if not isinstance(value, str | datetime):
        return None
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:  # at the very ends of the calendar, where a zone is of no matter
        return moment.replace(tzinfo=UTC)


def _parse(value: object) -> PartialDate | None:
    if isinstance(value, date):
        return PartialDate(value.date() if isinstance(value, datetime) else value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = " ".join(str(value)[: _LONGEST + 1].split())
    if len(text) > _LONGEST:
        return None
    if _UNIX.fullmatch(text):
        return _from_unix(float(text))
    for form in _FORMS:
        if match := form.fullmatch(text):
            return _from_parts(match.groupdict())
    match = _SLASHED.fullmatch(text)
    return _from_slashed(match.groupdict()) if match else None


def _from_unix(number: float) -> PartialDate | None:
    seconds = number / 1000 if number >= _MILLISECONDS_FROM else number
    try:
        return PartialDate(datetime.fromtimestamp(seconds, UTC).date())
    except (ValueError, OverflowError, OSError):
        return None


def _from_parts(parts: dict[str, str]) -> PartialDate | None:
    year = int(parts["year"])
    if len(parts["year"]) == 2:
        year += 1900 if year >= _CENTURY_TURN else 2000
    month, day = parts.get("month"), parts.get("day")
    precision = Precision.DAY if day else Precision.MONTH if month else Precision.YEAR
    try:
        number = int(month) if month and month.isdigit() else MONTHS[month.lower()] if month else 1
        return PartialDate(date(year, number, int(day or 1)), precision)
    except (ValueError, KeyError):
        return None


def _from_slashed(parts: dict[str, str]) -> PartialDate | None:
    one, two, year = int(parts["one"]), int(parts["two"]), parts["year"]
    if one <= 12 and two <= 12 and one != two:
        return _from_parts({"year": year})
    month, day = sorted((one, two))
    return _from_parts({"year": year, "month": str(month), "day": str(day)})
