from __future__ import annotations

import asyncio
from typing import Any, TypedDict

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableLambda
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Command

from empa_graph.errors import NotFoundError, ProviderError, UsageError
from empa_graph.live.monitor import Human, Judging, conversation, monitor
from empa_graph.live.records import EmpathySLA, SlaRule
from empa_graph.roles.views import EvaluatorView, EvaluatorWrite
from empa_graph.run.single import play_async
from tests.live_parts import ALIGNED, SLA, UNROUTED, ToneJudge, curt, kind, monitored, replies, say, settled, thread
from tests.scripted_parts import RUBRIC, opening

pytestmark = pytest.mark.usefixtures("strict_checkpoints")
DESK = EmpathySLA(id="an_sla", rules=(ALIGNED.model_copy(update={"route": "desk", "cool_down": 5}),))


def chat(*texts: str, saver: Any = None) -> Any:
    """A compiled graph that replies with ``texts`` and counts the messages it holds."""

    async def node(state: MessagesState) -> dict[str, Any]:
        seen.append([str(message.text) for message in state["messages"]])
        return {"messages": [{"role": "assistant", "content": text} for text in texts]}

    seen: list[list[str]] = []
    graph = StateGraph(MessagesState)
    graph.add_node("node", node)
    graph.add_edge(START, "node")
    graph.add_edge("node", END)
    compiled = graph.compile(checkpointer=saver)
    compiled.seen = seen  # type: ignore[attr-defined]
    return compiled


async def test_a_quick_judgement_is_in_the_state_when_the_reply_is():
    known = conversation(await say(monitored(saver=InMemorySaver()), "hello"))
    assert (len(known.latent.judged), known.pending) == (1, ())


async def test_a_reply_does_not_wait_for_its_judgement_which_joins_a_later_turn():
    gate = asyncio.Semaphore(0)
    judge = ToneJudge(gate=gate)
    graph = monitored(evaluator=judge, saver=InMemorySaver())
    first = conversation(await say(graph, "hello"))
    assert (first.latent.steps, [waiting.turn for waiting in first.pending]) == ((), [1])
    gate.release()
    second = conversation(await say(graph, "are you there"))
    assert [step.turn for step in second.latent.judged] == [1]
    assert judge.asked == [1, 2]


async def test_a_turn_may_be_held_for_its_judgement_within_the_wait():
    graph = monitored(evaluator=ToneJudge(seconds=0.01), judging=Judging(wait=5.0), saver=InMemorySaver())
    assert len(conversation(await say(graph, "hello")).latent.judged) == 1


async def test_an_input_without_a_message_waits_for_all_judgements_and_calls_nobody():
    gate = asyncio.Semaphore(0)
    graph = monitored(evaluator=ToneJudge(gate=gate), saver=InMemorySaver())
    for text in ("one", "two", "three"):
        state = await say(graph, text)
    assert [waiting.turn for waiting in conversation(state).pending] == [1, 2, 3]
    asked = asyncio.create_task(settled(graph))
    for _ in range(3):
        await asyncio.sleep(0.01)
        assert not asked.done()
        gate.release()
    known = await asked
    assert ([step.turn for step in known.latent.judged], known.pending, known.turn) == ([1, 2, 3], (), 3)


async def test_a_fresh_process_judges_what_was_pending_from_the_checkpoint():
    saver = InMemorySaver()
    await say(monitored(evaluator=ToneJudge(seconds=60.0), saver=saver), "hello")
    known = await settled(monitored(evaluator=ToneJudge(), saver=saver))
    assert [step.turn for step in known.latent.judged] == [1]
    assert known.breached == 1


def test_another_event_loop_per_turn_loses_nothing():
    graph = monitored(evaluator=ToneJudge(seconds=0.01), saver=InMemorySaver())
    for text in ("one", "two"):
        asyncio.run(say(graph, text))
    assert len(asyncio.run(settled(graph)).latent.judged) == 2


async def test_two_conversations_do_not_meet():
    graph = monitored(saver=InMemorySaver())
    await say(graph, "hello", name="a")
    await say(graph, "hello", name="b")
    assert conversation(await say(graph, "again", name="b")).turn == 2
    assert (await settled(graph, name="a")).turn == 1


async def test_a_conversation_taken_up_at_an_earlier_checkpoint_is_judged_anew():
    judge = ToneJudge()
    graph = monitored(evaluator=judge, saver=InMemorySaver())
    await say(graph, "one")
    early = (await graph.aget_state(thread())).config
    await say(graph, "two")
    known = conversation(await graph.ainvoke({"messages": [{"role": "user", "content": "other"}]}, early))
    assert known.said(2)[0].content == "other"
    assert judge.asked == [1, 2, 2]


