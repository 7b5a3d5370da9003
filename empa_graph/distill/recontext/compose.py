"""A card without a model: numbers from the profile, words from the bank, style from the source's figures."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

from empa_graph.cues.tokens import read
from empa_graph.distill.marks import Profile
from empa_graph.distill.recontext.bank import NAME, Bank, BankLine, Manner, Plot, load_bank
from empa_graph.distill.recontext.filling import Self, drawn, filled, fillers, person
from empa_graph.distill.recontext.life import Life, life
from empa_graph.distill.recontext.numbers import (
    anti_preferences,
    first_need,
    levels,
    preferences,
    priorities,
    route,
)
from empa_graph.distill.recontext.parts import Pen
from empa_graph.distill.recontext.style import Style, style
from empa_graph.distill.records import Conversation
from empa_graph.models.line import Connectives, Danger, GoalLines, Phrases
from empa_graph.models.persona import Demographics, Goal, Persona, Route, Traits, Voice
from empa_graph.models.rubric import Rubric
from empa_graph.models.sayable import card_lines, goal_lines
from empa_graph.seeds import derived_seed

OPENINGS, BEATS, ELABORATIONS, SETTLE, OWN_BEATS = 2, 3, 6, 2, 2
"""How many of a plot's lines a card has, and how many beats about the person."""
MOVES = {"elaborate": 7, "hesitate": 7, "deflect": 4, "withdraw": 3, "soften": 6, "settle": 3, "brief": 6, "leave": 3}
"""How many lines of a manner a card has, by move."""
TRAITS, VALUES, EXPERIENCES = 3, 3, 2
UNBOUND = frozenset({"leave", "answer_yes", "answer_no", "refuse_help", "accept_help", "has_called", "means_put_away"})
"""Moves whose lines may be longer than the voice writes."""
TAKEN_IN, TAKEN_IN_BY_THE_TERSE = (5, 80), (3, 45)
"""Words of a reply that the person can take in."""
LONGEST_TAKEN = 80
"""Words of a source's message that a voice's range follows at most."""
Unmade = Literal["no_plot", "nothing_to_reach", "other_space"]


class Made(NamedTuple):
    """A card with the good reply to each of its lines, by the line's text."""

    card: Persona
    replies: dict[str, str]
    plot: Plot
    by_model: bool = False
    """Whether the goal's texts are a model's."""


class _Cast(NamedTuple):
    """Who speaks, about what, how."""

    who: Self
    plot: Plot
    manner: Manner
    life: Life
    pen: Pen
    dice: random.Random


def in_crisis(profile: Profile) -> bool:
    """Say whether a profile becomes a card in crisis: it is marked as one, or danger is stated."""
    return profile.context == "crisis" or profile.danger == "stated"


def by_templates(
    source: Conversation,
    profile: Profile,
    rubric: Rubric,
    *,
    seed: int,
    taken: Sequence[Persona] = (),
    but: Collection[str] = (),
) -> Made | Unmade:
    """Return a card made from the bank alone, or why there is none.

    Of the plots that fit, one is taken that few of ``taken`` have, and none of ``but`` while there are others. Whether
    the card can stand is for `acceptance.faults` to say.
    """
    bank, crisis = load_bank(), in_crisis(profile)
    if profile.space != rubric.space.id or rubric.initial:
        return "other_space"
    way = route(profile, rubric, crisis=crisis)
    plots = bank.of(profile.matter, crisis=crisis)
    if way is None or not plots:
        return "nothing_to_reach" if way is None else "no_plot"
    plots = tuple(plot for plot in plots if plot.id not in but) or plots
    dice = random.Random(derived_seed(seed, "recontext"))
    cast = _cast(bank, _least_used(plots, taken, dice), style(source, bank.people.typos), seed, dice)
    spaces = {profile.space: way} | ({"epm": epm} if (epm := levels(profile)) else {})
    return Made(_card(cast, profile, spaces), cast.pen.replies, cast.plot)


def _least_used(plots: Sequence[Plot], taken: Sequence[Persona], dice: random.Random) -> Plot:
    used = [card.goals[0].id for card in taken]
    least = min(used.count(plot.id) for plot in plots)
    return dice.choice([plot for plot in plots if used.count(plot.id) == least])


def _cast(bank: Bank, plot: Plot, how: Style, seed: int, dice: random.Random) -> _Cast:
    who, country = person(bank, dice), dice.choice(bank.people.countries)
    manner = dice.choice([one for one in bank.manners if one.in_crisis or plot.context != "crisis"])
    around = life(bank, plot, dice)
    known = fillers(bank, plot, who, around.job, country, dice)
    known = {**known, "country": country.country, "culture": dice.choice(country.culture)}
    return _Cast(who, plot, manner, around, Pen(known, how, bank.people.typos, seed), dice)


