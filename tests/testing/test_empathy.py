from __future__ import annotations

import pytest

from empa_graph.content.library import content_folder, load_persona, load_rubric
from empa_graph.content.registry import REGISTRY, registered
from empa_graph.errors import NotFoundError, UsageError
from empa_graph.gate.policy import Policy, Rule
from empa_graph.models.assessment import Assessment, Item
from empa_graph.models.latent import LatentState, Step
from empa_graph.roles.director.rules import RuleDirector
from empa_graph.roles.persona.rule_persona import CardVoice
from empa_graph.testing.empathy import Empathy, Result
from tests.records import episode, score, supported
from tests.viewer_parts import said as messages

SCENARIO = "exam_student/reduce_stress"


def fixture(*, offline: bool = False, **defaults: object) -> Empathy:
    return Empathy(defaults=defaults, offline=offline, kept=[])


def kind(messages: list[dict[str, str]]) -> str:
    return "That sounds heavy. What part of it is hardest for you?"


def declined() -> LatentState:
    """A path that goes forth, back and nowhere, with a level and its evidence on the way back."""
    path = LatentState.opening(dimensions=("calm", "trust"), start=(0.0, 0.0), target=(0.6, 0.0), radius=0.3)
    item = Item(dimension="calm", progress=0, regress=2, regress_evidence="Good\nevening.")
    for turn, (calm, said) in enumerate(((0.1, ()), (-0.2, (item,)), (0.0, ())), start=1):
        path = path.extended(
            Step(turn=turn, increment=(calm, 0.0), assessment=Assessment(evaluator="cues", items=said))
        )
    return path


def test_the_mean_over_repeats_is_held_to_the_floor():
    result = Result(tuple(episode(repeat=n, score=score(x)) for n, x in enumerate((49.0, 51.0))))
    assert result.values("composite") == (49.0, 51.0)
    assert result.assert_at_least(composite=50.0, coverage=1.0) is result
    with pytest.raises(
        AssertionError, match=r"composite is 50 \[37\.29, 62\.71\] over 2 episodes, wanted at least 50.1"
    ):
        result.assert_at_least(composite=50.1)


def test_support_of_short_conversations_decides_nothing_unless_that_is_allowed():
    played = tuple(episode(repeat=n, support=supported(0.85, replies=7)) for n in range(9))
    with pytest.raises(AssertionError, match="support: undecided, 9 of 9 provisional: fewer than 8 replies"):
        Result(played).assert_at_least(support=0.5)
    with pytest.raises(UsageError, match="9 of 9 provisional"):
        Result(played).estimate("support")
    Result(played).assert_at_least(support=0.5, allow_provisional=True)
    assert Result(played).values("support") == (0.85,) * 9


def test_a_mean_of_support_counts_no_short_conversation():
    held = ((0.4, 9), (0.4, 9), (0.9, 7))
    result = Result(tuple(episode(repeat=n, support=supported(x, replies=r)) for n, (x, r) in enumerate(held)))
    assert result.estimate("support").mean == pytest.approx(0.4)
    with pytest.raises(AssertionError, match=r"support is 0\.4"):
        result.assert_at_least(support=0.5)


@pytest.mark.parametrize("metric", ["composite", "support"])
def test_what_a_script_voids_passes_no_floor_unless_that_is_allowed(metric: str):
    words = "That sounds hard, and it makes sense that you feel this way after such a long day at work."
    played = tuple(
        episode(scenario=f"person{n}/goal", support=supported(0.85), messages=messages(("Hello", words)))
        for n in range(12)
    )
    with pytest.raises(AssertionError, match=f"{metric}: void, since the agent is scripted: 100%"):
        Result(played).assert_at_least(**{metric: 0.0})
    Result(played).assert_at_least(allow_scripted=True, **{metric: 0.0}).assert_at_least(progress=0.0)


def test_one_episode_has_no_interval():
    assert Result((episode(),)).estimate("composite").interval is None


def test_repeats_of_several_scenarios_are_clustered_by_scenario():
    played = tuple(episode(scenario=name, score=score(x)) for name, x in (("a/b", 0.0), ("a/b", 20.0), ("c/d", 90.0)))
    assert Result(played).estimate("composite").mean == 50.0


def test_a_failure_shows_the_worst_turn_with_its_evidence():
    result = Result((episode(latent=declined()),))
    assert result.worst is not None and (result.worst.turn, result.worst.movement) == (2, -0.2)
    with pytest.raises(AssertionError) as caught:
        result.assert_at_least(composite=99)
    assert "worst turn: 2 of someone/something, repeat 0, which moved 0.2 away from the target" in str(caught.value)
    assert '  let down: calm -2 ("Good evening.")' in str(caught.value)


def test_a_failure_shows_where_the_agent_crashed():
    def crashing(messages: list[dict[str, str]]) -> str:
        return str(1 / 0)

    with pytest.raises(AssertionError) as caught:
        fixture().play(crashing, SCENARIO, max_turns=1).assert_at_least(composite=60)
    assert "crashing: return str(1 / 0)" in str(caught.value)


def test_an_agent_that_asks_is_answered_where_a_test_says_what():
    result = fixture(on_interrupt="go on", speaks="last").play("tests.asking_graphs:asks", SCENARIO, max_turns=1)
    assert result.episodes[0].messages[-1].content == "go on"


