from __future__ import annotations

import json
from pathlib import Path

import pytest

from empa_graph.cues.heads import shipped_heads
from empa_graph.errors import ContentError, UsageError
from empa_graph.models.behaviour import AXES
from empa_graph.run.calibration import calibration_for, check_calibration, load_calibration, residuals
from empa_graph.scoring.correction import Residual
from empa_graph.store.folder import load_run
from tests.command import empa
from tests.rated_parts import rated, ratings_file, written


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A calibration of the offline evaluator, and a run that it judged."""
    folder = tmp_path_factory.mktemp("calibrated")
    file, out = ratings_file(folder / "ratings.jsonl"), folder / "cal.json"
    assert empa("calibrate", file, "--rating", "warm", "--scale", "1,5", "--out", out).code == 0
    words = ("night_nurse/call_home", "--empathic", "scripted:generic", "--max-turns", 2)
    assert empa("run", *words, "--out", folder / "run", "--json").code == 0
    return folder


def test_a_calibration_is_for_a_run_of_the_same_evaluator_whenever_it_stops(place: Path):
    found = calibration_for(place / "cal.json", load_run(place / "run"), place / "run")
    both = {name: found.corrections[name] for name in ("composite", "support")}
    assert residuals(found) == {name: Residual(one.mean, one.sd, one.n) for name, one in both.items()}


@pytest.mark.parametrize("name", ["evaluator", "rubric sdt", "prompt behaviours_judge.md", "heads cues", "empa-graph"])
def test_a_stale_calibration_is_refused_and_one_line_says_what_changed(place: Path, tmp_path: Path, name: str):
    stale = json.loads((place / "cal.json").read_text(encoding="utf-8"))
    stale["stands_on"][name] = "something else"
    file = tmp_path / "stale.json"
    file.write_text(json.dumps(stale), encoding="utf-8")
    with pytest.raises(UsageError) as error:
        calibration_for(file, load_run(place / "run"), place / "run")
    line = str(error.value)
    assert line.startswith(f"{file}: made for something else: {name} was something else and is ") and "\n" not in line


def test_a_run_that_other_heads_coded_is_told_by_its_manifest(place: Path):
    made = load_run(place / "run")
    assert made.hashes["heads:cues"] == shipped_heads().sha256
    other = made.model_copy(update={"hashes": made.hashes | {"heads:cues": "f" * 64}})
    with pytest.raises(UsageError, match=r"made for something else: heads cues was [0-9a-f]+ and is ffff"):
        calibration_for(place / "cal.json", other, place / "run")


def test_another_judge_is_another_evaluator(place: Path):
    found = load_calibration(place / "cal.json")
    with pytest.raises(UsageError, match="evaluator was cues and is judge"):
        check_calibration(found, found.stands_on | {"evaluator": "judge", "judges": "openai:x"}, "cal.json")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"rating": "warm"}', '{"kind": "something"}', "\x00"])
def test_what_is_no_calibration_is_one_line(tmp_path: Path, content: str):
    file = tmp_path / "cal.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ContentError, match=r"^[^\n]*cal.json: no calibration file \([^\n]*\)$"):
        load_calibration(file)
    with pytest.raises(ContentError, match="cannot be read"):
        load_calibration(tmp_path / "none.json")


def test_weights_are_fitted_on_single_replies_and_correct_no_mean_over_conversations(place: Path, tmp_path: Path):
    rows = [rated(number, number % 5) for number in range(20)]
    file, out = written(tmp_path / "turns.jsonl", *({**row, "turn": 5} for row in rows)), tmp_path / "turns.json"
    assert empa("calibrate", file, "--rating", "warm", "--scale", "1,5", "--out", out).code == 0
    found = load_calibration(out)
    assert found.fitted is not None and set(found.fitted.weights) <= {f"support.axes.{axis}" for axis in AXES}
    assert len(found.fitted.weights) > 3
    with pytest.raises(UsageError, match="made for something else: unit was reply and is conversation"):
        calibration_for(out, load_run(place / "run"), place / "run")
