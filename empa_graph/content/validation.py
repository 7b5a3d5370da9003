"""What must hold of persona files beyond their schema; each fault with file and line."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import regex
from pydantic import ValidationError

from empa_graph.content.card_rules import Fault, Field, card_faults
from empa_graph.content.library import load_persona
from empa_graph.content.loading import Document, faults, read_yaml
from empa_graph.cues.tokens import stem
from empa_graph.episode.start import initial_deficit
from empa_graph.errors import ContentError, hint
from empa_graph.models.latent import Space
from empa_graph.models.persona import Annotation, Goal, Persona, Route, words_of
from empa_graph.models.record import Point
from empa_graph.models.rubric import Rubric
from empa_graph.models.stop_rule import EnergyStop
from empa_graph.scoring.space import reachable

SHARED_WORDS = 6
"""Words in a row that two personas may not share."""
SHARED_CONTENT = 3
"""Content words in one order that two personas may not both say."""
CONTENT_SPAN = 4
"""Content words within which these stand: the most there may be from the first of them to the last."""
SHARED_BEGINNING = 3
"""First words, or whole shorter first sentence, with which openings of two personas may not both begin."""
ALOUD = frozenset({"openings", "beats", "elaborations", "lines"})
LEAK_SHARE = 0.6
"""Share of a goal title's content words in one opening from which it gives the goal away."""
LEAK_WORDS = 4
"""Words in a row of ``reached_when`` from which an opening gives the goal away."""


def check_file(path: Path, rubric: Rubric) -> list[str]:
    """Return every fault of one persona file: schema, space, reachability, leaks, lines. Empty when it is sound."""
    try:
        document = read_yaml(path)
        persona = Persona.model_validate(document.data)
    except ContentError as error:
        return [str(error)]
    except ValidationError as error:
        return faults(document, Persona, error)
    found = list(goal_faults(persona, rubric))
    if persona.id != path.stem:
        found.insert(0, Fault(("id",), f"'{persona.id}' and the file name '{path.stem}' differ"))
    return [_said(document, fault) for fault in found] + card_faults(document, persona)


def check_space(path: Path, rubric: Rubric, *, goals: Collection[str] = ()) -> None:
    """Raise ContentError for the first fault of ``goals`` (all for none) of the file; what a run asks before it plays.

    The others may be meant for another space, and lines are not looked at. Only a fault makes the file be read again.
    """
    found = list(goal_faults(load_persona(path), rubric, goals))
    if found:
        more = f" (and {len(found) - 1} more: empa validate)" if len(found) > 1 else ""
        raise ContentError(_said(read_yaml(path), found[0]) + more)


def goal_faults(persona: Persona, rubric: Rubric, goals: Collection[str] = ()) -> Iterator[Fault]:
    """Yield the faults of ``goals`` (all for none) of a card under ``rubric``: space, reachability, leaks."""
    for index, goal in enumerate(persona.goals):
        if not goals or goal.id in goals:
            yield from _space_faults(("goals", index), goal, rubric)
            yield from _leaks(("goals", index), goal)


def _said(document: Document, fault: Fault) -> str:
    return f"{document.where(fault.field)}: {_name(fault.field)}: {fault.what}"


def shared_text(paths: Iterable[Path]) -> list[str]:
    """Return the places where two persona files share words in a row, a phrase said aloud, or an opening's first words.

    A phrase is three content words by their stems and in one order, with at most one other between them: "renamed the
    same file four times" and "renaming the same page eleven times" share one. Phrases and first words are compared in
    English alone. Personas that speak the words of one card, by their ids, and those composed from one bank of lines
    are not held against each other.
    """
    seen: dict[_Mark, tuple[str, str]] = {}
    found = []
    for path in paths:
        try:
            document = read_yaml(path)
        except ContentError:
            continue
        owner = _bank(document.data) or words_of(path.stem)
        for field, text in _spoken(document.data):
            where = document.where(field)
            here = (owner, f"{path.name}:{where.rpartition(':')[2]}")
            marks = list(_marks(field, text, english=_english(document.data)))
            twin = next((mark for mark in marks if seen.get(mark[0], here)[0] != owner), None)
            if twin is not None:
                found.append(f"{where}: {_name(field)}: '{twin[1]}' also stands in {seen[twin[0]][1]}")
            for key, _ in marks:
                seen.setdefault(key, here)
    return found


