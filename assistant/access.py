"""One way to a collection, whether this process may hold it or a running server does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from zeitfrage.assistant.answer import Answer
from zeitfrage.assistant.answer_models import AnswerModel, PassageModel, SearchResponse
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
from zeitfrage.assistant.assistant import Assistant
from zeitfrage.config import Settings
from zeitfrage.config.errors import CollectionInUse
from zeitfrage.index.ingest import IngestResult, Input, Progress
from zeitfrage.index.loaders import Columns


class Access(Protocol):
    """What can be asked of a collection, in the words of the API."""

    def ask(self, asked: AnswerRequest, show: Callable[[str], None]) -> AnswerModel:
        """Answer a question; `show` gets the answer's text in pieces as it is written."""
        ...

    def search(self, asked: SearchRequest) -> SearchResponse:
        """Return the passages that answer a question best, best first."""
        ...

    def articles(self, limit: int, offset: int, filters: FiltersModel) -> ArticleList:
        """Return articles, newest first, without their texts."""
        ...

    def article(self, article_id: str) -> ArticleModel:
        """Return a whole article."""
        ...

    def versions(self, article_id: str) -> VersionList:
        """Return all versions of an article, newest first, without their texts."""
        ...

    def version(self, article_id: str, number: int) -> ArticleModel:
        """Return one version of an article."""
        ...

    def delete(self, article_id: str) -> None:
        """Remove an article with all that was derived from it."""
        ...

    def status(self) -> StatusModel:
        """Say what the collection holds."""
        ...

    def ingest(
        self, inputs: Sequence[Input], progress: Callable[[Progress], None], columns: Columns
    ) -> Iterator[IngestResult]:
        """Store the articles of inputs; yield what became of each, once it is safe."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class LocalAccess:
    """The collection held by this process."""

    def __init__(self, assistant: Assistant, settings: Settings) -> None:
        """Take an open assistant.

        Args:
            assistant: is closed with it.
            settings: say how recency counts.
        """
        self._settings = settings
        self._assistant = assistant
        self._collection = assistant.collection

    def ask(self, asked: AnswerRequest, show: Callable[[str], None]) -> AnswerModel:
        """Answer a question; `show` gets the answer's text in pieces as it is written."""
        filters = asked.filters.filters()
        for piece in self._assistant.stream(asked.question, (), filters, asked.as_of, asked.timely):
            if isinstance(piece, Answer):
                return AnswerModel.of(piece)
            show(piece)
        raise TypeError("the last item of a stream is the Answer")

    def search(self, asked: SearchRequest) -> SearchResponse:
        """Return the passages that answer a question best, best first."""
        recency = self._settings.recency if asked.recency is None else asked.recency
        found = self._collection.search(
            asked.question, asked.limit, asked.filters.filters(), recency
        )
        return SearchResponse(passages=[PassageModel.of(passage) for passage in found])

    def articles(self, limit: int, offset: int, filters: FiltersModel) -> ArticleList:
        """Return articles, newest first, without their texts."""
        wanted = filters.filters()
        listed = self._collection.articles(limit, offset, wanted)
        return ArticleList(
            total=self._collection.count(wanted),
            articles=[ArticleSummary.of(article) for article in listed],
        )

    def article(self, article_id: str) -> ArticleModel:
        """Return a whole article; raises ArticleNotFound."""
        return ArticleModel.of(self._collection.article(article_id))

    def versions(self, article_id: str) -> VersionList:
        """Return all versions of an article, newest first; raises ArticleNotFound."""
        return VersionList.of(self._collection.versions(article_id))

    def version(self, article_id: str, number: int) -> ArticleModel:
        """Return one version of an article; raises ArticleNotFound."""
        return ArticleModel.of(self._collection.version(article_id, number))

    def delete(self, article_id: str) -> None:
        """Remove an article with all that was derived from it; raises ArticleNotFound."""
        self._collection.delete(article_id)

    def status(self) -> StatusModel:
        """Say what the collection holds."""
        return StatusModel.of(self._collection.status())

    def ingest(
        self, inputs: Sequence[Input], progress: Callable[[Progress], None], columns: Columns
    ) -> Iterator[IngestResult]:
        """Store the articles of inputs; yield what became of each, once it is safe."""
        return self._collection.ingest(inputs, progress, columns)

    def close(self) -> None:
        """Let go of the folder."""
        self._assistant.close()


def reach(settings: Settings, asks: bool) -> Access:
    """Open the collection, or hand over to the server that holds it.

    Args:
        settings: name the data folder.
        asks: whether questions will be asked, so that the LLM is needed.

    Raises:
        CollectionInUse: another process that is no server holds it.
        ZeitfrageError: it cannot be opened.
    """
    try:
        opened = settings if asks else settings.model_copy(update={"llm": None})
        return LocalAccess(Assistant.open(settings=opened), opened)
    except CollectionInUse:
        from zeitfrage.assistant.remote import running_server

        server = running_server(settings)
        if server is None:
            raise
        return server
