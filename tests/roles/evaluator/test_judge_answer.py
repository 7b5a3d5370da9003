from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from empa_graph.llm import Completion
from empa_graph.models.assessment import Item
from empa_graph.roles.evaluator.judge_answer import CardPart, Verdict, answer_schema, read, unsupported
from tests.roles.judging import EPM, REPLY, epm_judgement, judgement
from tests.scripted_parts import NAMES

PLAIN = answer_schema(NAMES)
SERVED = answer_schema(EPM.space.names, card_part=True)


def verdict(text: str, *, reason: str = "stop", replies: list[list[str]] | None = None) -> Verdict:
    return read(Completion(text=text, finish_reason=reason), PLAIN, replies or [[REPLY]])


def one(**fields: Any) -> list[Item]:
    return [Item.model_validate({"dimension": "calm", "progress": 0, "regress": 0} | fields)]


def test_the_schema_requires_evidence_before_level_on_every_dimension() -> None:
    schema = PLAIN.model_json_schema()
    level = schema["$defs"]["JudgedLevel"]
    assert schema["required"] == list(NAMES)
    assert list(level["properties"]) == ["evidence", "level"]
    assert level["properties"]["level"]["enum"] == [0, 1, 2]


def test_in_a_crisis_the_schema_asks_for_the_hand_off_and_its_evidence_is_held_to_the_rule() -> None:
    schema = answer_schema(NAMES, crisis=True)
    assert schema.model_json_schema()["required"] == [*NAMES, "safe_handoff"]
    made_up = {**judgement(), "safe_handoff": {"evidence": "Call somebody.", "level": 2}}
    found = read(Completion(text=json.dumps(made_up)), schema, [[REPLY]])
    assert found.kind == "judge_unsupported" and found.fault.startswith("safe_handoff.progress")


def test_with_card_parts_the_part_stands_between_evidence_and_level() -> None:
    level = SERVED.model_json_schema()["$defs"]["ServedLevel"]
    assert list(level["properties"]) == level["required"] == ["evidence", "serves", "level"]
    named = {part for choice in level["properties"]["serves"]["anyOf"] for part in choice.get("enum", [""])}
    assert named == {*CardPart.__args__, ""}  # type: ignore[attr-defined]  # a Literal has them


@pytest.mark.parametrize("reason", ["SAFETY", "content_filter", "refusal", "PROHIBITED_CONTENT"])
def test_every_providers_word_for_a_refusal_is_one(reason: str) -> None:
    assert verdict(json.dumps(judgement()), reason=reason).kind == "judge_refused"


@pytest.mark.parametrize("reason", ["length", "max_tokens", "MAX_TOKENS"])
def test_every_providers_word_for_a_cut_is_one(reason: str) -> None:
    assert verdict(json.dumps(judgement()), reason=reason).kind == "judge_truncated"


def test_a_valid_answer_has_items_and_no_failure() -> None:
    found = verdict(json.dumps(judgement()))
    assert (found.kind, found.fault, found.detail) == ("", "", "")
    assert [item.progress for item in found.items] == [0, 0, 2, 0]


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)))
def test_whatever_is_no_level_is_never_read_as_one(level: object) -> None:
    found = verdict(json.dumps(judgement(level={"level": level})))
    assert (found.kind, found.items) == ("judge_invalid", ())


def test_a_level_that_stands_twice_is_not_chosen_between() -> None:
    twice = json.dumps(judgement()).replace('"level": 2', '"level": 0, "level": 2')
    assert (verdict(twice).kind, verdict(twice).fault) == ("judge_invalid", "a field stands twice")


def test_what_stands_beside_level_0_is_left_out() -> None:
    found = verdict(json.dumps(judgement(level={"evidence": "You poor thing.", "level": 0})))
    assert (found.kind, found.items[2].progress_evidence) == ("", "")
    served = read(Completion(text=json.dumps(epm_judgement(level=0))), SERVED, [[REPLY]])
    assert (served.kind, served.items[0].progress_serves) == ("", "")


def test_a_level_without_its_part_of_the_card_is_said_by_its_place() -> None:
    found = read(Completion(text=json.dumps(epm_judgement(serves=""))), SERVED, [[REPLY]])
    assert (found.kind, found.fault.split(":")[0]) == ("judge_invalid", "cognitive.progress.serves")


@pytest.mark.parametrize(
    ("evidence", "supported"),
    [
        ("find your desk", True),
        (REPLY, True),
        ("Find your desk", False),
        ("", False),
        (" ", False),
        ("desk there!", False),
    ],
)
def test_evidence_is_a_span_letter_by_letter(evidence: str, supported: bool) -> None:
    assert (unsupported(one(progress=1, progress_evidence=evidence), [[REPLY]]) is None) == supported


def test_evidence_is_kept_as_the_reply_has_it() -> None:
    said = "**Nobody**\u202ftold\u00a0you \u2013 that\u2019s hard."
    quoted = json.dumps(judgement(level={"evidence": "Nobody told you - that's"}))
    found = verdict(quoted, replies=[[said]])
    assert found.items[2].progress_evidence == "Nobody**\u202ftold\u00a0you \u2013 that\u2019s"


@pytest.mark.parametrize("side", ["progress", "regress"])
@pytest.mark.parametrize("evidence", ["", "yo", "."])
def test_a_level_on_either_side_needs_evidence_of_three_letters_or_a_word(side: str, evidence: str) -> None:
    assert unsupported(one(**{side: 1, f"{side}_evidence": evidence}), [[REPLY]]) is not None


def test_evidence_does_not_run_over_two_messages() -> None:
    items = one(regress=1, regress_evidence="told you. What")
    assert unsupported(items, [["Nobody told you.", " What was it like?"]]) is not None
    assert unsupported(items, [["Hm."], ["Nobody told you. What was it like?"]]) is None


@pytest.mark.parametrize("silence", [[[]], [[""]], [["Yes."], [""]], [["\u2800\u200b"]]])
def test_a_turn_without_a_reply_can_carry_a_regress_and_no_progress(silence: list[list[str]]) -> None:
    assert unsupported(one(regress=2), silence) is None
    assert unsupported(one(progress=2), silence) is not None
    assert unsupported(one(regress=2, regress_evidence="made up"), silence) is not None


SECRET = "ZQXJ"


@given(st.text(), st.sampled_from(["key", "evidence", "level", "serves", "whole", "dimension"]))
def test_a_fault_repeats_no_word_of_the_answer(text: str, place: str) -> None:
    attack = SECRET + text
    answer: Any = epm_judgement(**({place: attack} if place in ("evidence", "level", "serves") else {}))
    if place == "key":
        answer["cognitive"]["progress"][attack] = 1
    elif place == "dimension":
        answer[attack] = answer["cognitive"]
    found = read(Completion(text=attack if place == "whole" else json.dumps(answer)), SERVED, [[REPLY]])
    assert found.kind in ("judge_invalid", "judge_unsupported")
    assert SECRET not in found.fault and found.fault.isprintable()
