from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from gradio_client import Client
from live_server import free_port, live

from zeitfrage.assistant import Assistant
from zeitfrage.assistant.keys import Keys, Scope
from zeitfrage.assistant.server import serve
from zeitfrage.config import Settings, ZeitfrageError
from zeitfrage.index import Collection

HARBECK = "Mit wie viel Prozent gewann Swantje Harbeck die Stichwahl in Hohenlürn?"

# Notes every address that the process looks up or connects to.
WATCHED = """
import sys
def note(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        with open(sys.argv[1], "a") as log:
            log.write(f"{event} {arguments!r}\\n")
sys.addaudithook(note)
from zeitfrage.config import load_settings
from zeitfrage.assistant.server import serve
serve(load_settings(data_folder=sys.argv[2], port=int(sys.argv[3])))
"""


class Process:
    """A serving process and what it told about itself."""

    def __init__(self, folder, log) -> None:
        self.port = free_port()
        self.file = folder / "server.json"
        self.log = log
        command = [sys.executable, "-c", WATCHED, str(log), str(folder), str(self.port)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def wait_until_up(self, seconds: float = 180) -> None:
        end = time.monotonic() + seconds
        while not self.file.exists():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < end
            time.sleep(0.05)

    def stop(self, number: signal.Signals) -> tuple[str, str]:
        self.process.send_signal(number)
        return self.process.communicate(timeout=30)


@contextmanager
def process(folder, log) -> Iterator[Process]:
    started = Process(folder, log)
    try:
        yield started
    finally:
        started.process.kill()
        started.process.communicate()


@pytest.fixture
def own_folder(sample_collection_folder, tmp_path):
    return shutil.copytree(sample_collection_folder, tmp_path / "data")


@pytest.fixture(scope="module")
def url(assistant: Assistant) -> Iterator[str]:
    """The chat and the API over the samples."""
    with live(assistant, Settings(), chat=True) as address:
        yield address


# --- the process ----------------------------------------------------------------------------


def test_a_server_on_an_empty_folder_answers_from_the_samples_and_asks_no_other_machine(tmp_path):
    folder, log = tmp_path / "data", tmp_path / "addresses"
    with process(folder, log) as server:
        server.wait_until_up()
        told = json.loads(server.file.read_text())
        assert told == {
            "url": f"http://127.0.0.1:{server.port}",
            "pid": server.process.pid,
        }
        with httpx.Client(base_url=told["url"], timeout=30) as client:
            assert client.get("/health").json()["articles"] == 40
            answer = client.post("/v1/answers", json={"question": HARBECK}).json()
            assert "53,8 Prozent" in answer["text"]
            assert "Zeitfrage" in client.get("/").text
        out, err = server.stop(signal.SIGTERM)
    assert server.process.returncode == 0
    assert f"Zeitfrage is at {told['url']}" in out
    assert "Traceback" not in err
    elsewhere = [line for line in log.read_text().splitlines() if not is_here(line)]
    assert elsewhere == []


def is_here(line: str) -> bool:
    return re.search(r"'(127\.0\.0\.1|::1|localhost)'", line) is not None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_cleanly(own_folder, tmp_path, number):
    with process(own_folder, tmp_path / "log") as server:
        server.wait_until_up()
        # A chat that is open in a browser keeps a stream open.
        with httpx.stream("GET", f"http://127.0.0.1:{server.port}/", timeout=30):
            _, err = server.stop(number)
    assert server.process.returncode == 0
    assert "Traceback" not in err
    assert not server.file.exists()
    with Collection.open(own_folder, Settings()) as collection:
        assert collection.count() == 40


def test_a_second_server_on_the_same_folder_says_so_and_leaves_the_first_alone(
    own_folder, tmp_path
):
    with process(own_folder, tmp_path / "log") as server:
        server.wait_until_up()
        told = server.file.read_text()
        with pytest.raises(ZeitfrageError, match="Another process is using the collection"):
            serve(Settings(data_folder=own_folder, port=free_port()))
        assert server.file.read_text() == told
        assert httpx.get(f"http://127.0.0.1:{server.port}/health").status_code == 200


def test_a_port_in_use_is_one_clear_error_before_anything_is_opened(url, tmp_path):
    port = int(url.rpartition(":")[2])
    with pytest.raises(ZeitfrageError) as refused:
        serve(Settings(data_folder=tmp_path / "data", port=port))
    assert f"port {port}" in refused.value.message
    assert "--port" in refused.value.remedy
    assert not (tmp_path / "data").exists()


def test_a_host_that_is_not_ours_is_one_clear_error(tmp_path):
    Keys(tmp_path / "data").create(Scope.ASK, "")
    for host in ("192.0.2.1", "no.such.host.invalid"):
        with pytest.raises(ZeitfrageError, match=f"Cannot listen on {host}"):
            serve(Settings(data_folder=tmp_path / "data", host=host, port=free_port()))


# --- the chat beside the API ----------------------------------------------------------------


def test_a_program_can_ask_the_chat_with_the_gradio_client(url):
    client = Client(url, verbose=False)
    answer = client.predict(HARBECK, api_name="/ask")
    assert "53,8 Prozent" in answer["text"]
    plain = httpx.post(f"{url}/v1/answers", json={"question": HARBECK}).json()
    assert answer["citations"] == plain["citations"]
    assert [*client.view_api(return_format="dict")["named_endpoints"]] == ["/ask"]


def test_the_chat_leaves_the_paths_of_the_api_alone(url):
    assert "text/html" in httpx.get(url).headers["content-type"]
    assert httpx.get(f"{url}/health").json()["status"] == "ok"
    unknown = httpx.get(f"{url}/v1/nothing")
    assert unknown.status_code == 404
    assert unknown.headers["content-type"] == "application/problem+json"


def test_a_cited_article_has_a_page_of_its_own(url):
    page = httpx.get(f"{url}/articles/de-16-stichwahl-harbeck")
    assert "Swantje Harbeck wird Bürgermeisterin" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


# --- nothing from elsewhere, nothing for elsewhere --------------------------------------------


@pytest.mark.parametrize("path", ["/docs", "/articles/de-16-stichwahl-harbeck"])
def test_a_page_loads_only_what_this_server_has(url, path):
    page = httpx.get(url + path).text
    loaded = re.findall(r"""(?:<link[^>]*href|<script[^>]*src|<img[^>]*src)=["']([^"']+)""", page)
    for address in loaded:
        assert address.startswith(("/", "data:")), address
        if address.startswith("/"):
            assert httpx.get(url + address).status_code == 200


def test_the_description_of_the_api_opens_without_the_internet(url):
    page = httpx.get(f"{url}/docs").text
    assert "/openapi.json" in page
    assert '"validatorUrl": null' in page
    assert page.count("<script src=") == 1


def test_browsers_are_told_to_load_nothing_from_elsewhere(url):
    for path in ("/", "/docs", "/health"):
        headers = httpx.get(url + path).headers
        assert headers["content-security-policy"].startswith("default-src 'self'")
        assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", ""]
)
def test_a_name_that_was_bent_to_this_machine_is_not_served(url, host):
    response = httpx.get(f"{url}/v1/articles", headers={"Host": host})
    assert response.status_code == 403
    assert response.json()["type"] == "urn:zeitfrage:origin-refused"
    assert "articles" not in response.json()


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1:1", "[::1]:7860"])
def test_the_names_of_this_machine_are_served(url, host):
    assert httpx.get(f"{url}/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://localhost:1", "null", "http://["]
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/answers"),
        ("POST", "/v1/articles"),
        ("DELETE", "/v1/articles/de-16-stichwahl-harbeck"),
        ("POST", "/gradio_api/upload"),
    ],
)
def test_a_foreign_page_changes_nothing(url, method, path, origin):
    response = httpx.request(method, url + path, headers={"Origin": origin})
    assert response.status_code == 403
    assert httpx.get(f"{url}/health").json()["articles"] == 40


def test_a_foreign_page_may_not_read_either(url):
    response = httpx.get(f"{url}/v1/articles", headers={"Origin": "http://evil.example"})
    assert "access-control-allow-origin" not in response.headers


def test_our_own_page_and_programs_may_post(url):
    for headers in ({"Origin": url}, {}):
        asked = httpx.post(f"{url}/v1/search", json={"question": "Freibad"}, headers=headers)
        assert asked.status_code == 200


def test_a_server_for_others_is_served_under_any_name_but_to_its_own_pages_only(assistant):
    with live(assistant, Settings(host="0.0.0.0")) as url:
        named = {"Host": "zeitfrage.redaktion.example"}
        assert httpx.get(f"{url}/health", headers=named).status_code == 200
        asked = {"json": {"question": "Freibad"}}
        own = named | {"Origin": "https://zeitfrage.redaktion.example"}
        assert httpx.post(f"{url}/v1/search", headers=own, **asked).status_code == 200
        foreign = named | {"Origin": "https://evil.example"}
        assert httpx.post(f"{url}/v1/search", headers=foreign, **asked).status_code == 403
