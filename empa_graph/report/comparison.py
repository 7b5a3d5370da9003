"""Whether two runs may be compared: only where what judges and what is played is the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from empa_graph.models.record import Record
from empa_graph.models.run import Run
from empa_graph.report.compared_content import (
    both_code_support,
    calibrations,
    content,
    drift,
    redaction,
    rest_of,
    scenarios_apart,
    scenarios_in_common,
    seeds,
    support_judges,
    version,
    with_rubric_of,
)
from empa_graph.report.manifest_fields import APART, BLOCKING, OTHER, Difference, fields, settings

Answered = Mapping[str, tuple[str, ...]]
"""The models that answered, as their servers named them, by role; a role that is absent is not known."""
_JUDGED_BY = {
    "judge": "other models judged, whatever was asked for",
    "support_judge": "other models coded support, whatever was asked for",
    "persona": "other models spoke for the person, whatever was asked for",
    "director": "other models steered the person, whatever was asked for",
}


class Comparison(Record):
    """What differs between two runs; they are comparable when nothing is ``blocking``."""

    comparable: bool
    blocking: tuple[Difference, ...]
    other: tuple[Difference, ...]


def comparison(
    a: Run,
    b: Run,
    *,
    left_answered: Answered | None = None,
    right_answered: Answered | None = None,
    left_without: Answered | None = None,
    right_without: Answered | None = None,
) -> Comparison:
    """Return what differs between ``a`` (left) and ``b`` (right), and whether their scores may be compared.

    The models that answered are compared by role, without regard to order, where both runs know them; so is what they
    were asked ``without``, since they refuse it.
    """
    b = with_rubric_of(a, b)
    left, right = settings(a), settings(b)
    answered = (
        *_by_role("answered", left_answered or {}, right_answered or {}),
        *_by_role("left_out", left_without or {}, right_without or {}),
    )
    blocking = (
        *fields(left, right, BLOCKING),
        *scenarios_in_common(a, b),
        *content(a, b),
        *version(a, b),
        *redaction(a, b),
        *drift(a, b),
        *(support_judges(a, b) if both_code_support(a, b) else ()),
        *(found for role, found in answered if role in _JUDGED_BY),
    )
    unknown = {name: "how its sessions went" for name in left if name not in {*BLOCKING, *OTHER, *APART}}
    other = (
        *fields(left, right, {**OTHER, **unknown}),
        *scenarios_apart(a, b),
        *seeds(a, b),
        *calibrations(a, b),
        *(() if both_code_support(a, b) else support_judges(a, b)),
        *rest_of(a, b, blocking),
        *(found for role, found in answered if role not in _JUDGED_BY),
    )
    return Comparison(comparable=not blocking, blocking=blocking, other=other)


def _by_role(field: str, left: Answered, right: Answered) -> Iterator[tuple[str, Difference]]:
    for role in sorted(left.keys() & right.keys()):
        ours, theirs = sorted(set(left[role])), sorted(set(right[role]))
        if ours != theirs:
            why = _JUDGED_BY.get(role, "other models answered, whatever was asked for")
            if field == "left_out":
                why = "requests went without other parts, which the model or its server refuses"
            yield role, Difference(field=f"{field}.{role}", left=[*ours], right=[*theirs], why=why)
