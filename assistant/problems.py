"""Errors as HTTP says them: RFC 9457 problems, never a traceback."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response

from zeitfrage.assistant.idempotency import IdempotencyKeyReused, StillAtWork
from zeitfrage.assistant.jobs import JobNotFound
from zeitfrage.assistant.keys import KeyRequired, ScopeMissing
from zeitfrage.assistant.pacing import TooManyRequests
from zeitfrage.config.errors import (
    ArticleNotFound,
    CollectionInUse,
    CollectionMismatch,
    ModelUnavailable,
    UnreadableInput,
    ZeitfrageError,
)


class OriginRefused(ZeitfrageError):
    """A request comes from a page or for a host that this server does not serve."""


_STATUS: dict[type[ZeitfrageError], HTTPStatus] = {
    ArticleNotFound: HTTPStatus.NOT_FOUND,
    CollectionInUse: HTTPStatus.CONFLICT,
    CollectionMismatch: HTTPStatus.CONFLICT,
    IdempotencyKeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    JobNotFound: HTTPStatus.NOT_FOUND,
    KeyRequired: HTTPStatus.UNAUTHORIZED,
    ModelUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    OriginRefused: HTTPStatus.FORBIDDEN,
    ScopeMissing: HTTPStatus.FORBIDDEN,
    StillAtWork: HTTPStatus.CONFLICT,
    TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    UnreadableInput: HTTPStatus.UNPROCESSABLE_ENTITY,
}


class Problem(BaseModel):
    """What is wrong and what to do about it (`application/problem+json`, RFC 9457).

    Args:
        type: names the kind of error for programs.
        title: names the kind of error for people.
        detail: what is wrong with which input.
        remedy: what to do about it; may be empty.
        status: the HTTP status.
    """

    type: str
    title: str
    detail: str
    remedy: str
    status: int


PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "What is wrong and what to do about it (RFC 9457).",
        "content": {
            "application/problem+json": {
                "schema": Problem.model_json_schema(),
                "example": {
                    "type": "urn:zeitfrage:article-not-found",
                    "title": "Article not found",
                    "detail": "There is no article 'de-99'.",
                    "remedy": "",
                    "status": 404,
                },
            }
        },
    }
}


def problem(error: Exception) -> Problem:
    """Return the problem behind an error; what nobody foresaw stays unexplained."""
    if isinstance(error, ZeitfrageError):
        return _of_zeitfrage(error)
    if isinstance(error, RequestValidationError):
        return _described(HTTPStatus.UNPROCESSABLE_ENTITY, _complaints(error))
    if isinstance(error, HTTPException):
        return _described(HTTPStatus(error.status_code), str(error.detail))
    return _described(HTTPStatus.INTERNAL_SERVER_ERROR, "The server's log says more.")


def problem_response(error: Exception) -> Response:
    """Return a problem as an HTTP response."""
    said = problem(error)
    headers = dict(getattr(error, "headers", None) or {})
    if said.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        # The server hangs up after an error that nobody foresaw; a client should know.
        headers["Connection"] = "close"
    return Response(
        said.model_dump_json(), said.status, headers, media_type="application/problem+json"
    )


def answer_errors_with_problems(app: FastAPI) -> None:
    """Make an app answer every error in this form."""

    async def respond(_: Request, error: Exception) -> Response:
        return problem_response(error)

    for kind in (ZeitfrageError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, respond)


def _of_zeitfrage(error: ZeitfrageError) -> Problem:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower()
    return Problem(
        type=f"urn:zeitfrage:{words.replace(' ', '-')}",
        title=words.capitalize(),
        detail=error.message,
        remedy=error.remedy,
        status=_STATUS.get(type(error), HTTPStatus.INTERNAL_SERVER_ERROR),
    )


def _described(status: HTTPStatus, detail: str) -> Problem:
    return Problem(type="about:blank", title=status.phrase, detail=detail, remedy="", status=status)


def _complaints(error: RequestValidationError) -> str:
    """Name each wrong field and what is allowed: `body.question: …`."""
    return "; ".join(
        f"{'.'.join(str(part) for part in complaint['loc'])}: {complaint['msg']}"
        for complaint in error.errors()
    )
