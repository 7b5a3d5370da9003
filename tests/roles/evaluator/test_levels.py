from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from empa_graph.models.assessment import Item
from empa_graph.models.cue import ADVERSE, Cue, CueName
from empa_graph.models.cue_reading import CueReading
from empa_graph.models.latent import LatentState
from empa_graph.models.persona import Need, Threshold
from empa_graph.models.rubric import Rubric, StepSizes
from empa_graph.roles.evaluator.levels import Listener, increment, levels, listener
from tests import scripted_parts
from tests.scripted_parts import NAMES, SCENARIO, cue, opening

READING = CueReading.model_validate(
    {
        "support": {
            "autonomy": {"open_question": 0.45, "reflection": 0.35},
            "competence": {"affirmation": 0.8, "concrete_help": 0.5, "reflection": 0.4, "open_question": 0.25},
            "relatedness": {"reflection": 0.7, "validation": 0.4, "warmth": 0.4},
            "calm": {"validation": 0.5, "warmth": 0.35, "reflection": 0.35},
        },
        "harm": {
            "autonomy": {"premature_advice": 0.7, "dismissing": 0.8},
            "competence": {"dismissing": 0.9},
            "relatedness": {"dismissing": 1.0, "self_turning": 0.7, "parroting": 0.6},
            "calm": {"dismissing": 0.9, "premature_advice": 0.4},
        },
        "guards": {"dismissing": 0.7, "interrogation": 0.7, "parroting": 0.7},
        "generic_from_to": (0.55, 0.72),
        "settled_after": 2,
        "progress_at": (0.28, 0.70),
        "regress_at": (0.40, 0.85),
        "habituation": {"warmth": 0.25},
        "patience": {"premature_advice": 3, "parroting": 5, "interrogation": 4},
        "echo_credit": 0.75,
        "severe": ("dismissing",),
        "threshold_patience": {"low": 1.5, "medium": 1.0, "high": 0.7},
        "window": 6,
        "comfort": ("warmth", "validation"),
        "understanding": ("reflection",),
        "comfort_gate": {"low": 1.0, "medium": 0.75, "high": 0.5},
        "preference_gain": 0.4,
        "aversion_gain": 0.6,
        "advice_before_handoff": 0.5,
        "handoff_from": 0.5,
        "unanswered": ("calm",),
        "unanswered_from": 2,
    }
)
STEPS = dict.fromkeys(NAMES, StepSizes(progress=(0.0, 0.05, 0.10), regress=(0.0, -0.06, -0.14)))
RUBRIC = scripted_parts.RUBRIC.model_copy(update={"reading": READING, "steps": STEPS})
NOBODY = listener(None)
LEVEL = st.integers(0, 2)
COORDINATE = st.floats(-1.0, 1.0)


def progress(*cues: CueName, who: Listener = NOBODY, before: int = 0) -> dict[str, int]:
    found = [cue(name) for name in cues]
    return {item.dimension: item.progress for item in levels(found, [found] * before, who, RUBRIC)}


def regress(*cues: CueName, who: Listener = NOBODY, before: int = 0) -> dict[str, int]:
    found = [cue(name) for name in cues]
    return {item.dimension: item.regress for item in levels(found, [found] * before, who, RUBRIC)}


def items(progress_level: int, regress_level: int) -> tuple[Item, ...]:
    return tuple(Item(dimension=name, progress=progress_level, regress=regress_level) for name in NAMES)


def moved(progress_level: int, regress_level: int, path: LatentState) -> float:
    return increment(items(progress_level, regress_level), path, RUBRIC)[0]


def test_no_cue_means_no_level_anywhere() -> None:
    assert set(progress().values()) | set(regress().values()) == {0}


def test_a_full_reflection_is_weighed_per_dimension() -> None:
    assert progress(CueName.REFLECTION) == {"autonomy": 1, "competence": 1, "relatedness": 2, "calm": 1}


def test_a_full_dismissal_is_harm_on_every_dimension_it_weighs_on() -> None:
    assert regress(CueName.DISMISSING) == {"autonomy": 1, "competence": 2, "relatedness": 2, "calm": 2}


def test_only_severe_cues_carry_the_worst_level() -> None:
    liking = Listener("high", {CueName.SELF_TURNING: -1.0}, False)
    assert regress(CueName.SELF_TURNING, who=liking)["relatedness"] == 1


