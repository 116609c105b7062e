"""The command that serves programs of this machine: `mcp`."""

from __future__ import annotations

from contextlib import suppress

import typer


def mcp(context: typer.Context) -> None:
    """Serve an MCP client over stdin and stdout.

    The client starts it: name this command in its settings. While `zeitfrage serve` runs, MCP
    clients also find the same tools at /mcp of its address.
    """
    from zeitfrage.assistant.mcp_tools import serve_stdio
    from zeitfrage.assistant.server import close_outlets, stopped_by_sigterm
    from zeitfrage.config import load_settings

    settings = load_settings(data_folder=context.obj)
    close_outlets(settings)
    with suppress(KeyboardInterrupt), stopped_by_sigterm():
        serve_stdio(settings)
