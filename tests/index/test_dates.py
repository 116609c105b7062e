"""Dates keep the precision that they are written with; what is no date is none."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zeitfrage.index import PartialDate
from zeitfrage.index.dates import parse_date


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2018-02", "2018-02"),
        ("2018", "2018"),
        ("2018-02-15", "2018-02-15"),
        ("2018-02-15T23:30:00+01:00", "2018-02-15"),
        ("20180215", "2018-02-15"),
        ("15.02.2018", "2018-02-15"),
        ("15.2.18", "2018-02-15"),
        ("15. Februar 2018", "2018-02-15"),
        ("Donnerstag, 15. Februar 2018, 14:30 Uhr", "2018-02-15"),
        ("3. Jänner 2019", "2019-01-03"),
        ("Februar 2018", "2018-02"),
        ("02/2018", "2018-02"),
        ("Feb 15, 2018", "2018-02-15"),
        ("15th of March 2018", "2018-03-15"),
        ("Thu, 15 Feb 2018 09:00:00 GMT", "2018-02-15"),
        ("1518652800", "2018-02-15"),
        (1518652800, "2018-02-15"),
        (1518652800000, "2018-02-15"),
        (date(2018, 2, 15), "2018-02-15"),
        ("15/02/2018", "2018-02-15"),
        ("02/03/2018", "2018"),
    ],
)
def test_a_date_is_read_as_exactly_as_it_is_written(written, meant):
    assert str(parse_date(written)) == meant


@pytest.mark.parametrize(
    "written",
    ["", "neulich", "31.02.2018", "2018-13", "0001-01-01", "9999-12-31", True, None, "1 " * 99],
)
def test_what_is_no_date_is_none(written):
    assert parse_date(written) is None


@given(st.dates(date(1605, 1, 1), date(2100, 12, 31)))
def test_every_day_survives_its_usual_forms(day):
    for form in ("%Y-%m-%d", "%d.%m.%Y", "%Y%m%d", "%a, %d %b %Y %H:%M:%S +0000"):
        assert parse_date(day.strftime(form)) == PartialDate(day)


@given(st.text(max_size=90))
def test_any_text_is_a_date_or_none(text):
    found = parse_date(text)
    assert found is None or found.first <= found.last


@pytest.mark.parametrize(
    ("iso", "first", "last"),
    [
        ("2018", date(2018, 1, 1), date(2018, 12, 31)),
        ("2020-02", date(2020, 2, 1), date(2020, 2, 29)),
        ("2018-02-15", date(2018, 2, 15), date(2018, 2, 15)),
    ],
)
def test_a_partial_date_is_a_period(iso, first, last):
    partial = PartialDate.parse(iso)
    assert (partial.first, partial.last, str(partial)) == (first, last, iso)
