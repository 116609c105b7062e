"""Indexing 700 articles, against the plain stack of a LangChain tutorial on the same weights.

    pytest tests/benchmarks/test_indexing_speed.py -m benchmark -s

Both sides run in turn, in one process, on articles that are parsed already for the tutorial stack
and still to be parsed for Zeitfrage; the models are loaded before the clock starts.
"""

from __future__ import annotations

import gzip
import json
import time
from statistics import median

from langchain_chroma import Chroma
from langchain_core.documents import Document
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter

from zeitfrage.config import Settings
from zeitfrage.index import Collection
from zeitfrage.index.bundled_model import model_folder

ROUNDS = 2
AT_LEAST = 2.5


def seconds_of_tutorial(texts, folder) -> float:
    embeddings = HuggingFaceEmbeddings(
        model_name=str(model_folder()), model_kwargs={"model_kwargs": {"dtype": "float32"}}
    )
    embeddings.embed_query("warm")
    store = Chroma(embedding_function=embeddings, persist_directory=str(folder))
    splitter = RecursiveCharacterTextSplitter(chunk_size=900, chunk_overlap=100)
    started = time.perf_counter()
    store.add_documents(splitter.split_documents([Document(text) for text in texts]))
    return time.perf_counter() - started


def seconds_of_zeitfrage(file, folder) -> float:
    warm = folder.parent / "warm.txt"
    warm.write_text("Ein Satz zum Aufwärmen.")
    with Collection.open(folder, Settings()) as collection:
        list(collection.ingest([warm]))
        started = time.perf_counter()
        assert len(list(collection.ingest([file]))) == 700
        return time.perf_counter() - started


def test_indexing_is_much_faster_than_the_tutorial_stack(shared_data, tmp_path):
    file = shared_data / "wikinews-de" / "articles.jsonl.gz"
    lines = gzip.decompress(file.read_bytes()).decode().splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    ours, theirs = [], []
    for number in range(ROUNDS):
        ours.append(seconds_of_zeitfrage(file, tmp_path / f"ours-{number}"))
        theirs.append(seconds_of_tutorial(texts, tmp_path / f"theirs-{number}"))
        print(f"\nZeitfrage {ours[-1]:.1f} s, tutorial stack {theirs[-1]:.1f} s", end="")
    ratio = median(their / our for their, our in zip(theirs, ours, strict=True))
    print(f"\n700 articles: {ratio:.1f} times as fast as the tutorial stack")
    assert ratio >= AT_LEAST
