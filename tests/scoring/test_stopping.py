"""Each stopping rule by hand on axis-aligned paths, their order, and that one path and a batch agree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from empa_graph.scoring.epm import deficits
from empa_graph.scoring.stopping import PROFILES, StopProfile, standing, stops
from tests.conformance import MULTIPLIERS

unhurried = settings(deadline=None)
EXACT = StopProfile(0.1, rounded=False)
both = pytest.mark.parametrize("name", ["published", "paper"])
FORTH = [1.0, 0.0, 0.0]
BACK = [-1.0, 0.0, 0.0]
IDLE = [0.0, 0.0, 0.0]
FAR = [-60.0, 0.0, 0.0]


def first(start: list[float], moves: list[list[float]], rules: StopProfile) -> tuple[int, str]:
    """Where one path stops, as `stops` has it."""
    found = stops([start], [moves], [len(moves)], rules=rules)
    return int(found.turn[0]), str(found.kind[0])


def test_the_profiles_differ_in_alpha_and_rounding():
    assert PROFILES["published"] == StopProfile(alpha=0.1, rounded=True)
    assert PROFILES["paper"] == StopProfile(alpha=0.05, rounded=False)


@both
def test_arriving_near_the_origin_is_a_geometric_success(name: str):
    assert first([-12.0, 0.0, 0.0], [FORTH] * 13, PROFILES[name]) == (12, "success_geometric")


@both
def test_passing_the_origin_at_a_distance_is_a_positional_success(name: str):
    assert first([-12.0, 0.0, 0.0], [[1.0, 1.0, 0.0]] * 13, PROFILES[name]) == (12, "success_positional")


@both
def test_no_success_before_the_energy_equals_the_deficit(name: str):
    # |P_12| = 0.5 lies within every rim, but E_12 = 12 < r_0.
    moves = [FORTH] * 12 + [[0.5, 0.0, 0.0]]
    assert standing([-12.5, 0.0, 0.0], moves[:12], rules=PROFILES[name]) == "continue"
    assert first([-12.5, 0.0, 0.0], moves, PROFILES[name]) == (13, "success_geometric")


@pytest.mark.parametrize(("name", "rim"), [("published", 2.0), ("paper", 1.0)])
def test_the_rim_itself_is_near(name: str, rim: float):
    moves = [[2.0, 0.0, 0.0]] * 10 + [IDLE, [0.0, rim, 0.0]]
    assert standing([-20.0, 0.0, 0.0], moves, rules=PROFILES[name]) == "success_geometric"


def test_alpha_sets_how_near_is_near():
    moves = [[2.0, 0.0, 0.0]] * 11 + [[0.0, 1.5, 0.0]]
    found = [first([-22.0, 0.0, 0.0], moves, PROFILES[name])[1] for name in ("published", "paper")]
    assert found == ["success_geometric", "success_positional"]


@given(st.lists(st.integers(0, 3), min_size=9, max_size=9).filter(any))
def test_the_origin_itself_is_a_success_when_nothing_is_rounded(levels: list[int]):
    start = deficits(levels, multipliers=MULTIPLIERS)
    assert standing(start, [-start, *[IDLE] * 11], rules=PROFILES["paper"]) == "success_geometric"


def test_rounded_energy_may_miss_the_deficit_on_the_origin_itself():
    # v* is (0.6258, 0.5364, 0.5662) and E 33.55, below r_0 = 33.56.
    start = np.array([-21.0, -18.0, -19.0])
    moves = [*[-start / 4] * 4, *[IDLE] * 8]
    assert "success" not in standing(start, moves, rules=PROFILES["published"])
    assert standing(start, moves, rules=PROFILES["paper"]) == "success_geometric"


@both
def test_nothing_but_the_last_turn_stops_before_the_twelfth(name: str):
    assert first([-5.0, 0.0, 0.0], [FORTH] * 11, PROFILES[name]) == (11, "continue")
    assert first(FAR, [BACK] * 11, PROFILES[name]) == (11, "continue")
    assert first(FAR, [FORTH] * 11, replace(PROFILES[name], max_turns=10)) == (10, "max_turns")


def test_the_last_turn_ends_what_nothing_else_ended():
    assert first(FAR, [FORTH] * 50, EXACT) == (45, "max_turns")
    assert first([-45.0, 0.0, 0.0], [FORTH] * 50, EXACT) == (45, "success_geometric")
    assert first(FAR, [FORTH] * 40 + [BACK] * 5, EXACT) == (45, "max_turns")


def test_five_losses_in_a_row_are_a_collapse():
    assert first(FAR, [FORTH] * 9 + [BACK] * 4 + [IDLE] + [BACK] * 5, EXACT) == (19, "collapse")
    assert first(FAR, [BACK] * 20, EXACT) == (12, "collapse")


def test_a_loss_that_rounds_to_nothing_is_none_under_rounded_rules():
    moves = [[-0.004, 0.0, 0.0]] * 12
    assert standing(FAR, moves, rules=PROFILES["published"]) == "continue"
    assert standing(FAR, moves, rules=PROFILES["paper"]) == "collapse"


def test_a_long_path_that_leads_nowhere_oscillates():
    # |v|_1 is 3 a turn, 36 over the window; P_12 and P_1 are one increment apart.
    moves = [[1.0, 1.0, 1.0] if turn % 2 else [-1.0, -1.0, -1.0] for turn in range(12)]
    loose = replace(EXACT, oscillation_most=3.0)
    assert standing(FAR, moves, rules=loose) == "oscillation"
    assert standing(FAR, moves, rules=replace(loose, oscillation_least=36.5)) == "continue"
    assert standing(FAR, moves, rules=EXACT) == "continue"


def test_oscillation_forgets_what_lies_before_its_window():
    walk = [[3.0, 0.0, 0.0]] * 3 + [[2.0, 1.0, 0.0], [-2.0, -1.0, 0.0]] * 6
    assert first(FAR, [*walk, IDLE], EXACT) == (16, "oscillation")


def test_collapse_comes_before_oscillation():
    moves = [[14.0, 0.0, 0.0], *[IDLE] * 6, *[[-3.0, 0.0, 0.0]] * 5]
    rules = replace(EXACT, oscillation_least=20.0, oscillation_most=15.0)
    assert standing(FAR, moves, rules=rules) == "collapse"
    assert standing(FAR, moves, rules=replace(rules, collapse_after=6)) == "oscillation"


def test_stagnation_has_to_be_asked_for():
    moves = [IDLE] * 6 + [[-0.2, 0.0, 0.0]] * 3 + [IDLE] + [[-0.2, 0.0, 0.0]] * 3
    assert first(FAR, moves, EXACT) == (13, "continue")
    assert first(FAR, moves, replace(EXACT, stagnation=True)) == (13, "stagnation")
    assert first(FAR, moves[:-1], replace(EXACT, stagnation=True)) == (12, "continue")


@pytest.mark.parametrize("loss", [-0.15, -1.5])
def test_stagnation_is_flat_and_loses_more_than_one(loss: float):
    # Six losses in eight: -0.9 is too little, and at -1.5 a turn |P| spreads by more than 0.5.
    moves = [IDLE] * 6 + [[loss, 0.0, 0.0]] * 3 + [IDLE] + [[loss, 0.0, 0.0]] * 3
    assert first(FAR, moves, replace(EXACT, stagnation=True)) == (13, "continue")


def test_missing_judgements_count_as_turns_but_not_in_windows():
    assert standing(FAR, [BACK] * 4, rules=EXACT, turn=20) == "continue"
    assert standing(FAR, [BACK] * 5, rules=EXACT, turn=20) == "collapse"
    assert standing(FAR, [BACK] * 5, rules=EXACT) == "continue"
    assert standing(FAR, [], rules=EXACT, turn=44) == "continue"
    assert standing(FAR, [], rules=EXACT, turn=45) == "max_turns"


def test_a_turn_cannot_precede_its_judgements():
    with pytest.raises(ValueError, match="turn is 2, allowed is 3 or more"):
        standing(FAR, [FORTH] * 3, rules=EXACT, turn=2)


def test_the_origin_is_no_start():
    with pytest.raises(ValueError, match="path 0 starts at the origin"):
        standing(IDLE, [FORTH], rules=EXACT)


@pytest.mark.parametrize("wrong", [{"alpha": -0.1}, {"alpha": float("nan")}, {"min_turns": 0}, {"collapse_after": 0}])
def test_a_profile_has_sound_numbers(wrong: dict[str, float]):
    with pytest.raises(ValueError, match="allowed"):
        replace(EXACT, **wrong)


def test_a_batch_without_rows_and_one_without_turns_stop_nowhere():
    assert stops(np.empty((0, 3)), np.empty((0, 5, 3)), np.empty(0, int), rules=EXACT).turn.size == 0
    found = stops([FAR], np.empty((1, 0, 3)), [0], rules=EXACT)
    assert (found.turn.tolist(), found.kind.tolist()) == ([0], ["continue"])


@st.composite
def batches(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Paths with drifts both ways and stretches of repetition, so that every rule comes to hold."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    starts = -rng.integers(1, 28, (6, 3)).astype(float)
    drift = rng.integers(-2, 4, (6, 1, 3))
    moves = drift * rng.integers(0, 2, (6, 50, 1)) + rng.integers(-3, 4, (6, 50, 3)) * rng.integers(0, 2, (6, 1, 1))
    moves[:2] = drift[:2] * (-1) ** np.arange(50)[None, :, None] + rng.integers(0, 2, (2, 50, 1))
    return starts, moves * draw(st.sampled_from([1.0, 0.1, 0.37])), rng.integers(0, 51, 6)


@unhurried
@given(batches(), st.floats(0.0, 3.0), st.booleans())
def test_alpha_names_a_success_and_never_makes_one(batch, alpha: float, rounded: bool):
    # E_k >= r_0 is projection_k >= 0, and that lies within every rim.
    rules = StopProfile(0.1, rounded=rounded)
    found, other = (stops(*batch, rules=profile) for profile in (rules, replace(rules, alpha=max(alpha, 0.02))))
    success = np.char.startswith(found.kind, "success")
    assert found.turn.tolist() == other.turn.tolist()
    assert success.tolist() == np.char.startswith(other.kind, "success").tolist()
    assert found.kind[~success].tolist() == other.kind[~success].tolist()


@unhurried
@given(batches(), st.sampled_from(sorted(PROFILES)), st.booleans())
def test_playing_turn_by_turn_stops_where_the_batch_stops(batch, name: str, stagnation: bool):
    rules = replace(PROFILES[name], stagnation=stagnation)
    found = stops(*batch, rules=rules)
    for start, moves, length, turn, kind in zip(*batch, *found, strict=True):
        played = ((k, standing(start, moves[:k], rules=rules)) for k in range(1, length + 1))
        assert next(((k, told) for k, told in played if told != "continue"), (length, "continue")) == (turn, kind)
