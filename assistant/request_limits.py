"""How much and how often one client may send."""

from __future__ import annotations

import time
from http import HTTPStatus

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zeitfrage.assistant.key_guard import READING, key_of
from zeitfrage.assistant.keys import LOCAL
from zeitfrage.assistant.openai_api import refused
from zeitfrage.assistant.pacing import Pacer, TooManyRequests
from zeitfrage.config import Settings

# A question with the longest history allowed has 2.6 MB.
_MEGABYTES_WITHOUT_FILES = 4
# What a file's form has beside the file.
_MEGABYTES_BESIDE_FILES = 1
_FOR_A_KEY = 300


class RequestLimits:
    """Refuses bodies that are too large, and clients that ask too often."""

    def __init__(self, app: ASGIApp, settings: Settings, asks_for_keys: bool) -> None:
        """Wrap an app.

        Args:
            app: what is protected.
            settings: how large a file may be, and how often a client may ask.
            asks_for_keys: whether others reach it; where not, it is limited only if so set.
        """
        self._app = app
        self._file_megabytes = settings.max_file_megabytes
        self._per_minute = settings.requests_per_minute or (_FOR_A_KEY if asks_for_keys else None)
        self._pacer = Pacer(self._per_minute) if self._per_minute else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            self._check_pace(scope)
            bounded = self._bounded(scope, receive)
        except (TooManyRequests, HTTPException) as error:
            await refused(scope["path"], error)(scope, receive, send)
        else:
            await self._app(scope, bounded, send)

    def _check_pace(self, scope: Scope) -> None:
        """Count a request; those for the parts of a page are no work and not counted."""
        if scope["method"] in READING and not scope["path"].startswith("/v1/"):
            return
        key = key_of(scope)
        if self._pacer is None or self._per_minute is None or (key and key.id == LOCAL):
            return
        address = scope["client"][0] if scope.get("client") else ""
        wait = self._pacer.seconds_to_wait(key.id if key else address, time.monotonic())
        if wait:
            raise TooManyRequests(self._per_minute, wait)

    def _bounded(self, scope: Scope, receive: Receive) -> Receive:
        """Return what reads a body up to the largest allowed; raises HTTPException beyond it."""
        headers = Headers(scope=scope)
        if not headers.get("content-type", "").startswith("multipart/form-data"):
            refusal = _too_large(_MEGABYTES_WITHOUT_FILES, "Files are sent as multipart/form-data.")
            most = _MEGABYTES_WITHOUT_FILES
        elif scope["path"].startswith("/v1/"):
            # The API's own routes see to files.
            return receive
        else:
            refusal = _too_large(self._file_megabytes, "Raise max_file_megabytes.")
            most = self._file_megabytes + _MEGABYTES_BESIDE_FILES
        declared = headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > most * 1_000_000:
            raise refusal
        return _counted(receive, most * 1_000_000, refusal)


def _too_large(megabytes: int, remedy: str) -> HTTPException:
    return HTTPException(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"The request has more than the {megabytes} MB allowed. {remedy}",
    )


def _counted(receive: Receive, most: int, refusal: HTTPException) -> Receive:
    left = most

    async def receive_counted() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise refusal
        return message

    return receive_counted
