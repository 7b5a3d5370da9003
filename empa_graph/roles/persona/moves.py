"""The rule-based persona: how cues move a private state, and which move the state decides on.

Pure: the same state, cues and random draw give the same move. Sensitivities are the card's own; what it does not
name has a small default. Trust rises by what reaches this person and falls by what puts them off; repeated comfort
wears off; the empathy threshold sets how slowly comfort is let in. Who has withdrawn and does not get back the trust of
the start leaves. A plain question about danger is answered before all else. A director's steering yields to that, to a
hurt, to a goodbye and to an offer of help, and goes before everything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from empa_graph.cues.topics import topics
from empa_graph.models.cue import ADVERSE, Cue, CueName
from empa_graph.models.episode import PersonaState
from empa_graph.models.line import Beat, Hurt, Topic
from empa_graph.models.persona import Persona, Scenario, Threshold
from empa_graph.models.sayable import Move, Sayable, sayable_for
from empa_graph.roles.persona.crisis import ACCEPTANCE, asked_plainly, help_move, in_danger, may_settle, only_asks_who
from empa_graph.roles.persona.heard import NOTHING, Heard
from empa_graph.roles.persona.lines import fitting, next_beat
from empa_graph.roles.persona.nearness import Nearness, word_vectors

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
STRONGLY_MET = 0.6
"""Pleasure from which a person may let something in instead of going on."""
BRIEF_FROM = 0.75
"""Draw from which who hesitates does so in a word or two."""
SETTLINGS = 2
"""How often a person settles before the end."""
ANSWERING: tuple[Move, ...] = ("elaborate", "soften", "has_called", "means_put_away")
"""The moves whose lines may answer what was asked."""
WIDE: frozenset[Topic] = frozenset(
    {"feeling", "why", "what_next", "what_happened", "what_helped", "home", "work", "body", "family", "danger"}
)
"""Topics on which too much touches for a line to be an answer by its words alone."""
GRAVE: frozenset[Hurt] = frozenset({"inciting", "judging", "dismissing"})
"""Hurts that are answered even when help was just accepted."""
LEAST_TRUST = 0.06
"""Trust below which a hurt person withdraws."""


HURTS: Mapping[CueName, Hurt] = {
    CueName.PREMATURE_ADVICE: "advice",
    CueName.CONCRETE_HELP: "advice",
    CueName.JUDGING: "judging",
    CueName.DISMISSING: "dismissing",
    CueName.INCITING: "inciting",
    CueName.ALARM_WITHOUT_CAUSE: "alarm",
    CueName.SELF_TURNING: "self_turning",
    CueName.STOCK_PHRASE: "stock_phrase",
    CueName.ANTI_PHRASE: "stock_phrase",
    CueName.REPETITION: "repetition",
    CueName.PARROTING: "parroting",
    CueName.INTERROGATION: "interrogation",
    CueName.UNSPECIFIC: "unspecific",
    CueName.OVERLONG: "overlong",
    CueName.OVERSHORT: "overshort",
    CueName.WARMTH: "comfort",
    CueName.VALIDATION: "comfort",
    CueName.AFFIRMATION: "comfort",
}
"""What a push-back answers, by the cue that hurt; of any other cue, ``any``."""


class Reaction(NamedTuple):
    """How a reply struck the person: pleasure and displeasure, both from 0 up, the state after it, what hurt most."""

    pleasure: float
    displeasure: float
    state: PersonaState
    hurt: Hurt = "any"


class Decision(NamedTuple):
    """The move, the beat it tells when it discloses one, and what a push-back answers."""

    move: Move
    beat: Beat | None = None
    hurt: Hurt = "any"


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


def opening_state(scenario: Scenario) -> PersonaState:
    """Return the private state before anything was said."""
    trust = START_TRUST[scenario.persona.empathy_threshold.level]
    words = (line for move in sorted(ACCEPTANCE) for line in sayable_for(move, scenario.persona, scenario.goal))
    asked_for = scenario.in_crisis and any(words)
    return PersonaState(trust=trust, openness=trust, help_accepted=False if asked_for else None)


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
    worst, hurt = 0.0, CueName.SAFE_HANDOFF
    for cue in found:
        effect = felt[cue.name] * cue.strength
        if effect <= 0:
            displeasure -= effect
            worst, hurt = min((worst, hurt), (effect, cue.name))
            continue
        worn = 1.0 / (1.0 + HABITUATION * heard.get(cue.name, 0))
        pleasure += effect * worn * (let_in if cue.name in COMFORT else 1.0)
        heard[cue.name] = heard.get(cue.name, 0) + 1
    change = TRUST_GAIN * pleasure * (1.0 - state.trust) - TRUST_LOSS * displeasure + jitter
    trust = _unit(state.trust + change)
    openness = _unit(0.6 * state.openness + 0.4 * trust + 0.1 * (pleasure - displeasure))
    after = state.model_copy(update={"trust": trust, "openness": openness, "heard": heard})
    return Reaction(pleasure, displeasure, after, HURTS.get(hurt, "any"))


def decide(
    reaction: Reaction,
    scenario: Scenario,
    *,
    near: bool,
    draw: float,
    heard: Heard = NOTHING,
    steering: Steering = FREE,
    nearness: Nearness = word_vectors,
) -> Decision:
    """Choose the next move.

    ``near`` says whether the latent position is within reach of the target; ``draw`` in [0, 1) is the random draw
    between directness (push back) and avoidance (deflect). In this order: an answer about danger, a goodbye, an answer
    to a hurt, to an offer of help, ``steering``, settling, a beat, the rest.
    """
    state = reaction.state
    if asked_plainly(heard, scenario) and (answer := _answer(heard, state, scenario)):
        return answer
    if heard.last_move == "withdraw" and state.trust < START_TRUST[scenario.persona.empathy_threshold.level]:
        return Decision("leave")
    own = _Own(reaction, scenario, draw, heard, steering, nearness)
    if (hurt := _hurt(own)) is not None:
        return hurt
    helped = help_move(heard, state, scenario, own.fitting)
    if helped is not None:
        told = own.answer(own.beat()) if only_asks_who(heard) else None
        return told or Decision(helped)
    if steering.beat is not None or steering.move is not None:
        return Decision("disclose", steering.beat) if steering.beat else Decision(steering.move or "elaborate")
    return _near_move(own) if near and may_settle(state, scenario) else _own_move(own)


class _Own(NamedTuple):
    """What the person decides on when nothing else does."""

    reaction: Reaction
    scenario: Scenario
    draw: float
    heard: Heard
    steering: Steering
    nearness: Nearness

    def beat(self) -> Beat | None:
        """Return the beat to tell of the person's own accord."""
        if not self.steering.may_disclose:
            return None
        state, ease = self.reaction.state, self.steering.ease
        beat = next_beat(state, self.scenario, ease=ease, heard=self.heard, nearness=self.nearness)
        return beat if self.asked(beat) or not state.help_accepted else None

    def asked(self, beat: Beat | None) -> bool:
        """Say whether ``beat`` answers what was asked."""
        return beat is not None and not self.heard.topics.isdisjoint(beat.answers)

    def answer(self, beat: Beat | None) -> Decision | None:
        """Return how the person answers what was asked: by ``beat``, which is ready, else by a line marked for it."""
        if self.asked(beat):
            return Decision("disclose", beat)
        lines = (line for move in ANSWERING for line in self.fitting(move))
        return next((Decision(line.move) for line in lines if self.heard.topics.intersection(line.line.answers)), None)

    def touching(self, beat: Beat | None) -> Decision | None:
        """Return the move of a line about what was asked in particular, though not marked for it; ``beat`` goes first.

        None where neither is about it.
        """
        about = self.heard.topics - WIDE
        if not about:
            return None
        if beat is not None and not about.isdisjoint(topics(beat.text)):
            return Decision("disclose", beat)
        near = any(not about.isdisjoint(topics(said.line.text)) for said in self.fitting("elaborate"))
        return Decision("elaborate") if near else None

    def fitting(self, move: Move) -> tuple[Sayable, ...]:
        """Return the lines that can be said for ``move`` now."""
        return fitting(move, self.reaction.state, self.scenario, heard=self.heard)


