"""Slots in a line of the bank: ``{any}`` a name, ``{any.they}`` its pronoun, ``{job.at}``, ``{notice}``."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import regex

from empa_graph.distill.recontext.bank import Bank, Country, Job, Plot

Fillers = Mapping[str, str]
OTHERS = ("any", "woman", "man", "friend", "near", "brother", "sister")
"""The other people of a card, by the slot that holds their name."""
_ONLY = {"woman": "women", "sister": "women", "man": "men", "brother": "men"}
_PRONOUNS = {"women": ("she", "her", "her"), "men": ("he", "him", "his")}
_SLOT = regex.compile(r"\{([a-z_0-9]+(?:\.[a-z]+)?)\}")
_TURNED = {"my": "your", "mine": "yours", "me": "you", "myself": "yourself", "i": "you", "i'm": "you're"}
_TURNED |= {"i'd": "you'd", "i've": "you've", "i'll": "you'll", "am": "are", "was": "were"}
_OWN = regex.compile(r"\b(?:my|mine|me|myself|i'm|i'd|i've|i'll|i (?:am|was)|i)\b", regex.IGNORECASE)
_BEGINS = regex.compile(r"(?:^|(?<=[.?!] ))[\"'(]?\p{Ll}")


class Self(NamedTuple):
    """Who speaks: the given name, and which list it is of."""

    given: str
    surname: str
    kind: str


def person(bank: Bank, dice: random.Random) -> Self:
    """Draw a name."""
    kind = dice.choice(("women", "men"))
    return Self(dice.choice(bank.people.names[kind]), dice.choice(bank.people.names["surnames"]), kind)


def fillers(bank: Bank, plot: Plot, who: Self, job: Job, country: Country, dice: random.Random) -> Fillers:
    """Draw what fills every slot of a card, the same in all its lines."""
    found = {f"job.{name}": getattr(job, name) for name in ("at", "people", "tool")}
    found |= {"a_work": _with_article(job.work), "line": country.line, "number": country.number}
    found |= {"emergency": country.emergency}
    found |= _others(bank, who, dice)
    found |= {"floor": dice.choice(bank.people.floors), "kid": dice.choice(bank.people.kids)}
    found |= {"kidage": dice.choice(bank.people.kid_ages)}
    found |= {"sum": dice.choice(("the boiler", "a fortnight by the sea", "the dentist", "my half of the car"))}
    found |= dice.choice(plot.pairs) if plot.pairs else {}
    for name, several in plot.slots.items():
        found[name] = slotted(dice.choice(several), found)
    return found


def _others(bank: Bank, who: Self, dice: random.Random) -> dict[str, str]:
    found: dict[str, str] = {}
    taken = {who.given}
    for slot in OTHERS:
        kind = _ONLY.get(slot) or dice.choice(("women", "men"))
        name = dice.choice([name for name in bank.people.names[kind] if name not in taken])
        taken.add(name)
        they, them, their = _PRONOUNS[kind]
        found |= {slot: name, f"{slot}.they": they, f"{slot}.them": them, f"{slot}.their": their}
    return found


def filled(text: str, known: Fillers) -> str:
    """Return ``text`` with its slots filled and every sentence begun with a capital. Raises KeyError."""
    return _BEGINS.sub(lambda found: found[0].upper(), slotted(text, known))


def slotted(text: str, known: Fillers) -> str:
    """Return ``text`` with its slots filled as they stand. Raises KeyError for a slot that nothing fills."""
    return _SLOT.sub(lambda found: known[found[1]], text)


def turned(known: Fillers) -> Fillers:
    """Return the fillers as the other side says them: ``my winter coat`` is ``your winter coat``."""
    return {name: _OWN.sub(_to_you, text) for name, text in known.items()}


def _to_you(found: regex.Match[str]) -> str:
    return " ".join(_TURNED[word.lower()] for word in found[0].split())


def drawn(items: Sequence[str], number: int, dice: random.Random) -> tuple[str, ...]:
    """Return ``number`` of ``items``, or all, in their order."""
    chosen = sorted(dice.sample(range(len(items)), min(number, len(items))))
    return tuple(items[place] for place in chosen)


def _with_article(work: str) -> str:
    return f"{'an' if work[0] in 'aeiou' else 'a'} {work}"
