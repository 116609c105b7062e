"""A whole article as a page of its own, with the words that an answer quoted highlighted."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import HTMLResponse

from zeitfrage.assistant.answer import Language
from zeitfrage.assistant.assistant import Assistant
from zeitfrage.assistant.cards import article_html
from zeitfrage.assistant.conversation import interface_language
from zeitfrage.assistant.differences import difference_html
from zeitfrage.assistant.period_card import date_in_words
from zeitfrage.config import Settings
from zeitfrage.config.errors import ArticleNotFound
from zeitfrage.config.texts import say
from zeitfrage.index.article import Article

_STYLE = Path(__file__).with_name("static") / "article.css"
# Nothing in an article may run or load anything, whatever slips through.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Vary": "Accept-Language",
}


def article_router(assistant: Assistant, settings: Settings) -> APIRouter:
    """Return the route `GET /articles/{id}`.

    `?start=…&end=…` highlights a span of the text in code points; with `version`, only where the
    article has not changed since. The highlight has the anchor `#quote`. `?compare=…` shows what
    changed since an earlier version.
    """
    router = APIRouter(include_in_schema=False)

    # An id may hold slashes: it can be made from a path or a URL.
    @router.get("/articles/{article_id:path}", response_class=HTMLResponse)
    def read_article(
        article_id: str,
        start: Annotated[int | None, Query()] = None,
        end: Annotated[int | None, Query()] = None,
        version: Annotated[int | None, Query()] = None,
        compare: Annotated[int | None, Query()] = None,
        accept_language: Annotated[str, Header()] = "",
    ) -> HTMLResponse:
        language = interface_language(settings.interface_language, accept_language)
        try:
            article, *earlier = assistant.collection.versions(article_id)
        except ArticleNotFound as error:
            body = f'<main class="article"><h1>404</h1><p>{escape(str(error))}</p></main>'
            return HTMLResponse(_page("404", body, language), 404, _HEADERS)
        before = next((old for old in earlier if old.version == compare), None)
        if before:
            body = difference_html(before, article, language)
        else:
            body = article_body(article, start, end, version, language)
        body += versions_html(earlier, language)
        return HTMLResponse(_page(article.title, body, language), headers=_HEADERS)

    return router


def article_body(
    article: Article, start: int | None, end: int | None, version: int | None, language: Language
) -> str:
    """Return an article with a span highlighted, or with a note that it has changed since."""
    if version is not None and version != article.version:
        link = f'<a class="open-article" href="?compare={version}">'
        more = f"{link}{say(language, 'chat.what_changed')}</a>"
        note = f'<p class="notice" role="note">{say(language, "chat.changed")} {more}</p>'
        return note + article_html(article, None, language)
    if start is None or end is None or not 0 <= start < end <= len(article.text):
        return article_html(article, None, language)
    return article_html(article, (start, end), language)


def versions_html(earlier: Sequence[Article], language: Language) -> str:
    """Return links to what changed since each earlier version; nothing where there is none."""
    if not earlier:
        return ""
    items = "".join(
        f'<li><a class="open-article" href="?compare={article.version}">'
        f"{escape(_version_in_words(article, language))}</a></li>"
        for article in earlier
    )
    name = say(language, "chat.earlier_versions")
    return f'<nav class="versions" aria-label="{name}"><h2>{name}</h2><ul>{items}</ul></nav>'


def _version_in_words(article: Article, language: Language) -> str:
    number = say(language, "chat.version", number=article.version)
    day = article.updated or article.published
    return f"{number}, {date_in_words(day, language)}" if day else number


def _page(title: str, body: str, language: Language) -> str:
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,">'
        f"<title>{escape(title)} – Zeitfrage</title>"
        f"<style>{_STYLE.read_text(encoding='utf-8')}</style></head>"
        f'<body class="page">{body}</body></html>'
    )