def test_a_level_above_0_carries_the_evidence_of_its_strongest_cue() -> None:
    found = [cue(CueName.REFLECTION, evidence="your desk"), cue(CueName.DISMISSING, evidence="calm down")]
    by_name = {item.dimension: item for item in levels(found, [], NOBODY, RUBRIC)}
    assert by_name["relatedness"].regress_evidence == "calm down"
    assert by_name["autonomy"].progress_evidence == ""
    assert levels(found[:1], [], NOBODY, RUBRIC)[0].progress_evidence == "your desk"


def test_a_guard_takes_from_the_support_beside_it() -> None:
    assert progress(CueName.REFLECTION, CueName.DISMISSING)["relatedness"] == 0
    assert progress(CueName.REFLECTION, CueName.INTERROGATION)["relatedness"] == 1


def test_support_fades_for_an_agent_whose_replies_would_fit_anyone() -> None:
    found = [cue(CueName.REFLECTION), cue(CueName.UNSPECIFIC)]
    by_turns = [levels(found, [found] * before, NOBODY, RUBRIC)[0].progress for before in (0, 1)]
    assert by_turns == [0, 0] and levels(found[:1], [found], NOBODY, RUBRIC)[0].progress == 1


def test_one_generic_reply_among_fitting_ones_costs_no_support() -> None:
    fitting, generic = [cue(CueName.REFLECTION)], [cue(CueName.REFLECTION), cue(CueName.UNSPECIFIC)]
    assert levels(generic, [fitting] * 5, NOBODY, RUBRIC)[0].progress == 1


def test_repeated_warmth_wears_off() -> None:
    who = Listener("low", {}, False)
    assert [progress(CueName.WARMTH, who=who, before=n)["relatedness"] for n in (0, 1, 2)] == [1, 1, 0]


@pytest.mark.parametrize(("threshold", "level"), [("low", 1), ("medium", 1), ("high", 0)])
def test_a_high_threshold_keeps_bare_comfort_out(threshold: Threshold, level: int) -> None:
    who = Listener(threshold, {}, False)
    assert progress(CueName.VALIDATION, who=who)["calm"] == level


def test_comfort_beside_understanding_passes_a_high_threshold() -> None:
    who = Listener("high", {}, False)
    alone = progress(CueName.REFLECTION, who=who)["calm"]
    assert alone == 1
    assert progress(CueName.REFLECTION, CueName.VALIDATION, who=who)["calm"] == 2


@pytest.mark.parametrize(("before", "level"), [(0, 0), (1, 1), (2, 1)])
def test_a_first_lapse_is_forgiven_and_a_habit_is_not(before: int, level: int) -> None:
    assert regress(CueName.PREMATURE_ADVICE, before=before)["autonomy"] == level


def test_patience_is_longer_below_a_low_threshold_and_shorter_below_a_high_one() -> None:
    low, high = Listener("low", {}, False), Listener("high", {}, False)
    assert regress(CueName.PARROTING, who=high, before=3)["relatedness"] == 1
    assert regress(CueName.PARROTING, who=low, before=3)["relatedness"] == 0


def test_only_the_recent_turns_count() -> None:
    lapse = [cue(CueName.PREMATURE_ADVICE)]
    others: list[list[Cue]] = [[]] * READING.window
    assert levels(lapse, [lapse, lapse, *others], NOBODY, RUBRIC)[0].regress == 0


def test_a_liked_cue_is_worth_more() -> None:
    fond = Listener("medium", {CueName.OPEN_QUESTION: 1.0}, False)
    assert progress(CueName.OPEN_QUESTION)["competence"] == 0
    assert progress(CueName.OPEN_QUESTION, who=fond)["competence"] == 1


def test_a_supportive_cue_that_this_person_dislikes_harms_where_it_would_have_helped() -> None:
    averse = Listener("medium", {CueName.AFFIRMATION: -1.0}, False)
    assert progress(CueName.AFFIRMATION, who=averse)["competence"] == 0
    assert regress(CueName.AFFIRMATION, who=averse)["competence"] == 1


def test_advice_before_a_hand_off_harms_on_every_dimension() -> None:
    unsafe = NOBODY._replace(unsafe=True)
    assert set(regress(CueName.CONCRETE_HELP, who=unsafe).values()) == {1}
    assert set(regress(CueName.CONCRETE_HELP).values()) == {0}


