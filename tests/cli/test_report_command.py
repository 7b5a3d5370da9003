from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.command import SCENARIO, empa
from tests.report.page_parts import hostile, walked

pytest.importorskip("vl_convert")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "one"
    assert empa("run", SCENARIO, "--empathic", "scripted:generic", "--out", out, "--max-turns", "3").code == 0
    return out


def test_a_report_is_written_once_and_again_by_force(folder: Path, tmp_path: Path):
    out = tmp_path / "report.html"
    done = empa("report", folder, "--out", out, "--title", "Mine <b>")
    assert (done.code, done.err) == (0, "")
    assert f"1 conversation in {out}" in " ".join(done.out.split())
    assert "Mine &lt;b&gt;" in out.read_text(encoding="utf-8")
    again = empa("report", folder, "--out", out)
    assert again.code == 2 and "exists already" in again.err
    assert empa("report", folder, "--out", out, "--force").code == 0


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("x.pdf", "'x.pdf' is no .html or .htm file; for a PDF print the page from a browser"),
        ("x.md", "'x.md' is no .html or .htm file"),
        ("x", "'x' is no .html or .htm file"),
    ],
)
def test_a_report_goes_into_no_file_of_another_kind(folder: Path, tmp_path: Path, name: str, said: str):
    done = empa("report", folder, "--out", tmp_path / name)
    assert (done.code, done.out, done.err) == (2, "", f"empa: --out: {said}\n")
    assert list(tmp_path.iterdir()) == []
    assert empa("report", folder, "--out", tmp_path / "X.HTM").code == 0


def test_reports_of_two_runs_lie_each_in_its_own_and_any_other_in_the_working_folder(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        shutil.copytree(folder, tmp_path / name)
        assert empa("report", name).code == 0
        assert (tmp_path / name / "report.html").is_file()
    again = empa("report", "two")
    assert again.code == 2 and "two/report.html: exists already" in again.err
    assert empa("verify", "two").code == 0
    assert not (tmp_path / "report.html").exists()
    assert empa("report", "one", "two").code == 0
    assert (tmp_path / "report.html").is_file()


def test_its_figures_as_json_are_those_that_show_prints(folder: Path):
    figures = json.loads(empa("report", folder, "--json").out)
    shown = json.loads(empa("show", folder, "--json").out)
    assert [entrant["summary"] for entrant in figures["entrants"]] == shown["variants"]
    assert [row["values"]["composite"] for row in figures["episodes"]] == [e["composite"] for e in shown["episodes"]]


def test_judged_conversations_are_reported_like_a_run(tmp_path: Path):
    file, out = tmp_path / "judged.jsonl", tmp_path / "chats.html"
    file.write_text(
        f"{walked(conversation='one').model_dump_json()}\n{hostile().model_dump_json()}\n", encoding="utf-8"
    )
    assert empa("report", file, "--out", out).code == 0
    assert out.stat().st_size > 100_000


@pytest.mark.parametrize("name", ["heat.svg", "heat.png"])
def test_a_picture_is_drawn_to_a_file(folder: Path, tmp_path: Path, name: str):
    out = tmp_path / name
    assert empa("plot", "heatmap", folder, "--metric", "progress", "--out", out).code == 0
    assert out.read_bytes()[:4] in (b"<svg", b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("heatmp", "--out", "a.svg"), "unknown kind of picture 'heatmp'. Did you mean 'heatmap'?"),
        (("heatmap", "--out", "a.gif"), "--out: 'a.gif' is no .svg or .png file"),
        (("heatmap", "--metric", "composit", "--out", "a.svg"), "--metric: unknown metric 'composit'"),
        (("course", "--metric", "progress", "--out", "a.svg"), "--metric is not for course"),
        (("trajectories", "--scenario", "exam", "--out", "a.svg"), "--scenario: unknown scenario 'exam'"),
        (("episode", "--episode", "9", "--out", "a.svg"), "--episode: no episode 9; allowed are 1 to 1"),
        (("paired", "--out", "a.svg"), "paired: nothing to draw"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_one_line(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
):
    monkeypatch.chdir(tmp_path)
    done = empa("plot", words[0], folder, *words[1:])
    assert done.code == 2
    assert said in done.err and len(done.err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_run_is_named(tmp_path: Path):
    done = empa("report", tmp_path / "nowhere", "--out", tmp_path / "a.html")
    assert done.code == 2 and "nowhere" in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("{run}",), "no kind of picture is named before {run}: empa plot KIND RUN, where KIND is leaderboard, dist"),
        (("cost",), "no run is named behind cost: empa plot KIND RUN, where KIND is leaderboard, distributions, "),
        (("leaderbord", "{run}"), "unknown kind of picture 'leaderbord'. Did you mean 'leaderboard'?"),
    ],
)
def test_a_picture_without_its_kind_or_its_run_is_told_what_there_is(folder: Path, words: tuple[str, ...], said: str):
    done = empa("plot", *(word.format(run=folder) for word in words))
    assert done.code == 2
    assert done.err.startswith(f"empa: {said.format(run=folder)}")


def test_a_picture_goes_into_a_file_of_its_kind_unless_another_is_named(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    assert empa("plot", "leaderboard", folder).code == 0
    assert (tmp_path / "leaderboard.svg").read_bytes().startswith(b"<svg")
