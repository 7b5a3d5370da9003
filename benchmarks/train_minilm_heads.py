"""Fine-tune MiniLM to code behaviours, from the coded corpus and the graded replies of the repository alone.

Low-rank deltas and a linear head (benchmarks/minilm_lora.py). Trained on half of the conversations and personas: from
what that says of the other half come the calibration and the share that each behaviour has beside the light heads.
--further goes on over all of them, more gently; the weights that ship are made without. Needs torch and scikit-learn
(extra `training`) and MiniLM (extra `embeddings`); ten minutes on two idle cores (GOMP_SPINCOUNT=0 where they are not).
Usage: python benchmarks/train_minilm_heads.py [--out FILE] [--without PERSONA ...] [--further EPOCHS]
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import compress
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from minilm_lora import BATCH, Begun, PairNet, batches, padded, predicted
from safetensors.numpy import save_file
from smollm_lora import StateNet
from train_heads import ALPHA, Design, Example, calibration, corpus_examples, fitted, graded_examples

from empa_graph.cues.minilm import installed, opened
from empa_graph.cues.pair_heads import SHIPPED, pair
from empa_graph.models.behaviour import BEHAVIOURS

DECAY = 0.01
WARM = 0.06
"""The share of the steps in which the rate rises; it falls to nothing over the rest."""
SCALE = 4.0
MOST_GRADED = 400
"""Graded replies of a persona that are trained on; all of them would outnumber the conversations."""
SHARES = np.linspace(0.0, 1.0, 11)
"""The shares tried for the ensemble."""


class Course(NamedTuple):
    """How long a training goes on, and the rate that it rises to and falls from."""

    epochs: int
    rate: float


class Placing(NamedTuple):
    """Where the sums of a net lie: the calibration's knots (B, KNOTS, 2) and each behaviour's share (B,)."""

    knots: np.ndarray
    share: np.ndarray


Net = PairNet | StateNet
FIRST = Course(3, 1e-3)
FURTHER_RATE = 5e-4


def sampled(examples: Sequence[Example], most: int = MOST_GRADED) -> list[Example]:
    """Return at most ``most`` examples of each group, drawn at random: of personas, that is."""
    order = np.random.default_rng(0).permutation(len(examples))
    taken: Counter[str] = Counter()
    kept = []
    for place in order:
        taken[examples[place].group] += 1
        if taken[examples[place].group] <= most:
            kept.append(int(place))
    return [examples[place] for place in sorted(kept)]


def examples_of(without: Sequence[str], most: int = MOST_GRADED) -> list[Example]:
    """Return what is trained on: the corpus, and at most ``most`` graded replies of each persona not ``without``."""
    return sampled([*corpus_examples(), *graded_examples(without)], most)


def codes_of(examples: Sequence[Example]) -> np.ndarray:
    """Return the codes (N, B), 0 to 4."""
    return np.array([[e.codes.get(b, 0.0) for b in BEHAVIOURS] for e in examples])


def trained(net: Net, begun: Sequence[Begun], codes: np.ndarray, course: Course) -> Net:
    """Return ``net`` after the course: squared error, a behaviour counting by one over its deviation."""
    shuffled = np.random.default_rng(0)
    weights = torch.tensor(1.0 / np.maximum(codes.std(axis=0), 0.1), dtype=torch.float32)
    target = torch.tensor(codes, dtype=torch.float32)
    best = torch.optim.AdamW(net.parameters(), lr=course.rate, weight_decay=DECAY)
    steps = course.epochs * -(-len(begun) // BATCH)
    rate = torch.optim.lr_scheduler.LambdaLR(best, lambda s: min(s / (WARM * steps), (1 - s / steps) / (1 - WARM)))
    for epoch in range(course.epochs):
        net.train()
        losses, clock = [], time.perf_counter()
        for places in batches(begun, shuffled):
            loss = (weights * (net(padded([begun[p] for p in places])) - target[places]) ** 2).mean() / SCALE
            best.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_([*net.a.parameters(), *net.b.parameters()], 1.0)
            best.step()
            rate.step()
            losses.append(loss.item())
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}, {time.perf_counter() - clock:.0f} s", flush=True)
    return net


def fresh(made: Callable[[], Net], codes: np.ndarray) -> Net:
    """Return a net that has learned nothing but the mean of the codes."""
    torch.manual_seed(0)
    net = made()
    net.head.bias.data = torch.tensor(codes.mean(axis=0), dtype=torch.float32)
    return net


def left_out(examples: Sequence[Example]) -> np.ndarray:
    """Return which examples (N,) are of the half that the first training does not see; no group is split."""
    groups = sorted({e.group for e in examples})
    order = np.random.default_rng(0).permutation(len(groups))
    half = {groups[place]: number % 2 == 0 for number, place in enumerate(order)}
    return np.array([half[e.group] for e in examples])


def light_sums(examples: Sequence[Example], left: np.ndarray) -> np.ndarray:
    """Return the light heads' sums (M, B) of the examples that are ``left`` out of their training."""
    design = Design(examples)
    return np.asarray(fitted(design.features[~left], design.codes[~left], ALPHA).predict(design.features[left]))


