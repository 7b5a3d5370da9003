from __future__ import annotations

import json
from pathlib import Path

import pytest

from empa_graph.store.folder import RunFolder, episodes, load_run
from tests.command import SCENARIO, empa

INDICES = ("RDI", "Etot", "Snet", "rho", "Sproj", "tau", "Rpos", "Align", "Pen")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("epm") / "run"
    done = empa("run", SCENARIO, "--evaluator", "epm", "--empathic", "scripted:generic", "--out", out, "--noise", 0)
    assert done.code == 0, done.err
    return out


def test_a_run_by_epm_reports_both_families_under_both_definitions(played: Path):
    done = empa("show", played)
    assert all(heading in done.out for heading in ("composite", "EPM-Q", "outcome", "efficiency", *INDICES))
    assert done.out.count("published") == done.out.count("paper") == 1


def test_the_manifest_says_what_judged_by_which_rubric(played: Path):
    run = load_run(played)
    assert (run.config.evaluator.name, run.rubric, run.config.evaluator.judges, run.max_turns) == ("epm", "epm", (), 45)
    (episode,) = episodes(played)
    assert (episode.evaluator, episode.rubric) == ("cues", "epm")
    assert episode.latent.dimensions == ("cognitive", "affective", "proactive")


def test_the_summary_for_programs_holds_nine_indices_and_three_dimensions(played: Path):
    (variant,) = json.loads(empa("show", played, "--json").out)["variants"]
    assert set(variant["epmq"]) == {"published", "paper"}
    assert len(variant["epmq"]["published"]) == 13


def test_a_replay_without_changes_comes_out_as_recorded(played: Path):
    done = empa("replay", played)
    assert (done.code, "1 of 1 end at the same turn" in done.out) == (0, True)


def test_a_counterfactual_replay_leaves_the_exit_code_alone(played: Path):
    done = empa("replay", played, "--stop", "paper", "--profile", "1,0,0", "--json")
    (episode,) = json.loads(done.out)["episodes"]
    assert done.code == 0
    assert episode["replayed"]["score"]["profile"] == "1,0,0"
    assert episode["replayed"]["score"]["epmq"] == episode["recorded"]["score"]["epmq"]


def test_a_replay_that_comes_out_otherwise_fails(played: Path, tmp_path: Path):
    (episode,) = episodes(played)
    with RunFolder(tmp_path / "run", load_run(played)) as folder:
        folder.add(episode.model_copy(update={"ending": "oscillated"}))
    done = empa("replay", tmp_path / "run")
    assert (done.code, "0 of 1 end" in done.out) == (1, True)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--stop", "papr"), "--stop: unknown stop profile 'papr'. Did you mean 'paper'?"),
        (("--alpha", "1.5"), "--alpha is 1.5, allowed is above 0 and below 1"),
        (("--profile", "deep"), "--profile: unknown weight profile 'deep'. Did you mean 'deep_rapport'?"),
        (("--rubric", "sdd"), "unknown rubric 'sdd'"),
    ],
)
def test_a_wrong_counterfactual_is_one_line(played: Path, words: tuple[str, ...], line: str):
    done = empa("replay", played, *words)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert line in done.err


def test_rules_of_energy_are_not_for_a_rubric_that_stops_by_radius(tmp_path: Path):
    out = tmp_path / "sdt"
    empa("run", SCENARIO, "--empathic", "scripted:template", "--max-turns", 3, "--out", out)
    done = empa("replay", out, "--alpha", "0.2")
    assert (done.code, "rubric 'sdt' stops by radius" in done.err) == (2, True)


def test_every_k_th_turn_is_for_a_judge(tmp_path: Path):
    done = empa("run", SCENARIO, "--judge-every", 3, "--empathic", "scripted:silent", "--out", tmp_path / "x")
    assert (done.code, "--judge-every is for a judge" in done.err) == (2, True)


def test_a_director_steers_a_run_and_its_calls_are_logged(tmp_path: Path):
    out = tmp_path / "run"
    words = ("--empathic", "scripted:expert-then-comfort@0.5", "--director", "rules", "--max-turns", 12, "--out", out)
    assert empa("run", SCENARIO, *words).code == 0
    (episode,) = episodes(out)
    assert load_run(out).config.director == "rules"
    assert {directive.author for directive in episode.directives} == {"director"}
    assert all(directive.reason for directive in episode.directives)
