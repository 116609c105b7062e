"""12,000 articles from one command: what each costs, the memory it takes, what a rerun costs.

    pytest tests/benchmarks/test_large_ingest.py -m benchmark -s

`ZEITFRAGE_BENCHMARK_ARTICLES=3000` (of at least 3,000) takes only the first ones. Memory is that of
the command with all the processes that it started, looked at four times a second.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from command_line import COMMAND
from datasets import news, write_jsonl

from zeitfrage.config import Settings
from zeitfrage.index import Collection

ARTICLES = int(os.environ.pop("ZEITFRAGE_BENCHMARK_ARTICLES", "12000"))
# Whole batches of 64, so that no batch counts in part.
THOUSAND = 1024
MOST_MEGABYTES = 1500
MOST_GROWTH = 1.10
MOST_OF_FIRST_RUN = 0.03
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Run:
    """What was seen of a command.

    Args:
        reported: for each article when it was reported, in seconds of the wall clock and of
            processor time since the start.
        megabytes: (articles reported, resident megabytes), as they grew.
    """

    seconds: float = 0.0
    code: int = -1
    reported: list[tuple[float, float]] = field(default_factory=list)
    megabytes: list[tuple[int, float]] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)

    def cost(self, first: int, last: int) -> tuple[float, float]:
        """Milliseconds an article, of wall clock and of processor, from one article to another."""
        (wall, busy), (wall_end, busy_end) = self.reported[first - 1], self.reported[last - 1]
        return tuple(1000 * t / (last - first) for t in (wall_end - wall, busy_end - busy))


def family(pid: int) -> list[int]:
    """Return a process with all that it started."""
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(c) for t in threads for c in (t / "children").read_text().split()]
    except OSError:
        return [pid]
    return [pid, *itertools.chain.from_iterable(map(family, children))]


def resident_megabytes(pid: int) -> float:
    total = 0
    for member in family(pid):
        try:
            status = Path(f"/proc/{member}/status").read_text()
        except OSError:
            continue
        total += sum(int(x.split()[1]) for x in status.splitlines() if x.startswith("VmRSS"))
    return total / 1024


def processor_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def ingest(source: Path, folder: Path) -> Run:
    """Run the command as a user does and look at it from outside."""
    report, run, started = folder.with_suffix(".jsonl"), Run(), time.perf_counter()
    report.write_text("")
    process = subprocess.Popen(
        [COMMAND, "--data", str(folder), "ingest", str(source), "--report", str(report)],
        stdout=subprocess.DEVNULL,
    )
    done = threading.Event()

    def weigh() -> None:
        while not done.wait(0.25):
            run.megabytes.append((len(run.reported), resident_megabytes(process.pid)))

    weighing = threading.Thread(target=weigh)
    weighing.start()
    with report.open() as lines:
        while process.poll() is None:
            time.sleep(0.05)
            seen = time.perf_counter() - started, processor_seconds(process.pid)
            for line in lines:
                run.reported.append(seen)
                run.outcomes[json.loads(line)["outcome"]] += 1
    done.set()
    weighing.join()
    run.seconds, run.code = time.perf_counter() - started, process.returncode
    return run


def state(folder: Path) -> tuple[object, ...]:
    """Return what a run that changes nothing leaves alike."""
    with Collection.open(folder, Settings()) as collection:
        status = collection.status()
        newest = tuple(article.id for article in collection.articles(1000))
        return status.articles, status.chunks, collection._vectors.count(), newest


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc, only on Linux")
def test_12000_articles_go_in_at_a_flat_cost_and_a_second_run_changes_nothing(
    shared_data, tmp_path
):
    assert shared_data
    source = write_jsonl(tmp_path / "news.jsonl", news(ARTICLES))
    first = ingest(source, tmp_path / "data")
    assert first.code == 0
    assert sum(first.outcomes.values()) == ARTICLES
    print(f"\n{ARTICLES:,} articles in {first.seconds:.0f} s: {dict(first.outcomes)}")
    for thousand in range(1, ARTICLES // 1000 + 1):
        peak = max(mb for count, mb in first.megabytes if count <= thousand * 1000)
        print(f"  until article {thousand * 1000:6,}: at most {peak:5.0f} MB resident")
    whole = ARTICLES // 64 * 64
    second = first.cost(THOUSAND, 2 * THOUSAND)
    last = first.cost(whole - THOUSAND, whole)
    for name, (wall, busy) in {"second": second, "last": last}.items():
        print(f"  {name} thousand: {wall:.1f} ms an article, {busy:.1f} ms of processor time")
    before = state(tmp_path / "data")
    again = ingest(source, tmp_path / "data")
    share = again.seconds / first.seconds
    print(f"  second run: {again.seconds:.1f} s, {share:.1%} of the first: {dict(again.outcomes)}")
    assert set(again.outcomes) == {"unchanged"}
    assert state(tmp_path / "data") == before
    assert max(mb for _, mb in first.megabytes) <= MOST_MEGABYTES
    assert last[1] <= MOST_GROWTH * second[1]
    assert share <= MOST_OF_FIRST_RUN
