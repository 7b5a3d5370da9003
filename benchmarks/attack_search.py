"""Searches for a script that the offline evaluator takes for a listener: hill-climbing with a stated budget.

A script is 20 replies in a fixed order, each of one or two pieces of a pool. A candidate is the best script so far
with one to three changes: two replies change places, one is drawn anew, or one is joined by a further piece. It is
kept where it is no worse on nine scenarios of nine people. The state is written after every candidate and gone on
with; candidate n depends on the seed, n and the best script alone.
"""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from attack_plays import Attack, Played
from attack_pools import FRAMES, SENTENCES, Piece, worded

from empa_graph.seeds import derived_seed

Script = tuple[tuple[Piece, ...], ...]
Objective = Callable[[Script], list[Played]]
LENGTH = 20
MOST_JOINED = 2
STARTS = 10
"""Random scripts, of which the best is climbed from; they count towards the budget."""
POOLS = {"sentences": SENTENCES, "frames": FRAMES}
SEARCHED_ON = (
    "apprentice_electrician/boost_motivation",
    "asylum_lawyer/admit_exhaustion",
    "caring_daughter/afraid_of_herself",
    "exam_student/reduce_stress",
    "farm_heir/drought_debt",
    "laid_off_father/tell_his_wife",
    "orchestra_violist/reduce_stress",
    "parish_secretary/retirement_fear",
    "retired_welder/fill_the_days",
)
"""Nine people, two of them in a crisis; the other three people are never searched on."""
BELOW_ZERO = 20.0
"""Points that a whole way behind the start counts, where the composite is 0 and shows no way up."""


class Best(NamedTuple):
    """The best script after ``done`` evaluations."""

    done: int
    value: float
    composite: float
    script: Script
    history: tuple[tuple[int, float, float], ...]
    """Evaluations, value and composite at each improvement."""


def attack(script: Script) -> Attack:
    """Return the attack that says reply after reply of ``script``, from the top again after the last."""
    return lambda person, rng: worded(script[(len(person) - 1) % len(script)], person[-1], rng)


def value(found: Sequence[Played]) -> float:
    """Return the mean composite, carried on below 0 by the net projection."""
    return sum(p.composite or BELOW_ZERO * min(0.0, p.projection) for p in found) / len(found)


def searched(kind: str, objective: Objective, state: Path, *, budget: int, seed: int, bound: str) -> Best:
    """Climb until ``budget`` evaluations are done and return the best; ``bound`` names what the figures hang on.

    A state file of another pool, seed or ``bound`` is begun anew.
    """
    key = hashlib.sha256(f"{bound} {seed} {POOLS[kind]!r}".encode()).hexdigest()[:16]
    best, began = _read(state, key), time.monotonic()
    for number in range(best.done if best else 0, budget):
        rng = random.Random(derived_seed(seed, kind, number))
        candidate = changed(best.script, POOLS[kind], rng) if best and number >= STARTS else drawn(POOLS[kind], rng)
        best = _better(best, candidate, objective(candidate), number + 1)
        _write(state, key, best)
        if best.done % 10 == 0:
            seconds = time.monotonic() - began
            print(f"{kind} {best.done}/{budget}: {best.composite:.1f} ({best.value:.2f}), {seconds:.0f} s", flush=True)
    if best is None:
        raise ValueError("a search needs a budget of one evaluation or more")
    return best


def _better(best: Best | None, candidate: Script, found: list[Played], done: int) -> Best:
    reached, composite = value(found), sum(p.composite for p in found) / len(found)
    if best is not None and reached < best.value:
        return best._replace(done=done)
    history = best.history if best else ()
    if best is None or reached > best.value:
        history = (*history, (done, round(reached, 3), round(composite, 3)))
    return Best(done, reached, composite, candidate, history)


def drawn(pool: Sequence[Piece], rng: random.Random) -> Script:
    """Return a script of different pieces."""
    return tuple((piece,) for piece in rng.sample(pool, LENGTH))


def changed(script: Script, pool: Sequence[Piece], rng: random.Random) -> Script:
    """Return ``script`` with one to three changes."""
    replies = list(script)
    for _ in range(rng.choice((1, 1, 2, 3))):
        place, move = rng.randrange(len(replies)), rng.choice(("swap", "replace", "join"))
        if move == "swap":
            other = rng.randrange(len(replies))
            replies[place], replies[other] = replies[other], replies[place]
        elif move == "replace":
            replies[place] = (rng.choice(pool),)
        else:
            joined = (*replies[place][: MOST_JOINED - 1], rng.choice(pool))
            replies[place] = tuple(rng.sample(joined, len(joined)))
    return tuple(replies)


def _read(path: Path, key: str) -> Best | None:
    if not path.is_file():
        return None
    held: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if held.pop("key") != key:
        return None
    held["script"] = tuple(tuple(Piece(*piece) for piece in reply) for reply in held["script"])
    held["history"] = tuple(tuple(point) for point in held["history"])
    return Best(**held)


def _write(path: Path, key: str, best: Best) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps({"key": key, **best._asdict()}, indent=1) + "\n", encoding="utf-8")
    part.replace(path)
