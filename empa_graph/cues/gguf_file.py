"""A GGUF file as settings and tensors, for weights whose hash was checked before.

Rule: it reads the kinds of tensor that the bundled model has, and refuses others.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
Setting = int | float | bool | str | list["Setting"]
BLOCK = 32
"""Numbers that are stored with one scale."""
_PLAIN = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_TEXT, _LIST = 8, 9
_F32, _Q4_1, _Q8_0 = 0, 3, 8
_SHORT = np.dtype([("scale", "<f2"), ("least", "<f2"), ("pairs", "u1", BLOCK // 2)])
_LONG = np.dtype([("scale", "<f2"), ("numbers", "i1", BLOCK)])


class Rows:
    """A matrix (R, C) as it lies in the file; its rows are made into numbers when they are asked for."""

    def __init__(self, stored: NDArray[Any], shape: tuple[int, ...], numbers: Callable[[NDArray[Any]], Vector]) -> None:
        self._stored, self._numbers = stored.reshape(*shape[:-1], -1), numbers

    def __getitem__(self, places: slice | NDArray[np.intp]) -> Vector:
        return self._numbers(self._stored[places])


class Gguf(NamedTuple):
    """What a file holds: its settings, such as ``tokenizer.ggml.tokens``, and its tensors, the last axis in front."""

    settings: Mapping[str, Setting]
    tensors: Mapping[str, Rows]


class _Reader:
    """Reads what comes next in a file that lies in memory."""

    def __init__(self, content: mmap.mmap) -> None:
        self.content, self.at = content, 0

    def plain(self, kind: str) -> int | float | bool:
        (value,) = struct.unpack_from(kind, self.content, self.at)
        self.at += struct.calcsize(kind)
        return cast("int | float | bool", value)

    def whole(self, kind: str = "<Q") -> int:
        return int(self.plain(kind))

    def text(self) -> str:
        length = self.whole()
        self.at += length
        return self.content[self.at - length : self.at].decode()

    def setting(self, kind: int) -> Setting:
        if kind == _TEXT:
            return self.text()
        if kind == _LIST:
            of, count = self.whole("<I"), self.whole()
            return [self.setting(of) for _ in range(count)]
        return self.plain(_PLAIN[kind])


def read(path: Path) -> Gguf:
    """Read the file at ``path``; tensors stay in it until they are asked for. Raises ValueError for another kind."""
    with path.open("rb") as file:
        reader = _Reader(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    if reader.content[:4] != b"GGUF":
        raise ValueError(f"{path.name} is no GGUF file")
    reader.at = 8
    count, entries = reader.whole(), reader.whole()
    settings = {reader.text(): reader.setting(reader.whole("<I")) for _ in range(entries)}
    return Gguf(settings, dict(_tensors(reader, count)))


def _tensors(reader: _Reader, count: int) -> Iterator[tuple[str, Rows]]:
    placed = []
    for _ in range(count):
        name, axes = reader.text(), reader.whole("<I")
        shape = tuple(reader.whole() for _ in range(axes))[::-1]
        placed.append((name, shape, reader.whole("<I"), reader.whole()))
    start = -(-reader.at // BLOCK) * BLOCK
    for name, shape, kind, offset in placed:
        yield name, _rows(reader.content, start + offset, shape, kind)


def _rows(content: mmap.mmap, at: int, shape: tuple[int, ...], kind: int) -> Rows:
    size = int(np.prod(shape))
    if kind == _F32:
        return Rows(np.frombuffer(content, np.dtype("<f4"), size, at), shape, np.asarray)
    if kind not in (_Q4_1, _Q8_0):
        raise ValueError(f"tensors of kind {kind} are not read")
    stored, numbers = (_SHORT, _short) if kind == _Q4_1 else (_LONG, _long)
    return Rows(np.frombuffer(content, stored, size // BLOCK, at), shape, numbers)


def _short(stored: NDArray[np.void]) -> Vector:
    """Return numbers of four bits, of each block the first half low in their bytes."""
    found = np.concatenate([stored["pairs"] & 15, stored["pairs"] >> 4], axis=-1).astype(np.float32)
    found *= stored["scale"].astype(np.float32)[..., None]
    found += stored["least"].astype(np.float32)[..., None]
    return found.reshape(*stored.shape[:-1], -1)


def _long(stored: NDArray[np.void]) -> Vector:
    found = stored["numbers"] * stored["scale"].astype(np.float32)[..., None]
    return np.asarray(found, dtype=np.float32).reshape(*stored.shape[:-1], -1)
