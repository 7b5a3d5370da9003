from __future__ import annotations

import asyncio
from typing import Any

import pytest

from empa_graph.content.library import find_scenarios
from empa_graph.errors import UsageError
from empa_graph.graph.state import SandboxState
from empa_graph.models.turn_record import TurnRecord
from tests.scripted_parts import SCENARIO, sandbox, started


def test_an_episode_starts_where_its_goal_says() -> None:
    latent = started()["latent"]
    assert latent.position == latent.start == (-0.25, 0.0, -0.7, -0.3)
    assert (latent.target, latent.radius, latent.steps) == ((0.1, 0.1, 0.2, 0.05), 0.21, ())


def test_every_channel_but_the_variant_is_written() -> None:
    assert set(started()) == set(SandboxState.__annotations__) - {"variant"}


def test_the_start_follows_the_order_of_the_space_and_not_that_of_the_file() -> None:
    route = SCENARIO.goal.spaces["sdt"]
    turned = route.model_copy(update={"target": dict(reversed(route.target.items()))})
    scenario = SCENARIO.model_copy(update={"goal": SCENARIO.goal.model_copy(update={"spaces": {"sdt": turned}})})
    assert started(scenario=scenario)["latent"].target == (0.1, 0.1, 0.2, 0.05)


def test_a_name_a_record_and_its_json_begin_the_same_episode() -> None:
    (bundled,) = find_scenarios([SCENARIO.id])
    named, given, plain = (
        started(scenario=scenario) for scenario in (bundled.id, bundled, bundled.model_dump(mode="json"))
    )
    assert named == given == plain


def test_an_episode_goes_on_behind_turns_given_as_json() -> None:
    turns: list[TurnRecord] = []

    async def keep(turn: TurnRecord) -> None:
        turns.append(turn)

    whole = asyncio.run(sandbox(max_turns=3).play(SCENARIO, on_turn=keep))
    state = started(finished=[turn.model_dump(mode="json") for turn in turns])
    assert state["ended"].steps == 3
    assert (state["messages"], state["latent"]) == (list(whole.messages), whole.latent)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"scenario": "exam_studnet/reduce_stress"}, "Did you mean 'exam_student/reduce_stress'?"),
        ({"variant": "alinged"}, "Did you mean 'aligned'?"),
        ({"variant": "/etc/passwd"}, "unknown variant"),
        ({"seed": "7"}, "seed is '7', allowed is a whole number"),
        ({"scenario": {"persona": {}}}, "scenario.persona"),
        ({"finished": [{"turn": 0}]}, r"finished\[0\]"),
    ],
)
def test_an_input_that_cannot_be_played_is_refused_in_one_line(given: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        started(**given)
    assert "\n" not in str(caught.value)
