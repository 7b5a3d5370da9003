"""What a person says they felt about a conversation, foretold from how it went: `felt`.

Ridge regression on people's own ratings of chats (docs/felt.md): what the replies did, likeness of style, and the
person's own messages. Nothing in it counts turns. It is another thing than `support`, which is how experts code the
same replies; the two are never merged.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import regex

from empa_graph.cues.language import foreign
from empa_graph.cues.overlap import style_similarity
from empa_graph.cues.sentiment import sentiment
from empa_graph.cues.tokens import read
from empa_graph.errors import ContentError
from empa_graph.models.behaviour import AXES, STRONGEST, Behaviour
from empa_graph.models.support import NoFelt

SHIPPED = Path(__file__).parent / "weights" / "felt.json"
OWN = (
    *("style", "sentiment_last", "sentiment_trend", "sentiment", "thanks", "thanks_last"),
    *("log_words", "exclamations", "questions"),
)
"""What is read beside the axes."""
NAMES: tuple[str, ...] = (*AXES, *OWN)
FEWEST = 3
"""Messages with words on either side below which nothing is foretold: the chats that were rated had three."""
CLIP = 3.0
"""Standard deviations beyond which a figure counts no further."""
LEAST, MOST = 1.0, 5.0
"""The ends of the scale on which people rated."""
_THANKS = regex.compile(r"(?i)\b(?:thank|thx|appreciat|cheers\b|grateful)")


class Felt(NamedTuple):
    """The foretold rating in [0, 1], or the cause of its absence; ``length`` is the baseline to show beside it."""

    value: float | None
    cause: NoFelt | None
    length: float
    """Mean words of a reply."""


@dataclass(frozen=True)
class FeltWeights:
    """Ridge weights of the standardised figures, each by its name of `NAMES`, with where they come from."""

    centre: Mapping[str, float]
    spread: Mapping[str, float]
    weights: Mapping[str, float]
    bias: float
    source: str
    licence: str
    use: str
    """Who may use them for what: "any" or "research use only"."""
    coder: str
    """The hash of the behaviour heads that coded the replies of the training."""
    sha256: str = field(default="", compare=False)

    def rating(self, figures: Sequence[float]) -> float:
        """Return the rating that is foretold from ``figures``, in the order of `NAMES`, 1 to 5."""
        total = self.bias
        for name, figure in zip(NAMES, figures, strict=True):
            standard = (figure - self.centre[name]) / self.spread[name]
            total += self.weights[name] * min(CLIP, max(-CLIP, standard))
        return min(MOST, max(LEAST, total))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read weights. Raises ContentError for a file that holds none."""
        content = path.read_bytes()
        try:
            held = json.loads(content)
            parts = tuple(_finite(held[name]) for name in ("centre", "spread", "weights"))
            bias = float(held["bias"])
            source, licence, use, coder = (str(held[name]) for name in ("source", "licence", "use", "coder"))
        except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise ContentError(f"{path}: holds no weights of `felt` ({type(error).__name__})") from None
        centre, spread, weights = parts
        if not math.isfinite(bias) or min(spread.values()) <= 0.0:
            raise ContentError(f"{path}: its weights of `felt` are not finite, or a spread is not above 0")
        return cls(centre, spread, weights, bias, source, licence, use, coder, hashlib.sha256(content).hexdigest())

    def saved(self, path: Path) -> None:
        """Write the weights to ``path`` as JSON."""
        texts = {name: getattr(self, name) for name in ("source", "licence", "use", "coder")}
        numbers = {name: dict(getattr(self, name)) for name in ("centre", "spread", "weights")}
        path.write_text(json.dumps({**texts, "bias": self.bias, **numbers}, indent=1) + "\n", encoding="utf-8")


def _finite(held: Mapping[str, Any]) -> Mapping[str, float]:
    found = {name: float(held[name]) for name in NAMES}
    if len(held) != len(NAMES) or not all(map(math.isfinite, found.values())):
        raise ValueError("a figure that is unknown, or not finite")
    return found


@cache
def shipped_weights() -> FeltWeights:
    """Return the weights that come with the package, read on the first call."""
    return FeltWeights.read(SHIPPED)


def felt(
    person: Sequence[str],
    replies: Sequence[str],
    axes: Mapping[Behaviour, float],
    *,
    own_words: bool,
    weights: FeltWeights | None = None,
) -> Felt:
    """Return what the person would say they felt, in [0, 1]: 0 is a rating of 1, 1 is a rating of 5.

    ``person`` and ``replies`` are one text a turn, oldest first; ``axes`` is the mean code of each axis over the
    replies, 0 to 4. ``own_words`` says whether the person wrote the messages in answer to the replies: a saved chat,
    a human seat, a model voice. Of the lines of a card nothing can be told. Raises ValueError where an axis is
    missing or is no number from 0 to 4.
    """
    said, answered = _with_words(person), _with_words(replies)
    length = sum(read(text).length for text in answered) / max(1, len(answered))
    if cause := _cause(said, answered, own_words):
        return Felt(None, cause, length)
    rating = (weights or shipped_weights()).rating(figures(said, answered, axes))
    return Felt((rating - LEAST) / (MOST - LEAST), None, length)


def _with_words(texts: Sequence[str]) -> list[str]:
    return [text for text in texts if read(text).tokens]


def _cause(person: Sequence[str], replies: Sequence[str], own_words: bool) -> NoFelt | None:
    if not own_words:
        return "card_lines"
    if min(len(person), len(replies)) < FEWEST:
        return "too_short"
    return "not_english" if foreign(person) else None


def figures(person: Sequence[str], replies: Sequence[str], axes: Mapping[Behaviour, float]) -> tuple[float, ...]:
    """Return the figures of a conversation, in the order of `NAMES`; neither side may be empty.

    Axes are roots of the mean codes, so that a first trace counts more than one more of the same. What comes after
    the first reply alone is read for thanks, length, exclamations and questions: the opening answers nobody.
    """
    if not all(0.0 <= axes.get(axis, math.nan) <= STRONGEST for axis in AXES):
        raise ValueError(f"axes have the mean code, 0 to 4, of each of {', '.join(AXES)}")
    later = person[1:] or person
    feelings = [sentiment(text) for text in person]
    third = max(1, round(len(person) / 3))
    last = float(np.mean(feelings[-third:]))
    return (
        *(math.sqrt(axes[axis]) for axis in AXES),
        style_similarity(replies, person) or 0.0,
        last,
        last - float(np.mean(feelings[:third])),
        float(np.mean(feelings[1:] or feelings)),
        _share(bool(_THANKS.search(text)) for text in later),
        _share(bool(_THANKS.search(text)) for text in person[-third:]),
        float(np.mean([math.log1p(read(text).length) for text in later])),
        _share("!" in text for text in later),
        _share("?" in text for text in later),
    )


def _share(found: Iterable[bool]) -> float:
    return float(np.mean([*found]))
