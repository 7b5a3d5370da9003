"""A run that was left before its end says so wherever it is looked at, and decides nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from empa_graph.run.home import own_key
from empa_graph.store.folder import RunFolder
from empa_graph.store.ledger import Store
from tests.command import empa

SCENARIOS = ("exam_student/reduce_stress", "night_nurse/call_home", "startup_founder/repair_cofounder")
RUN = ("run", *SCENARIOS, "--empathic", "scripted:expert", "--max-turns", 3, "--out")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run that was played to its end and one of which two episodes are left."""
    place = tmp_path_factory.mktemp("suspended")
    assert empa(*RUN, place / "whole").code == 0
    left(place / "whole", place / "part")
    return place


def left(whole: Path, part: Path) -> Path:
    """Make a run of the plan of ``whole`` that has played the first episode."""
    with (
        Store.open(f"sqlite:///{whole}/run.db") as store,
        RunFolder(part, store.run, key=own_key(make=True)) as folder,
    ):
        folder.add(next(store.episodes()))
        folder.store.seal()
    return part


def told(place: Path) -> str:
    return f"suspended: 2 of 3 episodes are left to play; go on with: empa resume {place / 'part'}"


@pytest.mark.parametrize(
    "words",
    [
        lambda place: ("show", place / "part"),
        lambda place: ("runs", place),
        lambda place: ("report", place / "part", "--out", place / "part.html", "--force"),
        lambda place: ("gate", place / "whole", place / "part"),
    ],
)
def test_every_command_says_that_a_run_is_suspended_and_how_to_go_on(
    runs: Path, words: Callable[[Path], tuple[object, ...]]
):
    printed = " ".join(empa(*words(runs)).out.split())
    assert told(runs) in printed
    assert f"empa resume {runs / 'whole'}" not in printed


def test_a_gate_on_a_run_of_which_nothing_was_played_shows_no_empty_table(runs: Path, tmp_path: Path):
    whole = f"sqlite:///{runs / 'whole'}/run.db"
    with Store.open(whole) as store, RunFolder(tmp_path / "none", store.run, key=own_key(make=True)) as folder:
        folder.store.seal()
    done = empa("gate", runs / "whole", tmp_path / "none", "--summary", tmp_path / "gate.md")
    assert (done.code, "played to its end" in done.out, "worst scenarios" in done.out) == (4, True, False)
    assert "### Worst" not in (tmp_path / "gate.md").read_text(encoding="utf-8")


def test_a_suspended_run_is_named_in_json_and_in_the_page(runs: Path):
    assert json.loads(empa("show", runs / "part", "--json").out)["suspended"] == told(runs)
    assert json.loads(empa("show", runs / "whole", "--json").out)["suspended"] is None
    listed = json.loads(empa("runs", runs, "--json").out)["runs"]
    assert {Path(row["run"]).name: row["suspended"] for row in listed} == {"whole": None, "part": told(runs)}
    page = json.loads(empa("report", runs / "part", "--json").out)
    assert page["runs"][0]["suspended"] == told(runs) and any(told(runs) in note for note in page["notes"])


@pytest.mark.parametrize("sides", [("whole", "part"), ("part", "whole")])
def test_a_gate_on_a_suspended_run_is_undecided_and_does_not_fail_on_coverage(runs: Path, sides: tuple[str, str]):
    done = empa("gate", *(runs / side for side in sides), "--json")
    found = json.loads(done.out)
    assert (done.code, found["verdict"]) == (4, "undecided")
    which = "candidate" if sides[1] == "part" else "baseline"
    assert [row["says"] for row in found["findings"]] == [
        f"the {which} is suspended, with 2 of 3 episodes left to play"
    ]
    assert found["suspended"] == [f"{runs / 'part'}: {told(runs)}"]


def test_a_single_suspended_run_is_undecided_but_for_scenarios_that_were_played(runs: Path, tmp_path: Path):
    policy, summary = tmp_path / "gate.yaml", tmp_path / "gate.md"
    policy.write_text("rules: [{metric: coverage, floor: 0.9}]\n", encoding="utf-8")
    words = ("gate", runs / "part", "--policy", policy, "--summary", summary)
    assert empa(*words).code == 4
    assert "the run is suspended" in summary.read_text(encoding="utf-8")
    done = empa(*words, "--scenario", SCENARIOS[0])
    assert done.code == 0 and "suspended" not in done.out


@pytest.mark.parametrize("form", ["jsonl", "every-eval-ever"])
def test_an_export_says_how_many_episodes_it_lacks(runs: Path, tmp_path: Path, form: str):
    done = empa("export", runs / "part", "--format", form, "--out", tmp_path / "part")
    assert (done.code, f"empa: 1 of 3 episodes have ended; {told(runs)}\n" in done.err) == (0, True)
    done = empa("export", runs / "whole", "--format", form, "--out", tmp_path / "whole")
    assert done.code == 0 and "have ended" not in done.err


def test_what_is_told_goes_on_with_the_run_which_then_is_whole(runs: Path, tmp_path: Path):
    part = left(runs / "whole", tmp_path / "part")
    assert empa("resume", part).code == 0
    assert json.loads(empa("show", part, "--json").out)["suspended"] is None


@pytest.mark.parametrize("words", [("report",), ("plot", "progress", "--out", "p.svg")])
def test_a_report_in_which_nothing_has_ended_says_in_a_line_how_to_go_on(
    words: tuple[str, ...], runs: Path, tmp_path: Path
) -> None:
    with Store.open(f"sqlite:///{runs}/whole/run.db") as store, RunFolder(tmp_path / "none", store.run):
        done = empa(words[0], *words[1:2], tmp_path / "none", *words[2:])
    assert (done.code, done.out) == (2, "")
    nothing = "empa: nothing to report: none of 3 planned episodes has ended; "
    assert done.err == f"{nothing}still being played: 3 of 3 episodes are left to play\n"
    done = empa(words[0], *words[1:2], tmp_path / "none", *words[2:])
    assert (done.code, done.err) == (2, f"{nothing}go on with: empa resume {tmp_path / 'none'}\n")
