from __future__ import annotations

from pathlib import Path

import pytest

from empa_graph.errors import ContentError, UsageError
from empa_graph.store.folder import RunFolder, episodes, load_run
from tests.records import episode, run


def stored(folder: Path, count: int = 3) -> Path:
    with RunFolder(folder, run()) as keep:
        for number in range(count):
            keep.add(episode(repeat=number))
    return folder / "episodes.jsonl"


def test_what_was_added_is_read_back_equal(tmp_path: Path):
    stored(tmp_path / "deep" / "run")
    assert list(episodes(tmp_path / "deep" / "run")) == [episode(repeat=n) for n in range(3)]
    assert load_run(tmp_path / "deep" / "run") == run()


def test_an_episode_is_on_the_disk_before_the_next_begins(tmp_path: Path):
    with RunFolder(tmp_path / "run", run()) as keep:
        keep.add(episode())
        assert len(list(episodes(tmp_path / "run"))) == 1


def test_line_separators_inside_a_message_do_not_split_the_line(tmp_path: Path):
    odd = episode(agent="one\ntwo\u2028three\x85four")
    with RunFolder(tmp_path / "run", run()) as keep:
        keep.add(odd)
    assert list(episodes(tmp_path / "run")) == [odd]


def test_a_run_is_never_written_over(tmp_path: Path):
    file = stored(tmp_path / "run")
    before = file.read_bytes()
    with pytest.raises(UsageError, match="a run lies there already"):
        RunFolder(tmp_path / "run", run())
    assert file.read_bytes() == before


def test_episodes_without_a_manifest_are_not_added_to(tmp_path: Path):
    stored(tmp_path / "run")
    (tmp_path / "run" / "run.json").unlink()
    with pytest.raises(UsageError, match="a run lies there already"):
        RunFolder(tmp_path / "run", run())


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path):
    (tmp_path / "run").write_text("in the way")
    with pytest.raises(UsageError, match=r"/run: cannot make the run folder \(file exists\)"):
        RunFolder(tmp_path / "run", run())


def test_a_manifest_that_cannot_be_written_is_named(tmp_path: Path):
    (tmp_path / ".run.json.tmp").mkdir()
    with pytest.raises(UsageError, match=r"cannot make the run folder \(is a directory\)"):
        RunFolder(tmp_path, run())


@pytest.mark.parametrize("cut", [1, 20, 200])
def test_a_half_written_last_line_is_left_out(tmp_path: Path, cut: int):
    file = stored(tmp_path / "run")
    file.write_bytes(file.read_bytes()[:-cut])
    assert [found.repeat for found in episodes(tmp_path / "run")] == [0, 1]


def test_a_damaged_line_before_the_last_is_named_with_its_number(tmp_path: Path):
    file = stored(tmp_path / "run")
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(lines[0] + lines[1][:50] + b"\n" + lines[2])
    with pytest.raises(ContentError, match=r"episodes\.jsonl:2: the record: Invalid JSON"):
        list(episodes(tmp_path / "run"))


def test_a_wrong_field_of_an_episode_is_named(tmp_path: Path):
    file = stored(tmp_path / "run")
    file.write_text(file.read_text().replace('"ending":"max_turns"', '"ending":"bored"', 1))
    with pytest.raises(ContentError, match=r"episodes\.jsonl:1: ending"):
        list(episodes(tmp_path / "run"))


def test_the_episodes_before_a_damaged_line_are_still_given(tmp_path: Path):
    file = stored(tmp_path / "run")
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(lines[0] + b"{}\n" + lines[2])
    reader = episodes(tmp_path / "run")
    assert next(reader).repeat == 0


def test_a_folder_without_a_run_says_what_is_missing(tmp_path: Path):
    with pytest.raises(UsageError, match=r"run\.json is missing"):
        load_run(tmp_path)
    with pytest.raises(UsageError, match=r"episodes\.jsonl is missing"):
        list(episodes(tmp_path))


def test_a_damaged_manifest_is_named_with_its_field(tmp_path: Path):
    stored(tmp_path / "run")
    manifest = tmp_path / "run" / "run.json"
    manifest.write_text(manifest.read_text().replace('"seed": 0,', '"seed": "soon",', 1))
    with pytest.raises(ContentError, match=r"run\.json: .*seed"):
        load_run(tmp_path / "run")
