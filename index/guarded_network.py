"""Connections to public addresses only, each within its time."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import httpcore

from zeitfrage.config.errors import FetchFailed, FetchFailedForNow

# As socket.getaddrinfo; a resolver of another kind can be handed in.
Resolve = Callable[[str, int], Sequence[tuple[Any, ...]]]
_IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_CONNECT_SECONDS = 10.0
_READ_SECONDS = 30.0
# RFC 6052: what an IPv6-only network puts before the IPv4 addresses of the web.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def resolve(host: str, port: int) -> Sequence[tuple[Any, ...]]:
    """Look a host up as the operating system does, its decimal and octal spellings included."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open web.

    Private, loopback, link-local, multicast and reserved ones are not; neither are forms of IPv6
    that stand for an address of IPv4, but where that is public and the form is in honest use.
    """
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        if ip.ipv4_mapped or ip.sixtofour or ip.teredo or ip.is_site_local:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


class GuardedNetwork(httpcore.NetworkBackend):
    """Connects to the very addresses that were checked, and ends with its deadline.

    The name is looked up once and TLS still verifies it, so that no second answer of a name
    server can lead elsewhere (DNS rebinding).
    """

    def __init__(
        self,
        allow_private: bool,
        deadline: float,
        resolve: Resolve,
        sockets: httpcore.NetworkBackend,
    ) -> None:
        """Prepare for one request.

        Args:
            allow_private: let every address through.
            deadline: when all has to be over, as `time.monotonic` counts.
            resolve: looks host names up.
            sockets: connect to the addresses found.
        """
        self._allow_private = allow_private
        self._deadline = deadline
        self._resolve = resolve
        self._sockets = sockets

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 (httpcore's signature)
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of a host that answers.

        Raises:
            FetchFailed: one of its addresses is not public.
            FetchFailedForNow: the name is unknown.
        """
        failure: Exception = httpcore.ConnectError("it has no address")
        for address in self._addresses(host, port):
            left = _left(self._deadline, _CONNECT_SECONDS)
            try:
                stream = self._sockets.connect_tcp(
                    address, port, left, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self._deadline)
        raise failure

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise FetchFailedForNow(
                f"The host {host} cannot be found.", "Check the address and the network."
            ) from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        for address in addresses:
            if not self._allow_private and not is_public(address):
                raise FetchFailed(
                    f"The host {host} is {address}, which is not an address of the open web.",
                    "If it is meant, set allow_private_addresses.",
                )
        return addresses


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every step ends with the deadline, however little each one takes."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, _left(self._deadline, _READ_SECONDS))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, _left(self._deadline, _READ_SECONDS))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        left = _left(self._deadline, _CONNECT_SECONDS)
        secured = self._stream.start_tls(ssl_context, server_hostname, left)
        return _TimedStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401
        return self._stream.get_extra_info(info)


def _left(deadline: float, most: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the time is up")
    return min(left, most)
