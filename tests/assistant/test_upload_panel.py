"""Uploads in the chat are jobs of the server, and the page shows how far they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from command_line import short_articles

from zeitfrage.assistant.jobs import Job, Jobs, JobState
from zeitfrage.assistant.upload_panel import followed, jobs_html, take_in
from zeitfrage.config import Settings
from zeitfrage.index import Collection


@pytest.fixture
def jobs(fresh_folder) -> Iterator[Jobs]:
    with Collection.open(fresh_folder, Settings()) as collection:
        running = Jobs(collection)
        yield running
        running.close()


@pytest.fixture
def uploaded(tmp_path) -> Callable[[str, str], Path]:
    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def ended(job: Job) -> Job:
    until(lambda: job.state.ended)
    return job


def until(said: Callable[[], bool], seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while not said():
        assert time.monotonic() < ends, "it never came about"
        time.sleep(0.02)


def test_an_upload_is_taken_over_stored_and_reported(jobs, uploaded):
    files = [uploaded("teiche.jsonl", short_articles(3)), uploaded("<leer>.txt", "")]
    job = ended(take_in(jobs, files))
    assert (job.state, job.origins) == (JobState.DONE, ("teiche.jsonl", "<leer>.txt"))
    assert not any(file.exists() for file in files)
    html = jobs_html([job], "de")
    assert '<li class="added">3 neu</li>' in html
    assert "<b>&lt;leer&gt;.txt</b> It holds no text." in html


def test_a_page_follows_what_is_at_work_and_what_it_has_shown_before(jobs, uploaded):
    first = ended(take_in(jobs, [uploaded("a.jsonl", short_articles(1))]))
    second = take_in(jobs, [uploaded("b.jsonl", short_articles(400))])
    second.pause()
    assert followed(jobs, ()) == [second]
    assert followed(jobs, (first.id,)) == [first, second]
    html = jobs_html([first, second], "de")
    assert html.index("<h3>a.jsonl</h3>") < html.index("1 neu") < html.index("<h3>b.jsonl</h3>")


def test_a_paused_upload_says_so_and_goes_on(jobs, uploaded):
    job = take_in(jobs, [uploaded("a.jsonl", short_articles(200))])
    job.pause()
    until(lambda: job.progress is not None)
    html = jobs_html([job], "de")
    assert "Pausiert" in html
    assert "auch wenn Sie die Seite schließen" in html
    job.resume()
    assert "200 neu" in jobs_html([ended(job)], "de")


def test_a_cancelled_upload_says_what_stays(jobs, uploaded):
    job = take_in(jobs, [uploaded("a.jsonl", short_articles(2000))])
    until(lambda: job.outcomes.total() > 0)
    job.cancel()
    html = jobs_html([ended(job)], "en")
    assert "Cancelled. What was taken in stays." in html
    assert "added" in html


def test_an_upload_at_work_says_how_fast_each_stage_is(jobs, uploaded):
    job = take_in(jobs, [uploaded("a.jsonl", short_articles(2000))])
    until(lambda: job.outcomes.total() > 64)
    html = jobs_html([job], "en")
    assert "<progress" in html
    assert "/s" in html
    assert "value=" in html
    job.cancel()
    ended(job)