def _card(cast: _Cast, profile: Profile, spaces: dict[str, Route]) -> Persona:
    goal = _goal(cast, profile, spaces)
    bank, (who, plot, manner, around, pen, dice) = load_bank(), cast
    bars = (goal.id,) if goal.context == "crisis" else ()
    beats = tuple(pen.beat(one, not_in=bars) for one in pen.chosen(bank.people.beats, OWN_BEATS, dice))
    threshold, need = profile.threshold or "medium", first_need(profile)
    card = Persona(
        id=f"{who.given.lower()}_{plot.id}",
        name=f"{who.given} {who.surname}",
        country=pen.known["country"],
        bank=NAME,
        summary=f"{who.given} {who.surname}, {around.age}, {around.work}: {plot.brought.lower()}.",
        demographics=Demographics(
            age=around.age,
            gender="woman" if who.kind == "women" else "man",
            culture=pen.known["culture"],
            social_class=around.job.social_class,
            work=around.work,
        ),
        values=drawn(bank.people.values, VALUES, dice),
        traits=Traits(public=drawn(manner.public, TRAITS, dice), inner=drawn(manner.inner, TRAITS, dice)),
        empathy_threshold={"level": threshold, "rejects": manner.rejects[need]},
        priorities=priorities(profile),
        preferences=preferences(profile, crisis=goal.context == "crisis"),
        anti_preferences=anti_preferences(profile),
        experiences=drawn(bank.people.experiences, EXPERIENCES, dice),
        voice=_voice(cast, 60),
        beats=beats,
        lines=_phrases(cast),
        connectives=Connectives.model_validate(manner.connectives),
        goals=(goal,),
    )
    return card.model_copy(update={"voice": _voice(cast, _longest(card))})


def _goal(cast: _Cast, profile: Profile, spaces: dict[str, Route]) -> Goal:
    plot, pen, dice = cast.plot, cast.pen, cast.dice
    crisis = plot.context == "crisis"
    context = profile.context if profile.context and not crisis else plot.context
    settle = _settle(plot, dice)
    needed = {beat for line in settle for beat in line.needs}
    beats = _beats(plot, needed, pen, dice)
    return Goal(
        id=plot.id,
        title=plot.title,
        brought=plot.brought,
        reached_when=plot.reached_when,
        context=context,
        constraints=tuple(filled(one, pen.known) for one in plot.constraints),
        content_note=plot.notes,
        openings=pen.lines(pen.chosen(plot.openings, OPENINGS, dice)),
        beats=tuple(map(pen.beat, beats)),
        elaborations=pen.lines(pen.chosen(plot.elaborations, ELABORATIONS, dice)),
        lines=_own_lines(cast) if crisis else GoalLines(settle=pen.lines(settle)),
        danger=_danger(cast),
        spaces=spaces,
    )


def _settle(plot: Plot, dice: random.Random) -> tuple[BankLine, ...]:
    """Return settle lines, one of which needs nothing that may stay untold."""
    free = [line for line in plot.settle if not line.needs]
    if not free:
        return ()
    first = dice.choice(free)
    rest = dice.sample([line for line in plot.settle if line is not first], SETTLE - 1)
    return tuple(line for line in plot.settle if line is first or line in rest)


def _beats(plot: Plot, needed: Collection[str], pen: Pen, dice: random.Random) -> tuple[BankLine, ...]:
    """Return beats of the plot, those of ``needed`` among them."""
    rest = [beat for beat in plot.beats if beat.id not in needed]
    chosen = pen.chosen(rest, BEATS - len(needed), dice)
    return tuple(beat for beat in plot.beats if beat.id in needed or beat in chosen)


def _danger(cast: _Cast) -> Danger:
    true = cast.plot.danger
    if true is None:
        return Danger(suicidal=False, note="In no danger; asked plainly about it, they say so.")
    return Danger.model_validate({**true.model_dump(), "note": filled(true.note, cast.pen.known)})


def _phrases(cast: _Cast) -> Phrases:
    """The manner's lines, and what is told of the person's life among those that go on."""
    manner, pen, dice = cast.manner, cast.pen, cast.dice
    found: dict[str, object] = {
        move: pen.lines(pen.chosen(manner.lines[move], number, dice)) for move, number in MOVES.items()
    }
    elaborate = [*pen.chosen(manner.lines["elaborate"], MOVES["elaborate"], dice), *cast.life.lines]
    return Phrases.model_validate(
        {
            **found,
            "elaborate": pen.lines(elaborate),
            "answer_no": pen.lines(manner.lines["answer_no"]),
            "push_back": _push_backs(pen, manner.lines),
        }
    )


def _own_lines(cast: _Cast) -> GoalLines:
    lines, pen = cast.plot.lines, cast.pen
    plain = {move: pen.lines(several) for move, several in lines.items() if "." not in move}
    return GoalLines.model_validate({**plain, "push_back": _push_backs(pen, lines)})


def _push_backs(pen: Pen, lines: dict[str, tuple[BankLine, ...]]) -> dict[str, object]:
    start = "push_back."
    return {move.removeprefix(start): pen.lines(several) for move, several in lines.items() if move.startswith(start)}


def _voice(cast: _Cast, longest: int) -> Voice:
    how = cast.pen.style
    most = max(longest, min(how.most, LONGEST_TAKEN), 3)
    diction = ", ".join(filter(None, (cast.dice.choice(cast.manner.diction), how.told)))
    taken = TAKEN_IN_BY_THE_TERSE if how.terse else TAKEN_IN
    return Voice(diction=diction, words=(1, most), reply_words=taken, directness=cast.manner.directness)


def _longest(card: Persona) -> int:
    lines = (*card_lines(card), *goal_lines(card.goals[0]))
    return max(read(said.line.text).length for said in lines if said.move not in UNBOUND)
