"""How questions are judged, on four invented articles and with answers written by the test."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sklearn.metrics import ndcg_score

from zeitfrage.assistant import Assistant, Turn
from zeitfrage.assistant.answer import GroundedSentence, Quote
from zeitfrage.assistant.evaluate import Ranking, evaluate, figures, rank, sum_up
from zeitfrage.assistant.extractive import ExtractiveAnswerer
from zeitfrage.assistant.question_set import AskedQuestion
from zeitfrage.config import Settings
from zeitfrage.index import Collection

TOWN_HALL = (
    "Der Stadtrat von Oberau hat am Dienstag den Umbau des Rathauses beschlossen. "
    "Die Arbeiten kosten 4,2 Millionen Euro, sagte Bürgermeisterin Hanna Vogt nach der Sitzung. "
    "Sie beginnen im Mai und dauern zwei Jahre. So lange zieht das Bürgerbüro in die alte Post."
)
ARTICLES = [
    {"id": "rathaus", "date": "2024-02-06", "source": "Oberauer Bote", "text": TOWN_HALL},
    {
        "id": "kopie",
        "date": "2024-02-07",
        "source": "Tal-Kurier",
        "text": TOWN_HALL.replace("am Dienstag den", "den"),
    },
    {
        "id": "eichen",
        "date": "2023-11-02",
        "text": "Schüler haben in Lindach 120 Eichen gepflanzt. Den Platz wählte Förster Jan Ost.",
    },
]
PLANTED = "Schüler haben in Lindach 120 Eichen gepflanzt."
FOUNTAIN = "date 2022-07\n\nLindach. Der Brunnen am Markt sprudelt wieder. Er wurde 1963 gebaut.\n"


def asked(text, *answers, about=(), **more) -> AskedQuestion:
    return AskedQuestion(text=text, answers=answers, article_ids=tuple(about), **more)


COST = asked("Was kostet der Umbau des Rathauses?", "4,2 Millionen Euro", about=["rathaus"])
OAKS = asked("Wie viele Eichen wurden in Lindach gepflanzt?", "120", about=["eichen"])
BUILT = asked("Wann wurde der Brunnen am Markt gebaut?", "1963", about=["brunnen"])
NOBODY = asked("Wer gewann das Seifenkistenrennen in Hintersee?")


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    folder = tmp_path_factory.mktemp("town")
    (folder / "articles.jsonl").write_text("\n".join(map(json.dumps, ARTICLES)), encoding="utf-8")
    (folder / "brunnen.txt").write_text(FOUNTAIN, encoding="utf-8")
    with Collection.open(folder / "data", Settings()) as opened:
        results = list(opened.ingest([folder / "articles.jsonl", folder / "brunnen.txt"]))
        assert [str(result.outcome) for result in results] == ["added"] * 4
        yield opened


class Scripted:
    """Answers every question with the same words of the articles."""

    name = "scripted"

    def __init__(self, collection: Collection, *quoted: tuple[str, str]) -> None:
        self._quoted = [(collection.article(key), words) for key, words in quoted]
        self.asked = []

    def condense(self, question, history, language):  # noqa: ARG002
        return " ".join([*(turn.question for turn in history), question])

    def answer(self, question, passages):  # noqa: ARG002
        self.asked.append(question)
        for article, words in self._quoted:
            start = article.text.index(words)
            yield GroundedSentence(f"{words} ", (Quote(article, start, start + len(words)),))


def ask(collection, *questions, answerer=None, hide_answers=False):
    settings = Settings(data_folder=collection.status().folder)
    answerer = answerer or Scripted(collection)
    return list(evaluate(Assistant(collection, answerer, settings), questions, hide_answers))


# --- Retrieval ----------------------------------------------------------------


def test_a_ranking_is_measured_by_the_first_article_that_answers():
    third = Ranking(hits=(False, False, True, False), relevant=1)
    assert [third.recall(1), third.recall(5)] == [0, 1]
    assert third.reciprocal_rank == pytest.approx(1 / 3)
    nowhere = Ranking(hits=(False,) * 10, relevant=1)
    assert [nowhere.recall(10), nowhere.reciprocal_rank, nowhere.ndcg] == [0, 0, 0]


@pytest.mark.parametrize("places", [(0,), (2,), (0, 1), (1, 4, 7), (9,), ()])
@pytest.mark.parametrize("missed", [0, 1, 12])
def test_ndcg_is_what_scikit_learn_computes(places, missed):
    if not places and not missed:
        return
    hits = tuple(rank in places for rank in range(10))
    gains = [*hits, *[False] * 20, *[True] * missed]
    expected = ndcg_score([gains], [list(range(len(gains), 0, -1))], k=10)
    assert Ranking(hits=hits, relevant=len(places) + missed).ndcg == pytest.approx(expected)


def test_an_article_without_an_id_of_its_own_is_named_by_its_file(collection):
    found = collection.search(BUILT.text, 10)
    assert rank(BUILT, found).hits[0]
    assert rank(asked("?", "1963", about=[found[0].article.id]), found).hits[0]


def test_a_copy_stands_for_the_article_that_it_copies(collection):
    found = collection.search(COST.text, 10)
    copied = asked(COST.text, "4,2 Millionen Euro", about=["kopie"])
    both = asked(COST.text, "4,2 Millionen Euro", about=["rathaus", "kopie"])
    assert rank(copied, found) == rank(COST, found)
    assert rank(both, found).relevant == 1
    assert rank(both, found).ndcg == 1


def test_an_article_that_is_not_in_the_collection_counts_as_not_found(collection):
    two = asked(OAKS.text, "120", about=["eichen", "fichten"])
    ranking = rank(two, collection.search(OAKS.text, 10))
    assert ranking.hits[0]
    assert ranking.relevant == 2
    assert ranking.ndcg == pytest.approx(1 / (1 + 1 / 1.584962500721156))


# --- Answers ------------------------------------------------------------------


def test_an_answer_is_right_where_its_first_quote_holds_an_accepted_one(collection):
    first = Scripted(collection, ("eichen", PLANTED))
    third = Scripted(
        collection,
        ("rathaus", "Sie beginnen im Mai und dauern zwei Jahre."),
        ("rathaus", "So lange zieht das Bürgerbüro in die alte Post."),
        ("eichen", PLANTED),
    )
    right = figures(ask(collection, OAKS, answerer=first))
    assert (right.right_first, right.right_in_three, right.citation_precision) == (1, 1, 1)
    late = figures(ask(collection, OAKS, answerer=third))
    assert (late.right_first, late.right_in_three) == (0, 1)
    assert late.citation_precision == pytest.approx(1 / 3)


def test_the_right_words_of_another_article_are_not_right(collection):
    elsewhere = Scripted(collection, ("eichen", PLANTED))
    wrong = asked("Wie viele Stühle hat der Saal?", "120", about=["rathaus"])
    assert figures(ask(collection, wrong, answerer=elsewhere)).right_first == 0
    anywhere = asked("Wie viele Eichen?", "120")
    judged = ask(collection, anywhere, answerer=elsewhere)
    assert figures(judged).right_first == 1
    assert figures(judged).recall_1 is None


def test_citing_evidence_is_right_and_its_share_is_recall(collection):
    cost = "Die Arbeiten kosten 4,2 Millionen Euro, sagte Bürgermeisterin Hanna Vogt"
    start = "Sie beginnen im Mai und dauern zwei Jahre."
    post = "So lange zieht das Bürgerbüro in die alte Post."
    question = asked(
        "Was kostet der Umbau, und wann beginnt er?",
        "4,2 Millionen Euro",
        about=["kopie"],
        evidence=(f"{cost} nach der Sitzung.", start),
    )
    one, both, none = (
        figures(ask(collection, question, answerer=Scripted(collection, *quoted)))
        for quoted in (
            [("rathaus", start)],
            [("rathaus", start), ("rathaus", cost)],
            [("rathaus", post), ("eichen", PLANTED)],
        )
    )
    assert (one.right_first, one.citation_precision, one.citation_recall) == (0, 1, 0.5)
    assert (both.citation_precision, both.citation_recall) == (1, 1)
    assert (none.citation_precision, none.citation_recall) == (0, 0)


def test_abstaining_is_right_where_nothing_answers_and_wrong_elsewhere(collection):
    silent = figures(ask(collection, COST, OAKS, NOBODY))
    assert (silent.answerable, silent.unanswerable) == (2, 1)
    assert (silent.abstains_rightly, silent.abstains_wrongly) == (1, 1)
    assert silent.citation_precision is None
    talking = Scripted(collection, ("eichen", PLANTED))
    told = figures(ask(collection, COST, OAKS, NOBODY, answerer=talking))
    assert (told.abstains_rightly, told.abstains_wrongly, told.right_first) == (0, 0, 0.5)


def test_hidden_articles_and_their_copies_do_not_answer(collection):
    answerer = ExtractiveAnswerer(collection)
    judged = ask(collection, COST, NOBODY, answerer=answerer, hide_answers=True)
    assert [(j.question, j.hidden) for j in judged] == [
        (COST, False),
        (COST, True),
        (NOBODY, False),
    ]
    assert [j.abstained for j in judged] == [False, True, True]
    summed = figures(judged)
    assert (summed.answerable, summed.unanswerable, summed.abstains_rightly) == (1, 2, 1)


def test_a_follow_up_and_its_date_are_asked_as_the_set_says(collection):
    answerer = Scripted(collection)
    follow_up = asked(
        "Und wer wählte den Platz?",
        "Jan Ost",
        about=["eichen"],
        history=(Turn(OAKS.text, "120. [1]"),),
        as_of=date(2023, 12, 24),
    )
    judged = ask(collection, follow_up, answerer=answerer)
    assert judged[0].ranking.hits[0]
    assert {question.as_of for question in answerer.asked[1:]} == {date(2023, 12, 24)}
    assert answerer.asked[1].standalone == f"{OAKS.text} Und wer wählte den Platz?"


def test_figures_are_told_apart_by_kind_and_times_are_of_what_was_asked(collection):
    price = asked(COST.text, *COST.answers, about=["rathaus"], kind="amount")
    judged = ask(collection, price, OAKS, NOBODY, hide_answers=True)
    evaluation = sum_up(judged, "a model")
    assert list(evaluation.kinds) == ["amount", ""]
    assert evaluation.kinds["amount"].answerable == 1
    assert evaluation.kinds[""].unanswerable == 2
    assert (evaluation.answerer, evaluation.embedding_model) == ("scripted", "a model")
    asked_times = sorted(j.total_ms for j in judged if not j.hidden)
    assert evaluation.all.total_ms_p50 == pytest.approx(asked_times[1])
    assert 0 < evaluation.all.retrieval_ms_p50 < evaluation.all.total_ms_p95
