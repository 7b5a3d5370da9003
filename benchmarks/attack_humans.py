"""Attacks in the place of a human supporter (ESConv) or a chatbot (iEval); the person's messages stay as they are."""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from attack_fixed import ATTACKS
from attack_plays import Attack, projection
from ratings import FEWEST_TURNS, Estimate, estimated, rows, share_above

from empa_graph import CueEvaluator
from empa_graph.chats.transcripts import Transcript, transcripts
from empa_graph.models.dialogue import Message
from empa_graph.models.rubric import Rubric
from empa_graph.run.rescore import rescored
from empa_graph.seeds import derived_seed

SETS = {"ESConv": "esconv_dev.jsonl", "iEval": "ieval_dev.jsonl"}


class Measured(NamedTuple):
    """What is measured of one conversation."""

    support: float
    composite: float
    projection: float
    length: float
    """Mean words per answered turn: the baseline."""
    percentile: float
    """The share of human supporters below its support."""
    capped: float
    """1 where a guard on the conversation capped the support."""


COMPARED = Measured._fields[:4]


def sample(folder: Path, name: str, most: int, seed: int, part: str) -> list[Transcript]:
    """Return ``most`` conversations of a set drawn at random: kept ones of ESConv, all topics of iEval."""
    data = [row for row in rows(folder, SETS[name], part) if row.get("kept", True)]
    random.Random(seed).shuffle(data)
    return [said for said in _read(data) if said.turns >= FEWEST_TURNS][:most]


def _read(data: Sequence[dict[str, Any]]) -> list[Transcript]:
    """Read the conversations as ``empa score`` does."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chats.jsonl"
        lines = (json.dumps({"id": r["id"], "messages": [_message(m) for m in r["messages"]]}) for r in data)
        path.write_text("\n".join(lines), encoding="utf-8")
        return transcripts(path)


def _message(said: dict[str, Any]) -> dict[str, str]:
    return {"role": said["role"], "content": said["content"]}


def attacked(transcript: Transcript, attack: Attack) -> Transcript:
    """Return the conversation with one reply of ``attack`` in place of the supporter's in each answered turn."""
    person: dict[int, list[str]] = {}
    messages: list[Message] = []
    for message in transcript.messages:
        if message.speaker == "persona":
            person.setdefault(message.turn, []).append(message.content)
            messages.append(message)
        elif messages[-1].speaker == "persona":
            rng = random.Random(derived_seed(0, transcript.id, message.turn))
            text = attack(tuple("\n".join(parts) for parts in person.values()), rng)
            messages.append(message.model_copy(update={"content": text}))
    return Transcript(id=transcript.id, messages=tuple(messages))


def measured(transcript: Transcript, evaluator: CueEvaluator, rubric: Rubric) -> Measured:
    """Score one conversation; raises ValueError where the product gives no score."""
    episode = asyncio.run(rescored(transcript, evaluator, rubric))
    if episode.score is None or episode.support is None:
        raise ValueError(f"{transcript.id}: {episode.unscored}")
    words = sum(len(m.content.split()) for m in transcript.messages if m.speaker == "empathic")
    return Measured(
        support=episode.support.value,
        composite=episode.score.composite,
        projection=projection(episode),
        length=words / transcript.turns,
        percentile=episode.support.percentile,
        capped=float(bool(episode.support.capped_by)),
    )


def beaten(name: str, faked: Sequence[Measured], true: Sequence[Measured]) -> dict[str, Any]:
    """Return what share of conversations one attack beats by each measure; a tie is no win."""
    return {"attack": name, **means(faked), "beaten": {m: _above(m, faked, true) for m in COMPARED}}


def _above(measure: str, faked: Sequence[Measured], true: Sequence[Measured]) -> Estimate:
    left, right = ([float(getattr(m, measure)) for m in side] for side in (faked, true))
    return estimated(share_above, left, right)


def means(scores: Sequence[Measured]) -> dict[str, float]:
    """Return the mean of each measure."""
    return {name: sum(getattr(s, name) for s in scores) / len(scores) for name in Measured._fields}


def against_people(
    said: Sequence[Transcript], evaluator: CueEvaluator, rubric: Rubric, further: dict[str, Attack]
) -> list[dict[str, Any]]:
    """Return a row for the supporters themselves and one for every attack, the fixed ones and ``further``."""
    true = [measured(s, evaluator, rubric) for s in said]
    found: list[dict[str, Any]] = [{"attack": "(themselves)", **means(true), "beaten": {}}]
    for name, attack in {**ATTACKS, **further}.items():
        found.append(beaten(name, [measured(attacked(s, attack), evaluator, rubric) for s in said], true))
    return found
