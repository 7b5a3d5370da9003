"""The tools of the server: what each is for, what it is asked, and what it answers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from empa_graph.chats.pieces import Piece, Said
from empa_graph.chats.transcripts import transcript_of
from empa_graph.content.library import load_rubric
from empa_graph.errors import NotFoundError, UsageError
from empa_graph.mcp_server.asked import (
    MOST_CHARACTERS,
    ConversationAsked,
    NothingAsked,
    ReplyAsked,
    ScenarioAsked,
    ScoreAsked,
    StartAsked,
    asked,
)
from empa_graph.mcp_server.desk import Desk
from empa_graph.mcp_server.shown import Json, shown_episode, shown_heard, shown_reading, shown_scenario
from empa_graph.models.dialogue import Speaker
from empa_graph.models.record import Record
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.run.rescore import rescored

_SPEAKERS: dict[str, Speaker] = {"user": "persona", "assistant": "empathic"}


class Tool(NamedTuple):
    """One tool: for whom calls it, what it takes, and what does its work."""

    what: str
    takes: type[Record]
    does: Callable[[Desk, Any], Awaitable[Json]]


async def called(desk: Desk, name: str, arguments: object) -> Json:
    """Return what the tool ``name`` answers. Raises UsageError for what it cannot, SuspendedError at a limit."""
    if name not in TOOLS:
        raise NotFoundError("tool", name, TOOLS)
    tool = TOOLS[name]
    found = await tool.does(desk, asked(tool.takes, arguments))
    plain: Json = json.loads(json.dumps(found, allow_nan=False))
    return plain


async def _list(desk: Desk, _: NothingAsked) -> Json:
    return {"scenarios": [shown_scenario(scenario) for scenario in desk.scenarios.values()]}


async def _show(desk: Desk, wanted: ScenarioAsked) -> Json:
    return shown_scenario(desk.scenario(wanted.scenario))


async def _start(desk: Desk, wanted: StartAsked) -> Json:
    number, heard = await desk.start(wanted.scenario, seed=wanted.seed)
    return {**shown_heard(number, heard), "instructions": heard and heard.instructions}


async def _reply(desk: Desk, wanted: ReplyAsked) -> Json:
    conversation, _ = desk.held(wanted.conversation)
    return shown_heard(wanted.conversation, await conversation.replied(wanted.text))


async def _result(desk: Desk, wanted: ConversationAsked) -> Json:
    conversation, _ = desk.held(wanted.conversation)
    return shown_episode(conversation.episode)


async def _score(_: Desk, wanted: ScoreAsked) -> Json:
    said = tuple(Said(_SPEAKERS[message.role], message.content) for message in wanted.messages)
    if (length := sum(len(text) for _, text in said)) > MOST_CHARACTERS:
        raise UsageError(f"messages: {length:,} characters, allowed are {MOST_CHARACTERS:,}")
    rubric = load_rubric()
    return shown_reading(await rescored(transcript_of(Piece("handed-in", said)), CueEvaluator(rubric), rubric))


TOOLS: dict[str, Tool] = {
    "list_scenarios": Tool("List the simulated persons by scenario id.", NothingAsked, _list),
    "show_scenario": Tool("Show what an agent may know of one person beforehand.", ScenarioAsked, _show),
    "start": Tool(
        "Begin a conversation: returns its id, the person's first words and the agent's instructions.",
        StartAsked,
        _start,
    ),
    "reply": Tool(
        "Say the agent's next words; returns the person's answer, or ended: true. Then `result` has the scores.",
        ReplyAsked,
        _reply,
    ),
    "result": Tool(
        "Of a conversation that has ended: EMPA scores, progress, support, coverage, the latent path, the evidence.",
        ConversationAsked,
        _result,
    ),
    "score": Tool(
        "Read a finished conversation (user: the supported person, assistant: the agent) offline: support, guards, and "
        "the behaviours of each reply with their evidence. Nothing is simulated.",
        ScoreAsked,
        _score,
    ),
}
