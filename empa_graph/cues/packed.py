"""Files of arrays in the safetensors format, read and written without its package, and vocabularies in them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from empa_graph.cues.ngrams import Block

Floats = NDArray[np.floating[Any]]
_DTYPES: Mapping[str, str] = {"I8": "i1", "U8": "u1", "F32": "<f4"}
_MOST_HEADER = 1 << 20


def packed(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return ``arrays`` in the safetensors format: length of the header, the header as JSON, the data."""
    names = {code: name for name, code in _DTYPES.items()}
    header, at, data = {}, 0, []
    for name, array in arrays.items():
        raw = np.ascontiguousarray(array).tobytes()
        dtype = names[array.dtype.str.lstrip("|")]
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [at, at + len(raw)]}
        at += len(raw)
        data.append(raw)
    told = json.dumps(header, sort_keys=True).encode()
    told += b" " * (-len(told) % 8)
    return len(told).to_bytes(8, "little") + told + b"".join(data)


def unpacked(content: bytes) -> dict[str, NDArray[Any]]:
    """Return the arrays of a file; raises ValueError, KeyError or TypeError for one that is none."""
    size = int.from_bytes(content[:8], "little")
    if size > _MOST_HEADER:
        raise ValueError("the header is too long")
    header, data = json.loads(content[8 : 8 + size]), content[8 + size :]
    if not isinstance(header, dict):
        raise ValueError("the header names no arrays")
    return {name: _array(data, **told) for name, told in header.items() if name != "__metadata__"}


def arrays_of(blocks: Mapping[str, Block]) -> dict[str, NDArray[Any]]:
    """Return the vocabularies of ``blocks`` and their frequencies as arrays."""
    arrays: dict[str, NDArray[Any]] = {}
    for name, block in blocks.items():
        arrays[f"{name}.idf"] = block.idf.astype("<f4")
        arrays[f"{name}.grams"] = np.frombuffer("\n".join(block.vocabulary).encode(), dtype="u1")
    return arrays


def blocks_of(arrays: Mapping[str, NDArray[Any]], names: Iterable[str]) -> dict[str, Block]:
    """Return the blocks ``names`` of a file; raises KeyError or ValueError where one is missing or broken."""
    return {name: _block(arrays[f"{name}.grams"], arrays[f"{name}.idf"]) for name in names}


def _block(grams: NDArray[Any], idf: Floats) -> Block:
    vocabulary = {gram: place for place, gram in enumerate(grams.tobytes().decode().split("\n"))}
    if len(vocabulary) != len(idf):
        raise ValueError("a gram without its frequency")
    return Block(vocabulary, idf)


def _array(data: bytes, dtype: str, shape: list[int], data_offsets: list[int]) -> NDArray[Any]:
    start, end = data_offsets
    return np.frombuffer(data[start:end], dtype=_DTYPES[dtype]).reshape(shape)
