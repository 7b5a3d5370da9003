"""Train the behaviour heads that ship, from the coded corpus and the graded replies of the repository alone.

Ridge on word and character n-grams with the figures of the reply (empa_graph/cues/heads.py). The calibration is made
from predictions on conversations and personas that the predicting weights never saw. Needs scikit-learn (extra
`training`). Usage: python benchmarks/train_heads.py [--out FILE] [--without PERSONA ...] [--alpha 30]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from frames import mangled
from scipy import sparse
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import Ridge

from empa_graph.content.coded import load_corpus
from empa_graph.content.graded import graded_file, lines_of, load_graded
from empa_graph.content.library import load_persona, persona_files
from empa_graph.cues.context import CueContext
from empa_graph.cues.heads import CLIP, FIGURES_WEIGHT, PERSON_WEIGHT, SHIPPED, Heads, figures
from empa_graph.cues.ngrams import BLOCKS, Block, learned
from empa_graph.models.behaviour import BEHAVIOURS, STRONGEST, Behaviour

FEWEST = {"words": 2, "characters": 5, "person": 5}
"""Texts that a gram stands in, or it is left out."""
ALPHA = 30.0
"""How hard weights are held small. The corpus alone would choose 3; what is told in many words, as understanding is, is
told better by 30 in other people's talk (docs/validity-tried.md)."""
SHARP: Mapping[Behaviour, float] = {"advising": 3.0, "self_turning": 10.0, "dismissing": 10.0}
"""The same for what few words tell wherever they stand ("you should", "I once"): 30 would take from these."""
FOLDS = 6
MANGLED = 1_200
"""Replies of scripts among the examples, so that a frame is told from a listener."""
WINDOW = 12
KNOTS = 16
PREVALENCE: Mapping[Behaviour, float] = {"dismissing": 0.55}
"""The mean code in life of what the corpus has more of on purpose: that of 1,884 replies of human supporters
(../shared/ratings/behaviours/esconv_codes.csv), a figure only."""
ANCHORED: Mapping[Behaviour, float] = {"dismissing": 0.52}
"""How much higher the sums of human supporters lie than those of the corpus at the same code, for the plain way they
write; taken off, so that their mean strength is nearly the one above (0.57). A figure only, as `PREVALENCE`."""
FAINT = 0.3
LEAST_SHARED = 0.55
"""Where prediction and codes share less than this, single replies are told too poorly for a strength to be stretched:
a step back must not come from noise."""
UNSTRETCHED = frozenset[Behaviour]({"dismissing"})
"""What is told well in the corpus (area 0.87) and poorly in other people's talk (0.65, 1,884 replies of ESConv)."""


class Example(NamedTuple):
    """A coded reply; ``group`` is what is never split: a conversation, or a persona."""

    group: str
    reply: str
    context: CueContext
    codes: Mapping[Behaviour, float]


def corpus_examples() -> Iterator[Example]:
    """Yield every reply of the coded corpus, each in its conversation."""
    for conversation in load_corpus():
        person: list[str] = []
        replies: list[str] = []
        for message in conversation.messages:
            if message.role == "user":
                person.append(message.content)
                continue
            context = CueContext(person=tuple(person[-WINDOW:]), replies=tuple(replies[-WINDOW:]))
            yield Example(conversation.id, message.content, context, dict(message.behaviours or {}))
            replies.append(message.content)


def graded_examples(without: Sequence[str] = ()) -> Iterator[Example]:
    """Yield every graded reply, each behind the one line that it answers."""
    for file in persona_files():
        path = graded_file(file.stem)
        if file.stem in without or not path.is_file():
            continue
        lines = lines_of(load_persona(file))
        for graded in load_graded(path):
            context = CueContext(person=(lines[graded.line],))
            for reply in graded.replies:
                yield Example(file.stem, reply.text, context, dict(reply.behaviours))


def mangled_examples() -> Iterator[Example]:
    """Yield frames filled with words of a message: no understanding, and what was said is passed over."""
    said = [message.content for c in load_corpus() for message in c.messages if message.role == "user"]
    for number, (message, reply) in enumerate(mangled(said, MANGLED)):
        context = CueContext(person=(message,), replies=("",) * (number % WINDOW))
        yield Example(f"frame {number % 40}", reply, context, {"dismissing": 2.0})


