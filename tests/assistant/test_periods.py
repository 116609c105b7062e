"""Questions about a period find what happened in it, whatever words the articles have for it."""

from __future__ import annotations

import json
import shutil
from datetime import date

import pytest
from command_line import CommandLine

from zeitfrage.assistant import Assistant, Turn
from zeitfrage.assistant.answer_models import AnswerModel
from zeitfrage.assistant.cards import exchange_html
from zeitfrage.assistant.conversation import Exchange
from zeitfrage.config import Settings
from zeitfrage.index import Collection

ARTICLES = {
    "bridge": (
        "2018-02-15",
        "Holzbrücke eingestürzt",
        "Die alte Holzbrücke über die Lurre ist am Mittwoch eingestürzt. Verletzt wurde niemand.",
    ),
    "demolition": (
        "2018-03-08",
        "Abriss hat begonnen",
        "Der Abriss der Holzbrücke in Quarnstedt hat am Mittwoch begonnen. Er dauert drei Wochen.",
    ),
    "council": (
        "2018-03-12",
        "Haushalt steht",
        "Im Februar hat der Stadtrat von Quarnstedt seinen Haushalt beschlossen. Drei fehlten.",
    ),
    "council-later": (
        "2019-03-12",
        "Stadtrat streitet",
        "Der Stadtrat von Quarnstedt hat seinen Haushalt abgelehnt. Nun wird neu verhandelt.",
    ),
    "mayor": (
        "2017-06-12",
        "Prell gewählt",
        "Gestern wählten die Quarnstedter Jana Prell zu ihrer Bürgermeisterin. Sie ist 46.",
    ),
    "fire": (
        "2019-01-02",
        "Scheune brannte aus",
        "In Oberfelden ist am Montag eine Scheune ausgebrannt. Die Kühe wurden gerettet.",
    ),
    "fair": (
        "2018-09-03",
        "Aalfest gut besucht",
        "Viertausend Gäste kamen am Wochenende zum Aalfest an der Lurre. Es gab Musik.",
    ),
    "sawmill": (
        "2016-05",
        "Sägewerk geschlossen",
        "Im vergangenen Monat schloss das Sägewerk Tannbergen nach 112 Jahren seine Tore.",
    ),
    "pool-2017": (
        "2017-05-20",
        "Freibad öffnet",
        "Das Freibad Marlenbrück kostet in diesem Sommer drei Euro Eintritt. Die Saison beginnt.",
    ),
    "pool-2018": (
        "2018-05-19",
        "Baden wird teurer",
        "Vier Euro Eintritt verlangt das Freibad Marlenbrück nun, weil das Chlor teurer wurde.",
    ),
    "pool-2019": (
        "2019-05-18",
        "Neue Preise am Becken",
        "Wer ins Freibad Marlenbrück will, zahlt ab sofort fünf Euro Eintritt, Kinder zwei.",
    ),
    "ferry": (
        "2018-02-16",
        "Ferry runs aground",
        "The ferry Skarrow Belle ran aground off Saltgate on Tuesday. All passengers are safe.",
    ),
    "ferry-repaired": (
        "2018-04-20",
        "Ferry is back",
        "The ferry Skarrow Belle returned to Saltgate yesterday after two months of repairs.",
    ),
    "tower": (
        None,
        "Der Wasserturm",
        "Der Wasserturm von Quarnstedt wurde 1908 gebaut und ist 41 Meter hoch.",
    ),
}

QUESTIONS = [
    # question, asked on, the article that is found first
    ("Was geschah am 14. Februar 2018?", "2026-01-01", "bridge"),
    ("Was geschah am 14.02.2018 in Quarnstedt?", "2026-01-01", "bridge"),
    ("Was geschah am 7. März 2018?", "2026-01-01", "demolition"),
    ("Was war gestern los?", "2018-02-15", "bridge"),
    ("Was geschah am Mittwoch mit der Holzbrücke?", "2018-02-16", "bridge"),
    ("Was geschah am Mittwoch mit der Holzbrücke?", "2018-03-09", "demolition"),
    ("Was geschah in der vergangenen Woche an der Holzbrücke?", "2018-03-14", "demolition"),
    ("Was beschloss der Stadtrat im Februar 2018?", "2026-01-01", "council"),
    ("Was beschloss der Stadtrat im Februar?", "2018-03-20", "council"),
    ("Was tat der Stadtrat im vergangenen Monat?", "2019-04-02", "council-later"),
    ("Wer wurde am 11. Juni 2017 gewählt?", "2026-01-01", "mayor"),
    ("Was geschah zwischen Juni und August 2017 im Rathaus?", "2026-01-01", "mayor"),
    ("Was geschah am 31. Dezember 2018?", "2026-01-01", "fire"),
    ("Was fand am 1. September 2018 statt?", "2026-01-01", "fair"),
    ("Was schloss im April 2016?", "2026-01-01", "sawmill"),
    ("Was geschah vor 2017 in Tannbergen?", "2026-01-01", "sawmill"),
    ("Wie viel Eintritt kostete das Freibad im Jahr 2017?", "2026-01-01", "pool-2017"),
    ("Wie viel Eintritt kostete das Freibad im vergangenen Jahr?", "2018-07-01", "pool-2017"),
    ("Wie viel Eintritt kostet das Freibad in diesem Jahr?", "2018-07-01", "pool-2018"),
    ("Wie viel Eintritt kostet das Freibad seit Mai 2019?", "2026-01-01", "pool-2019"),
    ("What happened on 13 February 2018?", "2026-01-01", "ferry"),
    ("What happened to the ferry last week?", "2018-02-20", "ferry"),
    ("What happened to the ferry in April 2018?", "2026-01-01", "ferry-repaired"),
    ("Welcher Turm wurde 1908 gebaut?", "2026-01-01", "tower"),
]


