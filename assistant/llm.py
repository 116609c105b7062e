"""The chat model that the settings name, opened through LangChain, and what may fail in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from langchain_core.runnables import Runnable, RunnableGenerator

from zeitfrage.assistant.leaving import reader_has_left
from zeitfrage.config import Settings
from zeitfrage.config.errors import ModelUnavailable, SettingsError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel, LanguageModelInput
    from langchain_core.messages import BaseMessageChunk

# Ollama's own default would silently cut off the first passages.
_OLLAMA_CONTEXT_TOKENS = 8192
# Servers on one's own machine want no key, but the client insists on sending one.
_NO_KEY = "none"
_RETRIES = 1


@dataclass(frozen=True, slots=True)
class _Provider:
    """A provider whose package is an extra of Zeitfrage."""

    package: str
    extra: str
    key_variable: str | None


_PROVIDERS = {
    "ollama": _Provider("langchain-ollama", "ollama", None),
    "openai": _Provider("langchain-openai", "openai", "OPENAI_API_KEY"),
    "anthropic": _Provider("langchain-anthropic", "anthropic", "ANTHROPIC_API_KEY"),
    "mistralai": _Provider("langchain-mistralai", "mistral", "MISTRAL_API_KEY"),
}
_KNOWN = "Known are " + ", ".join(
    f"{name} (pip install 'zeitfrage[{provider.extra}]')" for name, provider in _PROVIDERS.items()
)


def open_chat_model(settings: Settings) -> BaseChatModel:
    """Return the chat model of `settings.llm`; no server is asked yet.

    Args:
        settings: those that begin with `llm`; `llm` itself must be set.

    Raises:
        SettingsError: no model is set.
        ModelUnavailable: its package is not installed, its key is missing, or nobody knows its
            provider.
    """
    if settings.llm is None:
        raise SettingsError("No LLM is set.", "Set ZEITFRAGE_LLM, such as ollama:qwen3:8b.")
    from langchain.chat_models import init_chat_model

    name, _, model = settings.llm.partition(":")
    _require_key(name, settings)
    try:
        return init_chat_model(model, model_provider=name, **_options(name, settings))  # type: ignore[call-overload, no-any-return]
    except ImportError as error:
        raise _not_installed(name, settings.llm, error) from error
    except ValueError as error:
        if "nsupported provider" in str(error):
            raise ModelUnavailable(
                f"The LLM {settings.llm!r} names the provider {name!r}, which nobody knows.",
                f"{_KNOWN}.",
            ) from error
        raise _cannot_be_set_up(settings.llm, error) from error


def reachable(model: BaseChatModel, name: str) -> Runnable[LanguageModelInput, BaseMessageChunk]:
    """Return a model whose every failure is a ModelUnavailable: unreachable, refused, broken off.

    Args:
        model: as `open_chat_model` returns it.
        name: as the settings name it.
    """
    return RunnableGenerator(partial(_stream, model, name))


def _stream(
    model: BaseChatModel, name: str, prompts: Iterator[LanguageModelInput]
) -> Iterator[BaseMessageChunk]:
    for prompt in prompts:
        try:
            for piece in model.stream(prompt):
                if reader_has_left():
                    return
                yield piece
        # Each provider's client has its own errors, and some let those of httpx and json through.
        except Exception as error:
            raise _unavailable(name, error) from error


def _require_key(name: str, settings: Settings) -> None:
    provider = _PROVIDERS.get(name)
    if provider is None or provider.key_variable is None or settings.llm_api_key:
        return
    own_server = name == "openai" and settings.llm_base_url
    if not own_server and not os.environ.get(provider.key_variable):
        raise ModelUnavailable(
            f"The LLM {settings.llm!r} needs a key.",
            f"Set {provider.key_variable} or ZEITFRAGE_LLM_API_KEY.",
        )


def _options(name: str, settings: Settings) -> dict[str, object]:
    """Return the settings in the words of the provider's LangChain class."""
    key = settings.llm_api_key.get_secret_value() if settings.llm_api_key else None
    options: dict[str, object] = {}
    if settings.llm_base_url:
        options["base_url"] = settings.llm_base_url
    if name == "ollama":
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return options | {
            "temperature": 0,
            "num_predict": settings.llm_max_tokens,
            "num_ctx": _OLLAMA_CONTEXT_TOKENS,
            "reasoning": False,
            "client_kwargs": {"timeout": settings.llm_timeout_seconds, "headers": headers},
        }
    if name == "openai" and settings.llm_base_url:
        key = key or os.environ.get("OPENAI_API_KEY") or _NO_KEY
    if key:
        options["api_key"] = key
    # The newer models of OpenAI and Anthropic refuse any temperature but their own.
    if name == "mistralai" or "base_url" in options:
        options["temperature"] = 0
    return options | {
        "max_tokens": settings.llm_max_tokens,
        "max_retries": _RETRIES,
        "timeout": _timeout(name, settings.llm_timeout_seconds),
    }