class Design:
    """The examples as numbers: features (N, V + F) and codes (N, B)."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self.examples = examples
        self.blocks: dict[str, Block] = {}
        self.codes = np.array([[e.codes.get(b, 0.0) for b in BEHAVIOURS] for e in examples])
        self._figures = np.array([figures(e.reply, e.context) for e in examples])
        self.centre, self.spread = self._figures.mean(axis=0), self._figures.std(axis=0) + 1e-6

    @cached_property
    def features(self) -> sparse.csr_matrix:
        """The matrix; the vocabularies are learned on the way."""
        parts = [self._block(name) for name in BLOCKS]
        scaled = np.clip((self._figures - self.centre) / self.spread, -CLIP, CLIP)
        return sparse.hstack([*parts, sparse.csr_matrix(FIGURES_WEIGHT * scaled)]).tocsr()

    def _block(self, name: str) -> sparse.csr_matrix:
        texts = [e.context.person[-1] if e.context.person else "" for e in self.examples]
        counts = [BLOCKS[name](t) for t in (texts if name == "person" else [e.reply for e in self.examples])]
        block = self.blocks[name] = learned(counts, fewest=FEWEST[name])
        vectors = [block.vector(count) for count in counts]
        places = np.concatenate([places for places, _ in vectors])
        values = np.concatenate([values for _, values in vectors]) * (PERSON_WEIGHT if name == "person" else 1.0)
        ends = np.cumsum([0, *(len(places) for places, _ in vectors)])
        return sparse.csr_matrix((values, places, ends), shape=(len(counts), len(block.idf)))


def fitted(features: sparse.csr_matrix, codes: np.ndarray, alpha: float) -> Ridge:
    """Return the ridge regression of all behaviours, those of `SHARP` by their own penalty where that is smaller."""
    penalties = np.array([min(alpha, SHARP.get(behaviour, alpha)) for behaviour in BEHAVIOURS])
    return Ridge(alpha=penalties, solver="sparse_cg", tol=1e-4).fit(features, codes)


def out_of_fold(design: Design, alpha: float) -> np.ndarray:
    """Return for each example what weights say that saw none of its conversation or persona, shape (N, B)."""
    groups = sorted({e.group for e in design.examples})
    order = np.random.default_rng(0).permutation(len(groups))
    fold = {groups[place]: number % FOLDS for number, place in enumerate(order)}
    folds = np.array([fold[e.group] for e in design.examples])
    found = np.zeros(design.codes.shape)
    for number in range(FOLDS):
        left = folds == number
        found[left] = fitted(design.features[~left], design.codes[~left], alpha).predict(design.features[left])
    return found


def calibration(sums: np.ndarray, codes: np.ndarray, *, anchored: bool = True) -> np.ndarray:
    """Return per behaviour rising knots (B, KNOTS, 2) from sums to strengths, ``anchored`` as in life.

    What was over-sampled on purpose weighs as in life (`PREVALENCE`). An expected code has less spread than codes
    have; it is stretched around its mean until it has theirs, since a step is made of single replies.
    """
    found = np.array([_knots(s, c, b) for s, c, b in zip(sums.T, codes.T, BEHAVIOURS, strict=True)])
    if anchored:
        found[:, :, 0] += np.array([[ANCHORED.get(behaviour, 0.0)] for behaviour in BEHAVIOURS])
    return found


def _knots(sums: np.ndarray, codes: np.ndarray, behaviour: Behaviour) -> np.ndarray:
    weights = _weights(codes, PREVALENCE.get(behaviour))
    rising = IsotonicRegression(out_of_bounds="clip").fit(sums, codes, sample_weight=weights)
    at = np.unique(np.quantile(sums, [*np.linspace(0.0, 0.9, KNOTS - 5), 0.95, 0.98, 0.99, 0.997, 1.0]))
    at = np.pad(at, (0, KNOTS - len(at)), mode="edge")
    found, middle = rising.predict(sums), np.average(codes, weights=weights)
    shared = np.sqrt(
        np.average((found - middle) ** 2, weights=weights) / np.average((codes - middle) ** 2, weights=weights)
    )
    expected = _smoothed(rising.predict(at))
    print(f"{behaviour}: mean {middle:.2f}, shared {shared:.2f}")
    told = shared >= LEAST_SHARED and behaviour not in UNSTRETCHED
    stretched = middle + (expected - middle) / (shared if told else 1.0)
    # Where the stretched strength would be 0, the order of what is faint is kept.
    return np.stack([at, np.clip(np.maximum(stretched, FAINT * expected), 0.0, STRONGEST)], axis=1)


def _weights(codes: np.ndarray, mean: float | None) -> np.ndarray:
    """Return weights under which the mean code is ``mean``: all that is shown weighs less."""
    if mean is None or codes.mean() <= mean:
        return np.ones(len(codes))
    shown = codes > 0
    share = mean * (~shown).sum() / (codes[shown].sum() - mean * shown.sum())
    return np.where(shown, share, 1.0)


def _smoothed(rising: np.ndarray) -> np.ndarray:
    """Return the steps of an isotonic fit as a slope: each knot the mean of its neighbours."""
    padded = np.pad(rising, 1, mode="edge")
    return np.maximum.accumulate((padded[:-2] + 2.0 * padded[1:-1] + padded[2:]) / 4.0)


def trained(examples: Sequence[Example], *, alpha: float = ALPHA, knots: np.ndarray | None = None) -> Heads:
    """Return heads trained on ``examples``; ``knots`` spares the calibration its folds."""
    design = Design(examples)
    model = fitted(design.features, design.codes, alpha)
    if knots is None:
        knots = calibration(out_of_fold(design, alpha), design.codes)
    scale = np.abs(model.coef_).max(axis=1) / 127.0
    stored = np.rint(model.coef_ / scale[:, None]).astype(np.int8).T
    return Heads(
        blocks=design.blocks,
        weights=np.ascontiguousarray(stored),
        scale=scale,
        bias=model.intercept_,
        centre=design.centre,
        spread=design.spread,
        knots=knots,
    )


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=SHIPPED)
    parser.add_argument("--without", nargs="*", default=[], help="personas whose graded replies are left out")
    parser.add_argument("--alpha", type=float, default=ALPHA)
    options = parser.parse_args()
    heads = trained([*corpus_examples(), *graded_examples(options.without), *mangled_examples()], alpha=options.alpha)
    heads.saved(options.out)
    print(f"{options.out.name}: {heads.weights.shape[0]} features, {options.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
