from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from empa_graph.errors import ContentError, UsageError
from empa_graph.models.run import Planned, Run
from empa_graph.store.access import open_store
from empa_graph.store.folder import RunFolder, episodes, load_run
from tests.records import episode, run


def planned(count: int = 3) -> Run:
    plan = tuple(Planned(scenario="someone/something", variant="baseline", repeat=n, seed=n) for n in range(count))
    return run(plan=plan)


def stored(folder: Path, count: int = 3) -> Path:
    with RunFolder(folder, planned()) as keep:
        for number in range(count):
            keep.add(episode(repeat=number))
    return folder


def test_what_was_added_is_read_back_equal_in_the_order_of_the_plan(tmp_path: Path):
    folder = tmp_path / "deep" / "run"
    with RunFolder(folder, planned()) as keep:
        for number in (2, 0, 1):
            keep.add(episode(repeat=number))
    assert list(episodes(folder)) == [episode(repeat=n) for n in range(3)]
    assert load_run(folder) == planned()


def test_an_episode_can_be_read_before_the_next_begins(tmp_path: Path):
    with RunFolder(tmp_path / "run", planned()) as keep:
        keep.add(episode())
        assert len(list(episodes(tmp_path / "run"))) == 1


def refused(folder: Path, *, after: int) -> None:
    with pytest.raises(UsageError, match="never"), RunFolder(folder, planned()) as keep:
        for number in range(after):
            keep.add(episode(repeat=number))
        raise UsageError("never")


def test_a_run_that_was_refused_before_anything_was_stored_is_removed_with_the_folders_made_for_it(tmp_path: Path):
    refused(tmp_path / "deep" / "run", after=0)
    assert list(tmp_path.iterdir()) == []
    refused(tmp_path / "deep" / "run", after=1)
    assert load_run(tmp_path / "deep" / "run") == planned()


def test_what_lay_in_the_folder_of_a_refused_run_stays(tmp_path: Path):
    kept = {"run.log", "run.db.old", "notes.txt"}
    for name in kept:
        (tmp_path / name).write_text("mine")
    refused(tmp_path, after=0)
    assert {file.name for file in tmp_path.iterdir()} == kept


def test_a_refused_run_is_removed_from_its_own_folder_wherever_its_agent_went(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError), RunFolder(Path("run"), planned()):
        (tmp_path / "other" / "run").mkdir(parents=True)
        (tmp_path / "other" / "run" / "run.json").write_text("mine")
        monkeypatch.chdir(tmp_path / "other")
        raise UsageError("never")
    assert not (tmp_path / "run").exists() and (tmp_path / "other" / "run" / "run.json").exists()


def test_any_text_is_read_back_as_it_was(tmp_path: Path):
    odd = episode(agent="one\ntwo\u2028three\x85four\0five")
    with RunFolder(tmp_path / "run", planned()) as keep:
        keep.add(odd)
    assert list(episodes(tmp_path / "run")) == [odd]


def test_an_episode_that_is_not_planned_is_refused(tmp_path: Path):
    with RunFolder(tmp_path / "run", planned()) as keep, pytest.raises(ContentError, match="does not plan 'a/b'"):
        keep.add(episode(scenario="a/b"))


@pytest.mark.parametrize("left", ["run.json", "run.db"])
def test_a_run_is_never_written_over(tmp_path: Path, left: str):
    folder = stored(tmp_path / "run")
    for name in {"run.json", "run.db"} - {left}:
        (folder / name).unlink()
    before = (folder / left).read_bytes()
    with pytest.raises(UsageError, match="a run lies there already"):
        RunFolder(folder, planned())
    assert (folder / left).read_bytes() == before


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path):
    (tmp_path / "run").write_text("in the way")
    with pytest.raises(UsageError, match=r"/run: cannot make the run folder"):
        RunFolder(tmp_path / "run", planned())


def test_a_folder_without_a_run_says_what_is_missing(tmp_path: Path):
    with pytest.raises(UsageError, match=r"no run here \(run.json is missing\)"):
        load_run(tmp_path)
    with pytest.raises(UsageError, match="no run here"):
        list(episodes(tmp_path))


def test_a_damaged_manifest_is_named_with_its_field(tmp_path: Path):
    folder = stored(tmp_path / "run")
    (folder / "run.json").write_text('{"id": 3}')
    with pytest.raises(ContentError, match=r"run\.json: id: "):
        load_run(folder)


def test_runs_that_start_in_the_same_second_lie_in_folders_of_their_own(tmp_path: Path):
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: RunFolder.named(tmp_path / "runs", planned()), range(8)))
    for folder in made:
        folder.add(episode())
        folder.store.close()
    names = [planned().id, *(f"{planned().id}-{n}" for n in range(2, 9))]
    assert sorted(folder.path.name for folder in made) == sorted(names)
    assert all(
        load_run(folder.path) == folder.store.run and load_run(folder.path).id == folder.path.name for folder in made
    )


def test_of_two_runs_for_one_folder_one_is_made(tmp_path: Path):
    def begun(number: int) -> str:
        try:
            with RunFolder(tmp_path / "run", planned().model_copy(update={"id": f"r{number}"})) as folder:
                return folder.run.id
        except UsageError as error:
            return str(error)

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(begun, range(8)))
    (made,) = [text for text in said if text.startswith("r")]
    assert load_run(tmp_path / "run").id == made
    with open_store(tmp_path / "run") as store:
        assert store.run.id == made


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://nobody@127.0.0.1:1/nothing", "mysql://x", "sqlite:////proc/no/db"]
)
@pytest.mark.parametrize("before", [False, True])
def test_a_store_that_cannot_be_made_leaves_nothing_behind(tmp_path: Path, url: str, before: bool):
    folder = tmp_path / "deep" / "run"
    if before:
        folder.mkdir(parents=True)
        (folder / "notes.txt").write_text("mine")
    had = sorted(tmp_path.rglob("*"))
    with pytest.raises(UsageError):
        RunFolder(folder, planned(), url=url)
    assert sorted(tmp_path.rglob("*")) == had
    RunFolder(folder, planned()).store.close()


def test_a_manifest_that_cannot_be_written_leaves_no_store_behind(tmp_path: Path):
    (tmp_path / "run" / ".run.json.tmp").mkdir(parents=True)
    with pytest.raises(UsageError, match="cannot make the run folder"):
        RunFolder(tmp_path / "run", planned())
    assert [file.name for file in (tmp_path / "run").iterdir()] == [".run.json.tmp"]
