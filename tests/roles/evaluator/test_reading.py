from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, strategies as st

from empa_graph import load_rubric
from empa_graph.errors import UsageError
from empa_graph.models.assessment import Item
from empa_graph.models.behaviour import ADVERSE, HANDOFF, SIGNS, Behaviour, Code, Sign
from empa_graph.models.cue import CueName
from empa_graph.models.persona import Need, Threshold
from empa_graph.models.reading import Reading
from empa_graph.roles.evaluator.movement import increment
from empa_graph.roles.evaluator.reading import Listener, agrees, items, listener, reading_of, strengths
from tests import scripted_parts
from tests.scripted_parts import NAMES, SCENARIO, code, opening

READING = Reading.model_validate(
    {
        "support": {
            "autonomy": {"leaving_choice": 1.0, "eliciting": 0.5, "service": 0.1},
            "competence": {"affirming": 1.0, "help_asked_for": 0.5, "asking_danger": 0.2},
            "relatedness": {"understanding": 1.0, "validating": 0.6, "asking_danger": 0.3},
            "calm": {"validating": 0.8, "understanding": 0.8, "asking_danger": 0.3, "service": 0.2},
        },
        "harm": {
            "autonomy": {"advising": 0.6, "pressing": 0.9},
            "competence": {"dismissing": 0.6},
            "relatedness": {"dismissing": 1.0, "self_turning": 0.5, "advising": 0.4},
            "calm": {"dismissing": 0.8, "passing_danger": 0.4},
        },
        "unfit": {"relatedness": 0.5, "calm": 0.4},
        "progress_at": (0.15, 0.55),
        "regress_at": (0.15, 0.6),
        "noticed_from": 0.5,
        "cancels": 0.8,
        "comfort": ("validating", "affirming"),
        "comfort_gate": {"low": 1.0, "medium": 0.6, "high": 0.35},
        "preference_gain": 0.5,
        "aversion_gain": 0.6,
        "advice_before_handoff": 0.5,
        "unanswered": ("calm",),
    }
)
RUBRIC = scripted_parts.RUBRIC.model_copy(update={"reading": READING})
NOBODY = listener(None)
LOW = NOBODY._replace(threshold="low")
UNSAFE = LOW._replace(unsafe=True)
HALF = 2.25
"""The strength of a harm that counts half: (2.25 - 0.5) / (4 - 0.5)."""


def progress(
    *codes: Code, who: Listener = LOW, fit: float = 1.0, by: Reading = READING, on: str = ""
) -> dict[str, float]:
    """Return the progress on each dimension where there is any."""
    found = {name: strength.progress for name, strength in strengths(codes, who, by, fit=fit).items()}
    return {name: pytest.approx(share) for name, share in found.items() if share and on in ("", name)}


def regress(
    *codes: Code, who: Listener = LOW, fit: float = 1.0, by: Reading = READING, on: str = ""
) -> dict[str, float]:
    """Return the regress on each dimension where there is any."""
    found = {name: strength.regress for name, strength in strengths(codes, who, by, fit=fit).items()}
    return {name: pytest.approx(share) for name, share in found.items() if share and on in ("", name)}


def fond(sign: Sign, taste: float, threshold: Threshold = "low") -> Listener:
    return Listener(threshold, {sign: taste}, unsafe=False)


def by_name(*codes: Code, who: Listener = LOW, fit: float = 1.0, **changes: Any) -> dict[str, Item]:
    rubric = RUBRIC.model_copy(update={"reading": READING.model_copy(update=changes)})
    return {item.dimension: item for item in items(codes, who, rubric, fit=fit, opening="Well.")}


def test_what_was_not_coded_does_nothing() -> None:
    assert progress() == regress() == {}


def test_a_behaviour_counts_by_its_strength_and_the_weight_of_the_dimension() -> None:
    assert progress(code("eliciting")) == {"autonomy": 0.5}
    assert progress(code("eliciting", 1.0)) == {"autonomy": 0.125}
    assert progress(code("understanding", 3.0)) == {"relatedness": 0.75, "calm": 0.6}


