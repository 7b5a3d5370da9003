"""Agreement of the marks of a folder, and what is left to settle."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from empa_graph.distill.agreed import agreements, disagreements
from empa_graph.distill.mark_tables import Settled
from empa_graph.distill.marks import Mark, Value
from tests.distill.marked import SPACE, every, mark


def both(variable: str, *values: tuple[Value, Value]) -> list[Mark]:
    """Two people's marks of as many conversations."""
    return [
        mark(variable, value, by, of=f"c{number}")
        for number, pair in enumerate(values)
        for by, value in zip(("ewa", "tom"), pair, strict=True)
    ]


def test_every_variable_has_its_alpha_and_ordinal_ones_their_kappas():
    marks = [one for of in ("a", "b") for by in ("ewa", "tom") for one in every(of, by)]
    found = agreements(marks, SPACE)
    assert [one.variable.id for one in found] == [one.variable for one in every()]
    assert all(one.alpha.value is None and one.alpha.n == 2 for one in found)
    assert {one.variable.scale for one in found if one.kappas} == {"ordinal"}


def test_machines_count_where_they_are_asked_for():
    marks = [*both("danger", ("none", "none"), ("stated", "stated")), mark("danger", "stated", "offline", of="c0")]
    people, with_machines = (
        {one.variable.id: one for one in agreements(marks, SPACE, machines=m)} for m in (False, True)
    )
    assert people["danger"].alpha.value == 1.0
    assert with_machines["danger"].alpha.value == pytest.approx(1 - (2 * 1 / 5) / (2 * 2 * 3 / 20))


def test_what_differs_by_the_rule_of_standing_is_left_to_settle():
    marks = [
        *both("start.calm", (0.1, 0.3), (-0.5, 0.5)),
        *both("needs", (("affective", "cognitive", "motivational"), ("cognitive", "affective", "motivational"))),
        *both("context", ("work", "casual")),
    ]
    found = disagreements(marks, (), SPACE)
    assert [(one.conversation, one.variable) for one in found] == [
        ("c0", "context"),
        ("c1", "start.calm"),
        ("c0", "needs"),
    ]
    assert [round(one.size, 3) for one in found] == [1.0, 0.5, 0.333]
    assert found[1].given == {"ewa": -0.5, "tom": 0.5}
    done = Settled(conversation="c0", variable="context", value="work", by="ewa", at=datetime.now(UTC))
    assert [one.variable for one in disagreements(marks, (done,), SPACE)] == ["start.calm", "needs"]
