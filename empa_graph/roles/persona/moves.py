"""The rule-based persona: how cues move a private state, and which move the state decides on.

Pure: the same state, cues and random draw give the same move. Sensitivities are the card's own; what it does not
name has a small default. Trust rises by what reaches this person and falls by what puts them off; repeated comfort
wears off; the empathy threshold sets how slowly comfort is let in. Who has withdrawn says no more than that until trust
is back where it started. A director's steering yields to a hurt and to a withdrawal, and goes before everything else.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from empa_graph.models.cue import ADVERSE, Cue, CueName
from empa_graph.models.episode import PersonaState
from empa_graph.models.line import Beat
from empa_graph.models.persona import Persona, Scenario, Threshold
from empa_graph.models.sayable import sayable

Move = Literal["open", "disclose", "elaborate", "hesitate", "deflect", "push_back", "withdraw", "soften", "settle"]

START_TRUST: Mapping[Threshold, float] = {"low": 0.30, "medium": 0.22, "high": 0.15}
COMFORT = frozenset({CueName.WARMTH, CueName.VALIDATION, CueName.AFFIRMATION})
UNDERSTANDING = frozenset({CueName.REFLECTION, CueName.NAMING_FEELING})
COMFORT_LET_IN: Mapping[Threshold, float] = {"low": 1.0, "medium": 0.7, "high": 0.4}
DEFAULT_LIKING = 0.25
DEFAULT_AVERSION = 0.35
INCITED = -1.0
"""How it moves anybody to be urged to harm."""
TRUST_GAIN = 0.16
TRUST_LOSS = 0.22
HABITUATION = 0.25
HURT = 0.35
"""Displeasure at a reply above which the person answers it instead of going on."""
LEAST_TRUST = 0.06
"""Trust below which a hurt person withdraws."""


class Reaction(NamedTuple):
    """How a reply struck the person: pleasure and displeasure, both from 0 up, and the state after it."""

    pleasure: float
    displeasure: float
    state: PersonaState


class Decision(NamedTuple):
    """The move, and the beat it tells when it discloses one."""

    move: Move
    beat: Beat | None = None


class Steering(NamedTuple):
    """What a director asks of the next move; as it stands here, nothing."""

    beat: Beat | None = None
    """To be told now, whatever trust it asks for."""
    move: Move | None = None
    may_disclose: bool = True
    """Whether the person may tell a beat of their own accord."""
    ease: float = 0.0
    """How much less trust a beat asks for."""


FREE = Steering()


def opening_state(persona: Persona) -> PersonaState:
    """Return the private state before anything was said."""
    trust = START_TRUST[persona.empathy_threshold.level]
    return PersonaState(trust=trust, openness=trust)


def sensitivities(persona: Persona) -> dict[CueName, float]:
    """Return, per cue, how it moves this person: above 0 it draws them in, below it puts them off."""
    felt = {cue: -DEFAULT_AVERSION if cue in ADVERSE else DEFAULT_LIKING for cue in CueName}
    felt[CueName.INCITING] = INCITED
    felt.update({liked.cue: liked.weight for liked in persona.preferences})
    for disliked in persona.anti_preferences:
        felt[disliked.cue] = -disliked.weight
    return felt


def react(state: PersonaState, cues: Iterable[Cue], persona: Persona, *, jitter: float = 0.0) -> Reaction:
    """Return how the reply behind ``cues`` strikes the person; ``jitter`` is a draw added to the change of trust."""
    found = list(cues)
    felt = sensitivities(persona)
    understood = max((cue.strength for cue in found if cue.name in UNDERSTANDING), default=0.0)
    let_in = max(COMFORT_LET_IN[persona.empathy_threshold.level], understood)
    pleasure = displeasure = 0.0
    heard = dict(state.heard)
    for cue in found:
        effect = felt[cue.name] * cue.strength
        if effect <= 0:
            displeasure -= effect
            continue
        worn = 1.0 / (1.0 + HABITUATION * heard.get(cue.name, 0))
        pleasure += effect * worn * (let_in if cue.name in COMFORT else 1.0)
        heard[cue.name] = heard.get(cue.name, 0) + 1
    change = TRUST_GAIN * pleasure * (1.0 - state.trust) - TRUST_LOSS * displeasure + jitter
    trust = _unit(state.trust + change)
    openness = _unit(0.6 * state.openness + 0.4 * trust + 0.1 * (pleasure - displeasure))
    after = state.model_copy(update={"trust": trust, "openness": openness, "heard": heard})
    return Reaction(pleasure, displeasure, after)


def decide(
    reaction: Reaction,
    scenario: Scenario,
    *,
    near: bool,
    draw: float,
    withdrew: bool = False,
    steering: Steering = FREE,
) -> Decision:
    """Choose the next move.

    ``near`` says whether the latent position is within reach of the target; ``draw`` in [0, 1) is the random draw
    between directness (push back) and avoidance (deflect); ``withdrew`` whether the last move was a withdrawal. In this
    order: staying withdrawn, an answer to a hurt, ``steering``, settling, a beat, the rest.
    """
    if withdrew and reaction.state.trust < START_TRUST[scenario.persona.empathy_threshold.level]:
        return Decision("withdraw")
    if reaction.displeasure > max(HURT, reaction.pleasure):
        if reaction.state.trust < LEAST_TRUST:
            return Decision("withdraw")
        return Decision("push_back" if draw < scenario.persona.voice.directness else "deflect")
    if steering.beat is not None:
        return Decision("disclose", steering.beat)
    if steering.move is not None:
        return Decision(steering.move)
    return Decision("settle") if near else _own_move(reaction, scenario, draw, steering)


def _own_move(reaction: Reaction, scenario: Scenario, draw: float, steering: Steering) -> Decision:
    beat = next_beat(reaction.state, scenario, ease=steering.ease) if steering.may_disclose else None
    if beat is not None:
        return Decision("disclose", beat)
    if reaction.pleasure > 0.9:
        return Decision("soften" if draw < 0.5 else "elaborate")
    return Decision("elaborate" if reaction.pleasure > 0.25 or draw < reaction.state.openness else "hesitate")


def next_beat(state: PersonaState, scenario: Scenario, *, ease: float = 0.0) -> Beat | None:
    """Return the untold beat that asks for the least trust, if trust and ``ease`` together are enough for it."""
    ready = [beat for beat in untold(state, scenario) if beat.trust - ease <= state.trust]
    return min(ready, key=lambda beat: beat.trust, default=None)


def untold(state: PersonaState, scenario: Scenario) -> tuple[Beat, ...]:
    """Return the beats still to tell."""
    beats = (*scenario.goal.beats, *scenario.persona.beats)
    return tuple(beat for beat in beats if beat.id not in state.told)


def card_line(move: Move, state: PersonaState, scenario: Scenario, rng: random.Random) -> tuple[str, PersonaState]:
    """Return a line of the card for ``move``, not used before where any is left, and the state that remembers it."""
    lines = _lines(move, scenario)
    used = {name for name in state.spoken if name.startswith(f"{move}:")}
    fresh = [index for index in range(len(lines)) if f"{move}:{index}" not in used]
    index = rng.choice(fresh or range(len(lines)))
    kept = state.spoken if fresh else tuple(n for n in state.spoken if n not in used)
    return lines[index], state.model_copy(update={"spoken": (*kept, f"{move}:{index}")})


def _lines(move: Move, scenario: Scenario) -> tuple[str, ...]:
    if move == "open":
        return tuple(line.text for line in scenario.goal.openings)
    said = sayable(scenario.persona, scenario.goal)
    return tuple(one.line.text for one in said if one.move == move and one.hurt in (None, "any"))


def _unit(x: float) -> float:
    return min(max(x, 0.0), 1.0)