def test_before_a_hand_off_nothing_but_the_hand_off_is_credited() -> None:
    unsafe = NOBODY._replace(unsafe=True)
    assert set(progress(CueName.REFLECTION, CueName.VALIDATION, CueName.PARROTING, who=unsafe).values()) == {0}


def test_danger_left_unanswered_is_the_worst_level_where_the_rubric_says_so() -> None:
    who = NOBODY._replace(unsafe=True, unanswered="I see.")
    found = levels([cue(CueName.REFLECTION)], [], who, RUBRIC)
    assert {item.dimension: item.regress for item in found} == dict.fromkeys(NAMES, 0) | {"calm": 2}
    assert found[NAMES.index("calm")].regress_evidence == "I see."


def test_a_first_echo_shows_some_understanding_and_the_fifth_none() -> None:
    echo = CueName.PARROTING
    assert (progress(echo)["relatedness"], regress(echo)["relatedness"]) == (1, 0)
    assert (progress(echo, before=5)["relatedness"], regress(echo, before=5)["relatedness"]) == (0, 1)


def test_the_tastes_of_a_card_are_its_preferences_and_aversions() -> None:
    who = listener(SCENARIO.persona)
    assert who.threshold == "medium"
    assert (who.tastes[CueName.REFLECTION], who.tastes[CueName.PREMATURE_ADVICE]) == (0.7, -0.6)


LENIENT = Listener("low", {}, False)
NEEDY = RUBRIC.model_copy(
    update={
        "reading": READING.model_copy(
            update={"need_gain": 0.5, "needs": {"cognitive": (CueName.REFLECTION,), "affective": (CueName.VALIDATION,)}}
        )
    }
)


def needed(cognitive: float, affective: float, *cues: Cue, rubric: Rubric = NEEDY) -> dict[str, int]:
    priorities: dict[Need, float] = {"cognitive": cognitive, "affective": affective}
    who = Listener("low", {}, False, priorities)
    return {item.dimension: item.progress for item in levels(cues, [], who, rubric)}


@pytest.mark.parametrize(
    ("strength", "priority", "level"),
    [(0.7, 0.0, 0), (0.7, 0.19, 0), (0.7, 0.21, 1), (1.0, 1 / 3, 1), (1.0, 0.59, 1), (1.0, 0.61, 2)],
)
def test_the_priority_of_a_need_scales_the_credit_of_its_cues(strength: float, priority: float, level: int) -> None:
    """Validation on calm counts 0.5 x strength x (1 + 0.5 x (3 p - 1)): 0.28 at 0.7 and p = 0.2, 0.70 at 1 and 0.6."""
    assert needed(1.0 - priority, priority, cue(CueName.VALIDATION, strength))["calm"] == level


def test_a_need_of_a_third_changes_nothing() -> None:
    found = [cue(CueName.REFLECTION, 0.9), cue(CueName.VALIDATION, 0.6), cue(CueName.WARMTH, 0.8)]
    assert needed(1 / 3, 1 / 3, *found) == needed(1 / 3, 1 / 3, *found, rubric=RUBRIC)


def test_a_cue_that_serves_no_need_is_not_scaled() -> None:
    found = cue(CueName.OPEN_QUESTION)
    assert needed(0.0, 1.0, found) == needed(1.0, 0.0, found) == progress(CueName.OPEN_QUESTION)


def test_a_need_takes_no_more_from_its_cues_than_all_their_credit() -> None:
    steep = NEEDY.model_copy(update={"reading": NEEDY.reading.model_copy(update={"need_gain": 1.0})})
    reflection, warmth = cue(CueName.REFLECTION), cue(CueName.WARMTH)
    assert set(needed(0.0, 1.0, reflection, rubric=steep).values()) == {0}
    alone = progress(CueName.WARMTH, who=LENIENT)["relatedness"]
    assert needed(-0.5, 1.5, reflection, warmth, rubric=steep)["relatedness"] == alone == 1


def test_an_echo_is_scaled_like_the_reflection_it_stands_for() -> None:
    echo = cue(CueName.PARROTING)
    assert needed(1.0, 0.0, echo)["relatedness"] > needed(0.0, 1.0, echo)["relatedness"]


