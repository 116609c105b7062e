"""The chat's sidebar: what the collection holds, and uploads that go into it as jobs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from zeitfrage.assistant.answer import Language
from zeitfrage.assistant.assistant import Assistant
from zeitfrage.assistant.collection_panel import greeting_html, status_html
from zeitfrage.assistant.jobs import Job, Jobs, JobState
from zeitfrage.assistant.key_guard import key_of, require
from zeitfrage.assistant.keys import Key, Scope
from zeitfrage.assistant.upload_panel import followed, jobs_html, take_in

# What an event handler gives to Gradio: the new value of each component that changes.
Changes = dict[Any, Any]
# The page's own events are no part of the API that programs see.
OWN: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
# Says what language a reader speaks.
LanguageOf = Callable[[gr.Request], Language]

translated = gr.I18n()


class Sidebar(NamedTuple):
    """The components that change while somebody adds articles.

    The state holds the ids of the jobs that the page shows; the clock ticks while one is at work.
    """

    status: gr.HTML
    files: gr.File
    report: gr.HTML
    pause: gr.Button
    resume: gr.Button
    cancel: gr.Button
    shown: gr.State
    clock: gr.Timer


def build_sidebar() -> Sidebar:
    """Return the sidebar's components, made within the chat that is being built."""
    with gr.Sidebar(open=False, width=320, elem_id="sidebar"):
        status = html("status")
        files = gr.File(
            label=translated("upload"), file_count="multiple", elem_id="upload", height=150
        )
        report = html("report")
        with gr.Row(elem_id="orders"):
            pause, resume, cancel = map(_order, ("pause", "resume", "cancel"))
        shown, clock = gr.State(()), gr.Timer(1, active=False)
    return Sidebar(status, files, report, pause, resume, cancel, shown, clock)


def _order(name: str) -> gr.Button:
    return gr.Button(translated(name), elem_id=name, size="sm", visible=False)


def html(elem_id: str, js_on_load: str | None = None) -> gr.HTML:
    """Return a component for HTML of our own, styled by our sheets alone."""
    return gr.HTML(elem_id=elem_id, apply_default_css=False, js_on_load=js_on_load)


def take_uploads(
    chat: gr.Blocks,
    assistant: Assistant,
    jobs: Jobs,
    language: LanguageOf,
    sidebar: Sidebar,
    greeting: gr.HTML,
) -> None:
    """Hand uploads to the server's jobs, and show all that are at work, whoever began them.

    Args:
        chat: is being built.
        assistant: holds the collection.
        jobs: of the server.
        language: of a reader.
        sidebar: shows how far they are.
        greeting: says what the collection holds.
    """

    def show(earlier: tuple[str, ...], request: gr.Request) -> Changes:
        reader, shown = language(request), followed(jobs, earlier)
        changes = _progress_shown(sidebar, shown, reader)
        if shown and all(job.state.ended for job in shown):
            collection = assistant.collection
            changes[sidebar.status] = status_html(collection.status(), reader)
            changes[greeting] = greeting_html(collection, reader)
        return changes

    def take(files: list[str] | None, request: gr.Request) -> Changes:
        require(key_of_visit(request), Scope.INGEST)
        job = take_in(jobs, [Path(file) for file in files or ()])
        return {sidebar.files: None, **show((job.id,), request)}

    def steer(order: Callable[[Job], None]) -> Callable[[tuple[str, ...], gr.Request], Changes]:
        def give(earlier: tuple[str, ...], request: gr.Request) -> Changes:
            require(key_of_visit(request), Scope.INGEST)
            for job in followed(jobs, earlier):
                order(job)
            return show(earlier, request)

        return give

    changing = [*sidebar, greeting]
    sidebar.files.upload(take, sidebar.files, changing, **OWN)
    sidebar.pause.click(steer(Job.pause), sidebar.shown, changing, **OWN)
    sidebar.resume.click(steer(Job.resume), sidebar.shown, changing, **OWN)
    sidebar.cancel.click(steer(Job.cancel), sidebar.shown, changing, **OWN)
    gr.on([chat.load, sidebar.clock.tick], show, sidebar.shown, changing, **OWN)


def key_of_visit(request: gr.Request) -> Key | None:
    """Return the key that a reader came in with, None where none is asked for."""
    if request.request is None:
        raise TypeError("an event of the chat comes with its request")
    return key_of(request.request.scope)


def _progress_shown(sidebar: Sidebar, shown: list[Job], reader: Language) -> Changes:
    states = {job.state for job in shown}
    at_work = any(not state.ended for state in states)
    return {
        sidebar.report: jobs_html(shown, reader),
        sidebar.pause: gr.update(visible=JobState.RUNNING in states),
        sidebar.resume: gr.update(visible=JobState.PAUSED in states),
        sidebar.cancel: gr.update(visible=at_work),
        sidebar.shown: tuple(job.id for job in shown),
        sidebar.clock: gr.update(active=at_work),
    }
