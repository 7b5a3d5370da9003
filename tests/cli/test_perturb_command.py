from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.console import Console

from empa_graph.cli.perturb_command import perturb_run, shift_table
from empa_graph.errors import UsageError
from empa_graph.run.place import RunPlace
from empa_graph.study.perturb.shifts import Shift
from tests.command import empa
from tests.records import config
from tests.roles.judging import coding
from tests.stub_server import stub_in_thread

OFFLINE = config()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two short episodes."""
    folder = tmp_path_factory.mktemp("perturb") / "run"
    words = ("--empathic", "scripted:template", "--max-turns", 3, "--out", folder, "--json")
    assert empa("run", "night_nurse/call_home", "exam_student/reduce_stress", *words).code == 0
    return folder


def perturbed(capsys: pytest.CaptureFixture[str], run: Path, **words: Any) -> dict[str, Any]:
    perturb_run(RunPlace(str(run)), words.pop("config", OFFLINE), as_json=True, **words)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def rows(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {f"{row['kind']} {row['variant']}": row for row in found["perturbations"]}


def test_every_reply_is_paired_with_every_perturbation_beside_the_papers_figures(capsys, run: Path):
    found = perturbed(capsys, run)
    by_name = rows(found)
    assert (found["replies"], found["rubric"], found["evaluator"]) == (6, "sdt", "cues")
    assert {name: row["pairs"] for name, row in by_name.items()} == {
        "flip priorities": 6,
        "flip card": 6,
        "sycophancy all": 18,
        "sycophancy pure_empathy": 6,
        "sycophancy self_empowerment": 6,
        "sycophancy jargon": 6,
    }
    assert by_name["flip card"]["paper"] == {"decrease": 0.725, "tie": 0.032}


def test_the_table_shows_shift_rates_and_interval(capsys, run: Path):
    perturb_run(RunPlace(str(run)), OFFLINE)
    out = " ".join(capsys.readouterr().out.split())
    assert "6 replies, evaluator cues, rubric sdt" in out
    assert "priorities" in out and "72.5%" in out and "81.6%" in out and "[" in out


@pytest.mark.parametrize("width", [30, 60, 80, 120])
def test_no_number_of_the_table_is_cut_at_any_width(width: int):
    ends = {"shift": -0.041, "low": -0.07, "high": -0.014, "p_value": 0.0312, "decrease": 0.667, "tie": 0.333}
    row = Shift(kind="flip", variant="priorities", pairs=18, scenarios=6, dropped={}, increase=0.0, **ends)
    out = io.StringIO()
    for part in shift_table([row], "18 replies", width=width):
        Console(file=out, width=width, highlight=False).print(part)
    said = " ".join(out.getvalue().split())
    assert "…" not in said and "priorities" in said
    assert all(number in said for number in ("18", "-0.041", "-0.070", "-0.014", "0.0312", "66.7%", "33.3%", "72.5%"))


def test_the_same_seed_gives_the_same_figures(capsys, run: Path):
    one, two, other = (perturbed(capsys, run, seed=seed) for seed in (1, 1, 2))
    assert one == two and one != other


def test_a_kind_and_a_limit_are_kept_to(capsys, run: Path):
    found = perturbed(capsys, run, kinds=["flip"], limit=2)
    assert set(rows(found)) == {"flip priorities", "flip card"}
    assert rows(found)["flip card"]["scenarios"] == 2


def test_the_epm_evaluator_brings_its_rubric_to_a_run_of_another(capsys, run: Path):
    found = perturbed(capsys, run, config=config(evaluator="epm"), kinds=["flip"])
    assert found["rubric"] == "epm"
    assert rows(found)["flip card"]["pairs"] == 6


def test_a_model_judges_both_sides_of_every_pair(capsys, run: Path):
    with stub_in_thread(coding()) as stub:
        judged = config(evaluator="judge", judges=["stub-model"], judge_base_url=stub.url)
        found = perturbed(capsys, run, config=judged, kinds=["flip"], limit=2)
        assert stub.count >= 6
    assert rows(found)["flip card"]["tie"] == 1.0
    assert (found["evaluator"], found["judges"]) == ("judge", ["stub-model"])


def test_a_judge_without_a_valid_answer_leaves_no_number_and_exit_code_1(capsys, run: Path):
    with stub_in_thread("Rather warm, I would say.") as stub:
        judged = config(evaluator="judge", judges=["stub-model"], judge_base_url=stub.url)
        with pytest.raises(typer.Exit) as ended:
            perturb_run(RunPlace(str(run)), judged, kinds=["flip"], limit=1)
    out = " ".join(capsys.readouterr().out.split())
    assert ended.value.exit_code == 1
    assert "flip card: 1 pair without a number: judge_invalid" in out


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ({"kinds": ["flop"]}, "--kind: unknown perturbation 'flop'. Did you mean 'flip'?"),
        ({"config": config(rubric="epn")}, "unknown rubric 'epn'. Did you mean 'epm'?"),
        ({"limit": 0}, "--limit is 0, allowed is 1 or more"),
        ({"config": config(evaluator="judge")}, "--evaluator judge needs --judge MODEL"),
    ],
)
def test_a_wrong_word_is_one_line(run: Path, words: dict[str, Any], line: str):
    with pytest.raises(UsageError, match=r"^[^\n]+$") as error:
        perturb_run(RunPlace(str(run)), words.pop("config", OFFLINE), **words)
    assert line in str(error.value)


def test_a_folder_without_a_run_is_one_line(tmp_path: Path):
    with pytest.raises(UsageError, match=r"no run here"):
        perturb_run(RunPlace(str(tmp_path)), OFFLINE)


def test_a_run_without_a_reply_is_one_line(tmp_path: Path):
    out = tmp_path / "silent"
    empa("run", "night_nurse/call_home", "--empathic", "scripted:silent", "--max-turns", 2, "--out", out, "--json")
    with pytest.raises(UsageError, match="no judged reply to perturb"):
        perturb_run(RunPlace(str(out)), OFFLINE)