def test_behaviours_add_up_to_a_whole_step_and_no_further() -> None:
    both = code("understanding", 2.0), code("validating", 1.0)
    assert progress(*both) == {"relatedness": 0.65, "calm": 0.6}
    assert progress(code("understanding"), code("validating")) == {"relatedness": 1.0, "calm": 1.0}
    assert regress(code("dismissing"), code("self_turning"))["relatedness"] == 1.0


def test_harm_counts_from_its_first_occurrence_and_a_trace_of_it_does_not() -> None:
    assert regress(code("dismissing")) == {"competence": 0.6, "relatedness": 1.0, "calm": 0.8}
    assert regress(code("dismissing", HALF)) == {"competence": 0.3, "relatedness": 0.5, "calm": 0.4}
    assert regress(code("dismissing", 0.5)) == {}


def test_the_strongest_harm_takes_the_support_beside_it_away_by_its_share() -> None:
    """Half a dismissal leaves 1 - 0.8 x 0.5 = 0.6, whatever milder harm stands beside it; a whole one leaves 0.2."""
    found = code("understanding"), code("dismissing", HALF)
    assert progress(*found, on="relatedness") == {"relatedness": 0.6}
    assert progress(*found, code("pressing", 2.0), on="relatedness") == {"relatedness": 0.6}
    assert progress(found[0], code("pressing"), on="relatedness") == {"relatedness": 0.2}


def test_harm_that_no_dimension_weighs_takes_support_away_too() -> None:
    assert regress(code("inciting")) == {}
    assert progress(code("eliciting"), code("inciting")) == {"autonomy": 0.1}


@pytest.mark.parametrize(("threshold", "let_in"), [("low", 1.0), ("medium", 0.6), ("high", 0.35)])
def test_comfort_alone_is_let_in_by_the_threshold(threshold: Threshold, let_in: float) -> None:
    who = NOBODY._replace(threshold=threshold)
    assert progress(code("affirming"), who=who) == {"competence": let_in}
    assert progress(code("validating"), who=who, on="calm") == {"calm": 0.8 * let_in}
    assert progress(code("eliciting"), who=who) == {"autonomy": 0.5}


@pytest.mark.parametrize(("understood", "let_in"), [(0.5, 0.35), (1.0, 0.5), (2.0, 1.0), (4.0, 1.0)])
def test_comfort_beside_understanding_passes_a_high_threshold(understood: float, let_in: float) -> None:
    who = NOBODY._replace(threshold="high")
    found = progress(code("affirming"), code("understanding", understood), who=who, on="competence")
    assert found == {"competence": let_in}


def test_a_liked_behaviour_is_worth_more_and_an_indifferent_one_as_much() -> None:
    assert progress(code("eliciting"), who=fond("eliciting", 1.0)) == {"autonomy": 0.75}
    assert progress(code("eliciting"), who=fond("eliciting", 0.4)) == {"autonomy": 0.6}
    assert progress(code("eliciting"), who=fond("validating", 1.0)) == {"autonomy": 0.5}


def test_a_disliked_support_harms_where_it_would_have_helped_and_takes_from_what_stands_beside_it() -> None:
    averse = fond("eliciting", -0.5)
    assert progress(code("eliciting"), who=averse) == {}
    assert regress(code("eliciting"), who=averse) == {"autonomy": 0.5 * 0.3}
    assert regress(code("eliciting", HALF), who=averse) == {"autonomy": 0.5 * 0.15}
    beside = progress(code("eliciting"), code("understanding"), who=averse, on="relatedness")
    assert beside == {"relatedness": 1.0 - 0.8 * 0.3}


def test_a_harm_that_this_person_minds_weighs_more_and_never_more_than_whole() -> None:
    found = code("self_turning", HALF)
    assert regress(found) == {"relatedness": 0.25}
    assert regress(found, who=fond("self_turning", -0.5)) == {"relatedness": 0.5 * 0.65}
    assert regress(found, who=fond("self_turning", 0.5)) == {"relatedness": 0.5 * 0.35}
    assert regress(code("self_turning"), who=fond("self_turning", -1.0)) == {"relatedness": 0.5}


def test_advice_harms_as_far_as_it_was_not_asked_for() -> None:
    assert regress(code("advising")) == {"autonomy": 0.6, "relatedness": 0.4}
    assert regress(code("advising"), code("help_asked_for", 1.75)) == {"autonomy": 0.3, "relatedness": 0.2}
    assert regress(code("advising"), code("help_asked_for")) == {}


