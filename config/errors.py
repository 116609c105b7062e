"""The one tree of errors that Zeitfrage raises on purpose."""


class ZeitfrageError(Exception):
    """Something that a user can understand and mend.

    Args:
        message: one sentence: what is wrong with which input.
        remedy: one sentence: what to do about it; may be empty.
    """

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message, remedy)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class SettingsError(ZeitfrageError):
    """A setting is unknown or has a value that is not allowed."""


class UnreadableInput(ZeitfrageError):
    """A file, or a record in it, holds no article that can be read."""


class ArticleNotFound(ZeitfrageError):
    """No article of the collection has this id."""


class CollectionMismatch(ZeitfrageError):
    """The collection was embedded with another model than the settings name."""


class CollectionInUse(ZeitfrageError):
    """Another process holds the collection."""


class CollectionDamaged(ZeitfrageError):
    """The data folder holds something that is not a readable collection."""


class ModelUnavailable(ZeitfrageError):
    """An embedding model or an LLM cannot be loaded or reached."""


class FetchFailed(ZeitfrageError):
    """A web address cannot be fetched, and trying again would not help."""


class FetchFailedForNow(FetchFailed):
    """A web address cannot be fetched at the moment."""
