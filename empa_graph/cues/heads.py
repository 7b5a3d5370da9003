"""Behaviour heads: from a reply in its context to how strongly it shows each behaviour of the codebook.

One linear model over word and character n-grams and the figures of the reply, trained on coded replies by
benchmarks/train_heads.py; the calibration maps its sums to the mean code that readers gave. Agreement with people:
docs/validity.md.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from empa_graph.cues.context import CueContext
from empa_graph.cues.detection import WINDOW, detect
from empa_graph.cues.ngrams import BLOCKS, Block
from empa_graph.cues.overlap import FEELING_STEMS, GENERIC_STEMS, copied, known_stems, repeated
from empa_graph.cues.packed import arrays_of, blocks_of, packed, unpacked
from empa_graph.cues.tokens import read, stems
from empa_graph.errors import ContentError
from empa_graph.models.behaviour import BEHAVIOURS, STRONGEST, Behaviour
from empa_graph.models.cue import CueName

_MINE = frozenset({"i", "me", "my", "mine", "myself"})
_YOURS = frozenset({"you", "your", "yours", "yourself"})
MOST_SHARED = 4
"""Stems shared with the person beyond which further ones say no more."""
NAMES = (
    *(cue.value for cue in CueName),
    *("log_words", "log_sentences", "questions", "question_share", "asks_last", "i_share", "you_share", "i_first"),
    *("copied", "shared", "shared_last", "log_own", "own_share", "shared_share", "repeated", "first", "log_turn"),
    *("log_person_words", "log_length_ratio", "exclamations", "was_asked"),
)

Floats = NDArray[np.floating[Any]]
SHIPPED = Path(__file__).parent / "weights" / "light.safetensors"
CLIP = 4.0
"""Standard deviations beyond which a figure counts no further."""
PERSON_WEIGHT, FIGURES_WEIGHT = 1.0, 0.08
"""How much the message answered and the figures weigh beside the words of the reply."""


@dataclass(frozen=True)
class Heads:
    """The weights of all behaviours, shape (V + F, B): the blocks of n-grams one under the other, then the figures."""

    blocks: Mapping[str, Block]
    weights: NDArray[np.int8]
    scale: Floats
    """What one unit of the stored weights is, by behaviour (B,)."""
    bias: Floats
    centre: Floats
    spread: Floats
    knots: Floats
    """Calibration, shape (B, K, 2): the sum and the mean code there, both rising."""
    sha256: str = ""

    def strengths(self, reply: str, context: CueContext) -> Mapping[Behaviour, float]:
        """Return the expected code of each behaviour, 0 to 4; nothing of the card counts."""
        return _strengths(self, reply, CueContext(person=context.person[-WINDOW:], replies=context.replies[-WINDOW:]))

    def coded(self, reply: str, context: CueContext) -> Mapping[Behaviour, float]:
        """Return the strengths, worked out anew."""
        sums = self.sums(reply, context)
        calibrated = (np.interp(s, k[:, 0], k[:, 1]) for s, k in zip(sums, self.knots, strict=True))
        return {b: min(STRONGEST, max(0.0, float(x))) for b, x in zip(BEHAVIOURS, calibrated, strict=True)}

    def sums(self, reply: str, context: CueContext) -> Floats:
        """Return the uncalibrated sums (B,)."""
        total = self.bias + self.scale * _worded(self, reply)
        places, values = self._person(context.person[-1] if context.person else "")
        total = total + self.scale * (values @ self.weights[places])
        found = (np.array(figures(reply, context)) - self.centre) / self.spread
        last = self.weights[-len(found) :]
        return np.asarray(total + self.scale * (FIGURES_WEIGHT * np.clip(found, -CLIP, CLIP) @ last))

    def telling(self, reply: str, behaviour: Behaviour) -> float:
        """Return what the words of ``reply`` alone add to the sum of ``behaviour``."""
        place = BEHAVIOURS.index(behaviour)
        return float(self.scale[place] * _worded(self, reply)[place])

    def _person(self, said: str) -> tuple[NDArray[np.intp], Floats]:
        places, values = self.blocks["person"].read(BLOCKS["person"], said)
        return places + self.offset("person"), PERSON_WEIGHT * values

    def offset(self, name: str) -> int:
        """Return the row at which a block begins."""
        before = list(self.blocks)[: list(self.blocks).index(name)]
        return sum(len(self.blocks[earlier].idf) for earlier in before)

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    def saved(self, path: Path) -> None:
        """Write the weights to ``path`` in the safetensors format."""
        arrays: dict[str, NDArray[Any]] = {"weights": self.weights}
        arrays |= {name: getattr(self, name).astype("<f4") for name in ("scale", "bias", "centre", "spread", "knots")}
        arrays |= arrays_of(self.blocks)
        path.write_bytes(packed(arrays))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read weights. Raises ContentError for a file that holds none."""
        content = path.read_bytes()
        try:
            arrays = unpacked(content)
            blocks = blocks_of(arrays, BLOCKS)
            rest = {name: arrays[name] for name in ("weights", "scale", "bias", "centre", "spread", "knots")}
        except (KeyError, ValueError, TypeError) as error:
            raise ContentError(f"{path}: holds no behaviour heads ({type(error).__name__})") from None
        heads = cls(blocks=blocks, sha256=hashlib.sha256(content).hexdigest(), **rest)
        rows = sum(len(block.idf) for block in blocks.values()) + len(heads.centre)
        if heads.weights.shape != (rows, len(BEHAVIOURS)) or heads.knots.shape[0] != len(BEHAVIOURS):
            raise ContentError(f"{path}: its weights are not for {len(BEHAVIOURS)} behaviours and {rows} features")
        return heads