def calibrated(sums: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Return the strengths (N, B) of ``sums`` by ``knots``."""
    return np.stack([np.interp(s, k[:, 0], k[:, 1]) for s, k in zip(sums.T, knots, strict=True)], axis=1)


def shares(light: np.ndarray, heavy: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return for each behaviour the share of ``heavy`` (B,) at which the two miss the codes by least."""
    errors = [(((1.0 - s) * light + s * heavy - codes) ** 2).mean(axis=0) for s in SHARES]
    return SHARES[np.argmin(errors, axis=0)]


def placed(net: Net, begun: Sequence[Begun], examples: Sequence[Example], left: np.ndarray) -> Placing:
    """Return the calibration and the shares by what ``net`` says of the examples that are ``left``, begun."""
    codes = codes_of(examples)[left]
    sums, light = predicted(net, begun), light_sums(examples, left)
    both = [calibrated(found, calibration(found, codes, anchored=False)) for found in (light, sums)]
    return Placing(calibration(sums, codes), shares(*both, codes))


def stored(net: Net, placing: Placing, out: Path) -> None:
    """Write the weights, in half precision, and where their sums lie."""
    save_file({**net.arrays(), **{name: part.astype(np.float32) for name, part in placing._asdict().items()}}, out)
    print(f"{out.name}: {out.stat().st_size / 1e6:.1f} MB")


def options_of(doc: str | None, shipped: Path) -> argparse.ArgumentParser:
    """Return the parser of what a training is asked for."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--out", type=Path, default=shipped)
    parser.add_argument("--without", nargs="*", default=[], help="personas whose graded replies are left out")
    return parser


def ready() -> None:
    """Set torch to two threads, and what is too small to count to nothing."""
    torch.set_num_threads(2)
    torch.set_flush_denormal(True)


def main() -> None:
    """Train and write."""
    parser = options_of(__doc__, SHIPPED)
    parser.add_argument("--further", type=int, default=0, metavar="EPOCHS", help="then go on over all examples")
    options = parser.parse_args()
    ready()
    examples = examples_of(options.without)
    codes, left = codes_of(examples), left_out(examples)
    tokenizer, tensors = opened(installed())
    begun = PairNet(tensors).begun([pair(tokenizer, e.reply, e.context.person) for e in examples])
    net = trained(fresh(lambda: PairNet(tensors), codes), list(compress(begun, ~left)), codes[~left], FIRST)
    placing = placed(net, list(compress(begun, left)), examples, left)
    if options.further:
        trained(net, begun, codes, Course(options.further, FURTHER_RATE))
    stored(net, placing, options.out)


if __name__ == "__main__":
    main()
