"""The last reply as the person takes it in: its cues and which hurt, what it asks, and what it offers in a crisis."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import NamedTuple

from empa_graph.cues import CueContext, detect
from empa_graph.cues.offers import parts_by_sentence, sentences
from empa_graph.cues.overlap import only_asks
from empa_graph.cues.relevance import is_answerable
from empa_graph.cues.safety import handoff_parts, names_service
from empa_graph.cues.tokens import read
from empa_graph.cues.topics import asked_about, asks, asks_yes_or_no
from empa_graph.models.cue import ADVERSE, Cue, CueName
from empa_graph.models.episode import PersonaState
from empa_graph.models.line import Part, Topic
from empa_graph.models.persona import Scenario
from empa_graph.roles.views import PersonaView, spoken

CLEAR = 0.5
"""Strength from which a cue counts as a habit when it comes again."""
FAIR_RUN = 3
"""Replies in a row that only ask and are still fair."""
KIND = 0.3
"""Strength from which a cue shows that a reply met the person, or put them off."""
_MEETS = frozenset(
    {CueName.REFLECTION, CueName.NAMING_FEELING, CueName.VALIDATION, CueName.WARMTH, CueName.AFFIRMATION}
)
_SLIGHTS = frozenset({CueName.INTERROGATION, CueName.UNSPECIFIC, CueName.OVERSHORT})
_HANDING_OVER = _SLIGHTS | {CueName.PREMATURE_ADVICE}
_AFTER_HELP = _HANDING_OVER | {CueName.REPETITION, CueName.PARROTING, CueName.OVERLONG, CueName.STOCK_PHRASE}
_NUMBER = re.compile(r"\b\d{3,}\b")


class Heard(NamedTuple):
    """A reply, read; as it stands here, nothing was said."""

    text: str = ""
    cues: tuple[Cue, ...] = ()
    topics: frozenset[Topic] = frozenset()
    """What it asks about."""
    question: bool = False
    yes_no: str | None = None
    """Its last question, where yes or no would answer that."""
    parts: frozenset[Part] = frozenset()
    """Parts of a hand-off in this reply, if only perhaps."""
    clear: frozenset[Part] = frozenset()
    """Those that are clearly there."""
    before: tuple[frozenset[Part], ...] = ()
    """Those clearly there in each reply before, oldest first; none where nobody is in danger and can be handed over."""
    habits: frozenset[CueName] = frozenset()
    """What was clearly there in the reply before too."""
    asking: int = 0
    """How many replies in a row, this one included, only ask."""
    quiet: bool = False
    """Whether what it answers held next to nothing to take up."""
    moves: tuple[str, ...] = ()
    """The moves that the person made so far; a beat told is ``disclose:<id>``."""

    @property
    def offered(self) -> frozenset[Part]:
        """Every part of a hand-off so far that was clearly there."""
        return self.clear.union(*self.before)

    @property
    def last_move(self) -> str:
        """The person's last move, "" before the first."""
        return self.moves[-1] if self.moves else ""


NOTHING = Heard()


def heard(view: PersonaView) -> Heard:
    """Return the last reply of ``view`` as its person takes it in."""
    scenario, replies = view["scenario"], spoken(view["messages"], "empathic")
    if not replies:
        return NOTHING
    person = spoken(view["messages"], "persona")
    context = cue_context(scenario, person, replies[:-1])
    text = replies[-1]
    earlier = enumerate(reversed(replies[:-1] if context.danger else ()), start=1)
    return Heard(
        text=text,
        cues=detect(text, context),
        topics=asked_about(text),
        question=asks(text),
        yes_no=asks_yes_or_no(text),
        parts=handoff_parts(text, context),
        clear=clear_parts(text, context),
        before=tuple(clear_parts(said, context.before(later)) for later, said in earlier)[::-1],
        habits=_habits(scenario, person, replies),
        asking=sum(1 for _ in takewhile(only_asks, reversed(replies))),
        quiet=not is_answerable(person[-1]),
        moves=tuple(message.move or "" for message in view["messages"] if message.speaker == "persona"),
    )


