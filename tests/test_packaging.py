"""The wheel holds all that Zeitfrage needs, and nothing that is not its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = ("assistant", "config", "index")


def run(*command: str | Path, **environment: str) -> str:
    ran = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        env=os.environ | environment,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """A wheel built from a copy of the tree, so that no build folder is left in it."""
    tree = tmp_path_factory.mktemp("tree")
    for part in PARTS:
        shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree / name)
    built = tree / "dist"
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check")
    run(*pip, "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", built, tree)
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """A bare folder with nothing in it but what the wheel holds."""
    target = tmp_path_factory.mktemp("target")
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(*pip, "--no-deps", "--no-index", "--target", target, wheel)
    return target


def files_of(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_every_file_of_the_three_folders_is_in_the_wheel(wheel):
    tree = {
        f"zeitfrage/{path.relative_to(ROOT).as_posix()}"
        for part in PARTS
        for path in (ROOT / part).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert tree == {name for name in files_of(wheel) if name.startswith("zeitfrage/")}


def test_the_wheel_installs_no_name_but_zeitfrage(wheel):
    assert {name.split("/")[0] for name in files_of(wheel)} == {
        "zeitfrage",
        "zeitfrage-0.1.0.dist-info",
    }


def test_samples_texts_prompts_and_defaults_are_installed(installed):
    package = installed / "zeitfrage"
    assert len([path for path in (package / "index/samples").iterdir() if path.is_file()]) >= 40
    assert (package / "config/default.toml").is_file()
    assert {path.name for path in (package / "config/texts").glob("*.toml")} == {
        "de.toml",
        "en.toml",
    }
    assert list((package / "config/prompts").glob("*.txt"))


def test_the_installed_command_answers_help(installed):
    # -P keeps the checkout out of the path, PYTHONPATH puts the bare folder before all else.
    code = "import zeitfrage.config as c; print(c.__file__)"
    assert run(sys.executable, "-P", "-c", code, PYTHONPATH=str(installed)).startswith(
        str(installed)
    )
    printed = run(installed / "bin" / "zeitfrage", "--help", PYTHONPATH=str(installed))
    assert "Ask your news articles" in printed
    assert "ingest" in printed


def test_the_version_of_the_wheel_is_the_one_that_is_printed(installed):
    printed = run(installed / "bin" / "zeitfrage", "--version", PYTHONPATH=str(installed))
    assert printed == "zeitfrage 0.1.0\n"
