"""Behaviour heads by a language model fine-tuned on pairs of what the person said and the reply, here MiniLM.

It needs the extra `embeddings`. What ships are low-rank deltas of the dense layers (Hu et al. 2021, LoRA), merged here,
and a linear head, trained by benchmarks/train_minilm_heads.py on the coded corpus and the graded replies. Agreement
with people: docs/validity.md.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from empa_graph.cues.context import CueContext
from empa_graph.cues.heads import Heads, shipped_heads
from empa_graph.cues.minilm import KEPT, LAYERS, SHA256, Encoder, Vector, installed, opened, plain, tensors_of
from empa_graph.errors import ContentError
from empa_graph.models.behaviour import BEHAVIOURS, STRONGEST, Behaviour

Floats = NDArray[np.floating[Any]]
Arrays = Mapping[str, NDArray[Any]]
Features = Callable[[str, tuple[str, ...]], Floats]
"""From a reply and the messages before it to what the head weighs."""
SHIPPED = Path(__file__).parent / "weights" / "minilm.safetensors"
MESSAGES = 2
"""Messages of the person that are read with a reply: the one answered and the one before it."""
PERSON_TOKENS, REPLY_TOKENS = 64, 184
"""Tokens read of the messages, the last ones, and of the reply, half of these from its beginning, half from its end."""
UNCHANGED = 2
"""The first layers, which read words and phrases and stay as they are."""
DENSE = tuple(
    f"encoder.layer.{number}.{name}"
    for number in range(UNCHANGED, LAYERS)
    for name in (
        *(f"attention.self.{part}" for part in ("query", "key", "value")),
        *("attention.output.dense", "intermediate.dense", "output.dense"),
    )
)
"""The layers that have a delta."""


class Pair(NamedTuple):
    """The tokens of a pair; those from ``first`` on are the reply with the mark that ends it."""

    ids: tuple[int, ...]
    first: int


def pair(tokenizer: Any, reply: str, person: Sequence[str]) -> Pair:
    """Return the tokens of ``reply`` behind the last messages of ``person``, each ended by a mark."""
    opens, ends = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    said = list(chain.from_iterable([*_ids(tokenizer, text), ends] for text in person[-MESSAGES:]))[-PERSON_TOKENS:]
    answer, half = _ids(tokenizer, reply), REPLY_TOKENS // 2
    if len(answer) > REPLY_TOKENS:
        answer = [*answer[:half], *answer[-half:]]
    return Pair((opens, *said, *answer, ends), 1 + len(said))


def _ids(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer.encode(plain(text), add_special_tokens=False).ids)


class PairModel(NamedTuple):
    """A language model that reads pairs: its name, the hash of its weights, and how it is opened.

    ``opened`` raises MissingExtraError or UsageError where the model cannot be had; what it returns takes what a file
    of heads holds, and raises KeyError or ValueError where that does not fit.
    """

    name: str
    sha256: str
    opened: Callable[[], Callable[[Arrays], Features]]


def merged(tensors: Mapping[str, Vector], deltas: Arrays, names: Sequence[str] = DENSE) -> Mapping[str, Vector]:
    """Return ``tensors`` with W + B A for every layer of ``names``, A (r, in) and B (out, r) from ``deltas``.

    Raises KeyError for a layer without a delta, ValueError for one that does not fit.
    """
    added = {}
    for name in names:
        weight, a, b = tensors[f"{name}.weight"], deltas[f"{name}.a"], deltas[f"{name}.b"]
        if weight.shape != (b.shape[0], a.shape[1]):
            raise ValueError(f"the delta of {name} does not fit")
        added[f"{name}.weight"] = weight + b.astype(np.float32) @ a.astype(np.float32)
    return {**tensors, **added}


def _opened() -> Callable[[Arrays], Features]:
    tokenizer, tensors = opened(installed())

    def features(held: Arrays) -> Features:
        encoder = Encoder(merged(tensors, held))

        def found(reply: str, person: tuple[str, ...]) -> Vector:
            ids, first = pair(tokenizer, reply, person)
            x = encoder(ids, first)
            return np.concatenate([x[0], x[first:].mean(axis=0)])

        return found

    return features


MINILM = PairModel("MiniLM", SHA256["model.safetensors"], _opened)
"""Read as the opening mark and the mean over the reply."""


class PairHeads:
    """Codes a reply by the layers of a language model, then one linear head."""

    def __init__(self, path: Path = SHIPPED, model: PairModel = MINILM) -> None:
        """Read the weights at ``path`` and the ``model`` where it is installed.

        Raises ContentError for a file that holds no such heads, MissingExtraError or UsageError where the model is not.
        """
        features = model.opened()
        try:
            self.sha256 = pair_hash(path, model)
            held = tensors_of(path)
            self._features = features(held)
            self._head, self._bias = (held[name].astype(np.float32) for name in ("head", "bias"))
            self._knots, self.share = (held[name].astype(float) for name in ("knots", "share"))
        except (OSError, KeyError, ValueError, TypeError) as error:
            raise ContentError(f"{path}: holds no behaviour heads for {model.name} ({type(error).__name__})") from None
        count = len(BEHAVIOURS)
        if {len(part) for part in (self._head, self._bias, self._knots, self.share)} != {count}:
            raise ContentError(f"{path}: its weights are not for {count} behaviours")
        self._lock = threading.Lock()
        self._found = lru_cache(maxsize=KEPT)(self._read)

    def strengths(self, reply: str, context: CueContext) -> Mapping[Behaviour, float]:
        """Return the expected code of each behaviour, 0 to 4."""
        sums = self.sums(reply, context)
        calibrated = (np.interp(s, k[:, 0], k[:, 1]) for s, k in zip(sums, self._knots, strict=True))
        return {b: min(STRONGEST, max(0.0, float(x))) for b, x in zip(BEHAVIOURS, calibrated, strict=True)}

    def sums(self, reply: str, context: CueContext) -> Floats:
        """Return the uncalibrated sums (B,); not to be written to."""
        with self._lock:
            return self._found(reply, context.person[-MESSAGES:])

    def _read(self, reply: str, person: tuple[str, ...]) -> Floats:
        found = self._head @ self._features(reply, person) + self._bias
        found.flags.writeable = False
        return np.asarray(found)


class Ensemble:
    """Two coders as one: of each behaviour, the share (B,) of the second in [0, 1], the first's the rest."""

    def __init__(self, first: Heads | PairHeads, second: Heads | PairHeads, share: Sequence[float] | Floats) -> None:
        self._first, self._second = first, second
        self._share = dict(zip(BEHAVIOURS, map(float, share), strict=True))
        self.sha256 = hashlib.sha256(f"{first.sha256} {second.sha256} {self._share}".encode()).hexdigest()

    def strengths(self, reply: str, context: CueContext) -> Mapping[Behaviour, float]:
        """Return the expected code of each behaviour, 0 to 4."""
        one, other = self._first.strengths(reply, context), self._second.strengths(reply, context)
        return {b: (1.0 - s) * one[b] + s * other[b] for b, s in self._share.items()}

    def telling(self, reply: str, behaviour: Behaviour) -> float:
        """Return what the words of ``reply`` alone say for ``behaviour``, by the first coder where that can tell."""
        return self._first.telling(reply, behaviour) if isinstance(self._first, Heads) else 0.0


def pair_hash(path: Path = SHIPPED, model: PairModel = MINILM) -> str:
    """Return SHA-256 of the heads at ``path`` and the model that they stand on, which need not be installed."""
    return hashlib.sha256(model.sha256.encode() + path.read_bytes()).hexdigest()


@cache
def shipped_pair_heads() -> PairHeads:
    """Return the heads that come with the package, read on the first call.

    Raises MissingExtraError where MiniLM is not installed.
    """
    return PairHeads()


@cache
def shipped_ensemble() -> Ensemble:
    """Return the light heads and those of MiniLM as one coder. Raises MissingExtraError where it is not installed."""
    second = shipped_pair_heads()
    return Ensemble(shipped_heads(), second, second.share)