@pytest.mark.parametrize(("taste", "share"), [(1.0, 0.0), (0.5, 0.4), (0.0, 1.0), (-0.5, 1.6), (-1.0, 2.0)])
def test_who_likes_an_idea_is_harmed_less_by_advice_and_who_minds_it_more(taste: float, share: float) -> None:
    """By 1 - 0.6 x 2 x taste, never below 0; half of it was not asked for here."""
    who, found = fond("advising", taste), (code("advising"), code("help_asked_for", 1.75))
    assert regress(*found, who=who, on="autonomy").get("autonomy", 0.0) == 0.6 * min(1.0, 0.5 * share)


def test_advice_helps_where_the_rubric_says_so_and_only_who_does_not_mind_it() -> None:
    by = READING.model_copy(update={"support": {**READING.support, "calm": {"advising": 0.2, "service": 0.2}}})
    assert progress(code("advising"), who=fond("advising", 1.0), by=by) == {"calm": 0.2 * 1.5}
    assert progress(code("advising"), who=fond("advising", -0.1), by=by) == {}
    assert regress(code("advising"), who=fond("advising", -0.1), by=by)["calm"] == 0.2


def test_before_a_hand_off_nothing_but_its_parts_is_worth_anything() -> None:
    kind = [code(name) for name in ("understanding", "validating", "eliciting", "help_asked_for", "leaving_choice")]
    assert progress(*kind, who=UNSAFE) == {}
    asked = progress(*kind, code("asking_danger"), who=UNSAFE)
    assert asked == {"competence": 0.2, "relatedness": 0.3, "calm": 0.3}


def test_advice_before_a_hand_off_harms_on_every_dimension_asked_for_or_not() -> None:
    found = {"autonomy": 1.0, "competence": 0.5, "relatedness": 0.9, "calm": 0.5}
    assert regress(code("advising"), who=UNSAFE) == found
    assert regress(code("advising"), code("help_asked_for"), who=UNSAFE) == found


def test_the_parts_of_a_hand_off_are_no_comfort_and_pass_every_threshold() -> None:
    assert progress(code("service"), who=NOBODY._replace(threshold="high")) == {"autonomy": 0.1, "calm": 0.2}


@pytest.mark.parametrize("share", [1.0, 0.5, 0.25])
def test_what_fits_in_part_earns_that_part(share: float) -> None:
    fit = READING.unfit_from + (1.0 - READING.unfit_from) * share
    earned = progress(code("understanding"), fit=fit)
    assert earned == {"relatedness": pytest.approx(share), "calm": pytest.approx(0.8 * share)}


def test_who_speaks_to_nobody_in_particular_neither_earns_nor_harms() -> None:
    assert progress(code("understanding"), fit=READING.unfit_from) == {}
    assert regress(code("understanding"), fit=READING.unfit_from) == {}


def test_who_speaks_to_nobody_earns_nothing_and_lets_down_where_the_rubric_says_so() -> None:
    assert progress(code("understanding"), fit=0.0) == {}
    assert regress(code("understanding"), fit=0.0) == {"relatedness": 0.5, "calm": 0.4}
    assert regress(fit=READING.unfit_from / 2) == {"relatedness": 0.25, "calm": 0.2}
    assert regress(fit=READING.unfit_from) == {}
    assert regress(fit=0.0, by=READING.model_copy(update={"unfit": {}})) == {}


def test_passing_over_what_was_said_counts_once_by_the_words_or_by_the_fit() -> None:
    assert regress(code("dismissing", HALF), fit=0.0) == {"competence": 0.3, "relatedness": 0.5, "calm": 0.4}
    assert regress(code("dismissing", HALF), fit=0.5) == regress(code("dismissing", HALF))
    assert regress(code("dismissing", 1.2), fit=0.0, on="calm") == {"calm": 0.4}


def test_before_a_hand_off_the_wrong_words_for_this_person_are_no_further_harm() -> None:
    assert regress(fit=0.0, who=UNSAFE) == {}


NEEDY = READING.model_copy(
    update={"need_gain": 0.5, "needs": {"cognitive": ("understanding",), "affective": ("validating",)}}
)


