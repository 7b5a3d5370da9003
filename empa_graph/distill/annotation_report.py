"""What an annotation marked and left out and why: counts, never a word of a conversation."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import Field

from empa_graph.distill.annotation import Annotation
from empa_graph.distill.annotation_log import AnnotationLog
from empa_graph.distill.annotator import Annotator
from empa_graph.distill.marks import Mark, Variable, variables
from empa_graph.distill.model_marks import CAUSES, Cause, Marked
from empa_graph.errors import writing
from empa_graph.models.latent import Space
from empa_graph.models.record import Record
from empa_graph.report.text import many

FOUND, PAGE = "annotation.json", "annotation.md"
BINS = 5
"""Parts of a dimension's width that positions are counted in."""
CAUTION = (
    "Marks of a machine are a first draft. How far the offline axes agree with people's own ratings stands in "
    "docs/distill.md, and it is little; have people mark a sample (empa annotate) before you rest anything on them."
)


class OfVariable(Record):
    """What was marked of one variable."""

    marked: int = 0
    not_told: int = 0
    """Conversations of which the annotator said nothing of it."""
    refused: dict[Cause, int] = Field(default_factory=dict)
    values: dict[str, int] = Field(default_factory=dict)
    """How often each value; positions by fifths of the width."""
    mean: float | None = None
    """Of numbers."""


class AnnotationReport(Record):
    """What an annotation came to."""

    annotator: str
    space: str
    finished: bool
    annotated: int
    """Conversations with an outcome."""
    profiled: int
    """Of these, with a start and an end on each dimension: the next stage can use them."""
    variables: dict[str, OfVariable]
    failures: dict[str, int] = Field(default_factory=dict)
    """Conversations of which no answer could be read, by its kind."""
    lost: dict[str, int] = Field(default_factory=dict)
    """Conversations that could not be asked about, by the kind of failure; the same command asks again."""
    answers: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = None
    """Dollars; None where the price or the tokens of an answer are not known."""
    caution: str = CAUTION


def annotation_report(folder: Path, space: Space, by: Annotator, came: Annotation) -> AnnotationReport:
    """Return what the outcomes of ``by`` in ``folder`` come to. Raises ContentError."""
    with AnnotationLog(folder, by.asked) as log:
        return _counted(log.outcomes(), space, by.name, came)


def _counted(outcomes: Iterable[Marked], space: Space, by: str, came: Annotation) -> AnnotationReport:
    known = {one.id: one for one in variables(space)}
    tally = {name: _Tally(one) for name, one in known.items()}
    needed = {f"{time}.{name}" for time in ("start", "end") for name in space.names}
    failures: Counter[str] = Counter()
    annotated = profiled = answers = tokens_in = tokens_out = 0
    costs: list[float | None] = []
    for one in outcomes:
        annotated, answers = annotated + 1, answers + one.asked
        tokens_in += (one.usage.tokens_in or 0) if one.usage else 0
        tokens_out += (one.usage.tokens_out or 0) if one.usage else 0
        costs += [one.cost] if one.asked else []
        if one.failure:
            failures[one.failure] += 1
            continue
        marks = {mark.variable: mark for mark in one.marks}
        profiled += needed <= marks.keys()
        for name, each in tally.items():
            each.add(marks.get(name), one.refused.get(name))
    return AnnotationReport(
        annotator=by,
        space=space.id,
        finished=not came.stopped and not came.lost,
        annotated=annotated,
        profiled=profiled,
        variables={name: each.counted() for name, each in tally.items()},
        failures=dict(failures),
        lost=came.lost,
        answers=answers,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        cost=None if None in costs else sum(cost for cost in costs if cost is not None),
    )


class _Tally:
    """The counts of one variable."""

    def __init__(self, variable: Variable) -> None:
        self._variable = variable
        self._marked = self._not_told = 0
        self._sum = 0.0
        self._refused: Counter[Cause] = Counter()
        self._values: Counter[str] = Counter()

    def add(self, mark: Mark | None, refused: Cause | None) -> None:
        if refused is not None:
            self._refused[refused] += 1
        elif mark is None:
            self._not_told += 1
        else:
            self._marked += 1
            self._sum += float(mark.value) if isinstance(mark.value, int | float) else 0.0
            self._values.update(_shown(mark, self._variable))

    def counted(self) -> OfVariable:
        numbers = self._variable.bounds is not None and self._marked > 0
        return OfVariable(
            marked=self._marked,
            not_told=self._not_told,
            refused=dict(self._refused),
            values=dict(sorted(self._values.items(), key=lambda one: (-one[1], one[0]))),
            mean=round(self._sum / self._marked, 3) if numbers else None,
        )


def _shown(mark: Mark, variable: Variable) -> Iterator[str]:
    if isinstance(mark.value, tuple):
        yield from (" > ".join(mark.value),) if variable.scale == "order" else mark.value
    elif isinstance(mark.value, str):
        yield mark.value
    elif variable.scale == "ordinal" or variable.bounds is None:
        yield f"{mark.value:g}"
    else:
        low, high = variable.bounds
        width = (high - low) / BINS
        place = min(BINS - 1, int((float(mark.value) - low) / width))
        yield f"{low + place * width:g} to {low + (place + 1) * width:g}"


def write_annotation(folder: Path, found: AnnotationReport) -> None:
    """Write ``annotation.json`` and ``annotation.md`` to ``folder``, each at once. Raises UsageError."""
    text = json.dumps(found.model_dump(mode="json"), indent=1)
    for name, whole in ((FOUND, text + "\n"), (PAGE, "\n".join(_page(found)) + "\n")):
        part = folder / f"{name}.part"
        with writing(folder / name):
            part.write_text(whole, encoding="utf-8")
            part.replace(folder / name)


def _page(found: AnnotationReport) -> Iterator[str]:
    state = "to the end" if found.finished else "not to the end; the same command goes on"
    yield "# Annotation\n"
    yield f"`{found.annotator}` marked {many(found.annotated, 'conversation')} in the space `{found.space}`, {state}. "
    yield f"{found.profiled:,} have a start and an end on each dimension.\n"
    yield "| variable | marked | nothing told | refused | mean | values |\n| --- | --- | --- | --- | --- | --- |"
    for name, one in found.variables.items():
        values = ", ".join(f"{value}: {count}" for value, count in one.values.items())
        mean = "" if one.mean is None else f"{one.mean:.2f}"
        yield f"| {name} | {one.marked} | {one.not_told} | {sum(one.refused.values())} | {mean} | {values} |"
    if refused := refusals(found):
        yield "\n| refused | number | since |\n| --- | --- | --- |"
        yield from (f"| `{cause}` | {count} | {CAUSES[cause]} |" for cause, count in refused.items())
    for kind, count in {**found.failures, **found.lost}.items():
        yield f"\n{many(count, 'conversation')} without an answer: `{kind}`"
    if found.answers:
        cost = "unknown cost" if found.cost is None else f"{found.cost:.4f} USD by list price"
        yield f"\n{many(found.answers, 'answer')}, {found.tokens_in} tokens in, {found.tokens_out} out, {cost}."
    yield f"\n{found.caution}"


def refusals(found: AnnotationReport) -> dict[Cause, int]:
    """Return how many marks were refused, by cause, the most often first."""
    every: Counter[Cause] = Counter()
    for one in found.variables.values():
        every.update(one.refused)
    return dict(every.most_common())
