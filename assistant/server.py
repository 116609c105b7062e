"""The serving process: chat and API in one app, on one port."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import zeitfrage.index
from zeitfrage.assistant.keys import Keys, write_private
from zeitfrage.config import Settings
from zeitfrage.config.errors import ZeitfrageError
from zeitfrage.config.settings import BUNDLED_MODEL

if TYPE_CHECKING:
    from fastapi import FastAPI
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

    from zeitfrage.assistant.assistant import Assistant
    from zeitfrage.index.collection import Collection

# In the data folder while a server runs on it, so that the command line finds the server.
SERVER_FILE = "server.json"
SAMPLES = Path(zeitfrage.index.__file__).with_name("samples")

_DESCRIPTION = """Ask your news articles. Every answer cites the very words; what they do not hold,
it says so. Errors are RFC 9457 problems with a `remedy`; under the OpenAI-compatible paths they
have OpenAI's form. A request may carry 1,000 files and as much as `max_file_megabytes` allows."""
_KEYS = "A key, where this server asks for one: `zeitfrage keys create`."
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


class KeysMissing(ZeitfrageError):
    """Other machines would reach the server, and no key keeps them out."""


def create_app(
    assistant: Assistant, settings: Settings, chat: bool = True, keys: Keys | None = None
) -> FastAPI:
    """Build the app that answers over HTTP.

    Args:
        assistant: answers; closing it is left to the caller.
        settings: host, port and limits.
        chat: whether the web chat is served beside the API.
        keys: those that are let in; default: those of the collection's folder.
    """
    close_outlets(settings)
    from fastapi import Depends
    from fastapi.security import HTTPBearer
    from fastapi_offline import FastAPIOffline
    from starlette.concurrency import run_in_threadpool

    from zeitfrage.assistant.jobs import Jobs

    jobs = Jobs(assistant.collection)
    keys = keys or Keys(assistant.collection.status().folder)

    @asynccontextmanager
    async def stopping_jobs(_: FastAPI) -> AsyncIterator[None]:
        async with mcp.run():
            yield
        await run_in_threadpool(jobs.close)

    app = FastAPIOffline(
        lifespan=stopping_jobs,
        title="Zeitfrage",
        version=version("zeitfrage"),
        description=_DESCRIPTION,
        # For the description only: keys are checked around the app.
        dependencies=[Depends(HTTPBearer(auto_error=False, description=_KEYS))],
        redoc_url=None,
        # Swagger would have its own site validate the schema.
        swagger_ui_parameters={"validatorUrl": None},
    )
    app.state.assistant, app.state.settings, app.state.jobs = assistant, settings, jobs
    _guard(app, settings, keys)
    mcp = _add_routes(app, assistant, settings, keys)
    if chat:
        from zeitfrage.assistant.chat import mount_chat

        mount_chat(app, assistant, settings, jobs)
    return app


def _add_routes(
    app: FastAPI, assistant: Assistant, settings: Settings, keys: Keys
) -> StreamableHTTPSessionManager:
    """Give an app all routes but the chat's; what is returned has to run as long as the app."""
    from zeitfrage.assistant import api, ingest_api, jobs_api, openai_api
    from zeitfrage.assistant.access import LocalAccess
    from zeitfrage.assistant.idempotency import Once
    from zeitfrage.assistant.login_page import login_router
    from zeitfrage.assistant.mcp_api import mount_mcp
    from zeitfrage.assistant.problems import answer_errors_with_problems

    app.state.once = Once()
    answer_errors_with_problems(app)
    app.include_router(api.router)
    app.include_router(ingest_api.router)
    app.include_router(jobs_api.router)
    app.include_router(openai_api.router)
    mcp = mount_mcp(app, LocalAccess(assistant, settings))
    app.include_router(login_router(keys, settings))
    app.include_router(api.unknown)
    return mcp


def _guard(app: FastAPI, settings: Settings, keys: Keys) -> None:
    """Surround an app with what refuses requests before any route sees them."""
    from zeitfrage.assistant.key_guard import KeyGuard
    from zeitfrage.assistant.origin import OwnPagesOnly
    from zeitfrage.assistant.request_limits import RequestLimits

    # The one added last is asked first.
    app.add_middleware(RequestLimits, settings=settings, asks_for_keys=keys.required)
    app.add_middleware(KeyGuard, keys=keys)
    app.add_middleware(OwnPagesOnly, host=settings.host)


def serve(settings: Settings) -> None:
    """Serve chat and API until the process is told to stop (SIGTERM or Ctrl-C).

    Raises:
        ZeitfrageError: the address is taken or open to others without any key, or the collection
            cannot be opened.
    """
    close_outlets(settings)
    keys = _keys_for(settings)
    with suppress(KeyboardInterrupt), stopped_by_sigterm(), _listening(settings) as listener:
        import uvicorn

        from zeitfrage.assistant.assistant import Assistant

        with Assistant.open(settings=settings) as assistant:
            _add_samples(assistant.collection)
            config = uvicorn.Config(
                create_app(assistant, settings, keys=keys),
                log_level="warning",
                ws="none",
                timeout_graceful_shutdown=_SECONDS_TO_FINISH,
            )
            with _announced(settings, keys):
                uvicorn.Server(config).run(sockets=[listener])


def close_outlets(settings: Settings) -> None:
    """Keep the libraries from phoning home; they read this when they are imported."""
    os.environ.update(_OUTLETS)
    if settings.embedding_model == BUNDLED_MODEL:
        os.environ["HF_HUB_OFFLINE"] = "1"


def _keys_for(settings: Settings) -> Keys:
    """Return the keys that are let in; raises KeysMissing where there have to be some."""
    from zeitfrage.assistant.origin import is_loopback

    keys = Keys(settings.data_folder)
    if not keys.required and not is_loopback(settings.host):
        folder = shlex.quote(str(settings.data_folder))
        raise KeysMissing(
            f"On {settings.host}, other machines reach the server, and no key keeps them out.",
            f"Make one: zeitfrage --data {folder} keys create --scope admin",
        )
    return keys


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
def _announced(settings: Settings, keys: Keys) -> Iterator[None]:
    """Tell people and the command line where the server is, for as long as it is there."""
    file = settings.data_folder / SERVER_FILE
    url = _url(settings)
    told = {"url": url, "pid": os.getpid()}
    write_private(file, json.dumps(told | {"key": keys.local_text} if keys.required else told))
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
