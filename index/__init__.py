"""From a file to something searchable."""

from zeitfrage.index.article import Article, Chunk, Filters, PartialDate, Passage
from zeitfrage.index.collection import Collection

__all__ = ["Article", "Chunk", "Collection", "Filters", "PartialDate", "Passage"]
