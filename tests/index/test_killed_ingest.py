"""SIGKILL at any moment of an ingest loses nothing that was reported, and leaves all consistent."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from command_line import short_articles

from zeitfrage.config import Settings
from zeitfrage.index import Collection

# Loads the model, says so, then ingests and notes each article as soon as it is reported.
INGEST = """
import json, sys
from pathlib import Path
from zeitfrage.config import Settings
from zeitfrage.index import Collection
from zeitfrage.index.embedding import open_embedder
settings = Settings()
open_embedder(settings.embedding_model, 1).embed_texts(["warm"], [[(0, 4)]])
print("ready", flush=True)
with Collection.open(Path(sys.argv[1]), settings) as collection:
    for result in collection.ingest([Path(sys.argv[2])]):
        print(json.dumps([result.article_id, result.outcome]), flush=True)
print("done", flush=True)
"""
LONGEST_SECONDS = 6.0


def killed_after(seconds: float, folder: Path, source: Path) -> tuple[list[list[str]], bool]:
    """Ingest in a process of its own, kill it; return what it reported and whether it was done."""
    command = [sys.executable, "-c", INGEST, str(folder), str(source)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        lines = process.stdout.read().splitlines()
    done = "done" in lines
    return [json.loads(line) for line in lines if line.startswith("[") and line[-1] == "]"], done


def ingest_killed_at_random_moments(kills: int, folder: Path, tmp_path: Path, seed: int) -> None:
    """Kill one ingest after the other; each goes on with what the ones before left."""
    chance = random.Random(seed)
    moments: Counter[str] = Counter()
    stored: set[str] = set()
    for kill in range(kills):
        # More than one run can take in; articles of both, some anew, some changed.
        source = tmp_path / "a.jsonl"
        source.write_text(short_articles(80 * (kill + 1)).replace("Helfer", f"Helfer {kill // 10}"))
        reported, done = killed_after(chance.uniform(0, LONGEST_SECONDS), folder, source)
        moments["after the end" if done else "amid" if reported else "before a report"] += 1
        stored |= {article_id for article_id, _ in reported}
        with Collection.open(folder, Settings()) as collection:
            assert collection.check().found == (), (seed, kill)
            ids = [article.id for article in collection.articles(100_000)]
            assert stored <= set(ids), (seed, kill)
            assert len(ids) == len(set(ids)) == collection.count()
            assert set(ids) <= {f"teich-{n}" for n in range(80 * (kill + 1))}
            titles = Counter(article.title for article in collection.articles(100_000))
            assert max(titles.values(), default=1) == 1, "none is there twice"
    print(f"\n{kills} kills: {dict(moments)}")
    with Collection.open(folder, Settings()) as collection:
        assert len(list(collection.ingest([tmp_path / "a.jsonl"]))) == 80 * kills
        assert collection.count() == 80 * kills
        assert collection.check().found == ()


@pytest.mark.slow
def test_an_ingest_killed_again_and_again_loses_nothing_that_it_reported(fresh_folder, tmp_path):
    ingest_killed_at_random_moments(5, fresh_folder, tmp_path, seed=5)


@pytest.mark.benchmark
def test_an_ingest_killed_at_50_random_moments_loses_nothing(fresh_folder, tmp_path):
    ingest_killed_at_random_moments(50, fresh_folder, tmp_path, seed=50)
