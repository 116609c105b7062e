"""Dates as people and machines spell them, each form by an example of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

_GERMAN = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September"),
    *("Oktober", "November", "Dezember"),
)
_WEEKDAYS = (*("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),)
Spelling = Callable[[datetime], str]


def _german(day: datetime) -> str:
    return f"{day.day}. {_GERMAN[day.month - 1]} {day.year}"


def _weekday(day: datetime) -> str:
    return _WEEKDAYS[day.weekday()]


ISO: dict[str, Spelling] = {
    "2018-02-15": lambda day: f"{day:%Y-%m-%d}",
    "2018-02-15T14:30:00": lambda day: f"{day:%Y-%m-%dT%H:%M:%S}",
    "2018-02-15T14:30:00Z": lambda day: f"{day:%Y-%m-%dT%H:%M:%S}Z",
    "2018-02-15T14:30:00+02:00": lambda day: f"{day:%Y-%m-%dT%H:%M:%S}+02:00",
    "2018-02-15T14:30:00.123-0500": lambda day: f"{day:%Y-%m-%dT%H:%M:%S}.123-0500",
    "2018-02-15 14:30": lambda day: f"{day:%Y-%m-%d %H:%M}",
}
COMPACT: dict[str, Spelling] = {
    "20180215": lambda day: f"{day:%Y%m%d}",
    "20180215T143000+0200": lambda day: f"{day:%Y%m%dT%H%M%S}+0200",
    "20180215T143000Z": lambda day: f"{day:%Y%m%dT%H%M%S}Z",
}
LETTER: dict[str, Spelling] = {
    "Thu, 15 Feb 2018 14:30:00 +0200": lambda day: f"{day:%a, %d %b %Y %H:%M:%S} +0200",
    "Thu, 15 Feb 2018 14:30:00 GMT": lambda day: f"{day:%a, %d %b %Y %H:%M:%S} GMT",
    "15 Feb 2018 14:30 +0100 (CET)": lambda day: f"{day:%d %b %Y %H:%M} +0100 (CET)",
}
GERMAN: dict[str, Spelling] = {
    "15. Februar 2018": _german,
    "15.02.2018": lambda day: f"{day:%d.%m.%Y}",
    "5.2.2018": lambda day: f"{day.day}.{day.month}.{day.year}",
    "15.02.18": lambda day: f"{day:%d.%m.%y}",
    "15. Feb. 2018": lambda day: f"{day.day}. {_GERMAN[day.month - 1][:3]}. {day.year}",
    "Donnerstag, 15. Februar 2018": lambda day: f"{_weekday(day)}, {_german(day)}",
    "Donnerstag, den 15.02.2018": lambda day: f"{_weekday(day)}, den {day:%d.%m.%Y}",
    "Do., 15.02.2018, 14:30 Uhr": lambda day: f"{_weekday(day)[:2]}., {day:%d.%m.%Y, %H:%M} Uhr",
    "15. Februar 2018, 14.30 Uhr": lambda day: f"{_german(day)}, {day:%H.%M} Uhr",
    "15. Februar 2018 um 14:30 Uhr": lambda day: f"{_german(day)} um {day:%H:%M} Uhr",
    "15. Februar 2018, 14:30 Uhr MEZ": lambda day: f"{_german(day)}, {day:%H:%M} Uhr MEZ",
    "15.02.2018 | 14:30": lambda day: f"{day:%d.%m.%Y | %H:%M}",
    "15.02.2018 – 14:30 Uhr": lambda day: f"{day:%d.%m.%Y – %H:%M} Uhr",
    "am 15. Februar 2018": lambda day: f"am {_german(day)}",
}
ENGLISH: dict[str, Spelling] = {
    "February 15, 2018": lambda day: f"{day:%B} {day.day}, {day.year}",
    "15 February 2018": lambda day: f"{day.day} {day:%B %Y}",
    "Feb. 15, 2018": lambda day: f"{day:%b}. {day.day}, {day.year}",
    "Thursday, February 15, 2018": lambda day: f"{day:%A, %B} {day.day}, {day.year}",
    "15th February 2018": lambda day: f"{day.day}th {day:%B %Y}",
    "Thu 15 Feb 2018 14.30 GMT": lambda day: f"{day:%a} {day.day} {day:%b %Y %H.%M} GMT",
    "February 15, 2018 at 2:30 pm": lambda day: f"{day:%B} {day.day}, {day.year} at 2:30 pm",
    "February 15, 2018, 2:30 p.m. ET": lambda day: f"{day:%B} {day.day}, {day.year}, 2:30 p.m. ET",
}
MONTH: dict[str, Spelling] = {
    "2018-02": lambda day: f"{day:%Y-%m}",
    "02/2018": lambda day: f"{day:%m/%Y}",
    "Februar 2018": lambda day: f"{_GERMAN[day.month - 1]} {day.year}",
    "February 2018": lambda day: f"{day:%B %Y}",
}
YEAR: dict[str, Spelling] = {"2018": lambda day: f"{day.year}"}
NUMBER: dict[str, Spelling] = {
    "1518652800": lambda day: f"{day.replace(tzinfo=UTC).timestamp():.0f}",
    "1518652800000": lambda day: f"{day.replace(tzinfo=UTC).timestamp() * 1000:.0f}",
}
PROSE = {**GERMAN, **ENGLISH, **MONTH}
