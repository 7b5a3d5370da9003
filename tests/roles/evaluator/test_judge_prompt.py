from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from empa_graph.models.dialogue import Message
from empa_graph.models.latent import LatentState
from empa_graph.roles.evaluator.judge_prompt import HISTORY_KEPT, HISTORY_LIMIT, corrected, first_kept, judge_request
from tests.roles.judging import REPLY, inside, talk, viewed
from tests.scripted_parts import CRISIS, agent, exchange, opening, person

PATH: LatentState = opening()


def records(messages: list[Message], **changes: Any) -> list[dict[str, Any]]:
    """Return the records that the judge is shown: the card first."""
    (block,) = inside(judge_request(viewed(messages, PATH, **changes), since=messages[-1].turn - 1).text)
    return block


def test_the_transcript_is_shown_whole_and_in_order() -> None:
    messages = [*exchange("One."), agent(1, "Two."), person(2, "Well."), agent(2, "Three.")]
    found = [(m["turn"], m["speaker"], m["text"]) for m in records(messages)[1:]]
    assert found == [(m.turn, m.speaker, m.content) for m in messages]


def test_without_a_card_the_judge_is_told_that_there_is_none() -> None:
    assert records(exchange(REPLY), scenario=None)[0] == {"persona_card": None}


def test_the_card_carries_language_context_and_constraints_and_no_numbers_of_the_path() -> None:
    card = records(exchange(REPLY), scenario=CRISIS)[0]["persona_card"]
    assert card["language"] == CRISIS.persona.language
    assert card["context"] == {"channel": "crisis", "constraints": list(CRISIS.goal.constraints)}
    assert not {"start", "target", "radius", "epm"} & {*card, *card["goal"]}


def test_every_part_that_a_level_can_serve_stands_on_the_card_by_its_name() -> None:
    from empa_graph.roles.evaluator.judge_answer import CardPart

    card = records(exchange(REPLY))[0]["persona_card"]
    assert all(card[part] for part in CardPart.__args__)  # type: ignore[attr-defined]  # a Literal has them


def test_a_long_message_is_cut_and_the_judge_is_told_so() -> None:
    shown = records(exchange("a" * 30_000))[2]
    assert (len(shown["text"]), shown["characters_left_out"]) == (4_000, 26_000)
    assert "characters_left_out" not in records(exchange("a" * 4_000))[2]


def test_evidence_is_looked_for_in_what_was_shown() -> None:
    case = judge_request(viewed(exchange("a" * 5_000 + "late"), PATH), since=0)
    assert case.replies == (("a" * 4_000,),)


def test_many_messages_of_one_turn_share_the_room_of_one_and_hide_no_other_speaker() -> None:
    messages = [person(1, "Hm."), *[agent(1, "b" * 300) for _ in range(500)], person(1, "Well?")]
    shown = records(messages)
    assert sum(len(record.get("text", "")) for record in shown) < 5_000
    assert shown[-1]["messages_left_out"] > 400
    assert shown[-2]["text"] == "Well?"


@pytest.mark.parametrize(
    ("since", "tail"),
    [
        (2, "Under judgement is what the agent said at turn 3."),
        (1, "Under judgement is what the agent said at turns 2 and 3: judge these replies together, once."),
        (0, "Under judgement is what the agent said at turns 1, 2 and 3: judge these replies together, once."),
    ],
)
def test_the_end_names_the_turns_under_judgement(since: int, tail: str) -> None:
    case = judge_request(viewed(talk(3), PATH), since=since, every=3)
    assert case.text.endswith(f"ends ---\n{tail}")
    assert case.replies == ((REPLY,),) * (3 - since)


def test_a_short_history_is_shown_from_its_first_turn() -> None:
    assert first_kept([1_000] * 12, least=3) == 0
    assert first_kept([HISTORY_LIMIT], least=3) == 0


def test_a_long_history_loses_its_oldest_turns_as_a_block() -> None:
    assert first_kept([1_000] * 13, least=3) == 10
    assert first_kept([1_000] * 22, least=3) == 10
    assert first_kept([1_000] * 23, least=3) == 20
    assert first_kept([HISTORY_LIMIT] * 9, least=3) == 6


@given(st.lists(st.integers(min_value=0, max_value=9_000), max_size=60), st.integers(min_value=1, max_value=9))
def test_what_is_left_of_a_history_is_bounded_and_never_comes_back(sizes: list[int], least: int) -> None:
    starts = [first_kept(sizes[:end], least=least) for end in range(len(sizes) + 1)]
    assert starts == sorted(starts)
    for end, start in enumerate(starts):
        kept = sizes[start:end]
        assert sum(kept) <= HISTORY_LIMIT or len(kept) <= least
        assert len(kept) >= min(least, end)
    assert HISTORY_KEPT < HISTORY_LIMIT


def test_the_judge_is_told_how_many_turns_were_left_out() -> None:
    shown = records(talk(40, "c" * 500, "d" * 500))
    assert shown[1] == {"earlier_turns_left_out": shown[2]["turn"] - 1}
    assert shown[-1]["turn"] == 40


@pytest.mark.parametrize("text", ["a" * 100_000, "\u200b" * 100_000, "\U000e0041" * 100_000, '"\\' * 50_000])
@pytest.mark.parametrize("every", [1, 5])
def test_the_prompt_stays_bounded_over_45_turns_of_100_kb(text: str, every: int) -> None:
    longest = max(
        len(corrected(judge_request(viewed(talk(turn, text, text), PATH), since=turn - every, every=every), text, "x"))
        for turn in (every, 20, 45)
    )
    assert longest < 12_000 + (every + 2) * 8_400


def test_the_mark_stays_for_the_episode_and_depends_on_what_the_agent_cannot_know() -> None:
    marks = [judge_request(viewed(talk(turn), PATH), since=0, every=9).mark for turn in (1, 5)]
    other = judge_request(viewed(talk(1), PATH, seed=8), since=0).mark
    assert marks[0] == marks[1] != other