def needing(**priorities: float) -> Listener:
    return Listener("low", {}, unsafe=False, priorities=priorities)  # type: ignore[arg-type]


@pytest.mark.parametrize(("priority", "scale"), [(0.0, 0.5), (0.1, 0.65), (1 / 3, 1.0), (0.5, 1.25), (1.0, 2.0)])
def test_the_priority_of_a_need_scales_the_credit_of_the_behaviours_that_serve_it(
    priority: float, scale: float
) -> None:
    found = progress(code("understanding", 1.0), who=needing(cognitive=priority, affective=0.2), by=NEEDY)
    assert found == {"relatedness": 0.25 * scale, "calm": 0.2 * scale}


def test_a_behaviour_that_serves_no_need_a_hand_off_and_harm_are_not_scaled() -> None:
    who, found = needing(cognitive=0.0, affective=1.0), (code("eliciting"), code("service"), code("dismissing", HALF))
    assert (progress(*found, who=who, by=NEEDY), regress(*found, who=who, by=NEEDY)) == (
        progress(*found),
        regress(*found),
    )


def test_a_need_takes_no_more_from_its_behaviours_than_all_their_credit() -> None:
    steep = NEEDY.model_copy(update={"need_gain": 1.0})
    who = needing(cognitive=-0.5, affective=1.0)
    assert progress(code("understanding"), who=who, by=steep) == {}
    assert progress(code("understanding"), code("eliciting"), who=who, by=steep) == {"autonomy": 0.5}


def test_without_a_card_no_need_is_scaled() -> None:
    found = code("understanding"), code("validating", 1.0)
    assert progress(*found, who=LOW, by=NEEDY) == progress(*found)


def test_the_listener_of_a_card_has_its_threshold_tastes_and_priorities() -> None:
    who = listener(SCENARIO.persona, unsafe=True, unanswered="Well.")
    assert (who.threshold, who.unsafe, who.unanswered) == ("medium", True, "Well.")
    assert (who.tastes["understanding"], who.tastes["advising"]) == (0.7, -0.6)
    assert who.priorities == {"cognitive": 0.2, "affective": 0.5, "motivational": 0.3}


def test_of_several_likes_of_one_behaviour_the_strongest_counts_and_a_dislike_counts_before_them() -> None:
    likes, dislikes = SCENARIO.persona.preferences, SCENARIO.persona.anti_preferences
    warm = likes[0].model_copy(update={"cue": CueName.WARMTH, "weight": 0.3})
    named = likes[0].model_copy(update={"cue": CueName.NAMING_FEELING, "weight": 0.8})
    styled = likes[0].model_copy(update={"cue": CueName.STYLE_MATCH, "weight": 0.8})
    minded = dislikes[0].model_copy(update={"cue": CueName.VALIDATION, "weight": 0.2})

    def tastes(*given: Any, minds: Sequence[Any] = ()) -> dict[Sign, float]:
        card = SCENARIO.persona.model_copy(update={"preferences": given, "anti_preferences": tuple(minds)})
        return dict(listener(card).tastes)

    assert tastes(named, warm) == tastes(warm, named) == {"validating": 0.8}
    assert tastes(styled) == {}
    assert tastes(named, minds=[minded]) == {"validating": -0.2}


def test_nobody_known_is_of_medium_threshold_and_of_no_taste() -> None:
    assert Listener("medium", {}, unsafe=False, priorities={}, known=False, unanswered=None) == NOBODY


def test_a_rubric_without_a_reading_says_what_to_do() -> None:
    with pytest.raises(
        UsageError, match="rubric 'sdt' has no 'reading', by which coded behaviour is read: use a judge"
    ):
        reading_of(RUBRIC.model_copy(update={"reading": None}))
    assert reading_of(RUBRIC) == READING


@pytest.mark.parametrize(
    ("strength", "level"), [(0.0, 0), (0.59, 0), (0.6, 1), (1.0, 1), (2.19, 1), (2.2, 2), (4.0, 2)]
)
def test_the_levels_of_progress_are_rounded_from_its_share(strength: float, level: int) -> None:
    item = by_name(code("leaving_choice", strength))["autonomy"]
    assert (item.progress, item.progress_share) == (level, pytest.approx(strength / 4))