def test_an_episode_without_a_score_fails_the_test_unless_it_is_allowed():
    broken = episode(score=None, unscored="no turn was judged")
    result = Result((episode(), broken))
    with pytest.raises(AssertionError, match="no score: no turn was judged"):
        result.assert_at_least(composite=50)
    result.assert_at_least(composite=50, scored=0.5)
    with pytest.raises(AssertionError, match="composite: no episode has a number for it"):
        Result((broken,)).assert_at_least(composite=0, scored=0)


def test_an_unknown_metric_suggests_the_nearest():
    with pytest.raises(NotFoundError, match="unknown metric 'composit'"):
        Result((episode(),)).assert_at_least(composit=1)


def test_a_floor_that_looks_like_a_share_of_a_scale_to_100_is_doubted_as_in_a_policy():
    with pytest.warns(UserWarning, match=r"^assert_at_least: composite 0\.6: (.*)$") as told:
        Result((episode(),)).assert_at_least(composite=0.6)
    (doubt,) = Policy(rules=(Rule(metric="composite", floor=0.6),)).doubts
    assert str(told[0].message).partition("0.6: ")[2] == doubt.partition("0.6: ")[2]
    assert (told[0].filename, "is 60 meant?" in doubt) == (__file__, True)


def test_a_share_of_a_metric_up_to_1_is_not_doubted():
    Result((episode(),)).assert_at_least(coverage=0.6)


@pytest.mark.parametrize("floor", ["sixty", None, float("nan")])
def test_a_floor_that_is_no_number_is_one_line(floor: object):
    with pytest.raises(UsageError, match=rf"^assert_at_least: composite is {floor!r}, allowed is a number$"):
        Result((episode(),)).assert_at_least(composite=floor)


@pytest.mark.parametrize(("metric", "floor", "top"), [("alignment_index", 60, "1"), ("composite", -5.0, "100")])
def test_a_floor_outside_the_range_of_its_metric_is_refused(metric: str, floor: float, top: str):
    told = f"^assert_at_least: floor {floor:g} of {metric} lies outside its range, 0 to {top}$"
    with pytest.raises(UsageError, match=told):
        Result((episode(),)).assert_at_least(**{metric: floor})


def test_a_registered_metric_can_be_held_to_a_floor():
    with REGISTRY.scratch():
        registered("metric", "words")(lambda found: float(len(found.messages)))
        Result((episode(),)).assert_at_least(words=2)
        with pytest.raises(AssertionError, match="words is 2 over 1 episode, wanted at least 3"):
            Result((episode(),)).assert_at_least(words=3)


def test_a_play_is_the_same_each_time_and_each_repeat_meets_another_day():
    one, two = (fixture(max_turns=2).play(kind, SCENARIO, repeats=2) for _ in range(2))
    assert one == two
    assert len({played.seed for played in one.episodes}) == 2
    assert [played.repeat for played in one.episodes] == [0, 1]


def test_epm_q_is_there_for_its_evaluator():
    result = fixture(max_turns=2).play("scripted:template", SCENARIO, evaluator="epm")
    assert len(result.values("epm_q")) == 1


def test_several_scenarios_are_played_in_one_go():
    assert len(fixture(max_turns=1).play(kind, "exam_student").episodes) == 3
    assert len(fixture(max_turns=1).play(kind, [SCENARIO, "farm_heir/reduce_stress"]).episodes) == 2


async def test_a_play_inside_a_running_loop():
    assert fixture(max_turns=1).play(kind, SCENARIO).episodes
    assert (await fixture(max_turns=1).play_async(kind, SCENARIO)).episodes


def test_repeats_below_one_are_refused():
    with pytest.raises(UsageError, match="repeats is 0, allowed is 1 or more"):
        fixture().play(kind, SCENARIO, repeats=0)


def test_an_unknown_option_of_the_fixture_names_the_nearest():
    with pytest.raises(UsageError, match="unknown option 'repeet'; did you mean 'repeats'"):
        fixture(repeet=3)
    with pytest.raises(UsageError, match="unknown option 'max_turn'; did you mean 'max_turns'"):
        fixture().play(kind, SCENARIO, max_turn=3)  # type: ignore[call-arg]


def test_a_persona_and_objects_may_stand_where_names_do():
    persona = load_persona(content_folder("personas") / "exam_student.yaml")
    assert len(fixture(max_turns=1).play(kind, persona, rubric=load_rubric("epm")).values("epm_q")) == 3
    assert fixture(offline=True, max_turns=1).play(kind, SCENARIO, voice=CardVoice(), director=RuleDirector()).episodes


@pytest.mark.parametrize(
    ("agent", "options", "said"),
    [
        ("openai:gpt-x", {}, "agent 'openai:gpt-x' would call a model"),
        ("local", {}, "agent 'local'"),
        ("scripted:template", {"evaluator": "judge", "judge": "openai:m"}, "judge openai:m would"),
        ("scripted:template", {"voice": "local"}, "voice 'local'"),
        ("scripted:template", {"director": "local"}, "director 'local'"),
    ],
)
def test_offline_a_model_is_refused_before_anything_is_played(agent: str, options: dict[str, str], said: str):
    with pytest.raises(UsageError, match="--empa-offline: ") as caught:
        fixture(offline=True).play(agent, SCENARIO, **options)
    assert said in str(caught.value)


@pytest.mark.parametrize("agent", ["scripted:generic", "tests.testing.test_empathy:kind", kind])
def test_offline_code_and_reference_agents_play(agent: object):
    assert fixture(offline=True, max_turns=1).play(agent, SCENARIO).episodes
