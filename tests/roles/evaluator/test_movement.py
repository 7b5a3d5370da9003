from __future__ import annotations

import pytest
from hypothesis import assume, given, strategies as st

from empa_graph.models.assessment import Item
from empa_graph.models.latent import LatentState
from empa_graph.models.rubric import StepSizes
from empa_graph.roles.evaluator.movement import HARM, increment
from tests import scripted_parts
from tests.scripted_parts import NAMES, opening

STEPS = dict.fromkeys(NAMES, StepSizes(progress=(0.0, 0.05, 0.10), regress=(0.0, -0.06, -0.14)))
RUBRIC = scripted_parts.RUBRIC.model_copy(update={"steps": STEPS})
FREE = RUBRIC.model_copy(update={"movement": "free"})
FALLING = StepSizes(progress=(0.0, -0.05, -0.10), regress=(0.0, 0.06, 0.14))
DOWNWARD = RUBRIC.model_copy(update={"steps": STEPS | {NAMES[0]: FALLING}})
LEVEL = st.integers(0, 2)
SHARE = st.floats(0.0, 1.0)
COORDINATE = st.floats(-1.0, 1.0)


def judged(up: int, down: int, up_share: float | None = None, down_share: float | None = None) -> tuple[Item, ...]:
    return tuple(
        Item(dimension=name, progress=up, regress=down, progress_share=up_share, regress_share=down_share)
        for name in NAMES
    )


def coded(up: float, down: float) -> tuple[Item, ...]:
    """Return items of shares, with levels as a reading may round them."""
    return judged((up >= 0.15) + (up >= 0.55), (down >= 0.15) + (down >= 0.6), up, down)


def at(position: float, start: float = -0.5, target: float = 0.5) -> LatentState:
    return opening(start, target).model_copy(update={"position": (position,) * 4})


def moved(items: tuple[Item, ...], path: LatentState) -> float:
    return increment(items, path, RUBRIC)[0]


@pytest.mark.parametrize(("level", "expected"), [(0, 0.0), (1, 0.05), (2, 0.10)])
def test_a_judged_level_moves_by_its_step(level: int, expected: float) -> None:
    assert moved(judged(level, 0), opening()) == pytest.approx(expected)
    assert moved(judged(0, level), at(0.4)) == pytest.approx([0.0, -0.06, -0.14][level])


@pytest.mark.parametrize("share", [0.0, 0.1, 0.4, 0.8, 1.0])
def test_a_coded_share_moves_by_that_share_of_the_whole_step_whatever_its_level(share: float) -> None:
    for level in (0, 1, 2):
        assert moved(judged(level, 0, share, 0.0), opening()) == pytest.approx(0.10 * share)
        assert moved(judged(0, level, 0.0, share), at(0.4)) == pytest.approx(-0.14 * share)


def test_progress_never_leads_beyond_the_target() -> None:
    assert moved(judged(2, 0), at(0.46)) == pytest.approx(0.04)
    assert moved(coded(0.8, 0.0), at(0.46)) == pytest.approx(0.04)
    assert moved(judged(2, 0), at(0.7)) == 0.0


def test_a_let_down_takes_back_no_more_than_was_won() -> None:
    assert moved(judged(0, 1), opening()) == moved(coded(0.0, 0.5), opening()) == 0.0
    assert moved(judged(0, 1), at(-0.47)) == pytest.approx(-0.03)
    assert moved(coded(0.0, 0.5), at(-0.47)) == pytest.approx(-0.03)
    assert moved(coded(0.0, 0.1), at(-0.47)) == pytest.approx(-0.014)


def test_what_the_same_reply_wins_may_be_lost_again() -> None:
    assert moved(judged(1, 1), at(-0.47)) == pytest.approx(0.05 - 0.06)
    assert moved(coded(0.2, 0.5), at(-0.5)) == 0.0
    assert moved(coded(0.5, 0.2), at(-0.5)) == pytest.approx(0.05 - 0.028)


def test_below_the_start_a_let_down_takes_nothing_more() -> None:
    assert moved(judged(0, 1), at(-0.6)) == 0.0


