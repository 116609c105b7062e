"""The web chat: layout and wiring; what it shows is made in cards.py and the panels.

Gradio takes style, script, theme and texts where a chat is mounted, not where it is built, so a
server calls `mount_chat(app, assistant, settings)`, after all its other routes are in place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr
from fastapi import FastAPI
from pydantic import ValidationError

from zeitfrage.assistant.answer import Language
from zeitfrage.assistant.answer_models import AnswerModel
from zeitfrage.assistant.api_models import LONGEST_QUESTION, AnswerRequest
from zeitfrage.assistant.article_page import article_router
from zeitfrage.assistant.assistant import Assistant
from zeitfrage.assistant.cards import exchange_html
from zeitfrage.assistant.collection_panel import (
    examples_html,
    greeting_html,
    masthead_html,
    status_html,
)
from zeitfrage.assistant.conversation import Conversation, converse, interface_language
from zeitfrage.assistant.jobs import Jobs
from zeitfrage.assistant.key_guard import allows
from zeitfrage.assistant.keys import Scope
from zeitfrage.assistant.sidebar import (
    OWN,
    Changes,
    LanguageOf,
    Sidebar,
    build_sidebar,
    html,
    key_of_visit,
    take_uploads,
    translated,
)
from zeitfrage.config import Settings, ZeitfrageError
from zeitfrage.config.texts import say

_STATIC = Path(__file__).with_name("static")
_LABELS = (
    *("new", "question", "placeholder", "send", "stop"),
    *("period", "since", "since_example", "until", "until_example", "upload"),
    *("pause", "resume", "cancel"),
)
_FONT = (
    "-apple-system",
    "Segoe UI",
    "Roboto",
    "Noto Sans",
    "Liberation Sans",
    "Arial",
    "sans-serif",
)
# The dark theme's own values win over a style sheet's; the palette is in article.css.
_COLOURS = {
    "body_background_fill": "#faf8f3",
    "body_background_fill_dark": "#161513",
    "block_background_fill_dark": "transparent",
    "block_label_background_fill_dark": "transparent",
    "border_color_primary_dark": "var(--rule)",
    "input_background_fill_dark": "var(--sheet)",
    "input_background_fill_focus_dark": "var(--sheet)",
    "input_border_color_dark": "transparent",
    "button_primary_background_fill_dark": "var(--accent)",
    "button_primary_background_fill_hover_dark": "var(--accent)",
    "button_primary_text_color_dark": "var(--on-accent)",
    "button_secondary_background_fill_dark": "transparent",
    "button_secondary_background_fill_hover_dark": "var(--sheet)",
    "button_secondary_text_color_dark": "var(--ink)",
}

_AT_ONCE: dict[str, Any] = {"concurrency_limit": 4}
# "once", the default, would take no question any more after one was stopped.
_ASKS: dict[str, Any] = {**OWN, **_AT_ONCE, "trigger_mode": "multiple"}


class Page(NamedTuple):
    """The components that change while somebody asks."""

    conversation: gr.State
    masthead: gr.HTML
    new: gr.Button
    greeting: gr.HTML
    past: gr.HTML
    current: gr.HTML
    question: gr.Textbox
    send: gr.Button
    stop: gr.Button
    since: gr.Textbox
    until: gr.Textbox
    examples: gr.HTML


def mount_chat(app: FastAPI, assistant: Assistant, settings: Settings, jobs: Jobs) -> None:
    """Serve the chat at `/` and the articles at `/articles/{id}`.

    Args:
        app: has all its other routes already, as the chat takes every path that is left.
        assistant: answers.
        settings: the interface's language and the largest file that may be uploaded.
        jobs: take the uploads in.
    """
    app.include_router(article_router(assistant, settings))
    own = settings.interface_language
    texts = {
        code: {key: say(code if own == "auto" else own, f"chat.{key}") for key in _LABELS}
        for code in ("de", "en")
    }
    gr.mount_gradio_app(
        app,
        build_chat(assistant, settings, jobs),
        "/",
        server_name=settings.host,
        server_port=settings.port,
        theme=gr.themes.Base(font=_FONT, font_mono=("monospace",)).set(**_COLOURS),
        css_paths=[_STATIC / "article.css", _STATIC / "chat.css"],
        js=f"() => {{{(_STATIC / 'chat.js').read_text(encoding='utf-8')}}}",
        i18n=gr.I18n(**texts),
        favicon_path=str(_STATIC / "icon.svg"),
        max_file_size=f"{settings.max_file_megabytes}mb",
        footer_links=[],
        # What a reader asks is nobody else's business: no record of it is kept.
        run_history=False,
        ssr_mode=False,
        show_error=False,
    )


def build_chat(assistant: Assistant, settings: Settings, jobs: Jobs) -> gr.Blocks:
    """Return the chat, to be mounted by `mount_chat`.

    Args:
        assistant: answers.
        settings: the interface's language.
        jobs: take the uploads in.
    """

    def language(request: gr.Request) -> Language:
        accepted = request.headers.get("accept-language", "")
        return interface_language(settings.interface_language, accepted)

    chat: gr.Blocks
    # What a broken upload leaves behind goes after an hour.
    with gr.Blocks(
        title="Zeitfrage", analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600)
    ) as chat:
        sidebar, page = build_sidebar(), _page()
        _greet(chat, assistant, language, page, sidebar)
        _answer_questions(assistant, language, page)
        take_uploads(chat, assistant, jobs, language, sidebar, page.greeting)
        _offer_to_programs(assistant)
    return chat


# --- layout ---------------------------------------------------------------------------------


def _page() -> Page:
    with gr.Row(elem_id="masthead"):
        masthead = html("brand")
        new = gr.Button(translated("new"), elem_id="new", size="sm", visible=False)
    greeting, past = html("greeting"), html("past")
    current = html("current", _clicks_with_question("[data-without-period]", "withoutPeriod"))
    with gr.Column(elem_id="composer"):
        with gr.Row(elem_id="ask"):
            question = gr.Textbox(
                "",
                label=translated("question"),
                placeholder=translated("placeholder"),
                elem_id="question",
                container=False,
                max_lines=6,
                max_length=LONGEST_QUESTION,
                autofocus=True,
            )
            send = gr.Button(translated("send"), variant="primary", elem_id="send")
            stop = gr.Button(translated("stop"), elem_id="stop", visible=False)
        with gr.Accordion(translated("period"), open=False, elem_id="period"), gr.Row():
            since = gr.Textbox(
                "", label=translated("since"), placeholder=translated("since_example")
            )
            until = gr.Textbox(
                "", label=translated("until"), placeholder=translated("until_example")
            )
    examples = html("examples", _clicks_with_question("[data-question]", "question"))
    conversation = gr.State(Conversation())
    return Page(
        conversation, masthead, new, greeting, past, current,
        question, send, stop, since, until, examples,
    )  # fmt: skip


def _clicks_with_question(selector: str, attribute: str) -> str:
    """Return a script: only clicks on what holds a question count, and they tell which."""
    return f"""element.addEventListener("click", (event) => {{
        const asked = event.target.closest("{selector}");
        if (asked) trigger("click", {{ question: asked.dataset.{attribute} }});
    }});"""


# --- wiring ---------------------------------------------------------------------------------


def _greet(
    chat: gr.Blocks, assistant: Assistant, language: LanguageOf, page: Page, sidebar: Sidebar
) -> None:
    def greet(request: gr.Request) -> Changes:
        reader, collection = language(request), assistant.collection
        return {
            page.masthead: masthead_html(reader),
            page.greeting: greeting_html(collection, reader),
            page.examples: examples_html(collection, reader),
            sidebar.status: status_html(collection.status(), reader),
            sidebar.files: gr.update(visible=allows(key_of_visit(request), Scope.INGEST)),
        }

    shown = [page.masthead, page.greeting, page.examples, sidebar.status, sidebar.files]
    chat.load(greet, None, shown, **OWN)


Asking = Callable[[str, Conversation, tuple[str, str], gr.Request, bool], Iterator[Changes]]


def _asking(assistant: Assistant, language: LanguageOf, page: Page) -> Asking:
    def ask(
        question: str,
        earlier: Conversation,
        period: tuple[str, str],
        request: gr.Request,
        timely: bool,
    ) -> Iterator[Changes]:
        reader, number = language(request), len(earlier.exchanges) + 1
        if question.strip():
            yield _question_sent(page, earlier.stop(), reader)
        for now in converse(assistant, earlier, question, period, reader, timely):
            html = exchange_html(now.exchanges[-1], number, reader)
            yield {page.conversation: now, page.current: html}
        yield _ready(page)

    return ask


def _answer_questions(assistant: Assistant, language: LanguageOf, page: Page) -> None:
    asked = [page.question, page.conversation, page.since, page.until]
    shown = [*page]
    ask = _asking(assistant, language, page)

    def ask_typed(
        question: str, earlier: Conversation, since: str, until: str, request: gr.Request
    ) -> Iterator[Changes]:
        yield from ask(question, earlier, (since, until), request, True)

    def ask_example(
        earlier: Conversation, since: str, until: str, event: gr.EventData, request: gr.Request
    ) -> Iterator[Changes]:
        yield from ask(event.question, earlier, (since, until), request, True)

    def ask_without_period(
        earlier: Conversation, since: str, until: str, event: gr.EventData, request: gr.Request
    ) -> Iterator[Changes]:
        yield from ask(event.question, earlier, (since, until), request, False)

    running = [
        gr.on([page.question.submit, page.send.click], ask_typed, asked, shown, **_ASKS),
        page.examples.click(ask_example, asked[1:], shown, **_ASKS),
        page.current.click(ask_without_period, asked[1:], shown, **_ASKS),
    ]
    _stop_answers(language, page, running)


def _stop_answers(language: LanguageOf, page: Page, running: list[Any]) -> None:
    shown = [*page]

    def stop(conversation: Conversation, request: gr.Request) -> Changes:
        stopped = conversation.stop()
        number = len(stopped.exchanges)
        html = exchange_html(stopped.exchanges[-1], number, language(request)) if number else ""
        return {page.conversation: stopped, page.current: html, **_ready(page)}

    def start_anew() -> Changes:
        visible = {page.greeting: gr.update(visible=True), page.examples: gr.update(visible=True)}
        empty = {page.conversation: Conversation(), page.past: "", page.current: ""}
        return empty | visible | _ready(page) | {page.new: gr.update(visible=False)}

    page.stop.click(stop, page.conversation, shown, cancels=running, **OWN)
    page.new.click(start_anew, None, shown, cancels=running, **OWN)


def _question_sent(page: Page, earlier: Conversation, language: Language) -> Changes:
    past = (
        exchange_html(exchange, number, language)
        for number, exchange in enumerate(earlier.exchanges, start=1)
    )
    return {
        page.past: "".join(past),
        page.question: "",
        page.greeting: gr.update(visible=False),
        page.examples: gr.update(visible=False),
        page.new: gr.update(visible=True),
        page.send: gr.update(visible=False),
        page.stop: gr.update(visible=True),
    }


def _ready(page: Page) -> Changes:
    return {page.send: gr.update(visible=True), page.stop: gr.update(visible=False)}


def _offer_to_programs(assistant: Assistant) -> None:
    def ask(question: str, since: str = "", until: str = "") -> dict[str, Any]:
        """Answer a question from the articles, with citations.

        The period is given as YYYY, YYYY-MM or YYYY-MM-DD; the answer is the one of /v1/answers.
        """
        try:
            asked = AnswerRequest.model_validate(
                {"question": question, "filters": {"since": since, "until": until}}
            )
            answer = assistant.ask(asked.question, filters=asked.filters.filters())
        except (ValidationError, ZeitfrageError) as error:
            raise gr.Error(str(error)) from error
        return AnswerModel.of(answer).model_dump(mode="json")

    gr.events.api(ask, api_name="ask", **_AT_ONCE)