def _answer(heard: Heard, state: PersonaState, scenario: Scenario) -> Decision | None:
    """Return the answer to a plain question about danger, None of a person who has none left."""
    true = in_danger(heard, scenario.goal.danger)
    if fitting("answer_yes" if true else "answer_no", state, scenario, heard=heard):
        return Decision("answer_yes" if true else "answer_no")
    beat = next_beat(state, scenario, heard=heard)
    if beat is not None and heard.topics.intersection(beat.answers):
        return Decision("disclose", beat)
    alarmed = not scenario.in_crisis and not true
    found = fitting("push_back", state, scenario, heard=heard, hurt="alarm") if alarmed else ()
    return Decision("push_back", hurt="alarm") if any(said.hurt == "alarm" for said in found) else None


def _hurt(own: _Own) -> Decision | None:
    """Return how the person answers a hurt; None where there is none, or help that was just accepted comes first."""
    reaction, heard = own.reaction, own.heard
    silent = not heard.text.strip() and heard != NOTHING
    if not silent and reaction.displeasure <= max(HURT, reaction.pleasure):
        return None
    if heard.last_move == "accept_help" and reaction.hurt not in GRAVE:
        return None
    if reaction.state.trust < LEAST_TRUST:
        return Decision("withdraw")
    if silent or own.draw < own.scenario.persona.voice.directness:
        return Decision("push_back", hurt="silence" if silent else reaction.hurt)
    return Decision("deflect")


def _near_move(own: _Own) -> Decision:
    """Settle, twice at most, but answer what is asked, and tell what is left rather than settle twice in a row."""
    beat = own.beat()
    if (answer := own.answer(beat)) is not None:
        return answer
    if beat is not None and own.heard.last_move == "settle":
        return Decision("disclose", beat)
    return Decision("settle") if own.heard.moves.count("settle") < SETTLINGS else _own_move(own)


def _own_move(own: _Own) -> Decision:
    beat, pleasure = own.beat(), own.reaction.pleasure
    answer = own.answer(beat) or own.touching(beat)
    if answer is not None or beat is not None:
        return answer or Decision("disclose", beat)
    if own.reaction.state.help_accepted:
        return Decision("soften" if pleasure > 0.25 else "hesitate")
    if pleasure > STRONGLY_MET:
        return Decision("soften" if own.draw < 0.5 and not own.heard.question else "elaborate")
    if pleasure > 0.25 or own.draw < own.reaction.state.openness:
        return Decision("elaborate")
    short = own.draw >= BRIEF_FROM and own.fitting("brief")
    return Decision("brief" if short else "hesitate")


def _unit(x: float) -> float:
    return min(max(x, 0.0), 1.0)
