"""From an answer to the HTML that the chat shows; whatever comes from outside is escaped here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from urllib.parse import quote as percent_encoded
from urllib.parse import urlsplit

from zeitfrage.assistant.answer import Abstention, Answer, Citation, Language, Quote
from zeitfrage.assistant.conversation import Exchange
from zeitfrage.assistant.period_card import date_in_words, period_html
from zeitfrage.config.texts import say
from zeitfrage.index.article import Article, Filters, PartialDate

_MARKER = re.compile(r"\[(\d{1,3})\]")
_PARAGRAPH = re.compile(r"[^\n]+(?:\n[^\n]+)*")
# So much of the paragraph is shown before and after the quoted words.
_CONTEXT_CHARACTERS = 160
_NEAREST = 3


def exchange_html(exchange: Exchange, number: int, language: Language) -> str:
    """Return a question with its answer and, beside it, the sources.

    Args:
        exchange: as far as it has got.
        number: counts the exchanges of a conversation; makes the ids unique.
        language: of the interface.
    """
    answer = exchange.answer
    if exchange.problem:
        state, body = "problem", f'<p class="problem" role="alert">{escape(exchange.problem)}</p>'
    elif answer is None:
        state, body = _unfinished(exchange, language)
    elif answer.abstention:
        state, body = "abstained", _abstention(answer, answer.abstention, language)
    else:
        state, body = "done", _answer(answer, number, language)
    return (
        f'<section class="exchange" id="exchange-{number}" data-state="{state}">'
        f'<h2 class="question">{escape(exchange.question)}</h2>{body}</section>'
    )


def excerpt(quote: Quote) -> tuple[str, str, str]:
    """Return what stands before the quoted words in their paragraph, the words, what follows."""
    text = quote.article.text
    before = text[: quote.start].rpartition("\n\n")[2]
    after = text[quote.end :].partition("\n\n")[0]
    if len(before) > _CONTEXT_CHARACTERS:
        before = "… " + before[-_CONTEXT_CHARACTERS:].partition(" ")[2]
    if len(after) > _CONTEXT_CHARACTERS:
        after = after[:_CONTEXT_CHARACTERS].rpartition(" ")[0] + " …"
    return before, quote.text, after


def article_address(article: Article, start: int, end: int) -> str:
    """Return the address, relative to the chat, of an article with a span highlighted."""
    span = f"start={start}&end={end}&version={article.version}"
    return f"articles/{percent_encoded(article.id, safe='')}?{span}#quote"


def web_address(url: str | None) -> str | None:
    """Return a URL where it is safe to link: one of http or https, else None."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.netloc else None


def details_html(article: Article, language: Language) -> str:
    """Return when and by whom an article was published."""
    parts = [escape(name) for name in dict.fromkeys((article.source, article.agency)) if name]
    if article.published:
        words = date_in_words(article.published, language)
        parts.insert(0, f'<time datetime="{article.published}">{words}</time>')
    return '<span aria-hidden="true"> · </span>'.join(parts)


def article_html(article: Article, span: tuple[int, int] | None, language: Language) -> str:
    """Return a whole article.

    Args:
        article: what is shown.
        span: the characters to highlight, in code points of the text.
        language: of the interface.
    """
    section = f'<p class="section">{escape(article.section)}</p>' if article.section else ""
    byline = say(language, "chat.byline", names=article.byline) if article.byline else ""
    changed = (
        say(language, "chat.updated", date=date_in_words(article.updated, language))
        if article.updated and article.updated != article.published
        else ""
    )
    notes = "".join(f"<p>{escape(note)}</p>" for note in (byline, changed) if note)
    return (
        f'<article class="article" lang="{escape(article.language)}"><header>{section}'
        f"<h1>{escape(article.title)}</h1>"
        f'<div class="details"><p>{details_html(article, language)}</p>{notes}</div></header>'
        f"{_paragraphs(article.text, span or (0, 0))}{_original(article, language)}</article>"
    )


