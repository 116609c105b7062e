from __future__ import annotations

import json
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from httpx_sse import connect_sse
from live_server import free_port, live
from llm_server import Reply, serve_llm

from zeitfrage.assistant import Assistant
from zeitfrage.config import Settings

NONE = {"added": 0, "unchanged": 0, "updated": 0, "withdrawn": 0, "rejected": 0}
HARBECK = "Mit wie viel Prozent gewann Swantje Harbeck die Stichwahl in Hohenlürn?"
UNANSWERABLE = "What did the Bank of England do with interest rates in August 2023?"
NEW_ARTICLE = (
    b"date 2026-03\n\nQuarnstedt. Der neue Wasserturm von Quarnstedt ist 41 Meter hoch. "
    b"Das teilte die Gemeinde am Dienstag mit.\n"
)


@pytest.fixture(scope="module")
def api(assistant: Assistant) -> Iterator[httpx.Client]:
    """The API over the samples; nothing is changed through it."""
    with live(assistant, Settings()) as url, httpx.Client(base_url=url) as client:
        yield client


@contextmanager
def opened(folder, **settings):
    chosen = Settings(data_folder=folder, **settings)
    with (
        Assistant.open(settings=chosen) as assistant,
        live(assistant, chosen) as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        yield client


@pytest.fixture
def own_folder(sample_collection_folder, tmp_path):
    return shutil.copytree(sample_collection_folder, tmp_path / "data")


@pytest.fixture
def writable(own_folder) -> Iterator[httpx.Client]:
    with opened(own_folder) as client:
        yield client


def events(client: httpx.Client, path: str, **request) -> list[tuple[str, dict]]:
    with connect_sse(client, "POST", path, **request) as source:
        return [(event.event, event.json()) for event in source.iter_sse()]


def upload(client: httpx.Client, *files: tuple[str, bytes], **request) -> httpx.Response:
    return client.post("/v1/articles", files=[("files", file) for file in files], **request)


def assert_problem(response: httpx.Response, status: int) -> dict:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem.keys() == {"type", "title", "detail", "remedy", "status"}
    assert problem["status"] == status
    assert "Traceback" not in response.text
    return problem


# --- questions ------------------------------------------------------------------------------


def test_an_answer_quotes_the_very_words_of_its_articles(api):
    answer = api.post("/v1/answers", json={"question": HARBECK}).json()
    assert "53,8 Prozent" in answer["text"]
    assert answer["text"].count("[1]") == 1
    assert [citation["number"] for citation in answer["citations"]] == [1]
    for citation in answer["citations"]:
        text = api.get(f"/v1/articles/{citation['article_id']}").json()["text"]
        assert text[citation["start"] : citation["end"]] == citation["quote"]
    assert answer["citations"][0]["title"] == "Swantje Harbeck wird Bürgermeisterin von Hohenlürn"


def test_an_answer_tells_how_it_came_about(api):
    answer = api.post("/v1/answers", json={"question": HARBECK, "as_of": "2026-01"}).json()
    assert answer["question"] == answer["standalone_question"] == HARBECK
    assert answer["language"] == "de"
    assert answer["as_of"] == "2026-01-31"
    assert (answer["abstained"], answer["reason"]) == (False, None)
    assert answer["stand"] == answer["citations"][0]["published"] == "2024-06-24"
    assert answer["answerer"] == "extractive"
    assert answer["timings"]["total_ms"] >= answer["timings"]["retrieval_ms"] > 0
    scores = [passage["score"] for passage in answer["passages"]]
    assert scores == sorted(scores, reverse=True)
    assert scores


def test_what_the_articles_do_not_hold_is_refused_with_a_reason(api):
    answer = api.post("/v1/answers", json={"question": UNANSWERABLE}).json()
    assert answer["abstained"] is True
    assert answer["reason"] == "not_supported"
    assert answer["text"] == "The articles do not say."
    assert answer["citations"] == []


def test_a_streamed_answer_is_the_plain_answer_in_pieces(api):
    plain = api.post("/v1/answers", json={"question": HARBECK}).json()
    *pieces, (last, whole) = events(api, "/v1/answers", json={"question": HARBECK, "stream": True})
    assert last == "answer"
    assert {name for name, _ in pieces} == {"delta"}
    assert "".join(content["text"] for _, content in pieces) == whole["text"]
    assert plain.pop("timings").keys() == whole.pop("timings").keys()
    assert whole == plain


def test_an_earlier_turn_makes_a_follow_up_understood(api):
    asked = {
        "question": "Und gegen wen?",
        "history": [{"question": HARBECK, "answer": "Mit 53,8 Prozent. [1]"}],
    }
    answer = api.post("/v1/answers", json=asked).json()
    assert answer["question"] == "Und gegen wen?"
    assert "Harbeck" in answer["standalone_question"]


def test_filters_bound_what_may_answer(api):
    asked = {"question": HARBECK, "filters": {"since": "2025", "language": "de"}}
    answer = api.post("/v1/answers", json=asked).json()
    assert answer["passages"]
    assert all(passage["published"] >= "2025" for passage in answer["passages"])
    assert "53,8" not in answer["text"]


def test_a_search_returns_so_many_passages_best_first(api):
    found = api.post("/v1/search", json={"question": "Freibad", "limit": 3}).json()["passages"]
    assert len(found) == 3
    assert found[0]["score"] >= found[1]["score"] >= found[2]["score"]
    assert found[0]["lexical"] > 0
    text = api.get(f"/v1/articles/{found[0]['article_id']}").json()["text"]
    assert text[found[0]["start"] : found[0]["end"]] == found[0]["text"]


def test_recency_of_one_search_brings_newer_articles_up(api):
    def dates(recency):
        asked = {"question": "Freibad", "limit": 5, "recency": recency}
        return [p["published"] for p in api.post("/v1/search", json=asked).json()["passages"]]

    assert dates(1)[0] == max(dates(1))
    assert dates(0)[0] < dates(1)[0]


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({}, "body.question"),
        ({"question": " \n "}, "body.question"),
        ({"question": "x" * 2001}, "body.question"),
        ({"question": "x", "filter": {}}, "body.filter"),
        ({"question": "x", "filters": {"since": "gestern"}}, "YYYY, YYYY-MM or YYYY-MM-DD"),
        ({"question": "x", "history": [{"question": "y"}]}, "body.history.0.answer"),
    ],
)
def test_a_wrong_request_names_what_is_wrong(api, asked, named):
    problem = assert_problem(api.post("/v1/answers", json=asked), 422)
    assert named in problem["detail"]


