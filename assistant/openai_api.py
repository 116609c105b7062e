"""The OpenAI-compatible side: any OpenAI client can ask the articles as the model `zeitfrage`."""

from __future__ import annotations

import itertools
import json
import logging
import math
import time
import uuid
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.sse import EventSourceResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from zeitfrage.assistant.answer import Answer, Turn
from zeitfrage.assistant.answer_models import CitationModel
from zeitfrage.assistant.api import BoundedRoute, TheAssistant
from zeitfrage.assistant.api_models import LONGEST_QUESTION
from zeitfrage.assistant.problems import problem, problem_response
from zeitfrage.config.errors import ZeitfrageError

MODEL = "zeitfrage"
_CHARACTERS_PER_TOKEN = 4

_log = logging.getLogger(__name__)


class OpenAIRoute(BoundedRoute):
    """A route whose errors have the form that OpenAI clients read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the route's handler with its errors rewritten."""
        handle = super().get_route_handler()

        async def handle_errors(request: Request) -> Response:
            try:
                return await handle(request)
            except (ZeitfrageError, RequestValidationError, HTTPException) as error:
                return _refusal(error)
            except Exception as error:  # noqa: BLE001
                _log.exception("A request failed.")
                return _refusal(error)

        return handle_errors


class ErrorDetail(BaseModel):
    """What is wrong and what to do about it."""

    message: str
    type: Literal["invalid_request_error", "server_error"]
    param: None = None
    code: str | None


class ErrorBody(BaseModel):
    """An error as OpenAI clients read it."""

    error: ErrorDetail


router = APIRouter(
    prefix="/v1",
    tags=["OpenAI-compatible"],
    route_class=OpenAIRoute,
    responses={"default": {"model": ErrorBody, "description": "An error in OpenAI's form."}},
)


class TextPart(BaseModel):
    """A part of a message; only text can be asked."""

    type: Literal["text"]
    text: str


class Message(BaseModel):
    """A message of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[TextPart] | None = None

    @property
    def text(self) -> str:
        """The message as plain text."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class StreamOptions(BaseModel):
    """What else a stream tells."""

    include_usage: bool = False


