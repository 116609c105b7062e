"""Every text that users see, in `de.toml` and `en.toml` beside this file."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path


def say(language: str, key: str, **values: object) -> str:
    """Return the text `section.name` in a language, its {placeholders} filled.

    Args:
        language: `de`; anything else is answered in English.
        key: such as `answer.nothing_found`; KeyError where there is no such text.
        values: what the placeholders stand for.
    """
    section, _, name = key.partition(".")
    return _texts("de" if language == "de" else "en")[section][name].format(**values)


@cache
def _texts(language: str) -> dict[str, dict[str, str]]:
    path = Path(__file__).with_name(f"{language}.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
