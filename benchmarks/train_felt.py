"""Train the weights of `felt` that ship, on iEval alone, and print what every design reaches.

With `--research FILE` also weights from iEval and ESConv together, for research use only (ESConv is CC BY-NC 4.0):
written outside the package, and never part of it. Usage: python benchmarks/train_felt.py [--ratings FOLDER]
[--research FILE] [--no-figures]. The figures go to results/felt.json.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from felt_data import DESIGNS, FELT, Chat, Worded, esconv, ieval
from ratings import FOLDER, RESULTS, ROOT, Estimate, auc, spearman, written

from empa_graph.cues.felt import CLIP, NAMES, SHIPPED, FeltWeights
from empa_graph.cues.heads import shipped_heads

ALPHA = 100.0
FOLDS, INNER = 10, 5
RESAMPLES = 500
IEVAL = (
    "iEval: people's ratings of chats with four chatbots (Svikhnushina, Filippova and Pu, SIGDIAL 2022), CC BY 4.0; "
    "means, spreads and ridge weights made from its texts and ratings"
)
RESEARCH = IEVAL + "; ESConv (Liu et al., ACL 2021), CC BY-NC 4.0"


class Ridge(NamedTuple):
    """A ridge regression on standardised figures."""

    centre: np.ndarray
    spread: np.ndarray
    weights: np.ndarray
    bias: float

    def foretold(self, figures: np.ndarray) -> np.ndarray:
        """Return a rating for each row."""
        return self.bias + np.clip((figures - self.centre) / self.spread, -CLIP, CLIP) @ self.weights


def fitted(figures: np.ndarray, target: np.ndarray, weight: np.ndarray) -> Ridge:
    """Return the regression with each row counted by its weight."""
    share = weight / weight.sum()
    centre = share @ figures
    spread = np.sqrt(share @ (figures - centre) ** 2) + 1e-6
    standard = np.clip((figures - centre) / spread, -CLIP, CLIP)
    middle, bias = share @ standard, float(share @ target)
    left, right = standard - middle, target - bias
    gram = left.T @ (left * weight[:, None]) + ALPHA * np.eye(figures.shape[1])
    found = np.linalg.solve(gram, left.T @ (weight * right))
    return Ridge(centre, spread, found, bias - float(middle @ found))


def counted(chats: Sequence[Chat]) -> np.ndarray:
    """Return the weight of each chat: the rejected together weigh as much as the kept."""
    kept = np.array([chat.kept for chat in chats])
    return np.ones(len(chats)) if kept.all() else np.where(kept, 1.0, kept.sum() / (~kept).sum())


def folded(chats: Sequence[Chat], folds: int, seed: int = 0) -> np.ndarray:
    """Return the fold of each chat; a group is in one alone."""
    groups = sorted({chat.group for chat in chats})
    order = np.random.default_rng(seed).permutation(len(groups))
    of = {groups[place]: number % folds for number, place in enumerate(order)}
    return np.array([of[chat.group] for chat in chats])


def picked(chats: Sequence[Chat], which: np.ndarray) -> list[Chat]:
    """Return the chats for which ``which`` is true."""
    return [chat for chat, wanted in zip(chats, which, strict=True) if wanted]


def trained(name: str, train: Sequence[Chat]) -> Callable[[Sequence[Chat]], np.ndarray]:
    """Return what foretells ratings by a design, trained on ``train``."""
    target, figures = np.array([chat.target for chat in train]), _figures(name, train)
    if not DESIGNS[name][1]:
        model = fitted(figures, target, counted(train))
        return lambda chats: model.foretold(_figures(name, chats))
    head, stacked = Worded(train, target), fitted(np.c_[figures, _unseen(train, target)], target, counted(train))
    return lambda chats: stacked.foretold(np.c_[_figures(name, chats), head.foretold(chats)])


_KEPT: dict[tuple[str, int], Sequence[float]] = {}
"""The figures of a chat by design, which every fold reads again; a chat is known by its place in memory."""


def _figures(name: str, chats: Sequence[Chat]) -> np.ndarray:
    for chat in chats:
        if (name, id(chat)) not in _KEPT:
            _KEPT[name, id(chat)] = DESIGNS[name][0](chat)
    return np.array([_KEPT[name, id(chat)] for chat in chats])


def _unseen(train: Sequence[Chat], target: np.ndarray) -> np.ndarray:
    """Return what heads over n-grams say of the chats that they did not see."""
    folds, found = folded(train, INNER, seed=1), np.zeros(len(train))
    for number in range(INNER):
        left = folds == number
        found[left] = Worded(picked(train, ~left), target[~left]).foretold(picked(train, left))
    return found


def out_of_fold(name: str, chats: Sequence[Chat], besides: Sequence[Chat] = ()) -> np.ndarray:
    """Return for each chat what weights say that saw nothing of its group."""
    folds, found = folded(chats, FOLDS), np.zeros(len(chats))
    for number in range(FOLDS):
        left = folds == number
        found[left] = trained(name, [*besides, *picked(chats, ~left)])(picked(chats, left))
    return found


class Said(NamedTuple):
    """What a design foretells of both sets."""

    ieval: np.ndarray
    esconv: np.ndarray


class Row(NamedTuple):
    """A figure of a design with its interval, and how far it lies above the baseline with the interval of that."""

    name: str
    count: int
    value: Estimate
    gain: Estimate


def rows_of(said: Said, base: Said, people: Sequence[Chat], seekers: Sequence[Chat]) -> Iterator[Row]:
    """Yield the figures of a design beside the baseline in the same folds and the same resamples."""
    negative = np.array([chat.negative for chat in people])
    rated = np.array([chat.rating is not None for chat in seekers])
    kept = np.array([chat.kept for chat in seekers])
    topics, empathy = _ratings(picked(people, negative)), _ratings(picked(seekers, rated))
    for name, measure, label, left, right, chats in (
        ("kept against rejected, AUC", auc, kept, said.esconv, base.esconv, seekers),
        ("seekers' empathy, S", spearman, empathy, said.esconv[rated], base.esconv[rated], picked(seekers, rated)),
        ("iEval negative, S", spearman, topics, said.ieval[negative], base.ieval[negative], picked(people, negative)),
        ("iEval all, S", spearman, _ratings(people), said.ieval, base.ieval, people),
    ):
        draws = [np.arange(len(chats)), *resampled([chat.group for chat in chats])]
        found = np.array([[measure(x[draw], label[draw]) for x in (left, right)] for draw in draws])
        yield Row(name, len(chats), _estimate(found[:, 0]), _estimate(found[:, 0] - found[:, 1]))


def _ratings(chats: Sequence[Chat]) -> np.ndarray:
    return np.array([chat.rating for chat in chats], dtype=float)


def resampled(groups: Sequence[str]) -> Iterator[np.ndarray]:
    """Yield the rows of groups drawn with replacement."""
    names = np.array(groups)
    members = [np.flatnonzero(names == name) for name in sorted(set(groups))]
    draw = np.random.default_rng(0)
    for _ in range(RESAMPLES):
        yield np.concatenate([members[at] for at in draw.integers(0, len(members), len(members))])


def _estimate(values: np.ndarray) -> Estimate:
    low, high = np.nanpercentile(values[1:], [2.5, 97.5])
    return Estimate(float(values[0]), float(low), float(high))


def weights_from(chats: Sequence[Chat], *, source: str, licence: str, use: str) -> FeltWeights:
    """Return the weights of `felt` trained on all of ``chats``."""
    model = fitted(np.array([FELT(chat) for chat in chats]), np.array([chat.target for chat in chats]), counted(chats))
    parts = (model.centre, model.spread, model.weights)
    named = [dict(zip(NAMES, np.round(part, 5).tolist(), strict=True)) for part in parts]
    texts = {"source": source, "licence": licence, "use": use, "coder": shipped_heads().sha256}
    return FeltWeights(*named, bias=round(model.bias, 5), **texts)


def shown(title: str, said: dict[str, Said], people: Sequence[Chat], seekers: Sequence[Chat]) -> dict[str, list[Row]]:
    """Print and return the figures of all designs."""
    found = {}
    counts = np.array([len(chat.replies) for chat in seekers], dtype=float)
    for name, each in said.items():
        found[name] = list(rows_of(each, said["length"], people, seekers))
        cells = " | ".join(f"{_told(row.value)}, {_told(row.gain, '+')}" for row in found[name])
        print(f"| {title} | {name} | {cells} | {spearman(each.esconv, counts):.2f} |", flush=True)
    return found


def _told(estimate: Estimate, sign: str = "") -> str:
    return f"{estimate.value:{sign}.3f} [{estimate.low:{sign}.2f}, {estimate.high:{sign}.2f}]"


def main() -> None:
    """Train, write, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ratings", type=Path, default=FOLDER)
    parser.add_argument("--out", type=Path, default=SHIPPED)
    parser.add_argument("--research", type=Path, metavar="FILE", help="research-only weights, outside the package")
    parser.add_argument("--no-figures", action="store_true", help="train alone")
    options = parser.parse_args()
    if not (options.ratings / "ieval_dev.jsonl").exists():
        sys.exit(f"no ratings at {options.ratings}: pass --ratings FOLDER (they are not part of the repository)")
    if options.research and options.research.resolve().is_relative_to(ROOT):
        sys.exit(f"{options.research}: research-only weights are not written into the repository")
    people = ieval(options.ratings)
    weights_from(people, source=IEVAL, licence="CC BY 4.0", use="any").saved(options.out)
    if options.no_figures and not options.research:
        return
    seekers = esconv(options.ratings)
    if options.research:
        both = weights_from([*people, *seekers], source=RESEARCH, licence="CC BY-NC 4.0", use="research use only")
        both.saved(options.research)
    if not options.no_figures:
        figures(people, seekers)


def figures(people: Sequence[Chat], seekers: Sequence[Chat]) -> None:
    """Print and write the figures of both rows, each measure in the order of `rows_of`, then S with replies."""
    print(f"iEval {len(people)} chats; ESConv {len(seekers)}, {sum(not c.kept for c in seekers)} rejected", flush=True)
    shipped = {name: Said(out_of_fold(name, people), trained(name, people)(seekers)) for name in DESIGNS}
    research = {
        name: Said(out_of_fold(name, people, seekers), out_of_fold(name, seekers, people))
        for name, (_, worded) in DESIGNS.items()
        if not worded
    }
    results = {
        title: {name: [row._asdict() for row in rows] for name, rows in shown(title, said, people, seekers).items()}
        for title, said in (("shipped", shipped), ("research-only", research))
    }
    written(results, RESULTS / "felt.json")


if __name__ == "__main__":
    main()
