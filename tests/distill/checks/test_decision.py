from __future__ import annotations

import pytest

from empa_graph.content.library import find_scenarios
from empa_graph.distill.checks.decision import EASY, HARD, against, difficulty, disagreement, level, unshown
from empa_graph.distill.checks.records import Agent, Standing

NURSE = find_scenarios(["night_nurse"])[0].persona
LIKES = tuple(f"likes {one.cue}" for one in NURSE.preferences)
MINDS = tuple(f"minds {one.cue}" for one in NURSE.anti_preferences)


def stand(**changes: dict[str, object]) -> dict[Agent, Standing]:
    """Agents of whom each does what its skill says, with other figures for some."""
    usual: dict[Agent, dict[str, object]] = {
        "skilled": {"plays": 3, "reached": 3, "progress": 0.9, "pace": 0.12},
        "half": {"progress": 0.4, "pace": 0.03},
        "generic": {"pace": 0.0},
        "lecturer": {"pace": -0.05},
        "dismissive": {"pace": -0.2},
    }
    plain: dict[str, object] = {"plays": 1, "reached": 0, "progress": 0.0, "turns": 6.0}
    return {
        name: Standing.model_validate({"agent": name} | plain | own | changes.get(name, {}))
        for name, own in usual.items()
    }


def causes(claim: str = "reaches", **changes: dict[str, object]) -> list[str]:
    return [one.cause for one in against(claim, stand(**changes))]  # type: ignore[arg-type]


def test_nothing_speaks_against_a_scenario_in_which_skill_decides():
    assert causes() == []


@pytest.mark.parametrize(("reached", "found"), [(3, []), (2, []), (1, ["not_reached"]), (0, ["not_reached"])])
def test_the_skilled_agent_reaches_the_target_in_most_plays(reached: int, found: list[str]):
    assert causes(skilled={"reached": reached}) == found


def test_good_replies_that_speak_to_nobody_are_named_as_the_cause():
    weak = {"reached": 0, "progress": 0.1}
    (plain,) = against("reaches", stand(skilled=weak | {"fit": 0.9}))
    (unfit,) = against("reaches", stand(skilled=weak | {"fit": 0.2}))
    assert "speak to nobody" not in plain.detail and "fit this person by 0.20" in unfit.detail


@pytest.mark.parametrize("agent", ["generic", "lecturer", "dismissive"])
def test_no_agent_without_skill_comes_near(agent: str):
    assert causes(**{agent: {"progress": 0.5}}) == ["reached_by_poorer"]
    assert causes(**{agent: {"reached": 1}}) == ["reached_by_poorer"]
    assert causes(**{agent: {"progress": 0.49}}) == []


def test_a_better_agent_goes_faster_than_the_next():
    assert causes(generic={"pace": -0.2}) == ["order"]
    assert causes(skilled={"pace": -0.1}) == ["order"]
    assert causes(skilled={"pace": -0.1}, generic={"pace": -0.3}) == ["order"]


def test_without_good_replies_only_the_ends_are_held_apart():
    weak = {"plays": 1, "reached": 0, "progress": 0.0, "pace": -0.001}
    assert causes("opens", skilled=weak) == []
    assert causes("opens", skilled={**weak, "pace": -0.2}) == ["order"]
    assert difficulty("opens", stand()) is None


def shown(**changes: dict[str, object]) -> list[str]:
    quiet = frozenset({"elaborate"})
    moves = {"skilled": frozenset({"soften"}), "generic": quiet, "lecturer": quiet, "dismissive": {"push_back"}}
    moves |= changes.get("moves", {})
    unfelt = {"skilled": (), "generic": MINDS, "lecturer": MINDS, "dismissive": LIKES} | changes.get("unfelt", {})
    found = unshown("reaches", NURSE, {name: frozenset(said) for name, said in moves.items()}, unfelt)  # type: ignore
    return [one.detail for one in found]


def test_likes_show_with_skill_and_dislikes_without():
    assert shown() == []
    assert shown(unfelt={"skilled": LIKES}) == ["a skilled agent meets none of the preferences"]
    assert shown(unfelt={"skilled": LIKES[1:]}) == []
    assert shown(unfelt={"dismissive": MINDS}) == ["no agent without skill does what the person minds"]


def test_the_person_lets_in_and_defends_themselves():
    assert shown(moves={"skilled": {"hesitate"}}) == ["a skilled agent is let in nowhere"]
    assert shown(moves={"dismissive": {"brief"}}) == ["no agent without skill is pushed back, evaded or shut out"]
    assert shown(moves={"dismissive": {"withdraw"}}) == []


def test_difficulty_is_the_turns_that_skill_needs_for_the_whole_way():
    assert difficulty("reaches", stand(skilled={"pace": 0.125})) == pytest.approx(8.0)
    assert difficulty("reaches", stand(skilled={"pace": 0.0})) is None
    assert [level(turns) for turns in (EASY - 0.1, EASY, HARD, HARD + 0.1)] == ["easy", "medium", "medium", "hard"]
    assert level(None) is None


def test_disagreement_is_the_spread_of_the_agents():
    assert disagreement(stand(skilled={"progress": 0.0}, half={"progress": 0.0})) == 0.0
    assert disagreement(stand(skilled={"progress": 1.0}, half={"progress": 0.0})) == pytest.approx(0.4)
