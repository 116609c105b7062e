"""A small web site on loopback, so that the real client speaks real HTTP with it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext


@dataclass(frozen=True)
class Page:
    """What the site says under one path.

    Args:
        body: sent in whole.
        kind: the Content-Type.
        status: HTTP status.
        headers: further ones.
        pieces: sent without end after the body, one at a time.
        pause: seconds before the body and before each piece.
    """

    body: bytes | str = b""
    kind: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pieces: bytes = b""
    pause: float = 0.0


@dataclass
class WebSite:
    """The running site: its pages by path, and what it was asked."""

    url: str
    port: int
    pages: dict[str, Page | Callable[[Message], Page]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[Message] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    def times(self, path: str) -> int:
        """How often a path was asked for."""
        return self.asked.count(path)

    def answer(self, path: str, headers: Message) -> Page:
        """Return what is said to a request, 304 where its condition is not met."""
        found = self.pages.get(path, Page(b"There is nothing.", status=404))
        page = found(headers) if callable(found) else found
        for sent, asked in (("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since")):
            if page.headers.get(sent) and headers.get(asked) == page.headers[sent]:
                return Page(status=304)
        return page


@contextmanager
def web_site(tls: SSLContext | None = None) -> Iterator[WebSite]:
    """Serve an empty site on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            page = site.answer(self.path, self.headers)
            site.asked.append(self.path)
            site.headers.append(self.headers)
            site.statuses.append(page.status)
            with suppress(OSError):
                self.send(page)

        def send(self, page: Page) -> None:
            body = page.body.encode() if isinstance(page.body, str) else page.body
            self.close_connection = True
            self.send_response(page.status)
            if page.status != 304:
                self.send_header("Content-Type", page.kind)
            if not page.pieces:
                self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            for name, value in page.headers.items():
                self.send_header(name, value.replace("{url}", site.url))
            self.end_headers()
            time.sleep(page.pause)
            self.wfile.write(body)
            while page.pieces and not closing.is_set():
                self.wfile.write(page.pieces)
                time.sleep(page.pause)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    closing = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    port = server.server_address[1]
    site = WebSite(f"{'https' if tls else 'http'}://127.0.0.1:{port}", port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
