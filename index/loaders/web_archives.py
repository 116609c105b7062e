"""Web archives: WARC (ISO 28500) and WACZ."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import BinaryIO, cast

from zeitfrage.config.errors import UnreadableInput
from zeitfrage.index.loaders import html
from zeitfrage.index.loaders.content import Content, Rejection

_LARGEST_PAGE = 20_000_000
_PAGES = ("text/html", "application/xhtml+xml")


def load_warc(stream: BinaryIO, origin: str) -> Iterator[Content]:
    """Yield the articles among the pages of a web archive; each page has its address.

    Raises:
        UnreadableInput: it is damaged, or holds no page.
    """
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    pages = 0
    try:
        for record in ArchiveIterator(stream):
            headers = record.http_headers
            kind = (headers.get_header("Content-Type") or "") if headers else ""
            if record.rec_type != "response" or not kind.lower().startswith(_PAGES):
                continue
            pages += 1
            url = record.rec_headers.get_header("WARC-Target-URI")
            yield _page(record.content_stream().read(_LARGEST_PAGE), f"{origin}:{url}", url)
    except (ArchiveLoadFailed, EOFError, ValueError, OSError) as error:
        raise UnreadableInput(f"The web archive is damaged: {error}.") from error
    if not pages:
        raise UnreadableInput("The web archive holds no page.")


def load_wacz(stream: BinaryIO, origin: str) -> Iterator[Content]:
    """Yield the articles of the WARC files in a WACZ archive."""
    try:
        with zipfile.ZipFile(stream) as packed:
            names = [n for n in packed.namelist() if n.endswith((".warc", ".warc.gz"))]
            if not names:
                raise UnreadableInput("The WACZ archive holds no WARC file.")
            for name in names:
                with packed.open(name) as member:
                    yield from load_warc(cast("BinaryIO", member), f"{origin}:{name}")
    except zipfile.BadZipFile as error:
        raise UnreadableInput(f"The web archive is damaged: {error}.") from error


def _page(data: bytes, where: str, url: str) -> Content:
    try:
        return html.read_page(data, where, {"url": url})
    except UnreadableInput as error:
        return Rejection(where, error.message)
