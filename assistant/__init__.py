"""From a question to a cited answer, in Python, on the command line, in the chat and over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zeitfrage.assistant.answer import Answer, Citation, Turn
    from zeitfrage.assistant.assistant import Assistant

__all__ = ["Answer", "Assistant", "Citation", "Turn"]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    """Load a class when it is first named, so that `zeitfrage --help` waits for none (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from zeitfrage.assistant import answer, assistant

    return getattr(assistant if name == "Assistant" else answer, name)
