"""The REST API: questions, passages and articles under /v1, and what its other parts share."""

from __future__ import annotations

import logging
from collections.abc import (
    AsyncIterator,
    Callable,
    Coroutine,
    Generator,
    Iterable,
    Iterator,
)
from http import HTTPStatus
from importlib.metadata import version
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.routing import APIRoute
from fastapi.sse import EventSourceResponse, format_sse_event
from pydantic import BaseModel, Field
from starlette.concurrency import iterate_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from zeitfrage.assistant.answer import Answer
from zeitfrage.assistant.answer_models import AnswerModel, PassageModel, SearchResponse
from zeitfrage.assistant.api_models import (
    AnswerRequest,
    ArticleList,
    ArticleModel,
    ArticleSummary,
    FiltersModel,
    Health,
    Page,
    SearchRequest,
    StatusModel,
    VersionList,
)
from zeitfrage.assistant.assistant import Assistant
from zeitfrage.assistant.etags import UNCHANGED, tagged
from zeitfrage.assistant.jobs import Jobs
from zeitfrage.assistant.problems import PROBLEM_RESPONSES, problem
from zeitfrage.config import Settings
from zeitfrage.config.errors import ZeitfrageError

Event = tuple[str, BaseModel]

_log = logging.getLogger(__name__)


async def _assistant(request: Request) -> Assistant:
    return cast("Assistant", request.app.state.assistant)


async def _settings(request: Request) -> Settings:
    return cast("Settings", request.app.state.settings)


async def _jobs(request: Request) -> Jobs:
    return cast("Jobs", request.app.state.jobs)


TheJobs = Annotated[Jobs, Depends(_jobs)]
TheAssistant = Annotated[Assistant, Depends(_assistant)]
TheSettings = Annotated[Settings, Depends(_settings)]


class BoundedRoute(APIRoute):
    """A route that reads no more of a request's body than the largest file allowed.

    FastAPI's own `max_body_size` says no more than "Content Too Large".
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the route's handler with its input counted."""
        handle = super().get_route_handler()

        async def handle_bounded(request: Request) -> Response:
            megabytes = request.app.state.settings.max_file_megabytes
            return await handle(Request(request.scope, _counted(request.receive, megabytes)))

        return handle_bounded


def _counted(receive: Receive, megabytes: int) -> Receive:
    # The parts' headers come on top of the files.
    left = (megabytes + 1) * 1_000_000

    async def receive_counted() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"The request has more than the {megabytes} MB allowed. "
                "Send fewer files at once, or raise max_file_megabytes.",
            )
        return message

    return receive_counted


router = APIRouter(route_class=BoundedRoute, responses=PROBLEM_RESPONSES)


def or_events(description: str) -> dict[int | str, dict[str, Any]]:
    """Describe the event stream that a route sends where it is asked for one."""
    return {
        200: {
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
            "description": description,
        }
    }


@router.get("/health", tags=["server"])
def health(assistant: TheAssistant) -> Health:
    """Say that the server runs, and on how many articles."""
    return Health(articles=assistant.collection.count(), version=version("zeitfrage"))


@router.get("/v1/status", tags=["articles"])
def status(assistant: TheAssistant) -> StatusModel:
    """Say what the collection holds."""
    return StatusModel.of(assistant.collection.status())


@router.post(
    "/v1/answers",
    tags=["questions"],
    response_model=AnswerModel,
    responses=or_events(
        "The answer; with `stream`, events `delta` {text} as it is written, then `answer` with "
        "the whole, or `error` with a problem."
    ),
)
def answers(asked: AnswerRequest, assistant: TheAssistant) -> AnswerModel | EventSourceResponse:
    """Answer a question from the articles, or say that they do not hold the answer."""
    history = [turn.turn() for turn in asked.history]
    filters = asked.filters.filters()
    if asked.stream:
        pieces = assistant.stream(asked.question, history, filters, asked.as_of, asked.timely)
        return event_stream(_answer_events(pieces))
    answer = assistant.ask(asked.question, history, filters, asked.as_of, asked.timely)
    return AnswerModel.of(answer)


