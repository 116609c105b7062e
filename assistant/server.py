"""The serving process: chat and API in one app, on one port."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import zeitfrage.index
from zeitfrage.config import Settings
from zeitfrage.config.errors import ZeitfrageError
from zeitfrage.config.settings import BUNDLED_MODEL

if TYPE_CHECKING:
    from fastapi import FastAPI

    from zeitfrage.assistant.assistant import Assistant
    from zeitfrage.index.collection import Collection

# In the data folder while a server runs on it, so that the command line finds the server.
SERVER_FILE = "server.json"
SAMPLES = Path(zeitfrage.index.__file__).with_name("samples")

_DESCRIPTION = """Ask your news articles. Every answer cites the very words; what they do not hold,
it says so. Errors are RFC 9457 problems with a `remedy`; under the OpenAI-compatible paths they
have OpenAI's form. A request may carry 1,000 files and as much as `max_file_megabytes` allows."""
# A browser keeps a stream open as long as the chat is; nobody waits for its end.
_SECONDS_TO_FINISH = 2
_OUTLETS = {
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}


class AddressUnavailable(ZeitfrageError):
    """The server cannot listen where the settings say."""


def create_app(assistant: Assistant, settings: Settings, chat: bool = True) -> FastAPI:
    """Build the app that answers over HTTP.

    Args:
        assistant: answers; closing it is left to the caller.
        settings: host, port and limits.
        chat: whether the web chat is served beside the API.
    """
    _close_outlets(settings)
    from fastapi_offline import FastAPIOffline
    from starlette.concurrency import run_in_threadpool

    from zeitfrage.assistant import api, ingest_api, jobs_api, openai_api
    from zeitfrage.assistant.jobs import Jobs
    from zeitfrage.assistant.origin import OwnPagesOnly
    from zeitfrage.assistant.problems import answer_errors_with_problems

    jobs = Jobs(assistant.collection)

    @asynccontextmanager
    async def stopping_jobs(_: FastAPI) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(jobs.close)

    app = FastAPIOffline(
        lifespan=stopping_jobs,
        title="Zeitfrage",
        version=version("zeitfrage"),
        description=_DESCRIPTION,
        redoc_url=None,
        # Swagger would have its own site validate the schema.
        swagger_ui_parameters={"validatorUrl": None},
    )
    app.state.assistant, app.state.settings, app.state.jobs = assistant, settings, jobs
    app.add_middleware(OwnPagesOnly, host=settings.host)
    answer_errors_with_problems(app)
    app.include_router(api.router)
    app.include_router(ingest_api.router)
    app.include_router(jobs_api.router)
    app.include_router(openai_api.router)
    app.include_router(api.unknown)
    if chat:
        from zeitfrage.assistant.chat import mount_chat

        mount_chat(app, assistant, settings, jobs)
    return app


def serve(settings: Settings) -> None:
    """Serve chat and API until the process is told to stop (SIGTERM or Ctrl-C).

    Raises:
        ZeitfrageError: the address is taken, or the collection cannot be opened.
    """
    _close_outlets(settings)
    with suppress(KeyboardInterrupt), stopped_by_sigterm(), _listening(settings) as listener:
        import uvicorn

        from zeitfrage.assistant.assistant import Assistant

        with Assistant.open(settings=settings) as assistant:
            _add_samples(assistant.collection)
            config = uvicorn.Config(
                create_app(assistant, settings),
                log_level="warning",
                ws="none",
                timeout_graceful_shutdown=_SECONDS_TO_FINISH,
            )
            with _announced(settings):
                uvicorn.Server(config).run(sockets=[listener])


def _close_outlets(settings: Settings) -> None:
    """Keep the libraries from phoning home; they read this when they are imported."""
    os.environ.update(_OUTLETS)
    if settings.embedding_model == BUNDLED_MODEL:
        os.environ["HF_HUB_OFFLINE"] = "1"


def _add_samples(collection: Collection) -> None:
    """Fill an empty collection with the sample articles, so that there is something to ask."""
    if collection.count() == 0:
        _say("Indexing the sample articles …")
        for _ in collection.ingest([SAMPLES]):
            pass


@contextmanager
def stopped_by_sigterm() -> Iterator[None]:
    """Make SIGTERM end the process as Ctrl-C does, so that everything is closed."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """Take the address before anything slow is loaded."""
    host, port = settings.host, settings.port
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.create_server(address[:2], family=family, backlog=2048)
    except OSError as error:
        raise AddressUnavailable(
            f"Cannot listen on {host}, port {port}: {error.strerror or error}.",
            "Choose another port with --port or ZEITFRAGE_PORT, or stop what uses this one.",
        ) from error
    with listener:
        yield listener


@contextmanager
def _announced(settings: Settings) -> Iterator[None]:
    """Tell people and the command line where the server is, for as long as it is there."""
    file = settings.data_folder / SERVER_FILE
    url = _url(settings)
    unfinished = file.with_suffix(".new")
    unfinished.write_text(json.dumps({"url": url, "pid": os.getpid()}), encoding="utf-8")
    unfinished.replace(file)
    _say(f"Zeitfrage is at {url} (API: {url}/docs). Ctrl-C stops it.")
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def _url(settings: Settings) -> str:
    """Return the address at which this machine reaches the server."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
