"""Imports go one way, the web stays where it is served, and the command line starts light."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = ("config", "index", "assistant")
WEB = {"fastapi", "gradio", "starlette", "uvicorn"}
SERVING = {
    "api",
    "openai_api",
    "problems",
    "origin",
    "server",
    "sidebar",
    "article_page",
    "chat",
    "ingest_api",
    "jobs_api",
    "mcp_api",
    "key_guard",
    "login_page",
    "request_limits",
    "etags",
}
# These cost seconds to import and have no part in asking one question.
HEAVY = (
    "torch",
    "transformers",
    "sentence_transformers",
    "gradio",
    "trafilatura",
    "sklearn",
    "datasketch",
)


def modules(part: str) -> list[Path]:
    return sorted((ROOT / part).rglob("*.py"))


def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


@cache
def imported(path: Path) -> set[str]:
    """Every dotted name that a module imports, inside functions as well."""
    names = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def parts_imported(path: Path) -> set[str]:
    dotted = (name.split(".") for name in imported(path))
    return {name[1] for name in dotted if name[0] == "zeitfrage" and len(name) > 1}


@pytest.mark.parametrize(
    ("part", "allowed"),
    [
        ("config", {"config"}),
        ("index", {"config", "index"}),
        ("assistant", {"config", "index", "assistant"}),
    ],
)
def test_imports_go_from_assistant_to_index_to_config_and_never_back(part, allowed):
    assert modules(part)
    for path in modules(part):
        assert parts_imported(path) <= allowed, path


def test_the_rule_sees_the_imports_that_are_there():
    seen = set().union(*(parts_imported(path) for path in modules("assistant")))
    assert seen == {"config", "index", "assistant"}


def test_only_what_serves_imports_a_web_framework():
    for path in (path for part in PARTS for path in modules(part)):
        frameworks = {name.split(".")[0] for name in imported(path)} & WEB
        assert not frameworks or path.stem in SERVING, (path, frameworks)


def test_every_import_is_absolute():
    for path in (path for part in PARTS for path in modules(part)):
        relative = [n for n in nodes(path) if isinstance(n, ast.ImportFrom) and n.level]
        assert not relative, path


def test_no_file_is_longer_than_400_lines():
    for path in (path for part in PARTS for path in modules(part)):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path


def test_no_function_has_more_than_38_lines_of_body():
    for path in (path for part in PARTS for path in modules(part)):
        for node in nodes(path):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert body_lines(node) <= 38, (path, node.name)


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body
    if ast.get_docstring(function) is not None:
        body = body[1:]
    return 1 + (body[-1].end_lineno or 0) - body[0].lineno if body else 0


def loaded_by(*arguments: str, folder: Path) -> set[str]:
    """The top-level modules that a command has imported when it ends."""
    code = (
        "import sys\n"
        "from zeitfrage.assistant.cli import main\n"
        f"sys.argv = ['zeitfrage', *{list(arguments)!r}]\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        "print('LOADED', *sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return set(ran.stdout.splitlines()[-1].removeprefix("LOADED ").split())


def test_help_loads_neither_models_nor_index_nor_web(tmp_path):
    loaded = loaded_by("--help", folder=tmp_path)
    assert "zeitfrage" in loaded
    assert not loaded & {*HEAVY, *WEB, "chromadb", "langchain", "numpy"}


def test_ask_answers_without_loading_torch(sample_folder):
    ask = ("--data", str(sample_folder), "ask", "Was kostet die Brücke?")
    loaded = loaded_by(*ask, folder=sample_folder)
    assert "chromadb" in loaded
    assert not loaded & {*HEAVY, *WEB}
