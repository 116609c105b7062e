"""The period that a question was understood to ask about, as the chat shows it."""

from __future__ import annotations

from datetime import date
from html import escape

from zeitfrage.assistant.answer import Language, Question
from zeitfrage.config.texts import say
from zeitfrage.index.article import PartialDate, Precision


def period_html(question: Question, language: Language) -> str:
    """Return a list item that names the period, with a button that asks again without it.

    Args:
        question: as it was understood; without a period there is nothing to show.
        language: of the interface.
    """
    period = question.period
    if period is None:
        return ""
    shown = say(language, "chat.asked_period", period=in_words(period.first, period.last, language))
    label = escape(say(language, "chat.without_period"))
    return (
        f'<li class="asked-period">{escape(shown)}<button type="button" aria-label="{label}"'
        f' title="{label}" data-without-period="{escape(question.text)}">×</button></li>'
    )


def in_words(first: date | None, last: date | None, language: Language) -> str:
    """Return a span of days as it is read: a whole month or year by its name, else both ends.

    Args:
        first: None where it has no beginning; not both.
        last: None where it has no end.
        language: to say it in.
    """
    for precision in (Precision.DAY, Precision.MONTH, Precision.YEAR):
        if first and last and _is_whole(first, last, precision):
            return date_in_words(PartialDate(first, precision), language)
    since, until = (
        date_in_words(PartialDate(day), language) if day else "" for day in (first, last)
    )
    if since and until:
        return say(language, "chat.from_to", since=since, until=until)
    if since:
        return say(language, "chat.from_date", since=since)
    return say(language, "chat.to_date", until=until)


def date_in_words(day: PartialDate, language: Language) -> str:
    """Return a date as it is read, no more exact than it is known."""
    first = day.first
    if day.precision is Precision.YEAR:
        return str(first.year)
    month = f"{say(language, 'chat.months').split()[first.month - 1]} {first.year}"
    if day.precision is Precision.MONTH:
        return month
    return say(language, "chat.day", day=first.day, month=month)


def _is_whole(first: date, last: date, precision: Precision) -> bool:
    whole = PartialDate.parse(str(PartialDate(first, precision)))
    return (whole.first, whole.last) == (first, last)
