"""A life around a plot: pieces whose facts agree with it, and lines for what the plot itself does not answer."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

from empa_graph.distill.recontext.bank import Bank, BankLine, Facts, Job, Piece, Plot, agree
from empa_graph.distill.recontext.parts import touched


class Life(NamedTuple):
    """What a card tells about a person beside what is the matter."""

    age: int
    job: Job
    work: str
    """As demographics say it."""
    lines: tuple[BankLine, ...]


def life(bank: Bank, plot: Plot, dice: random.Random) -> Life:
    """Draw a life in which ``plot`` can be true."""
    people = bank.people
    facts: Facts = dict(plot.facts)
    low, high = plot.ages
    pieces: list[Piece] = []
    for several in (people.households, people.mothers, people.fathers, people.siblings):
        fit = [one for one in several if agree(one.facts, facts) and one.ages[0] < high and low < one.ages[1]]
        if fit:
            piece = dice.choice(fit)
            facts |= piece.facts
            low, high = max(low, piece.ages[0]), min(high, piece.ages[1])
            pieces.append(piece)
    job, work, told = _job(bank, facts, dice)
    own = touched((*plot.beats, *plot.elaborations))
    lines = [line for piece in pieces for line in piece.lines]
    lines += [told, *(dice.choice(several) for several in people.topics.values())]
    fit_lines = tuple(line for line in lines if own.isdisjoint(line.answers))
    return Life(dice.randint(low, high), job, work, _once(fit_lines))


def _job(bank: Bank, facts: Facts, dice: random.Random) -> tuple[Job, str, BankLine]:
    people = bank.people
    kind = facts.get("job", True)
    if kind == "student":
        return people.students, people.students.work, people.studies
    if kind == "retired":
        return people.retired, people.retired.work, people.retirement
    job = dice.choice(people.jobs)
    if kind is False:
        return job, f"{job.work}, soon out of work", people.works_gone
    return job, job.work, dice.choice(people.works)


def _once(lines: Sequence[BankLine]) -> tuple[BankLine, ...]:
    """Return ``lines`` without those all of whose topics an earlier one answers."""
    kept: list[BankLine] = []
    for line in lines:
        if not set(line.answers) <= touched(kept):
            kept.append(line)
    return tuple(kept)
