"""The README's table of forms is the program's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from zeitfrage.index.loaders import SUFFIXES

ROOT = Path(__file__).resolve().parents[2]
TESTS = ("test_formats.py", "test_loaders.py", "test_dated_forms.py")
PACKED = (".gz", ".zst")
ELSEWHERE = {
    "sitemap": "def test_a_news_sitemap_gives_its_pages",
    "--urls": "def test_a_file_of_addresses_holds",
}
# The same form under another name.
ALIASES = {".htm", ".markdown", ".mht", ".ndjson", ".sqlite3", ".text", ".xhtml"}


def rows() -> list[str]:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.split("| form | read by |")[1].split("\n\n")[0]
    return table.splitlines()[2:]


def suffixes(text: str) -> set[str]:
    return set(re.findall(r"`(\.\w+)`", text))


def test_the_table_names_every_form_that_goes_in_and_no_other():
    there = {suffix for suffix in SUFFIXES if not suffix.endswith(PACKED)}
    named = suffixes("".join(row.split("|")[1] for row in rows()))
    assert named <= there
    assert there - named <= ALIASES | {".zip"}


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.split("|")[1].strip()[:30])
def test_every_row_has_a_test_that_reads_a_file_of_the_form(row):
    form = row.split("|")[1]
    web = (ROOT / "tests" / "index" / "test_web.py").read_text("utf-8")
    elsewhere = [test for word, test in ELSEWHERE.items() if word in form]
    assert suffixes(form) or elsewhere
    assert all(test in web for test in elsewhere)
    tested = "".join((ROOT / "tests" / "index" / name).read_text("utf-8") for name in TESTS)
    tested += (ROOT / "tests" / "dated_forms.py").read_text("utf-8")
    for suffix in suffixes(form) - ALIASES - {".db"}:
        assert f'{suffix}"' in tested, suffix
