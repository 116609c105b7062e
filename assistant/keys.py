"""The keys that a server asks for: made, listed and revoked by the command line, stored hashed."""

from __future__ import annotations

import hmac
import json
import os
import secrets
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

from filelock import FileLock

from zeitfrage.config.errors import ZeitfrageError

KEYS_FILE = "keys.json"
# The id of the key that lets the command line in, which no key that is made has.
LOCAL = "local"


class KeyRequired(ZeitfrageError):
    """The request has no key, or one that is not known."""

    headers = {"WWW-Authenticate": "Bearer"}  # noqa: RUF012 (as Starlette's HTTPException has it)


class ScopeMissing(ZeitfrageError):
    """The key is good for less than what is asked."""


class KeyNotFound(ZeitfrageError):
    """No key has this id."""


class KeysDamaged(ZeitfrageError):
    """The file of the keys holds something else."""


class Scope(StrEnum):
    """What a key is good for; each scope has those before it within it."""

    ASK = "ask"
    INGEST = "ingest"
    ADMIN = "admin"

    def covers(self, needed: Scope) -> bool:
        """Say whether a key of this scope may do what another one may."""
        order = list(Scope)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is stored; the key itself is shown once, to the person who makes it.

    Args:
        id: names it in lists, and is part of the key.
        scope: what it is good for.
        name: whose it is, for people; may be empty.
        created: when.
        digest: SHA-256 of the key, in hexadecimal. A key has 256 random bits, so that guessing
            gains nothing from a fast hash.
    """

    id: str
    scope: Scope
    name: str
    created: datetime
    digest: str


class Keys:
    """The keys of a data folder; safe between threads, and follows what other processes change."""

    def __init__(self, folder: Path) -> None:
        """Read the keys.

        Args:
            folder: the data folder; need not exist yet.

        Raises:
            KeysDamaged: what is there cannot be read.
        """
        self._file = folder / KEYS_FILE
        self._reading = threading.Lock()
        self._stamp: tuple[int, ...] | None = None
        self._known: tuple[Key, ...] = ()
        # Lets the command line of the same user in, by way of the data folder; never stored.
        self._local, self.local_text = _made(LOCAL, Scope.ADMIN, "")
        self.required = bool(self.all())

    def all(self) -> tuple[Key, ...]:
        """Return the keys, oldest first; raises KeysDamaged."""
        with self._reading:
            try:
                found = self._file.stat()
                stamp = (found.st_mtime_ns, found.st_ino, found.st_size)
                if stamp != self._stamp:
                    self._known = _read(self._file.read_text(encoding="utf-8"))
                    self._stamp = stamp
            except (FileNotFoundError, NotADirectoryError):
                self._known, self._stamp = (), None
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise KeysDamaged(
                    f"{KEYS_FILE} in the data folder cannot be read.",
                    "Delete it and make new keys: zeitfrage keys create",
                ) from error
            return self._known

    def find(self, text: str) -> Key | None:
        """Return the key that somebody shows, None where there is none; raises KeysDamaged.

        How long it takes tells nothing about the keys that there are.
        """
        shown, found = _digest(text), None
        for key in (self._local, *self.all()):
            if hmac.compare_digest(shown, key.digest):
                found = key
        return found

    def create(self, scope: Scope, name: str) -> tuple[Key, str]:
        """Make a key and store its digest; returns the key itself beside it, for the last time.

        Args:
            scope: what it is good for.
            name: whose it is; may be empty.
        """
        key, text = _made(secrets.token_hex(4), scope, name)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self._file.with_suffix(".lock")):
            self._write((*self.all(), key))
        return key, text

    def revoke(self, key_id: str) -> Key:
        """Forget a key, for a server that runs too; raises KeyNotFound."""
        with FileLock(self._file.with_suffix(".lock")):
            keys = {key.id: key for key in self.all()}
            key = keys.pop(key_id, None)
            if key is None:
                raise KeyNotFound(f"No key has the id {key_id!r}.", "zeitfrage keys list")
            self._write(tuple(keys.values()))
        return key

    def _write(self, keys: tuple[Key, ...]) -> None:
        said = json.dumps([_stored(key) for key in keys], ensure_ascii=False, indent=1)
        write_private(self._file, said)


def write_private(file: Path, text: str) -> None:
    """Replace a file at once by one that only its owner may read."""
    unfinished = file.with_name(f"{file.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    unfinished.replace(file)


def _made(key_id: str, scope: Scope, name: str) -> tuple[Key, str]:
    text = f"zf_{key_id}_{secrets.token_urlsafe(32)}"
    created = datetime.now(UTC).replace(microsecond=0)
    return Key(key_id, scope, name, created, _digest(text)), text


def _digest(text: str) -> str:
    return sha256(text.encode(errors="surrogatepass")).hexdigest()


def _stored(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "scope": key.scope.value,
        "name": key.name,
        "created": key.created.isoformat(),
        "sha256": key.digest,
    }


def _read(text: str) -> tuple[Key, ...]:
    held = json.loads(text)
    if not isinstance(held, list):
        raise TypeError("keys are a list")
    return tuple(
        Key(
            str(stored["id"]),
            Scope(stored["scope"]),
            str(stored["name"]),
            datetime.fromisoformat(stored["created"]),
            str(stored["sha256"]),
        )
        for stored in held
    )
