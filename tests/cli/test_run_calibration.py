"""A run names the calibration that its means are corrected by, and has its anchors judged again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from empa_graph.scoring.correction import Residual, corrected_estimate
from empa_graph.store.folder import episodes, load_run
from tests.command import Outcome, empa
from tests.rated_parts import ratings_file
from tests.sensible_answers import message_for
from tests.stub_server import StubServer, said, stub_in_thread

SCENARIOS = ("exam_student/reduce_stress", "night_nurse/call_home", "farm_heir/drought_debt")
BEGIN = ("--rating", "warm", "--scale", "1,5")


def played(out: Path, *words: object) -> Outcome:
    return empa("run", *SCENARIOS, "--empathic", "scripted:template", "--max-turns", 3, "--out", out, *words)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Versions of a calibration of the offline evaluator, the ratings behind it, and a run that names version 1."""
    folder = tmp_path_factory.mktemp("named")
    ratings_file(folder / "ratings.jsonl")
    done = empa("calibrate", folder / "ratings.jsonl", *BEGIN, "--update", folder / "v.jsonl")
    assert (done.code, done.err) == (0, "")
    words = ("--calibration", f"{folder / 'v.jsonl'}@1", "--anchors", folder / "ratings.jsonl")
    done = played(folder / "run", *words)
    assert (done.code, done.err) == (0, "")
    assert "anchorsjudgedagain:compositeheld:+0.00" in "".join(done.out.split())
    return folder


def test_the_manifest_keeps_the_version_its_hash_and_no_folder(made: Path) -> None:
    run = load_run(made / "run")
    line = json.loads((made / "v.jsonl").read_text())
    assert run.calibration is not None and run.config.evaluator.calibration is None
    assert (run.calibration.file, run.calibration.version) == ("v.jsonl", 1)
    assert run.calibration.corrections["composite"].mean == line["calibration"]["corrections"]["composite"]["mean"]
    assert str(made) not in run.model_dump_json()


def test_the_corrected_mean_is_that_of_the_gates_formula(made: Path) -> None:
    (variant,) = json.loads(empa("show", made / "run", "--json").out)["variants"]
    run = load_run(made / "run")
    assert run.calibration is not None
    one = run.calibration.corrections["composite"]
    scored = [(e.score.composite, e.scenario) for e in episodes(made / "run") if e.score]
    people = Residual(one.mean, one.sd, one.n)
    wanted = corrected_estimate([v for v, _ in scored], [s for _, s in scored], people, within=(0.0, 100.0))
    assert variant["corrected"]["composite"]["mean"] == pytest.approx(wanted.mean)
    assert variant["corrected"]["composite"]["mean"] != variant["metrics"]["composite"]["mean"]


def test_summary_report_and_audit_name_it(made: Path, tmp_path: Path) -> None:
    run = load_run(made / "run")
    assert run.calibration is not None
    name = "".join(run.calibration.name.split())
    for words in (("show", made / "run"), ("report", made / "run", "--json"), ("audit", made / "run", "--json")):
        shown = "".join(empa(*words).out.split())
        assert name in shown and "correctedbypeople" in shown, words


def test_a_run_without_one_stays_comparable_and_compare_says_what_differs(made: Path, tmp_path: Path) -> None:
    assert played(tmp_path / "bare").code == 0
    found = json.loads(empa("diff", tmp_path / "bare", made / "run", "--json").out)
    assert found["comparable"]
    (one,) = (row for row in found["other"] if row["field"] == "calibration")
    assert one["left"] is None and one["right"].startswith("v.jsonl, version 1,")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--calibration", "none.json"), "none.json"),
        (("--calibration", "{}/v.jsonl@9"), "has versions 1 to 1"),
        (("--calibration", "{}/v.jsonl", "--evaluator", "epm"), "made for something else: "),
        (("--anchors", "{}/ratings.jsonl"), "--anchors goes with --calibration"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_played(
    made: Path, tmp_path: Path, words: tuple[str, ...], why: str
) -> None:
    done = played(tmp_path / "run", *(word.format(made) for word in words))
    assert done.code == 2 and why in " ".join(done.err.split())
    assert not (tmp_path / "run").exists()


class Mood:
    """Whether the stubbed judge finds anything in a reply."""

    blind = False


@pytest.fixture
def server() -> Iterator[StubServer]:
    def judged(body: Mapping[str, Any]) -> Any:
        found = json.loads(message_for(body, "judge")["content"])
        for one in found.values() if Mood.blind else ():
            one.update({name: 0 if isinstance(value, int) else "" for name, value in one.items()})
        return said(json.dumps(found))

    with stub_in_thread(choose=judged) as stub:
        yield stub


def test_a_judge_that_changed_under_its_name_is_told_stored_and_not_comparable(
    server: StubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = ("--evaluator", "judge", "--judge", "stub")
    ratings, file = ratings_file(tmp_path / "r.jsonl"), tmp_path / "v.jsonl"
    base = ("--base-url", server.url)
    assert empa("calibrate", ratings, *BEGIN, *judge, *base, "--update", file).code == 0
    words = ("--judge-base-url", server.url, *judge, "--calibration", file, "--anchors", ratings)
    same = played(tmp_path / "same", *words)
    assert same.code == 0 and "anchors" not in same.err
    monkeypatch.setattr(Mood, "blind", True)
    other = played(tmp_path / "other", *words)
    assert other.code == 0 and "empa: anchors judged again" in other.err
    drift = load_run(tmp_path / "other").calibration.drift  # type: ignore[union-attr]
    assert "drifted" in {one.verdict for one in drift or ()}
    found = json.loads(empa("diff", tmp_path / "same", tmp_path / "other", "--json").out)
    assert [one["field"] for one in found["blocking"]] == ["calibration.drift"]
