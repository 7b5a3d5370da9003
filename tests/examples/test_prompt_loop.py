"""The loop changes its prompt only as the gate and the path demand, ends when it passes, and is bounded."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from empa_graph import (
    CueEvaluator,
    EmpathicView,
    EmpathicWrite,
    Labels,
    Message,
    RulePersona,
    Sandbox,
    find_scenarios,
    load_rubric,
)
from empa_graph.models.rubric import with_max_turns
from empa_graph.roles.empathic.reference_agents import reference_agent
from examples import prompt_loop
from examples.prompt_loop import HABITS, HELD_OUT, LESSONS, NO_ADVICE, TRAIN, obedient, pipeline

PAGE = Path(__file__).parents[2] / "docs" / "examples.md"
WHOLE = " ".join((NO_ADVICE, *LESSONS.values()))


async def reply(instructions: str, turn: int, by: Any = obedient) -> str:
    """Return the reply at ``turn`` to the first line of a bundled scenario."""
    (scenario,) = find_scenarios(TRAIN[:1])
    said = [Message(turn=turn, speaker="persona", content=scenario.goal.openings[0].text)]
    write = await by(EmpathicView(messages=said, instructions=instructions, seed=0))
    return write["messages"][0].content


async def unteachable(view: EmpathicView) -> EmpathicWrite:
    turn = view["messages"][-1].turn
    return EmpathicWrite(messages=[Message(turn=turn, speaker="empathic", content="Get over it.")])


@pytest.mark.parametrize(("turn", "rule"), list(enumerate(HABITS)))
async def test_the_agent_drops_each_habit_that_its_prompt_forbids_and_no_other(turn: int, rule: str):
    expert = await reply("", turn, reference_agent("expert"))
    assert await reply(rule, turn) == await reply(WHOLE, turn) == expert
    assert await reply(WHOLE.replace(rule, ""), turn) == await reply("", turn) != expert


async def test_the_loop_rewrites_until_the_gate_passes_and_no_longer():
    state = await pipeline().ainvoke({"prompts": [""]})
    verdicts = [seen.verdict for seen, _ in state["gates"]]
    assert verdicts[-1] == "pass"
    assert "pass" not in verdicts[:-1]
    assert len(state["prompts"]) == len(verdicts)
    assert all(after.startswith(before) for before, after in pairwise(state["prompts"]))


async def test_a_prompt_that_is_good_already_is_played_once():
    state = await pipeline().ainvoke({"prompts": [WHOLE]})
    assert state["prompts"] == [WHOLE]
    assert [found.scenario for found, _ in state["played"]] == [*TRAIN, *HELD_OUT]


async def test_an_agent_that_no_rule_helps_ends_the_loop_unpassed():
    state = await pipeline(unteachable, turns=4).ainvoke({"prompts": [""]})
    assert [seen.passed for seen, _ in state["gates"]] == [False] * 5
    assert all(rule in state["prompts"][-1] for rule in (NO_ADVICE, *LESSONS.values()))


async def test_the_number_of_rounds_is_bounded():
    state = await pipeline(unteachable, turns=4, rounds=2).ainvoke({"prompts": [""]})
    assert len(state["prompts"]) == len(state["gates"]) == 2


async def test_what_is_held_out_neither_passes_the_gate_nor_teaches_the_rewriter():
    state: Any = await pipeline(rounds=1, turns=4).ainvoke({"prompts": [""]})
    parts = [{**state, "played": [p for p in state["played"] if p[0].scenario in part]} for part in (TRAIN, HELD_OUT)]
    assert [prompt_loop.rewrite(part)["prompts"] == [NO_ADVICE] for part in parts] == [True, False]
    assert state["gates"][0][0].findings[0].scenarios == len(TRAIN)


async def test_the_sandbox_in_the_loop_scores_as_it_does_alone():
    state = await pipeline(rounds=1, turns=6).ainvoke({"prompts": [WHOLE]})
    rubric = with_max_turns(load_rubric(), 6)
    alone = Sandbox(
        persona=RulePersona(),
        empathic=obedient,
        evaluator=CueEvaluator(rubric),
        rubric=rubric,
        labels=Labels(agent="obedient"),
    )
    (scenario,) = find_scenarios(TRAIN[:1])
    episode = await alone.play(scenario, instructions=WHOLE)
    outcome, path = state["played"][0]
    assert path == episode.latent
    assert episode.score is not None
    assert outcome.values["composite"] == episode.score.composite


async def test_what_it_prints_stands_in_the_docs(capsys: pytest.CaptureFixture[str]):
    await prompt_loop.main()
    assert f"```text\n{capsys.readouterr().out}```" in PAGE.read_text(encoding="utf-8")
