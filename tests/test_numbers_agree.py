"""One run has one set of figures: list, table, report, plot data, dossier, viewer and exports show the same numbers."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from empa_graph.run.home import opened
from empa_graph.run.result import framed
from tests.command import empa

pytest.importorskip("vl_convert")
pytest.importorskip("starlette")

MEANS = ("composite", "progress", "support", "alignment_index", "impact_index", "stability_index")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("agree") / "runs"
    words = ("exam_student", "night_nurse", "--empathic", "scripted:expert-then-advice@0.5")
    variants = ("--variant", "baseline", "--variant", "aligned", "--max-turns", "8")
    done = empa("run", *words, *variants, "--out", folder / "one")
    assert done.code == 0, done.err
    return folder / "one"


def printed(*words: object) -> Any:
    done = empa(*words, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


@pytest.fixture(scope="module")
def shown(played: Path) -> dict[str, Any]:
    """What `empa show` prints of the run: the summary, which the others are held to."""
    return printed("show", played)


def figures(summary: dict[str, Any]) -> dict[str, Any]:
    return {name: summary["metrics"][name] for name in MEANS} | {
        name: summary[name] for name in ("variant", "planned", "scored", "coverage")
    }


def test_the_report_and_the_dossier_have_the_means_and_intervals_of_the_summary(played: Path, shown: dict[str, Any]):
    wanted = [figures(variant) for variant in shown["variants"]]
    report, dossier = printed("report", played), printed("audit", played)["figures"]
    for page in (report, dossier):
        found = [figures(entrant["summary"]) for entrant in page["entrants"]]
        assert sorted(found, key=lambda one: one["variant"]) == sorted(wanted, key=lambda one: one["variant"])
    assert report["verdict"] == dossier["verdict"]


def test_the_list_of_runs_has_the_figures_of_the_summary(played: Path, shown: dict[str, Any]):
    rows = {row["variant"]: row for row in printed("runs", played.parent)["runs"]}
    assert set(rows) == {variant["variant"] for variant in shown["variants"]} == {"baseline", "aligned"}
    for variant in shown["variants"]:
        row = rows[variant["variant"]]
        assert {name: row["metrics"][name] for name in row["metrics"]} == {
            name: variant["metrics"][name] for name in row["metrics"]
        }
        assert (row["planned"], row["scored"], row["coverage"]) == (
            variant["planned"],
            variant["scored"],
            variant["coverage"],
        )
        assert {"composite", "support"} <= row["metrics"].keys()


def test_each_conversation_has_the_same_figures_everywhere(played: Path, shown: dict[str, Any]):
    from tests.viewer_parts import client, only_key

    listed = {one["number"]: one for one in shown["episodes"]}
    report = {one["number"]: one for one in printed("report", played)["episodes"]}
    found = client(played)
    lines = found.get(f"/api/runs/{only_key(found)}/episodes").json()["episodes"]
    viewer = {one["number"] + 1: one for one in lines}
    assert listed.keys() == report.keys() == viewer.keys() and len(listed) == 12
    for number, one in listed.items():
        assert report[number]["values"]["composite"] == one["composite"]
        assert viewer[number]["composite"] == pytest.approx(one["composite"])
        assert report[number]["turns"] == viewer[number]["turns"] == one["turns"]
        assert report[number]["ending"] == one["ending"]
        assert report[number]["values"]["progress"] == pytest.approx(one["by_turn"]["progress"][-1], abs=1.0)


def test_the_page_shows_what_the_summary_says(played: Path, shown: dict[str, Any], tmp_path: Path):
    from tests.viewer_parts import client, only_key

    assert empa("report", played, "--out", tmp_path / "page.html").code == 0
    found = client(played)
    pages = ((tmp_path / "page.html").read_text(encoding="utf-8"), found.get(f"/runs/{only_key(found)}").text)
    for variant in shown["variants"]:
        composite = variant["metrics"]["composite"]
        for page in pages:
            assert f"{composite['mean']:.1f}" in page
            assert f"[{composite['low']:.1f}, {composite['high']:.1f}]" in page


def test_the_comparison_in_shares_is_that_of_the_report(played: Path):
    told = printed("compare", played)
    (headline,) = printed("report", played)["headlines"]
    (against,) = told["against_first"]
    assert against["shares"] == headline["shares"] and against["pairs"] == headline["pairs"]


@pytest.fixture(scope="module")
def exported(played: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run in every format."""
    folder = tmp_path_factory.mktemp("exported")
    for name in ("jsonl", "csv", "parquet", "inspect", "every-eval-ever"):
        done = empa("export", played, "--format", name, "--out", folder / name)
        assert done.code == 0, done.err
    return folder


