from __future__ import annotations

import pytest

from empa_graph.study.suites.drawing import held_out

NAMES = [f"person_{number}" for number in range(2_000)]


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5])
def test_about_the_share_of_persons_is_held_out(share: float):
    assert sum(held_out(name, share=share) for name in NAMES) / len(NAMES) == pytest.approx(share, abs=0.03)


def test_whom_a_smaller_share_holds_out_a_larger_one_keeps():
    small = {name for name in NAMES if held_out(name, share=0.1)}
    assert small and small <= {name for name in NAMES if held_out(name, share=0.3)}


def test_another_salt_gives_another_split_and_the_same_one_the_same():
    one, other = ([held_out(name, share=0.5, salt=salt) for name in NAMES] for salt in ("a", "b"))
    assert one != other and 0.4 < sum(a == b for a, b in zip(one, other, strict=True)) / len(NAMES) < 0.6


def test_the_split_is_the_one_that_was_published():
    names = ("night_nurse", "exam_student", "farm_heir", "apprentice_electrician")
    assert [held_out(name, share=0.25) for name in names] == [False, False, False, True]