def test_a_supposed_start_is_no_floor_to_a_let_down() -> None:
    path = at(-0.47).model_copy(update={"supposed": True})
    assert moved(judged(0, 1), path) == pytest.approx(-0.06)
    assert moved(coded(0.2, 0.5), path) == pytest.approx(0.02 - 0.07)
    assert moved(judged(2, 0), path) == moved(judged(2, 0), at(-0.47))


def test_harm_leads_below_the_start_but_not_out_of_the_space() -> None:
    assert HARM == 2
    assert moved(judged(0, 2), opening()) == pytest.approx(-0.14)
    assert moved(coded(0.0, 0.6), opening()) == pytest.approx(-0.084)
    assert moved(judged(0, 2), opening(start=-0.95)) == pytest.approx(-0.05)


def test_free_movement_is_the_steps_of_the_levels_and_knows_no_bound_and_no_share() -> None:
    assert increment(judged(2, 1), at(0.48), FREE) == pytest.approx((0.04,) * 4)
    assert increment(judged(1, 0, 0.99, 0.0), at(0.48), FREE) == pytest.approx((0.05,) * 4)
    assert increment(judged(0, 1), opening(), FREE) == pytest.approx((-0.06,) * 4)
    falls = increment(judged(2, 1), opening(0.5, -0.5), DOWNWARD.model_copy(update={"movement": "free"}))
    assert falls[:2] == pytest.approx((-0.04, 0.04))


def test_the_steps_of_epm_stay_whole_numbers() -> None:
    epm = scripted_parts.load_rubric("epm")
    names = epm.space.names
    path = LatentState.opening(dimensions=names, start=(-8.0,) * 3, target=(0.0,) * 3, radius=1.0)
    found = [Item(dimension=n, progress=2, regress=1, progress_share=0.7, regress_share=0.3) for n in names]
    assert increment(found, path, epm) == (1.0, 1.0, 1.0)


@given(up=SHARE, down=SHARE, start=COORDINATE, target=COORDINATE, position=COORDINATE)
def test_every_increment_stays_inside_the_space_and_short_of_the_target(
    up: float, down: float, start: float, target: float, position: float
) -> None:
    for items in (coded(up, down), judged(round(2 * up), round(2 * down))):
        after = position + moved(items, at(position, start, target))
        assert -1.0 - 1e-12 <= after <= 1.0 + 1e-12
        assert after <= max(position, target) + 1e-12
        if items[0].regress < HARM:
            assert after >= min(position, start) - 1e-12


@given(up=SHARE, more=SHARE, down=SHARE, worse=SHARE, position=COORDINATE)
def test_more_progress_never_leads_less_far_and_more_regress_never_further(
    up: float, more: float, down: float, worse: float, position: float
) -> None:
    assume(up <= more and down <= worse)
    path = at(position)
    assert moved(coded(more, down), path) >= moved(coded(up, down), path) - 1e-12
    assert moved(coded(up, worse), path) <= moved(coded(up, down), path) + 1e-12


@given(LEVEL, LEVEL, SHARE | st.none(), SHARE | st.none(), COORDINATE, COORDINATE, COORDINATE)
def test_where_progress_falls_a_step_is_the_mirror_of_one_that_rises(
    better: int,
    worse: int,
    up: float | None,
    down: float | None,
    start: float,
    target: float,
    x: float,
) -> None:
    items = judged(better, worse, up, down)
    falls, rises, *_ = increment(items, at(-x, -start, -target), DOWNWARD)
    assert falls == -moved(items, at(x, start, target))
    assert rises == moved(items, at(-x, -start, -target))


def test_a_fall_ends_at_the_target_and_a_let_down_at_the_start() -> None:
    path = opening(0.5, -0.5).model_copy(update={"position": (-0.48, 0.0, 0.0, 0.0)})
    assert increment(judged(2, 0), path, DOWNWARD)[0] == pytest.approx(-0.02)
    path = opening(0.5, -0.5).model_copy(update={"position": (0.48, 0.0, 0.0, 0.0)})
    assert increment(judged(0, 1), path, DOWNWARD)[0] == pytest.approx(0.02)
    assert increment(judged(0, 2), path, DOWNWARD)[0] == pytest.approx(0.14)
