"""Whether a collection is sound, asked of the folder itself or of the server that holds it."""

from __future__ import annotations

from contextlib import closing

from pydantic import Field

from zeitfrage.assistant.api_models import Model
from zeitfrage.config import Settings
from zeitfrage.config.errors import CollectionInUse
from zeitfrage.index.checking import CheckReport
from zeitfrage.index.collection import Collection


class CheckRequest(Model):
    """What is to be done about what is wrong."""

    repair: bool = Field(False, description="Derive anew from the articles what is wrong.")


class CheckModel(Model):
    """Where catalogue, terms and vectors do not agree, one sentence each."""

    found: list[str] = Field(
        description="Before any repair.", examples=[["2 chunks have no vector: de-16, de-17"]]
    )
    left: list[str] = Field(description="After it; without a repair the same.")

    @classmethod
    def of(cls, report: CheckReport) -> CheckModel:
        """Return a report as JSON shows it."""
        return cls(found=[str(f) for f in report.found], left=[str(f) for f in report.left])


def check(settings: Settings, repair: bool) -> CheckModel:
    """Check a collection as it lies there, before anything is mended by opening it.

    Args:
        settings: name the data folder.
        repair: derive anew from the articles what is wrong.

    Raises:
        CollectionInUse: another process that is no server holds it.
        CollectionDamaged: the articles themselves cannot be read.
    """
    try:
        with Collection.open(settings.data_folder, settings, mend=False) as collection:
            return CheckModel.of(collection.check(repair))
    except CollectionInUse:
        from zeitfrage.assistant.remote import running_server

        server = running_server(settings)
        if server is None:
            raise
        with closing(server):
            return server.check(repair)
