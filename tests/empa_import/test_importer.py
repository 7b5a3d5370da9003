from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from empa_graph.content.library import load_rubric, scenarios
from empa_graph.content.validation import check_file, shared_text
from empa_graph.empa_import.import_report import ImportReport
from empa_graph.empa_import.importer import import_folder
from empa_graph.episode.start import opening
from empa_graph.errors import ContentError, UsageError
from empa_graph.report.summary import summarise
from empa_graph.run.replay import replay
from empa_graph.store.folder import episodes, load_run
from tests.conformance import LEVELS as NAMES, Published, published
from tests.empa_import.files import GOOD, SCRIPT, START, entry, history, result, write_case, write_json, write_result

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def imported(folder: Path, **changes: Any) -> ImportReport:
    return import_folder(folder, folder.parent / "out", now=NOW, **changes)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "copy"
    place.mkdir()
    return place


def test_an_imported_case_is_a_scenario_that_starts_at_its_deficit(folder: Path):
    write_case(folder)
    report = imported(folder)
    [scenario] = scenarios(folder.parent / "out" / "personas")
    assert scenario.id == "script_007/story"
    assert opening(load_rubric("epm"), scenario).start == START
    assert (report.cases.found, report.cases.imported) == (1, 1)


def test_imported_personas_pass_validation(folder: Path):
    for number in (7, 8):
        write_case(folder, number)
    imported(folder)
    files = sorted((folder.parent / "out" / "personas").iterdir())
    assert [fault for file in files for fault in check_file(file, load_rubric("epm"))] == []
    ours = ("lines.", "openings.", "elaborations.", "reached_when", "diction")
    assert not any(field in fault for fault in shared_text(files) for field in ours)


def test_each_result_is_an_episode_of_one_run_with_a_variant_per_agent(folder: Path):
    for agent in ("model-a", "model-b"):
        write_result(folder, result(), agent=agent)
    imported(folder)
    out = folder.parent / "out" / "recorded"
    run = load_run(out)
    summary = summarise(run, episodes(out))
    assert run.created == "2026-01-02T03:04:05+00:00"
    assert [(one.variant, one.scored, one.planned) for one in summary.variants] == [
        ("model-a", 1, 1),
        ("model-b", 1, 1),
    ]


async def test_a_stored_recording_replays_to_the_same_path(folder: Path):
    write_result(folder, result(3, trajectory=[entry(1), entry(2, {}), entry(3)]))
    imported(folder)
    [episode] = episodes(folder.parent / "out" / "recorded")
    again = await replay(episode, load_rubric("epm"))
    assert again.latent == episode.latent
    assert again.score == episode.score


def test_a_result_without_its_own_levels_takes_those_of_the_iedr_file(folder: Path):
    write_case(folder)
    write_result(folder, result(epj={"trajectory": [entry(1), entry(2)]}))
    write_result(folder, result(epj={"trajectory": [entry(1), entry(2)]}), number=8)
    report = imported(folder)
    assert (report.results.imported, report.results.skipped) == (1, {"no_iedr": 1})


def test_broken_results_are_skipped_with_their_cause_and_stay_in_the_plan(folder: Path):
    write_result(folder, result())
    write_result(folder, result(), number=8).write_bytes(b"{")
    write_result(folder, result(1, trajectory=[entry(1, {**GOOD, "C_Prog_level": 7})]), number=9)
    write_result(folder, result()).with_name("script_7_result.json").write_text("{}", encoding="utf-8")
    report = imported(folder)
    assert (report.results.found, report.results.skipped) == (4, {"invalid": 2, "duplicate": 1})
    assert len(load_run(folder.parent / "out" / "recorded").plan) == 3
    assert any("C_Prog_level" in entry.detail for entry in report.skipped_results)


def test_what_was_not_stated_cut_or_recorded_is_in_the_report(folder: Path):
    write_case(folder, 故事的结果="长" * 700)
    partial = {name: level for name, level in GOOD.items() if "Neg" not in name}
    write_result(folder, result(trajectory=[entry(1, partial)]))
    report = imported(folder)
    assert report.cut == 1
    assert report.assumed == {"social_class": 1, "values": 1}
    assert (report.missing, report.not_recorded) == ("failure", 2)


