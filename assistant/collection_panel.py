"""What the chat shows of its collection, and what stands on the page before the first question."""

from __future__ import annotations

from html import escape

from zeitfrage.assistant.answer import Language
from zeitfrage.assistant.period_card import date_in_words
from zeitfrage.config.errors import ArticleNotFound
from zeitfrage.config.texts import say
from zeitfrage.index.collection import Collection, CollectionStatus

_SAMPLE = "de-16-stichwahl-harbeck"
_SOURCES_SHOWN = 8


def status_html(status: CollectionStatus, language: Language) -> str:
    """Return how many articles there are, from when, and from which sources."""
    dates = [date_in_words(day, language) for day in (status.oldest, status.newest) if day]
    facts = [
        (
            say(language, "chat.articles"),
            f"{status.articles:,}".replace(",", say(language, "chat.thousands")),
        ),
        (say(language, "chat.dates"), " – ".join(dict.fromkeys(dates))),
    ]
    rows = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts if value)
    shown = "".join(f"<li>{escape(name)}</li>" for name in status.sources[:_SOURCES_SHOWN])
    if more := len(status.sources) - _SOURCES_SHOWN:
        shown += f"<li>{say(language, 'chat.more_sources', count=more)}</li>" if more > 0 else ""
    sources = f"<div><dt>{say(language, 'chat.sources')}</dt><dd><ul>{shown}</ul></dd></div>"
    return (
        f"<h2>{say(language, 'chat.collection')}</h2>"
        f'<dl class="status">{rows}{sources if shown else ""}</dl>'
    )


def masthead_html(language: Language) -> str:
    """Return the name of the page, and the panel that articles open in."""
    return (
        '<a class="wordmark" href="./">Zeitfrage</a>'
        f'<dialog id="reader" lang="{language}" data-sidebar="{say(language, "chat.sidebar")}"'
        f' data-upload="{say(language, "chat.upload")}">'
        '<header><a id="reader-page" target="_blank" rel="noopener">'
        f"{say(language, 'chat.new_tab')}</a>"
        f'<button type="button" id="reader-close" autofocus'
        f' aria-label="{say(language, "chat.close")}">'
        '<svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">'
        '<path d="M3 3l10 10M13 3L3 13" stroke="currentColor" stroke-width="1.5"/></svg>'
        '</button></header><div id="reader-text" tabindex="-1"></div></dialog>'
    )


def greeting_html(collection: Collection, language: Language) -> str:
    """Return what stands above the question box before the first question."""
    detail = "chat.welcome_detail" if collection.count() else "chat.add_articles"
    return f"<h1>{say(language, 'chat.welcome')}</h1><p>{say(language, detail)}</p>"


def examples_html(collection: Collection, language: Language) -> str:
    """Return questions to try where the sample articles are there to answer them."""
    if not _holds_samples(collection):
        return ""
    examples = "".join(
        f'<li><button type="button" data-question="{escape(question)}">{escape(question)}'
        "</button></li>"
        for question in say(language, "chat.examples").strip().splitlines()
    )
    return f"<h2>{say(language, 'chat.try')}</h2><ul>{examples}</ul>"


def _holds_samples(collection: Collection) -> bool:
    try:
        collection.article(_SAMPLE)
    except ArticleNotFound:
        return False
    return True
