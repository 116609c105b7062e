"""MCP over streamable HTTP, at /mcp of the served app."""

from __future__ import annotations

from contextlib import nullcontext
from http import HTTPStatus

from fastapi import FastAPI
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from zeitfrage.assistant.access import Access
from zeitfrage.assistant.mcp_tools import mcp_server

PATH = "/mcp"


class _Endpoint:
    """Takes calls; there is no session, so nothing to listen to or to end."""

    def __init__(self, manager: StreamableHTTPSessionManager) -> None:
        self._manager = manager

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call; raises HTTPException for anything but POST."""
        if scope["method"] != "POST":
            raise HTTPException(
                HTTPStatus.METHOD_NOT_ALLOWED,
                f"{PATH} takes calls of MCP clients by POST only.",
                {"Allow": "POST"},
            )
        await self._manager.handle_request(scope, receive, send)


def mount_mcp(app: FastAPI, access: Access) -> StreamableHTTPSessionManager:
    """Serve the tools at `/mcp`; what is returned has to run as long as the app does.

    Args:
        app: gets the route; foreign origins are kept away by what surrounds it.
        access: to the collection; closing it is left to the caller.
    """
    manager = StreamableHTTPSessionManager(
        mcp_server(lambda: nullcontext(access)), json_response=True, stateless=True
    )
    app.add_route(PATH, _Endpoint(manager), include_in_schema=False)  # type: ignore[arg-type]
    return manager