def test_a_question_of_2000_characters_is_answered(api):
    response = api.post("/v1/answers", json={"question": "Freibad " * 249 + "Freibad?"})
    assert response.status_code == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"question": "a\\ud800b"}', b"\xff\xfe"])
def test_a_body_that_is_no_question_is_refused(api, body):
    response = api.post("/v1/answers", content=body, headers={"Content-Type": "application/json"})
    assert_problem(response, 422)


# --- articles -------------------------------------------------------------------------------


def test_pages_of_the_list_hold_every_article_once_newest_first(api):
    whole = api.get("/v1/articles", params={"limit": 100}).json()
    assert whole["total"] == len(whole["articles"]) == 40
    pages = [
        article
        for offset in (0, 15, 30)
        for article in api.get("/v1/articles", params={"limit": 15, "offset": offset}).json()[
            "articles"
        ]
    ]
    assert pages == whole["articles"]
    dates = [article["published"] for article in pages]
    assert dates == sorted(dates, reverse=True)
    assert "text" not in pages[0]


def test_the_list_takes_filters_and_counts_what_passes_them(api):
    listed = api.get("/v1/articles", params={"language": "en", "limit": 3}).json()
    assert listed["total"] == 10
    assert [article["language"] for article in listed["articles"]] == ["en"] * 3
    june = api.get("/v1/articles", params={"since": "2024-06", "until": "2024-06"}).json()
    assert june["total"] == len(june["articles"]) > 0
    assert all(article["published"].startswith("2024-06") for article in june["articles"])


def test_an_article_comes_whole(api):
    article = api.get("/v1/articles/de-16-stichwahl-harbeck").json()
    assert article["id"] == "de-16-stichwahl-harbeck"
    assert article["published"] == "2024-06-24"
    assert article["version"] == 1
    assert "Markus Evering" in article["text"]


def test_the_status_and_the_sign_of_life_count_the_articles(api):
    status = api.get("/v1/status").json()
    assert status["articles"] == 40
    assert status["oldest"] < status["newest"]
    assert status["embedding_model"] == "intfloat/multilingual-e5-small"
    assert api.get("/health").json() == {"status": "ok", "articles": 40, "version": "0.1.0"}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_unknown_article_is_a_404_that_says_what_to_do(api, method):
    problem = assert_problem(api.request(method, "/v1/articles/no/such"), 404)
    assert problem["type"] == "urn:zeitfrage:article-not-found"
    assert "no/such" in problem["detail"]
    assert problem["remedy"]


def test_an_unknown_path_is_a_problem_too(api):
    assert "/v1/answer" in assert_problem(api.post("/v1/answer"), 404)["detail"]


