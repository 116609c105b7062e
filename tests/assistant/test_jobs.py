"""An ingest in the server can be looked at, paused, resumed and cancelled while it runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from command_line import short_articles
from live_server import live
from web_site import Page, WebSite, web_site

from zeitfrage.assistant import Assistant
from zeitfrage.assistant.jobs import JobNotFound, Jobs, JobState
from zeitfrage.config import Settings
from zeitfrage.index import Collection
from zeitfrage.index.ingest import Progress, Stage, Upload, WebAddress

# The site of the tests is on this machine.
WEB = {"allow_private_addresses": True, "fetch_requests_per_second": 1000}


@pytest.fixture
def jobs(fresh_folder) -> Iterator[Jobs]:
    with Collection.open(fresh_folder, Settings(**WEB)) as collection:
        yield Jobs(collection)


@pytest.fixture
def upload(tmp_path) -> Upload:
    (tmp_path / "a.jsonl").write_text(short_articles(200))
    return Upload(tmp_path / "a.jsonl", "teiche.jsonl")


@pytest.fixture
def site() -> Iterator[WebSite]:
    """Two hundred articles at /teiche.jsonl."""
    with web_site() as running:
        running.pages["/teiche.jsonl"] = Page(short_articles(200), kind="application/jsonl")
        yield running


def until(said: Callable[[], bool], seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while not said():
        assert time.monotonic() < ends, "it never came about"
        time.sleep(0.05)


def test_a_job_counts_what_became_of_its_articles(jobs, upload):
    job = jobs.add([upload])
    assert (job.state, job.origins, jobs.all()) == (JobState.RUNNING, ("teiche.jsonl",), [job])
    assert len(list(job.results())) == 200
    assert (job.state, job.outcomes) == (JobState.DONE, {"added": 200})
    assert job.progress
    assert job.progress.bytes_read == job.progress.bytes_total


def test_a_paused_job_stands_still_until_it_is_resumed(jobs, upload):
    job = jobs.add([upload])
    seen: list[str] = []
    worker = threading.Thread(target=lambda: seen.extend(r.article_id for r in job.results()))
    job.pause()
    worker.start()
    until(lambda: job.outcomes.total() == 1)
    time.sleep(0.5)
    assert (job.state, job.outcomes.total()) == (JobState.PAUSED, 1)
    job.resume()
    worker.join()
    assert (job.state, len(set(seen))) == (JobState.DONE, 200)


def test_web_addresses_are_paused_resumed_and_told_of_like_files(jobs, upload, site):
    address = WebAddress(f"{site.url}/teiche.jsonl")
    job = jobs.add([upload, address])
    assert job.origins == ("teiche.jsonl", address.url)
    worker = threading.Thread(target=lambda: list(job.results()))
    job.pause()
    worker.start()
    until(lambda: job.outcomes.total() == 1)
    time.sleep(0.5)
    assert (job.outcomes.total(), site.times("/teiche.jsonl")) == (1, 0)
    job.resume()
    worker.join()
    assert (job.state, job.outcomes) == (JobState.DONE, {"added": 200, "unchanged": 200})
    assert job.progress
    assert job.progress.bytes_read == job.progress.bytes_total
    counts = {pace.stage: pace.count for pace in job.progress.stages}
    assert counts == {Stage.READ: 400, Stage.EMBED: 200, Stage.STORE: 400}


def test_what_a_cancelled_job_left_at_an_address_is_fetched_by_the_next(jobs, site):
    address = WebAddress(f"{site.url}/teiche.jsonl")
    job = jobs.add([address])
    results = job.results()
    next(results)
    job.cancel()
    assert list(results) == []
    outcomes = [result.outcome for result in jobs.add([address]).results()]
    assert (len(outcomes), outcomes.count("unchanged")) == (200, 64)


def test_a_cancelled_job_keeps_what_it_stored_and_another_goes_on(jobs, upload):
    job = jobs.add([upload])
    results = job.results()
    next(results)
    job.cancel()
    assert list(results) == []
    job.resume()
    assert job.state is JobState.CANCELLED, "what has ended stays so"
    again = jobs.add([upload])
    outcomes = [result.outcome for result in again.results()]
    assert (len(outcomes), outcomes.count("unchanged")) == (200, 64)
    assert jobs.all() == [again, job]


def test_a_job_whose_client_leaves_is_cancelled(jobs, upload):
    job = jobs.add([upload])
    results = job.results()
    next(results)
    results.close()
    assert job.state is JobState.CANCELLED


def test_only_the_last_that_ended_are_kept(jobs, upload):
    first = jobs.add([upload])
    first.cancel()
    for _ in range(25):
        jobs.add([upload]).cancel()
    assert len(jobs.all()) <= 22
    with pytest.raises(JobNotFound, match=first.id):
        jobs.get(first.id)


def test_progress_says_how_fast_each_stage_is(jobs, upload):
    told: list[Progress] = []
    list(jobs._collection.ingest([upload], told.append))
    assert {progress.stage for progress in told} == set(Stage)
    counts = {pace.stage: pace.count for pace in told[-1].stages}
    assert counts == {Stage.READ: 200, Stage.EMBED: 200, Stage.STORE: 200}
    assert all(pace.seconds > 0 and pace.per_second > 0 for pace in told[-1].stages)


# --- through the API ------------------------------------------------------------------------


@pytest.fixture
def api(fresh_folder) -> Iterator[httpx.Client]:
    settings = Settings(data_folder=fresh_folder, **WEB)
    with (
        Assistant.open(settings=settings) as assistant,
        live(assistant, settings) as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        yield client


def test_a_job_runs_on_in_the_server_and_can_be_paused_resumed_and_cancelled(api):
    files = [("files", ("teiche.jsonl", short_articles(400).encode()))]
    started = api.post("/v1/jobs", files=files)
    assert started.status_code == 202
    job = started.json()
    assert (job["state"], job["origins"]) == ("running", ["teiche.jsonl"])
    path = f"/v1/jobs/{job['id']}"
    assert api.post(f"{path}/pause").json()["state"] == "paused"
    until(lambda: api.get(path).json()["summary"]["added"] >= 1)
    paused = api.get(path).json()
    time.sleep(0.5)
    assert api.get(path).json()["summary"] == paused["summary"]
    assert api.post("/v1/search", json={"question": "Teich"}).status_code == 200
    assert api.post(f"{path}/resume").json()["state"] == "running"
    until(lambda: api.get(path).json()["summary"]["added"] > 64)
    progress = api.get(path).json()["progress"]
    assert [pace["stage"] for pace in progress["stages"]] == ["read", "embed", "store"]
    assert api.post(f"{path}/cancel").json()["state"] == "cancelled"
    assert [listed["id"] for listed in api.get("/v1/jobs").json()["jobs"]] == [job["id"]]
    assert api.get("/v1/jobs", params={"offset": 1}).json() == {"total": 1, "jobs": []}


def test_a_job_fetches_web_addresses_without_its_client(api, site):
    url = f"{site.url}/teiche.jsonl"
    started = api.post("/v1/jobs", data={"urls": [url]})
    assert (started.status_code, started.json()["origins"]) == (202, [url])
    path = f"/v1/jobs/{started.json()['id']}"
    until(lambda: api.get(path).json()["state"] == "done")
    assert api.get(path).json()["summary"]["added"] == 200


def test_a_job_of_nothing_is_refused(api):
    response = api.post("/v1/jobs", data={"columns": ["text=Inhalt"]})
    assert (response.status_code, response.json()["remedy"]) == (422, "Send files, urls, or both.")
    assert api.get("/v1/jobs").json() == {"total": 0, "jobs": []}


def test_an_upload_is_listed_as_a_job_too(api):
    api.post("/v1/articles", files=[("files", ("leer.txt", b"")), ("files", ("a.txt", b"Ja."))])
    (job,) = api.get("/v1/jobs").json()["jobs"]
    assert (job["state"], job["summary"]["added"], job["summary"]["rejected"]) == ("done", 1, 1)
    assert job["rejections"][0]["reason"] == "It holds no text."


def test_an_unknown_job_is_a_problem_that_says_where_they_are_listed(api):
    response = api.post("/v1/jobs/nie/pause")
    assert response.status_code == 404
    assert response.json()["type"] == "urn:zeitfrage:job-not-found"
    assert "GET /v1/jobs" in response.json()["remedy"]


def test_a_server_that_stops_cancels_its_jobs(fresh_folder):
    settings = Settings(data_folder=fresh_folder)
    files = [("files", ("teiche.jsonl", short_articles(2000).encode()))]
    with Assistant.open(settings=settings) as assistant:
        with live(assistant, settings) as url:
            httpx.post(f"{url}/v1/jobs", files=files, timeout=60)
            until(lambda: assistant.collection.count() > 0)
        assert 0 < assistant.collection.count() < 2000
    with Collection.open(fresh_folder, Settings()) as collection:
        assert collection.check().found == ()
