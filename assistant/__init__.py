"""From a question to a cited answer, in Python, on the command line, in the chat and over HTTP."""

from zeitfrage.assistant.answer import Answer, Citation, Turn
from zeitfrage.assistant.assistant import Assistant

__all__ = ["Answer", "Assistant", "Citation", "Turn"]
