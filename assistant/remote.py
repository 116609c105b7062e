"""The collection that a running server holds, reached through its API."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

import httpx
from httpx_sse import ServerSentEvent, connect_sse
from pydantic import ValidationError

from zeitfrage.assistant.answer_models import AnswerModel, SearchResponse
from zeitfrage.assistant.api_models import (
    AnswerRequest,
    ArticleList,
    ArticleModel,
    ArticleSummary,
    FiltersModel,
    SearchRequest,
    StatusModel,
    VersionList,
)
from zeitfrage.assistant.ingest_models import IngestResultModel, ProgressModel
from zeitfrage.assistant.server import SERVER_FILE
from zeitfrage.assistant.upkeep import CheckModel, CheckRequest
from zeitfrage.config import Settings
from zeitfrage.config.errors import UnreadableInput, ZeitfrageError
from zeitfrage.index.files import InputFiles
from zeitfrage.index.ingest import (
    IngestResult,
    Input,
    Outcome,
    Progress,
    StagePace,
    Upload,
    WebAddress,
    in_batches,
)
from zeitfrage.index.loaders import Columns

# So much is sent at once: enough that requests cost little, little enough that the bar moves.
_FILES_AT_ONCE = 64
_BYTES_AT_ONCE = 16_000_000
_ADDRESSES_AT_ONCE = 500
_VERSIONS_AT_ONCE = 1000
# A model may take minutes to answer, but a server that runs takes a request at once.
_TIMEOUT = httpx.Timeout(5, read=None)
_SIGN_OF_LIFE = httpx.Timeout(5)


def running_server(settings: Settings) -> RemoteAccess | None:
    """Return the server that holds the data folder, None where none answers for it.

    What it left in the folder may be stale and its port another's by now, so it has to say
    itself which folder it serves.
    """
    try:
        told = json.loads((settings.data_folder / SERVER_FILE).read_text(encoding="utf-8"))
        server = RemoteAccess(str(told["url"]), settings, told.get("key"))
    except (OSError, ValueError, KeyError, TypeError, httpx.InvalidURL):
        return None
    if server.serves(settings.data_folder):
        return server
    server.close()
    return None


class RemoteAccess:
    """The same as the collection held by this process, asked of a server."""

    def __init__(self, url: str, settings: Settings, key: str | None = None) -> None:
        """Prepare to talk to a server; nothing is sent yet.

        Args:
            url: where it listens.
            settings: say how large a file may be.
            key: None where it asks for none.
        """
        self._url = url
        self._max_megabytes = settings.max_file_megabytes
        # A proxy for the web knows nothing of this machine's own servers.
        headers = {"Authorization": f"Bearer {key}"} if key else None
        self._client = httpx.Client(
            base_url=url, headers=headers, timeout=_TIMEOUT, trust_env=False
        )

    def serves(self, folder: Path) -> bool:
        """Say whether a server answers there, and for this folder."""
        try:
            response = self._client.get("/v1/status", timeout=_SIGN_OF_LIFE).raise_for_status()
            return StatusModel.model_validate_json(response.content).folder.resolve() == (
                folder.resolve()
            )
        except (httpx.HTTPError, ValidationError):
            return False

    def ask(self, asked: AnswerRequest, show: Callable[[str], None]) -> AnswerModel:
        """Answer a question; `show` gets the answer's text in pieces as it is written."""
        body = asked.model_copy(update={"stream": True}).model_dump(mode="json")
        for event in self._events("/v1/answers", json=body):
            if event.event == "answer":
                return AnswerModel.model_validate_json(event.data)
            show(event.json()["text"])
        raise self._lost("The answer ended early.")

    def search(self, asked: SearchRequest) -> SearchResponse:
        """Return the passages that answer a question best, best first."""
        response = self._request("POST", "/v1/search", json=asked.model_dump(mode="json"))
        return SearchResponse.model_validate_json(response.content)

    def articles(self, limit: int, offset: int, filters: FiltersModel) -> ArticleList:
        """Return articles, newest first, without their texts."""
        query = {"limit": limit, "offset": offset}
        query |= filters.model_dump(mode="json", exclude_none=True)
        response = self._request("GET", "/v1/articles", params=query)
        return ArticleList.model_validate_json(response.content)

    def article(self, article_id: str) -> ArticleModel:
        """Return a whole article."""
        response = self._request("GET", _address(article_id))
        return ArticleModel.model_validate_json(response.content)

    def versions(self, article_id: str) -> VersionList:
        """Return all versions of an article, newest first, without their texts."""
        listed: list[ArticleSummary] = []
        while True:
            page = {"limit": _VERSIONS_AT_ONCE, "offset": len(listed)}
            response = self._request("GET", f"{_address(article_id)}/versions", params=page)
            held = VersionList.model_validate_json(response.content)
            listed += held.versions
            if len(listed) >= held.total or not held.versions:
                return VersionList(total=held.total, versions=listed)

    def version(self, article_id: str, number: int) -> ArticleModel:
        """Return one version of an article."""
        response = self._request("GET", f"{_address(article_id)}/versions/{number}")
        return ArticleModel.model_validate_json(response.content)

    def delete(self, article_id: str) -> None:
        """Remove an article with all that was derived from it."""
        self._request("DELETE", _address(article_id))

    def status(self) -> StatusModel:
        """Say what the collection holds."""
        return StatusModel.model_validate_json(self._request("GET", "/v1/status").content)

    def check(self, repair: bool) -> CheckModel:
        """Have the server check what it holds, and mend it where asked."""
        body = CheckRequest(repair=repair).model_dump()
        return CheckModel.model_validate_json(self._request("POST", "/v1/check", json=body).content)

    def ingest(
        self, inputs: Sequence[Input], progress: Callable[[Progress], None], columns: Columns
    ) -> Iterator[IngestResult]:
        """Send files and folders; yield what became of each article, once it is safe.

        Web addresses are sent too, for the server to fetch.
        """
        paths = [given for given in inputs if not isinstance(given, WebAddress)]
        files = InputFiles(paths, self._max_megabytes, columns)
        yield from (_rejected(item.origin, item.reason) for item in files.refused)
        pace = _Pace(files.bytes_total, progress)
        for batch in _batches(files.files):
            yield from self._send(batch, pace, columns)
        addresses = [given for given in inputs if isinstance(given, WebAddress)]
        for addresses_alike in _alike(addresses):
            yield from self._have_fetched(addresses_alike, progress, columns)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _send(
        self, batch: Sequence[Upload], pace: _Pace, columns: Columns
    ) -> Iterator[IngestResult]:
        """Upload files in one request; those that cannot be read are rejected here."""
        with ExitStack() as opened:
            sent: list[tuple[str, BinaryIO]] = []
            for file in batch:
                try:
                    self._check_size(file.path)
                    sent.append((file.origin, opened.enter_context(file.path.open("rb"))))
                except UnreadableInput as error:
                    yield _rejected(file.origin, str(error))
                except OSError as error:
                    yield _rejected(file.origin, f"{error.strerror}.")
            if sent:
                yield from self._upload(sent, pace, columns)
        pace.finish(sum(map(_size, batch)))

    def _check_size(self, path: Path) -> None:
        """Raise UnreadableInput where the server would refuse the request for its length."""
        megabytes = path.stat().st_size / 1_000_000
        if megabytes > self._max_megabytes:
            raise UnreadableInput(
                f"The file has {megabytes:.0f} MB, more than the {self._max_megabytes} MB allowed.",
                "Raise max_file_megabytes.",
            )

    def _upload(
        self, sent: Sequence[tuple[str, BinaryIO]], pace: _Pace, columns: Columns
    ) -> Iterator[IngestResult]:
        files = [("files", (str(number), stream)) for number, (_, stream) in enumerate(sent)]
        # A file name that is no UTF-8 cannot be sent as it is.
        origins = [origin.encode(errors="replace").decode() for origin, _ in sent]
        data = {"origins": origins, "columns": _named(columns)}
        yield from self._results(pace.show, files=files, data=data)

    def _have_fetched(
        self,
        addresses: Sequence[WebAddress],
        progress: Callable[[Progress], None],
        columns: Columns,
    ) -> Iterator[IngestResult]:
        """Let the server fetch addresses that are to be read in the same way."""
        data = {
            "urls": [address.url for address in addresses],
            "pages": str(addresses[0].pages),
            "followed": str(addresses[0].followed),
            "columns": _named(columns),
        }
        yield from self._results(progress, data=data)

    def _results(
        self,
        show: Callable[[Progress], None],
        **request: Any,  # noqa: ANN401
    ) -> Iterator[IngestResult]:
        """Yield what became of each article that a request hands in."""
        for event in self._events("/v1/articles", params={"stream": True}, **request):
            if event.event == "progress":
                show(ProgressModel.model_validate_json(event.data).progress())
            elif event.event == "result":
                yield IngestResultModel.model_validate_json(event.data).result()
            elif event.event == "done":
                return
        raise self._lost("The stream of results ended early.")

    def _events(self, path: str, **request: Any) -> Iterator[ServerSentEvent]:  # noqa: ANN401
        """Yield the events that a request is answered with; an error event is raised."""
        with (
            self._connection_watched(),
            connect_sse(self._client, "POST", path, **request) as source,
        ):
            self._check(source.response)
            for event in source.iter_sse():
                if event.event == "error":
                    raise _error(event.data)
                yield event

    def _request(self, method: str, path: str, **request: Any) -> httpx.Response:  # noqa: ANN401
        with self._connection_watched():
            response = self._client.request(method, path, **request)
        self._check(response)
        return response

    def _check(self, response: httpx.Response) -> None:
        if response.is_error:
            raise _error(response.read())

    @contextmanager
    def _connection_watched(self) -> Iterator[None]:
        try:
            yield
        except httpx.TransportError as error:
            raise self._lost(str(error)) from error

    def _lost(self, why: str) -> ZeitfrageError:
        return ZeitfrageError(
            f"The server at {self._url} stopped answering: {why}",
            "What it reported is stored. Look whether it still runs, then try again.",
        )


