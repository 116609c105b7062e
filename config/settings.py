"""Every setting of Zeitfrage, read once where a process starts and handed on from there."""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from zeitfrage.config.errors import SettingsError

BUNDLED_MODEL = "intfloat/multilingual-e5-small"
SETTINGS_FILE = Path("zeitfrage.toml")
DEFAULTS_FILE = Path(__file__).with_name("default.toml")
PREFIX = "ZEITFRAGE_"


def _absolute(path: Path) -> Path:
    try:
        return path.expanduser().absolute()
    except RuntimeError as error:
        raise ValueError("there is no such user's home") from error


Folder = Annotated[Path, AfterValidator(_absolute)]


class Settings(BaseSettings):
    """The settings; `config/default.toml` explains each one.

    Later sources win: defaults, then the file `zeitfrage.toml` in the working folder,
    then `ZEITFRAGE_…` in the environment, then what the caller passes. Use
    `load_settings` to read them with errors that users can act on.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        toml_file=SETTINGS_FILE,
    )

    data_folder: Folder = Path(platformdirs.user_data_dir("zeitfrage", appauthor=False))
    embedding_model: str = Field(BUNDLED_MODEL, min_length=1)
    embedding_batch_size: int = Field(8, ge=1, le=1024)
    chroma_url: str | None = Field(
        None,
        pattern=r"^https?://[^/\s]+$",
        description="an address such as http://127.0.0.1:8000",
    )
    chunk_characters: int = Field(900, ge=200, le=4000)
    max_file_megabytes: int = Field(100, ge=1, le=2000)
    fetch_contact: str | None = Field(
        None,
        pattern=r"^[ -~]+$",
        description="an e-mail or web address in plain ASCII, such as archive@paper.example",
    )
    fetch_requests_per_second: float = Field(1.0, gt=0, le=1000)
    fetch_timeout_seconds: float = Field(60.0, gt=0, le=3600)
    allow_private_addresses: bool = False
    passages: int = Field(8, ge=1, le=50)
    recency: float = Field(0.0, ge=0.0, le=1.0)
    llm: str | None = Field(
        None,
        pattern=r"^[a-z0-9_-]+:\S+$",
        description="provider:model, such as ollama:qwen3:8b",
    )
    llm_base_url: str | None = Field(
        None,
        pattern=r"^https?://\S+$",
        description="an address such as http://127.0.0.1:11434",
    )
    llm_api_key: SecretStr | None = None
    llm_timeout_seconds: float = Field(120.0, gt=0, le=3600)
    llm_max_tokens: int = Field(700, ge=50, le=20000)
    host: str = Field("127.0.0.1", min_length=1)
    port: int = Field(7860, ge=1, le=65535)
    requests_per_minute: int | None = Field(None, ge=1, le=1_000_000)
    interface_language: Literal["auto", "de", "en"] = "auto"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources as the class says; the first one wins."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(**overrides: object) -> Settings:
    """Read the settings from file and environment.

    Args:
        overrides: settings that win over both, such as command line options; None is no override.

    Raises:
        SettingsError: a setting is unknown, or its value is not allowed; the message names the
            setting, where it came from and what is allowed.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    _refuse_unknown_variables()
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{SETTINGS_FILE.resolve()} is not valid TOML: {error}.") from error
    except OSError as error:
        raise SettingsError(
            f"{SETTINGS_FILE.resolve()} cannot be read: {error.strerror}."
        ) from error
    except ValidationError as error:
        raise _refusal(error.errors()[0], given) from error


def _refuse_unknown_variables() -> None:
    for variable in os.environ:
        name = variable.removeprefix(PREFIX).lower()
        if variable.startswith(PREFIX) and name not in Settings.model_fields:
            raise _unknown(name, f"environment variable {variable}")


def _refusal(problem: ErrorDetails, given: dict[str, object]) -> SettingsError:
    name = str(problem["loc"][0])
    origin = _origin(name, given)
    if problem["type"] == "extra_forbidden":
        return _unknown(name, origin)
    field = Settings.model_fields[name]
    value = "…" if "Secret" in str(field.annotation) else repr(problem["input"])
    allowed = f"It must be {field.description}" if field.description else problem["msg"]
    return SettingsError(
        f"{name} = {value} (from {origin}) is not allowed. {allowed}.",
        f"Every setting is explained in {DEFAULTS_FILE}.",
    )


def _unknown(name: str, origin: str) -> SettingsError:
    near = difflib.get_close_matches(name, Settings.model_fields, n=1)
    remedy = f"Did you mean {near[0]}?" if near else f"All settings are listed in {DEFAULTS_FILE}."
    return SettingsError(f"There is no setting {name!r} (from {origin}).", remedy)


def _origin(name: str, given: dict[str, object]) -> str:
    if name in given:
        return "the command line"
    # An empty variable counts as unset, so the value must have come from the file.
    if os.environ.get((PREFIX + name).upper()):
        return f"environment variable {(PREFIX + name).upper()}"
    return str(SETTINGS_FILE.resolve())