def test_a_deleted_article_is_gone_from_list_and_search(writable):
    assert writable.delete("/v1/articles/de-16-stichwahl-harbeck").status_code == 204
    assert_problem(writable.get("/v1/articles/de-16-stichwahl-harbeck"), 404)
    assert writable.get("/v1/articles").json()["total"] == 39
    found = writable.post("/v1/search", json={"question": HARBECK, "limit": 40}).json()["passages"]
    assert found
    assert all(passage["article_id"] != "de-16-stichwahl-harbeck" for passage in found)


# --- ingest ---------------------------------------------------------------------------------


def test_an_uploaded_article_answers_at_once(writable):
    report = upload(writable, ("wasserturm.txt", NEW_ARTICLE)).json()
    assert report["summary"] == {**NONE, "added": 1}
    (result,) = report["results"]
    assert (result["origin"], result["outcome"]) == ("wasserturm.txt", "added")
    answer = writable.post(
        "/v1/answers", json={"question": "Wie hoch ist der Wasserturm von Quarnstedt?"}
    ).json()
    assert "41 Meter" in answer["text"]
    assert answer["citations"][0]["article_id"] == result["article_id"]
    assert answer["stand"] == "2026-03"


def test_the_same_origin_again_is_unchanged_or_a_new_version(writable):
    origins = {"origins": ["/archiv/turm.txt"]}
    first = upload(writable, ("a.txt", NEW_ARTICLE), data=origins).json()["results"][0]
    again = upload(writable, ("b.txt", NEW_ARTICLE), data=origins).json()["results"][0]
    changed = NEW_ARTICLE.replace(b"41", b"42")
    later = upload(writable, ("c.txt", changed), data=origins).json()["results"][0]
    assert [r["outcome"] for r in (first, again, later)] == ["added", "unchanged", "updated"]
    assert first["article_id"] == again["article_id"] == later["article_id"]
    assert first["origin"] == "/archiv/turm.txt"
    assert writable.get(f"/v1/articles/{first['article_id']}").json()["version"] == 2


def test_the_origin_and_not_the_file_name_tells_the_form(writable):
    record = json.dumps({"id": "r1", "title": "Turm", "text": NEW_ARTICLE.decode()}).encode()
    sent = upload(writable, ("x.txt", record), data={"origins": ["export.jsonl"]}).json()
    assert sent["results"][0]["outcome"] == "added"
    assert (
        writable.get(f"/v1/articles/{sent['results'][0]['article_id']}").json()["title"] == "Turm"
    )


def test_a_file_without_an_article_is_rejected_and_the_others_go_in(writable):
    report = upload(writable, ("leer.txt", b""), ("turm.txt", NEW_ARTICLE), ("x.exe", b"MZ")).json()
    assert [r["outcome"] for r in report["results"]] == ["rejected", "added", "rejected"]
    assert report["summary"]["rejected"] == 2
    assert all(r["reason"] and r["article_id"] is None for r in report["results"][::2])


def test_a_file_name_never_decides_where_bytes_are_kept(writable, tmp_path):
    target = tmp_path / "outside.txt"
    report = upload(writable, (f"../../../..{target}", NEW_ARTICLE)).json()
    assert report["summary"]["added"] == 1
    assert not target.exists()


def test_origins_that_do_not_match_the_files_are_refused(writable):
    response = upload(writable, ("a.txt", NEW_ARTICLE), data={"origins": ["a.txt", "b.txt"]})
    assert "1 files but 2 origins" in assert_problem(response, 422)["detail"]
    assert writable.get("/v1/articles").json()["total"] == 40


@pytest.mark.parametrize("request_", [{"params": {"stream": True}}, {}])
def test_an_ingest_is_followed_event_by_event(writable, request_):
    request = {"files": [("files", (f"{n}.txt", NEW_ARTICLE + b"%d" % n)) for n in range(3)]}
    sent = events(writable, "/v1/articles", **request, **request_)
    results = [content for name, content in sent if name == "result"]
    progress = [content for name, content in sent if name == "progress"]
    assert [result["origin"] for result in results] == ["0.txt", "1.txt", "2.txt"]
    assert progress[-1]["bytes_read"] == progress[-1]["bytes_total"] > 0
    assert progress[-1]["articles"] == 3
    assert sent[-1] == ("done", {**NONE, "added": 3})


def test_uploads_leave_nothing_behind(writable, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "t"))
    (tmp_path / "t").mkdir()
    assert upload(writable, ("a.txt", NEW_ARTICLE)).status_code == 200
    upload(writable, ("a.txt", NEW_ARTICLE), data={"origins": ["a", "b"]})
    with connect_sse(
        writable, "POST", "/v1/articles?stream=1", files=[("files", ("b.txt", NEW_ARTICLE))]
    ) as source:
        next(source.iter_sse())
    until(lambda: not list((tmp_path / "t").glob("zeitfrage-*")))
    assert writable.get("/health").status_code == 200


