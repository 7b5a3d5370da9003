from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from empa_graph.cli.display import console
from empa_graph.content.library import content_folder, load_persona
from tests.command import empa, personas_with

TEXT = """
id: campus
about: Young people of a made-up college
base: [exam_student, apprentice_electrician, orchestra_violist, farm_heir]
personas: 8
seed: 3
shares:
  threshold: {low: 0.25, medium: 0.5, high: 0.25}
  need: {cognitive: 0.25, affective: 0.5, motivational: 0.25}
  context: {casual: 0.5, work: 0.5}
allow:
  shift: {threshold: 1, priorities: 0.15}
  mix: {share: 0.25, weight: 0.4}
"""


@pytest.fixture
def described(tmp_path: Path) -> Path:
    path = tmp_path / "segment.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_a_segment_is_sound_says_where_it_comes_from_and_plays(described: Path, tmp_path: Path):
    out = tmp_path / "campus"
    done = empa("segment", described, "--out", out)
    assert (done.code, done.err) == (0, "")
    files = sorted(out.glob("*.yaml"))
    assert len(files) == 8
    for rubric in ("sdt", "epm"):
        checked = empa("validate", out, "--rubric", rubric)
        assert (checked.code, checked.out) == (0, "8 files, 0 faults\n")
    record = json.loads((out / "segment.json").read_text(encoding="utf-8"))
    base = content_folder("personas") / "exam_student.yaml"
    assert record["bases"]["exam_student"] == hashlib.sha256(base.read_bytes()).hexdigest()
    assert record["description"]["seed"] == 3 and str(tmp_path) not in json.dumps(record)
    for person in record["persons"]:
        card = load_persona(out / f"{person['id']}.yaml")
        assert (
            (out / f"{person['id']}.yaml")
            .read_text(encoding="utf-8")
            .startswith(f"# segment 'campus' of {person['base']}")
        )
        for change in person["changes"]:
            if change["field"].startswith("priorities."):
                note = getattr(card.priorities, change["field"].removeprefix("priorities."))
                assert note.value == change["after"] and note.reason.startswith(f"segment of {person['base']}: ")
    words = ("--personas", out, "--empathic", "scripted:generic", "--limit", 3, "--max-turns", 3)
    played = empa("run", *words, "--out", tmp_path / "run")
    assert played.code == 0 and "3 planned, 3 scored" in played.out


def test_the_same_description_gives_the_same_bytes(described: Path, tmp_path: Path):
    for name in ("one", "two"):
        assert empa("segment", described, "--out", tmp_path / name).code == 0
    one, two = ({file.name: file.read_bytes() for file in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two and {"segment.json", "report.md"} < set(one)


def test_the_report_sets_wanted_beside_reached_shares_and_says_what_was_not(described: Path, tmp_path: Path):
    described.write_text(
        TEXT.replace("work: 0.5", "work: 0.5, crisis: 0.0") + "  sample: {farm_heir: 5}\n", encoding="utf-8"
    )
    assert empa("segment", described, "--out", tmp_path / "a", "--json").code == 0
    text = (tmp_path / "a" / "report.md").read_text(encoding="utf-8")
    for part in (
        "| threshold | low | 0.25 | 0.25 | +0.00 | 2 of 8 |",
        "Effective number of base personas",
        "## Extrapolated",
    ):
        assert part in text
    described.write_text(
        TEXT.replace("{casual: 0.5, work: 0.5}", "{crisis: 1.0}").replace(
            "base: [exam_student, apprentice_electrician, orchestra_violist, farm_heir]", "base: [orchestra_violist]"
        ),
        encoding="utf-8",
    )
    done = empa("segment", described, "--out", tmp_path / "b")
    assert "context crisis: reached 0.00 of 1.00: no base persona has it, nor an allowed change" in " ".join(
        done.out.split()
    )


def test_bad_input_is_one_line_and_nothing_is_written_over(described: Path, tmp_path: Path):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine.yaml").write_text("x", encoding="utf-8")
    for words, told in (
        ((described, "--out", tmp_path / "taken"), "is there already, and nothing is written over it"),
        ((described, "--out", described), "is there already, and nothing is written over it"),
        ((tmp_path / "none.yaml", "--out", tmp_path / "x"), "none.yaml: cannot be read"),
    ):
        done = empa("segment", *words)
        assert done.code == 2 and done.err.count("\n") == 1 and told in done.err, done.err
    assert [file.name for file in (tmp_path / "taken").iterdir()] == ["mine.yaml"] and not (tmp_path / "x").exists()


def test_a_folder_of_personas_is_seen_from_the_description_and_its_texts_steer_nothing(tmp_path: Path):
    folder = personas_with(tmp_path / "mine", "level: high", "level: medium")
    text = TEXT.replace("a made-up college", "<script>a</script> | *made-up* college").partition("base:")[0]
    more = "folder: mine\npersonas: 2\nshares: {threshold: {medium: 1.0}}\n"
    (tmp_path / "segment.yaml").write_text(text + more, encoding="utf-8")
    assert empa("segment", tmp_path / "segment.yaml", "--out", tmp_path / "out").code == 0
    assert (tmp_path / "out" / "exam_student__campus_002.yaml").is_file() and folder.is_dir()
    report = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert "<script>" not in report and "*made-up*" not in report.replace("\\*", "")
    record = (tmp_path / "out" / "segment.json").read_text(encoding="utf-8")
    assert json.loads(record)["drawn_bases"] == {"exam_student": 2} and str(tmp_path) not in record


@pytest.mark.parametrize("width", [60, 80])
def test_no_number_is_cut(described: Path, tmp_path: Path, width: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(console, "_width", width)
    out = empa("segment", described, "--out", tmp_path / "o").out
    folded = [line for line in out.splitlines() if " " in line.strip() and not line.startswith("  empa")]
    assert "…" not in out and all(len(line) <= width for line in folded)
