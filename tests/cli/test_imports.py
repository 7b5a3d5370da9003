from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from empa_graph.cli.imports import SHOWN, import_empa
from empa_graph.empa_import.import_report import ImportReport
from empa_graph.errors import NotFoundError
from tests.empa_import.files import entry, result, write_case, write_json, write_result


def test_the_tables_say_what_was_imported_skipped_and_different(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    write_case(tmp_path / "copy", 7)
    write_case(tmp_path / "copy", 8).unlink()
    write_result(tmp_path / "copy", result(trajectory=[entry(1, P_t=[0, 0, 0])]))
    import_empa(tmp_path / "copy", out=tmp_path / "out", as_json=False)
    said = capsys.readouterr()
    rows = {line.split()[0]: line.split() for line in said.out.splitlines() if line.strip()}
    assert rows["cases"] == ["cases", "2", "1", "1", "no_card"]
    assert rows["results"] == ["results", "1", "1", "0"]
    assert rows["P_t"] == ["P_t", "1", "1", "12"]
    assert "judgements that never arrived or lack a level: 1 (a recorded failure each)" in said.out
    assert "no_card: 'script_008' has no card" in said.err


def test_json_is_the_whole_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    write_case(tmp_path / "copy")
    import_empa(tmp_path / "copy", out=tmp_path / "out", as_json=True)
    report = ImportReport.model_validate_json(capsys.readouterr().out)
    assert report.cases.imported == 1


def test_an_import_of_nothing_exits_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(typer.Exit) as ended:
        import_empa(tmp_path, out=tmp_path / "out", as_json=True)
    assert ended.value.exit_code == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["cases"]["found"] == 0
    assert "nothing was imported: no file below it is a card (cases/script_*.md)" in said.err


def test_an_import_says_why_nothing_was_imported(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    write_case(tmp_path / "copy")
    (tmp_path / "copy" / "official_cases.txt").write_text("script_001\n", encoding="utf-8")
    write_result(tmp_path / "copy", {})
    with pytest.raises(typer.Exit):
        import_empa(tmp_path / "copy", out=tmp_path / "out", as_json=False)
    *_, last = capsys.readouterr().err.splitlines()
    assert last.endswith(
        "nothing was imported: 2 cases skipped (1 not_official, 1 no_card); 1 result skipped (1 invalid)"
    )


def test_an_unknown_reading_of_missing_judgements_is_refused_with_the_nearest(tmp_path: Path):
    with pytest.raises(NotFoundError, match=r"--missing: .* 'zeros'\. Did you mean 'zero'"):
        import_empa(tmp_path, out=tmp_path / "out", as_json=True, missing="zeros")


def test_file_names_and_texts_cannot_steer_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    write_case(tmp_path / "copy")
    write_result(tmp_path / "copy", {}, agent="m\x1b[2J\nempa: fine")
    import_empa(tmp_path / "copy", out=tmp_path / "out", as_json=False)
    said = capsys.readouterr()
    assert "\x1b" not in said.out + said.err
    assert not any(line.startswith("empa: fine") for line in said.err.splitlines())


def test_many_faults_are_summed_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    write_case(tmp_path / "copy")
    write_json(tmp_path / "copy" / "scenarios" / "bad.json", [{}] * (SHOWN + 5))
    import_empa(tmp_path / "copy", out=tmp_path / "out", as_json=False)
    assert capsys.readouterr().err.splitlines()[SHOWN:] == ["... and 5 more (--json)"]