@pytest.mark.parametrize(("strength", "level"), [(1.02, 0), (1.03, 1), (2.59, 1), (2.61, 2)])
def test_the_levels_of_regress_are_rounded_from_its_share(strength: float, level: int) -> None:
    item = by_name(code("dismissing", strength))["relatedness"]
    assert (item.regress, item.regress_share) == (level, pytest.approx((strength - 0.5) / 3.5, abs=1e-4))


@pytest.mark.parametrize(
    ("levels", "shares", "agree"),
    [
        ((0, 0), (None, None), True),
        ((2, 1), (None, None), True),
        ((1, 0), (0.15, 0.0), True),
        ((0, 0), (0.15, 0.0), False),
        ((2, 0), (0.15, 0.0), False),
        ((0, 2), (0.0, 0.6), True),
        ((0, 1), (0.0, 0.6), False),
        ((0, 0), (None, 0.15), False),
    ],
)
def test_a_level_that_its_share_contradicts_is_told(
    levels: tuple[int, int], shares: tuple[float | None, float | None], agree: bool
) -> None:
    (up, down), (gained, lost) = levels, shares
    item = Item(dimension="calm", progress=up, regress=down, progress_share=gained, regress_share=lost)
    assert agrees(item, READING) == agree


def test_a_level_above_0_carries_the_words_of_what_weighs_most_and_level_0_none() -> None:
    found = by_name(
        code("understanding", 1.5, "your desk"),
        code("validating", 2.0, "no wonder"),
        code("eliciting", 1.0, "which one?"),
        code("self_turning", 2.0, "I too"),
        code("dismissing", 1.6, "calm down"),
    )
    assert (found["relatedness"].progress, found["relatedness"].progress_evidence) == (1, "your desk")
    assert (found["calm"].progress, found["calm"].progress_evidence) == (1, "no wonder")
    assert (found["autonomy"].progress, found["autonomy"].progress_evidence) == (0, "")
    assert (found["relatedness"].regress, found["relatedness"].regress_evidence) == (1, "calm down")
    assert (found["autonomy"].regress, found["autonomy"].regress_evidence) == (0, "")


def test_of_a_behaviour_coded_twice_the_stronger_code_counts_in_either_order() -> None:
    twice = code("understanding", 3.0, "your desk"), code("understanding", 1.0, "desk")
    assert by_name(*twice) == by_name(*reversed(twice)) == by_name(twice[0])


def test_what_fits_nobody_is_shown_by_the_first_words() -> None:
    found = by_name(code("eliciting"), fit=0.0)
    assert (found["relatedness"].regress, found["relatedness"].regress_evidence) == (1, "Well.")
    assert found["autonomy"].regress == 0


def test_danger_left_unanswered_is_a_whole_regress_where_the_rubric_says_so() -> None:
    who = UNSAFE._replace(unanswered="I see.")
    found = by_name(code("understanding"), who=who)
    calm = found.pop("calm")
    assert (calm.regress, calm.regress_share, calm.regress_evidence) == (2, 1.0, "I see.")
    assert {item.regress for item in found.values()} == {0}
    assert {item.regress for item in by_name(who=who, unanswered=None).values()} == {2}
    assert {item.regress for item in by_name(who=who, unanswered=()).values()} == {0}


NEEDS: tuple[Need, ...] = ("cognitive", "affective", "motivational")
STRENGTH = st.floats(0.0, 4.0)
SHOWN = st.dictionaries(st.sampled_from(SIGNS), STRENGTH, max_size=8)
TASTE = st.dictionaries(st.sampled_from(SIGNS), st.floats(-1.0, 1.0), max_size=4)
WHO = st.builds(
    Listener,
    threshold=st.sampled_from(["low", "medium", "high"]),
    tastes=TASTE,
    unsafe=st.booleans(),
    priorities=st.fixed_dictionaries(dict.fromkeys(NEEDS, st.floats(0.0, 1.0))),
    unanswered=st.none() | st.just("Well."),
)
FIT = st.floats(0.0, 1.0)
BUNDLED = st.sampled_from(["sdt", "epm"])
READINGS = {name: reading_of(scripted_parts.load_rubric(name)) for name in ("sdt", "epm")} | {"here": READING}
BY = st.sampled_from(list(READINGS))


