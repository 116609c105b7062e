"""Expressions that count from a date: "gestern", "am Mittwoch", "im vergangenen Monat"."""

from __future__ import annotations

import re
from datetime import date, timedelta

from zeitfrage.index.days import (
    Days,
    month_days,
    months_before,
    months_days,
    week_days,
    weekend_days,
    year_days,
)
from zeitfrage.index.time_rules import COUNT, WHICH, Anchor, Rule, counted, direction

_DAYS_AWAY = {
    "vorgestern": -2, "gestern": -1, "heute": 0, "morgen": 1, "übermorgen": 2, "uebermorgen": 2,
    "the day before yesterday": -2, "yesterday": -1, "last night": -1, "today": 0, "tonight": 0,
    "tomorrow": 1, "the day after tomorrow": 2,
}  # fmt: skip
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "montag monday",
            "dienstag tuesday",
            "mittwoch wednesday",
            "donnerstag thursday",
            "freitag friday",
            "samstag sonnabend saturday",
            "sonntag sunday",
        )
    )
    for name in names.split()
}
_ENGLISH = re.compile("[A-Z][a-z]+day")
_PART_OF_DAY = r"(?P<part>früh|morgen|vormittag|mittag|nachmittag|abend|nacht)"
# A date that follows says more exactly which day is meant.
_NO_DATE = r"(?![\w-]|,?\s+(?:(?:de[nmr]|the)\s+)?\d)"
_NO_NAME = "".join(rf"(?<!\b{word}\s)" for word in ("Black", "Good", "Ash", "Easter", "Palm"))
_NO_PAPER = r"(?!\s+(?:Times|Mirror|Telegraph|Express|Mail|People|Post|Roast))"
_UNIT = (
    r"(?P<unit>Tag(?:en?)?|Woche[n]?|Monat(?:en?)?|Quartal(?:en?)?|Jahr(?:en?)?"
    r"|days?|weeks?|months?|quarters?|years?)\b"
)
_ONE_UNIT = (
    r"(?P<unit>Woche|Monats?|Quartals?|Jahr(?:es)?|Wochenendes?|week|month|quarter|year|weekend)\b"
)
_ROUGHLY = r"(?:(?:rund|etwa|gut|knapp|fast|genau|über|about|around|nearly|some|the)\s+)?"
# A clause in one of these is about what is to come, unless it is about what is said to have been.
_TO_COME = re.compile(r"(?i)\b(?:wird|werden|will|wollen|soll|sollen|shall|due)\b")
_HAS_BEEN = re.compile(
    r"(?i)\b(?:worden|haben|sein|seien|teilten?|sagten?|erklärten?|kündigten?|said|announced|have)\b"
)
_CLAUSE_END = re.compile(r"[.,;:!?–\n]")
_A_WEEK = timedelta(7)


def _away(match: re.Match[str], anchor: Anchor) -> Days:
    word = " ".join(match["x"].lower().split())
    return _one(anchor.day + timedelta(_DAYS_AWAY[word]))


def _weekday(match: re.Match[str], anchor: Anchor) -> Days:
    parts = match.groupdict()
    if not any(parts[name] for name in ("lead", "which", "part", "week")) and not (
        _ENGLISH.fullmatch(parts["weekday"])  # "said Wednesday", but never "Mittwoch" alone
    ):
        raise ValueError(f"{match[0]} may be a name")
    weekday, today = _WEEKDAYS[parts["weekday"].lower()], anchor.day
    if parts.get("week"):
        monday = week_days(today).first + _A_WEEK * (direction(parts["week"]) or 0)
        return _one(monday + timedelta(weekday))
    which = direction(parts.get("which"))
    to_come = (weekday - today.weekday()) % 7
    if which == 1 or (which is None and not anchor.looks_back and _is_to_come(match)):
        return _one(today + timedelta(to_come or 7))
    back = (today.weekday() - weekday) % 7
    return _one(today - timedelta(back or (7 if which == -1 else 0)))


def _is_to_come(match: re.Match[str]) -> bool:
    """Whether the clause that an expression stands in is about the future."""
    text, (start, end) = match.string, match.span()
    before = list(_CLAUSE_END.finditer(text, max(0, start - 200), start))
    after = _CLAUSE_END.search(text, end)
    clause = text[before[-1].end() if before else 0 : after.start() if after else len(text)]
    return bool(_TO_COME.search(clause)) and not _HAS_BEEN.search(clause)


def _which_unit(match: re.Match[str], anchor: Anchor) -> Days:
    if match["which"].lower() == "past":
        return _up_to(anchor, 1, match["unit"])
    return _units_away(match["unit"], direction(match["which"]) or 0, anchor)


def _before(match: re.Match[str], anchor: Anchor) -> Days:
    """Return what "Vorjahr" or "Vortag" means."""
    if match["unit"].lower() == "tag":
        return _one(anchor.day - timedelta(1))
    return _units_away(match["unit"], -1, anchor)