def clear_parts(reply: str, context: CueContext) -> frozenset[Part]:
    """Return the parts of a hand-off that ``reply`` clearly holds.

    In danger a part is heard in words that elsewhere would be none, so that nobody is blamed for how they put it. Over
    many replies that finds every part, also one that was never offered. So what help is accepted for has to be a
    service by its name or number, and of the others what would be a part elsewhere, in a sentence that bears it out;
    somebody near by the whole sentence, since who keeps the means need not be near.
    """
    held = handoff_parts(reply, context)
    if not held:
        return held
    reading = read(reply)
    told = sentences(reading, context.person)
    elsewhere = handoff_parts(reply, CueContext(person=(), services=context.services))
    borne_out = parts_by_sentence(told, grave=True)
    clear = {part: bool(borne_out[part]) and part in elsewhere for part in held}
    clear |= {"service": names_service(reading, context), "near": bool(parts_by_sentence(told, grave=False)["near"])}
    return frozenset(part for part in held if clear[part])


def _habits(scenario: Scenario, person: tuple[str, ...], replies: tuple[str, ...]) -> frozenset[CueName]:
    """Return the cues of the reply before the last, as they were read when it was new."""
    if len(replies) < 2:
        return frozenset()
    context = cue_context(scenario, person[: len(replies) - 1], replies[:-2])
    return frozenset(cue.name for cue in detect(replies[-2], context) if cue.strength >= CLEAR)


def felt(heard: Heard, state: PersonaState, scenario: Scenario) -> tuple[Cue, ...]:
    """Return the cues of ``heard`` that reach the person; the rest is let pass, seen beside the replies before it.

    A short question is fair, and so is a short kindness, or few words to few; only a run of bare questions, or a habit
    of replies that would fit anyone, puts people off. In a crisis no part of a hand-off is taken amiss, and after help
    was accepted only what is grave.
    """
    passed = _passed(heard, state, scenario) if heard.text.strip() else frozenset()
    reached = (_wearing(cue, heard.asking) if cue.name is CueName.INTERROGATION else cue for cue in heard.cues)
    return tuple(cue for cue in reached if cue.name not in passed)


def _wearing(cue: Cue, asking: int) -> Cue:
    """Return the cue of a run of questions as it grows on the person behind those that were fair."""
    share = min(1.0, max(0.0, (asking - FAIR_RUN) / FAIR_RUN))
    return cue.model_copy(update={"strength": cue.strength * share}) if asking else cue


def _passed(heard: Heard, state: PersonaState, scenario: Scenario) -> frozenset[CueName]:
    if state.help_accepted:
        return _AFTER_HELP
    if scenario.in_crisis and heard.parts:
        return _HANDING_OVER
    passed: set[CueName] = set()
    hurts = any(cue.name in ADVERSE and cue.name not in _SLIGHTS and cue.strength >= KIND for cue in heard.cues)
    if heard.question and not hurts and heard.asking <= FAIR_RUN:
        passed |= _HANDING_OVER
    if any(cue.name in _MEETS and cue.strength >= KIND for cue in heard.cues):
        passed.add(CueName.OVERSHORT)
    if heard.quiet:
        passed |= {CueName.UNSPECIFIC, CueName.OVERSHORT}
    if CueName.UNSPECIFIC not in heard.habits:
        passed.add(CueName.UNSPECIFIC)
    return frozenset(passed)


def cue_context(scenario: Scenario | None, person: tuple[str, ...], replies: tuple[str, ...]) -> CueContext:
    """Return the context in which this person's cues are read."""
    if scenario is None:
        return CueContext(person=person, replies=replies)
    persona = scenario.persona
    phrases = tuple(phrase for disliked in persona.anti_preferences for phrase in disliked.phrases)
    return CueContext(
        person=person,
        replies=replies,
        reply_words=persona.voice.reply_words,
        anti_phrases=phrases,
        services=frozenset(_NUMBER.findall(" ".join(scenario.goal.constraints))) if scenario.in_crisis else frozenset(),
        danger=scenario.in_crisis or (scenario.goal.danger is not None and scenario.goal.danger.real),
    )