def _unfinished(exchange: Exchange, language: Language) -> tuple[str, str]:
    text = _MARKER.sub(r'<span class="cite">\1</span>', escape(exchange.text))
    blocks = "".join(f"<p>{part}</p>" for part in _blocks(text))
    if exchange.stopped:
        note = f'<p class="note">{say(language, "chat.stopped")}</p>'
        return "stopped", f'<div class="answer">{blocks}{note}</div>'
    waiting = f'<p class="waiting" role="status">{say(language, "chat.searching")}</p>'
    return "writing", f'<div class="answer">{blocks or waiting}</div>'


def _answer(answer: Answer, number: int, language: Language) -> str:
    cited = {citation.number: citation for citation in answer.citations}

    def marker(match: re.Match[str]) -> str:
        citation = cited.get(int(match[1]))
        return _marker(citation, number, language) if citation else match[0]

    text = escape(answer.text)
    for citation in answer.citations:
        text = text.replace(escape(citation.quote), _with_key(citation.source), 1)
    text = _MARKER.sub(marker, text)
    blocks = "".join(f"<p>{part}</p>" for part in _blocks(text))
    return (
        f'<div class="spread"><div class="answer" lang="{answer.question.language}">{blocks}'
        f"{_receipt(answer, language)}</div>{_sources(answer.citations, number, language)}</div>"
    )


def _with_key(quote: Quote) -> str:
    """Return the quoted words, those emphasised that answer by themselves."""
    if quote.key is None:
        return escape(quote.text)
    text, (start, end) = quote.article.text, quote.key
    before, key, after = text[quote.start : start], text[start:end], text[end : quote.end]
    return f"{escape(before)}<strong>{escape(key)}</strong>{escape(after)}"


def _marker(citation: Citation, number: int, language: Language) -> str:
    label = say(language, "chat.marker", number=citation.number, title=citation.article.title)
    return (
        f'<button type="button" class="cite" data-target="quote-{number}-{citation.number}"'
        f' data-quote="{escape(citation.quote)}" aria-label="{escape(label)}">'
        f"{citation.number}</button>"
    )


def _receipt(answer: Answer, language: Language) -> str:
    parts = []
    if answer.stand:
        date = date_in_words(answer.stand, language)
        parts.append(say(language, "chat.stand", date=date))
    if count := answer.independent_sources:
        key = "chat.one_source" if count == 1 else "chat.many_sources"
        parts.append(say(language, key, count=count))
    if answer.question.filters:
        parts.append(_period(answer.question.filters, language))
    verbatim = answer.answerer == "extractive"
    author = "chat.by_articles" if verbatim else "chat.by_model"
    parts.append(say(language, author, name=answer.answerer))
    parts.append(duration(answer.timings.total_ms, language))
    items = "".join(f"<li>{escape(part)}</li>" for part in parts if part)
    items += period_html(answer.question, language)
    return f'<ul class="receipt" lang="{language}">{items}</ul>'


def _period(filters: Filters, language: Language) -> str:
    since, until = (
        date_in_words(PartialDate(day), language) if day else ""
        for day in (filters.since, filters.until)
    )
    if since and until:
        return say(language, "chat.between_dates", since=since, until=until)
    if since:
        return say(language, "chat.since_date", since=since)
    return say(language, "chat.until_date", until=until) if until else ""


def duration(milliseconds: float, language: Language) -> str:
    """Return how long something took, to a tenth of a second."""
    seconds = f"{max(milliseconds / 1000, 0.1):.1f}"
    return say(
        language, "chat.seconds", seconds=say(language, "chat.decimal").join(seconds.split("."))
    )


def _sources(citations: Sequence[Citation], number: int, language: Language) -> str:
    ordered = sorted(citations, key=lambda citation: _first_number(citation, citations))
    cards = "".join(
        _card(list(group), number, language)
        for _, group in groupby(ordered, key=lambda citation: citation.article.id)
    )
    name = say(language, "chat.sources")
    return f'<aside class="sources" aria-label="{name}"><h3>{name}</h3>{cards}</aside>'


def _first_number(citation: Citation, citations: Iterable[Citation]) -> int:
    same = (other.number for other in citations if other.article.id == citation.article.id)
    return min(same)


