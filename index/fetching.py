"""Fetching from the web, politely and with bounds: the one place that sends requests to it."""

from __future__ import annotations

import re
import ssl
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from http import HTTPStatus
from importlib.metadata import version

import httpcore
import httpx

from zeitfrage.config import Settings
from zeitfrage.config.errors import FetchFailed, FetchFailedForNow
from zeitfrage.index.guarded_network import GuardedNetwork, Resolve, resolve
from zeitfrage.index.politeness import ROBOT, RobotRules, Turns, retry_after

_MEGABYTE = 1_000_000
_MOST_REDIRECTS = 5
_TRIES = 3
_REDIRECTS = {301, 302, 303, 307, 308}
_BUSY = {429, 503}
# RFC 9309 asks for at least 500 kibibytes of a robots.txt.
_ROBOTS_BYTES = 512_000
_PIECE = 1 << 16
_CHARSET = re.compile(r"charset=[\"']?([\w.:-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server needs to say whether something has changed since (RFC 9110).

    Args:
        url: where it was found in the end, after redirects.
        etag: as the server gave it.
        last_modified: as the server gave it.
    """

    url: str = ""
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """What lies at an address.

    Args:
        url: where it was found in the end, after redirects.
        data: the content, unpacked.
        media_type: as declared, in lower case and without parameters; may be empty.
        charset: as declared.
        validators: for the next time.
    """

    url: str
    data: bytes
    media_type: str
    charset: str | None
    validators: Validators


@dataclass(frozen=True, slots=True)
class _Response:
    status: int
    headers: httpx.Headers
    data: bytes


class Fetcher:
    """Asks web servers one request at a time and host; safe to share between threads."""

    def __init__(
        self,
        settings: Settings,
        resolve: Resolve = resolve,
        sockets: httpcore.NetworkBackend | None = None,
    ) -> None:
        """Prepare; nothing is sent yet.

        Args:
            settings: pace, time, size, whom to contact, and whether private addresses are allowed.
            resolve: looks host names up.
            sockets: connect to addresses; default: those of the operating system.
        """
        self._settings = settings
        self._resolve = resolve
        self._sockets = sockets or httpcore.SyncBackend()
        self._turns = Turns(settings.fetch_requests_per_second)
        self._robots = RobotRules(self._read_robots)
        contact = f" ({settings.fetch_contact})" if settings.fetch_contact else ""
        self._agent = f"{ROBOT}/{version('zeitfrage')}{contact}"

    def fetch(self, url: str, known: Validators = Validators()) -> Fetched | None:
        """Return what lies at an address, None where it has not changed since it was known.

        Args:
            url: http or https.
            known: what came with it the last time.

        Raises:
            FetchFailed: it may not be fetched, is not there, or is too large.
            FetchFailedForNow: the server or the way to it fails.
        """
        at = _parsed(url)
        for _ in range(_MOST_REDIRECTS + 1):
            pause = self._robots.check(_site(at), str(at))
            response = self._ask(at, _conditions(known, at), pause)
            if response.status in _REDIRECTS and "location" in response.headers:
                at = _redirected(at, response.headers["location"])
            elif response.status == HTTPStatus.NOT_MODIFIED and known.url == str(at):
                return None
            else:
                return _fetched(str(at), response)
        raise FetchFailed(
            f"It leads on and on: more than {_MOST_REDIRECTS} redirects.", "Name the final address."
        )

    def _ask(self, url: httpx.URL, conditions: Mapping[str, str], pause: float) -> _Response:
        """Ask in turn; where the server wants it later, wait and ask again."""
        host = url.netloc.decode("ascii")
        for _ in range(_TRIES):
            self._turns.wait(host, pause)
            response = self._exchange(
                url, conditions, self._settings.max_file_megabytes * _MEGABYTE
            )
            seconds = retry_after(response.headers.get("retry-after"))
            if response.status not in _BUSY or seconds is None:
                break
            self._turns.postpone(host, seconds)
        return response

    def _read_robots(self, site: str) -> str | None:
        at = httpx.URL(f"{site}/robots.txt")
        for _ in range(_MOST_REDIRECTS + 1):
            self._turns.wait(at.netloc.decode("ascii"))
            response = self._exchange(at, {}, _ROBOTS_BYTES, cut=True)
            if response.status in _REDIRECTS and "location" in response.headers:
                at = _redirected(at, response.headers["location"])
            elif response.status == HTTPStatus.TOO_MANY_REQUESTS or response.status >= 500:
                raise FetchFailedForNow(f"the server says {_said(response.status)}.")
            else:
                found = response.status == HTTPStatus.OK
                return response.data.decode("utf-8", "replace") if found else None
        return None

    def _exchange(
        self, url: httpx.URL, conditions: Mapping[str, str], most: int, cut: bool = False
    ) -> _Response:
        """Send one request and read the answer.

        Args:
            url: whom to ask for what.
            conditions: headers that make it conditional.
            most: bytes that are taken, unpacked.
            cut: whether what is longer is cut there instead of refused.
        """
        deadline = time.monotonic() + self._settings.fetch_timeout_seconds
        network = GuardedNetwork(
            self._settings.allow_private_addresses, deadline, self._resolve, self._sockets
        )
        target = httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        asked = {"User-Agent": self._agent, "Accept": "*/*", "Accept-Encoding": "gzip"}
        headers = [*asked.items(), *conditions.items()]
        try:
            with (
                httpcore.ConnectionPool(self._tls, network_backend=network) as connections,
                connections.stream("GET", target, headers=headers) as answer,
            ):
                found = httpx.Headers(answer.headers)
                data = b""
                if answer.status == HTTPStatus.OK:
                    data = _read(answer.iter_stream(), found, most, cut)
                return _Response(answer.status, found, data)
        except httpcore.TimeoutException as error:
            raise FetchFailedForNow(
                f"The server {url.host} takes too long.",
                "Try again later, or raise fetch_timeout_seconds.",
            ) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise FetchFailedForNow(
                f"The connection to {url.host} failed: {error}.", "Try again later."
            ) from error

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return httpx.create_ssl_context()


@cache
def open_fetcher(settings: Settings) -> Fetcher:
    """Return the process's fetcher: a host has one pace, however many collections ask it."""
    return Fetcher(settings)


def _parsed(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url.strip()).copy_with(fragment=None)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise FetchFailed(f"It is not a web address: {error}.", "Check the spelling.") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise FetchFailed(
            f"{url!r} is not an address of the web.", "Only http:// and https:// can be fetched."
        )
    if parsed.userinfo:
        raise FetchFailed(
            "The address holds a user name or password, which every log would show.",
            "Save the page in a browser and ingest the file.",
        )
    return parsed


def _redirected(at: httpx.URL, location: str) -> httpx.URL:
    try:
        return _parsed(str(at.join(location)))
    except httpx.InvalidURL as error:
        raise FetchFailed(f"It leads to {location!r}, which is no web address.") from error


def _site(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def _conditions(known: Validators, at: httpx.URL) -> dict[str, str]:
    """Return the headers that ask only for what has changed, where this is the same resource."""
    if known.url != str(at):
        return {}
    given = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in given.items() if value}


def _fetched(url: str, response: _Response) -> Fetched:
    _refuse_failure(response.status)
    kind = response.headers.get("content-type", "")
    charset = _CHARSET.search(kind)
    return Fetched(
        url=url,
        data=response.data,
        media_type=kind.partition(";")[0].strip().lower(),
        charset=charset.group(1).lower() if charset else None,
        validators=Validators(
            url, response.headers.get("etag"), response.headers.get("last-modified")
        ),
    )


def _refuse_failure(status: int) -> None:
    said = f"The server says {_said(status)}."
    if status == HTTPStatus.OK:
        return
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        raise FetchFailed(said, "Check the address; the page may have been taken down.")
    if status in {HTTPStatus.REQUEST_TIMEOUT, *_BUSY} or status >= 500:
        raise FetchFailedForNow(said, "Try again later.")
    raise FetchFailed(said, "Save the page in a browser and ingest the file.")


def _said(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _read(pieces: Iterable[bytes], headers: httpx.Headers, most: int, cut: bool) -> bytes:
    """Return a body, unpacked piece by piece, so that a bomb is noticed before it goes off."""
    data = bytearray()
    for piece in _unpacked(pieces, headers.get("content-encoding", "").strip().lower()):
        data += piece
        if len(data) > most:
            if cut:
                break
            raise FetchFailed(
                f"It is larger than the {most // _MEGABYTE} MB allowed.",
                "Raise max_file_megabytes.",
            )
    return bytes(data[:most])


def _unpacked(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    if encoding in {"", "identity"}:
        yield from pieces
        return
    if encoding not in {"gzip", "x-gzip"}:
        raise FetchFailed(f"It is packed as {encoding!r}, which nobody asked for.")
    unpacker = zlib.decompressobj(wbits=31)
    try:
        for piece in pieces:
            rest = piece
            while rest:
                yield unpacker.decompress(rest, _PIECE)
                rest = unpacker.unconsumed_tail
                if unpacker.eof and unpacker.unused_data:  # gzip in several members
                    rest, unpacker = unpacker.unused_data, zlib.decompressobj(wbits=31)
    except zlib.error as error:
        raise FetchFailedForNow(f"Its gzip is damaged: {error}.", "Try again later.") from error
    yield unpacker.flush()
    if not unpacker.eof:
        raise FetchFailedForNow("Its gzip ends early.", "Try again later.")