def test_missing_judgements_are_zeros_where_asked_for_and_the_manifest_says_so(folder: Path):
    write_result(folder, result(trajectory=[entry(1)]))
    imported(folder, missing="zero")
    out = folder.parent / "out" / "recorded"
    [episode] = episodes(out)
    assert len(episode.latent.judged) == 2
    assert load_run(out).recorded == "published EMPA results; a missing level is a zero"


def test_official_cases_limit_scenarios_and_not_recordings(folder: Path):
    write_case(folder)
    write_result(folder, result())
    (folder / "official_cases.txt").write_text("script_001", encoding="utf-8")
    report = imported(folder)
    assert report.cases.skipped == {"not_official": 1, "no_card": 1}
    assert report.results.imported == 1


def test_an_official_list_that_is_not_utf_8_stops_the_import(folder: Path):
    write_case(folder)
    (folder / "official_cases.txt").write_bytes("剧本7".encode("gb18030"))
    with pytest.raises(ContentError, match="not UTF-8"):
        imported(folder)
    assert not (folder.parent / "out").exists()


def test_an_empty_folder_imports_nothing_and_writes_nothing(folder: Path):
    report = imported(folder)
    assert report.empty
    assert (report.cases.found, report.results.found) == (0, 0)
    assert not (folder.parent / "out").exists()


@pytest.mark.parametrize("kind", ["personas", "recorded"])
def test_an_earlier_import_is_never_written_over(folder: Path, kind: str):
    write_case(folder)
    if kind == "recorded":
        write_result(folder, result())
        (folder / "cases" / "script_007.md").unlink()
    imported(folder)
    with pytest.raises(UsageError, match=f"{kind}.*an import lies there already; choose another --out"):
        imported(folder)


def test_nothing_is_written_outside_the_two_folders(folder: Path):
    write_case(folder)
    write_json(folder / "scenarios" / "odd.json", [{**SCRIPT, "剧本编号": "../../../x"}])
    write_result(folder, result(), agent="a/.evil").rename(folder / "results" / "script_..%2fx_result.json")
    before = sorted(folder.rglob("*"))
    imported(folder)
    assert sorted(folder.rglob("*")) == before
    assert [path.name for path in folder.parent.iterdir() if path != folder] == ["out"]
    assert {path.name for path in (folder.parent / "out").rglob("*")} == {
        "personas", "recorded", "script_007.yaml", "run.json", "run.db", "run.db.lock"
    }  # fmt: skip


def recorded(figures: Published, number: int) -> dict[str, Any]:
    """Return one published episode in the recorded shape; what was said is ours."""
    turns = int(figures.lengths[number])
    trajectory = [
        entry(
            turn + 1,
            {
                **{f"{axis}_Prog_level": int(figures.progress[number, turn, at]) for at, axis in enumerate("CAP")},
                **{f"{axis}_Neg_level": -int(figures.regress[number, turn, at]) for at, axis in enumerate("CAP")},
            },
        )
        for turn in range(turns)
    ]
    levels = dict(zip(NAMES, map(int, figures.levels[number]), strict=True))
    return {
        "history": history(turns),
        "epj": {"trajectory": trajectory, "iedr_details": {"filled_iedr": levels}},
        "termination_reason": figures.stop_kinds[number],
        "total_turns": turns,
    }


def test_published_figures_import_with_their_start_ending_and_epmq(folder: Path):
    figures = published()
    chosen = range(0, len(figures.cases), 6)
    for number in chosen:
        write_result(
            folder, recorded(figures, number), agent=figures.models[number], number=int(figures.cases[number][-3:])
        )
    report = imported(folder)
    by_name = {(one.variant, one.scenario): one for one in episodes(folder.parent / "out" / "recorded")}
    assert report.results.imported == len(chosen)
    assert report.differences["ending"].compared == len(chosen)
    assert report.differences["ending"].different == 0
    for number in chosen:
        episode = by_name[figures.models[number], f"{figures.cases[number]}/story"]
        assert episode.latent.start == tuple(figures.starts[number])
        assert episode.score is not None
        for name, values in figures.indices.items():
            assert getattr(episode.score.epmq["published"], name) == pytest.approx(values[number], abs=0.001)
