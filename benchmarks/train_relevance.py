"""Train how much a reply tells for an agent that answers this person (empa_graph/cues/relevance.json).

A logistic model each for messages that hold words of the person's own and for those that do not, over what a reply
shares with them (empa_graph/cues/relevance.py). For: the replies of the better half of the coded corpus, by the signed
sum of their codes. Against: fixed sentences of benchmarks/pools in their place, one or two at a time. Both count alike.
With --held-out every other conversation is left out, and the area on those is printed as well. Needs the extra
`training`. Usage: python benchmarks/train_relevance.py [--held-out]
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from attack_pools import lines
from ratings import auc
from rich.console import Console
from sklearn.linear_model import LogisticRegression

from empa_graph.content.coded import load_corpus
from empa_graph.cues.relevance import EVIDENCE, LATE, is_answerable, odds, shared
from empa_graph.models.behaviour import AXES
from empa_graph.models.coded import CodedConversation

Heard = tuple[str, tuple[str, ...]]
"""A reply and all that the person had said before it."""
KINDS = {"answerable": True, "quiet": False}


def better(talks: Sequence[CodedConversation]) -> list[CodedConversation]:
    """Return the half of ``talks`` with the higher signed sums."""
    sums = [_signed(talk) for talk in talks]
    middle = float(np.median(sums))
    return [talk for talk, total in zip(talks, sums, strict=True) if total > middle]


def _signed(talk: CodedConversation) -> float:
    coded = [message.behaviours for message in talk.messages if message.behaviours is not None]
    total = sum(sign * codes.get(axis, 0) for codes in coded for axis, sign in AXES.items())
    return total / max(1, len(coded))


def replies(talks: Sequence[CodedConversation]) -> list[Heard]:
    """Return every reply with what it answers."""
    found: list[Heard] = []
    for talk in talks:
        person: list[str] = []
        for message in talk.messages:
            if message.role == "user":
                person.append(message.content)
            elif person:
                found.append((message.content, tuple(person)))
    return found


def scripted(heard: Sequence[Heard], rng: random.Random) -> list[Heard]:
    """Return fixed sentences, one or two, in the place of the replies."""
    pool = lines("sentences")
    return [(" ".join(rng.sample(pool, rng.randint(1, 2))), person) for _, person in heard]


def told(said: Sequence[Heard], *, answerable: bool) -> np.ndarray:
    """Return what the replies to messages of one kind share with them, where there is anything, shape (N, 2)."""
    kind = [(reply, person) for reply, person in said if is_answerable(person[-1]) == answerable]
    found = [shared(reply, person) for reply, person in kind if is_answerable(*person[-LATE:])]
    return np.array([[odds(one.words), odds(one.meaning)] for one in found])


def main() -> None:
    """Train, and write the weights; with --held-out print how well they tell what they did not see."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--held-out", action="store_true", help="leave out every other conversation, write nothing")
    held_out = parser.parse_args().held_out
    talks, rng = better(load_corpus()), random.Random(0)
    mine = replies(talks[::2] if held_out else talks)
    theirs = scripted(mine, rng)
    unseen = replies(talks[1::2])
    sides, tests = (mine, theirs), (unseen, scripted(unseen, rng))
    weights: dict[str, list[float]] = {}
    for kind, answerable in KINDS.items():
        rows, labels = _labelled(sides, answerable=answerable)
        model = LogisticRegression(class_weight="balanced").fit(rows, labels)
        weights[kind] = [round(float(value), 3) for value in (*model.coef_[0], model.intercept_[0])]
        if held_out:
            rows, labels = _labelled(tests, answerable=answerable)
            Console().print(f"{kind}: area {auc(model.decision_function(rows), labels):.3f}, {len(rows)} replies")
    Console().print(weights)
    if not held_out:
        Path(EVIDENCE).write_text(json.dumps(weights) + "\n", encoding="utf-8")


def _labelled(sides: Sequence[Sequence[Heard]], *, answerable: bool) -> tuple[np.ndarray, np.ndarray]:
    good, bad = (told(side, answerable=answerable) for side in sides)
    return np.concatenate([good, bad]), np.arange(len(good) + len(bad)) < len(good)


if __name__ == "__main__":
    main()
