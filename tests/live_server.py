"""The real app on a real socket, for tests that speak HTTP with it."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from zeitfrage.assistant import Assistant
from zeitfrage.assistant.keys import Keys
from zeitfrage.assistant.server import create_app
from zeitfrage.config import Settings


@contextmanager
def live(
    assistant: Assistant, settings: Settings, chat: bool = False, keys: Keys | None = None
) -> Iterator[str]:
    """Serve an assistant on a free port of loopback; yields the address."""
    app = create_app(assistant, settings, chat=chat, keys=keys)
    config = uvicorn.Config(app, log_level="critical", ws="none", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A server on a folder, announced in it as `zeitfrage serve` does."""
    settings = Settings(data_folder=folder)
    with Assistant.open(settings=settings) as assistant, live(assistant, settings) as url:
        announced = folder / "server.json"
        announced.write_text(json.dumps({"url": url, "pid": 0}))
        yield url
        announced.unlink()


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
