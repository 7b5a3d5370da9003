from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from empa_graph.content.library import load_rubric
from empa_graph.empa_import.cards import stated_levels
from empa_graph.empa_import.import_report import Missing
from empa_graph.empa_import.published_replay import Replayed, ending, judged_every, replayed
from empa_graph.empa_import.results import recording
from empa_graph.errors import ContentError
from tests.empa_import.files import GOOD, LEVELS, START, entry, history, result, write_result

NINE = stated_levels("x", dict(LEVELS))


def played(tmp_path: Path, turns: int = 2, missing: Missing = "failure", **changes: Any) -> Replayed:
    read = recording(write_result(tmp_path, result(turns, **changes)))
    return replayed(
        read,
        scenario="script_007/story",
        agent="model-a",
        levels=NINE,
        rubric=load_rubric("epm"),
        missing=missing,
    )


def test_the_path_starts_at_the_deficit_and_moves_by_the_recorded_levels(tmp_path: Path):
    latent = played(tmp_path).episode.latent
    assert latent.positions == (START, (-7.0, -5.0, -12.0), (-6.0, -2.0, -14.0))
    assert latent.radius == pytest.approx(0.1 * 228**0.5)


def test_an_episode_is_scored_by_the_trio_and_by_both_definitions_of_epmq(tmp_path: Path):
    episode = played(tmp_path).episode
    assert episode.score is not None
    assert set(episode.score.epmq) == {"published", "paper"}
    assert episode.score.alignment == pytest.approx(24 / 228**0.5 / 56**0.5)
    assert (episode.agent, episode.variant, episode.evaluator, episode.voice) == (
        "model-a",
        "model-a",
        "recorded",
        "recorded",
    )


def test_a_judgement_that_never_arrived_is_a_failure_and_not_a_zero(tmp_path: Path):
    found = played(tmp_path, trajectory=[entry(1), entry(2, {})])
    assert found.episode.latent.steps[1].increment is None
    assert [(fault.turn, fault.kind) for fault in found.episode.faults] == [(2, "not_recorded")]
    assert found.episode.score is not None
    assert found.episode.score.coverage == 0.5
    assert found.account.not_recorded == 1


def test_it_is_a_zero_where_that_is_asked_for_and_counted_all_the_same(tmp_path: Path):
    found = played(tmp_path, missing="zero", trajectory=[entry(1)])
    assert found.episode.latent.steps[1].increment == (0.0, 0.0, 0.0)
    assert found.episode.faults == ()
    assert found.account.not_recorded == 1


@pytest.mark.parametrize("misspelt", [False, True])
def test_a_level_that_is_missing_is_a_zero_by_itself_and_the_others_of_the_turn_stay(tmp_path: Path, misspelt: bool):
    partial: dict[str, Any] = {name: level for name, level in GOOD.items() if name != "A_Prog_level"}
    partial |= {"A_Prgo_level": 2} if misspelt else {}
    found = played(tmp_path, 1, missing="zero", trajectory=[entry(1, partial)])
    assert found.episode.latent.steps[0].increment == (1.0, 0.0, -2.0)
    assert found.account.not_recorded == 1
    assert played(tmp_path, 1, trajectory=[entry(1, partial)]).episode.faults[0].kind == "not_recorded"


def test_the_recorded_distance_is_that_to_the_zone_and_not_to_the_origin(tmp_path: Path):
    # From (-7, -5, -12) to the zone of -1: the root of 36 + 16 + 121.
    compared = played(tmp_path, 1, trajectory=[entry(1, distance=13.15)]).account.comparison
    assert (compared["distance"].compared, compared["distance"].different) == (1, 0)


def test_a_recording_without_any_judgement_has_no_score(tmp_path: Path):
    episode = played(tmp_path, trajectory=[]).episode
    assert episode.score is None
    assert episode.unscored == "no turn was judged"
    assert len(episode.faults) == 2


def test_turns_between_regular_judgements_were_not_due(tmp_path: Path):
    steps = played(tmp_path, 7, trajectory=[entry(3), entry(6), entry(7)]).episode.latent.steps
    assert [step.due for step in steps] == [False, False, True, False, False, True, True]


@pytest.mark.parametrize(
    ("turns", "last", "every"),
    [
        ((1, 2, 3), 3, 1),
        ((3, 6, 9), 10, 3),
        ((3, 6, 7), 7, 3),
        ((3, 9, 12), 12, 3),
        ((2, 3, 7), 9, 1),
        ((3, 7), 7, 1),
        ((12,), 12, 1),
        ((), 4, 1),
    ],
)
def test_judgements_are_regular_where_their_turns_are_multiples(turns: tuple[int, ...], last: int, every: int):
    assert judged_every(turns, last) == every


