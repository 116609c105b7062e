"""Near-duplicates: which articles are copies of one another, lightly edited or not.

MinHash signatures, cut into bands, name the candidates (locality-sensitive hashing); the exact
Jaccard similarity of the texts' shingles decides. All of it stands in the catalogue and is written
with the article itself, so that nothing is held in memory and a crash loses nothing.

Source: Broder, "On the resemblance and containment of documents" (1997); Leskovec, Rajaraman and
Ullman, "Mining of Massive Datasets" (2020), chapter 3.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from zeitfrage.index.article import Article, PartialDate
from zeitfrage.index.rows import as_bytes

if TYPE_CHECKING:
    from datasketch import MinHash

# Measured by tests/benchmarks/test_near_duplicates.py: two words are shared by too many articles,
# five survive too little editing.
WORDS_PER_SHINGLE = 3
# An agency's report that three papers edited shares half of its shingles; newsletters with the
# same frame do too, but weeks apart. What is all but the same is a copy at any time.
ALIKE, DAYS_APART = 0.5, 3
REPRINTED = 0.9

# A pair at ALIKE shares a band with a probability of 1 - (1 - 0.5 ** 3) ** 32 = 0.986, one at 0.7
# surely; two articles about different things, at 0.02, hardly ever.
_BANDS, _ROWS = 32, 3
# So many are compared at most, the latest first: what an article costs does not grow.
_CANDIDATES = 64
_LOW_BITS = (1 << 32) - 1
# Longer texts are told apart by their beginning, so that memory stays flat.
_WORDS = 20_000
_WORD = re.compile(r"\w+")

TABLES = """
CREATE TABLE sketch (id INTEGER PRIMARY KEY, article TEXT NOT NULL UNIQUE, bands BLOB NOT NULL);
CREATE TABLE band (
    key INTEGER NOT NULL, sketch INTEGER NOT NULL, PRIMARY KEY (key, sketch)
) WITHOUT ROWID;
CREATE TABLE near_duplicate (
    article TEXT NOT NULL, other TEXT NOT NULL, PRIMARY KEY (article, other)
) WITHOUT ROWID;
"""
# The articles that are linked to one, itself included. Takes its id.
CLUSTER = """
WITH RECURSIVE cluster (id) AS (
    VALUES (?)
    UNION SELECT other FROM near_duplicate JOIN cluster ON near_duplicate.article = cluster.id
    LIMIT 200
)
"""

# What is there without what it belongs to: table, key and condition, in the order of removal.
STRAYS = {
    "sketches belong to no article": (
        "sketch",
        "article",
        "article NOT IN (SELECT id FROM article)",
    ),
    "bands belong to no sketch": ("band", "sketch", "sketch NOT IN (SELECT id FROM sketch)"),
    "links to copies belong to no article": (
        "near_duplicate",
        "article",
        "article NOT IN (SELECT id FROM article) OR other NOT IN (SELECT id FROM article)",
    ),
}

Shingles = frozenset[str]


def words_of(text: str) -> Iterator[str]:
    """Yield the words of a text, in lower case and without punctuation."""
    return (match[0] for match in _WORD.finditer(text.lower()))


def shingles(text: str) -> Shingles:
    """Return the runs of three words of a text, in lower case; a shorter text is one run."""
    words = list(islice(words_of(text), _WORDS))
    last = max(1, len(words) - WORDS_PER_SHINGLE + 1) if words else 0
    return frozenset(" ".join(words[i : i + WORDS_PER_SHINGLE]) for i in range(last))


def similarity(one: Shingles, other: Shingles) -> float:
    """Return the Jaccard similarity in [0, 1]: what both share of what either has."""
    return len(one & other) / (len(one | other) or 1)


def are_copies(likeness: float, one: PartialDate | None, other: PartialDate | None) -> bool:
    """Say whether articles with a similarity and with these dates are copies of one another.

    A date that is unknown does not speak against it.
    """
    return likeness >= REPRINTED or (likeness >= ALIKE and _days_between(one, other) <= DAYS_APART)


def remember(db: sqlite3.Connection, article: Article) -> None:
    """Note an article, in place of what was known of its id, and link it to its copies."""
    forget(db, article.id)
    own = shingles(article.text)
    keys = band_keys(own)
    for other, text, published in list(_candidates(db, keys)):
        likeness = similarity(own, shingles(text))
        if are_copies(likeness, article.published, published):
            pairs = ((article.id, other), (other, article.id))
            db.executemany("INSERT OR IGNORE INTO near_duplicate VALUES (?, ?)", pairs)
    bands = np.array(keys, dtype=np.int64).tobytes()
    cursor = db.execute("INSERT INTO sketch (article, bands) VALUES (?, ?)", (article.id, bands))
    sketch = cursor.lastrowid
    db.executemany("INSERT OR IGNORE INTO band VALUES (?, ?)", ((key, sketch) for key in keys))


def forget(db: sqlite3.Connection, article_id: str) -> None:
    """Remove all that was noted of an article; its copies stay linked among themselves."""
    for sketch, bands in db.execute(
        "SELECT id, bands FROM sketch WHERE article = ?", (article_id,)
    ).fetchall():
        keys = np.frombuffer(as_bytes(bands), np.int64).tolist()
        rows = ((key, sketch) for key in keys)
        db.executemany("DELETE FROM band WHERE key = ? AND sketch = ?", rows)
        db.execute("DELETE FROM sketch WHERE id = ?", (sketch,))
    others = db.execute("SELECT other FROM near_duplicate WHERE article = ?", (article_id,))
    for (other,) in others.fetchall():
        pairs = ((article_id, other), (other, article_id))
        db.executemany("DELETE FROM near_duplicate WHERE article = ? AND other = ?", pairs)


def without_sketch(db: sqlite3.Connection) -> list[str]:
    """Return the ids of the articles that nothing is noted of."""
    sql = "SELECT id FROM article WHERE id NOT IN (SELECT article FROM sketch)"
    return [str(article) for (article,) in db.execute(sql)]


def with_other_bands(db: sqlite3.Connection) -> list[str]:
    """Return the ids of the articles that cannot be found by the bands of their signature."""
    sums = {
        sketch: (count, total)
        for sketch, count, total in db.execute(
            "SELECT sketch, count(*), sum(key & ?) FROM band GROUP BY sketch", (_LOW_BITS,)
        )
    }
    return [
        str(article)
        for sketch, article, bands in db.execute("SELECT id, article, bands FROM sketch")
        if _sums(as_bytes(bands)) != sums.get(sketch, (0, 0))
    ]


def _sums(bands: bytes) -> tuple[int, int] | None:
    """Return how many keys there are and the sum of their low bits, None where it is no list."""
    if len(bands) % 8:
        return None
    keys = np.unique(np.frombuffer(bands, np.int64))
    return len(keys), int((keys & _LOW_BITS).sum())


def linked_one_way(db: sqlite3.Connection) -> list[str]:
    """Return the ids of the articles with a copy that does not know of them."""
    sql = (
        "SELECT DISTINCT link.article FROM near_duplicate AS link "
        "JOIN article ON article.id = link.article JOIN article AS copy ON copy.id = link.other "
        "WHERE NOT EXISTS (SELECT 1 FROM near_duplicate AS back "
        "WHERE back.article = link.other AND back.other = link.article)"
    )
    return [str(article) for (article,) in db.execute(sql)]


def forget_sketches(db: sqlite3.Connection, article_ids: Iterable[str]) -> None:
    """Have the copies of articles looked for anew; their bands are left as strays."""
    ids = [(article,) for article in article_ids]
    db.executemany("DELETE FROM sketch WHERE article = ?", ids)
    db.executemany("DELETE FROM near_duplicate WHERE article = ?", ids)
    db.executemany("DELETE FROM near_duplicate WHERE other = ?", ids)


def band_keys(of: Shingles) -> list[int]:
    """Return a key for each band of the signature; copies very likely have one in common."""
    if not of:
        return []
    signature = _empty_signature().copy()
    signature.update_batch([shingle.encode() for shingle in of])
    bands = signature.hashvalues.astype("<u4").reshape(_BANDS, _ROWS)
    return [_key(bytes([number]) + band.tobytes()) for number, band in enumerate(bands)]


def _key(data: bytes) -> int:
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big", signed=True)


@cache
def _empty_signature() -> MinHash:
    # Takes a second to import, which only an ingest has to spend.
    from datasketch import MinHash

    # Signatures that are stored must mean the same for ever.
    return MinHash(num_perm=_BANDS * _ROWS, seed=1, scheme="affine32")


def _candidates(
    db: sqlite3.Connection, keys: list[int]
) -> Iterator[tuple[str, str, PartialDate | None]]:
    """Yield id, text and date of the articles that share most bands."""
    shared: Counter[int] = Counter()
    sql = "SELECT sketch FROM band WHERE key = ? ORDER BY sketch DESC LIMIT ?"
    for key in keys:
        shared.update(sketch for (sketch,) in db.execute(sql, (key, _CANDIDATES)))
    for sketch, _ in shared.most_common(_CANDIDATES):
        for other, text, published in db.execute(
            "SELECT article.id, text, published FROM sketch JOIN article "
            "ON article.id = sketch.article WHERE sketch.id = ?",
            (sketch,),
        ):
            yield other, text, PartialDate.parse(published) if published else None


def _days_between(one: PartialDate | None, other: PartialDate | None) -> int:
    """Return the fewest days that can lie between two dates; 0 where one is unknown."""
    if one is None or other is None:
        return 0
    return max(0, (one.first - other.last).days, (other.first - one.last).days)
