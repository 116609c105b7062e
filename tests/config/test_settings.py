"""Settings: three layers, and errors that name the setting, its origin and what is allowed."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from zeitfrage.config import Settings, load_settings
from zeitfrage.config.errors import SettingsError
from zeitfrage.config.settings import DEFAULTS_FILE

COMMENTED_OUT = {
    "data_folder",
    "chroma_url",
    "fetch_contact",
    "llm",
    "llm_base_url",
    "llm_api_key",
    "requests_per_minute",
}


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ZEITFRAGE_{name.upper()}", raising=False)


def write_settings(text: str, encoding: str = "utf-8") -> Path:
    path = Path("zeitfrage.toml")
    path.write_text(text, encoding=encoding)
    return path.resolve()


def refusal(**overrides: object) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        load_settings(**overrides)
    return caught.value


# --- Layers -----------------------------------------------------------------


def test_without_any_source_the_defaults_hold():
    settings = load_settings()
    assert settings.port == 7860
    assert settings.host == "127.0.0.1"
    assert settings.embedding_model == "intfloat/multilingual-e5-small"
    assert settings.llm is None


def test_the_file_wins_over_the_defaults():
    write_settings("port = 7001")
    assert load_settings().port == 7001


def test_the_environment_wins_over_the_file(monkeypatch):
    write_settings("port = 7001")
    monkeypatch.setenv("ZEITFRAGE_PORT", "7002")
    assert load_settings().port == 7002


def test_the_command_line_wins_over_the_environment(monkeypatch):
    write_settings("port = 7001")
    monkeypatch.setenv("ZEITFRAGE_PORT", "7002")
    assert load_settings(port=7003).port == 7003


def test_each_layer_only_replaces_what_it_names(monkeypatch):
    write_settings("port = 7001\npassages = 4\nrecency = 0.5")
    monkeypatch.setenv("ZEITFRAGE_PASSAGES", "5")
    settings = load_settings(recency=0.25)
    assert (settings.port, settings.passages, settings.recency) == (7001, 5, 0.25)


def test_an_option_that_was_not_given_overrides_nothing():
    write_settings("port = 7001")
    assert load_settings(port=None).port == 7001


def test_an_empty_variable_counts_as_unset(monkeypatch):
    monkeypatch.setenv("ZEITFRAGE_LLM", "")
    assert load_settings().llm is None


def test_a_tilde_in_the_data_folder_is_the_home_folder(monkeypatch):
    monkeypatch.setenv("ZEITFRAGE_DATA_FOLDER", "~/news")
    assert load_settings().data_folder == Path.home() / "news"


def test_a_relative_data_folder_counts_from_where_the_process_starts(tmp_path):
    assert load_settings(data_folder="news").data_folder == tmp_path / "news"


def test_settings_cannot_be_changed_after_reading():
    settings = load_settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1


def test_the_key_is_not_shown_when_settings_are_printed(monkeypatch):
    monkeypatch.setenv("ZEITFRAGE_LLM_API_KEY", "sk-geheim")
    settings = load_settings()
    assert "sk-geheim" not in repr(settings)
    assert settings.llm_api_key is not None
    assert settings.llm_api_key.get_secret_value() == "sk-geheim"


# --- Unknown settings -------------------------------------------------------


def test_an_unknown_key_of_the_file_names_itself_the_file_and_the_nearest_setting():
    path = write_settings("pasages = 4")
    error = refusal()
    assert error.message == f"There is no setting 'pasages' (from {path})."
    assert error.remedy == "Did you mean passages?"


def test_an_unknown_variable_names_itself_and_the_nearest_setting(monkeypatch):
    monkeypatch.setenv("ZEITFRAGE_LLM_BASEURL", "http://127.0.0.1:1")
    error = refusal()
    assert error.message == (
        "There is no setting 'llm_baseurl' (from environment variable ZEITFRAGE_LLM_BASEURL)."
    )
    assert error.remedy == "Did you mean llm_base_url?"


def test_an_unknown_setting_without_a_near_one_points_to_the_list(monkeypatch):
    monkeypatch.setenv("ZEITFRAGE_XYZZY", "1")
    assert refusal().remedy == f"All settings are listed in {DEFAULTS_FILE}."


def test_a_table_in_the_file_is_an_unknown_setting():
    write_settings("[server]\nport = 7001")
    assert "There is no setting 'server'" in refusal().message


# --- Wrong values -----------------------------------------------------------


def test_a_wrong_value_in_the_file_names_itself_the_file_and_what_is_allowed():
    path = write_settings("port = 70000")
    error = refusal()
    assert error.message == (
        f"port = 70000 (from {path}) is not allowed. Input should be less than or equal to 65535."
    )
    assert str(DEFAULTS_FILE) in error.remedy


def test_a_wrong_value_in_the_environment_names_the_variable(monkeypatch):
    monkeypatch.setenv("ZEITFRAGE_RECENCY", "often")
    message = refusal().message
    assert "recency = 'often' (from environment variable ZEITFRAGE_RECENCY)" in message
    assert "valid number" in message


def test_a_wrong_value_on_the_command_line_names_the_command_line():
    assert "port = 0 (from the command line)" in refusal(port=0).message


def test_a_wrong_file_value_is_not_blamed_on_an_empty_variable(monkeypatch):
    path = write_settings("port = 0")
    monkeypatch.setenv("ZEITFRAGE_PORT", "")
    assert str(path) in refusal().message


def test_a_wrong_choice_lists_the_choices():
    message = refusal(interface_language="fr").message
    assert "'auto', 'de' or 'en'" in message


def test_a_model_without_provider_is_told_the_form_with_an_example(monkeypatch):
    monkeypatch.setenv("ZEITFRAGE_LLM", "qwen3")
    message = refusal().message
    assert "llm = 'qwen3'" in message
    assert "It must be provider:model, such as ollama:qwen3:8b." in message


@pytest.mark.parametrize("value", ["nan", "inf", "-0.1", "1.1"])
def test_recency_outside_of_zero_to_one_is_refused(monkeypatch, value):
    monkeypatch.setenv("ZEITFRAGE_RECENCY", value)
    assert "recency" in refusal().message


def test_a_wrong_key_is_not_shown_in_the_error():
    write_settings("llm_api_key = 4711")
    message = refusal().message
    assert "llm_api_key" in message
    assert "4711" not in message


def test_the_home_of_nobody_is_refused():
    assert "there is no such user's home" in refusal(data_folder="~nobody-at-all/x").message


# --- Broken files -----------------------------------------------------------


def test_a_broken_file_names_itself_and_the_line():
    path = write_settings('host = "127.0.0.1"\nport = = 7001\n')
    message = refusal().message
    assert message.startswith(f"{path} is not valid TOML")
    assert "line 2" in message


def test_a_file_in_another_encoding_is_not_valid_toml():
    path = write_settings('data_folder = "Müller"', encoding="latin-1")
    assert refusal().message.startswith(f"{path} is not valid TOML")


# --- The commented defaults -------------------------------------------------


def without_comment_marks() -> str:
    """The defaults with the settings that are commented out put in force."""
    return "\n".join(
        line.removeprefix("# ")
        if any(line.startswith(f"# {n} = ") for n in COMMENTED_OUT)
        else line
        for line in DEFAULTS_FILE.read_text(encoding="utf-8").splitlines()
    )


def test_the_default_file_has_every_setting_with_its_default():
    written = tomllib.loads(DEFAULTS_FILE.read_text(encoding="utf-8"))
    assert written.keys() == Settings.model_fields.keys() - COMMENTED_OUT
    for name, value in written.items():
        assert value == Settings.model_fields[name].default, name


def test_the_default_file_names_the_unset_settings_with_an_example_that_is_allowed():
    text = without_comment_marks()
    assert tomllib.loads(text).keys() == Settings.model_fields.keys()
    write_settings(text)
    settings = load_settings()
    assert settings.llm == "ollama:qwen3:8b"
    assert settings.chroma_url == "http://127.0.0.1:8000"


def test_every_setting_of_the_default_file_has_a_comment_above_it():
    paragraphs = without_comment_marks().split("\n\n")
    for name in Settings.model_fields:
        (paragraph,) = (p for p in paragraphs if f"\n{name} = " in p)
        assert paragraph.startswith("# "), name


def test_the_bounds_in_the_comments_are_the_bounds_that_hold():
    bounds = {
        "embedding_batch_size": (1, 1024),
        "chunk_characters": (200, 4000),
        "max_file_megabytes": (1, 2000),
        "passages": (1, 50),
        "recency": (0, 1),
        "llm_max_tokens": (50, 20000),
        "port": (1, 65535),
    }
    paragraphs = DEFAULTS_FILE.read_text(encoding="utf-8").split("\n\n")
    for name, (low, high) in bounds.items():
        (paragraph,) = (p for p in paragraphs if f"\n{name} = " in p)
        assert str(low) in paragraph
        assert str(high) in paragraph
        assert getattr(load_settings(**{name: low}), name) == low
        assert getattr(load_settings(**{name: high}), name) == high
        assert name in refusal(**{name: low - 1}).message
        assert name in refusal(**{name: high + 1}).message
