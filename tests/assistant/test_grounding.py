"""What the model writes is proved from the passages, whatever it claims to cite."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zeitfrage.assistant.figures import figures
from zeitfrage.assistant.grounding import ground
from zeitfrage.assistant.markers import strip_markers
from zeitfrage.index.article import Article, PartialDate, Passage
from zeitfrage.index.chunking import cut

FERRY = Article(
    id="faehre",
    title="Neue Fähre für die Lürne",
    text=(
        "Hohenlürn. Die neue Fähre „Wilma“ fasst 240 Fahrgäste und kostet 1,2 Millionen Euro. "
        "Sie fährt vom 3. Mai an zwischen Hohenlürn und Marlenbrück.\n\n"
        "Bürgermeisterin Edda Krohn lobte die Werft. Sie sprach von einem Glücksfall für das Tal. "
        "Am Donnerstag stimmten zwölf Ratsmitglieder dafür. Ein Gutachten gibt es nicht."
    ),
    published=PartialDate.parse("2024-04-18"),
    source="Hohenlürner Bote",
    agency="lpd",
)
CASTLE = Article(
    id="castle",
    title="Castle museum counts its visitors",
    text="Some 1,500 people came to the castle museum in Pellminster. "
    "The curator is Maud Ellerby. A quarter of them were children.",
    published=PartialDate.parse("2023"),
    language="en",
)
PASSAGES = [
    Passage(article, found.chunk, 1.0, 0.9, 5.0)
    for article in (FERRY, CASTLE)
    for found in cut(article, 260)
]


def quotes(
    sentence: str, language: str = "de", passages: Sequence[Passage] = PASSAGES
) -> list[str]:
    grounded = ground(sentence, language, passages)
    assert grounded is not None
    return [quote.text for quote in grounded.quotes]


def test_a_sentence_is_quoted_from_the_article_that_says_it():
    (quote,) = quotes("Die Fähre fasst 240 Fahrgäste [1].")
    assert quote == "Die neue Fähre „Wilma“ fasst 240 Fahrgäste und kostet 1,2 Millionen Euro."


def test_the_proof_does_not_depend_on_the_number_that_the_model_wrote():
    for marker in ("", " [1]", " [3]", " [0]", " [99]"):
        assert "240 Fahrgäste" in quotes(f"Die Fähre fasst 240 Fahrgäste{marker}.")[0]


def test_a_few_words_are_an_answer_too():
    assert "Edda Krohn" in quotes("Edda Krohn.")[0]
    assert "240 Fahrgäste" in quotes("240 Fahrgäste")[0]


def test_a_sentence_whose_proof_is_spread_over_two_sentences_quotes_both():
    found = quotes("Die Fähre kostet 1,2 Millionen Euro und fährt vom 3. Mai an.")
    assert [("1,2 Millionen" in quote, "3. Mai" in quote) for quote in sorted(found)] == [
        (True, False),
        (False, True),
    ]


@pytest.mark.parametrize(
    "invented",
    [
        "Die Fähre fasst 250 Fahrgäste [1].",
        "Die Fähre kostet 12 Millionen Euro [1].",
        "Die Fähre kostet 1,2 Milliarden Euro [1].",
        "Sie fährt vom 4. Mai an zwischen Hohenlürn und Marlenbrück [1].",
        "Sie fährt vom 3. Juni an zwischen Hohenlürn und Marlenbrück [1].",
        "Am Freitag stimmten zwölf Ratsmitglieder dafür [2].",
        "Am Donnerstag stimmten elf Ratsmitglieder dafür [2].",
    ],
)
def test_a_number_or_date_that_no_quoted_sentence_has_is_unsupported(invented: str):
    assert quotes(invented) == []


@pytest.mark.parametrize(
    "invented",
    [
        "Bürgermeister Bernd Achtermann lobte die Werft [2].",
        "Die Fähre wird mit Wasserstoff angetrieben [1].",
        "Paris ist die Hauptstadt von Frankreich [1].",
    ],
)
def test_what_the_passages_do_not_say_is_unsupported_even_with_a_valid_citation(invented: str):
    assert quotes(invented) == []


def test_a_name_in_an_english_sentence_must_stand_in_the_passage():
    assert quotes("The curator is Maud Ellerby.", "en")
    assert quotes("The curator is Maud Harrow.", "en") == []


def test_the_articles_own_date_needs_no_words_in_its_text():
    assert quotes("Die Fähre fasst im Jahr 2024 240 Fahrgäste [1].")
    assert quotes("Die Fähre fasst im Jahr 2025 240 Fahrgäste [1].") == []
    assert quotes("Die Fähre fasst seit dem 18. April 2024 240 Fahrgäste [1].")


def test_the_day_of_the_articles_date_is_no_number_of_anything_else():
    assert quotes("Die Fähre fasst 18 Fahrgäste [1].") == []
    assert quotes("She was given 18 bunches of flowers [1].", "en") == []


@pytest.mark.parametrize(
    "sentence",
    [
        "The ferry costs 1.2 million euros [1].",
        "The ferry takes 240 passengers.",
        "Mayor Edda Krohn praised the shipyard [2].",
    ],
)
def test_an_english_sentence_is_proved_by_a_german_article_by_its_numbers_and_names(sentence: str):
    assert quotes(sentence, "en")


@pytest.mark.parametrize(
    "sentence", ["The ferry costs 1.3 million euros [1].", "The ferry was expensive."]
)
def test_across_languages_wrong_numbers_and_uncited_claims_are_unsupported(sentence: str):
    assert quotes(sentence, "en") == []


@pytest.mark.parametrize(
    "framing",
    [
        "Laut den Artikeln:",
        "Hier ist die Antwort:",
        "[1]",
        "**",
        "Die Artikel enthalten keine Informationen über die Kosten.",
        "Das wird in den Artikeln nicht erwähnt.",
        "Die Passagen nennen keine Kosten.",
        "The articles do not say what it cost.",
    ],
)
def test_a_sentence_that_claims_nothing_about_the_world_is_dropped(framing: str):
    language = "en" if framing.startswith("The") else "de"
    assert ground(framing, language, PASSAGES) is None


@pytest.mark.parametrize(
    "sentence", ["Laut den Artikeln gibt es kein Gutachten [2].", "Es gibt kein Gutachten."]
)
def test_a_negated_statement_about_the_world_is_not_taken_for_a_refusal(sentence: str):
    assert "Gutachten" in quotes(sentence)[0]


def test_the_white_space_after_a_sentence_is_kept_for_the_text():
    grounded = ground("Die Fähre fasst 240 Fahrgäste [1].\n\n", "de", PASSAGES)
    assert grounded is not None
    assert grounded.text == "Die Fähre fasst 240 Fahrgäste.\n\n"


def test_without_passages_nothing_is_supported():
    assert quotes("Die Fähre fasst 240 Fahrgäste [1].", passages=[]) == []


@pytest.mark.parametrize(
    ("written", "cited"),
    [
        ("Satz [2].", {2}),
        ("Satz. [2]", {2}),
        ("Satz [1, 3].", {1, 3}),
        ("Satz [1][2].", {1, 2}),
        ("Satz【1】.", {1}),
        ("Satz[^3].", {3}),
        ("Satz [1-3].", {1, 2, 3}),
        ("Satz [Artikel 2].", {2}),
        ("Satz [0].", set()),
        ("Satz [4].", set()),
        ("Satz [999999999].", set()),
        ("Satz [1-999999999].", {1, 2, 3}),
        ("Satz [" + "9" * 5000 + "].", set()),
    ],
)
def test_every_form_of_marker_is_taken_out_and_read_within_bounds(written: str, cited: set[int]):
    text, numbers = strip_markers(written, 3)
    assert (text, numbers) == ("Satz.", cited)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("![x](http://127.0.0.1/spy?q=1) Satz.", "x Satz."),
        ("Siehe [hier](http://127.0.0.1/).", "Siehe hier."),
        ("Ein <img src=x onerror=alert(1)> Bild.", "Ein Bild."),
        ("- **Satz** [1].", "Satz."),
        ("Er sagte „so [sic]“.", "Er sagte „so [sic]“."),
    ],
)
def test_nothing_that_could_load_or_link_survives(written: str, plain: str):
    assert strip_markers(written, 3)[0] == plain


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("1.000 Euro", "1,000 euros"),
        ("1 000 Euro", "1000 Euro"),
        ("1,2 Millionen", "1.200.000"),
        ("12", "zwölf"),
        ("eine Million", "1.000.000"),
        ("15.02.2018", "15. Februar 2018"),
        ("2018-02-15", "15. Februar 2018"),
        ("18.30 Uhr", "18:30 Uhr"),
        ("am Mittwochabend", "am Mittwoch"),
        ("98 %", "98 Prozent"),
    ],
)
def test_a_number_or_date_is_the_same_in_every_way_to_write_it(text: str, same: str):
    assert figures(text, "de") == figures(same, "de") != frozenset()


def test_german_and_english_figures_are_compared_by_what_they_mean():
    assert figures("zwei Milliarden am 3. Mai", "de") == figures("two billion on 3 May", "en")
    assert figures("1 Billion", "de") != figures("1 billion", "en")


MARKERS = st.sampled_from(
    [
        "[1]",
        "[2]",
        "[0]",
        "[-1]",
        "[1-999999999]",
        "[[1]2]",
        "【7】",
        "[^1]",
        "[",
        "]",
        "[1,",
        "<b>",
    ]
)
WORDS = st.sampled_from(
    [
        "Die Fähre",
        "240",
        "fasst",
        "Edda Krohn",
        "3. Mai",
        "１２",
        "kostet",
        ".",
        "\n",
        "🙂",
        "1.2.3",
    ]
)
WRITTEN = st.lists(st.one_of(MARKERS, WORDS, st.text(max_size=12)), max_size=30).map(" ".join)


@settings(deadline=None, max_examples=300)
@given(written=WRITTEN, language=st.sampled_from(["de", "en"]), given_passages=st.integers(0, 5))
def test_whatever_is_written_quotes_lie_in_their_article_and_no_marker_is_left(
    written: str, language: str, given_passages: int
):
    passages = PASSAGES[:given_passages]
    grounded = ground(written, language, passages)
    if grounded is None:
        return
    assert not re.search(r"\[\s*\d+\s*\]", grounded.text)
    assert len(grounded.quotes) <= 2
    for quote in grounded.quotes:
        assert 0 <= quote.start < quote.end <= len(quote.article.text)
        assert any(
            quote.article.id == passage.article.id
            and passage.chunk.start <= quote.start
            and quote.end <= passage.chunk.end
            for passage in passages
        )


@settings(deadline=None, max_examples=300)
@given(written=WRITTEN, count=st.integers(0, 9))
def test_no_citation_is_ever_out_of_range(written: str, count: int):
    assert all(1 <= number <= count for number in strip_markers(written, count)[1])
