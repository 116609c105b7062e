"""Web archives: WARC (ISO 28500) and WACZ."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader, RawIOBase
from typing import BinaryIO, cast

from zeitfrage.config.errors import UnreadableInput
from zeitfrage.index.loaders import html
from zeitfrage.index.loaders.containers import members
from zeitfrage.index.loaders.content import Content, Rejection

_GZIP = b"\x1f\x8b"
_HEAD = 1 << 16
_LARGEST_PAGE = 20_000_000
_PAGES = ("text/html", "application/xhtml+xml")


def load_warc(stream: BinaryIO, origin: str) -> Iterator[Content]:
    """Yield the articles among the pages of a web archive; each page has its address.

    Raises:
        UnreadableInput: it is damaged, or holds no page.
    """
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    head = BufferedReader(cast("RawIOBase", stream), _HEAD)
    if not _is_warc(head.peek(_HEAD)):
        raise UnreadableInput("It is not a web archive in the WARC form.")
    pages = 0
    try:
        for record in ArchiveIterator(head):
            headers = record.http_headers
            kind = (headers.get_header("Content-Type") or "") if headers else ""
            if record.rec_type != "response" or not kind.lower().startswith(_PAGES):
                continue
            pages += 1
            url = record.rec_headers.get_header("WARC-Target-URI")
            yield _page(record.content_stream().read(_LARGEST_PAGE), f"{origin}:{url}", url)
    except (ArchiveLoadFailed, EOFError, ValueError, AttributeError, OSError) as error:
        raise UnreadableInput(f"The web archive is damaged: {error}.") from error
    if not pages:
        raise UnreadableInput("The web archive holds no page.")


def load_wacz(stream: BinaryIO, origin: str) -> Iterator[Content]:
    """Yield the articles of the WARC files in a WACZ archive."""
    found = False
    for name, content in members(stream):
        if content is not None and name.endswith((".warc", ".warc.gz")):
            found = True
            yield from load_warc(content, f"{origin}:{name}")
    if not found:
        raise UnreadableInput("The WACZ archive holds no WARC file.")


def _is_warc(head: bytes) -> bool:
    """Whether a file begins as a web archive does; of anything else, warcio would read it all."""
    if head.startswith(_GZIP):
        with suppress(zlib.error):
            head = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, _HEAD)
    return head.startswith((b"WARC/", b"filedesc:"))


def _page(data: bytes, where: str, url: str) -> Content:
    try:
        return html.read_page(data, where, {"url": url})
    except UnreadableInput as error:
        return Rejection(where, error.message)
