"""Who is let in with which key, over real HTTP, and how keys are made, kept and revoked."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import anyio
import httpx
import httpx2
import openai
import pytest
from command_line import CommandLine
from gradio_client import Client as ChatClient
from live_server import free_port, live
from mcp import Client as McpClient
from mcp.client.streamable_http import streamable_http_client

from zeitfrage.assistant import Assistant
from zeitfrage.assistant.keys import KEYS_FILE, Keys, KeysDamaged, Scope
from zeitfrage.assistant.server import serve
from zeitfrage.config import Settings, ZeitfrageError

HARBECK = "Mit wie viel Prozent gewann Swantje Harbeck die Stichwahl in Hohenlürn?"
ARTICLE = "/v1/articles/de-16-stichwahl-harbeck"
ASKED = {"json": {"question": HARBECK}}
UPLOADED = {"files": {"files": ("leer.txt", b"")}}


@contextmanager
def kept(assistant: Assistant, keys: Keys, chat: bool = False) -> Iterator[str]:
    """A server that asks for keys, over articles that nothing changes."""
    with live(assistant, Settings(), chat=chat, keys=keys) as url:
        yield url


@pytest.fixture(scope="module")
def keys(tmp_path_factory) -> Keys:
    folder = tmp_path_factory.mktemp("keys")
    Keys(folder).create(Scope.ADMIN, "the first")
    return Keys(folder)


@pytest.fixture(scope="module")
def url(assistant: Assistant, keys: Keys) -> Iterator[str]:
    with kept(assistant, keys, chat=True) as address:
        yield address


@pytest.fixture(scope="module")
def shown(keys: Keys) -> dict[Scope, dict[str, str]]:
    """For each scope the header that shows a key of it."""
    return {scope: bearer(keys.create(scope, f"test {scope}")[1]) for scope in Scope}


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def refusal(response: httpx.Response, status: int) -> dict:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["remedy"]
    return response.json()


# --- the keys -------------------------------------------------------------------------------


def test_a_key_is_stored_hashed_in_a_file_for_its_owner_only(tmp_path):
    key, text = Keys(tmp_path).create(Scope.ASK, "Redaktion")
    file = tmp_path / KEYS_FILE
    assert text.startswith(f"zf_{key.id}_")
    assert len(text.removeprefix(f"zf_{key.id}_")) == 43
    assert text not in file.read_text()
    assert text.removeprefix(f"zf_{key.id}_") not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (stored,) = json.loads(file.read_text())
    assert stored.keys() == {"id", "scope", "name", "created", "sha256"}


def test_only_the_whole_key_is_found(tmp_path):
    key, text = Keys(tmp_path).create(Scope.ASK, "")
    held = Keys(tmp_path)
    assert held.find(text) == key
    other = "A" if text[-1] != "A" else "B"
    for wrong in ("", key.id, text[:-1], text[:-1] + other, text + "A", key.digest, "ä\udcff"):
        assert held.find(wrong) is None


def test_all_keys_are_compared_so_that_time_tells_nothing(tmp_path, monkeypatch):
    made = [Keys(tmp_path).create(Scope.ASK, str(n))[1] for n in range(3)]
    held, compared = Keys(tmp_path), []
    monkeypatch.setattr("hmac.compare_digest", lambda a, b: compared.append((a, b)) or a == b)
    counts = []
    for text in (made[0], made[2], "wrong"):
        compared.clear()
        held.find(text)
        counts.append(len(compared))
    assert counts == [4, 4, 4]


def test_a_scope_has_those_before_it_within_it():
    assert [scope.covers(Scope.INGEST) for scope in Scope] == [False, True, True]
    assert all(Scope.ADMIN.covers(scope) for scope in Scope)


@pytest.mark.parametrize("content", ["", "{}", "[1]", '[{"id": "1"}]', '[{"scope": "root"}]'])
def test_a_damaged_file_lets_nobody_in(tmp_path, content):
    Keys(tmp_path).create(Scope.ASK, "")
    held = Keys(tmp_path)
    (tmp_path / KEYS_FILE).write_text(content)
    with pytest.raises(KeysDamaged):
        held.find("anything")


def test_keys_made_at_the_same_time_are_all_kept(tmp_path):
    def make(number: int) -> None:
        Keys(tmp_path).create(Scope.ASK, str(number))

    async def make_many() -> None:
        async with anyio.create_task_group() as group:
            for number in range(12):
                group.start_soon(anyio.to_thread.run_sync, make, number)

    anyio.run(make_many)
    assert sorted(int(key.name) for key in Keys(tmp_path).all()) == [*range(12)]


# --- the command line -----------------------------------------------------------------------


@pytest.fixture
def cli(capsys, fresh_folder, monkeypatch, tmp_path) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    return CommandLine(capsys, fresh_folder)


def test_keys_are_made_listed_and_revoked(cli):
    made = cli("keys", "create", "--scope", "ingest", "--name", "Feedleser")
    assert made.code == 0
    assert "not shown again" in made.err
    assert "next start" in made.err
    key = Keys(cli.folder).find(made.out.strip())
    assert (key.scope, key.name) == (Scope.INGEST, "Feedleser")
    listed = cli("keys", "list").out
    assert listed == f"{key.id}\tingest\t{key.created:%Y-%m-%d}\tFeedleser\n"
    assert "next start" not in cli("keys", "create", "--scope", "ask").err
    assert cli("keys", "revoke", key.id).code == 0
    assert key.id not in cli("keys", "list").out
    again = cli("keys", "revoke", key.id)
    assert again.code == 2
    assert f"No key has the id '{key.id}'" in again.err


def test_a_key_needs_a_scope_that_there_is(cli):
    assert cli("keys", "create").code == 2
    assert cli("keys", "create", "--scope", "root").code == 2
    assert not (cli.folder / KEYS_FILE).exists()


def test_the_command_line_is_let_in_by_the_server_of_its_folder(cli, sample_folder):
    cli = CommandLine(cli._capsys, sample_folder)
    Keys(sample_folder).create(Scope.ASK, "")
    keys = Keys(sample_folder)
    settings = Settings(data_folder=sample_folder)
    with Assistant.open(settings=settings) as assistant, kept(assistant, keys) as url:
        told = sample_folder / "server.json"
        told.write_text(json.dumps({"url": url, "pid": 0, "key": keys.local_text}))
        assert "53,8 Prozent" in cli("ask", HARBECK).out
        assert cli("delete", "--yes", "de-16-stichwahl-harbeck").code == 0
        told.write_text(json.dumps({"url": url, "pid": 0}))
        assert "Another process is using the collection" in cli("status").err


# --- where keys are asked for ---------------------------------------------------------------


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "zeitfrage.example"])
def test_a_server_for_others_without_keys_is_refused_with_the_way_to_make_one(tmp_path, host):
    with pytest.raises(ZeitfrageError) as refused:
        serve(Settings(data_folder=tmp_path / "data", host=host, port=free_port()))
    assert host in refused.value.message
    assert refused.value.remedy == (
        f"Make one: zeitfrage --data {tmp_path / 'data'} keys create --scope admin"
    )
    assert not (tmp_path / "data").exists()


def test_without_keys_a_server_on_this_machine_asks_for_none(assistant, tmp_path):
    with kept(assistant, Keys(tmp_path)) as url:
        assert httpx.get(f"{url}/v1/status").status_code == 200
        assert httpx.get(f"{url}/login", follow_redirects=False).headers["location"] == "/"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/status"),
        ("POST", "/v1/answers"),
        ("GET", ARTICLE),
        ("DELETE", ARTICLE),
        ("POST", "/mcp"),
        ("GET", "/config"),
        ("GET", "/gradio_api/info"),
        ("POST", "/gradio_api/queue/join"),
        ("POST", "/gradio_api/call/ask"),
        ("POST", "/gradio_api/upload"),
        ("GET", "/openapi.json"),
        ("GET", "/articles/de-16-stichwahl-harbeck"),
        ("GET", "/no/such/page"),
        ("OPTIONS", "/v1/answers"),
    ],
)
def test_without_a_key_nobody_gets_anything(url, method, path):
    for headers in ({}, bearer("zf_00000000_wrong"), {"Authorization": "Basic YTpi"}):
        response = httpx.request(method, url + path, headers=headers)
        assert refusal(response, 401)["type"] == "urn:zeitfrage:key-required"
        assert response.headers["www-authenticate"] == "Bearer"


def test_a_sign_of_life_needs_no_key(url):
    assert httpx.get(f"{url}/health").json()["status"] == "ok"


MAY = [
    ("GET", "/v1/status", {}, Scope.ASK),
    ("GET", "/v1/articles", {}, Scope.ASK),
    ("GET", ARTICLE, {}, Scope.ASK),
    ("POST", "/v1/answers", ASKED, Scope.ASK),
    ("POST", "/v1/search", ASKED, Scope.ASK),
    ("GET", "/v1/models", {}, Scope.ASK),
    ("GET", "/docs", {}, Scope.ASK),
    ("GET", "/", {}, Scope.ASK),
    ("POST", "/v1/articles", UPLOADED, Scope.INGEST),
    ("POST", "/v1/jobs", UPLOADED, Scope.INGEST),
    ("GET", "/v1/jobs", {}, Scope.INGEST),
    ("POST", "/gradio_api/upload", UPLOADED, Scope.INGEST),
    ("DELETE", "/v1/articles/gibt-es-nicht", {}, Scope.ADMIN),
    ("POST", "/v1/check", {"json": {}}, Scope.ADMIN),
    ("PUT", "/v1/something/new", {}, Scope.ADMIN),
]


@pytest.mark.parametrize(("method", "path", "request_", "needed"), MAY)
def test_a_key_is_good_for_its_scope_and_no_more(url, shown, method, path, request_, needed):
    for scope, headers in shown.items():
        response = httpx.request(method, url + path, headers=headers, timeout=30, **request_)
        if scope.covers(needed):
            assert response.status_code not in (401, 403), response.text
        else:
            said = refusal(response, 403)
            assert said["type"] == "urn:zeitfrage:scope-missing"
            assert f"'{needed}'" in said["detail"]


def test_a_revoked_key_is_refused_at_once(url, keys):
    key, text = keys.create(Scope.ASK, "for a moment")
    assert httpx.get(f"{url}/v1/status", headers=bearer(text)).status_code == 200
    Keys(keys._file.parent).revoke(key.id)
    assert httpx.get(f"{url}/v1/status", headers=bearer(text)).status_code == 401


def test_when_the_last_key_is_revoked_nobody_is_let_in(assistant, tmp_path):
    key, text = Keys(tmp_path).create(Scope.ASK, "")
    with kept(assistant, Keys(tmp_path)) as url:
        Keys(tmp_path).revoke(key.id)
        assert httpx.get(f"{url}/v1/status", headers=bearer(text)).status_code == 401


# --- the clients that people have -----------------------------------------------------------


def test_the_openai_client_shows_its_key(url, keys):
    text = keys.create(Scope.ASK, "openai")[1]
    with openai.OpenAI(base_url=f"{url}/v1", api_key=text, max_retries=0) as client:
        asked = [{"role": "user", "content": HARBECK}]
        said = client.chat.completions.create(model="zeitfrage", messages=asked)
    assert "53,8 Prozent" in said.choices[0].message.content


def test_the_openai_client_is_told_that_its_key_is_wrong(url):
    with (
        openai.OpenAI(base_url=f"{url}/v1", api_key="sk-wrong", max_retries=0) as client,
        pytest.raises(openai.AuthenticationError) as refused,
    ):
        client.models.list()
    assert refused.value.code == "key-required"
    assert "asks for a key" in refused.value.message


def test_an_mcp_client_shows_its_key_as_a_header(url, keys):
    async def ask(headers: dict[str, str]) -> str:
        async with (
            httpx2.AsyncClient(headers=headers) as http,
            McpClient(streamable_http_client(f"{url}/mcp", http_client=http)) as client,
        ):
            return (await client.call_tool("ask", {"question": HARBECK})).content[0].text

    text = keys.create(Scope.ASK, "mcp")[1]
    assert "53,8 Prozent" in anyio.run(ask, bearer(text))


@pytest.mark.parametrize(
    "access",
    [lambda text: {"auth": ("any name", text)}, lambda text: {"headers": bearer(text)}],
    ids=["login", "header"],
)
def test_gradios_client_is_let_in_by_login_or_header(url, keys, access: Callable[[str], dict]):
    text = keys.create(Scope.ASK, "gradio")[1]
    client = ChatClient(url, verbose=False, **access(text))
    assert "53,8 Prozent" in client.predict(HARBECK, api_name="/ask")["text"]


# --- the login ------------------------------------------------------------------------------

BROWSER = {"Accept": "text/html,application/xhtml+xml", "Accept-Language": "de"}


@pytest.mark.parametrize("path", ["/", "/articles/x?start=1&end=9", "/docs"])
def test_a_browser_without_a_key_is_led_to_the_login_and_back(url, keys, path):
    with httpx.Client(base_url=url, headers=BROWSER, follow_redirects=True) as browser:
        login = browser.get(path)
        assert login.url.path == "/login"
        assert "Zugangsschlüssel" in login.text
        wanted = login.url.params["next"]
        assert wanted == path
        sent = {"password": keys.create(Scope.ASK, "browser")[1], "next": wanted}
        back = browser.post("/login", data=sent)
        assert str(back.url) == url + path
        assert browser.get("/v1/status").status_code == 200


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(url, keys):
    sent = {"password": keys.create(Scope.ASK, "")[1]}
    cookie = httpx.post(f"{url}/login", data=sent).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "max-age" not in cookie


def test_a_wrong_key_is_said_on_the_page(url):
    page = httpx.post(f"{url}/login", data={"password": "falsch"}, headers=BROWSER)
    assert page.status_code == 401
    assert "Diesen Schlüssel kennt der Server nicht." in page.text
    assert "set-cookie" not in page.headers


@pytest.mark.parametrize("wanted", ["//evil.example", "/\\evil.example", "https://evil.example"])
def test_the_login_leads_to_no_other_server(url, keys, wanted):
    sent = {"password": keys.create(Scope.ASK, "")[1], "next": wanted}
    response = httpx.post(f"{url}/login", data=sent, headers=BROWSER)
    assert response.headers["location"] == "/"


def test_where_to_go_is_never_markup(url):
    page = httpx.get(f"{url}/login", params={"next": '/"><script>alert(1)</script>'})
    assert "<script>" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_a_foreign_page_may_not_log_anybody_in(url):
    response = httpx.post(f"{url}/login", data={}, headers={"Origin": "http://evil.example"})
    assert response.status_code == 403
