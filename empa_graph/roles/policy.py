"""The rule-based persona: how cues move a private state, and which move the state decides on.

Pure: the same state, cues and random draw give the same move. Sensitivities are the card's own; what it does not
name has a small default. Trust rises by what reaches this person and falls by what puts them off; repeated comfort
wears off; the empathy threshold sets how slowly comfort is let in.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from empa_graph.models.cue import ADVERSE, Cue, CueName
from empa_graph.models.episode import PersonaState
from empa_graph.models.persona import Beat, Persona, Scenario, Threshold

Move = Literal["open", "disclose", "elaborate", "hesitate", "deflect", "push_back", "withdraw", "soften", "settle"]

START_TRUST: Mapping[Threshold, float] = {"low": 0.30, "medium": 0.22, "high": 0.15}
COMFORT = frozenset({CueName.WARMTH, CueName.VALIDATION, CueName.AFFIRMATION})
UNDERSTANDING = frozenset({CueName.REFLECTION, CueName.NAMING_FEELING})
COMFORT_LET_IN: Mapping[Threshold, float] = {"low": 1.0, "medium": 0.7, "high": 0.4}
DEFAULT_LIKING = 0.25
DEFAULT_AVERSION = 0.35
TRUST_GAIN = 0.16
TRUST_LOSS = 0.22
HABITUATION = 0.25
HURT = 0.35
"""Displeasure at a reply above which the person answers it instead of going on."""


class Reaction(NamedTuple):
    """How a reply struck the person: pleasure and displeasure, both from 0 up, and the state after it."""

    pleasure: float
    displeasure: float
    state: PersonaState


class Decision(NamedTuple):
    """The move, and the beat it tells when it discloses one."""

    move: Move
    beat: Beat | None = None


def opening_state(persona: Persona) -> PersonaState:
    """Return the private state before anything was said."""
    trust = START_TRUST[persona.empathy_threshold.level]
    return PersonaState(trust=trust, openness=trust)


def sensitivities(persona: Persona) -> dict[CueName, float]:
    """Return, per cue, how it moves this person: above 0 it draws them in, below it puts them off."""
    felt = {cue: -DEFAULT_AVERSION if cue in ADVERSE else DEFAULT_LIKING for cue in CueName}
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


def decide(reaction: Reaction, scenario: Scenario, *, near: bool, draw: float) -> Decision:
    """Choose the next move.

    ``near`` says whether the latent position is within reach of the target; ``draw`` in [0, 1) is the random draw
    between directness (push back) and avoidance (deflect).
    """
    state = reaction.state
    if reaction.displeasure > max(HURT, reaction.pleasure):
        if state.trust < 0.06:
            return Decision("withdraw")
        return Decision("push_back" if draw < scenario.persona.voice.directness else "deflect")
    if near:
        return Decision("settle")
    beat = next_beat(state, scenario)
    if beat is not None:
        return Decision("disclose", beat)
    if reaction.pleasure > 0.9:
        return Decision("soften" if draw < 0.5 else "elaborate")
    return Decision("elaborate" if reaction.pleasure > 0.25 or draw < state.openness else "hesitate")


def next_beat(state: PersonaState, scenario: Scenario) -> Beat | None:
    """Return the untold beat that asks for the least trust, if there is trust enough for it."""
    beats = (*scenario.goal.beats, *scenario.persona.beats)
    ready = [beat for beat in beats if beat.id not in state.told and beat.trust <= state.trust]
    return min(ready, key=lambda beat: beat.trust, default=None)


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
        return scenario.goal.openings
    own: tuple[str, ...] = getattr(scenario.persona.lines, move)
    return (*scenario.goal.elaborations, *own) if move == "elaborate" else own


def _unit(x: float) -> float:
    return min(max(x, 0.0), 1.0)
