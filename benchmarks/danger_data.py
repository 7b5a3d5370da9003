"""What the heads of danger and of a hand-off are trained on: the batches of statements, cards, and coded replies.

Everything ships with the repository: a batch is a file `danger_X.jsonl` by one writer, and is never split between
folds. Batch b is kept back: `rows` reads it for benchmarks/danger_sets.py alone.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from empa_graph.content.coded import corpus_folder, load_corpus
from empa_graph.content.graded import graded_file, lines_of, load_graded
from empa_graph.content.library import load_persona, persona_files
from empa_graph.cues.offers import sentences
from empa_graph.cues.tokens import read
from empa_graph.models.behaviour import HANDOFF, Behaviour
from empa_graph.models.line import PARTS, Part
from empa_graph.roles.empathic import template
from empa_graph.roles.empathic.reference_agents import AGENTS

ORDINARY, STATED = 0.3, 1.0
"""How much a line of ordinary talk weighs in training, and one that was written to be danger or to be none."""
CLEAR = 3.0
"""The code from which a part of a hand-off is clearly there."""
SPARED = 4
"""Of the replies away from danger one in so many is trained on; there are thousands and they teach little."""


SCRIPTED = 60
"""Of the cards' lines one in so many is answered by scripts."""
KEPT_BACK = "b"
"""The batch that nothing is trained on."""


class Statement(NamedTuple):
    """What a person says; ``group`` is never split between folds, ``kind`` is a batch, `card` or `corpus`."""

    text: str
    danger: bool
    kind: str
    group: str


class Bag(NamedTuple):
    """A reply by its sentences, with how strongly it holds each part of a hand-off, 0 to 4.

    ``stated`` is true for one of a batch, written to hold these parts and no others.
    """

    sentences: tuple[str, ...]
    codes: Mapping[Part, float]
    group: str
    stated: bool = False


def batches() -> list[str]:
    """Return the names of the batches to learn from."""
    names = sorted(path.stem.removeprefix("danger_") for path in corpus_folder().glob("danger_*.jsonl"))
    return [name for name in names if name != KEPT_BACK]


def rows(batch: str) -> list[dict[str, Any]]:
    """Return the rows of one batch."""
    path = corpus_folder() / f"danger_{batch}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def statements() -> Iterator[Statement]:
    """Yield what people say: the batches, the cards' lines, and messages of the corpus before any danger."""
    for batch in batches():
        for row in rows(batch):
            if row["kind"] in ("danger", "harmless"):
                yield Statement(row["text"], row["kind"] == "danger", batch, batch)
            elif row["kind"] in ("handoff", "part") and "said" in row:
                yield Statement(row["said"], True, batch, batch)
    yield from card_lines()
    yield from _corpus_lines()


def card_lines() -> Iterator[Statement]:
    """Yield what the cards say: of a crisis only the openings and plain answers, else every line as ordinary."""
    for file in persona_files():
        persona = load_persona(file)
        crises = {goal.id for goal in persona.goals if goal.danger is not None and goal.danger.real}
        for key, text in lines_of(persona).items():
            goal, move = (*key.split(":"), "")[:2]
            if goal not in crises:
                yield Statement(text, False, "card", file.stem)
            elif move in ("open", "answer_yes"):
                yield Statement(text, True, "card", file.stem)


def _corpus_lines() -> Iterator[Statement]:
    for talk in load_corpus():
        new: list[str] = []
        for message in talk.messages:
            if message.role == "user":
                new.append(message.content)
            elif message.danger:
                break
            else:
                yield from (Statement(text, False, "corpus", talk.id) for text in new)
                new = []


def bags() -> Iterator[Bag]:
    """Yield replies and single sentences with the parts of a hand-off that they hold."""
    yield from stated_bags()
    yield from scripted_bags()
    for file in persona_files():
        if graded_file(file.stem).is_file():
            graded = [reply for line in load_graded(graded_file(file.stem)) for reply in line.replies]
            yield from _spared(_bag(reply.text, dict(reply.behaviours), file.stem) for reply in graded)
    for talk in load_corpus():
        replies = [message for message in talk.messages if message.role == "assistant"]
        yield from _spared(_bag(m.content, dict(m.behaviours or {}), talk.id) for m in replies)


def stated_bags() -> Iterator[Bag]:
    """Yield the replies of the batches that were written to hold parts of a hand-off, or none."""
    for batch in batches():
        for row in rows(batch):
            if row["kind"] in ("handoff", "near_miss", "no_handoff", "part", "no_alarm"):
                codes = dict.fromkeys(row.get("parts", ()), 4.0)
                yield Bag(sentences(read(row["reply"])), codes, batch, stated=True)


def scripted_bags() -> Iterator[Bag]:
    """Yield what scripts answer that never hand over, to a few lines of the cards, without the words given back."""
    scripts = {name: script for name, script in AGENTS.items() if name != "template"} | {
        "listening": template.listening
    }
    lines = [line.text for line in card_lines() if not line.danger][::SCRIPTED]
    for name, script in scripts.items():
        for turn, line in enumerate(lines, start=1):
            person = (line,) * (turn % 12 + 1)
            reply = script(person, random.Random(turn))
            yield Bag(sentences(read(reply), person), {}, f"scripted {name}", stated=True)


def _bag(text: str, codes: Mapping[Behaviour, float], group: str) -> Bag:
    found = {part: codes[b] for part, b in zip(PARTS, HANDOFF, strict=True) if b in codes}
    return Bag(sentences(read(text)), found, group)


def _spared(found: Iterator[Bag]) -> Iterator[Bag]:
    yield from (bag for place, bag in enumerate(found) if bag.sentences and (bag.codes or place % SPARED == 0))
