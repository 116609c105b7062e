"""The date of an article, in every form and spelling that it comes in."""

from __future__ import annotations

import io
from datetime import datetime

import pytest
from dated_forms import FORMS, Told, written

from zeitfrage.index.article import Article
from zeitfrage.index.loaders import read_articles

# Its text speaks of other days, none of which is that of the article.
MILL = Told(
    "Die Mühle von Oberau wird Museum",
    "Die Mühle von Oberau wird nach langem Streit zum Museum. Das beschloss der Rat am 3. Mai 1999 "
    "mit 14 zu 5 Stimmen.\n\nGebaut wurde sie 1786, das Mahlwerk stand bis zum 1. April 1962 nicht "
    "still, wie die Müllerin Greta Lohse der Zeitung sagte.\n\nEröffnet wird im Mai 2031.",
    datetime(2018, 2, 15, 14, 30),  # noqa: DTZ001 (the spellings add the zones)
)


@pytest.mark.parametrize("form", FORMS)
def test_a_date_is_found_wherever_it_stands_and_however_it_is_spelled(form):
    for spelling in FORMS[form].spellings:
        made = written(MILL, form, spelling)
        (article,) = read_articles(io.BytesIO(made.data), made.name)
        assert isinstance(article, Article), (spelling, article)
        assert str(article.published) == made.published, spelling
        assert "nicht still, wie die Müllerin" in article.text


@pytest.mark.parametrize("form", [form for form in FORMS if form.startswith("txt")])
def test_what_says_the_date_is_no_part_of_the_text(form):
    for spelling in FORMS[form].spellings:
        made = written(MILL, form, spelling)
        (article,) = read_articles(io.BytesIO(made.data), made.name)
        assert article.text.removeprefix("Berlin. ").startswith(("Die Mühle", "Berlin, ")), spelling
        assert article.text.endswith("Eröffnet wird im Mai 2031."), spelling
