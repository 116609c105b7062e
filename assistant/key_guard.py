"""Keeps everybody out who has no key, and from everything that the key is not good for."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import Any, cast
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from zeitfrage.assistant.keys import Key, KeyRequired, Keys, ScopeMissing
from zeitfrage.assistant.keys import Scope as KeyScope
from zeitfrage.assistant.openai_api import refused
from zeitfrage.config.errors import ZeitfrageError

COOKIE = "zeitfrage-key"
LOGIN = "/login"
# What says that the server runs, and where a key is shown, is open to all.
_OPEN = frozenset({"/health", LOGIN})
READING = frozenset({"GET", "HEAD", "OPTIONS"})
_ASKING = frozenset({"/v1/answers", "/v1/search", "/v1/chat/completions", "/v1/embeddings", "/mcp"})
_STATE = "key"


class KeyGuard:
    """Asks for a key in `Authorization: Bearer …`, or in the cookie that the login page sets."""

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        """Wrap an app.

        Args:
            app: what is protected: API, chat, MCP and pages alike.
            keys: those that are let in; where none were there when it was made, all are.
        """
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or refuse it."""
        if scope["type"] == "http":
            scope.setdefault("state", {})[_STATE] = None
        if scope["type"] == "http" and self._keys.required:
            refusal = self._refusal(scope, Headers(scope=scope))
            if refusal:
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        """Return what a request is refused with; None for nothing, with the key in its state."""
        path: str = scope["path"]
        try:
            key = self._keys.find(_shown(headers))
            if key:
                scope["state"][_STATE] = key
                require(key, _needed(scope["method"], path))
            elif path not in _OPEN:
                raise KeyRequired(
                    "This server asks for a key, and the request has none that it knows.",
                    "Send it as `Authorization: Bearer …`; `zeitfrage keys create` makes one.",
                )
        except KeyRequired as error:
            return _to_login(scope) if _is_visit(scope, headers) else refused(path, error)
        except ZeitfrageError as error:
            return refused(path, error)
        return None


def key_of(scope: Any) -> Key | None:  # noqa: ANN401 (ASGI's own mapping)
    """Return the key that a request was let in with, None where none is asked for.

    Raises:
        KeyError: the request never went through the guard.
    """
    return cast("Key | None", scope["state"][_STATE])


def allows(key: Key | None, needed: KeyScope) -> bool:
    """Say whether a key is good for something; None, where none is asked for, is."""
    return key is None or key.scope.covers(needed)


def require(key: Key | None, needed: KeyScope) -> None:
    """Raise ScopeMissing where a key is not good for something."""
    if key and not allows(key, needed):
        raise ScopeMissing(
            f"This takes a key with the scope {needed.value!r}; this one has {key.scope.value!r}.",
            f"Make one: zeitfrage keys create --scope {needed.value}",
        )


def _needed(method: str, path: str) -> KeyScope:
    """Return the scope for a request; what changes something and is not named here is admin's."""
    if path.startswith(("/v1/jobs", "/gradio_api/upload")):
        return KeyScope.INGEST
    if method in READING or path in _ASKING or not path.startswith("/v1/"):
        return KeyScope.ASK
    return KeyScope.INGEST if (method, path) == ("POST", "/v1/articles") else KeyScope.ADMIN


def _shown(headers: Headers) -> str:
    """Return the key that a request shows; the header wins."""
    kind, _, text = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return text.strip()
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return cookie.value if cookie else ""


def _is_visit(scope: Scope, headers: Headers) -> bool:
    """Say whether somebody opens a page, rather than a program asks for data."""
    return (
        scope["method"] == "GET"
        and "text/html" in headers.get("accept", "")
        and not scope["path"].startswith("/v1/")
    )


def _to_login(scope: Scope) -> Response:
    query = scope["query_string"].decode("latin-1")
    wanted = f"{quote(scope['path'])}?{query}" if query else quote(scope["path"])
    return RedirectResponse(f"{LOGIN}?next={quote(wanted, safe='/')}", 303)
