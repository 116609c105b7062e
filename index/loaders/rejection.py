"""What a loader says of a file or record that holds no article."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rejection:
    """A file, or a record in it, that holds no article.

    Args:
        origin: the file, with `:line` where it is one record of several.
        reason: one sentence that says what is wrong.
    """

    origin: str
    reason: str
