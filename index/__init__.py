"""From a file to something searchable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zeitfrage.index.article import Article, Chunk, Filters, PartialDate, Passage
    from zeitfrage.index.collection import Collection
    from zeitfrage.index.ingest import WebAddress

__all__ = ["Article", "Chunk", "Collection", "Filters", "PartialDate", "Passage", "WebAddress"]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    """Load a class when it is first named, as in zeitfrage.assistant (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from zeitfrage.index import article, collection, ingest

    homes = {"Collection": collection, "WebAddress": ingest}
    return getattr(homes.get(name, article), name)
