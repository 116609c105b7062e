"""The days that a question asks about, and how well what is found fits them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from zeitfrage.index.days import Days

# News of a day is printed the day after.
_PRINTED_WITHIN = timedelta(1)
# What happened is reported on for so long without saying again when it was.
_REPORTED_WITHIN = timedelta(31)
_OF_ITS_ARTICLE, _PUBLISHED = 0.5, 0.6


@dataclass(frozen=True, slots=True)
class Period:
    """The days that a question asks about.

    Args:
        first: the first one, None where it has no beginning ("vor 2015").
        last: the last one, None where it has no end ("seit Mai 2020").
        words: how the question says it.
        strict: whether only what is about these days can answer. "Was geschah 2018?" asks so,
            "Wer gewann die Wahl 2017?" may be answered by any article.
    """

    first: date | None
    last: date | None
    words: str
    strict: bool = True

    @property
    def days(self) -> Days:
        """The days, from the beginning of the calendar or to its end where it is open."""
        return Days(self.first or date.min, self.last or date.max)

    @property
    def printed(self) -> Days:
        """When news of it appears."""
        return self._and(_PRINTED_WITHIN)

    @property
    def reported(self) -> Days:
        """When articles about it appear that do not say when it was."""
        return self._and(_REPORTED_WITHIN)

    def _and(self, more: timedelta) -> Days:
        first, last = self.days
        return Days(first, min(last, date.max - more) + more)

    def may_hold(self, published: Days | None, mentioned: bool) -> bool:
        """Whether an article can be about it: by its dates, or because it has none.

        Args:
            published: when it appeared.
            mentioned: whether its text mentions days of the period.
        """
        return mentioned or published is None or _shared(published, self.reported) > 0

    def fit(self, own: float, around: float, published: Days | None) -> float:
        """Return how well a passage fits, in [0, 1].

        Args:
            own: the share of the period in the days that the passage mentions, in [0, 1].
            around: the same of other passages of its article.
            published: when the article appeared.
        """
        appeared = _shared(published, self.printed) if published else 0.0
        return max(own, _OF_ITS_ARTICLE * around, _PUBLISHED * appeared)

    def share(self, days: Days) -> float:
        """Return which share of some days lies in the period, in [0, 1]."""
        return _shared(days, self.days)


def _shared(days: Days, period: Days) -> float:
    first, last = max(days.first, period.first), min(days.last, period.last)
    return max(0, (last - first).days + 1) / days.length