def means(rows: Iterable[tuple[str, str, float]]) -> dict[str, float]:
    """Return the mean over scenarios by variant, of rows of (variant, scenario, value)."""
    held: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for variant, scenario, value in rows:
        held[variant][scenario].append(value)
    return {
        variant: sum(sum(values) / len(values) for values in scenarios.values()) / len(scenarios)
        for variant, scenarios in held.items()
    }


def composites(shown: dict[str, Any]) -> dict[str, float]:
    return {variant["variant"]: variant["metrics"]["composite"]["mean"] for variant in shown["variants"]}


def test_records_of_every_eval_ever_have_the_means_and_intervals_of_the_summary(shown: dict[str, Any], exported: Path):
    wanted = {variant["variant"]: variant for variant in shown["variants"]}
    paths = sorted((exported / "every-eval-ever").rglob("*.json"))
    assert len(paths) == len(wanted) == 2
    for path in paths:
        record = json.loads(path.read_text(encoding="utf-8"))
        variant = wanted[record["model_info"]["additional_details"]["variant"]]
        found = {one["metric_config"]["metric_name"]: one["score_details"] for one in record["evaluation_results"]}
        assert found.keys() == variant["metrics"].keys()
        for name, metric in variant["metrics"].items():
            bounds = found[name]["uncertainty"]["confidence_interval"]
            assert (found[name]["score"], bounds["lower"], bounds["upper"]) == (
                metric["mean"],
                metric["low"],
                metric["high"],
            )
            assert found[name]["uncertainty"]["num_samples"] == variant["scored"] - metric["missing"]
        lines = path.with_name(f"{path.stem}_samples.jsonl").read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        for name, metric in variant["metrics"].items():
            own = [row for row in rows if row["evaluation_result_id"].endswith(f":{name}")]
            values = [("", row["metadata"]["scenario"], row["evaluation"]["score"]) for row in own]
            assert means(values)[""] == pytest.approx(metric["mean"])