class ChatRequest(BaseModel):
    """The conversation so far; settings of a sampling model are accepted and without effect."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": MODEL,
                "messages": [{"role": "user", "content": "Wer gewann die Stichwahl?"}],
            }
        }
    )

    model: str = Field(MODEL, description="Any name; it is repeated in the answer.")
    messages: list[Message] = Field(
        min_length=1,
        description="The last user message is the question, earlier pairs of user and assistant "
        "messages are its history; system messages are passed over.",
    )
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None


class AssistantMessage(BaseModel):
    """The answer."""

    role: Literal["assistant"] = "assistant"
    content: str = Field(description="With markers [n].")
    refusal: None = None
    citations: list[CitationModel] = Field(
        description="What OpenAI has no field for: the proof behind each marker, as /v1/answers "
        "has it."
    )


class Choice(BaseModel):
    """The only choice."""

    index: int = 0
    message: AssistantMessage
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class Usage(BaseModel):
    """Estimated at four characters to a token: no tokeniser of a language model is at work."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatCompletion(BaseModel):
    """An answer as OpenAI clients read it."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: Usage


class ModelCard(BaseModel):
    """The one model."""

    id: str = MODEL
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = MODEL


class ModelList(BaseModel):
    """All models."""

    object: Literal["list"] = "list"
    data: list[ModelCard]


@router.get("/models")
def models() -> ModelList:
    """List the models: there is one."""
    return ModelList(data=[ModelCard()])


@router.get("/models/{model}")
def model(model: str) -> ModelCard:
    """Return the model."""
    if model != MODEL:
        raise HTTPException(404, f"There is no model {model!r}; there is {MODEL!r}.")
    return ModelCard()


@router.post(
    "/chat/completions",
    response_model=ChatCompletion,
    responses={
        200: {
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
            "description": "The answer; with `stream`, chunks of it as OpenAI sends them, the "
            "last delta with `citations`.",
        }
    },
)
def chat_completions(
    asked: ChatRequest, assistant: TheAssistant
) -> ChatCompletion | EventSourceResponse:
    """Answer the last user message from the articles."""
    question, history = _conversation(asked.messages)
    if asked.stream:
        pieces = assistant.stream(question, history)
        return EventSourceResponse(_chunks(asked, pieces), headers={"Cache-Control": "no-cache"})
    answer = assistant.ask(question, history)
    message = AssistantMessage(content=answer.text, citations=_citations(answer))
    return ChatCompletion(
        id=_new_id(),
        created=int(time.time()),
        model=asked.model,
        choices=[Choice(message=message)],
        usage=_usage(asked.messages, answer.text),
    )


def _conversation(messages: Sequence[Message]) -> tuple[str, list[Turn]]:
    """Return the last user message and the question-answer pairs before it."""
    asked = [place for place, message in enumerate(messages) if message.role == "user"]
    question = messages[asked[-1]].text.strip() if asked else ""
    if not 0 < len(question) <= LONGEST_QUESTION:
        raise HTTPException(
            400, f"messages: the last user message must have 1 to {LONGEST_QUESTION} characters"
        )
    spoken = [message for message in messages[: asked[-1]] if message.role in {"user", "assistant"}]
    history = [
        Turn(earlier.text, later.text)
        for earlier, later in itertools.pairwise(spoken)
        if (earlier.role, later.role) == ("user", "assistant")
    ]
    return question, history


def _chunks(asked: ChatRequest, pieces: Iterator[str | Answer]) -> Iterator[bytes]:
    """Encode an answer as OpenAI streams it; the last delta carries the citations."""
    head = {
        "id": _new_id(),
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": asked.model,
    }
    yield _event(head | _delta({"role": "assistant", "content": ""}))
    try:
        for piece in pieces:
            if not isinstance(piece, Answer):
                yield _event(head | _delta({"content": piece}))
                continue
            citations = [citation.model_dump() for citation in _citations(piece)]
            yield _event(head | _delta({"citations": citations}, "stop"))
            if asked.stream_options and asked.stream_options.include_usage:
                usage = _usage(asked.messages, piece.text).model_dump()
                yield _event(head | {"choices": [], "usage": usage})
    except ZeitfrageError as error:
        yield _event(_error(error))
    except Exception as error:  # noqa: BLE001
        _log.exception("A stream broke off.")
        yield _event(_error(error))
    yield b"data: [DONE]\n\n"


def _delta(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]}


def _event(content: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(content, ensure_ascii=False)}\n\n".encode()


def _citations(answer: Answer) -> list[CitationModel]:
    return [CitationModel.of(citation) for citation in answer.citations]


def _usage(messages: Sequence[Message], text: str) -> Usage:
    asked = math.ceil(sum(len(message.text) for message in messages) / _CHARACTERS_PER_TOKEN)
    answered = math.ceil(len(text) / _CHARACTERS_PER_TOKEN)
    return Usage(prompt_tokens=asked, completion_tokens=answered, total_tokens=asked + answered)


def _refusal(error: Exception) -> JSONResponse:
    status = problem(error).status
    headers = getattr(error, "headers", None)
    # OpenAI knows no 422.
    return JSONResponse(_error(error), 400 if status == 422 else status, headers)


def refused(path: str, error: Exception) -> Response:
    """Return the refusal of a request before any route has it, as clients of its path read it."""
    own = path.startswith(("/v1/chat/", "/v1/embeddings", "/v1/models"))
    return _refusal(error) if own else problem_response(error)


def _error(error: Exception) -> dict[str, Any]:
    said = problem(error)
    detail = ErrorDetail(
        message=f"{said.detail} {said.remedy}".strip(),
        type="invalid_request_error" if said.status < 500 else "server_error",
        code=None if said.type == "about:blank" else said.type.rpartition(":")[2],
    )
    return ErrorBody(error=detail).model_dump()


def _new_id() -> str:
    return f"chatcmpl-{uuid.uuid4().hex}"
