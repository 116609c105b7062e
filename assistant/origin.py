"""Keeps foreign web pages away from a server that runs on the reader's own machine."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zeitfrage.assistant.problems import OriginRefused, problem_response

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})
_HEADERS = {
    # The browser itself sees to it that no page of ours asks another machine for anything.
    "Content-Security-Policy": (
        "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; object-src 'none'; "
        "base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
# Gradio lets pages of other servers read it.
_SHARING = "access-control-"


class OwnPagesOnly:
    """Refuses requests that another site's page makes in the reader's browser.

    A page anywhere on the web can post to 127.0.0.1, and read from it once its own name resolves
    there (DNS rebinding). Browsers name the page in Origin and the name used in Host.
    """

    def __init__(self, app: ASGIApp, host: str) -> None:
        """Wrap an app.

        Args:
            app: what is protected.
            host: the address that the server listens on; on a loopback address, only loopback
                names are served, on any other one the names are the operator's.
        """
        self._app = app
        self._names = _LOOPBACK_NAMES | {host.lower()} if is_loopback(host) else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name in headers:
                    if name.startswith(_SHARING):
                        del headers[name]
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            self._check(scope["method"], Headers(scope=scope))
        except OriginRefused as error:
            await problem_response(error)(scope, receive, send_guarded)
        else:
            await self._app(scope, receive, send_guarded)

    def _check(self, method: str, headers: Headers) -> None:
        host, origin = headers.get("host", ""), headers.get("origin")
        if self._names is not None and _name(host) not in self._names:
            raise OriginRefused(
                f"This server does not answer for the host {host!r}.",
                "Open it as http://localhost, or set host where others shall reach it.",
            )
        if origin is not None and method not in _HARMLESS and _address(origin) != host.lower():
            raise OriginRefused(f"Pages of {origin!r} may not change anything here.")


def is_loopback(host: str) -> bool:
    """Say whether only this machine reaches a server that listens there."""
    if host.lower() in _LOOPBACK_NAMES:
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _name(host: str) -> str | None:
    """Return the host of a Host header without its port."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _address(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None
