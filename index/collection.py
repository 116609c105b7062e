"""The front door to everything that is stored and searched."""

from __future__ import annotations

import hashlib
import math
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType, TracebackType

from filelock import FileLock, Timeout

from zeitfrage.config import Settings
from zeitfrage.config.errors import CollectionDamaged, CollectionInUse, CollectionMismatch
from zeitfrage.index import checking, retrieval
from zeitfrage.index.article import Article, Filters, PartialDate, Passage
from zeitfrage.index.catalogue import Catalogue
from zeitfrage.index.checking import CheckReport
from zeitfrage.index.chunking import CutChunk, cut
from zeitfrage.index.embedding import EmbeddedText, Vectors, open_embedder
from zeitfrage.index.files import InputFiles, ReadItem
from zeitfrage.index.ingest import IngestResult, Outcome, Progress, Stage, Upload, in_batches
from zeitfrage.index.loaders import Columns, Rejection, Withdrawal
from zeitfrage.index.pace import Pace
from zeitfrage.index.schema import CATALOGUE_FILE
from zeitfrage.index.vectors import VectorStore
from zeitfrage.index.words import WordVectors

# So many articles are made safe at once: few enough that little is lost to Ctrl-C, enough that
# chunks of like length share a batch.
_ARTICLES_AT_ONCE = 64
_CHARACTERS_AT_ONCE = 1_000_000
# Of so many, those of like length are embedded together.
_BATCHES_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class _Batch:
    """What is to be done with some articles at once.

    Args:
        new: the new and changed ones with their content hashes, by id.
        hashes: their ids by content hash.
        withdrawn: the ids of those that their source took back.
    """

    new: dict[str, tuple[Article, str]] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    withdrawn: set[str] = field(default_factory=set)


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
        model = self._catalogue.setting("embedding_model", settings.embedding_model)
        if model != settings.embedding_model:
            if not rebuild:
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
        inputs: Sequence[Path | Upload],
        progress: Callable[[Progress], None] | None = None,
        columns: Columns = MappingProxyType({}),
    ) -> Iterator[IngestResult]:
        """Read files and folders (recursively) and store their articles.

        Args:
            inputs: files, folders and uploads.
            progress: is told at each stage of a batch how far the ingest has got.
            columns: of tables and JSON, which column holds which field, `{field: column}`, where
                the usual names do not tell.

        Yields:
            One result for each article or unreadable file, after it is safely stored. Closing
            the iterator stops the ingest cleanly.
        """
        files = InputFiles(inputs, self._settings.max_file_megabytes, columns)
        pace = Pace(files.bytes_total, progress)
        with closing(files.read()) as read:
            for items in _batches(pace.reading(read)):
                results = self._ingest_batch(items, pace)
                pace.finished(len(items), items[-1].bytes_read)
                yield from results

    def search(
        self, question: str, limit: int = 8, filters: Filters = Filters(), recency: float = 0.0
    ) -> list[Passage]:
        """Return the passages that answer a question best, best first.

        Args:
            question: in any language that the embedding model knows.
            limit: at most this many.
            filters: which articles may answer.
            recency: how much newer articles are preferred, in [0, 1].
        """
        return retrieval.search(
            question, limit, filters, recency, self._catalogue, self._vectors, self._embedder
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

    def delete(self, article_id: str) -> None:
        """Remove an article with all that was derived from it; raises ArticleNotFound."""
        with self._writing:
            self._catalogue.delete(article_id)
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
            batch = _Batch()
            results = [self._classify(item, batch) for item in items]
            if batch.withdrawn:
                self._catalogue.withdraw(batch.withdrawn)
            self._index(list(batch.new.values()), pace)
            with pace.at(Stage.STORE):
                self._settle()
            pace.did(Stage.STORE, len(items))
        return results

    def _classify(self, item: ReadItem, batch: _Batch) -> IngestResult:
        """Say what becomes of an item, and put it into its batch where there is something to do."""
        content = item.content
        if isinstance(content, Rejection):
            return IngestResult(content.origin, Outcome.REJECTED, reason=content.reason)
        if isinstance(content, Withdrawal):
            batch.new.pop(content.article_id, None)
            batch.withdrawn.add(content.article_id)
            return IngestResult(content.origin, Outcome.WITHDRAWN, content.article_id)
        digest = _content_hash(content)
        known = self._catalogue.known(content.id, digest)
        if known.withdrawn or content.id in batch.withdrawn:
            reason = "Its source has taken it back."
            return IngestResult(item.origin, Outcome.WITHDRAWN, content.id, reason)
        twin = batch.hashes.get(digest, known.same)
        seen = known.version > 0 or content.id in batch.new
        if twin is not None and (twin == content.id or not seen):
            return IngestResult(item.origin, Outcome.UNCHANGED, twin)
        if (known.revision or 0) > (content.revision or math.inf):
            reason = f"Revision {known.revision} of it is here already."
            return IngestResult(item.origin, Outcome.UNCHANGED, content.id, reason)
        batch.new[content.id] = replace(content, version=known.version + 1), digest
        batch.hashes[digest] = content.id
        return IngestResult(item.origin, Outcome.UPDATED if seen else Outcome.ADDED, content.id)

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
            if self._vectors.count() != self._catalogue.totals().chunks:
                have, want = self._vectors.keys(), set(self._catalogue.all_chunk_ids())
                self._vectors.delete(sorted(have - want))
                self._catalogue.forget_articles_of(sorted(want - have))
            while articles := self._catalogue.without_chunks(_ARTICLES_AT_ONCE):
                self._index(articles, Pace(1, None))
                self._settle()


def _mismatch(recorded: str, named: str) -> CollectionMismatch:
    return CollectionMismatch(
        f"This collection was embedded with {recorded!r}, the settings name {named!r}.",
        f"Embed it anew: zeitfrage rebuild; or set embedding_model to {recorded!r}.",
    )


def _content_hash(article: Article) -> str:
    """Hash what a reader sees of an article, so that a changed date or title is a change too."""
    visible = replace(article, id="", version=0, url=None, revision=None)
    return hashlib.sha256(repr(visible).encode("utf-8", "surrogatepass")).hexdigest()


def _batches(items: Iterator[ReadItem]) -> Iterator[list[ReadItem]]:
    """Yield items in groups that are worth embedding at once and small enough for the memory."""
    batch: list[ReadItem] = []
    characters = 0
    for item in items:
        batch.append(item)
        characters += len(item.content.text) if isinstance(item.content, Article) else 0
        if len(batch) == _ARTICLES_AT_ONCE or characters >= _CHARACTERS_AT_ONCE:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch
