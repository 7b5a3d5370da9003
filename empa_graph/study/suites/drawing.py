"""Drawing a suite, and its files: the hardest scenarios first, as many as are asked for, and the rest evenly."""

from __future__ import annotations

import hashlib
import json
import math
import random
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

from empa_graph.errors import UsageError, writing
from empa_graph.models.persona import Scenario
from empa_graph.report.coverage.aspects import Aspect, Known, values
from empa_graph.seeds import derived_seed

Key = TypeVar("Key", bound=Hashable)

SALT = "empa"
"""Another salt gives another split of the same persons."""

Stratum = tuple[str, ...]
"""A value for each aspect that a suite is balanced over."""
Part = Literal["public", "held-out"]
How = Literal["stratified", "adversarial"]


class Hardness(NamedTuple):
    """How hard a scenario is, as far as it is known."""

    difficulty: float | None
    """Turns that a skilled agent needs; None where nobody knows."""
    disagreement: float | None
    """How far agents lie apart in it."""


class Asked(NamedTuple):
    """What a suite should be."""

    size: int
    by: tuple[Aspect, ...] = ("need", "threshold")
    adversarial: float = 0.0
    """Share of the suite, in [0, 1], that is taken by hardness."""
    held_out: float = 0.0
    """Share of the persons, and of the suite, that is held out."""
    salt: str = SALT
    seed: int = 0


class Member(NamedTuple):
    """A scenario of a suite, and why it is in it."""

    scenario: Scenario
    stratum: Stratum
    part: Part
    how: How


class _Pool(NamedTuple):
    """The scenarios of one part that can be drawn, by stratum."""

    part: Part
    by_stratum: Mapping[Stratum, Sequence[Scenario]]


def drawn(
    scenarios: Sequence[Scenario], asked: Asked, *, known: Known | None = None, hard: Mapping[str, Hardness]
) -> tuple[Member, ...]:
    """Return the suite, the public part first, each part by scenario id.

    ``hard`` says by scenario id how hard it is. Fewer than asked for come out where a part has no more scenarios.
    """
    strata = {scenario.id: stratum(scenario, asked.by, known) for scenario in scenarios}
    parts: dict[Part, list[Scenario]] = {"public": [], "held-out": []}
    for scenario in sorted(scenarios, key=lambda one: one.id):
        apart = held_out(scenario.persona.id, share=asked.held_out, salt=asked.salt)
        parts["held-out" if apart else "public"].append(scenario)
    of_held = round(asked.size * asked.held_out)
    sizes: dict[Part, int] = {"public": asked.size - of_held, "held-out": of_held}
    found: list[Member] = []
    for part, pool in parts.items():
        grouped: dict[Stratum, list[Scenario]] = {}
        for scenario in pool:
            grouped.setdefault(strata[scenario.id], []).append(scenario)
        found += sorted(_part(_Pool(part, grouped), sizes[part], asked, hard), key=lambda one: one.scenario.id)
    return tuple(found)


def stratum(scenario: Scenario, by: Sequence[Aspect], known: Known | None = None) -> Stratum:
    """Return the stratum of a scenario; several values of one aspect are one value of their own."""
    return tuple(" and ".join(values(scenario, aspect, known)) for aspect in by)


def _part(pool: _Pool, size: int, asked: Asked, hard: Mapping[str, Hardness]) -> Iterator[Member]:
    rng = random.Random(derived_seed(asked.seed, "suite", pool.part))
    taken: dict[str, Member] = {}
    for one in _hardest(pool, round(size * asked.adversarial), hard, rng):
        taken[one.scenario.id] = one
    left = {key: [s for s in group if s.id not in taken] for key, group in pool.by_stratum.items()}
    had = Counter(one.stratum for one in taken.values())
    counts = even(size - len(taken), {key: len(group) for key, group in left.items()}, rng, had=had)
    used = Counter(one.scenario.persona.id for one in taken.values())
    yield from taken.values()
    for key, count in counts.items():
        for scenario in _spread(left[key], count, used, rng):
            yield Member(scenario, key, pool.part, "stratified")


def _hardest(pool: _Pool, n: int, hard: Mapping[str, Hardness], rng: random.Random) -> Iterator[Member]:
    """Yield the ``n`` hardest, of no stratum more than twice its even share; one of unknown hardness never."""
    known = [(key, one) for key, group in pool.by_stratum.items() for one in group if _known(hard.get(one.id))]
    cap = math.ceil(2 * n / max(1, len(pool.by_stratum)))
    rng.shuffle(known)
    scores = _scores([hard[one.id] for _, one in known])
    had: Counter[Stratum] = Counter()
    for place in sorted(range(len(known)), key=lambda place: -scores[place]):
        key, scenario = known[place]
        if had.total() < n and had[key] < cap:
            had[key] += 1
            yield Member(scenario, key, pool.part, "adversarial")


def _known(found: Hardness | None) -> bool:
    return found is not None and found.difficulty is not None


def _scores(hard: Sequence[Hardness]) -> list[float]:
    """Return the sum of two ranks, of difficulty and of disagreement; the highest is the hardest."""
    columns = ([one.difficulty or 0.0 for one in hard], [one.disagreement or 0.0 for one in hard])
    ordered = [sorted(column) for column in columns]
    return [sum(map(_rank, pair, ordered)) for pair in zip(*columns, strict=True)]


def _rank(value: float, ordered: Sequence[float]) -> float:
    """Return the mean rank of ``value`` among ``ordered``, equals together."""
    return (bisect_left(ordered, value) + bisect_right(ordered, value)) / 2


def _spread(group: Sequence[Scenario], n: int, used: Counter[str], rng: random.Random) -> Iterator[Scenario]:
    """Yield ``n`` of a stratum, each of a person who is in the suite as seldom as can be."""
    left = [*group]
    rng.shuffle(left)
    for _ in range(n):
        scenario = min(left, key=lambda one: used[one.persona.id])
        left.remove(scenario)
        used[scenario.persona.id] += 1
        yield scenario


def held_out(persona: str, *, share: float, salt: str = SALT) -> bool:
    """Say whether a person belongs to the held-out part, of about ``share`` of all persons, in [0, 1).

    All goals of one person lie on one side, since they share lines. A larger share keeps whom a smaller one held out.
    """
    digest = hashlib.sha256(f"{salt}\x1f{persona}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def even(
    n: int, room: Mapping[Key, int], rng: random.Random, *, had: Mapping[Key, int] | None = None
) -> dict[Key, int]:
    """Return how many of ``n`` each stratum gets, so that with what it ``had`` all come out as even as they have room.

    Between equals ``rng`` draws who gets one more. Fewer than ``n`` come out where all room is taken.
    """
    order = [*room]
    rng.shuffle(order)
    counts = dict.fromkeys(room, 0)
    before = had or {}
    for _ in range(n):
        open_ones = [key for key in order if counts[key] < room[key]]
        if not open_ones:
            break
        counts[min(open_ones, key=lambda key: counts[key] + before.get(key, 0))] += 1
    return counts


def part_files(out: Path, asked: Asked) -> dict[Part, Path]:
    """Return where each part of a suite is written. Raises UsageError for a name that is no YAML, or is there."""
    if out.suffix not in (".yaml", ".yml"):
        raise UsageError(f"--out {out}: a suite is a YAML file, such as {out.with_suffix('.yaml')}")
    files: dict[Part, Path] = {"public": out}
    if asked.held_out:
        files["held-out"] = out.with_suffix(f".held-out{out.suffix}")
    for file in files.values():
        if file.exists() or file.is_symlink():
            raise UsageError(f"{file}: is there already, and nothing is written over it; choose another --out")
    return files


def write_parts(members: Sequence[Member], asked: Asked, folder: Path | None, files: dict[Part, Path]) -> None:
    """Write each part to its file; ``folder`` holds the cards, None for the bundled ones. Raises UsageError."""
    for part, file in files.items():
        mine = [one for one in members if one.part == part]
        with writing(file), file.open("x", encoding="utf-8") as opened:
            opened.write(_text(mine, asked, folder, part))


def _text(members: Sequence[Member], asked: Asked, folder: Path | None, part: Part) -> str:
    hardest = sum(one.how == "adversarial" for one in members)
    split = f", split by the salt {json.dumps(asked.salt)}" if asked.held_out else ""
    lines = [
        f"# {part} part, {len(members)} scenarios even over {', '.join(asked.by)}; {hardest} of them by hardness; "
        f"seed {asked.seed}{split}",
        *([f"persona:\n  folder: {json.dumps(str(folder), ensure_ascii=False)}"] if folder else []),
        "suite:",
        "  scenarios:" if members else "  scenarios: []",
        *(f"    - {one.scenario.id}" for one in members),
    ]
    return "\n".join(lines) + "\n"
