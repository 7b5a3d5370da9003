from __future__ import annotations

import json
from pathlib import Path

import pytest

from empa_graph.cli.display import console
from empa_graph.models.dialogue import Message
from empa_graph.store.folder import RunFolder
from tests.command import empa
from tests.records import episode, run, score

CASES = [f"someone{n}/goal" for n in range(12)]
HEAD = "version,outcome,n,count,mean,date,arm,cluster\n"


def played(folder: Path, level: float, *, script: bool = False, scored: bool = True) -> Path:
    """Store a run of 12 persons whose composites lie around ``level``."""
    made = run(episodes=1).model_copy(update={"id": folder.name})
    plan = tuple(made.plan[0].model_copy(update={"scenario": case}) for case in CASES)
    with RunFolder(folder, made.model_copy(update={"plan": plan})) as keep:
        for n, case in enumerate(CASES):
            said = (
                "I am here for you and I hear every word." if script else f"Word{n} alone and thing{n} apart here{n}."
            )
            got = score(level + n, progress=level / 100.0) if scored else None
            keep.add(
                episode(
                    scenario=case,
                    score=got,
                    unscored=None if scored else "cut short",
                    messages=(
                        Message(turn=1, speaker="persona", content="Hello."),
                        Message(turn=1, speaker="empathic", content=said),
                    ),
                )
            )
    return folder


@pytest.fixture(autouse=True)
def _own_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scores of these records are typed, and not those of their levels."""
    from empa_graph.run.recount import Recount

    monkeypatch.setattr(Recount, "found", lambda *given: None)


@pytest.fixture
def runs(tmp_path: Path) -> list[str]:
    return [f"v{n}={played(tmp_path / f'r{n}', 10.0 * n)}" for n in range(1, 8)]


@pytest.fixture
def live(tmp_path: Path) -> Path:
    path = tmp_path / "live.csv"
    rows = [
        f"v{n},came back,200,{60 + 10 * n + (n % 3) * 4 + site},,2026-0{1 + (3 * n) % 7}-1{site},"
        f"{'AB'[n % 2]},s{site}\n"
        for n in range(1, 8)
        for site in (0, 1)
    ]
    path.write_text(HEAD + "".join(rows), encoding="utf-8")
    return path


def test_scores_and_live_results_are_joined_and_every_figure_has_its_n(runs: list[str], live: Path):
    found = json.loads(empa("outcomes", *runs, live, "--json").out)
    assert [one["name"] for one in found["versions"]] == [f"v{n}" for n in range(1, 8)]
    composite = found["outcomes"][0]
    assert (composite["metric"], composite["outcome"], composite["rows"]) == ("composite", "came back", 14)
    assert composite["ranks"]["tau"] > 0.8 and composite["ranks"]["exact"]
    assert composite["slope"]["low"] > 0.0 and composite["slope"]["clusters"] == 7
    assert composite["points"][0] == {
        "version": "v1",
        "score": 15.5,
        "outcome": pytest.approx(74.5 / 200),
        "n": 400,
        "rows": 2,
    }
    out = empa("outcomes", *runs, live).out
    for text in (
        "7 of 7 versions",
        "came back: 7 versions, 14 rows, n 2,800",
        "composite, n 12",
        "no effect of a score",
    ):
        assert text in " ".join(out.split())


def test_what_is_left_out_is_named(runs: list[str], live: Path, tmp_path: Path):
    runs += [
        f"fixed={played(tmp_path / 'fixed', 50.0, script=True)}",
        f"none={played(tmp_path / 'n', 1.0, scored=False)}",
    ]
    more = "".join(f"{name},came back,200,100,,,,\n" for name in ("fixed", "none", "v99"))
    live.write_text(live.read_text(encoding="utf-8") + more, encoding="utf-8")
    done = empa("outcomes", *runs, live, "--metric", "composite", "--json")
    found = json.loads(done.out)
    assert set(found["left_out"]) == {"fixed", "none"} and "scripted" in found["left_out"]["fixed"]
    assert found["left_out"]["none"] == "none of 12 episodes has a score"
    assert found["unjoined"] == {"v99": "no version of that name"}
    assert [point["version"] for point in found["outcomes"][0]["points"]] == [f"v{n}" for n in range(1, 8)]
    out = " ".join(empa("outcomes", *runs, live).out.split())
    assert "left out: fixed: scripted" in out and "live rows of 'v99' left out: no version of that name" in out


def test_few_versions_get_an_order_and_no_interval(runs: list[str], live: Path):
    done = empa("outcomes", *runs[:4], live, "--metric", "composite")
    assert "4 clusters: no interval is worth printing below 6" in done.out
    assert "no order of 4 versions has a p below 0.05 (the least is 0.083)" in " ".join(done.out.split())
    assert "[+" not in done.out


def test_intervals_over_another_column_warn_where_it_is_finer(runs: list[str], live: Path):
    assert "lie within versions" not in empa("outcomes", *runs, live, "--by", "cluster").out
    text = live.read_text(encoding="utf-8")
    rows = [f"{line},{place}" for place, line in enumerate(line.rpartition(",")[0] for line in text.splitlines()[1:])]
    live.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    assert "clusters lie within versions" in empa("outcomes", *runs, live, "--by", "cluster").out


def test_bad_input_is_one_line(runs: list[str], live: Path, tmp_path: Path):
    for words, told in (
        ((*runs[:2], live), "2 versions have both a sandbox score and a live row, at least 3 are needed"),
        ((*runs, live, "--metric", "composit"), "--metric: unknown metric 'composit'. Did you mean 'composite'?"),
        ((*runs, live, "--by", "site"), "--by: unknown grouping 'site'"),
        ((*runs, live, "--metric", "epm_q"), "no scenario has epm_q in every version"),
        ((*runs, tmp_path / "none.csv"), "none.csv: cannot be read"),
        ((tmp_path / "none", live), "no run here"),
    ):
        done = empa("outcomes", *words)
        assert done.code == 2 and done.err.count("\n") == 1 and told in done.err, done.err
    live.write_text(live.read_text(encoding="utf-8").replace("A,s0", ",s0"), encoding="utf-8")
    assert "names no arm" in empa("outcomes", *runs, live, "--by", "arm").err


@pytest.mark.parametrize("width", [60, 80])
def test_no_number_is_cut(runs: list[str], live: Path, width: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(console, "_width", width)
    out = empa("outcomes", *runs, live).out
    assert "…" not in out and all(len(line) <= width for line in out.splitlines())


def test_foreign_names_cannot_steer_the_terminal(runs: list[str], live: Path):
    text = live.read_text(encoding="utf-8").replace("came back", "came \x1b[31mback").replace("v7,", "v\x1b7,")
    live.write_text(text, encoding="utf-8")
    done = empa("outcomes", *runs, live)
    assert done.code == 0 and "\x1b" not in done.out and "came [31mback" in done.out
