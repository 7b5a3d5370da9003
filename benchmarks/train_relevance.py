"""Train how much a reply tells for an agent that answers this person (empa_graph/cues/relevance.json).

A logistic model each for messages that hold words of the person's own and for those that do not, over what a reply
shares with them (empa_graph/cues/relevance.py). For: the replies of the better half of the coded corpus, by the signed
sum of their codes. Against: fixed sentences of benchmarks/pools in their place, one or two at a time. Both count alike.
With --held-out every other conversation is left out, and what follows is printed of those and of kept supporters on
ESConv, from which nothing is learned: the area of single replies, and the mean share of credit that a supporter keeps,
and fixed sentences in their place. Needs the extra `training`, and with --held-out the human ratings.
Usage: python benchmarks/train_relevance.py [--held-out]
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np
from attack_pools import lines
from ratings import FOLDER, auc, rows
from rich.console import Console
from sklearn.linear_model import LogisticRegression

from empa_graph.content.coded import CodedConversation, load_corpus
from empa_graph.cues import relevance
from empa_graph.cues.fitting import ANSWERS, SPEAKS, fitting
from empa_graph.cues.relevance import EVIDENCE, LATE, is_answerable, odds, shared, weights
from empa_graph.models.behaviour import AXES

Talk = Sequence[tuple[str, str]]
"""Role and text of each message."""
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


def corpus() -> list[Talk]:
    """Return the talks of the better half of the coded corpus."""
    return [[(m.role, m.content) for m in talk.messages] for talk in better(load_corpus())]


def kept() -> list[Talk]:
    """Return the talks of kept supporters on ESConv, with messages in a row made one."""
    found = [row["messages"] for row in rows(FOLDER, "esconv_dev.jsonl") if row["kept"]]
    grouped = [groupby(messages, key=itemgetter("role")) for messages in found]
    return [[(role, " ".join(m["content"] for m in said)) for role, said in talk] for talk in grouped]


def replies(talk: Talk) -> list[Heard]:
    """Return every reply with what it answers."""
    found: list[Heard] = []
    person: list[str] = []
    for role, text in talk:
        if role == "user":
            person.append(text)
        elif person:
            found.append((text, tuple(person)))
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


def credited(talks: Sequence[Sequence[Heard]]) -> float:
    """Return the mean share of its credit that a reply keeps by what its agent has said so far."""
    found = []
    for heard in talks:
        said = [reply for reply, _ in heard]
        answers = [fitting(person, said[: at + 1], window=1).answers for at, (_, person) in enumerate(heard)]
        found += np.interp(np.interp(answers, ANSWERS, (0.0, 1.0)), SPEAKS, (0.0, 1.0)).tolist()
    return float(np.mean(found))


def main() -> None:
    """Train, and write the weights; with --held-out print how well they tell what they did not see."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--held-out", action="store_true", help="leave out every other conversation, write nothing")
    held_out = parser.parse_args().held_out
    talks, rng = [replies(talk) for talk in corpus()], random.Random(0)
    models = trained(talks[::2] if held_out else talks, rng)
    learned = {
        kind: [*model.coef_[0].round(3).tolist(), round(float(model.intercept_[0]), 3)]
        for kind, model in models.items()
    }
    Console().print(learned)
    if not held_out:
        EVIDENCE.write_text(json.dumps(learned) + "\n", encoding="utf-8")
        return
    weights.cache_clear()
    with TemporaryDirectory() as folder, patch.object(relevance, "EVIDENCE", Path(folder, "weights.json")) as unseen:
        unseen.write_text(json.dumps(learned), encoding="utf-8")
        for name, tests in (("corpus", talks[1::2]), ("ESConv", [replies(talk) for talk in kept()])):
            _printed(name, tests, rng, models)


def trained(talks: Sequence[Sequence[Heard]], rng: random.Random) -> dict[str, LogisticRegression]:
    """Return the model for each kind of message."""
    mine = [heard for talk in talks for heard in talk]
    sides = mine, scripted(mine, rng)
    return {
        kind: LogisticRegression(class_weight="balanced").fit(*_labelled(sides, answerable=answerable))
        for kind, answerable in KINDS.items()
    }


def _printed(
    name: str, talks: Sequence[Sequence[Heard]], rng: random.Random, models: dict[str, LogisticRegression]
) -> None:
    fixed = [scripted(talk, rng) for talk in talks]
    sides = [heard for talk in talks for heard in talk], [heard for talk in fixed for heard in talk]
    for kind, answerable in KINDS.items():
        found, labels = _labelled(sides, answerable=answerable)
        Console().print(f"{name}, {kind}: area {auc(models[kind].decision_function(found), labels):.3f}")
    Console().print(f"{name}: credit {credited(talks):.3f}, of fixed sentences {credited(fixed):.3f}")


def _labelled(sides: Sequence[Sequence[Heard]], *, answerable: bool) -> tuple[np.ndarray, np.ndarray]:
    good, bad = (told(side, answerable=answerable) for side in sides)
    return np.concatenate([good, bad]), np.arange(len(good) + len(bad)) < len(good)


if __name__ == "__main__":
    main()