@pytest.fixture(scope="module")
def news_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("news")
    records = [
        {"id": key, "title": title, "text": text, "source": "Bote"}
        | ({"date": day} if day else {})
        | ({"language": "en"} if key.startswith("ferry") else {"language": "de"})
        for key, (day, title, text) in ARTICLES.items()
    ]
    (folder / "in.json").write_text(json.dumps(records))
    with Collection.open(folder / "data", Settings()) as collection:
        assert len(list(collection.ingest([folder / "in.json"]))) == len(ARTICLES)
    return folder / "data"


@pytest.fixture(scope="module")
def news(news_folder, tmp_path_factory):
    # The command line's tests need the first one for themselves.
    folder = shutil.copytree(news_folder, tmp_path_factory.mktemp("read") / "data")
    with Assistant.open(settings=Settings(data_folder=folder)) as opened:
        yield opened


def found(answer) -> list[str]:
    return [passage.article.id for passage in answer.passages]


@pytest.mark.parametrize(("question", "asked_on", "first"), QUESTIONS)
def test_what_happened_in_the_period_is_found_first(news, question, asked_on, first):
    answer = news.ask(question, as_of=date.fromisoformat(asked_on))
    assert answer.question.period
    assert found(answer)[0] == first


def test_an_article_of_march_about_february_is_found_and_one_of_another_year_is_not(news):
    answer = news.ask("Was beschloss der Stadtrat von Quarnstedt im Februar 2018?")
    assert "council" in found(answer)
    assert "council-later" not in found(answer)


def test_what_appeared_before_a_period_or_long_after_cannot_be_about_it(news):
    answer = news.ask("Was kostete das Freibad im Mai 2018?")
    assert "pool-2018" in found(answer)
    assert not {"pool-2017", "pool-2019", "mayor"} & set(found(answer))


def test_undated_articles_are_never_left_out(news):
    assert found(news.ask("Was geschah im Mai 1990 mit dem Wasserturm?")) == ["tower"]


def test_a_date_that_belongs_to_a_noun_leaves_nothing_out(news):
    answer = news.ask("Wie viel Eintritt kostete das Freibad Marlenbrück laut Preisliste 2018?")
    assert {"pool-2017", "pool-2018", "pool-2019"} <= set(found(answer))
    assert found(answer)[0] == "pool-2018"


def test_a_question_without_a_period_finds_what_it_found_before(news):
    question = "Wie viel Eintritt kostet das Freibad Marlenbrück?"
    answer = news.ask(question)
    assert answer.question.period is None
    assert list(answer.passages) == news.collection.search(question, 8)


def test_a_period_that_is_not_to_be_heeded_changes_nothing(news):
    question = "Was kostete das Freibad im Mai 2018?"
    answer = news.ask(question, timely=False)
    assert answer.question.period is None
    assert list(answer.passages) == news.collection.search(question, 8)


def test_a_follow_up_keeps_the_period_unless_it_names_another(news):
    history = (Turn("Wie viel Eintritt kostete das Freibad im Jahr 2017?", "Drei Euro. [1]"),)
    kept = news.ask("Und was kostete es dort?", history).question.period
    other = news.ask("Und im Jahr 2019?", history).question.period
    assert kept
    assert other
    assert (kept.words, other.words) == ("2017", "2019")


def test_json_says_which_period_was_understood(news):
    shown = AnswerModel.of(news.ask("Was geschah seit Mai 2019?")).period
    assert shown is not None
    assert shown.model_dump(mode="json") == {
        "first": "2019-05-01",
        "last": None,
        "words": "seit Mai 2019",
        "strict": True,
    }
    assert AnswerModel.of(news.ask("Wie hoch ist der Wasserturm?")).period is None


@pytest.mark.parametrize(
    ("question", "language", "shown"),
    [
        ("Was geschah im Februar 2018?", "de", "Gefragt: Februar 2018"),
        ("Was geschah am 14. Februar 2018?", "en", "Asked: 14 February 2018"),
        ("Was geschah seit 2019?", "de", "Gefragt: ab 1. Januar 2019"),
        ("Was geschah vor 2018?", "en", "Asked: until 31 December 2017"),
        (
            "Was geschah zwischen März und Mai 2018?",
            "de",
            "Gefragt: 1. März 2018 bis 31. Mai 2018",
        ),
    ],
)
def test_the_chat_names_the_period_and_offers_to_ask_without_it(news, question, language, shown):
    html = exchange_html(Exchange(question, answer=news.ask(question)), 1, language)
    item = html.partition('<li class="asked-period">')[2].partition("</li>")[0]
    assert item.startswith(f"{shown}<button")
    assert f'data-without-period="{question}"' in item


def test_the_command_line_names_the_period_below_the_answer(news_folder, capsys, monkeypatch):
    monkeypatch.chdir(news_folder.parent)
    run = CommandLine(capsys, news_folder)
    with_end = run("ask", "Was beschloss der Stadtrat im Februar 2018?").out
    assert "\nZeitraum: 2018-02-01 bis 2018-02-28\n" in with_end
    without_end = run("ask", "Who was elected since 2017?").out
    assert "\nPeriod: 2017-01-01 to …\n" in without_end