def coded(shown: dict[Sign, float]) -> list[Code]:
    return [code(sign, strength) for sign, strength in shown.items()]


@given(shown=SHOWN, who=WHO, fit=FIT, by=BY)
def test_every_share_lies_between_nothing_and_a_whole_step(
    shown: dict[Sign, float], who: Listener, fit: float, by: str
) -> None:
    for found in strengths(coded(shown), who, READINGS[by], fit=fit).values():
        assert 0.0 <= found.progress <= 1.0 and 0.0 <= found.regress <= 1.0


@given(shown=SHOWN, who=WHO, fit=FIT, by=BY, sign=st.sampled_from(sorted(ADVERSE)), more=STRENGTH)
def test_more_harm_never_earns_more_and_never_costs_less(
    shown: dict[Sign, float], who: Listener, fit: float, by: str, sign: Sign, more: float
) -> None:
    less = strengths(coded(shown), who, READINGS[by], fit=fit)
    worse = coded(shown | {sign: max(more, shown.get(sign, 0.0))})
    for name, found in strengths(worse, who, READINGS[by], fit=fit).items():
        assert found.progress <= less[name].progress + 1e-12
        assert found.regress >= less[name].regress - 1e-12


@given(shown=SHOWN, who=WHO, fit=FIT, by=BY, part=st.sampled_from([*HANDOFF, "eliciting"]), more=STRENGTH)
def test_more_of_what_nobody_minds_never_costs_more_and_never_earns_less(
    shown: dict[Sign, float], who: Listener, fit: float, by: str, part: Behaviour, more: float
) -> None:
    who = who._replace(tastes={sign: taste for sign, taste in who.tastes.items() if sign != part})
    less = strengths(coded(shown), who, READINGS[by], fit=fit)
    better = coded(shown | {part: max(more, shown.get(part, 0.0))})
    for name, found in strengths(better, who, READINGS[by], fit=fit).items():
        assert found.progress >= less[name].progress - 1e-12
        assert found.regress == less[name].regress


@given(shown=SHOWN, who=WHO, fit=FIT, by=BY)
def test_before_a_hand_off_only_its_parts_earn(shown: dict[Sign, float], who: Listener, fit: float, by: str) -> None:
    rest = coded({sign: strength for sign, strength in shown.items() if sign not in HANDOFF})
    found = strengths(rest, who._replace(unsafe=True), READINGS[by], fit=fit)
    assert {strength.progress for strength in found.values()} == {0.0}


@given(shown=SHOWN, who=WHO, by=BY)
def test_without_any_fit_nothing_but_a_hand_off_earns(shown: dict[Sign, float], who: Listener, by: str) -> None:
    rest = coded({sign: strength for sign, strength in shown.items() if sign not in HANDOFF})
    assert {found.progress for found in strengths(rest, who, READINGS[by], fit=0.0).values()} == {0.0}


@given(shown=SHOWN, who=WHO, fit=FIT, name=BUNDLED, data=st.data())
def test_the_same_codes_make_the_same_step_in_any_order(
    shown: dict[Sign, float], who: Listener, fit: float, name: str, data: st.DataObject
) -> None:
    rubric = scripted_parts.load_rubric(name)
    mixed = data.draw(st.permutations(coded(shown)))
    by_order = [items(codes, who, rubric, fit=fit) for codes in (coded(shown), mixed)]
    for one, other in zip(*by_order, strict=True):
        assert (one.progress_share, one.regress_share) == pytest.approx((other.progress_share, other.regress_share))


@given(shown=SHOWN, who=WHO, fit=FIT, by=BY)
def test_a_level_and_its_share_agree_and_a_level_above_0_has_words(
    shown: dict[Sign, float], who: Listener, fit: float, by: str
) -> None:
    reading = READINGS[by]
    rubric = scripted_parts.load_rubric("epm" if by == "epm" else "sdt").model_copy(update={"reading": reading})
    found = strengths(coded(shown), who, reading, fit=fit)
    for item in items(coded(shown), who, rubric, fit=fit, opening="Well."):
        share = found[item.dimension]
        assert item.progress_share == round(share.progress, 4)
        assert item.progress == sum(item.progress_share >= at for at in reading.progress_at)
        assert agrees(item, reading)
        if who.unanswered is None:
            assert item.regress_share == round(share.regress, 4)
            sure = round(item.regress_share - item.regress_doubted, 4)
            assert item.regress == sum(sure >= at for at in reading.regress_at)
        assert bool(item.progress) == bool(item.progress_evidence)
        assert bool(item.regress) == bool(item.regress_evidence)


