"""Behaviour heads by SmolLM2, fine-tuned on what the person said and the reply; needs the extra `embeddings`.

What ships are low-rank deltas of its blocks 11 to 16 and a linear head, trained by benchmarks/train_smollm_heads.py on
the coded corpus and the graded replies. Agreement with people: docs/validity.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from empa_graph.cues.heads import shipped_heads
from empa_graph.cues.minilm import plain
from empa_graph.cues.pair_heads import MESSAGES, Arrays, Ensemble, Features, Pair, PairHeads, PairModel, merged
from empa_graph.cues.smollm import DENSE, DEPTH, SHA256, Encoder, Vector, opened, tokenizer

SHIPPED = Path(__file__).parent / "weights" / "smollm.safetensors"
PERSON_TOKENS, REPLY_TOKENS = 64, 128
"""Tokens read of the messages, the last ones, and of the reply, half of these from its beginning, half from its end."""
UNCHANGED = 10
"""The first blocks, which stay as they are."""
CHANGED = tuple(f"blk.{number}.{name}" for number in range(UNCHANGED, DEPTH) for name in DENSE)
"""The layers that have a delta."""


def pair(words: Any, reply: str, person: Sequence[str]) -> Pair:
    """Return the tokens of ``reply`` behind the last messages of ``person``, written down as a conversation."""

    def read(text: str) -> list[int]:
        return list(words.encode(text, add_special_tokens=False).ids)

    said = list(chain.from_iterable(read(f"Person: {plain(text)}\n") for text in person[-MESSAGES:]))
    before = [*read("Conversation:\n"), *said[-PERSON_TOKENS:], *read("Listener:")]
    answer, half = read(f" {plain(reply).strip()}"), REPLY_TOKENS // 2
    if len(answer) > REPLY_TOKENS:
        answer = [*answer[:half], *answer[-half:]]
    return Pair((*before, *answer, *read("\n")), len(before))


def pooled(states: Vector, first: int) -> Vector:
    """Return the mean over the reply and the state of the mark that ends it (1152,), at mean 0 and deviation 1."""
    both = np.concatenate([states[first:-1].mean(axis=0), states[-1]])
    centred = both - both.mean()
    return np.asarray(centred / np.sqrt((centred * centred).mean() + 1e-5))


def _opened() -> Callable[[Arrays], Features]:
    model = opened()
    words = tokenizer(model)

    def features(held: Arrays) -> Features:
        weights = {f"{name}.weight": model.tensors[f"{name}.weight"][:] for name in CHANGED}
        encoder = Encoder(model, merged(weights, held, CHANGED))

        def found(reply: str, person: tuple[str, ...]) -> Vector:
            ids, first = pair(words, reply, person)
            return pooled(encoder(ids), first)

        return found

    return features


SMOLLM = PairModel("SmolLM2", SHA256, _opened)


@cache
def shipped_smollm_heads() -> PairHeads:
    """Return the heads that come with the package, read on the first call.

    Raises MissingExtraError where SmolLM2 is not installed.
    """
    return PairHeads(SHIPPED, SMOLLM)


@cache
def shipped_smollm_ensemble() -> Ensemble:
    """Return the light heads and those of SmolLM2 as one coder. Raises MissingExtraError where it is not installed."""
    second = shipped_smollm_heads()
    return Ensemble(shipped_heads(), second, second.share)
