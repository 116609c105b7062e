"""From the web addresses that a user names to the articles behind them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urljoin

from zeitfrage.config.errors import FetchFailed, FetchFailedForNow, UnreadableInput
from zeitfrage.index.article import Article
from zeitfrage.index.decoding import decode
from zeitfrage.index.fetch_log import FetchLog
from zeitfrage.index.fetching import Fetched, Fetcher, Validators
from zeitfrage.index.files import ReadItem
from zeitfrage.index.ingest import Upload, WebAddress, in_batches
from zeitfrage.index.loaders import (
    Columns,
    Content,
    Rejection,
    Unmodified,
    feeds,
    html,
    is_laborious,
    read_articles,
    records,
    sitemap,
)
from zeitfrage.index.loaders.containers import damage_named, unpacked
from zeitfrage.index.loaders.record import read_record
from zeitfrage.index.readers import Readers
from zeitfrage.index.reading import checked, parsing
from zeitfrage.index.web_forms import FEED, JSON, PAGE, SITEMAP, form_of

Fields = Mapping[str, object]
Batch = tuple[ReadItem, ...]
# Yields batches and returns whether all behind them is settled until its source changes.
_Reading = Generator[Batch, None, bool]
# In the progress, a page counts as one of this size until it is known better.
_PAGE_BYTES = 50_000
_ITEMS_AT_ONCE = 64
_INDEXES_IN_INDEXES = 2
_GZIP = b"\x1f\x8b"


class WebReader:
    """Reads addresses one after the other, and remembers what need not be fetched again."""

    def __init__(
        self,
        fetcher: Fetcher,
        log: FetchLog,
        holds: Callable[[str], bool],
        columns: Columns,
        max_megabytes: int,
    ) -> None:
        """Prepare; nothing is fetched yet.

        Args:
            fetcher: asks the web.
            log: remembers how addresses were read.
            holds: whether the collection has an article of an id.
            columns: of tables and JSON, which column holds which field: `{field: column}`.
            max_megabytes: what unpacks to more is rejected.
        """
        self._fetcher = fetcher
        self._log = log
        self._holds = holds
        self._columns = columns
        self._max_bytes = max_megabytes * 1_000_000
        self._pages_known = self._pages_done = self._bytes_before = 0

    @property
    def bytes_total(self) -> int:
        """How much there is to read, as far as is known; grows with every feed."""
        return _PAGE_BYTES * self._pages_known

    def read(self, addresses: Sequence[WebAddress], bytes_before: int = 0) -> Iterator[Batch]:
        """Yield what the addresses hold.

        A batch has to be stored before the next one is asked for: only then is it remembered
        that its page was read.

        Args:
            addresses: in the order of reading.
            bytes_before: read of other input before.
        """
        self._bytes_before = bytes_before
        self._pages_known += len(addresses)
        for address in addresses:
            yield from self._read_named(address)

    # --- addresses that were named -------------------------------------------------------------

    def _read_named(self, address: WebAddress) -> Iterator[Batch]:
        url = address.url
        mark = repr((address.pages, sorted(self._columns.items())))
        last = self._log.last(url)
        is_feed = self._log.is_feed(url)
        # A page that was read once is asked for anew where a feed is expected now.
        known = Validators()
        if last and last.mark == mark and (is_feed or not address.followed):
            known = last.validators
        try:
            fetched = self._fetcher.fetch(url, known)
            document = self._unpacked(fetched) if fetched else None
            if document:
                settled = yield from self._read_document(document, address)
        except (FetchFailed, UnreadableInput) as error:
            if address.followed or is_feed:
                self._log.failed(url, str(error))
            yield self._batch(url, [Rejection(url, str(error))])
            return
        if document is None:
            if is_feed:
                self._log.succeeded(url)
            yield self._batch(url, [Unmodified(url)])
        elif settled:
            self._log.remember(url, mark, document.validators)

    def _read_document(self, document: Fetched, address: WebAddress) -> _Reading:
        """Read what a named address holds; raises UnreadableInput where it is nothing of use."""
        form, url = form_of(document), address.url
        if form == SITEMAP:
            self._log.succeeded(url)
            return (yield from self._read_sitemap(document.data, 0))
        entries = self._entries(document.data, form)
        if entries is not None:
            self._log.succeeded(url)
            absolute = [_absolute(fields, document.url) for fields in entries]
            return (yield from self._read_feed(absolute, address))
        if address.followed:
            raise UnreadableInput("It is no feed and no sitemap. Follow the address of its feed.")
        contents = self._read_content(document, form, {"url": document.url}, url)
        for contents_at_once in in_batches(contents, _ITEMS_AT_ONCE):
            yield self._batch(url, contents_at_once, done=0)
        self._pages_done += 1
        return True

    @staticmethod
    def _entries(data: bytes, form: str) -> list[dict[str, object]] | None:
        with parsing():
            if form == FEED:
                return feeds.entries(data)
            return records.feed_items(data) if form == JSON else None

    def _read_feed(self, entries: Sequence[Fields], address: WebAddress) -> _Reading:
        url = address.url
        if not address.pages:
            contents = (
                read_record(fields, url, f"{url}:{number}")
                for number, fields in enumerate(entries, start=1)
            )
            for contents_at_once in in_batches(contents, _ITEMS_AT_ONCE):
                yield self._batch(url, contents_at_once, done=0)
            self._pages_done += 1
            return True
        return (yield from self._read_pages(entries, url))

    # --- pages that feeds and sitemaps name ------------------------------------------------------

    def _read_pages(self, entries: Sequence[Fields], url: str) -> _Reading:
        self._pages_known += len(entries)
        self._pages_done += 1
        settled = True
        for number, fields in enumerate(entries, start=1):
            own = read_record(fields, url, f"{url}:{number}")
            settled &= yield from self._read_page(fields, own, mark=_digest(fields))
        return settled

    def _read_sitemap(self, data: bytes, depth: int) -> _Reading:
        with parsing():
            entries = sitemap.read(data)
        self._pages_known += len(entries)
        self._pages_done += 1
        settled = True
        for fields in entries:
            mark = _digest(fields) if fields.get("lastmod") else ""
            if sitemap.is_index(data):
                settled &= yield from self._read_part(str(fields["url"]), mark, depth + 1)
            else:
                settled &= yield from self._read_page(fields, None, mark)
        return settled

    def _read_part(self, url: str, mark: str, depth: int) -> _Reading:
        """Read a sitemap that an index of sitemaps names."""
        try:
            if depth > _INDEXES_IN_INDEXES:
                raise UnreadableInput("Sitemaps lie too deep in one another.")
            fetched = self._fetch_again(url, mark)
            if fetched is None:
                yield self._batch(url, [Unmodified(url)])
                return True
            fetched = self._unpacked(fetched)
            if form_of(fetched) != SITEMAP:
                raise UnreadableInput("It is no sitemap.")
            settled = yield from self._read_sitemap(fetched.data, depth)
        except (FetchFailed, UnreadableInput) as error:
            yield self._batch(url, [Rejection(url, str(error))])
            return not isinstance(error, FetchFailedForNow)
        if settled:
            self._log.remember(url, mark, fetched.validators)
        return settled

    def _read_page(self, fields: Fields, own: Content | None, mark: str) -> _Reading:
        """Read the page behind an entry.

        Args:
            fields: what the entry says; where the page is silent, it counts.
            own: the article that the entry itself holds, if any.
            mark: changes where the entry does; empty where that cannot be told.
        """
        url = str(fields.get("url") or fields.get("external_url") or "")
        if not url.startswith(("http://", "https://")):
            yield self._batch(url, [own] if own else [])
            return True
        validators = Validators()
        try:
            fetched = self._fetch_again(url, mark)
            if fetched is None:
                yield self._batch(url, [Unmodified(url)])
                return True
            validators = fetched.validators
            contents = list(self._read_content(fetched, form_of(fetched), fields, url))
            yield self._batch(url, [_fuller(content, own) for content in contents])
        except (FetchFailed, UnreadableInput) as error:
            # The feed's own text is better than none, but not than the page read earlier.
            kept = [own] if isinstance(own, Article) and not self._holds(own.id) else []
            yield self._batch(url, [*kept, Rejection(url, str(error))])
            if isinstance(error, FetchFailedForNow):
                return False
        self._log.remember(url, mark, validators)
        return True

    def _fetch_again(self, url: str, mark: str) -> Fetched | None:
        """Fetch what a feed or sitemap names, None where it is as it was read before."""
        last = self._log.last(url)
        if last and mark and last.mark == mark:
            return None
        fetched = self._fetcher.fetch(url, last.validators if last else Validators())
        if fetched is None and last:
            self._log.remember(url, mark, last.validators)
        return fetched

    # --- content -------------------------------------------------------------------------------

    def _read_content(
        self, fetched: Fetched, form: str, known: Fields, origin: str
    ) -> Iterator[Content]:
        """Yield the articles of fetched bytes as the loader of their form finds them.

        Raises:
            UnreadableInput: they have no form that holds articles.
        """
        if not form:
            kind = fetched.media_type or "unknown kind"
            raise UnreadableInput(f"What lies there is of {kind}, which holds no article.")
        if form == PAGE:
            with parsing():
                article = html.read_page(fetched.data, origin, known, fetched.charset)
            yield article
            return
        data = fetched.data
        if fetched.charset and fetched.media_type == "text/plain":
            data = decode(data, fetched.charset).encode()
        for content in self._read_as_file(data, origin, f"fetched{form}"):
            if isinstance(content, Article) and content.url is None:
                yield replace(content, url=fetched.url)
            else:
                yield content

    def _read_as_file(self, data: bytes, origin: str, name: str) -> Iterator[Content]:
        """Yield what bytes hold, by a process of its own where their parser may crash."""
        if not is_laborious(name):
            with parsing():
                yield from read_articles(io.BytesIO(data), origin, self._columns, name=name)
            return
        with TemporaryDirectory(prefix="zeitfrage-") as folder:
            path = Path(folder, name)
            path.write_bytes(data)
            file = Upload(path, origin, name)
            with closing(Readers([file], self._columns, self._max_bytes)) as readers:
                for content, _ in readers.take():
                    yield content

    def _unpacked(self, fetched: Fetched) -> Fetched:
        """Unpack what is markup in gzip (`sitemap.xml.gz`); other packed forms have loaders."""
        if not fetched.data.startswith(_GZIP):
            return fetched
        with damage_named():
            stream = unpacked(io.BytesIO(fetched.data), ".gz")
            data = stream.read(1000)
            if not data.lstrip().startswith(b"<"):
                return fetched
            data += stream.read(self._max_bytes)
        if len(data) > self._max_bytes:
            raise UnreadableInput("It unpacks to more than is allowed. Raise max_file_megabytes.")
        return replace(fetched, data=data)

    def _batch(self, origin: str, contents: Sequence[Content | Unmodified], done: int = 1) -> Batch:
        self._pages_done += done
        read = self._bytes_before + _PAGE_BYTES * self._pages_done
        return tuple(
            ReadItem(
                origin,
                content if isinstance(content, Unmodified) else checked(content, origin),
                read,
            )
            for content in contents
        )


def addresses_of(file: Path) -> list[str]:
    """Return the addresses in a file, one a line; empty lines and those after # are passed over.

    Raises:
        UnreadableInput: the file cannot be read.
    """
    try:
        text = decode(file.read_bytes())
    except OSError as error:
        raise UnreadableInput(f"{file} cannot be read: {error.strerror}.") from error
    lines = (line.strip() for line in text.splitlines())
    return list(dict.fromkeys(line for line in lines if line and not line.startswith("#")))


def _absolute(fields: Fields, base: str) -> Fields:
    """Return an entry with its address in full; some feeds leave out the host."""
    url = fields.get("url")
    if not isinstance(url, str) or "://" in url:
        return fields
    return {**fields, "url": urljoin(base, url)}


def _digest(fields: Fields) -> str:
    return hashlib.sha256(repr(sorted(fields.items())).encode("utf-8", "replace")).hexdigest()


def _fuller(content: Content, own: Content | None) -> Content:
    """Return the article of a page, or that of its feed entry where the page is cut short."""
    if isinstance(content, Article) and isinstance(own, Article):
        return own if len(own.text) > len(content.text) else content
    return content
