from __future__ import annotations

import pytest

from empa_graph.scoring.course import course
from empa_graph.scoring.trio import trio


def test_a_straight_way_is_never_beside_itself():
    found = course([(0.0, 0.0), (0.5, 0.5), (1.0, 1.0)], (1.0, 1.0))
    assert found.along == pytest.approx((0.0, 0.5, 1.0))
    assert found.off == pytest.approx((0.0, 0.0, 0.0))


def test_a_step_aside_is_measured_in_parts_of_the_way():
    found = course([(0.0, 0.0), (0.0, 1.0), (-1.0, 0.0)], (2.0, 0.0))
    assert found.along == pytest.approx((0.0, 0.0, -0.5))
    assert found.off == pytest.approx((0.0, 0.5, 0.0))


def test_its_last_part_is_the_progress_of_the_trio():
    positions = [(0.0, 0.0), (0.2, 0.1), (0.5, -0.1), (0.4, 0.3)]
    assert course(positions, (1.0, 0.5)).along[-1] == pytest.approx(trio(positions, (1.0, 0.5)).progress)


def test_where_the_start_is_the_target_there_is_no_way():
    assert course([(1.0,), (2.0,)], (1.0,)) == ((0.0, 0.0), (0.0, 0.0))


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match="positions"):
        course([(1.0, 2.0)], (1.0,))
