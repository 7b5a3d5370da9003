from __future__ import annotations

from typing import get_type_hints

import pytest

from empa_graph.errors import RoleError
from empa_graph.graph.state import SandboxState, extend, start_state
from tests.scripted_parts import RUBRIC, SCENARIO, opening, step

MOVED = (0.1, 0.0, 0.05, -0.05)


def test_the_start_state_stands_at_the_start_of_the_goal() -> None:
    latent = start_state(SCENARIO, RUBRIC, instructions="", seed=1)["latent"]
    assert latent.position == latent.start == (-0.25, 0.0, -0.7, -0.3)
    assert (latent.target, latent.radius, latent.steps) == ((0.1, 0.1, 0.2, 0.05), 0.21, ())


def test_the_start_state_writes_every_channel() -> None:
    assert set(start_state(SCENARIO, RUBRIC, instructions="", seed=1)) == set(get_type_hints(SandboxState))


def test_the_start_state_follows_the_order_of_the_space_and_not_that_of_the_file() -> None:
    turned = dict(reversed(SCENARIO.goal.target.items()))
    scenario = SCENARIO.model_copy(update={"goal": SCENARIO.goal.model_copy(update={"target": turned})})
    state = start_state(scenario, RUBRIC, instructions="", seed=1)
    assert state["latent"].target == (0.1, 0.1, 0.2, 0.05)


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


def test_the_start_state_is_written_once() -> None:
    with pytest.raises(ValueError, match="written once"):
        extend(opening(), opening(start=0.4))


@pytest.mark.parametrize("turn", [2, 5])
def test_a_step_of_another_turn_does_not_fit_the_path(turn: int) -> None:
    with pytest.raises(RoleError, match="does not fit the path") as caught:
        extend(opening(), step(turn, MOVED))
    assert caught.value.blame == "judge"


def test_a_step_of_another_space_does_not_fit_the_path() -> None:
    with pytest.raises(RoleError, match="does not fit the path"):
        extend(opening(), step(1, (0.1, 0.1)))