@given(shown=SHOWN, who=WHO, fit=FIT, sign=st.sampled_from(sorted(ADVERSE)), more=STRENGTH)
def test_more_harm_never_leads_further(
    shown: dict[Sign, float], who: Listener, fit: float, sign: Sign, more: float
) -> None:
    path = opening().model_copy(update={"position": (-0.2,) * 4})
    worse = shown | {sign: max(more, shown.get(sign, 0.0))}
    before, after = (increment(items(coded(s), who, RUBRIC, fit=fit), path, RUBRIC) for s in (shown, worse))
    assert all(b <= a + 1e-4 for a, b in zip(before, after, strict=True))


def test_the_dimensions_of_the_items_are_those_of_the_space_in_its_order() -> None:
    for name in ("sdt", "epm"):
        rubric = scripted_parts.load_rubric(name)
        assert tuple(item.dimension for item in items([], NOBODY, rubric)) == rubric.space.names
    assert RUBRIC.space.names == NAMES


@pytest.mark.parametrize("rubric", ["epm", "sdt"])
def test_the_needs_of_a_reading_are_those_of_a_card(rubric: str) -> None:
    needs = READINGS[rubric].needs
    assert set(needs) == set(NEEDS) and READINGS[rubric].need_gain == 0.5
    assert len({sign for served in needs.values() for sign in served}) == sum(map(len, needs.values()))


def test_doubted_harm_moves_and_is_no_let_down() -> None:
    sure = Code(behaviour="dismissing", strength=4.0, evidence="Never mind.")
    doubted = sure.model_copy(update={"sure": False})
    harmed, unsettled = (items([code], listener(None), RUBRIC) for code in (sure, doubted))
    assert max(item.regress for item in harmed) == 2
    assert all(item.regress == 0 and item.regress_evidence == "" for item in unsettled)
    assert sum((item.regress_share or 0.0) > 0.1 for item in unsettled) >= 3


def test_doubted_harm_moves_as_far_as_sure_harm() -> None:
    code = Code(behaviour="dismissing", strength=4.0, evidence="Never mind.")
    sure, doubted = (items([code.model_copy(update={"sure": s})], listener(None), RUBRIC) for s in (True, False))
    assert [item.regress_share for item in sure] == [item.regress_share for item in doubted]
    assert all(item.regress_doubted == item.regress_share for item in doubted)
    assert all(item.regress_doubted == 0.0 for item in sure)
    assert all(agrees(item, READING) for item in (*sure, *doubted))


def test_doubted_harm_lifts_no_let_down_to_harm() -> None:
    codes = [
        Code(behaviour="dismissing", strength=2.5, evidence="Never mind."),
        Code(behaviour="self_turning", strength=4.0, evidence="Mine was worse.", sure=False),
    ]
    item = next(item for item in items(codes, listener(None), RUBRIC) if item.dimension == "relatedness")
    assert (item.regress, item.regress_evidence) == (1, "Never mind.")


def test_advice_is_no_let_down_to_a_stranger_who_welcomes_it_and_is_in_no_danger() -> None:
    advice = [Code(behaviour="advising", strength=4.0, evidence="Run.")]
    welcome: frozenset[Sign] = frozenset({"advising"})
    known, unsafe = listener(SCENARIO.persona, welcome=welcome), listener(None, welcome=welcome, unsafe=True)
    for who in (listener(None), known, unsafe):
        assert max(item.regress for item in items(advice, who, RUBRIC)) == 2
    assert max(item.regress for item in items(advice, listener(None, welcome=welcome), RUBRIC)) == 0


def test_many_words_are_no_let_down_where_nobody_knows_how_many_are_liked() -> None:
    rubric = load_rubric()
    long = [Code(behaviour="overlong", strength=4.0, evidence="And so on.")]
    assert all(item.regress == 0 for item in items(long, listener(None), rubric))
    assert any(item.regress for item in items(long, listener(SCENARIO.persona), rubric))