async def test_a_breach_hands_the_conversation_to_a_specialist_and_recovery_hands_it_back():
    graph = monitored(curt, sla=SLA, routes={"specialist": kind}, saver=InMemorySaver())
    for text in ("one", "two", "three", "four"):
        state = await say(graph, text)
    assert replies(state) == ["Move on.", "A kind word.", "A kind word.", "Move on."]
    seats = [turn.evidence.seat for turn in conversation(state).turns]
    assert seats == ["specialist", "agent"]


async def test_decisions_are_streamed_as_they_are_made():
    graph = monitored(saver=InMemorySaver())
    said = {"messages": [{"role": "user", "content": "hello"}]}
    found = [part async for part in graph.astream(said, thread(), stream_mode="custom")]
    assert [(part["kind"], part["rule"], part["turn"]) for part in found] == [("breach", "aligned", 1)]


async def test_every_number_says_where_the_path_starts():
    prior = conversation(await say(monitored(saver=InMemorySaver()), "hello"))
    assert prior.breaches[0].basis == "stated prior of rubric 'sdt' (no scenario)"
    given = conversation(await say(monitored(saver=InMemorySaver(), start=opening()), "hello"))
    assert (given.basis, given.latent.start) == ("given start", opening().start)


async def test_a_human_is_asked_by_interrupt_and_their_answer_is_the_reply():
    graph = monitored(sla=DESK, routes={"desk": Human()}, saver=InMemorySaver())
    await say(graph, "one")
    (asked,) = (await say(graph, "two"))["__interrupt__"]
    assert (asked.value["breached"], asked.value["turn"]) == (["aligned"], 2)
    state = await graph.ainvoke(Command(resume=["A kind hello.", "I am here."]), thread())
    assert replies(state) == ["Move on.", "A kind hello.", "I am here."]
    assert conversation(state).turns[-1].evidence.seat == "desk"


async def test_a_human_can_hand_back_and_the_breach_cools_down():
    graph = monitored(sla=DESK, routes={"desk": Human()}, saver=InMemorySaver())
    await say(graph, "one")
    await say(graph, "two")
    assert replies(await graph.ainvoke(Command(resume={"back": True}), thread())) == ["Move on."] * 2
    assert replies(await say(graph, "three")) == ["Move on."] * 3


async def test_an_interrupted_conversation_goes_on_in_a_fresh_process():
    saver = InMemorySaver()
    await say(monitored(sla=DESK, routes={"desk": Human()}, saver=saver), "one")
    await say(monitored(sla=DESK, routes={"desk": Human()}, saver=saver), "two")
    graph = monitored(sla=DESK, routes={"desk": Human()}, saver=saver)
    assert replies(await graph.ainvoke(Command(resume="A kind word."), thread()))[-1] == "A kind word."


async def test_a_human_answer_that_is_no_text_is_one_line():
    graph = monitored(sla=DESK, routes={"desk": Human()}, saver=InMemorySaver())
    await say(graph, "one")
    await say(graph, "two")
    with pytest.raises(UsageError, match="resumes with a text"):
        await graph.ainvoke(Command(resume=7), thread())


async def test_a_route_to_a_human_without_a_checkpointer_is_refused_before_anybody_answers():
    graph = monitored(sla=DESK, routes={"desk": Human()}, saver=None)
    with pytest.raises(UsageError, match="needs a checkpointer"):
        await graph.ainvoke({"messages": [{"role": "user", "content": "hello"}]})


async def test_without_a_checkpointer_the_state_that_came_out_goes_in_again():
    graph = monitored(saver=None)
    state = await graph.ainvoke({"messages": [{"role": "user", "content": "one"}]})
    messages = [*state["messages"], {"role": "user", "content": "two"}]
    assert conversation(await graph.ainvoke({**state, "messages": messages})).turn == 2


async def test_a_graph_with_its_own_checkpoints_keeps_its_own_thread():
    own = InMemorySaver()
    agent = chat("Move on.", saver=own)
    graph = monitored(agent, saver=InMemorySaver())
    await say(graph, "one")
    await say(graph, "two")
    assert agent.seen == [["one"], ["one", "Move on.", "two"]]
    held = (await agent.aget_state(thread())).values
    assert "live" not in held
    assert len(held["messages"]) == 4


async def test_a_graph_on_the_monitors_own_saver_does_not_share_its_thread():
    saver = InMemorySaver()
    agent = chat("Move on.", saver=saver)
    graph = monitored(agent, saver=saver)
    await say(graph, "one")
    assert conversation(await say(graph, "two")).turn == 2
    assert agent.seen[-1] == ["one", "Move on.", "two"]


