"""Names, numbers and days that stand in one card in more than one form; a reader decides whether they agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import regex

from empa_graph.content.card_rules import placed
from empa_graph.cues.tokens import content_stems, stem
from empa_graph.models.persona import Persona

_SPELT = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred"
)
_NUMBER = rf"(?:\d[\d.,]*|(?:{'|'.join(_SPELT.split())})(?:[- ](?:{'|'.join(_SPELT.split())}))*)"
_COUNTED = regex.compile(rf"\b({_NUMBER})\s+(?:\p{{Ll}}+\s+)?(\p{{Ll}}{{4,}})", regex.IGNORECASE)
_KIN = (
    "brother sister mother father mum mom dad gran grandmother grandfather aunt uncle cousin wife husband son daughter "
    "friend flatmate neighbour neighbor boss manager colleague teacher priest doctor cofounder partner"
)
_NAMED = regex.compile(rf"\b({'|'.join(_KIN.split())})(?:'s)?,?(?: called| is)? (\p{{Lu}}\p{{Ll}}+)")
_DAY = regex.compile(r"\b((?:mon|tues|wednes|thurs|fri|satur|sun)day)s?\b", regex.IGNORECASE)


def hints(persona: Persona) -> list[str]:
    """Return one line for each thing that is counted, and person that is named, in more than one way.

    So for each goal whose settle lines name more than one day of the week.
    """
    found: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for where, text in _texts(persona):
        for number, thing in _COUNTED.findall(text):
            if content_stems((thing.lower(),)):
                found["count", stem(thing.lower())][f"{number} {thing}".lower()].append(where)
        for kin, name in _NAMED.findall(text):
            found["name", kin][f"{kin} {name}"].append(where)
        if ":settle:" in where:
            for day in _DAY.findall(text):
                found["day", where.partition(":")[0]][day.lower()].append(where)
    return [
        f"{persona.id}: " + "; ".join(f"'{form}' ({', '.join(dict.fromkeys(at))})" for form, at in forms.items())
        for (kind, _), forms in sorted(found.items())
        if _differ(kind, list(forms))
    ]


def _differ(kind: str, forms: list[str]) -> bool:
    """Whether the forms do not merely differ in what is counted: six months and six long months agree."""
    return len({form.rpartition(" ")[0] if kind == "count" else form for form in forms}) > 1


def _texts(persona: Persona) -> Iterator[tuple[str, str]]:
    yield "summary", persona.summary
    for place, text in enumerate(persona.experiences):
        yield f"experiences.{place}", text
    for _, said, goal in placed(persona):
        yield said.id if goal is None or ":" in said.id else f"{goal.id}:{said.id}", said.line.text
    for goal in persona.goals:
        yield f"{goal.id}.reached_when", goal.reached_when