def _space_faults(goal_at: Field, goal: Goal, rubric: Rubric) -> Iterator[Fault]:
    spaces, space = (*goal_at, "spaces"), rubric.space
    if space.id not in goal.spaces:
        known = ", ".join(goal.spaces)
        yield Fault(spaces, f"rubric '{rubric.id}' is played in space '{space.id}', goal '{goal.id}' has {known}")
        return
    route, at = goal.spaces[space.id], (*spaces, space.id)
    if rubric.initial:
        yield from _level_faults((*at, "levels"), route, rubric)
        return
    outside = [*_outside((*at, "start"), route.start, space), *_outside((*at, "target"), route.target, space)]
    yield from outside
    if route.radius is not None and route.radius.value <= 0:
        yield Fault((*at, "radius", "value"), f"{route.radius.value:g}, allowed is above 0")
    elif not outside and route.radius is not None:
        start, target = (tuple(point[n].value for n in space.names) for point in (route.start, route.target))
        yield from _path_faults((*at, "target"), _Way(start, target, route.radius.value), rubric)


def _level_faults(at: Field, route: Route, rubric: Rubric) -> Iterator[Fault]:
    levels = {name: int(annotated.value) for name, annotated in route.levels.items()}
    try:
        start = initial_deficit(rubric, levels)
    except ContentError as error:
        yield Fault(at, str(error))
        return
    share = rubric.stop.alpha if isinstance(rubric.stop, EnergyStop) else 0.0
    yield from _path_faults(at, _Way(start, (0.0,) * len(start), share * math.hypot(*start)), rubric)


def _outside(field: Field, point: dict[str, Annotation], space: Space) -> Iterator[Fault]:
    unknown = [name for name in point if name not in space.names]
    missing = [name for name in space.names if name not in point]
    for name in unknown:
        yield Fault((*field, name), f"unknown dimension '{name}'{hint(name, space.names)}")
    if missing:
        names = ", ".join(f"'{name}'" for name in missing)
        yield Fault(field, f"without the dimension {names} of the space")
    if unknown or missing:
        return
    for dimension in space.dimensions:
        value = point[dimension.id].value
        if not dimension.low <= value <= dimension.high:
            allowed = f"[{dimension.low:g}, {dimension.high:g}]"
            what = f"{value:g} lies outside the space, allowed is {allowed}"
            yield Fault((*field, dimension.id, "value"), what)


class _Way(NamedTuple):
    start: Point
    target: Point
    radius: float


def _path_faults(at: Field, way: _Way, rubric: Rubric) -> Iterator[Fault]:
    names, most = rubric.space.names, rubric.stop.max_turns
    largest = [abs(rubric.steps[name].progress[2]) for name in names]
    # What lies ahead, seen in the direction of progress; behind the start no progress leads.
    ahead = [rubric.steps[n].sign * (b - a) for n, a, b in zip(names, way.start, way.target, strict=True)]
    forward = [step if gap > 0 else 0.0 for step, gap in zip(largest, ahead, strict=True)]
    if way.start == way.target:
        yield Fault(at, "the target is the start")
    elif math.dist(way.start, way.target) <= way.radius:
        away = f"{math.dist(way.start, way.target):.3g} from the target, the radius is {way.radius:.3g}"
        yield Fault(at, f"the start lies within the radius of the target: {away}")
    elif reachable(way.start, way.target, way.radius, largest_step=largest, max_turns=most) is None:
        yield Fault(at, f"not reachable in {most} turns")
    elif reachable(way.start, way.target, way.radius, largest_step=forward, max_turns=most) is None:
        gap, name = min(zip(ahead, names, strict=True))
        side, only = ("below", "rises") if rubric.steps[name].sign > 0 else ("above", "falls")
        what = f"{-gap:.2g} {side} the start, and progress on '{name}' only {only}"
        yield Fault((*at, name, "value"), what)