async def test_a_specialist_with_its_own_thread_is_told_what_was_said_before_it_came():
    specialist = chat("A kind word.", saver=InMemorySaver())
    graph = monitored(curt, sla=SLA, routes={"specialist": specialist}, saver=InMemorySaver())
    await say(graph, "one")
    await say(graph, "two")
    assert specialist.seen == [["one", "Move on.", "two"]]


async def test_an_uncompiled_graph_answers_with_several_messages_in_one_turn():
    agent = chat("Move on.", "Quickly.")
    known = conversation(await say(monitored(agent, saver=InMemorySaver()), "one"))
    assert [message.content for message in known.said(1)] == ["one", "Move on.", "Quickly."]
    assert len(known.latent.steps) == 1


async def test_several_messages_of_the_person_are_one_turn():
    known = conversation(await say(monitored(saver=InMemorySaver()), "one", "two"))
    assert ([m.content for m in known.heard], known.turn) == (["one", "two", "Move on."], 1)


async def test_a_plain_function_and_an_empty_reply_are_turns_too():
    graph = monitored(lambda messages: [], saver=InMemorySaver())
    await say(graph, "one")
    known = conversation(await say(graph, "two"))
    assert [message.content for message in known.heard] == ["one", "", "two", ""]


async def test_a_turn_whose_agent_failed_is_taken_up_by_the_next_message():
    async def failing(messages: list[dict[str, str]]) -> str:
        if messages[-1]["content"] == "one":
            raise ProviderError("down")
        return "Move on."

    graph = monitored(failing, saver=InMemorySaver())
    with pytest.raises(ProviderError):
        await say(graph, "one")
    known = conversation(await say(graph, "two"))
    assert [message.content for message in known.said(1)] == ["one", "two", "Move on."]


async def test_a_turn_that_fails_does_not_cost_the_judgement_that_had_come_in():
    async def failing(messages: list[dict[str, str]]) -> str:
        if messages[-1]["content"] == "two":
            raise ProviderError("down")
        return "Move on."

    gate = asyncio.Semaphore(0)
    judge = ToneJudge(gate=gate)
    graph = monitored(failing, evaluator=judge, saver=InMemorySaver())
    await say(graph, "one")
    gate.release()
    for _ in range(20):
        await asyncio.sleep(0)
    with pytest.raises(ProviderError):
        await say(graph, "two")
    assert [step.turn for step in conversation(await say(graph, "three")).latent.judged] == [1]
    assert judge.asked == [1, 2]


async def down(view: EvaluatorView) -> EvaluatorWrite:
    raise ProviderError("down")


async def test_without_a_judge_an_open_monitor_stays_with_the_agent_and_records_what_is_missing():
    rule = SlaRule(id="unjudged", signal="missing", enter=2, window=2)
    graph = monitored(curt, evaluator=down, sla=EmpathySLA(id="an_sla", rules=(rule,)), saver=InMemorySaver())
    for text in ("one", "two", "three", "four", "five"):
        state = await say(graph, text)
    known = conversation(state)
    assert replies(state) == ["Move on."] * 5
    assert [step.failure.kind for step in known.latent.steps if step.failure] == [
        *["provider_error"] * 3,
        *["judge_circuit_open"] * 2,
    ]
    assert ([breach.rule for breach in known.breaches], known.latent.coverage) == (["unjudged"], 0.0)


async def test_without_a_judge_a_closed_monitor_hands_over_and_a_restart_keeps_it_closed():
    saver, judging = InMemorySaver(), Judging(failures=2, closed_to="specialist")
    parts: dict[str, Any] = {"sla": UNROUTED, "routes": {"specialist": kind}, "judging": judging, "saver": saver}
    graph = monitored(curt, evaluator=down, **parts)
    for text in ("one", "two", "three"):
        state = await say(graph, text)
    assert replies(state) == ["Move on.", "Move on.", "A kind word."]
    assert replies(await say(graph, "hello", name="b")) == ["A kind word."]
    assert replies(await say(monitored(curt, **parts), "four"))[-1] == "A kind word."


async def test_inside_a_larger_graph_it_keeps_what_it_knows_and_can_reach_a_human():
    inner = monitored(sla=DESK, routes={"desk": Human()}, saver=True)
    outer = StateGraph(MessagesState)
    outer.add_node("talk", inner)
    outer.add_edge(START, "talk")
    graph = outer.compile(checkpointer=InMemorySaver())
    await say(graph, "one")
    (asked,) = (await say(graph, "two"))["__interrupt__"]
    assert asked.value["turn"] == 2
    state = await graph.ainvoke(Command(resume="A kind word."), thread())
    assert replies(state) == ["Move on.", "A kind word."]