class _Pace:
    """Adds the progress of several requests up to that of all."""

    def __init__(self, bytes_total: int, show: Callable[[Progress], None]) -> None:
        self._bytes_total = bytes_total
        self._show = show
        self._started = time.monotonic()
        self._bytes = 0
        self._articles = 0
        self._stages: tuple[StagePace, ...] = ()
        self._latest: Progress | None = None

    def show(self, progress: Progress) -> None:
        """Report how far all has got from how far the request at hand has."""
        self._latest = progress
        seconds = time.monotonic() - self._started
        done = self._bytes + progress.bytes_read
        articles = self._articles + progress.articles
        left = seconds * (self._bytes_total - done) / done if done else None
        stages = _sums(self._stages, progress.stages)
        pace = articles / max(seconds, 1e-6)
        self._show(Progress(done, self._bytes_total, articles, pace, left, progress.stage, stages))

    def finish(self, size: int) -> None:
        """Count a request of so many bytes as done."""
        self._bytes += size
        if self._latest:
            self._articles += self._latest.articles
            self._stages = _sums(self._stages, self._latest.stages)
        self._latest = None


def _sums(before: tuple[StagePace, ...], now: tuple[StagePace, ...]) -> tuple[StagePace, ...]:
    if not before:
        return now
    return tuple(
        StagePace(a.stage, a.count + b.count, a.seconds + b.seconds)
        for a, b in zip(before, now, strict=True)
    )


