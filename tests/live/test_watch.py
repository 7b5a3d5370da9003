from __future__ import annotations

import json
from collections.abc import Sequence

from empa_graph.chats.reader import live_pieces
from empa_graph.errors import ProviderError
from empa_graph.live.breaker import CircuitBreaker
from empa_graph.live.records import Breach, EmpathySLA
from empa_graph.live.tracker import LiveJudge
from empa_graph.live.watch import Found, Watch
from empa_graph.roles.views import EvaluatorRole, EvaluatorView, EvaluatorWrite
from tests.live_parts import UNROUTED, ToneJudge
from tests.scripted_parts import RUBRIC


def watch(evaluator: EvaluatorRole | None = None, *, most: int = 100, sla: EmpathySLA = UNROUTED) -> Watch:
    breaker = CircuitBreaker(failures=99, reset=1.0, clock=lambda: 0.0)
    judge = LiveJudge(evaluator or ToneJudge(), timeout=5.0, breaker=breaker, clock=lambda: 0.0)
    return Watch(judge, sla=sla, rubric=RUBRIC, clock=lambda: 0.0, most=most)


async def heard(watching: Watch, lines: Sequence[bytes]) -> tuple[list[Found], list[str]]:
    return await watching.heard(list(live_pieces(lines)))


def said(conversation: str, role: str, content: str) -> bytes:
    return json.dumps({"conversation": conversation, "role": role, "content": content}).encode()


def exchange(conversation: str, reply: str) -> list[bytes]:
    return [said(conversation, "user", "Nobody told me."), said(conversation, "assistant", reply)]


async def test_a_turn_is_judged_when_the_person_speaks_again():
    watching = watch()
    first, _ = await heard(watching, exchange("a", "Move on."))
    second, _ = await heard(watching, [said("a", "user", "And?")])
    assert (first, [(found.conversation, found.decision.kind) for found in second]) == ([], [("a", "breach")])


async def test_a_turn_is_judged_when_the_stream_rests_and_only_once():
    watching = watch()
    await heard(watching, exchange("a", "Move on."))
    assert [found.decision.turn for found in await watching.settled()] == [1]
    assert await watching.settled() == []


async def test_several_messages_of_one_side_are_one_turn():
    watching = watch()
    await heard(watching, [*exchange("a", "Move on."), said("a", "assistant", "Quickly.")])
    (found,) = await watching.settled()
    assert isinstance(found.decision, Breach)
    known = watching.known("a")
    assert known is not None
    assert [message.content for message in known.said(1)] == ["Nobody told me.", "Move on.", "Quickly."]


async def test_lines_of_many_conversations_may_be_mixed():
    watching = watch()
    lines = [
        line for pair in zip(exchange("a", "Move on."), exchange("b", "A kind word."), strict=True) for line in pair
    ]
    await heard(watching, lines)
    assert [found.conversation for found in await watching.settled()] == ["a"]


async def test_in_pieces_or_at_once_the_same_is_found():
    lines = [line for reply in ("kind", "no", "no", "kind", "kind", "no", "no") for line in exchange("a", reply)]
    at_once, piecewise = watch(), watch()
    found = [*(await heard(at_once, lines))[0], *await at_once.settled()]
    other = [each for line in lines for each in (await heard(piecewise, [line]))[0]] + await piecewise.settled()
    assert found == other
    assert len(found) > 1


async def test_a_whole_conversation_is_judged_at_once_and_begins_anew():
    watching = watch()
    await heard(watching, exchange("a", "Move on."))
    chat = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "A kind word."}]
    found, _ = await heard(watching, [json.dumps({"id": "a", "messages": chat}).encode()])
    known = watching.known("a")
    assert known is not None
    assert (found, len(known.latent.judged)) == ([], 1)


async def test_what_an_agent_says_before_the_person_is_left_out():
    watching = watch()
    await heard(watching, [said("a", "assistant", "Welcome."), *exchange("a", "Move on.")])
    await watching.settled()
    known = watching.known("a")
    assert known is not None
    assert [message.content for message in known.heard] == ["Nobody told me.", "Move on."]


async def test_bad_lines_are_counted_and_said_and_the_rest_is_read():
    watching = watch()
    _, faults = await heard(watching, [b"nonsense", b"", *exchange("a", "Move on.")])
    assert len(faults) == 1
    assert faults[0].startswith("line 1: ")
    assert (watching.tally.lines, watching.tally.unusable, len(await watching.settled())) == (3, 1, 1)


async def test_beyond_its_bound_it_drops_the_conversation_longest_unheard_after_judging_it():
    watching = watch(most=2)
    found = []
    for name in ("a", "b", "c"):
        found += (await heard(watching, exchange(name, "Move on.")))[0]
    assert [(each.conversation, each.decision.kind) for each in found] == [("a", "breach")]
    assert (watching.known("a"), watching.tally.forgotten) == (None, 1)


async def test_a_judge_that_fails_is_a_missing_judgement():
    async def down(view: EvaluatorView) -> EvaluatorWrite:
        raise ProviderError("down")

    watching = watch(down)
    await heard(watching, exchange("a", "Move on."))
    assert await watching.settled() == []
    assert (watching.tally.judged, watching.tally.missing) == (0, 1)


async def test_recorded_calls_tell_a_conversation_again_and_each_turn_is_judged_once():
    watching = watch()
    chat = [{"role": "user", "content": "Nobody told me."}, {"role": "assistant", "content": "Move on."}]
    more = [{"role": "user", "content": "And?"}, {"role": "assistant", "content": "Move on."}]
    for given in (chat, chat + more, chat):
        call = {
            "run_type": "chain",
            "trace_id": "a",
            "inputs": {"messages": given[:-1]},
            "outputs": {"output": given[-1]},
        }
        await heard(watching, [json.dumps(call).encode()])
    await watching.settled()
    known = watching.known("a")
    assert known is not None
    assert (watching.tally.judged, [message.content for message in known.said(2)]) == (2, ["And?", "Move on."])
