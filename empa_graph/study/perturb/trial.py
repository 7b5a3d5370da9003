"""Judge each reply as it was and perturbed, by one evaluator, from the same latent state and the same history."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Literal, NamedTuple, get_args

import numpy as np

from empa_graph.content.library import load_rubric
from empa_graph.errors import RunError
from empa_graph.models.behaviour import TASTES
from empa_graph.models.cue import ADVERSE
from empa_graph.models.persona import Persona
from empa_graph.models.rubric import Rubric
from empa_graph.roles.calling import judged
from empa_graph.roles.evaluator.asking import Pause, asked_again
from empa_graph.roles.views import EvaluatorRole, EvaluatorView
from empa_graph.run.rescore import CONCURRENCY
from empa_graph.scoring.space import heading
from empa_graph.seeds import derived_seed
from empa_graph.study.perturb.card import Served, with_card_flipped, with_priorities_flipped
from empa_graph.study.perturb.hollow import Hollow, hollow_reply
from empa_graph.study.perturb.replies import Reply

Kind = Literal["flip", "sycophancy"]
Flip = Literal["priorities", "card"]
Variant = Flip | Hollow
VARIANTS: Mapping[Kind, tuple[Variant, ...]] = {"flip": get_args(Flip), "sycophancy": get_args(Hollow)}


class Pair(NamedTuple):
    """A reply and its perturbation: the energy of each, or why one of the two has none."""

    kind: Kind
    variant: Variant
    scenario: str
    turn: int
    before: float | None
    after: float | None
    missing: str | None


class _Energy(NamedTuple):
    """v . heading of one judgement, or the kind of the failure in its place."""

    value: float | None
    missing: str | None


async def judged_pairs(
    replies: Sequence[Reply],
    evaluator: EvaluatorRole,
    rubric: Rubric,
    *,
    kinds: Sequence[Kind],
    seed: int,
    pause: Pause = asyncio.sleep,
) -> tuple[Pair, ...]:
    """Return the pairs of every reply with every variant of ``kinds``; the reply itself is judged once for all.

    At most `CONCURRENCY` replies are in flight. A passing fault is tried again after a ``pause`` of seconds; a
    judgement that fails leaves its pairs without a number.
    """
    served = need_of(rubric)
    gate = asyncio.Semaphore(CONCURRENCY)

    async def pairs(reply: Reply) -> list[Pair]:
        async with gate:
            before = await _energy(reply, evaluator, pause)
            found = []
            for kind in kinds:
                for variant in VARIANTS[kind]:
                    other = perturbed(reply, variant, served=served, seed=seed)
                    after = _Energy(None, other) if isinstance(other, str) else await _energy(other, evaluator, pause)
                    found.append(_pair(kind, variant, reply, before, after))
            return found

    found = await asyncio.gather(*map(pairs, replies))
    return tuple(pair for of_reply in found for pair in of_reply)


def need_of(rubric: Rubric) -> Served:
    """Return the need that each cue serves, by the rubric or, where it names none, by the `epm` rubric."""
    readings = (rubric.reading, load_rubric("epm").reading)
    needs = next(reading.needs for reading in readings if reading and reading.needs)
    return {
        cue: need
        for need, behaviours in needs.items()
        for cue, sign in TASTES.items()
        if cue not in ADVERSE and sign in behaviours
    }


def perturbed(reply: Reply, variant: Variant, *, served: Served, seed: int) -> Reply | str:
    """Return ``reply`` under ``variant``, or the word for why it cannot be had."""
    persona = reply.scenario.persona
    if variant == "priorities":
        return _for(reply, with_priorities_flipped(persona))
    if variant == "card":
        return _for(reply, with_card_flipped(persona, served))
    if persona.language.split("-")[0] != "en":
        return "not_english"
    rng = random.Random(derived_seed(seed, variant, reply.scenario.id, reply.seed, reply.turn))
    return reply.saying(hollow_reply(variant, said=reply.said, words=len(reply.text.split()), rng=rng))


def _for(reply: Reply, card: Persona | None) -> Reply | str:
    if card is None:
        return "equal_priorities"
    return reply._replace(scenario=reply.scenario.model_copy(update={"persona": card}))


async def _energy(reply: Reply, evaluator: EvaluatorRole, pause: Pause) -> _Energy:
    view = EvaluatorView(
        scenario=reply.scenario,
        messages=list(reply.messages),
        persona_state=None,
        latent=reply.latent,
        seed=reply.seed,
    )
    try:
        step = await judged(evaluator, reply.latent, partial(asked_again, evaluator, view, pause=pause))
    except RunError as error:
        return _Energy(None, error.kind)
    if step.increment is None:
        return _Energy(None, step.failure.kind if step.failure else "not_due")
    way = heading(reply.latent.start, reply.latent.target).unit
    return _Energy(float(np.dot(step.increment, way)), None)


def _pair(kind: Kind, variant: Variant, reply: Reply, before: _Energy, after: _Energy) -> Pair:
    missing = before.missing or after.missing
    return Pair(kind, variant, reply.scenario.id, reply.turn, before.value, after.value, missing)
