"""Train the heads that tell danger in a person's words and the parts of a hand-off in replies.

Logistic regression over n-grams and ideas in words (empa_graph/cues/text_heads.py), from what benchmarks/danger_data.py
gathers; batch b is never read. The limits are chosen on predictions for whole batches, so for writers, that the
predicting weights never saw: of what only sounds like danger at most 4% alarms, of ordinary talk one line of 200.
Needs scikit-learn (extra `training`).
Usage: python benchmarks/train_danger.py [--only danger|handoff]
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from danger_data import CLEAR, ORDINARY, STATED, Bag, Statement, bags, batches, statements
from danger_limits import Judged
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from empa_graph.cues.danger import SHIPPED as DANGER
from empa_graph.cues.ngrams import Block, learned
from empa_graph.cues.offers import SHIPPED as HANDOFF
from empa_graph.cues.text_heads import GRAMS, TextHeads
from empa_graph.models.line import PARTS, Part

FEWEST: Mapping[str, Mapping[str, int]] = {
    "danger": {"words": 2, "characters": 4, "concepts": 5, "phrases": 1},
    "handoff": {"numbered": 3, "characters": 8},
}
"""The blocks of each file, and the texts that a gram stands in, or it is left out."""
C = 10.0
ROUNDS = 3
HEAVY = 2.0
"""How much a sentence that holds a part weighs beside one that does not."""
STRICT = 0.005
"""The share of replies away from danger that a part may be read into."""
READ_INTO: Mapping[Part, float] = {"question": 0.03, "distance": 0.02, "service": 0.03, "near": 0.045}
"""The share of replies that hold another part, so in danger, that this one may be read into: the coders disagree most
about somebody near."""


def vocabulary(texts: Sequence[str], fewest: Mapping[str, int]) -> dict[str, Block]:
    """Return the blocks learned from ``texts``."""
    return {name: learned((GRAMS[name](text) for text in texts), fewest=least) for name, least in fewest.items()}


def matrix(texts: Sequence[str], blocks: Mapping[str, Block]) -> sparse.csr_matrix:
    """Return the features of ``texts`` (N, V)."""
    parts = []
    for name, block in blocks.items():
        vectors = [block.vector(GRAMS[name](text)) for text in texts]
        ends = np.cumsum([0, *(len(places) for places, _ in vectors)])
        places, values = (np.concatenate(found) for found in zip(*vectors, strict=True))
        parts.append(sparse.csr_matrix((values, places, ends), shape=(len(texts), len(block.idf))))
    return sparse.hstack(parts).tocsr()


def fitted(features: sparse.csr_matrix, shown: np.ndarray, weights: np.ndarray) -> LogisticRegression:
    """Return the model of one head."""
    model = LogisticRegression(C=C, solver="liblinear", random_state=0, tol=1e-2)
    return model.fit(features, shown, sample_weight=weights)


def folds_of(groups: Sequence[str]) -> np.ndarray:
    """Return the fold (N,) of each example: a batch is one of its own, cards and talks are spread over all of them."""
    names = sorted(set(groups) & set(batches()))
    others = sorted(set(groups) - set(names))
    order = np.random.default_rng(0).permutation(len(others))
    fold = {name: number for number, name in enumerate(names)}
    fold |= {others[place]: number % len(names) for number, place in enumerate(order)}
    return np.array([fold[group] for group in groups])


def heads_of(blocks: dict[str, Block], coef: np.ndarray, bias: np.ndarray, limits: Sequence[float]) -> TextHeads:
    """Return heads with weights of one byte, without the grams that weigh nothing in any."""
    scale = np.abs(coef).max(axis=0) / 127.0
    stored = np.rint(coef / scale).astype(np.int8)
    kept = np.abs(stored).max(axis=1) > 0
    smaller, at = {}, 0
    for name, block in blocks.items():
        here = kept[at : at + len(block.idf)]
        grams = [gram for gram, keep in zip(block.vocabulary, here, strict=True) if keep]
        smaller[name] = Block({gram: place for place, gram in enumerate(grams)}, block.idf[here])
        at += len(block.idf)
    return TextHeads(smaller, np.ascontiguousarray(stored[kept]), scale, bias, np.array(limits))


def fit_danger(said: Sequence[Statement], features: sparse.csr_matrix, places: np.ndarray) -> np.ndarray:
    """Return weights and intercept (V + 1,) learned from the statements at ``places``."""
    shown = np.array([said[place].danger for place in places])
    stated = np.array([s.danger or s.kind not in ("card", "corpus") for s in said])[places]
    model = fitted(features[places], shown, np.where(stated, STATED, ORDINARY))
    return np.append(model.coef_[0], model.intercept_[0])


def danger_sums(said: Sequence[Statement], features: sparse.csr_matrix) -> np.ndarray:
    """Return what weights say of each statement (N,) that saw nothing of its fold."""
    folds, sums = folds_of([s.group for s in said]), np.zeros(len(said))
    for number in np.unique(folds):
        coef = fit_danger(said, features, np.flatnonzero(folds != number))
        sums[folds == number] = features[folds == number] @ coef[:-1] + coef[-1]
    return sums


def train_danger(path: Path) -> None:
    """Train and write the head of danger, and print its figures out of fold."""
    said = list(statements())
    blocks = vocabulary([s.text for s in said], FEWEST["danger"])
    features = matrix([s.text for s in said], blocks)
    judged = Judged(said, danger_sums(said, features))
    limits = judged.limits()
    judged.report(limits)
    coef = fit_danger(said, features, np.arange(len(said)))
    heads = heads_of(blocks, coef[:-1, None], coef[-1:], limits)
    heads.saved(path)
    print(f"{path.name}: {heads.weights.shape[0]} features, {path.stat().st_size / 1e6:.2f} MB, limits {limits}")


class Sentences:
    """The sentences of all bags as numbers: features (N, V), the bag of each, and where each bag begins."""

    def __init__(self, found: Sequence[Bag]) -> None:
        self.bags = found
        self.texts = [text for bag in found for text in bag.sentences]
        self.blocks = vocabulary(self.texts, FEWEST["handoff"])
        self.features = matrix(self.texts, self.blocks)
        self.starts = np.cumsum([0, *(len(bag.sentences) for bag in found)])
        self.bag = np.repeat(np.arange(len(found)), np.diff(self.starts))

    def fit(self, part: Part, learned_from: np.ndarray) -> np.ndarray:
        """Return weights and intercept (V + 1,) of one part: of a bag that has it the best sentence is shown as one.

        Begins with bags of one sentence; each round the model of the round before says which sentence it was.
        """
        code = np.array([bag.codes.get(part, 0.0) for bag in self.bags])
        allowed = np.zeros(len(self.bags), dtype=bool)
        allowed[learned_from] = True
        absent = np.flatnonzero((allowed & (code == 0))[self.bag])
        near = np.array([bool(bag.codes) or bag.stated for bag in self.bags])
        weights = np.where(near[self.bag[absent]], STATED, ORDINARY)
        shown = [p for p in np.flatnonzero(allowed & (code >= CLEAR)) if len(self.bags[p].sentences)]
        best = [self.starts[p] for p in shown if len(self.bags[p].sentences) == 1]
        for _ in range(ROUNDS):
            places = np.concatenate([best, absent]).astype(int)
            there = np.arange(len(places)) < len(best)
            model = fitted(self.features[places], there, np.concatenate([np.full(len(best), HEAVY), weights]))
            sums = model.decision_function(self.features)
            best = [place for p in shown for place in self._telling(sums, p)]
        return np.append(model.coef_[0], model.intercept_[0])

    def _telling(self, sums: np.ndarray, bag: int) -> list[int]:
        own = np.arange(self.starts[bag], self.starts[bag + 1])
        top = int(own[sums[own].argmax()])
        return [top, *(int(place) for place in own if place != top and sums[place] > 0)]

    def most(self, sums: np.ndarray) -> np.ndarray:
        """Return the highest sum of each bag (B, ...) of sums of sentences (N, ...)."""
        return np.maximum.reduceat(sums, self.starts[:-1], axis=0)


def train_handoff(path: Path) -> None:
    """Train and write the heads of the parts of a hand-off, and print their figures out of fold."""
    found = [bag for bag in bags() if bag.sentences]
    told = Sentences(found)

    def fit(places: np.ndarray) -> np.ndarray:
        return np.stack([told.fit(part, places) for part in PARTS], axis=1)

    folds = folds_of([bag.group for bag in found])
    sums = np.zeros((len(told.texts), len(PARTS)))
    for number in np.unique(folds):
        coef = fit(np.flatnonzero(folds != number))
        here = (folds == number)[told.bag]
        sums[here] = told.features[here] @ coef[:-1] + coef[-1]
    most = told.most(sums)
    limits = [_limits(found, most[:, place], part) for place, part in enumerate(PARTS)]
    coef = fit(np.arange(len(found)))
    heads = heads_of(told.blocks, coef[:-1], coef[-1], [*(strict for strict, _ in limits), *(own for _, own in limits)])
    heads.saved(path)
    print(f"{path.name}: {heads.weights.shape[0]} features, {path.stat().st_size / 1e6:.2f} MB")


def _limits(found: Sequence[Bag], most: np.ndarray, part: Part) -> tuple[float, float]:
    """Return the limit away from danger and the one in it, and print what they find out of fold."""
    code = np.array([bag.codes.get(part, 0.0) for bag in found])
    stated = np.array([bag.stated for bag in found])
    grave = np.array([bool(bag.codes) for bag in found])
    strict = float(np.quantile(most[~stated & ~grave], 1.0 - STRICT))
    own = float(np.quantile(most[~stated & grave & (code == 0)], 1.0 - READ_INTO[part]))
    print(f"{part}: limits {strict:.2f} away from danger, {own:.2f} in it")
    for name, here in (("batches", stated), ("coded replies", ~stated & grave), ("away", ~stated & ~grave)):
        there, none = most[here & (code >= CLEAR)], most[here & (code == 0)]
        shares = " and ".join(
            f"found {(there > limit).sum()} of {len(there)}, read into {(none > limit).sum()} of {len(none)}"
            for limit in (strict, own)
        )
        print(f"  {name}: {shares}")
    return strict, own


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("danger", "handoff"))
    options = parser.parse_args()
    if options.only != "handoff":
        train_danger(DANGER)
    if options.only != "danger":
        train_handoff(HANDOFF)


if __name__ == "__main__":
    main()