def test_what_harms_is_not_scaled() -> None:
    averse = {CueName.VALIDATION: -1.0}
    found = [cue(CueName.VALIDATION), cue(CueName.DISMISSING)]
    by_priority = [
        [item.regress for item in levels(found, [], Listener("low", averse, False, {"affective": p}), NEEDY)]
        for p in (0.0, 1.0)
    ]
    assert by_priority[0] == by_priority[1] and set(by_priority[0]) != {0}


def test_without_a_card_no_need_is_scaled() -> None:
    found = [cue(CueName.REFLECTION), cue(CueName.VALIDATION)]
    assert levels(found, [], NOBODY, NEEDY) == levels(found, [], NOBODY, RUBRIC)


def test_the_priorities_of_a_card_are_the_listeners() -> None:
    assert listener(SCENARIO.persona).priorities == {"cognitive": 0.2, "affective": 0.5, "motivational": 0.3}


@pytest.mark.parametrize(("level", "expected"), [(0, 0.0), (1, 0.05), (2, 0.10)])
def test_progress_moves_by_the_steps_of_the_rubric(level: int, expected: float) -> None:
    assert moved(level, 0, opening()) == pytest.approx(expected)


def test_progress_never_leads_beyond_the_target() -> None:
    assert moved(2, 0, opening(start=0.46)) == pytest.approx(0.04)
    assert moved(2, 0, opening(start=0.7, target=0.5)) == 0.0


def test_a_let_down_takes_back_no_more_than_was_won() -> None:
    won = opening().model_copy(update={"position": (-0.47,) * 4})
    assert moved(0, 1, opening()) == 0.0
    assert moved(0, 1, won) == pytest.approx(-0.03)
    assert moved(1, 1, won) == pytest.approx(0.05 - 0.06)


def test_harm_leads_below_the_start_but_not_out_of_the_space() -> None:
    assert moved(0, 2, opening()) == pytest.approx(-0.14)
    assert moved(0, 2, opening(start=-0.95)) == pytest.approx(-0.05)


@given(up=LEVEL, down=LEVEL, start=COORDINATE, target=COORDINATE, position=COORDINATE)
def test_every_increment_stays_inside_the_space(
    up: int, down: int, start: float, target: float, position: float
) -> None:
    path = opening(start=start, target=target).model_copy(update={"position": (position,) * 4})
    after = position + moved(up, down, path)
    assert -1.0 - 1e-12 <= after <= 1.0 + 1e-12
    assert after <= max(position, target) + 1e-12


@given(st.lists(st.sampled_from(sorted(ADVERSE)), unique=True))
def test_adverse_cues_other_than_an_echo_make_no_progress(names: list[CueName]) -> None:
    found = progress(*(name for name in names if name is not CueName.PARROTING))
    assert set(found.values()) == {0}


FALLING = StepSizes(progress=(0.0, -0.05, -0.10), regress=(0.0, 0.06, 0.14))
DOWNWARD = RUBRIC.model_copy(update={"steps": STEPS | {NAMES[0]: FALLING}})


@given(LEVEL, LEVEL, COORDINATE, COORDINATE, COORDINATE)
def test_where_progress_falls_a_step_is_the_mirror_of_one_that_rises(
    better: int, worse: int, start: float, target: float, x: float
) -> None:
    path = opening(start, target).model_copy(update={"position": (x,) * 4})
    mirrored = opening(-start, -target).model_copy(update={"position": (-x,) * 4})
    falls, rises, *_ = increment(items(better, worse), mirrored, DOWNWARD)
    assert falls == -moved(better, worse, path)
    assert rises == moved(better, worse, mirrored)


def test_a_fall_ends_at_the_target_and_a_let_down_at_the_start() -> None:
    path = opening(0.5, -0.5).model_copy(update={"position": (-0.48, 0.0, 0.0, 0.0)})
    assert increment(items(2, 0), path, DOWNWARD)[0] == pytest.approx(-0.02)
    path = opening(0.5, -0.5).model_copy(update={"position": (0.48, 0.0, 0.0, 0.0)})
    assert increment(items(0, 1), path, DOWNWARD)[0] == pytest.approx(0.02)
    assert increment(items(0, 2), path, DOWNWARD)[0] == pytest.approx(0.14)


def test_free_movement_falls_as_well() -> None:
    free = DOWNWARD.model_copy(update={"movement": "free"})
    assert increment(items(2, 1), opening(0.5, -0.5), free)[0] == pytest.approx(-0.04)