def _leaks(at: Field, goal: Goal) -> Iterator[Fault]:
    title = _content(goal.title)
    reached = _words(goal.reached_when)
    phrases = {tuple(reached[i : i + LEAK_WORDS]) for i in range(len(reached) - LEAK_WORDS + 1)}
    for index, opening in enumerate(goal.openings):
        words = _words(opening.text)
        if title and len(title & _content(opening.text)) / len(title) >= LEAK_SHARE:
            yield Fault((*at, "openings", index), f"the opening gives away the goal '{goal.title}'")
        elif any(tuple(words[i : i + LEAK_WORDS]) in phrases for i in range(len(words))):
            yield Fault((*at, "openings", index), "the opening repeats words of reached_when")


def _spoken(data: object, field: tuple[Hashable, ...] = ()) -> Iterator[tuple[tuple[Hashable, ...], str]]:
    """Yield every text of the file but for reasons, which may speak of the same rubric in the same words."""
    if isinstance(data, str):
        yield field, data
    elif isinstance(data, dict):
        for key, value in data.items():
            if key not in ("reason", "constraints", "id", "bank", "needs", "not_in", "not_after", "answers", "after"):
                yield from _spoken(value, (*field, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _spoken(value, (*field, index))


_Mark = tuple[str, ...]


def _marks(field: tuple[Hashable, ...], text: str, *, english: bool) -> Iterator[tuple[_Mark, str]]:
    """Yield what no other persona may have, as a key and as it reads, the longest first."""
    words = _words(text)
    for i in range(len(words) - SHARED_WORDS + 1):
        run = words[i : i + SHARED_WORDS]
        yield ("run", *run), " ".join(run)
    if english and "openings" in field:
        first = _words(regex.split(r"[.?!:;]", text)[0])[:SHARED_BEGINNING]
        yield ("beginning", *first), " ".join(first)
    if english and not ALOUD.isdisjoint(field):
        content = content_words(text)
        for i, word in enumerate(content):
            for rest in combinations(content[i + 1 : i + CONTENT_SPAN], SHARED_CONTENT - 1):
                yield ("phrase", *map(stem, (word, *rest))), " ... ".join((word, *rest))


def _bank(data: object) -> str | None:
    """Return a name that no card has, for the bank that a card was composed from."""
    bank = data.get("bank") if isinstance(data, dict) else None
    return f"bank {bank}" if isinstance(bank, str) else None


def _english(data: object) -> bool:
    return isinstance(data, dict) and str(data.get("language", "en")).startswith("en")


@lru_cache(maxsize=1)
def _everyday() -> frozenset[str]:
    """Words without content of their own, small numbers among them; of a contraction, what stands before its mark."""
    words = """
    a an the and or but nor so if then than that this these those it its there here i me my mine myself you your yours
    he him his she her hers we us our ours they them their theirs is are am was were be been being do does did don
    didn doesn isn aren wasn weren ain have has had having haven hasn hadn can cannot could couldn will won would
    wouldn shall should shouldn may might must of in on at to for from with by as into onto out up down over about not
    no what which who whom whose when where why how one two three four five six seven eight nine ten eleven twelve
    """
    return frozenset(words.split())


def content_words(text: str) -> list[str]:
    """Return the words of ``text`` that have content of their own, in their order and in small letters."""
    return [word for word in _words(text) if word.partition("'")[0] not in _everyday() and not word.isdigit()]


def _words(text: str) -> list[str]:
    return [word.lower() for word in regex.findall(r"[\p{L}\p{N}']+", text)]


def _content(text: str) -> set[str]:
    return {stem(word) for word in _words(text) if len(word) > 3}


def _name(field: Sequence[Hashable]) -> str:
    return ".".join(map(str, field))
