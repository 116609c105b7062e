"""Spares a client what it has already: ETags, and 304 where nothing changed (RFC 9110)."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel

UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "Unchanged since the ETag in `If-None-Match`; there is no body."}
}


def tagged(model: BaseModel, request: Request) -> Response:
    """Return a model as JSON with its ETag, or 304 where the client has just that.

    Args:
        model: what is asked for.
        request: may say in `If-None-Match` what the client has.
    """
    body = model.model_dump_json().encode()
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    # To be kept, but not used again without asking, as an article may change or go.
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if _names(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _names(held: str, tag: str) -> bool:
    """Say whether a list of ETags, weak ones among them, names one."""
    tags = {part.strip().removeprefix("W/") for part in held.split(",")}
    return tag in tags or tags == {"*"}
