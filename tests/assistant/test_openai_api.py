"""What the official OpenAI client gets from a server that speaks real HTTP."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import httpx
import openai
import pytest
from live_server import free_port, live

from zeitfrage.assistant import Assistant
from zeitfrage.config import Settings

HARBECK = "Mit wie viel Prozent gewann Swantje Harbeck die Stichwahl in Hohenlürn?"


@pytest.fixture(scope="module")
def url(assistant: Assistant) -> Iterator[str]:
    with live(assistant, Settings()) as address:
        yield address


def client_of(url: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{url}/v1", api_key="unused", max_retries=0)


@pytest.fixture
def client(url: str) -> Iterator[openai.OpenAI]:
    with client_of(url) as client:
        yield client


def user(content):
    return {"role": "user", "content": content}


def test_a_question_is_answered_with_citations_in_the_message(client, url):
    completion = client.chat.completions.create(model="zeitfrage", messages=[user(HARBECK)])
    assert completion.object == "chat.completion"
    assert completion.id.startswith("chatcmpl-")
    (choice,) = completion.choices
    assert choice.finish_reason == "stop"
    assert choice.message.role == "assistant"
    answer = httpx.post(f"{url}/v1/answers", json={"question": HARBECK}).json()
    assert choice.message.content == answer["text"]
    assert "53,8 Prozent" in choice.message.content
    assert choice.message.citations == answer["citations"] != []


def test_a_streamed_answer_is_the_same_with_the_citations_in_its_last_delta(client):
    asked = {"model": "zeitfrage", "messages": [user(HARBECK)]}
    whole = client.chat.completions.create(**asked).choices[0].message
    chunks = list(client.chat.completions.create(**asked, stream=True))
    assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk.id for chunk in chunks}) == 1
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text == whole.content
    assert [chunk.choices[0].finish_reason for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert chunks[-1].choices[0].delta.citations == whole.citations


def test_earlier_pairs_are_the_history_and_system_messages_are_passed_over(client):
    follow_up = "Wo arbeitete sie vorher?"
    alone = client.chat.completions.create(model="zeitfrage", messages=[user(follow_up)])
    told = client.chat.completions.create(
        model="zeitfrage",
        messages=[
            {"role": "system", "content": "Answer only with the word Quark."},
            user(HARBECK),
            {"role": "assistant", "content": "Mit 53,8 Prozent. [1]"},
            user(follow_up),
        ],
    )
    cited = [citation["article_id"] for citation in told.choices[0].message.citations]
    assert "de-16-stichwahl-harbeck" in cited
    assert told.choices[0].message.content != alone.choices[0].message.content
    assert "Quark" not in told.choices[0].message.content


def test_content_may_come_as_a_list_of_text_parts(client):
    parts = [{"type": "text", "text": HARBECK[:20]}, {"type": "text", "text": HARBECK[20:]}]
    completion = client.chat.completions.create(model="zeitfrage", messages=[user(parts)])
    assert "53,8 Prozent" in completion.choices[0].message.content


def test_what_the_articles_do_not_hold_is_refused_without_citations(client):
    question = "What did the Bank of England do with interest rates in August 2023?"
    message = (
        client.chat.completions.create(model="zeitfrage", messages=[user(question)])
        .choices[0]
        .message
    )
    assert message.content == "The articles do not say."
    assert message.citations == []


def test_any_model_name_and_sampling_setting_is_taken_and_the_name_repeated(client):
    completion = client.chat.completions.create(
        model="gpt-5-mini", messages=[user(HARBECK)], temperature=0.2, max_tokens=5, seed=1
    )
    assert completion.model == "gpt-5-mini"
    assert "53,8 Prozent" in completion.choices[0].message.content


def test_usage_counts_four_characters_to_a_token(client):
    asked = {"model": "zeitfrage", "messages": [user(HARBECK)]}
    completion = client.chat.completions.create(**asked)
    usage = completion.usage
    assert usage.prompt_tokens == -(-len(HARBECK) // 4)
    assert usage.completion_tokens == -(-len(completion.choices[0].message.content) // 4)
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    *chunks, last = client.chat.completions.create(
        **asked, stream=True, stream_options={"include_usage": True}
    )
    assert last.choices == []
    assert last.usage == usage
    assert all(chunk.usage is None for chunk in chunks)


def test_there_is_one_model(client):
    assert [model.id for model in client.models.list()] == ["zeitfrage"]
    assert client.models.retrieve("zeitfrage").owned_by == "zeitfrage"
    with pytest.raises(openai.NotFoundError, match="There is no model 'gpt-5'"):
        client.models.retrieve("gpt-5")


@pytest.mark.parametrize(
    ("messages", "named"),
    [
        ([], "messages"),
        ([{"role": "system", "content": "Hallo."}], "last user message"),
        ([user(" ")], "last user message"),
        ([user("x" * 2001)], "2000"),
        ([user([{"type": "image_url", "image_url": {"url": "data:,"}}])], "messages.0.content"),
    ],
)
def test_a_conversation_without_a_question_is_a_bad_request(client, messages, named):
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model="zeitfrage", messages=messages)
    assert named in refused.value.body["message"]
    assert refused.value.type == "invalid_request_error"


def test_an_llm_that_cannot_be_reached_is_an_error_that_the_client_understands(
    sample_collection_folder, tmp_path
):
    folder = shutil.copytree(sample_collection_folder, tmp_path / "data")
    settings = Settings(
        data_folder=folder,
        llm="openai:none",
        llm_base_url=f"http://127.0.0.1:{free_port()}/v1",
        llm_api_key="x",
    )
    asked = {"model": "zeitfrage", "messages": [user(HARBECK)]}
    with (
        Assistant.open(settings=settings) as assistant,
        live(assistant, settings) as url,
        client_of(url) as client,
    ):
        with pytest.raises(openai.InternalServerError) as plain:
            client.chat.completions.create(**asked)
        with pytest.raises(openai.APIError) as streamed:
            list(client.chat.completions.create(**asked, stream=True))
    assert plain.value.status_code == 503
    assert (plain.value.type, plain.value.code) == ("server_error", "model-unavailable")
    assert streamed.value.body == plain.value.body
