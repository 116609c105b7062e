"""What a client gets that asks or sends again: 304 for what it has, one ingest for what it sent."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest
from command_line import short_articles
from httpx_sse import connect_sse
from live_server import live

from zeitfrage.assistant import Assistant
from zeitfrage.assistant.idempotency import IdempotencyKeyReused, Once
from zeitfrage.assistant.jobs import JobState
from zeitfrage.assistant.keys import Keys, Scope
from zeitfrage.config import Settings

ARTICLE = "/v1/articles/de-16-stichwahl-harbeck"
POND = b"date 2026-03\n\nQuarnstedt. Der Teich von Quarnstedt ist leer. 41 Helfer kamen.\n"
LAKE = b"date 2026-03\n\nQuarnstedt. Der See von Quarnstedt ist zu. 12 Menschen brachen ein.\n"


@pytest.fixture
def folder_settings(sample_folder) -> Settings:
    return Settings(data_folder=sample_folder)


@pytest.fixture
def api(folder_settings) -> Iterator[httpx.Client]:
    """The API over sample articles of the test's own."""
    with (
        Assistant.open(settings=folder_settings) as assistant,
        live(assistant, folder_settings) as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        yield client


# --- articles -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [ARTICLE, f"{ARTICLE}/versions/1"])
def test_an_article_that_a_client_has_is_not_sent_again(api, path):
    first = api.get(path)
    tag = first.headers["etag"]
    assert tag.startswith('"')
    assert first.headers["cache-control"] == "private, no-cache"
    for held in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = api.get(path, headers={"If-None-Match": held})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    for held in ('"other"', tag.strip('"'), ""):
        assert api.get(path, headers={"If-None-Match": held}).json() == first.json()


def test_a_changed_article_is_sent_again_under_another_tag(api):
    def ingest(text: bytes) -> str:
        sent = api.post("/v1/articles", files={"files": ("teich.txt", text)}).json()
        return f"/v1/articles/{sent['results'][0]['article_id']}"

    path = ingest(POND)
    before = api.get(path)
    assert ingest(POND.replace(b"41", b"43")) == path
    after = api.get(path, headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.headers["etag"] != before.headers["etag"]
    assert "43 Helfer" in after.json()["text"]


def test_an_article_that_is_gone_is_gone_for_those_too_who_have_it(api):
    tag = api.get(ARTICLE).headers["etag"]
    api.delete(ARTICLE)
    assert api.get(ARTICLE, headers={"If-None-Match": tag}).status_code == 404


# --- ingests --------------------------------------------------------------------------------


def hand_in(
    api: httpx.Client, name: str | None, content: bytes = POND, path: str = "/v1/articles", **more
) -> httpx.Response:
    headers = more.pop("headers", {}) | ({"Idempotency-Key": name} if name else {})
    return api.post(path, files={"files": ("a.txt", content)}, headers=headers, **more)


def test_an_ingest_sent_again_reports_what_came_of_the_first(api):
    first = hand_in(api, "mail 17")
    assert first.json()["summary"]["added"] == 1
    assert hand_in(api, "mail 17").json() == first.json()
    assert hand_in(api, None).json()["summary"]["unchanged"] == 1
    assert hand_in(api, "mail 18").json()["summary"]["unchanged"] == 1
    assert api.get("/v1/articles").json()["total"] == 41


def test_what_was_deleted_does_not_come_back_because_the_ingest_is_sent_again(api):
    article_id = hand_in(api, "mail 17").json()["results"][0]["article_id"]
    api.delete(f"/v1/articles/{article_id}")
    assert hand_in(api, "mail 17").status_code == 200
    assert api.get(f"/v1/articles/{article_id}").status_code == 404


def test_an_ingest_sent_again_streams_the_same_results(api):
    first = hand_in(api, "mail 17").json()
    request = {
        "files": {"files": ("a.txt", POND)},
        "headers": {"Idempotency-Key": "mail 17"},
        "params": {"stream": True},
    }
    with connect_sse(api, "POST", "/v1/articles", **request) as source:
        events = [(event.event, event.json()) for event in source.iter_sse()]
    assert [content for name, content in events if name == "result"] == first["results"]
    assert events[-1] == ("done", first["summary"])


def test_a_job_sent_again_is_the_same_job(api):
    first = hand_in(api, "mail 17", path="/v1/jobs").json()
    assert hand_in(api, "mail 17", path="/v1/jobs").json()["id"] == first["id"]
    assert hand_in(api, "mail 18", path="/v1/jobs").json()["id"] != first["id"]


@pytest.mark.parametrize(
    "other",
    [
        {"files": {"files": ("a.txt", LAKE)}},
        {"files": {"files": ("b.txt", POND)}},
        {"files": {"files": ("a.txt", POND)}, "data": {"columns": ["text=Inhalt"]}},
    ],
    ids=["content", "name", "columns"],
)
def test_something_else_under_the_same_key_is_refused(api, other):
    hand_in(api, "mail 17")
    refused = api.post("/v1/articles", headers={"Idempotency-Key": "mail 17"}, **other)
    assert refused.status_code == 422
    assert refused.json()["type"] == "urn:zeitfrage:idempotency-key-reused"
    assert "another key" in refused.json()["remedy"]


def test_while_the_first_is_at_work_the_second_is_told_where_to_look(api):
    many = short_articles(400).encode()
    sent = {"files": {"files": ("teiche.jsonl", many)}, "headers": {"Idempotency-Key": "teiche"}}
    job = api.post("/v1/jobs", **sent).json()["id"]
    api.post(f"/v1/jobs/{job}/pause")
    refused = api.post("/v1/articles", **sent)
    assert refused.status_code == 409
    assert f"/v1/jobs/{job}" in refused.json()["remedy"]
    api.post(f"/v1/jobs/{job}/resume")
    while api.get(f"/v1/jobs/{job}").json()["state"] == "running":
        time.sleep(0.05)
    assert api.post("/v1/articles", **sent).json()["summary"]["added"] == 400


def test_clients_with_other_keys_do_not_share_what_they_send(folder_settings):
    folder = folder_settings.data_folder
    first, second = (
        {"Authorization": f"Bearer {Keys(folder).create(Scope.INGEST, '')[1]}"} for _ in range(2)
    )
    with (
        Assistant.open(settings=folder_settings) as assistant,
        live(assistant, folder_settings) as url,
        httpx.Client(base_url=url, timeout=60) as api,
    ):
        assert hand_in(api, "1", POND, headers=first).json()["summary"]["added"] == 1
        # It has the name of the first one's file, so it is its second version.
        assert hand_in(api, "1", LAKE, headers=second).json()["summary"]["updated"] == 1


class Ended:
    """A job that ended in some way."""

    def __init__(self, state: JobState) -> None:
        self.state = state


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.CANCELLED])
def test_what_failed_or_was_cancelled_is_done_anew(state):
    once = Once()
    failed, made = Ended(state), Ended(JobState.DONE)
    assert once.job(("", "a"), "content", lambda: failed) == (failed, True)
    assert once.job(("", "a"), "content", lambda: made) == (made, True)
    assert once.job(("", "a"), "content", lambda: failed) == (made, False)
    with pytest.raises(IdempotencyKeyReused):
        once.job(("", "a"), "other", lambda: made)


def test_the_oldest_of_many_keys_is_forgotten():
    once = Once()
    for number in range(300):
        once.job(("", str(number)), "content", lambda: Ended(JobState.DONE))
    assert once.job(("", "299"), "content", lambda: Ended(JobState.DONE))[1] is False
    assert once.job(("", "0"), "content", lambda: Ended(JobState.DONE))[1] is True