async def test_after_the_reset_time_one_trial_brings_the_judge_back():
    now = [0.0]
    broken = [True]

    async def flaky(view: EvaluatorView) -> EvaluatorWrite:
        if broken[0]:
            raise ProviderError("down")
        return await ToneJudge()(view)

    graph = monitored(
        evaluator=flaky, judging=Judging(failures=1, reset=10.0, clock=lambda: now[0]), saver=InMemorySaver()
    )
    await say(graph, "one")
    broken[0] = False
    await say(graph, "two")
    now[0] = 10.0
    known = conversation(await say(graph, "three"))
    assert [step.turn for step in known.latent.judged] == [3]


async def test_the_checkpoint_holds_plain_data_only():
    saver = InMemorySaver()
    await say(monitored(evaluator=ToneJudge(seconds=60.0), saver=saver), "hello")
    held = (await monitored(saver=saver).aget_state(thread())).values["live"]
    assert {type(part) for part in _parts(held)} <= {dict, list, str, int, float, bool, type(None)}


def _parts(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value, *(part for each in inner for part in _parts(each))]


@pytest.mark.parametrize("closed_to", [None, "specialits"])
def test_a_route_that_does_not_exist_names_the_nearest(closed_to: str | None):
    rule = ALIGNED.model_copy(update={"route": "specialist" if closed_to else "specialits"})
    with pytest.raises(NotFoundError, match=r"unknown route 'specialits'\. Did you mean 'specialist'"):
        monitor(
            curt,
            evaluator=ToneJudge(),
            sla=EmpathySLA(id="an_sla", rules=(rule,)),
            rubric=RUBRIC,
            routes={"specialist": kind},
            judging=Judging(closed_to=closed_to),
        )


def test_what_cannot_answer_and_a_taken_name_are_refused():
    with pytest.raises(UsageError, match="'agent' is int"):
        monitor(7, evaluator=ToneJudge(), sla=UNROUTED, rubric=RUBRIC)
    with pytest.raises(UsageError, match="a human is a route"):
        monitor(Human(), evaluator=ToneJudge(), sla=UNROUTED, rubric=RUBRIC)
    with pytest.raises(UsageError, match="'intake'; that name is taken"):
        monitor(curt, evaluator=ToneJudge(), sla=UNROUTED, rubric=RUBRIC, routes={"intake": kind})


def test_a_state_of_another_graph_holds_no_conversation():
    with pytest.raises(UsageError, match="monitor"):
        conversation({"messages": []})


def stated(given: Any) -> str:
    return f"{len(given['messages'])} heard"


@pytest.mark.parametrize(
    ("agent", "reply"),
    [
        (lambda messages: AIMessage("Go on."), "Go on."),
        (lambda messages: {"role": "assistant", "content": "Go on."}, "Go on."),
        (lambda messages: {"messages": [*messages, AIMessage("Go on.")]}, "Go on."),
        (GenericFakeChatModel(messages=iter(["Go on."] * 2)), "Go on."),
        (RunnableLambda(stated), "1 heard"),
    ],
)
async def test_monitor_and_play_take_the_same_agents(agent: Any, reply: str):
    known = conversation(await say(monitored(agent, saver=InMemorySaver()), "hello"))
    assert known.said(1)[-1].content == reply
    assert (await play_async("night_nurse/call_home", agent, max_turns=1)).messages[-1].content == reply


async def test_a_graph_that_replaces_its_messages_is_heard_in_monitor_too():
    class Plain(TypedDict):
        messages: list[Any]

    built = StateGraph(Plain).add_node("say", lambda state: {"messages": [AIMessage("Go on.")]}).add_edge(START, "say")
    graph = monitored(built, saver=InMemorySaver())
    await say(graph, "one")
    assert replies(await say(graph, "two")) == ["Go on."] * 2


async def test_what_a_specialist_reports_to_its_supervisor_is_not_judged_as_said():
    back = [{"name": "transfer_back_to_supervisor", "args": {}, "id": "1"}]
    new = [AIMessage("They hurt.", name="a"), AIMessage("Transferring back to supervisor", name="a", tool_calls=back)]
    agent = StateGraph(MessagesState).add_node("say", lambda state: {"messages": [*new, AIMessage("What hurts?")]})
    known = conversation(await say(monitored(agent.add_edge(START, "say"), saver=InMemorySaver()), "one"))
    assert [message.content for message in known.said(1)] == ["one", "What hurts?"]