@pytest.mark.parametrize(
    ("reason", "named"),
    [
        ("success_geometric", "success_geometric"),
        ("EPM: SUCCESS (positional)", "success_positional"),
        ("failure_collapse", "collapsed"),
        ("failure_oscillation", "oscillated"),
        ("Max turns", "max_turns"),
        ("success", "recorded"),
        ("no collapse and no oscillation", "recorded"),
        ("collapse " * 20, "recorded"),
        ("", "recorded"),
    ],
)
def test_an_ending_is_what_the_reason_names_alone(reason: str, named: str):
    assert ending(reason) == named


def noted(**changes: Any) -> dict[str, Any]:
    """What a faithful recording notes of one turn with `GOOD` from (-8, -8, -10), hand-computed."""
    epm = {"delta_E": 0.79, "alignment": 0.2124, "E_total": 0.79, "P_norm": 14.76, "projection": -14.31}
    return {"P_t": [-7, -5, -12], "v_t": [1, 3, -2], "distance": 13.15, "epm": epm, **changes}


def test_a_faithful_recording_differs_in_nothing(tmp_path: Path):
    start = {"turn": 0, "P_t": {"C": -8, "A": -8, "P": -10}, "epm": {"E_total": 0.0, "P_norm": 15.1}}
    compared = played(tmp_path, 1, trajectory=[start, entry(1, **noted())]).account.comparison
    assert {name: one.different for name, one in compared.items()} == dict.fromkeys(compared, 0)
    assert compared["P_t"].compared == 2
    assert set(compared) == {
        "P_t", "v_t", "distance", "delta_E", "alignment", "E_total", "P_norm", "projection", "total_turns"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "changes", "largest"),
    [
        ("P_t", {"P_t": [-7, -5, -10]}, 2.0),
        ("v_t", {"v_t": [1, 3, 0]}, 2.0),
        ("distance", {"distance": 14.15}, 1.0),
        ("delta_E", {"epm": {"delta_E": 0.29}}, 0.5),
        ("delta_E", {"epm": {"delta_E": float("nan")}}, 0.0),
        ("E_total", {"epm": {"E_total": float("inf")}}, 0.0),
        ("P_norm", {"epm": {"P_norm": 10**400}}, 0.0),
    ],
)
def test_what_is_recorded_otherwise_is_counted(tmp_path: Path, name: str, changes: Any, largest: float):
    compared = played(tmp_path, 1, trajectory=[entry(1, **noted(**changes))]).account.comparison
    assert (compared[name].compared, compared[name].different) == (1, 1)
    assert compared[name].largest == pytest.approx(largest)


def test_an_ending_that_no_rule_gives_is_counted(tmp_path: Path):
    found = played(tmp_path, termination_reason="success_geometric")
    assert found.episode.ending == "success_geometric"
    assert found.account.comparison["ending"].different == 1


@pytest.mark.parametrize(("stated", "largest"), [(5, 3.0), (10**400, 0.0)])
def test_turns_that_the_dialogue_does_not_have_are_counted(tmp_path: Path, stated: int, largest: float):
    compared = played(tmp_path, total_turns=stated).account.comparison["total_turns"]
    assert (compared.different, compared.largest) == (1, largest)


def test_a_judgement_after_the_dialogue_still_counts_as_a_turn(tmp_path: Path):
    found = played(tmp_path, 2, history=history(1))
    assert len(found.episode.latent.steps) == 2
    assert found.episode.turns == 1


def test_after_a_missing_judgement_positions_are_compared_from_where_the_path_stood(tmp_path: Path):
    trajectory = [entry(1, **noted()), entry(2, None, **noted(v_t=[0, 0, 0])), entry(3, GOOD, P_t=[-6, -2, -14])]
    compared = played(tmp_path, 3, trajectory=trajectory).account.comparison
    assert (compared["P_t"].compared, compared["P_t"].different) == (3, 0)
    assert compared["v_t"].compared == 1


def test_a_start_without_a_deficit_is_refused(tmp_path: Path):
    read = recording(write_result(tmp_path, result()))
    with pytest.raises(ContentError, match="no deficit"):
        replayed(read, scenario="x/y", agent="a", levels=dict.fromkeys(NINE, 0), rubric=load_rubric("epm"))