def _card(citations: Sequence[Citation], number: int, language: Language) -> str:
    article, first = citations[0].article, citations[0].source
    address = escape(article_address(article, first.start, first.end))
    quotes = "".join(_card_quote(citation, number) for citation in citations)
    copies = {copy.id: copy for citation in citations for copy in citation.also_in}
    return (
        f'<article class="card" lang="{escape(article.language)}">'
        f'<h4><a class="open-article" href="{address}">{escape(article.title)}</a></h4>'
        f'<p class="details" lang="{language}">{details_html(article, language)}</p>{quotes}'
        f"{_also_in(list(copies.values()), language)}"
        f'<p class="more" lang="{language}"><a class="open-article" href="{address}">'
        f"{say(language, 'chat.read')}</a>"
        f'<a href="{address}" target="_blank" rel="noopener">'
        f"{say(language, 'chat.new_tab')}</a></p>"
        "</article>"
    )


def _also_in(copies: Sequence[Article], language: Language) -> str:
    """Name the papers that have the same report, each a link to its article."""
    if not copies:
        return ""
    names = "; ".join(
        f'<a class="open-article" href="{escape(article_address(copy, 0, 0))}">'
        f"{details_html(copy, language) or escape(copy.title)}</a>"
        for copy in copies
    )
    text = say(language, "chat.also_in", names=names)
    return f'<p class="also-in" lang="{language}">{text}</p>'


def _card_quote(citation: Citation, number: int) -> str:
    before, words, after = (escape(part) for part in excerpt(citation.source))
    source = citation.source
    address = escape(article_address(citation.article, source.start, source.end))
    return (
        f'<blockquote id="quote-{number}-{citation.number}" tabindex="-1" data-open="{address}">'
        f'<span class="number" aria-hidden="true">{citation.number}</span>'
        f"<p>{before}<mark>{words}</mark>{after}</p></blockquote>"
    )


def _abstention(answer: Answer, reason: Abstention, language: Language) -> str:
    hint, nearest = "", ""
    if reason is Abstention.EMPTY_COLLECTION:
        hint = f'<p class="note">{say(language, "chat.add_articles")}</p>'
    seen = {passage.article.id: passage for passage in reversed(answer.passages)}
    for passage in list(reversed(seen.values()))[:_NEAREST]:
        address = article_address(passage.article, passage.chunk.start, passage.chunk.end)
        nearest += (
            f'<li><a class="open-article" href="{escape(address)}">{escape(passage.article.title)}'
            f'</a><p class="details">{details_html(passage.article, language)}</p></li>'
        )
    asked = period_html(answer.question, language)
    asked = f'<ul class="receipt" lang="{language}">{asked}</ul>' if asked else ""
    if nearest:
        nearest = f'<h3>{say(language, "chat.nearest")}</h3><ul class="nearest">{nearest}</ul>'
    return (
        f'<div class="abstention"><p class="verdict" lang="{answer.question.language}">'
        f"{escape(answer.text)}</p>{asked}{hint}{nearest}</div>"
    )


def _blocks(text: str) -> list[str]:
    return [block.strip() for block in text.split("\n\n") if block.strip()]


def _paragraphs(text: str, span: tuple[int, int]) -> str:
    start, end = span
    shown, anchored = [], False
    for paragraph in _PARAGRAPH.finditer(text):
        first, last = paragraph.span()
        a, b = (min(max(position, first), last) for position in (start, end))
        if a < b:
            anchor, anchored = "" if anchored else ' id="quote"', True
            marked = f"<mark{anchor}>{escape(text[a:b])}</mark>"
            shown.append(f"<p>{escape(text[first:a])}{marked}{escape(text[b:last])}</p>")
        else:
            shown.append(f"<p>{escape(paragraph[0])}</p>")
    return "".join(shown)


def _original(article: Article, language: Language) -> str:
    url = web_address(article.url)
    if not url:
        return ""
    return (
        f'<footer><a href="{escape(url)}" rel="noopener noreferrer" target="_blank">'
        f"{say(language, 'chat.original')}</a></footer>"
    )