def until(holds, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("chunked", [False, True])
def test_more_than_the_settings_allow_is_refused_unread(own_folder, chunked):
    with opened(own_folder, max_file_megabytes=1) as client:
        request = client.build_request(
            "POST", "/v1/articles", files=[("files", ("big.txt", b"Wort " * 500_000))]
        )
        if chunked:
            body = request.read()
            headers = {"Content-Type": request.headers["content-type"]}
            pieces = (body[n : n + 65536] for n in range(0, len(body), 65536))
            request = client.build_request("POST", "/v1/articles", content=pieces, headers=headers)
            assert "content-length" not in request.headers
        problem = assert_problem(client.send(request), 413)
        assert "1 MB" in problem["detail"]
        assert "max_file_megabytes" in problem["detail"]
        assert client.get("/v1/articles").json()["total"] == 40


# --- errors ---------------------------------------------------------------------------------


def test_an_llm_that_cannot_be_reached_is_a_503_that_says_so(own_folder):
    llm = {"llm": "openai:none", "llm_base_url": f"http://127.0.0.1:{free_port()}/v1"}
    with opened(own_folder, **llm, llm_api_key="x") as client:
        problem = assert_problem(client.post("/v1/answers", json={"question": HARBECK}), 503)
        assert problem["type"] == "urn:zeitfrage:model-unavailable"
        asked = {"question": HARBECK, "stream": True}
        (name, streamed), *rest = events(client, "/v1/answers", json=asked)
        assert (name, rest) == ("error", [])
        assert streamed == problem


class BrokenAnswerer:
    name = "broken"

    def condense(self, question, _history, _language):
        return question

    def answer(self, _question, _passages):
        raise RuntimeError("a secret of the server")


def test_what_nobody_foresaw_is_a_500_without_its_inner_workings(own_folder):
    settings = Settings(data_folder=own_folder)
    with Assistant.open(settings=settings) as opened_one:
        broken = Assistant(opened_one.collection, BrokenAnswerer(), settings)
        with live(broken, settings) as url, httpx.Client(base_url=url) as client:
            response = client.post("/v1/answers", json={"question": HARBECK})
            assert_problem(response, 500)
            sent = events(client, "/v1/answers", json={"question": HARBECK, "stream": True})
    assert [name for name, _ in sent] == ["error"]
    assert sent[0][1] == response.json()
    assert "secret" not in response.text


def test_a_slow_answer_keeps_nobody_else_waiting(own_folder):
    with serve_llm() as llm:
        llm.says(Reply("53,8 Prozent.", seconds=3))
        settings = {"llm": "openai:scripted", "llm_base_url": llm.url, "llm_api_key": "x"}
        with opened(own_folder, **settings) as client:
            asked = threading.Thread(
                target=client.post, args=("/v1/answers",), kwargs={"json": {"question": HARBECK}}
            )
            asked.start()
            until(lambda: llm.requests)
            for path in ("/health", "/v1/articles", "/docs"):
                assert client.get(path).status_code == 200
            assert asked.is_alive()
            asked.join()


# --- the description of the API -------------------------------------------------------------


def test_the_description_lists_every_route_with_its_errors(api):
    described = api.get("/openapi.json").json()
    routes = {
        f"{method.upper()} {path}"
        for path, methods in described["paths"].items()
        for method in methods
    }
    assert routes == {
        "GET /health",
        "GET /v1/status",
        "POST /v1/answers",
        "POST /v1/search",
        "GET /v1/articles",
        "POST /v1/articles",
        "GET /v1/articles/{article_id}",
        "DELETE /v1/articles/{article_id}",
        "GET /v1/articles/{article_id}/versions",
        "GET /v1/articles/{article_id}/versions/{number}",
        "GET /v1/models",
        "GET /v1/models/{model}",
        "POST /v1/chat/completions",
        "GET /v1/jobs",
        "POST /v1/jobs",
        "GET /v1/jobs/{job_id}",
        "POST /v1/jobs/{job_id}/{order}",
        "POST /v1/check",
    }
    for path, methods in described["paths"].items():
        for operation in methods.values():
            assert operation["description"], path
            assert "default" in operation["responses"], path
    streaming = described["paths"]["/v1/answers"]["post"]["responses"]["200"]["content"]
    assert streaming.keys() == {"application/json", "text/event-stream"}


def test_the_examples_of_the_description_are_requests_that_work(api):
    schemas = api.get("/openapi.json").json()["components"]["schemas"]
    for name, path in [("AnswerRequest", "/v1/answers"), ("SearchRequest", "/v1/search")]:
        example = schemas[name]["example"]
        assert api.post(path, json=example).status_code == 200
    example = schemas["ChatRequest"]["example"]
    assert api.post("/v1/chat/completions", json=example).status_code == 200
