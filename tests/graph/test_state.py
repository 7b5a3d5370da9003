from __future__ import annotations

import pytest

from empa_graph.graph.state import extend
from tests.scripted_parts import opening, step

MOVED = (0.1, 0.0, 0.05, -0.05)


def test_a_step_is_appended_and_moves_the_position() -> None:
    path = extend(opening(), step(1, MOVED))
    assert path.position == pytest.approx((-0.4, -0.5, -0.45, -0.55))
    assert path.start == opening().start


def test_extending_leaves_the_old_path_alone() -> None:
    before = opening()
    extend(before, step(1, MOVED))
    assert before == opening()


def test_a_missing_judgement_is_a_step_that_does_not_move() -> None:
    path = extend(opening(), step(1, None))
    assert (len(path.steps), path.position, path.judged) == (1, path.start, ())


def test_a_start_state_takes_the_place_of_a_path() -> None:
    walked = extend(opening(), step(1, MOVED))
    assert extend(walked, opening()) == opening()


def test_a_step_of_another_space_does_not_fit_the_path() -> None:
    with pytest.raises(ValueError):
        extend(opening(), step(1, (0.1, 0.1)))