def test_every_export_has_the_composites_of_the_list(shown: dict[str, Any], exported: Path):
    listed = {(one["scenario"], one["variant"], one["repeat"]): one["composite"] for one in shown["episodes"]}
    lines = (exported / "jsonl").read_text(encoding="utf-8").splitlines()
    whole = [json.loads(line) for line in lines]
    with (exported / "csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    log = json.loads((exported / "inspect").read_text(encoding="utf-8"))
    found = (
        {(e["scenario"], e["variant"], e["repeat"]): e["score"]["composite"] for e in whole},
        {(row["scenario"], row["variant"], int(row["repeat"])): float(row["composite"]) for row in table},
        {
            (s["metadata"]["scenario"], s["metadata"]["variant"], s["epoch"] - 1): s["scores"]["composite"]["value"]
            for s in log["samples"]
        },
    )
    for values in found:
        assert values.keys() == listed.keys()
        assert values == pytest.approx(listed, abs=0.1)
    assert found[0] == found[1] == found[2]
    by_name = {one["name"]: one["metrics"] for one in log["results"]["scores"]}
    for variant, mean in composites(shown).items():
        assert by_name["composite"][f"mean_{variant}"]["value"] == pytest.approx(mean)
    parquet = pytest.importorskip("pyarrow.parquet", reason="the parquet extra is not installed")
    rows = parquet.read_table(exported / "parquet").to_pylist()
    assert {(row["scenario"], row["variant"], row["repeat"]): row["composite"] for row in rows} == found[0]


def support_shown(folder: Path) -> dict[str, Any]:
    """Return what each place has in the place of a mean of support, of a run of one variant."""
    from tests.viewer_parts import client, only_key

    (variant,) = printed("show", folder)["variants"]
    (report,), (dossier,) = printed("report", folder)["entrants"], printed("audit", folder)["figures"]["entrants"]
    (row,) = printed("runs", folder)["runs"]
    found = client(folder)
    (standing,) = found.get(f"/api/runs/{only_key(found)}").json()["standings"]
    assert empa("export", folder, "--format", "every-eval-ever", "--out", folder / "eee").code == 0
    (path,) = (folder / "eee").rglob("*.json")
    record = json.loads(path.read_text(encoding="utf-8"))
    assert {one["metric_config"]["metric_name"] for one in record["evaluation_results"]} == variant["metrics"].keys()
    for held in (variant, report["summary"], dossier["summary"], row, standing):
        assert "support" not in held["metrics"] and "progress" in held["metrics"]
    policy = folder / "policy.yaml"
    policy.write_text("rules:\n  - {metric: support, floor: 0.1, by: mean}\n", encoding="utf-8")
    gated = empa("gate", folder, "--policy", policy, "--json")
    lines = printed("report", folder)["runs"][0]["lines"]
    said = [line for line in lines if "support" in line and not line.startswith("scripted")]
    return {
        "lines": said,
        "record": record["source_metadata"]["additional_details"]["support"],
        "page": empa("show", folder).out,
        "viewer": found.get("/").text,
        "list": standing["provisional"],
        "gate": json.loads(gated.out)["findings"][-1]["says"],
        "code": gated.code,
    }


def test_support_of_short_conversations_is_a_mean_nowhere_and_the_count_is_everywhere(tmp_path: Path):
    words = ("exam_student", "--empathic", "scripted:expert", "--max-turns", "3", "--out", tmp_path / "run")
    assert empa("run", *words).code == 0
    found, told = support_shown(tmp_path / "run"), "3 of 3 provisional: fewer than 8 replies"
    assert found["lines"] == [f"baseline: support - ({told})"] and found["record"] == told
    assert found["list"] == f"({told})" and found["list"] in found["viewer"]
    assert "".join(found["lines"][0].split()) in "".join(found["page"].split())
    assert (found["gate"], found["code"]) == (
        f"{told}; allow_provisional in the policy lets them count",
        4,
    )


def test_support_of_a_script_is_a_mean_nowhere_and_void_everywhere(tmp_path: Path):
    people = ("exam_student", "night_nurse", "farm_heir", "retired_welder")
    words = ("--empathic", "scripted:generic", "--max-turns", "2", "--out", tmp_path / "run")
    assert empa("run", *people, *words).code == 0
    found = support_shown(tmp_path / "run")
    assert found["lines"] == ["baseline: support void"] and found["record"].startswith("void, since the run is")
    assert found["list"] == "" and found["viewer"].count("void</span>") >= 2
    assert (found["gate"], found["code"]) == ("support is void, since the run is scripted", 100)


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_a_frame_has_the_means_of_the_summary(played: Path, shown: dict[str, Any], kind: Any):
    pytest.importorskip(kind, reason="its extra is not installed")
    with opened(played) as store:
        frame = framed(store.outcomes(), kind)
    rows = zip(*(list(frame[name]) for name in ("variant", "scenario", "composite")), strict=True)
    assert means(rows) == pytest.approx(composites(shown))
