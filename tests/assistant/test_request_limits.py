"""How much and how often a client may send, and what every response says to browsers."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import openai
import pytest
from live_server import live

from zeitfrage.assistant import Assistant
from zeitfrage.assistant.keys import Keys, Scope
from zeitfrage.assistant.pacing import Pacer
from zeitfrage.config import Settings

MODELS = "/v1/models"
FIVE = Settings(requests_per_minute=5)


@pytest.fixture
def without_keys(tmp_path) -> Keys:
    return Keys(tmp_path)


@pytest.fixture(scope="module")
def url(assistant: Assistant) -> Iterator[str]:
    with live(assistant, Settings(), chat=True) as address:
        yield address


def statuses(url: str, count: int, path: str = MODELS, **request: object) -> list[int]:
    return [httpx.get(url + path, **request).status_code for _ in range(count)]


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


# --- how often ------------------------------------------------------------------------------


def test_a_client_may_do_a_minutes_worth_at_once_and_then_has_to_wait():
    pacer = Pacer(6)
    assert [pacer.seconds_to_wait("a", 100.0) for _ in range(8)] == [0] * 6 + [10, 10]


def test_after_waiting_as_long_as_it_is_told_a_client_may_go_on():
    pacer = Pacer(6)
    for _ in range(6):
        pacer.seconds_to_wait("a", 0.0)
    assert pacer.seconds_to_wait("a", 4.0) == 6
    assert pacer.seconds_to_wait("a", 10.0) == 0
    assert pacer.seconds_to_wait("a", 10.0) == 10
    assert pacer.seconds_to_wait("a", 1000.0) == 0


def test_a_client_does_not_hold_up_another():
    pacer = Pacer(1)
    assert pacer.seconds_to_wait("a", 0.0) == 0
    assert pacer.seconds_to_wait("a", 0.0) == 60
    assert pacer.seconds_to_wait("b", 0.0) == 0


def test_not_every_client_that_ever_came_is_remembered():
    pacer = Pacer(1)
    for number in range(20_000):
        pacer.seconds_to_wait(str(number), 0.0)
    assert len(pacer._busy_until) == 10_000


def test_an_address_that_asks_too_often_is_told_when_to_come_back(assistant, without_keys):
    with live(assistant, FIVE, keys=without_keys) as url:
        assert statuses(url, 5) == [200] * 5
        refused = httpx.get(f"{url}/v1/status")
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 12
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "urn:zeitfrage:too-many-requests"
    assert "More than 5 requests a minute" in refused.json()["detail"]


def test_the_openai_client_understands_that_it_asks_too_often(assistant, without_keys):
    with (
        live(assistant, FIVE, keys=without_keys) as url,
        openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client,
    ):
        for _ in range(5):
            assert client.models.list().data
        with pytest.raises(openai.RateLimitError, match="5 requests a minute"):
            client.models.list()


def test_the_parts_of_a_page_and_signs_of_life_are_not_counted(assistant, without_keys):
    with live(assistant, FIVE, keys=without_keys) as url:
        assert statuses(url, 10, "/health") == [200] * 10
        assert statuses(url, 5) == [200] * 5


def test_each_key_has_its_own_pace(assistant, tmp_path):
    first, second = (Keys(tmp_path).create(Scope.ASK, "")[1] for _ in range(2))
    keys = Keys(tmp_path)
    with live(assistant, FIVE, keys=keys) as url:
        assert statuses(url, 6, headers=bearer(first)) == [200] * 5 + [429]
        assert statuses(url, 5, headers=bearer(second)) == [200] * 5
        # The command line hands in file after file.
        assert statuses(url, 8, headers=bearer(keys.local_text)) == [200] * 8


def test_keys_cannot_be_guessed_at_the_login_for_long(assistant, tmp_path):
    Keys(tmp_path).create(Scope.ASK, "")
    with live(assistant, FIVE, keys=Keys(tmp_path)) as url:
        tried = [httpx.post(f"{url}/login", data={"password": "x"}) for _ in range(6)]
    assert [response.status_code for response in tried] == [401] * 5 + [429]


def test_a_key_may_do_300_requests_a_minute_where_nothing_else_is_set(assistant, tmp_path):
    text = Keys(tmp_path).create(Scope.ASK, "")[1]
    with (
        live(assistant, Settings(), keys=Keys(tmp_path)) as url,
        httpx.Client(base_url=url, headers=bearer(text)) as client,
    ):
        said = [client.get(MODELS).status_code for _ in range(400)]
    assert said[:300] == [200] * 300
    assert 429 in said


def test_on_this_machine_there_is_no_limit_by_itself(url):
    with httpx.Client(base_url=url) as client:
        assert {client.get(MODELS).status_code for _ in range(400)} == {200}


# --- how much -------------------------------------------------------------------------------


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(
    "path", ["/v1/answers", "/v1/chat/completions", "/mcp", "/gradio_api/queue/join", "/login"]
)
def test_a_body_without_files_has_at_most_4_megabytes(url, path, chunked):
    body = b'{"question": "' + b"x" * 4_500_000 + b'"}'
    content = (body[n : n + 65536] for n in range(0, len(body), 65536)) if chunked else body
    headers = {"Content-Type": "application/json"}
    if path == "/login":
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = httpx.post(url + path, content=content, headers=headers)
    if path == "/login" and chunked:
        # A field of a form has at most 1 MB, and that is read first.
        assert response.status_code == 400
        return
    assert response.status_code == 413
    assert "4 MB" in response.text


@pytest.mark.parametrize("chunked", [False, True])
def test_an_upload_in_the_chat_has_at_most_the_largest_file_allowed(
    assistant, without_keys, chunked
):
    settings = Settings(max_file_megabytes=1)
    with live(assistant, settings, chat=True, keys=without_keys) as url:
        files = [("files", (f"{n}.txt", b"Wort " * 100_000)) for n in range(6)]
        request = httpx.Request("POST", f"{url}/gradio_api/upload", files=files)
        if chunked:
            body, kind = request.read(), request.headers["content-type"]
            pieces = (body[n : n + 65536] for n in range(0, len(body), 65536))
            request = httpx.Request(
                "POST", request.url, content=pieces, headers={"Content-Type": kind}
            )
        with httpx.Client() as client:
            assert client.send(request).status_code == 413


def test_a_question_with_the_longest_history_is_not_too_much(url):
    turn = {"question": "q" * 2000, "answer": "a" * 50_000}
    asked = {"question": "Wer?", "history": [turn] * 50, "filters": {"source": "gibt es nicht"}}
    assert httpx.post(f"{url}/v1/answers", json=asked, timeout=60).status_code == 200


# --- what browsers are told -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/docs", 200),
        ("GET", "/config", 200),
        ("GET", "/v1/status", 200),
        ("GET", "/v1/nothing", 404),
        ("GET", "/mcp", 405),
        ("POST", "/v1/answers", 422),
        ("GET", "/articles/de-16-stichwahl-harbeck", 200),
    ],
)
def test_every_response_tells_browsers_to_be_careful(url, method, path, status):
    response = httpx.request(method, url + path)
    assert response.status_code == status
    assert_careful(response)


def assert_careful(response: httpx.Response) -> None:
    policy = response.headers["content-security-policy"]
    assert policy.startswith(("default-src 'self'", "default-src 'none'"))
    for directive in ("base-uri", "form-action", "frame-ancestors"):
        assert directive in policy
    assert "http" not in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "same-origin"
    assert response.headers["cross-origin-resource-policy"] == "same-origin"
    assert response.headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in response.headers["permissions-policy"]


def test_refusals_tell_browsers_so_too(assistant, tmp_path):
    text = Keys(tmp_path).create(Scope.ASK, "")[1]
    with live(assistant, Settings(requests_per_minute=1), keys=Keys(tmp_path)) as url:
        assert_careful(httpx.get(f"{url}{MODELS}"))
        assert_careful(httpx.get(f"{url}{MODELS}", headers=bearer(text)))
        refused = httpx.get(f"{url}{MODELS}", headers=bearer(text))
        assert refused.status_code == 429
        assert_careful(refused)


@pytest.mark.parametrize(
    "path", ["/", "/v1/articles", "/v1/answers", "/mcp", "/config", "/gradio_api/info"]
)
@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:3000", "null"])
def test_pages_of_other_servers_may_read_nothing(url, path, origin):
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    for method, headers in (("GET", {"Origin": origin}), ("OPTIONS", asked)):
        response = httpx.request(method, url + path, headers=headers)
        assert not [name for name in response.headers if name.startswith("access-control-")]


def test_the_description_of_the_api_says_how_a_key_is_sent(url):
    described = httpx.get(f"{url}/openapi.json").json()
    assert described["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    assert described["paths"]["/v1/answers"]["post"]["security"] == [{"HTTPBearer": []}]
