"""What the chat's sidebar shows: what the collection holds, and what became of an upload."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from zeitfrage.assistant.answer import Language
from zeitfrage.assistant.period_card import date_in_words
from zeitfrage.config.errors import ArticleNotFound, ZeitfrageError
from zeitfrage.config.texts import say
from zeitfrage.index.collection import Collection, CollectionStatus
from zeitfrage.index.ingest import IngestResult, Outcome, Progress, Upload

_SAMPLE = "de-16-stichwahl-harbeck"
_SOURCES_SHOWN = 8
_REJECTIONS_SHOWN = 20


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


def take_in(collection: Collection, files: Sequence[Path], language: Language) -> Iterator[str]:
    """Ingest uploaded files, which are deleted afterwards, and yield how it goes as HTML."""
    results: list[IngestResult] = []
    latest: list[Progress] = []
    yield progress_html(None, language)
    try:
        uploads = [Upload(path, path.name) for path in files]
        for result in collection.ingest(uploads, latest.append):
            results.append(result)
            if latest:
                yield progress_html(latest.pop(), language)
                latest.clear()
        yield report_html(results, language)
    except ZeitfrageError as error:
        yield f'<p class="problem" role="alert">{escape(str(error))}</p>'
    finally:
        for path in files:
            path.unlink(missing_ok=True)


def progress_html(progress: Progress | None, language: Language) -> str:
    """Return a progress bar; without a number where nothing is known yet."""
    text = say(language, "chat.taking_in")
    value = ""
    if progress:
        text = say(language, f"chat.stage_{progress.stage}", count=progress.articles)
        text += f" {_paces(progress, language)}"
        value = f' value="{progress.bytes_read}" max="{progress.bytes_total}"'
    return f'<p class="progress"><progress aria-label="{text}"{value}></progress>{text}</p>'


def _paces(progress: Progress, language: Language) -> str:
    """Say how fast each stage is, and how long it all will take."""
    parts = [
        f"{say(language, f'chat.pace_{pace.stage}')} {pace.per_second:.0f}/s"
        for pace in progress.stages
        if pace.count
    ]
    if progress.seconds_left is not None:
        minutes = max(1, round(progress.seconds_left / 60))
        parts.append(say(language, "chat.minutes_left", count=minutes))
    return " · ".join(parts)


def report_html(results: Sequence[IngestResult], language: Language) -> str:
    """Return how many articles had which outcome, and why which were rejected."""
    counts = Counter(result.outcome for result in results)
    parts = (
        f'<li class="{outcome}">{say(language, f"chat.{outcome}_count", count=count)}</li>'
        for outcome in Outcome
        if (count := counts[outcome])
    )
    rejected = [result for result in results if result.outcome is Outcome.REJECTED]
    reasons = "".join(
        f"<li><b>{escape(result.origin)}</b> {escape(result.reason)}</li>"
        for result in rejected[:_REJECTIONS_SHOWN]
    )
    if more := len(rejected[_REJECTIONS_SHOWN:]):
        reasons += f"<li>{say(language, 'chat.more_rejected', count=more)}</li>"
    reasons = f'<ul class="rejections">{reasons}</ul>' if reasons else ""
    return f'<ul class="outcomes" role="status">{"".join(parts)}</ul>{reasons}'