def _timeout(name: str, seconds: float) -> float:
    return max(1, round(seconds)) if name == "mistralai" else seconds


def _not_installed(name: str, llm: str, error: ImportError) -> ModelUnavailable:
    provider = _PROVIDERS.get(name)
    if provider:
        package, install = provider.package, f"'zeitfrage[{provider.extra}]'"
    else:
        missing = getattr(error.__cause__, "name", None) or f"langchain-{name}"
        package = install = missing.partition(".")[0].replace("_", "-")
    return ModelUnavailable(
        f"The LLM {llm!r} needs the package {package}.", f"Install it: pip install {install}"
    )


def _cannot_be_set_up(llm: str, error: Exception) -> ModelUnavailable:
    return ModelUnavailable(f"The LLM {llm!r} cannot be set up: {_first_line(error)}")


# --- errors while it answers ------------------------------------------------------------------


def _unavailable(name: str, error: Exception) -> ModelUnavailable:
    chain = list(_causes(error))
    status = next((found for cause in chain if (found := _status(cause))), None)
    if status:
        return _refused(name, status, error)
    # The clients differ in their classes, but each name says timeout, connect or protocol.
    kinds = " ".join(kind.__name__ for cause in chain for kind in type(cause).__mro__)
    if "Timeout" in kinds:
        return ModelUnavailable(
            f"The LLM {name!r} did not answer in time.",
            "Raise ZEITFRAGE_LLM_TIMEOUT_SECONDS, or take a smaller model.",
        )
    if any(kind in kinds for kind in ("ProtocolError", "ReadError", "JSONDecodeError")):
        return ModelUnavailable(f"The LLM {name!r} broke off in its answer.", "Ask again.")
    if "Connect" in kinds:
        return ModelUnavailable(
            f"The server of the LLM {name!r} cannot be reached.",
            "Start it, or correct ZEITFRAGE_LLM_BASE_URL.",
        )
    return ModelUnavailable(f"The LLM {name!r} failed: {_first_line(error)}", "Ask again.")


def _refused(name: str, status: int, error: Exception) -> ModelUnavailable:
    """Say what an HTTP status of 400 or more means to somebody who asked a question."""
    said = f"(HTTP {status})"
    if status in (401, 403):
        return ModelUnavailable(
            f"The LLM {name!r} does not accept the key {said}.", "Correct ZEITFRAGE_LLM_API_KEY."
        )
    if status == 404:
        return ModelUnavailable(
            f"The server knows no LLM {name!r} at this address {said}.",
            "Correct ZEITFRAGE_LLM or ZEITFRAGE_LLM_BASE_URL, which usually ends in /v1 "
            "for an OpenAI-compatible server; with Ollama: ollama pull.",
        )
    if status == 429:
        return ModelUnavailable(
            f"The LLM {name!r} takes no more requests for now {said}.",
            "Wait a little, or look at the limits of your key.",
        )
    if status >= 500:
        return ModelUnavailable(
            f"The server of the LLM {name!r} failed {said}.", "Ask again, or look into its log."
        )
    return ModelUnavailable(
        f"The LLM {name!r} refused the request {said}: {_first_line(error)}",
        "If it was too long for the model, lower ZEITFRAGE_PASSAGES.",
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _status(error: BaseException) -> int | None:
    status = getattr(error, "status_code", None)
    if status is None:
        status = getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) and status >= 400 else None


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]
