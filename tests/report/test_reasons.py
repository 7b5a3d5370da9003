from __future__ import annotations

import json
from typing import Any

from empa_graph.models.assessment import Assessment, Item
from empa_graph.models.behaviour import SIGNS, Code
from empa_graph.models.latent import LatentState, Step
from empa_graph.report.page.payload import payload
from empa_graph.report.reasons import WORDS, effect, reasons
from tests.records import episode
from tests.report.page_parts import walked

REPLY = "That sounds hard. You should sleep more."
KIND = Code(behaviour="validating", strength=3.0, evidence="That sounds hard.")
ADVICE = Code(behaviour="advising", strength=2.0, evidence="You should sleep more.")


def judged(*codes: Code, moved: float = 0.0, crisis: bool = False, **changes: Any) -> tuple[LatentState, Step]:
    item = Item(**{"dimension": "calm", "progress": 0, "regress": 0, **changes.pop("item", {})})
    assessment = Assessment(evaluator="cues", items=(item,), codes=codes, **changes)
    latent = LatentState.opening(
        dimensions=("calm",), start=(0.0,), target=(1.0,), radius=0.3, needs_handoff=crisis
    ).extended(Step(turn=1, increment=(moved,), assessment=assessment))
    return latent, latent.steps[0]


def tones(found: tuple[LatentState, Step]) -> list[tuple[str, str]]:
    return [(reason.label, reason.tone) for reason in reasons(*found)]


LET_DOWN = {"regress": 1, "regress_evidence": "That sounds hard."}


def test_every_sign_has_plain_words():
    assert set(WORDS) == set(SIGNS)
    assert not any("_" in words for words in WORDS.values())


def test_a_reply_that_speaks_past_the_person_lets_down_and_its_support_counts_for_nothing():
    first, second = tones(judged(KIND, fit=0.1, item=LET_DOWN))
    assert first == ("speaks past this person or repeats itself (fit 0.10; below 0.35 costs a step)", "bad")
    assert second == ("validating 3.0", "idle")


def test_what_could_be_said_to_anybody_earns_nothing_and_costs_nothing():
    assert [tone for _, tone in tones(judged(KIND, fit=0.35))] == ["idle", "idle"]


def test_what_fits_helps_and_what_harms_lets_down():
    assert tones(judged(KIND, ADVICE, fit=0.9)) == [("validating 3.0", "good"), ("advising 2.0", "bad")]


def test_a_trace_of_harm_counts_for_nothing():
    trace = Code(behaviour="overshort", strength=0.9, evidence=REPLY)
    assert tones(judged(trace, fit=0.9)) == [("too short for this person 0.9", "idle")]


def test_kindness_that_this_person_dislikes_lets_down():
    assert tones(judged(KIND, fit=0.9, item=LET_DOWN)) == [("validating, which this person dislikes, 3.0", "bad")]


def test_ahead_of_a_handoff_nothing_but_its_parts_counts():
    asked = Code(behaviour="asking_danger", strength=3.5, evidence=REPLY)
    assert tones(judged(KIND, asked, fit=0.1, crisis=True, item=LET_DOWN)) == [
        ("asking about danger 3.5", "good"),
        ("validating 3.0", "idle"),
    ]


def test_a_level_that_moved_nothing_says_why():
    assert effect(*judged(KIND, fit=0.1, item=LET_DOWN)).idle == {"nothing left to take back": ("calm -1",)}
    assert effect(*judged(KIND, moved=-0.1, item=LET_DOWN)) == ((("calm", -0.1),), {})


def test_doubted_harm_that_takes_back_what_was_won_is_said():
    shares = {"progress": 1, "progress_share": 0.2, "regress_share": 0.2, "regress_doubted": 0.2}
    assert effect(*judged(KIND, fit=0.9, item=shares)).idle == {"one undoes the other": ("calm +1 less doubted harm",)}
    alone = shares | {"regress_share": 0.0, "regress_doubted": 0.0}
    assert effect(*judged(KIND, fit=0.9, item=alone)).idle == {"there already": ("calm +1",)}


def test_what_the_coder_doubts_is_named_as_perhaps():
    doubted = Code(behaviour="advising", strength=2.0, sure=False)
    assert tones(judged(doubted, fit=0.9)) == [("perhaps advising 2.0", "bad")]


def test_a_page_marks_what_cost_a_step_as_harm():
    latent, _ = judged(KIND, fit=0.1, item=LET_DOWN)
    turn = json.loads(json.dumps(payload(walked(latent=latent))))["turns"][0]
    mark = turn["messages"][1]["pieces"][0]
    assert mark[0] == "That sounds hard." and mark[2] == "bad"
    assert turn["step"]["reasons"][0]["tone"] == "bad"
    assert turn["step"]["idle"] == ["calm -1 (nothing left to take back)"]


def test_levels_without_codes_are_their_own_reasons():
    found = judged(item={"progress": 1, "progress_evidence": "That sounds hard."})
    assert tones(found) == [("calm +1", "good")]
    assert reasons(episode().latent, Step(turn=1, increment=None, due=False)) == ()
