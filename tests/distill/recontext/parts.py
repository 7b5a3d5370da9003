"""Conversations with profiles, drawn by a seed, as a corpus would give them."""

from __future__ import annotations

import random
from typing import get_args

from empa_graph.content.library import load_rubric
from empa_graph.distill.marks import EPM_INDICATORS, Matter, Profile
from empa_graph.distill.recontext.compose import Made, by_templates
from empa_graph.distill.records import Conversation
from empa_graph.models.cue import ADVERSE, CueName
from empa_graph.models.persona import Need, Threshold
from tests.distill.parts import ANSWERS, LONG, turns

RUBRIC = load_rubric("sdt")
MATTERS: tuple[Matter, ...] = get_args(Matter)
GOOD = [cue for cue in CueName if cue not in ADVERSE]
BAD = [cue for cue in CueName if cue in ADVERSE and cue is not CueName.ANTI_PHRASE]


def source(name: str = "c1", *said: str) -> Conversation:
    """A conversation in which the person says ``said``, or something long."""
    lines = said or LONG
    spoken = [text for pair in zip(lines, ANSWERS * len(lines), strict=False) for text in pair]
    return Conversation(id=name, line=1, turns=turns(*spoken), placeholders={})


def profile(seed: int = 1, **fields: object) -> Profile:
    """A profile over the allowed values, drawn by ``seed`` where ``fields`` say nothing."""
    dice = random.Random(seed)
    needs, start = list(get_args(Need)), {name: round(dice.uniform(-0.8, 0.1), 2) for name in RUBRIC.space.names}
    dice.shuffle(needs)
    drawn = {
        "conversation": "c1",
        "space": "sdt",
        "start": start,
        "end": {name: round(value + dice.uniform(-0.1, 0.4), 2) for name, value in start.items()},
        "indicators": {name: dice.randint(0, 3) for name in EPM_INDICATORS},
        "threshold": dice.choice(get_args(Threshold)),
        "needs": needs,
        "wanted": dice.sample(GOOD, dice.randint(0, 3)),
        "rejected": dice.sample(BAD, dice.randint(0, 2)),
        "context": "casual",
        "matter": dice.choice(MATTERS),
        "danger": "none",
    }
    return Profile.model_validate({**drawn, **fields})


def pairs(number: int) -> list[tuple[Conversation, Profile]]:
    """Conversations with profiles; one in ten is in danger."""
    return [
        (source(f"c{seed}"), profile(seed, conversation=f"c{seed}", danger="stated" if seed % 10 == 9 else "none"))
        for seed in range(number)
    ]


def made(seed: int = 1, **fields: object) -> Made:
    """A card composed from the bank."""
    found = by_templates(source(), profile(seed, **fields), RUBRIC, seed=seed)
    assert isinstance(found, Made)
    return found
