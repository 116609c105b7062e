"""Runs the command line, in this process where the output matters, else as users do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from zeitfrage.assistant.cli import main

COMMAND = Path(sys.executable).with_name("zeitfrage")


class Ran(NamedTuple):
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


class CommandLine:
    """The command line on one data folder."""

    def __init__(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self._capsys = capsys
        self.folder = folder

    def __call__(self, *arguments: object) -> Ran:
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["--data", str(self.folder), *map(str, arguments)])
        code = ended.value.code
        return Ran(code if isinstance(code, int) else 0, *self._capsys.readouterr())


def run_command(*arguments: object, **options: object) -> Ran:
    """Run the installed command in a process of its own."""
    ran = subprocess.run(
        [COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, **options
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def short_articles(count: int) -> str:
    """Invented articles of one chunk each, as JSON lines."""
    return "".join(
        f'{{"id": "teich-{n}", "title": "Teich {n} geräumt", "date": "2024-05-{n % 28 + 1:02}", '
        f'"text": "Der Teich Nummer {n} in Oberfelden wurde geräumt. {n + 2} Helfer kamen."}}\n'
        for n in range(count)
    )
