"""The reader's weights as ordinary arrays, and back into the 8 bits of `assistant/reader.onnx`.

The graph stays as it is: attention's and the feed-forward layers' first matrices are multiplied as
integers, those that follow a softmax or a GELU, whose inputs have outliers, only kept in 8 bits.

Source: Dettmers et al., "LLM.int8()" (2022), on outliers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

from zeitfrage.assistant import reader

Array = npt.NDArray[np.float32]

NETWORK = Path(reader.__file__).with_name("reader.onnx")
_LAYERS = 12
_MATRICES = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
_PREFIX = "enc."
_POSITIONS, _POSITIONS_HERE = "pos", "embeddings.position_embeddings.weight"
_HEADS = "heads"
_BLOCK = 128
_MIDDLE = 128  # what stands for zero in unsigned 8 bits


def load_weights() -> dict[str, Array]:
    """Return the weights under the names that transformers gives them, matrices as (out, in)."""
    model = onnx.load(NETWORK)
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    weights = {
        _known_as(name): value for name, value in stored.items() if value.dtype == np.float32
    }
    for name, node in _matrices(model):
        if node.op_type == "MatMulInteger":
            scale = stored[node.input[1].replace("_quantized", "_scale")]
            zero = stored[node.input[3]].astype(np.float32)
            weights[name] = ((stored[node.input[1]] - zero) * scale).T
        else:
            blocks, scales = stored[node.input[1]], stored[node.input[2]]
            whole = (blocks.astype(np.float32) - _MIDDLE) * scales[..., None]
            weights[name] = whole.reshape(len(blocks), -1)
    return weights


def save_weights(weights: Mapping[str, Array]) -> None:
    """Write weights, named as `load_weights` names them, into the network's file."""
    model = onnx.load(NETWORK)
    new = dict(_quantised(model, weights))
    for tensor in model.graph.initializer:
        value = new.get(tensor.name, weights.get(_known_as(tensor.name)))
        if value is not None:
            tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(value), tensor.name))
    onnx.save(model, NETWORK)


def _known_as(name: str) -> str:
    return _POSITIONS_HERE if name == _POSITIONS else name.removeprefix(_PREFIX)


def _matrices(model: onnx.ModelProto) -> Iterator[tuple[str, onnx.NodeProto]]:
    nodes = [node for node in model.graph.node if node.op_type in ("MatMulInteger", "MatMulNBits")]
    names = [f"encoder.layer.{n}.{m}.weight" for n in range(_LAYERS) for m in _MATRICES]
    return zip([*names, f"{_HEADS}.weight"], nodes, strict=True)


def _quantised(
    model: onnx.ModelProto, weights: Mapping[str, Array]
) -> Iterator[tuple[str, npt.NDArray[np.generic]]]:
    for name, node in _matrices(model):
        if node.op_type == "MatMulInteger":
            matrix = weights[name].T
            scale = np.maximum(np.abs(matrix).max(axis=0), 1e-9) / 127
            yield node.input[1], np.rint(matrix / scale).astype(np.int8)
            yield node.input[1].replace("_quantized", "_scale"), scale.astype(np.float32)
            yield node.input[3], np.zeros(len(scale), np.int8)
        else:
            blocks = weights[name].reshape(len(weights[name]), -1, _BLOCK)
            scales = np.maximum(np.abs(blocks).max(axis=2), 1e-9) / 127
            levels = np.rint(blocks / scales[..., None]) + _MIDDLE
            yield node.input[1], levels.astype(np.uint8)
            yield node.input[2], scales.astype(np.float32)