@router.post("/v1/search", tags=["questions"])
def search(asked: SearchRequest, assistant: TheAssistant, settings: TheSettings) -> SearchResponse:
    """Return the passages that answer a question best, best first."""
    recency = settings.recency if asked.recency is None else asked.recency
    found = assistant.collection.search(
        asked.question, asked.limit, asked.filters.filters(), recency
    )
    return SearchResponse(passages=[PassageModel.of(passage) for passage in found])


class ArticleQuery(FiltersModel):
    """Which articles are listed."""

    limit: int = Field(50, ge=1, le=1000)
    offset: int = Field(0, ge=0, le=2**31)


@router.get("/v1/articles", tags=["articles"])
def articles(query: Annotated[ArticleQuery, Query()], assistant: TheAssistant) -> ArticleList:
    """List articles, newest first, without their texts."""
    filters, collection = query.filters(), assistant.collection
    return ArticleList(
        total=collection.count(filters),
        articles=[
            ArticleSummary.of(article)
            for article in collection.articles(query.limit, query.offset, filters)
        ],
    )


@router.get("/v1/articles/{article_id:path}/versions", tags=["articles"])
def versions(
    article_id: str, page: Annotated[Page, Query()], assistant: TheAssistant
) -> VersionList:
    """List the versions of an article, newest first, without their texts."""
    return VersionList.of(assistant.collection.versions(article_id), page)


@router.get(
    "/v1/articles/{article_id:path}/versions/{number}",
    tags=["articles"],
    response_model=ArticleModel,
    responses=UNCHANGED,
)
def one_version(
    article_id: str, number: int, assistant: TheAssistant, request: Request
) -> Response:
    """Return one version of an article."""
    return tagged(ArticleModel.of(assistant.collection.version(article_id, number)), request)


@router.get(
    "/v1/articles/{article_id:path}",
    tags=["articles"],
    response_model=ArticleModel,
    responses=UNCHANGED,
)
def article(article_id: str, assistant: TheAssistant, request: Request) -> Response:
    """Return a whole article."""
    return tagged(ArticleModel.of(assistant.collection.article(article_id)), request)


@router.delete("/v1/articles/{article_id:path}", tags=["articles"], status_code=204)
def delete(article_id: str, assistant: TheAssistant) -> None:
    """Remove an article with all that was derived from it."""
    assistant.collection.delete(article_id)


# Takes what no route under /v1 takes, before the chat's app does, which knows no problems.
unknown = APIRouter(include_in_schema=False)


@unknown.api_route("/v1/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
async def no_such_route(path: str, request: Request) -> None:
    """Say that there is nothing under this address."""
    raise HTTPException(
        HTTPStatus.NOT_FOUND, f"There is no {request.method} /v1/{path}; /docs shows what there is."
    )


class Delta(BaseModel):
    """A piece of an answer's text; the pieces joined are the text."""

    text: str


def _answer_events(pieces: Iterable[str | Answer]) -> Iterator[Event]:
    for piece in pieces:
        if isinstance(piece, Answer):
            yield "answer", AnswerModel.of(piece)
        else:
            yield "delta", Delta(text=piece)


def event_stream(events: Iterator[Event]) -> EventSourceResponse:
    """Send events as they come; an error ends them as an `error` event with its problem."""
    # Proxies would hold the events back until they have enough of them.
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return EventSourceResponse(_sent(_encoded(events)), headers=headers)


async def _sent(encoded: Generator[bytes]) -> AsyncIterator[bytes]:
    """Step through the events off the event loop; where the client leaves, end them at once."""
    try:
        async for event in iterate_in_threadpool(encoded):
            yield event
    finally:
        encoded.close()


def _encoded(events: Iterator[Event]) -> Generator[bytes]:
    try:
        yield from (_event(name, content) for name, content in events)
    except ZeitfrageError as error:
        yield _event("error", problem(error))
    except Exception as error:  # noqa: BLE001
        # The response has begun, so that nobody else can tell the client.
        _log.exception("A stream broke off.")
        yield _event("error", problem(error))


def _event(name: str, content: BaseModel) -> bytes:
    return format_sse_event(event=name, data_str=content.model_dump_json())
