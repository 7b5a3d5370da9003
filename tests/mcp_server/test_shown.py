"""What a caller who plays the agent gets to see beforehand and meanwhile."""

from __future__ import annotations

import json

from empa_graph.content.library import find_scenarios
from empa_graph.mcp_server.desk import Desk
from empa_graph.mcp_server.shown import shown_heard, shown_scenario
from empa_graph.mcp_server.tools import called
from empa_graph.models.config import RunConfig
from empa_graph.roles.empathic.instructions import instructions
from tests.command import SCENARIO

REPLY = "Organic chemistry on Thursday, and the same page over and over. What is hardest?"


def test_of_a_scenario_only_that_is_shown_which_the_aligned_instructions_tell_too():
    for scenario in find_scenarios(["all"]):
        shown, told = shown_scenario(scenario), instructions("aligned", scenario)
        assert set(shown) == {"scenario", "called", "age", "country", "language", "brought"}
        assert all(str(shown[name]) in told for name in ("called", "age", "country", "brought") if shown[name])


async def test_before_the_end_a_caller_sees_words_alone():
    desk = Desk(RunConfig(suite={"max_turns": 2}))
    try:
        start = await called(desk, "start", {"scenario": SCENARIO})
        reply = await called(desk, "reply", {"conversation": start["conversation"], "text": REPLY})
        assert set(start) == {"conversation", "ended", "turn", "person", "instructions"}
        assert set(reply) == {"conversation", "ended", "turn", "person"}
        last = await called(desk, "reply", {"conversation": start["conversation"], "text": REPLY})
        assert last == shown_heard(start["conversation"], None)
        result = await called(desk, "result", {"conversation": start["conversation"]})
    finally:
        await desk.aclose()
    assert len(result["latent"]["positions"]) == 3 and [step["turn"] for step in result["path"]] == [1, 2]
    assert result["path"][0]["codes"][0]["evidence"] in REPLY
    assert result["score"]["coverage"] == 1.0 and 0.0 <= result["score"]["progress"] <= 1.0
    assert result["support"]["replies"] == 2 and result["guards"]["provisional"]
    json.dumps(result, allow_nan=False)


async def test_an_episode_that_cannot_be_judged_has_a_cause_and_no_number():
    desk = Desk(RunConfig(suite={"max_turns": 1}))
    try:
        start = await called(desk, "start", {"scenario": SCENARIO})
        french = "Je comprends que tu sois fatiguée, et que la même page revienne toujours. Qu'est-ce qui te pèse ?"
        await called(desk, "reply", {"conversation": start["conversation"], "text": french})
        result = await called(desk, "result", {"conversation": start["conversation"]})
    finally:
        await desk.aclose()
    assert result["score"] is None and result["unscored"] and result["support"] is None
    assert result["path"][0]["increment"] is None and result["path"][0]["failure"]
