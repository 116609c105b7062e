"""A scripted OpenAI-compatible server on loopback, so that the real client speaks real HTTP."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "scripted"
_FENCED = re.compile(
    r"<(artikel|article|gespräch|conversation)-([0-9a-f]{8})>.*?</\1-\2>", re.DOTALL
)
_ORDER = re.compile(r"(?i)(?:ignoriere|ignore)\b.{0,60}\b(?:anweisungen|instructions)")


@dataclass(frozen=True)
class Reply:
    """What the server does with one request.

    Args:
        text: what the model writes, sent in pieces of a few characters when streamed.
        status: HTTP status; 400 or more sends an error body.
        breaks_after: the connection drops after so many pieces.
        seconds: how long it waits before the first byte.
        between: how long it waits between two pieces, in seconds.
    """

    text: str = ""
    status: int = 200
    breaks_after: int | None = None
    seconds: float = 0.0
    between: float = 0.0


Script = Callable[[list[dict[str, str]]], Reply]


@dataclass
class LlmServer:
    """The running server: what it is to say, and what it was asked."""

    url: str
    script: Script = field(default=lambda _: Reply("Hallo."))
    requests: list[dict[str, Any]] = field(default_factory=list)

    def says(self, *replies: Reply | str) -> None:
        """Give these replies one after the other; the last one also to whatever follows."""
        queue = [Reply(reply) if isinstance(reply, str) else reply for reply in replies]
        self.script = lambda _: queue.pop(0) if len(queue) > 1 else queue[0]

    def obeys(self, otherwise: str) -> None:
        """Follow any order to ignore instructions that stands outside the fenced articles."""

        def script(messages: list[dict[str, str]]) -> Reply:
            said = "\n".join(message["content"] for message in messages)
            return Reply("GEHACKT" if _ORDER.search(_FENCED.sub("", said)) else otherwise)

        self.script = script

    @property
    def prompt(self) -> str:
        """Everything that the last request said to the model."""
        return "\n".join(message["content"] for message in self.requests[-1]["messages"])


@contextmanager
def serve_llm() -> Iterator[LlmServer]:
    """Run the server on a free port; `url` ends in /v1."""
    http = _Server(("127.0.0.1", 0), _Handler)
    server = LlmServer(f"http://127.0.0.1:{http.server_port}/v1")
    http.llm = server  # type: ignore[attr-defined]
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that hang up, as they do after a time-out."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        known = self.path == "/v1/models"
        models = {"object": "list", "data": [{"id": MODEL, "object": "model"}]}
        self._send_json(models if known else _error("no such path"), 200 if known else 404)

    def do_POST(self) -> None:
        llm: LlmServer = self.server.llm  # type: ignore[attr-defined]
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        llm.requests.append(body | {"authorization": self.headers["Authorization"]})
        if self.path != "/v1/chat/completions" or body["model"] != MODEL:
            self._send_json(_error("no such model"), 404)
            return
        reply = llm.script(body["messages"])
        time.sleep(reply.seconds)
        if reply.status >= 400:
            self._send_json(_error("scripted failure"), reply.status)
        elif body.get("stream"):
            self._stream(reply)
        else:
            message = {"role": "assistant", "content": reply.text}
            self._send_json(_completion("chat.completion", message=message, finish_reason="stop"))

    def log_message(self, *_: object) -> None:
        pass

    def _stream(self, reply: Reply) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number, piece in enumerate(re.findall(r".{1,7}", reply.text, re.DOTALL)):
            if number == reply.breaks_after:
                self.close_connection = True
                return
            time.sleep(reply.between)
            delta = {"role": "assistant", "content": piece}
            self._send_event(json.dumps(_completion("chat.completion.chunk", delta=delta)))
        last = _completion("chat.completion.chunk", delta={}, finish_reason="stop")
        self._send_event(json.dumps(last))
        self._send_event("[DONE]")
        self.wfile.write(b"0\r\n\r\n")

    def _send_event(self, data: str) -> None:
        event = f"data: {data}\n\n".encode()
        self.wfile.write(f"{len(event):x}\r\n".encode() + event + b"\r\n")
        self.wfile.flush()

    def _send_json(self, value: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _completion(kind: str, **choice: object) -> dict[str, Any]:
    choices = [{"index": 0, "finish_reason": None} | choice]
    return {"id": "1", "object": kind, "created": 0, "model": MODEL, "choices": choices}


def _error(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "scripted", "code": None}}
