from __future__ import annotations

from pathlib import Path

import pytest

from empa_graph.content.library import find_scenarios, load_rubric
from empa_graph.errors import NotFoundError, UsageError
from empa_graph.models.rubric import with_max_turns
from empa_graph.run.single import play, play_async
from tests.agents import kind, obedient
from tests.stub_server import StubServer

SCENARIO = "exam_student/reduce_stress"


def listener(messages: list[dict[str, str]]) -> str:
    return "You read the same page again and again. What is that like for you?"


def test_a_name_is_enough_for_a_scored_episode():
    episode = play(SCENARIO, "scripted:expert")
    assert (episode.scenario, episode.agent, episode.failure) == (SCENARIO, "scripted:expert", None)
    assert episode.score is not None and episode.score.composite > 50


def test_the_same_words_give_the_same_episode_and_another_seed_another():
    one, two, other = (play(SCENARIO, "scripted:template", seed=seed) for seed in (3, 3, 4))
    assert one.model_dump_json() == two.model_dump_json()
    assert one.messages != other.messages


def test_a_function_is_played_and_named():
    episode = play(SCENARIO, listener, max_turns=2)
    assert episode.agent == "listener"
    assert [m.content for m in episode.messages if m.speaker == "empathic"] == [listener([])] * 2


async def test_a_scenario_may_be_handed_over_as_a_record():
    scenario = find_scenarios([SCENARIO])[0]
    episode = await play_async(scenario, "scripted:silent", max_turns=1)
    assert (episode.scenario, episode.turns) == (SCENARIO, 1)


async def test_inside_a_running_loop_the_way_out_is_named():
    with pytest.raises(UsageError, match="await play_async"):
        play(SCENARIO, "scripted:silent")


async def test_a_served_model_gets_the_instructions_of_the_variant_and_the_key():
    async with StubServer("I hear you.") as stub:
        episode = await play_async(
            SCENARIO, "stub-model", base_url=stub.url, api_key="sk-1", variant="aligned", max_turns=1
        )
    assert "Mina" in stub.requests[0]["messages"][0]["content"]
    assert stub.keys == ["sk-1"]
    assert "sk-1" not in episode.model_dump_json()


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"variant": "alined"}, "unknown variant 'alined'. Did you mean 'aligned'?"),
        ({"rubric": "sdtt"}, "unknown rubric 'sdtt'. Did you mean 'sdt'?"),
        ({"max_turns": 0}, "max_turns is 0, allowed is 1 or more"),
        ({"variant": "aligned"}, "scripted:silent takes no instructions"),
        ({"evaluator": "judge"}, "needs --judge"),
    ],
)
async def test_a_wrong_option_is_one_line(options: dict[str, object], line: str):
    with pytest.raises(UsageError, match=r"\A[^\n]*\Z") as caught:
        await play_async(SCENARIO, "scripted:silent", **options)  # type: ignore[misc]
    assert line in str(caught.value)


async def test_a_function_that_takes_instructions_is_given_those_of_the_variant(tmp_path: Path):
    prompt = tmp_path / "own.md"
    prompt.write_text("Listen.")
    episode = await play_async(SCENARIO, obedient, variant=str(prompt), max_turns=1)
    assert episode.messages[-1].content == "Listen."
    with pytest.raises(UsageError, match="--variant: kind takes no instructions"):
        await play_async(SCENARIO, kind, variant="aligned")


async def test_an_unknown_scenario_names_the_nearest():
    with pytest.raises(NotFoundError, match=f"Did you mean '{SCENARIO}'"):
        await play_async("exam_student/reduce_stres", "scripted:silent")


def test_fewer_turns_than_the_least_lower_the_least_too():
    rubric = load_rubric()
    assert with_max_turns(rubric, None) is rubric
    short = with_max_turns(rubric, 2).stop
    assert (short.min_turns, short.max_turns) == (2, 2)
    assert with_max_turns(rubric, 50).stop.min_turns == rubric.stop.min_turns