def _ago(match: re.Match[str], anchor: Anchor) -> Days:
    count, unit = counted(match["count"]), match["unit"].lower()
    if unit.startswith(("tag", "day")):
        return _one(anchor.day - timedelta(count))
    if unit.startswith(("woche", "week")):
        day = anchor.day - _A_WEEK * count
        return Days(day - timedelta(3), day + timedelta(3))
    return _units_away(unit, -count, anchor)


def _last_ones(match: re.Match[str], anchor: Anchor) -> Days:
    return _up_to(anchor, counted(match["count"]), match["unit"])


def _up_to(anchor: Anchor, count: int, unit: str) -> Days:
    """Return the days of "die letzten drei Monate", up to the anchor."""
    today, unit = anchor.known.last, unit.lower()
    if unit.startswith(("tag", "day")):
        return Days(anchor.day - timedelta(count), today)
    if unit.startswith(("woche", "week")):
        return Days(anchor.day - _A_WEEK * count, today)
    return Days(months_before(today, count * _months_of(unit)), today)


def _new_year(match: re.Match[str], anchor: Anchor) -> Days:  # noqa: ARG001
    return month_days(anchor.year, 1)


def _this_year(match: re.Match[str], anchor: Anchor) -> Days:  # noqa: ARG001
    return year_days(anchor.year)


def _units_away(unit: str, count: int, anchor: Anchor) -> Days:
    """Return the week, weekend, month, quarter or year that lies so many of them away."""
    unit = unit.lower()
    if unit.startswith(("wochenend", "weekend")):
        return weekend_days(anchor.day + _A_WEEK * count)
    if unit.startswith(("woche", "week")):
        return week_days(anchor.day + _A_WEEK * count)
    if unit.startswith(("jahr", "year")):
        return year_days(anchor.year + count)
    if unit.startswith(("quartal", "quarter")):
        first = 1 + 3 * ((anchor.month - 1) // 3 + count)
        return months_days(anchor.year, first, 3)
    return month_days(anchor.year, anchor.month + count)


def _weekend(match: re.Match[str], anchor: Anchor) -> Days:  # noqa: ARG001
    """Return the last weekend that has begun."""
    begun = anchor.day - timedelta((anchor.day.weekday() - 5) % 7)
    return weekend_days(begun)


def _months_of(unit: str) -> int:
    if unit.startswith(("jahr", "year")):
        return 12
    return 3 if unit.startswith(("quartal", "quarter")) else 1


def _one(day: date) -> Days:
    return Days(day, day)


_AWAY = (
    r"(?<!heute )(?<!gestern )(?<!guten )\b(?P<x>vorgestern|gestern|heute|(?-i:morgen)"
    r"|(?:ü|ue)bermorgen|the\s+day\s+(?:before\s+yesterday|after\s+tomorrow)|yesterday"
    r"|last\s+night|today|tonight|tomorrow)(?![\w-])"
)
_WEEKDAY = (
    r"\b(?:(?P<lead>am|vom|zum|seit|bis|ab|von|für|on|since|until|by)\s+)?(?P<x>"
    rf"(?:{WHICH}\s+)?(?:(?:frühen|späten)\s+)?{_NO_NAME}"
    rf"(?P<weekday>{'|'.join(sorted(_WEEKDAYS, key=len, reverse=True))})"
    rf"{_PART_OF_DAY}?(?:\s+(?P<week>\w+)\s+Woche\b)?){_NO_DATE}{_NO_PAPER}"
)
_LAST = r"\b(?:letzten|vergangenen|zurückliegenden|last|past|previous)"
_BEFORE = r"\b(?:im|in\s+der|am|vom)\s+(?P<x>Vor(?P<unit>jahr|monat|woche|tag)(?:e?s)?)\b"

# In the order in which they are tried: the more exact first.
RELATIVE = [
    Rule(re.compile(form, re.IGNORECASE), days, relative=True)
    for form, days in (
        (_AWAY, _away),
        (rf"\bvor\s+{_ROUGHLY}{COUNT}\s+{_UNIT}", _ago),
        (rf"\b{COUNT}\s+{_UNIT}\s+ago\b", _ago),
        (rf"{_LAST}\s+{COUNT}\s+{_UNIT}", _last_ones),
        (rf"\bseit\s+(?P<x>{_ROUGHLY}{COUNT}\s+{_UNIT})", _last_ones),
        (_WEEKDAY, _weekday),
        (rf"\b{WHICH}\s+{_ONE_UNIT}", _which_unit),
        (_BEFORE, _before),
        (r"\b(?:am|at\s+the|over\s+the)\s+(?P<x>Wochenende|weekend)\b", _weekend),
        (r"\bJahres(?:beginn|anfang)\b", _new_year),
        (r"\bheuer\b", _this_year),
    )
]
