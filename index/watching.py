"""Folders watched and feeds polled: what is to be ingested, as soon as it is."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import watchfiles

from zeitfrage.config.errors import UnreadableInput
from zeitfrage.index.files import InputFiles, is_input
from zeitfrage.index.ingest import Input, Upload, WebAddress

_TICK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class _State:
    """How a file looked when it was last seen to change.

    Args:
        size: in bytes.
        modified: in nanoseconds, as the file system says.
        since: when it was first seen so, as `time.monotonic` counts.
    """

    size: int
    modified: int
    since: float


def due(
    folders: Sequence[Path],
    addresses: Sequence[WebAddress],
    poll_seconds: float,
    quiet_seconds: float = 2.0,
) -> Iterator[list[Input]]:
    """Yield what is to be ingested, for as long as it is asked.

    At first that is everything; then files that are new or have changed, once nobody writes to
    them any more, and each address again and again. An empty list comes several times a second
    where there is nothing, so that the caller gets a turn.

    Args:
        folders: watched with all that lies in them.
        addresses: feeds and sitemaps.
        poll_seconds: between two times that an address is asked.
        quiet_seconds: how long a file has to stay as it is to count as written.

    Raises:
        UnreadableInput: there is no such folder, or it cannot be watched.
    """
    files = _ChangedFiles(quiet_seconds)
    polls = dict.fromkeys(addresses, time.monotonic())
    found = False
    for changes in _changes(folders):
        if not found:  # only now, so that nothing comes between looking and watching
            files.find(folders)
            found = True
        files.note(changes)
        now = time.monotonic()
        asked = [address for address, at in polls.items() if at <= now]
        polls.update(dict.fromkeys(asked, now + poll_seconds))
        yield [*files.written(), *asked]


def _changes(folders: Sequence[Path]) -> Iterator[set[tuple[watchfiles.Change, str]]]:
    for folder in folders:
        if not folder.is_dir():
            raise UnreadableInput(f"There is no folder {folder}.", "Only folders can be watched.")
    if not folders:
        while True:
            yield set()
            time.sleep(_TICK_SECONDS)
    milliseconds = round(1000 * _TICK_SECONDS)
    try:
        yield from watchfiles.watch(
            *(folder.absolute() for folder in folders),
            watch_filter=None,
            debounce=milliseconds,
            rust_timeout=milliseconds,
            yield_on_timeout=True,
            ignore_permission_denied=True,
        )
    except OSError as error:
        raise UnreadableInput(
            f"The folders cannot be watched: {error}.",
            "Set WATCHFILES_FORCE_POLLING=1 to look at them again and again instead.",
        ) from error


class _ChangedFiles:
    """Files that have changed and were not handed on since."""

    def __init__(self, quiet_seconds: float) -> None:
        self._quiet = quiet_seconds
        self._states: dict[Path, _State] = {}

    def find(self, folders: Iterable[Path]) -> None:
        """Note all files in folders; those that were last written long ago are ready at once."""
        started = time.monotonic() - self._quiet
        for file in _files_in(folders):
            try:
                status = file.stat()
            except OSError:
                continue
            fresh = time.time() - status.st_mtime < self._quiet
            since = time.monotonic() if fresh else started
            self._states[file] = _State(status.st_size, status.st_mtime_ns, since)

    def note(self, changes: Iterable[tuple[watchfiles.Change, str]]) -> None:
        """Note files that were written, replaced or moved in; forget those that are gone."""
        for change, name in changes:
            path = Path(name)
            if change is watchfiles.Change.deleted:
                self._states.pop(path, None)
            elif path.is_dir():  # one that was moved in comes without its files
                for file in _files_in([path]):
                    self._look(file)
            else:
                self._look(path)

    def written(self) -> list[Input]:
        """Return the files that have stayed as they are for long enough, each once."""
        now = time.monotonic()
        for path in list(self._states):
            self._look(path)
        ready = [path for path, state in self._states.items() if now - state.since >= self._quiet]
        for path in ready:
            del self._states[path]
        # Only now, as what makes a folder a collection's own may have come after its files.
        return [Upload(path, str(path)) for path in ready if is_input(path)]

    def _look(self, path: Path) -> None:
        try:
            status = path.stat()
        except OSError:
            self._states.pop(path, None)
            return
        before = self._states.get(path)
        if before is None or (before.size, before.modified) != (
            status.st_size,
            status.st_mtime_ns,
        ):
            self._states[path] = _State(status.st_size, status.st_mtime_ns, time.monotonic())


def _files_in(folders: Iterable[Path]) -> list[Path]:
    files = InputFiles([folder.absolute() for folder in folders], 1, {}).files
    return [file.path for file in files]
