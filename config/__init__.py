"""Settings, user-visible texts, prompts and errors; imported by all, imports nothing of it."""

from zeitfrage.config.errors import ZeitfrageError
from zeitfrage.config.settings import Settings, load_settings

__all__ = ["Settings", "ZeitfrageError", "load_settings"]
