"""Which days a question asks about, counted from the day that it is asked on."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zeitfrage.assistant.asked_period import asked_period

ASKED_ON = date(2018, 2, 15)  # a Thursday

PERIODS = {
    # days
    "Was geschah am 14. Februar 2018?": ("2018-02-14", "2018-02-14"),
    "Was geschah am 14.02.2018?": ("2018-02-14", "2018-02-14"),
    "Was geschah am 14.2.18?": ("2018-02-14", "2018-02-14"),
    "Was geschah am 2018-02-14?": ("2018-02-14", "2018-02-14"),
    "Was geschah am 14. Februar?": ("2018-02-14", "2018-02-14"),
    "Was geschah am 20. Februar?": ("2017-02-20", "2017-02-20"),
    "Was geschah am 14.2.?": ("2018-02-14", "2018-02-14"),
    "Was geschah am 3. Okt. 2017?": ("2017-10-03", "2017-10-03"),
    "Was geschah am 2. Jänner 2018?": ("2018-01-02", "2018-01-02"),
    "Was geschah am 3. Oktober vergangenen Jahres?": ("2017-10-03", "2017-10-03"),
    "What happened on 14 February 2018?": ("2018-02-14", "2018-02-14"),
    "What happened on the 14th of February 2018?": ("2018-02-14", "2018-02-14"),
    "What happened on February 14, 2018?": ("2018-02-14", "2018-02-14"),
    "What happened on Feb. 14?": ("2018-02-14", "2018-02-14"),
    "Was geschah gestern?": ("2018-02-14", "2018-02-14"),
    "Wer trat vorgestern zurück?": ("2018-02-13", "2018-02-13"),
    "Was ist heute passiert?": ("2018-02-15", "2018-02-15"),
    "What did the mayor say yesterday?": ("2018-02-14", "2018-02-14"),
    "Was beschloss der Rat am Mittwoch?": ("2018-02-14", "2018-02-14"),
    "Was beschloss der Rat am Donnerstag?": ("2018-02-15", "2018-02-15"),
    "Was beschloss der Rat letzten Donnerstag?": ("2018-02-08", "2018-02-08"),
    "Was beschloss der Rat am Mittwoch vergangener Woche?": ("2018-02-07", "2018-02-07"),
    "What did the council decide on Wednesday?": ("2018-02-14", "2018-02-14"),
    "Wer kam vor drei Tagen?": ("2018-02-12", "2018-02-12"),
    "Who came three days ago?": ("2018-02-12", "2018-02-12"),
    # weeks and weekends
    "Was geschah letzte Woche?": ("2018-02-05", "2018-02-11"),
    "Was geschah in der vergangenen Woche?": ("2018-02-05", "2018-02-11"),
    "Was geschah diese Woche?": ("2018-02-12", "2018-02-18"),
    "What happened last week?": ("2018-02-05", "2018-02-11"),
    "Was geschah am Wochenende?": ("2018-02-10", "2018-02-11"),
    "Was steht nächste Woche an?": ("2018-02-19", "2018-02-25"),
    "Was steht naechste Woche an?": ("2018-02-19", "2018-02-25"),
    "Was geschah vor zwei Wochen?": ("2018-01-29", "2018-02-04"),
    # months
    "Was geschah im Februar 2018?": ("2018-02-01", "2018-02-28"),
    "was geschah im februar 2016?": ("2016-02-01", "2016-02-29"),
    "Was geschah im Ma\u0308rz 2017?": ("2017-03-01", "2017-03-31"),
    "Was geschah im Maerz 2017?": ("2017-03-01", "2017-03-31"),
    "Was geschah im Sept. 2017?": ("2017-09-01", "2017-09-30"),
    "Was geschah im Februar des Jahres 2017?": ("2017-02-01", "2017-02-28"),
    "Was geschah im Januar?": ("2018-01-01", "2018-01-31"),
    "Was geschah im März?": ("2017-03-01", "2017-03-31"),
    "Was geschah im vergangenen Monat?": ("2018-01-01", "2018-01-31"),
    "Was geschah Ende Januar 2018?": ("2018-01-21", "2018-01-31"),
    "Was geschah Mitte Januar?": ("2018-01-11", "2018-01-20"),
    "What happened in May?": ("2017-05-01", "2017-05-31"),
    "What happened last month?": ("2018-01-01", "2018-01-31"),
    "Was geschah in den letzten drei Monaten?": ("2017-11-15", "2018-02-15"),
    "What happened in the past three months?": ("2017-11-15", "2018-02-15"),
    "Was geschah in den vergangenen 14 Tagen?": ("2018-02-01", "2018-02-15"),
    # parts of a year, years and more
    "Was geschah im Sommer 2017?": ("2017-06-01", "2017-08-31"),
    "Was geschah im vergangenen Herbst?": ("2017-09-01", "2017-11-30"),
    "Was geschah im Winter 2016/17?": ("2016-12-01", "2017-02-28"),
    "Was geschah im dritten Quartal 2017?": ("2017-07-01", "2017-09-30"),
    "What happened in the first half of 2017?": ("2017-01-01", "2017-06-30"),
    "Was geschah 2017?": ("2017-01-01", "2017-12-31"),
    "2017: Was geschah?": ("2017-01-01", "2017-12-31"),
    "Was geschah im Jahr 2017?": ("2017-01-01", "2017-12-31"),
    "Was geschah Anfang 2017?": ("2017-01-01", "2017-04-30"),
    "Was geschah im vergangenen Jahr?": ("2017-01-01", "2017-12-31"),
    "Was geschah in diesem Jahr?": ("2018-01-01", "2018-12-31"),
    "What happened last year?": ("2017-01-01", "2017-12-31"),
    "Was geschah vor drei Jahren?": ("2015-01-01", "2015-12-31"),
    "Was geschah in den 1990er Jahren?": ("1990-01-01", "1999-12-31"),
    "Was geschah in den neunziger Jahren?": ("1990-01-01", "1999-12-31"),
    "What was built in the 19th century?": ("1801-01-01", "1900-12-31"),
    # from, to, between
    "Wer regiert seit Mai 2017?": ("2017-05-01", None),
    "Wer regiert seit dem 14. Februar 2018?": ("2018-02-14", None),
    "Was gilt von Mai 2017 an?": ("2017-05-01", None),
    "Wer regiert seit vergangenem Jahr?": ("2017-01-01", None),
    "Was hat sich seit drei Monaten geändert?": ("2017-11-15", None),
    "What has changed since 2015?": ("2015-01-01", None),
    "Was geschah vor 2015?": (None, "2014-12-31"),
    "What happened before March 2017?": (None, "2017-02-28"),
    "Was geschah nach dem 14. Januar 2018?": ("2018-01-15", None),
    "Was war bis Ende 2016 erreicht?": (None, "2016-12-31"),
    "Was geschah zwischen 2010 und 2012?": ("2010-01-01", "2012-12-31"),
    "Was geschah von 2010 bis 2012?": ("2010-01-01", "2012-12-31"),
    "Was geschah 2010-2012?": ("2010-01-01", "2012-12-31"),
    "What happened between March and May 2017?": ("2017-03-01", "2017-05-31"),
    "Was geschah zwischen November und Januar 2018?": ("2017-11-01", "2018-01-31"),
    "Was geschah vom 12. bis 14. Februar 2018?": ("2018-02-12", "2018-02-14"),
    "Was geschah vom 30. Dezember bis 5. Januar 2018?": ("2017-12-30", "2018-01-05"),
    "Was geschah im Januar und Februar 2018?": ("2018-01-01", "2018-02-28"),
}

NONE = [
    "Wer gewann die Stichwahl?",
    "Was hat sich seit dem Brexit geändert?",
    "Was geschah vor der Wahl?",
    "Wer ist heute Bürgermeister?",
    "Who is mayor today?",
    "Wie viele der 2000 Menschen kamen wieder?",
    "Wer bekam rund 2018 Euro?",
    "Was kostet 1950 Euro?",
    "Seit wann regiert Harbeck?",
    "Was geschah am 31.2.2018?",
    "Was geschieht jeden Mittwoch?",
    "Who may march?",
    "Was sagte Theresa May?",
    "",
]

PREFERRED = [
    "Wer gewann die Bundestagswahl 2017?",
    "Was stand über das 2015 erschienene Buch darin?",
    "Was wurde in der Sitzung vom 14. Februar 2018 gesagt?",
    "Wer sprach auf der Versammlung von gestern?",
    "Who won the 2017 election?",
    "Who hosted the World Cup 2014?",
]


@pytest.mark.parametrize(("question", "days"), PERIODS.items(), ids=PERIODS)
def test_a_period_is_understood_from_the_day_of_the_question(question, days):
    period = asked_period(question, ASKED_ON)
    assert period is not None
    assert (period.first, period.last) == tuple(day and date.fromisoformat(day) for day in days)
    assert period.strict


@pytest.mark.parametrize("question", NONE)
def test_what_names_no_period_has_none(question):
    assert asked_period(question, ASKED_ON) is None


@pytest.mark.parametrize("question", PREFERRED)
def test_a_date_that_belongs_to_a_noun_only_prefers_what_is_about_it(question):
    period = asked_period(question, ASKED_ON)
    assert period is not None
    assert not period.strict


def test_a_period_tells_by_which_words_it_was_understood():
    for question, words in (
        ("Wer regiert seit dem 14. Februar 2018?", "seit dem 14. Februar 2018"),
        ("Was geschah zwischen März und Mai 2017 hier?", "zwischen März und Mai 2017"),
        ("Was geschah letzte Woche in Köln?", "letzte Woche"),
    ):
        period = asked_period(question, ASKED_ON)
        assert period is not None
        assert period.words == words


@given(st.text(max_size=200), st.dates())
def test_no_question_breaks_it(question, day):
    period = asked_period(question, day)
    if period and period.first and period.last:
        assert period.first <= period.last