@lru_cache(maxsize=4096)
def _strengths(heads: Heads, reply: str, context: CueContext) -> Mapping[Behaviour, float]:
    """Kept for a while: evaluator and support read the same reply."""
    return MappingProxyType(heads.coded(reply, context))


@lru_cache(maxsize=1024)
def _worded(heads: Heads, reply: str) -> Floats:
    """Return what the words of ``reply`` alone add to each sum, in units of the scale (B,)."""
    total = np.zeros(heads.weights.shape[1])
    for name in ("words", "characters"):
        places, values = heads.blocks[name].read(BLOCKS[name], reply)
        total += values @ heads.weights[places + heads.offset(name)]
    return total


@cache
def shipped_heads() -> Heads:
    """Return the heads that come with the package, read on the first call."""
    return Heads.read(SHIPPED)


def figures(reply: str, context: CueContext) -> tuple[float, ...]:
    """Return the numbers of ``reply`` in its context, in the order of `NAMES`."""
    cues = {cue.name: cue.strength for cue in detect(reply, context)}
    strengths = (cues.get(name, 0.0) for name in CueName)
    return (*strengths, *_form(reply), *_shared(reply, context), *_beside(reply, context))


def _form(reply: str) -> tuple[float, ...]:
    reading = read(reply)
    words = [token.word for token in reading.tokens]
    count, asked = max(1, len(words)), sum(sentence.question for sentence in reading.sentences)
    return (
        math.log1p(len(words)),
        math.log1p(len(reading.sentences)),
        float(asked),
        asked / max(1, len(reading.sentences)),
        float(bool(reading.sentences) and reading.sentences[-1].question),
        sum(word in _MINE for word in words) / count,
        sum(word in _YOURS for word in words) / count,
        float(bool(words) and words[0] in _MINE),
    )


def _shared(reply: str, context: CueContext) -> tuple[float, ...]:
    mine, known = stems(reply), known_stems(context.person)
    last = stems(context.person[-1]) if context.person else frozenset()
    count = max(1, len(read(reply).tokens))
    shared, own = (mine & known) - GENERIC_STEMS, mine - known - GENERIC_STEMS - FEELING_STEMS
    return (
        sum(copied(reply, context.person)) / count,
        float(min(MOST_SHARED, len(shared))),
        float(min(MOST_SHARED, len((mine & last) - GENERIC_STEMS))),
        math.log1p(len(own)),
        len(own) / count,
        len(shared) / max(1, len(mine)),
    )


def _beside(reply: str, context: CueContext) -> tuple[float, ...]:
    said = context.person[-1] if context.person else ""
    mine, theirs = len(read(reply).tokens), len(read(said).tokens)
    return (
        repeated(reply, context.replies),
        float(not context.replies),
        math.log1p(len(context.replies)),
        math.log1p(theirs),
        math.log1p(mine) - math.log1p(theirs),
        float(reply.count("!")),
        float("?" in said),
    )