def _batches(files: Sequence[Upload]) -> Iterator[list[Upload]]:
    """Yield the files in groups that are small enough for one request; a large one goes alone."""
    batch: list[Upload] = []
    left = _BYTES_AT_ONCE
    for file in files:
        left -= _size(file)
        if batch and (left < 0 or len(batch) == _FILES_AT_ONCE):
            yield batch
            batch, left = [], _BYTES_AT_ONCE - _size(file)
        batch.append(file)
    if batch:
        yield batch


def _alike(addresses: Sequence[WebAddress]) -> Iterator[Sequence[WebAddress]]:
    """Yield addresses to be read in the same way, as many as a request may hold."""
    for _, group in groupby(addresses, key=lambda address: (address.pages, address.followed)):
        yield from in_batches(group, _ADDRESSES_AT_ONCE)


def _named(columns: Columns) -> list[str]:
    return [f"{field}={column}" for field, column in columns.items()]


def _size(file: Upload) -> int:
    """Return a file's length, 0 where it cannot be told; opening it will say why."""
    try:
        return file.path.stat().st_size
    except OSError:
        return 0


def _rejected(origin: str, reason: str) -> IngestResult:
    return IngestResult(origin, Outcome.REJECTED, reason=reason)


def _address(article_id: str) -> str:
    return f"/v1/articles/{quote(article_id, safe='')}"


def _error(body: str | bytes) -> ZeitfrageError:
    """Return the error behind a problem (RFC 9457) that the server sent."""
    try:
        said = json.loads(body)
        return ZeitfrageError(str(said["detail"]), str(said.get("remedy", "")))
    except (ValueError, KeyError, TypeError):
        return ZeitfrageError("The server answered with an error that it does not explain.")
