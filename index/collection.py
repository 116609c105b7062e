"""The front door to everything that is stored and searched."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import MappingProxyType, TracebackType

from filelock import FileLock, Timeout

from zeitfrage.config import Settings
from zeitfrage.config.errors import (
    ArticleNotFound,
    CollectionDamaged,
    CollectionInUse,
    CollectionMismatch,
)
from zeitfrage.index import checking, mentions, retrieval
from zeitfrage.index.article import Article, Filters, PartialDate, Passage
from zeitfrage.index.batch import ARTICLES_AT_ONCE, Batch, in_batches_of_text
from zeitfrage.index.catalogue import Catalogue
from zeitfrage.index.checking import CheckReport
from zeitfrage.index.chunking import CutChunk, cut
from zeitfrage.index.copies import Copies
from zeitfrage.index.embedding import EmbeddedText, Vectors, open_embedder
from zeitfrage.index.fetch_log import Feed, FetchLog
from zeitfrage.index.fetching import open_fetcher
from zeitfrage.index.files import InputFiles, ReadItem
from zeitfrage.index.ingest import IngestResult, Input, Progress, Stage, WebAddress, in_batches
from zeitfrage.index.loaders import Columns
from zeitfrage.index.pace import Pace
from zeitfrage.index.period import Period
from zeitfrage.index.retrieval import AskedPeriod
from zeitfrage.index.schema import CATALOGUE_FILE
from zeitfrage.index.timeline import Timeline
from zeitfrage.index.vectors import VectorStore
from zeitfrage.index.web import WebReader
from zeitfrage.index.words import WordVectors

# Of so many, those of like length are embedded together.
_BATCHES_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class CollectionStatus:
    """What a collection holds."""

    folder: Path
    articles: int
    chunks: int
    oldest: PartialDate | None
    newest: PartialDate | None
    sources: tuple[str, ...]
    embedding_model: str
    feeds: tuple[Feed, ...]


class Collection:
    """Articles with the index that finds their passages; one process may hold it at a time.

    Safe to share between threads.
    """

    def __init__(
        self, folder: Path, settings: Settings, lock: FileLock, rebuild: bool, mend: bool
    ) -> None:
        """Use `Collection.open`."""
        self._folder = folder
        self._settings = settings
        self._lock = lock
        self._writing = threading.RLock()
        self._embedder = open_embedder(settings.embedding_model, settings.embedding_batch_size)
        self._words = WordVectors(self._embedder)
        self._catalogue = Catalogue(folder / CATALOGUE_FILE)
        self._fetches = FetchLog(folder / CATALOGUE_FILE)
        self._timeline = Timeline(folder / CATALOGUE_FILE)
        model = self._catalogue.setting("embedding_model", settings.embedding_model)
        if model != settings.embedding_model:
            if not rebuild:
                self._fetches.close()
                self._timeline.close()
                self._catalogue.close()
                raise _mismatch(model, settings.embedding_model)
            self._catalogue.forget_chunks(settings.embedding_model)
        name = self._catalogue.setting("vector_collection", f"zeitfrage-{uuid.uuid4().hex}")
        self._vectors = VectorStore(folder / "vectors", settings.chroma_url, name)
        if mend:
            self._mend()

    @classmethod
    def open(
        cls,
        folder: Path,
        settings: Settings | None = None,
        rebuild: bool = False,
        mend: bool = True,
    ) -> Collection:
        """Open the collection in a folder, made where there is none, and mend what a crash left.

        Args:
            folder: the data folder.
            settings: default: as `load_settings` reads them.
            rebuild: embed all articles anew where the settings name another model.
            mend: False leaves everything as it was found, for `check` to see.

        Raises:
            CollectionInUse: another process holds it.
            CollectionMismatch: it was embedded with another model than the settings name.
            CollectionDamaged: the folder holds something else.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CollectionDamaged(
                f"The data folder {folder} cannot be made: {error.strerror}.",
                "Name another one with --data or ZEITFRAGE_DATA_FOLDER.",
            ) from error
        lock = FileLock(folder / "lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise CollectionInUse(
                f"Another process is using the collection in {folder}.",
                "Wait until it is done, or stop it.",
            ) from error
        try:
            return cls(folder, settings or Settings(), lock, rebuild, mend)
        except BaseException:
            lock.release()
            raise

    def ingest(
        self,
        inputs: Sequence[Input],
        progress: Callable[[Progress], None] | None = None,
        columns: Columns = MappingProxyType({}),
    ) -> Iterator[IngestResult]:
        """Read files, folders (recursively) and web addresses, and store their articles.

        Args:
            inputs: files, folders, uploads and web addresses; the files are read first.
            progress: is told at each stage of a batch how far the ingest has got.
            columns: of tables and JSON, which column holds which field, `{field: column}`, where
                the usual names do not tell.

        Yields:
            One result for each article or unreadable file, after it is safely stored. Closing
            the iterator stops the ingest cleanly.
        """
        addresses = [given for given in inputs if isinstance(given, WebAddress)]
        paths = [given for given in inputs if not isinstance(given, WebAddress)]
        limit = self._settings.max_file_megabytes
        files = InputFiles(paths, limit, columns)
        web = WebReader(open_fetcher(self._settings), self._fetches, self._holds, columns, limit)
        pace = Pace(lambda: files.bytes_total + web.bytes_total, progress)
        with closing(files.read()) as read:
            fetched = web.read(addresses, files.bytes_total if paths else 0)
            for items in pace.reading(chain(in_batches_of_text(read), fetched)):
                results = self._ingest_batch(items, pace)
                pace.finished(len(items), items[-1].bytes_read)
                yield from results
        pace.ended()

    def search(
        self,
        question: str,
        limit: int = 8,
        filters: Filters = Filters(),
        recency: float = 0.0,
        period: Period | None = None,
    ) -> list[Passage]:
        """Return the passages that answer a question best, best first.

        Args:
            question: in any language that the embedding model knows.
            limit: at most this many.
            filters: which articles may answer.
            recency: how much newer articles are preferred, in [0, 1].
            period: which days the question asks about, None where it does not say.
        """
        asked = AskedPeriod(period, self._timeline) if period else None
        return retrieval.search(
            *(question, limit, filters, recency),
            *(self._catalogue, self._vectors, self._embedder, asked),
        )

    def rarity(self, terms: Iterable[str]) -> dict[str, float]:
        """Return the inverse document frequency of each term; the rarer the larger."""
        return self._catalogue.rarity(terms)

    def word_vectors(self, words: Sequence[str]) -> Vectors:
        """Return the unit vectors of at least one word, shape (words, dimensions)."""
        return self._words.of(words)

    def articles(
        self, limit: int = 50, offset: int = 0, filters: Filters = Filters()
    ) -> list[Article]:
        """Return articles, newest first."""
        return self._catalogue.articles(limit, offset, filters)

    def count(self, filters: Filters = Filters()) -> int:
        """Return how many articles pass the filters."""
        return self._catalogue.count(filters)

    def article(self, article_id: str) -> Article:
        """Return one article; raises ArticleNotFound."""
        return self._catalogue.article(article_id)

    def versions(self, article_id: str) -> list[Article]:
        """Return all versions of an article, newest first; raises ArticleNotFound."""
        return self._catalogue.versions(article_id)

    def version(self, article_id: str, number: int) -> Article:
        """Return one version of an article; raises ArticleNotFound."""
        for article in self.versions(article_id):
            if article.version == number:
                return article
        raise ArticleNotFound(
            f"There is no version {number} of {article_id!r}.",
            f"zeitfrage show {article_id} --versions lists them.",
        )

    def copies(self, article_id: str) -> Copies:
        """Return an article with its near-duplicates; raises ArticleNotFound."""
        self._catalogue.article(article_id)
        return self._catalogue.copies(article_id)

    def delete(self, article_id: str) -> None:
        """Remove an article with all that was derived from it; raises ArticleNotFound."""
        with self._writing:
            self._catalogue.delete(article_id)
            self._fetches.forget()
            self._settle()

    def status(self) -> CollectionStatus:
        """Say what the collection holds."""
        totals = self._catalogue.totals()
        return CollectionStatus(
            folder=self._folder,
            articles=totals.articles,
            chunks=totals.chunks,
            oldest=totals.oldest,
            newest=totals.newest,
            sources=totals.sources,
            embedding_model=self._settings.embedding_model,
            feeds=self._fetches.feeds(),
        )

    def check(self, repair: bool = False) -> CheckReport:
        """Say where catalogue, terms and vectors do not agree.

        Args:
            repair: derive anew from the articles what is wrong.

        Raises:
            CollectionDamaged: the articles themselves cannot be read, so nothing can be repaired.
        """
        with self._writing:
            found = checking.check(self._catalogue.path, self._vectors)
            if not (repair and found):
                return CheckReport(found, found)
            with self._catalogue.repairing() as db:
                chunks = checking.remove_what_is_wrong(found, db, self._vectors)
            self._catalogue.forget_articles_of(chunks)
            self._mend()
            return CheckReport(found, checking.check(self._catalogue.path, self._vectors))

    def close(self) -> None:
        """Let go of the folder; closing twice does nothing."""
        if self._lock.is_locked:
            self._vectors.close()
            self._fetches.close()
            self._timeline.close()
            self._catalogue.close()
            self._lock.release()

    def __enter__(self) -> Collection:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # --- writing ----------------------------------------------------------------------------

    def _ingest_batch(self, items: Sequence[ReadItem], pace: Pace) -> list[IngestResult]:
        """Store what is new of a batch; report it only when it is safe."""
        with self._writing:
            batch = Batch(self._catalogue.known)
            results = [batch.add(item) for item in items]
            if batch.withdrawn:
                self._catalogue.withdraw(batch.withdrawn)
            self._index(batch.new, pace)
            with pace.at(Stage.STORE):
                self._settle()
            pace.did(Stage.STORE, len(items))
        return results

    def _holds(self, article_id: str) -> bool:
        return self._catalogue.known(article_id, "").version > 0

    def _index(self, articles: Sequence[tuple[Article, str]], pace: Pace) -> None:
        """Cut and embed articles, then store all of it at once, so that searches hardly wait."""
        if not articles:
            return
        limit = self._settings.chunk_characters
        with pace.at(Stage.EMBED):
            chunks = [cut(article, limit) for article, _ in articles]
            embedded = iter(list(self._embed([c for group in chunks for c in group], pace)))
        with pace.at(Stage.STORE):
            self._catalogue.store(
                (article, digest, group, [next(embedded) for _ in group])
                for (article, digest), group in zip(articles, chunks, strict=True)
            )

    def _embed(self, chunks: Sequence[CutChunk], pace: Pace) -> Iterator[EmbeddedText]:
        at_once = _BATCHES_AT_ONCE * self._settings.embedding_batch_size
        for group in in_batches(chunks, at_once):
            pace.tell()
            yield from self._embedder.embed_texts(
                [item.chunk.text for item in group],
                [
                    [(a - item.chunk.start, b - item.chunk.start) for a, b in item.sentences]
                    for item in group
                ],
            )
            pace.did(Stage.EMBED, len(group))

    def _settle(self) -> None:
        """Bring the vector store up to what the catalogue says."""
        pending, stale = self._catalogue.unsettled()
        self._vectors.write(pending, self._catalogue.articles_of(list(pending)))
        self._vectors.delete(stale)
        self._catalogue.settle(pending, stale)

    def _mend(self) -> None:
        """Make whole what a crash, a lost vector folder or another model left undone."""
        with self._writing:
            self._settle()
            with self._catalogue.repairing() as db:
                mentions.bring_up_to_date(db)
            while self._catalogue.remember_copies(ARTICLES_AT_ONCE):
                pass
            if self._vectors.count() != self._catalogue.totals().chunks:
                have, want = self._vectors.keys(), set(self._catalogue.all_chunk_ids())
                self._vectors.delete(sorted(have - want))
                self._catalogue.forget_articles_of(sorted(want - have))
            while articles := self._catalogue.without_chunks(ARTICLES_AT_ONCE):
                self._index(articles, Pace(lambda: 1, None))
                self._settle()


def _mismatch(recorded: str, named: str) -> CollectionMismatch:
    return CollectionMismatch(
        f"This collection was embedded with {recorded!r}, the settings name {named!r}.",
        f"Embed it anew: zeitfrage rebuild; or set embedding_model to {recorded!r}.",
    )
