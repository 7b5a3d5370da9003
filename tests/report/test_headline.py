from __future__ import annotations

from empa_graph.models.behaviour import AXES
from empa_graph.models.episode import Episode
from empa_graph.models.support import Support
from empa_graph.report.headline import SHARES, Contestant, headlines
from tests.records import episode, score

CASES = [f"p{n}/goal" for n in range(4)]


def side(name: str, played: dict[str, float | None], *, void: bool = False) -> Contestant:
    episodes = [_one(name, scenario, alignment) for scenario, alignment in played.items()]
    return Contestant(name, frozenset((scenario, 0) for scenario in played), episodes, void)


def _one(variant: str, scenario: str, alignment: float | None) -> Episode:
    made = {"score": None, "unscored": "lost"} if alignment is None else {}
    kept = {} if alignment is None else {"score": score(100 * alignment, alignment_index=alignment)}
    return episode(scenario=scenario, variant=variant, **made, **kept)


def test_each_is_set_against_the_first():
    first = side("baseline", dict(zip(CASES, [0.4, 0.5, 0.5, 0.6], strict=True)))
    other = side("aligned", dict(zip(CASES, [0.5, 0.6, 0.7, 0.6], strict=True)))
    (found,) = headlines([first, other], seed=0)
    share = found.shares["alignment_index"]
    assert (found.name, found.baseline, found.scenarios, found.left_out, found.alone) == (
        "aligned",
        "baseline",
        4,
        0,
        0,
    )
    assert round(share.change or 0, 6) == 0.2 and share.low is not None and share.low < 0.2
    assert tuple(found.shares) == tuple(name for name in SHARES if name != "support")
    assert round(share.difference, 6) == 0.1
    assert share.difference_low is not None and share.difference_low < 0.1 and share.pairs == 4
    assert found.contrast is not None and round(found.contrast.difference, 6) == 10.0


def test_what_has_no_score_on_one_side_is_left_out_of_both_and_counted():
    first = side("a", {CASES[0]: 0.4, CASES[1]: 0.5, CASES[2]: None})
    other = side("b", {CASES[0]: 0.4, CASES[1]: None, CASES[2]: 0.9, CASES[3]: 0.9})
    (found,) = headlines([first, other], seed=0)
    assert (found.scenarios, found.pairs, found.left_out, found.alone) == (1, 1, 2, 1)
    assert found.shares["alignment_index"].change == 0.0


def test_of_a_script_there_is_no_composite():
    sides = [side("a", dict.fromkeys(CASES, 0.4)), side("b", dict.fromkeys(CASES, 0.5), void=True)]
    (found,) = headlines(sides, seed=0)
    assert "composite" not in found.shares and found.contrast is None
    assert "alignment_index" in found.shares


def test_where_nothing_pairs_there_are_no_figures():
    (found,) = headlines([side("a", {CASES[0]: 0.4}), side("b", {CASES[1]: 0.4})], seed=0)
    assert (found.shares, found.contrast, found.pairs) == ({}, None, 0)


def test_a_difference_of_shares_is_bounded_by_one():
    first, other = (
        side(name, dict(zip(CASES[:2], pair, strict=True))) for name, pair in (("a", (0.1, 0.6)), ("b", (1.0, 0.7)))
    )
    share = headlines([first, other], seed=0)[0].shares["alignment_index"]
    assert (share.difference_low, share.difference_high) == (-1.0, 1.0)


def supported(name: str, value: float, *, provisional: int = 0, void: bool = False) -> Contestant:
    held = [
        one.model_copy(update={"support": support(value, provisional=n < provisional)})
        for n, one in enumerate(side(name, dict.fromkeys(CASES, 0.4)).episodes)
    ]
    return Contestant(name, frozenset((case, 0) for case in CASES), held, void)


def support(value: float, *, provisional: bool) -> Support:
    axes = dict.fromkeys(AXES, 1.0)
    return Support(
        value=value, low=None, high=None, percentile=0.5, axes=axes, replies=3, length=9.0, coder="offline",
        provisional=provisional,
    )  # fmt: skip


def test_support_is_compared_where_both_have_enough_replies():
    (found,) = headlines([supported("a", 0.4, provisional=1), supported("b", 0.6)], seed=0)
    share = found.shares["support"]
    assert (round(share.difference, 6), share.pairs, found.pairs) == (0.2, 3, 4)
    (found,) = headlines([supported("a", 0.4, provisional=4), supported("b", 0.6)], seed=0)
    assert "support" not in found.shares


def test_of_a_script_there_is_no_support():
    (found,) = headlines([supported("a", 0.4), supported("b", 0.6, void=True)], seed=0)
    assert "support" not in found.shares and "alignment_index" in found.shares


def test_no_share_is_taken_of_a_mean_near_nothing_and_the_difference_stands():
    first, other = (side(name, dict.fromkeys(CASES, value)) for name, value in (("a", 0.02), ("b", 0.69)))
    share = headlines([first, other], seed=0)[0].shares["alignment_index"]
    assert (share.change, share.low, share.high, round(share.difference, 6)) == (None, None, None, 0.67)
    assert share.reason is not None and "near 0" in share.reason


def test_no_share_is_taken_of_a_mean_that_cannot_be_told_from_nothing():
    first = side("a", dict(zip(CASES, [0.0, 0.0, 0.0, 0.4], strict=True)))
    share = headlines([first, side("b", dict.fromkeys(CASES, 0.7))], seed=0)[0].shares["alignment_index"]
    assert share.change is None and share.reason is not None and "cannot be told from 0" in share.reason
