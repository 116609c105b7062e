"""What the official MCP client gets, over stdin and stdout and over real HTTP."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import httpx
import pytest
from command_line import COMMAND, run_command
from live_server import live, serving
from mcp import Client, MCPError, StdioServerParameters
from mcp_types import CallToolResult

from zeitfrage.assistant import Assistant
from zeitfrage.config import Settings

HARBECK = "Mit wie viel Prozent gewann Swantje Harbeck die Stichwahl in Hohenlürn?"
ARTICLE = "de-16-stichwahl-harbeck"
UNANSWERABLE = "What did the Bank of England do with interest rates in August 2023?"

# Where the official client finds a server: an address, or a command that it starts.
Server = str | StdioServerParameters


def with_client(server: Server, use: Callable[[Client], Any]) -> Any:
    """Connect as the official client does, and return what `use` makes of it."""

    async def connected() -> Any:
        async with Client(server) as client:
            return await use(client)

    return anyio.run(connected)


def call(server: Server, tool: str, **arguments: Any) -> CallToolResult:
    return with_client(server, lambda client: client.call_tool(tool, arguments))


def words(result: CallToolResult) -> str:
    (content,) = result.content
    return content.text


@pytest.fixture(scope="module")
def url(assistant: Assistant) -> Iterator[str]:
    """The address of a server over the samples."""
    with live(assistant, Settings(), chat=True) as address:
        yield address


@pytest.fixture(scope="module")
def command(sample_collection_folder) -> StdioServerParameters:
    """The command that a client starts on the samples."""
    return command_on(sample_collection_folder)


def command_on(folder) -> StdioServerParameters:
    arguments = ["--data", str(folder), "mcp"]
    return StdioServerParameters(command=str(COMMAND), args=arguments, env=dict(os.environ))


@pytest.fixture(params=["stdio", "http"])
def server(request, url, command) -> Server:
    return command if request.param == "stdio" else f"{url}/mcp"


def test_a_client_finds_three_tools_that_only_read(server):
    listed = with_client(server, lambda client: client.list_tools())
    assert [tool.name for tool in listed.tools] == ["ask", "search", "get_article"]
    for tool in listed.tools:
        assert tool.description
        assert tool.annotations.read_only_hint is True
        assert tool.input_schema["type"] == tool.output_schema["type"] == "object"
    ask, search, read = (tool.input_schema for tool in listed.tools)
    assert ask["required"] == search["required"] == ["question"]
    assert read["required"] == ["article_id"]


def test_a_question_is_answered_with_the_citations_of_the_api(server, url):
    result = call(server, "ask", question=HARBECK)
    assert not result.is_error
    answer = httpx.post(f"{url}/v1/answers", json={"question": HARBECK}).json()
    assert answer.pop("timings").keys() == result.structured_content.pop("timings").keys()
    assert result.structured_content == answer
    assert answer["text"] in words(result)
    for citation in answer["citations"]:
        assert f"[{citation['number']}] “{citation['quote']}”" in words(result)
        assert f"article {citation['article_id']}" in words(result)


def test_a_cited_article_can_be_read_and_holds_the_quote(server):
    cited = call(server, "ask", question=HARBECK).structured_content["citations"][0]
    article = call(server, "get_article", article_id=cited["article_id"])
    text = article.structured_content["text"]
    assert text[cited["start"] : cited["end"]] == cited["quote"]
    assert text in words(article)
    assert article.structured_content["id"] == cited["article_id"] == ARTICLE


def test_passages_are_those_of_the_api(server, url):
    asked = {"question": "Freibad", "limit": 3, "filters": {"since": "2023", "language": "de"}}
    found = call(server, "search", **asked)
    assert found.structured_content == httpx.post(f"{url}/v1/search", json=asked).json()
    assert found.structured_content["passages"][0]["text"] in words(found)


def test_a_question_may_be_bound_to_a_time(url):
    bound = {"filters": {"until": "2023"}, "as_of": "2024-01"}
    result = call(f"{url}/mcp", "ask", question=HARBECK, **bound)
    assert result.structured_content["abstained"] is True
    assert result.structured_content["as_of"] == "2024-01-31"


def test_what_the_articles_do_not_hold_is_no_error(url):
    result = call(f"{url}/mcp", "ask", question=UNANSWERABLE)
    assert not result.is_error
    assert words(result) == "The articles do not say."
    assert result.structured_content["reason"] == "not_supported"


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("get_article", {"article_id": "gibt-es-nicht"}, "No article has the id 'gibt-es-nicht'"),
        ("get_article", {"article_id": ARTICLE, "version": 9}, "version"),
        ("ask", {}, "question: Field required"),
        ("ask", {"question": " "}, "question: String should have at least 1 character"),
        ("ask", {"question": "Wer?", "filters": {"since": "neulich"}}, "filters.since: "),
        ("search", {"question": "Wer?", "limit": 1000}, "limit: "),
        ("search", {"question": "Wer?", "limt": 3}, "limt: Extra inputs are not permitted"),
    ],
)
def test_a_wrong_call_says_to_the_model_what_to_do_better(url, tool, arguments, said):
    result = call(f"{url}/mcp", tool, **arguments)
    assert result.is_error
    assert said in words(result)
    assert "Traceback" not in words(result)


def test_there_is_no_other_tool(url):
    async def delete(client: Client) -> None:
        with pytest.raises(MCPError, match="There is no tool 'delete'"):
            await client.call_tool("delete", {"article_id": ARTICLE})

    with_client(f"{url}/mcp", delete)


def test_many_calls_at_once_are_all_answered(url):
    async def ask_often(client: Client) -> list[CallToolResult]:
        results = []

        async def ask() -> None:
            results.append(await client.call_tool("search", {"question": "Freibad"}))

        async with anyio.create_task_group() as group:
            for _ in range(8):
                group.start_soon(ask)
        return results

    results = with_client(f"{url}/mcp", ask_often)
    assert [result.is_error for result in results] == [False] * 8


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_there_is_no_session_to_listen_to_or_to_end(url, method):
    response = httpx.request(method, f"{url}/mcp")
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert response.headers["content-type"] == "application/problem+json"


def test_a_foreign_page_may_not_call(url):
    response = httpx.post(f"{url}/mcp", json={}, headers={"Origin": "http://evil.example"})
    assert response.status_code == 403


def test_a_call_of_more_than_4_megabytes_is_refused(url):
    response = httpx.post(f"{url}/mcp", json={"question": "x" * 5_000_000})
    assert response.status_code == 413


def test_while_a_client_is_there_the_collection_is_free_for_others(sample_folder):
    async def use(client: Client) -> str:
        await client.call_tool("get_article", {"article_id": ARTICLE})
        deleted = run_command("--data", sample_folder, "delete", "--yes", ARTICLE)
        assert deleted.code == 0, deleted.err
        return words(await client.call_tool("get_article", {"article_id": ARTICLE}))

    assert f"No article has the id '{ARTICLE}'" in with_client(command_on(sample_folder), use)


def test_a_command_asks_the_server_that_holds_the_collection(sample_folder):
    with serving(sample_folder):
        result = call(command_on(sample_folder), "ask", question=HARBECK)
    assert "53,8 Prozent" in words(result)
