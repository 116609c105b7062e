"""What a reader sees and does in the chat."""

from __future__ import annotations

import re

import pytest
from command_line import short_articles
from playwright.sync_api import Page, expect

HARBECK = "Mit wie viel Prozent gewann Swantje Harbeck die Stichwahl in Hohenlürn?"
PROOF = (
    "In der Stichwahl am Sonntag setzte sich die 46-Jährige mit 53,8 Prozent der Stimmen gegen "
    "Markus Evering von der Bürgerliste durch."
)
UNANSWERABLE = "Wer bekam 2024 den Literaturnobelpreis?"
WATER_TOWER = (
    "date 2026-03\n\nQuarnstedt. Der neue Wasserturm von Quarnstedt ist 41 Meter hoch. "
    "Das teilte die Gemeinde am Dienstag mit.\n"
)
PAYLOAD = "<img src=x onerror=alert(1)><script>alert(2)</script>"
PHONE = {"width": 360, "height": 740}


def ask(page: Page, question: str) -> None:
    page.locator("#question textarea").fill(question)
    page.keyboard.press("Enter")


def answered(page: Page, state: str = "done"):
    exchange = page.locator(f"#current .exchange[data-state={state}]")
    expect(exchange).to_be_visible()
    return exchange


def width_used(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth")


@pytest.fixture
def article_file(tmp_path):
    def write(name: str, text: str):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_an_answer_cites_the_words_and_their_article(visit):
    page = visit()
    ask(page, HARBECK)
    exchange = answered(page)
    expect(exchange.locator(".answer")).to_contain_text(PROOF)
    expect(exchange.locator(".cite").first).to_have_text("1")
    card = exchange.locator(".card").first
    expect(card.locator("h4")).to_have_text("Swantje Harbeck wird Bürgermeisterin von Hohenlürn")
    expect(card.locator(".details")).to_contain_text("24. Juni 2024")
    expect(card.locator(".details")).to_contain_text("Hohenlürner Bote")
    expect(card.locator("mark")).to_have_text(PROOF)


def test_a_citation_opens_the_article_scrolled_to_the_highlighted_words(visit):
    page = visit(screen={"width": 1000, "height": 420})
    ask(page, "Was warf die Gewerkschafterin Petra Lindau dem Maschinenbauer Ketterlohn vor?")
    answered(page).locator(".open-article").first.click()
    mark = page.locator("#reader mark")
    expect(mark).to_contain_text("Für Beteiligungen ist Geld da, für die eigenen Leute nicht")
    expect(mark).to_be_in_viewport()
    expect(page.locator("#reader h1")).to_contain_text("Ketterlohn")
    page.keyboard.press("Escape")
    expect(page.locator("#reader")).to_be_hidden()


def test_the_article_has_a_page_of_its_own_with_the_same_highlight(visit):
    page = visit()
    ask(page, HARBECK)
    address = answered(page).locator(".open-article").first.get_attribute("href")
    alone = visit(path=f"/{address}")
    expect(alone.locator("mark")).to_have_text(PROOF)
    expect(alone.locator("mark")).to_be_in_viewport()


def test_a_marker_in_the_answer_leads_to_its_quote(visit):
    page = visit()
    ask(page, HARBECK)
    exchange = answered(page)
    exchange.locator(".cite").first.click()
    expect(exchange.locator(".lit")).to_contain_text("53,8 Prozent")


def test_what_the_articles_do_not_hold_is_said_and_the_nearest_are_shown(visit):
    page = visit()
    ask(page, UNANSWERABLE)
    exchange = answered(page, "abstained")
    expect(exchange).to_contain_text("Das geht aus den Artikeln nicht hervor.")
    expect(exchange.locator(".cite")).to_have_count(0)
    assert exchange.locator(".open-article").count() >= 1


def test_an_example_is_asked_by_a_click(visit):
    page = visit()
    page.locator("#examples button").first.click()
    expect(answered(page).locator("h2.question")).to_have_text(HARBECK)


def test_a_follow_up_leans_on_the_question_before(visit):
    page = visit()
    ask(page, HARBECK)
    answered(page)
    ask(page, "Und gegen wen setzte sie sich durch?")
    expect(answered(page).locator("h2.question")).to_have_text(
        "Und gegen wen setzte sie sich durch?"
    )
    expect(page.locator("#current .answer")).to_contain_text("Markus Evering")
    expect(page.locator("#past .exchange")).to_have_count(1)


@pytest.mark.parametrize(
    ("language", "heading"),
    [("de-AT", "Was wollen Sie wissen?"), ("en-GB", "What do you want to know?"), ("fr-FR", None)],
)
def test_the_page_speaks_the_language_of_the_browser(visit, language, heading):
    page = visit(language)
    expect(page.locator("#greeting h1")).to_have_text(heading or "What do you want to know?")
    expect(page.locator("html")).to_have_attribute("lang", "de" if language == "de-AT" else "en")


def test_an_uploaded_article_is_reported_counted_and_answers(visit, article_file):
    page = visit()
    expect(page.locator("#status")).to_contain_text("40")
    files = [article_file("turm.txt", WATER_TOWER), article_file("leer.txt", "")]
    page.locator("#upload input[type=file]").set_input_files(files)
    report = page.locator("#report")
    expect(report.locator(".outcomes")).to_contain_text(
        re.compile("1 .*neu|1 .*hinzu", re.IGNORECASE)
    )
    expect(report.locator(".rejections")).to_contain_text("leer.txt")
    expect(page.locator("#status")).to_contain_text("41")
    ask(page, "Wie hoch ist der neue Wasserturm von Quarnstedt?")
    expect(answered(page).locator(".answer")).to_contain_text("41 Meter")


def test_an_upload_shows_how_far_it_has_got(visit, article_file):
    page = visit()
    file = article_file("viele.jsonl", short_articles(500))
    page.locator("#upload input[type=file]").set_input_files(file)
    expect(page.locator("#report progress[value]")).to_be_visible(timeout=20_000)
    expect(page.locator("#report .outcomes")).to_contain_text("500 neu", timeout=60_000)


def test_an_upload_is_paused_resumed_and_goes_on_when_the_page_is_closed(visit, article_file):
    page = visit()
    file = article_file("viele.jsonl", short_articles(500))
    page.locator("#upload input[type=file]").set_input_files(file)
    page.locator("#pause").click(timeout=20_000)
    expect(page.locator("#report")).to_contain_text("Pausiert", timeout=20_000)
    expect(page.locator("#pause")).to_be_hidden()
    page.goto("about:blank")
    again = visit()
    expect(again.locator("#report")).to_contain_text("Pausiert")
    again.locator("#resume").click()
    expect(again.locator("#pause")).to_be_visible()
    again.goto("about:blank")
    last = visit()
    expect(last.locator("#status")).to_contain_text("540", timeout=60_000)


def test_a_cancelled_upload_keeps_what_was_taken_in(visit, article_file):
    page = visit()
    page.locator("#upload input[type=file]").set_input_files(
        article_file("viele.jsonl", short_articles(2000))
    )
    page.locator("#cancel").click(timeout=20_000)
    expect(page.locator("#report")).to_contain_text("Abgebrochen", timeout=20_000)
    expect(page.locator("#cancel")).to_be_hidden()


def test_a_period_bounds_which_articles_answer(visit):
    page = visit()
    page.locator("#period > button").click()
    page.get_by_label("Bis", exact=False).fill("2023")
    page.get_by_label("Bis", exact=False).press("Tab")  # Gradio takes it over when it is left
    ask(page, HARBECK)
    exchange = page.locator("#current .exchange")
    expect(exchange).to_have_attribute("data-state", re.compile("done|abstained"))
    expect(exchange).not_to_contain_text("53,8 Prozent")


def test_a_date_that_is_none_is_said_in_one_sentence(visit):
    page = visit()
    page.locator("#period > button").click()
    page.get_by_label("Bis", exact=False).fill("neulich")
    ask(page, HARBECK)
    expect(answered(page, "problem")).to_contain_text("neulich")


def test_markup_in_articles_and_questions_is_shown_as_text(visit, article_file):
    page = visit()
    text = f"date 2026-03\n\nQuarnstedt. Der Turm {PAYLOAD} von Quarnstedt ist 41 Meter hoch.\n"
    page.locator("#upload input[type=file]").set_input_files(article_file("turm.txt", text))
    expect(page.locator("#status")).to_contain_text("41")
    ask(page, f"Wie hoch ist der Turm von Quarnstedt? {PAYLOAD}")
    exchange = answered(page)
    expect(exchange.locator("h2.question")).to_contain_text(PAYLOAD)
    exchange.locator(".open-article").first.click()
    expect(page.locator("#reader")).to_contain_text(PAYLOAD)
    assert page.locator("img[src=x]").count() == 0


def test_a_phone_shows_everything_within_its_width(visit):
    page = visit(screen=PHONE)
    expect(page.locator("#greeting h1")).to_be_visible()
    assert width_used(page) == PHONE["width"]
    ask(page, HARBECK)
    exchange = answered(page)
    assert width_used(page) == PHONE["width"]
    exchange.locator(".open-article").first.click()
    expect(page.locator("#reader mark")).to_be_in_viewport()
    box = page.locator("#reader").bounding_box()
    assert box
    assert round(box["width"]) <= PHONE["width"]


def test_a_new_conversation_starts_empty(visit):
    page = visit()
    ask(page, HARBECK)
    answered(page)
    page.locator("#new").click()
    expect(page.locator(".exchange")).to_have_count(0)
    expect(page.locator("#greeting h1")).to_be_visible()


def test_the_question_box_and_the_markers_are_reached_by_keyboard(visit):
    page = visit()
    expect(page.locator("#question textarea")).to_be_focused()
    ask(page, HARBECK)
    marker = answered(page).locator(".cite").first
    marker.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#current .lit")).to_contain_text("53,8 Prozent")
