from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from empa_graph.run.recount import Recount
from empa_graph.store.access import open_store
from empa_graph.store.folder import folder_url
from empa_graph.store.ledger import Store
from empa_graph.store.packing import packed, unpacked
from empa_graph.store.records import Row
from tests.command import SCENARIO, empa
from tests.store_parts import raw

FIRST = "episodes WHERE number = 0"
CASES = {
    "cues": (SCENARIO,),
    "epm": (SCENARIO, "--evaluator", "epm"),
    "weights": (SCENARIO, "--profile", "0.5,0.3,0.2", "--noise", 0.3),
    "crisis": ("apprentice_electrician/bad_weekend",),
    "poor": (SCENARIO, "--empathic", "scripted:dismissive"),
}


def played(folder: Path, *words: object) -> Path:
    base = ("--empathic", "scripted:expert", "--max-turns", 4, "--repeats", 2, "--out", folder)
    assert empa("run", *base, *words).code == 0
    return folder


def changed(folder: Path, statement: str, **values: object) -> None:
    engine = raw(folder_url(folder))
    with engine.begin() as connection:
        assert connection.execute(text(statement), values).rowcount
    engine.dispose()


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return played(tmp_path_factory.mktemp("sound") / "run", SCENARIO)


@pytest.fixture
def run(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "run"))


@pytest.mark.parametrize("words", CASES.values(), ids=CASES)
def test_a_run_as_it_was_played_contradicts_nothing(tmp_path: Path, words: tuple[object, ...]):
    with open_store(played(tmp_path / "run", *words)) as store:
        assert list(Recount(store)) == [] and len(store.ended()) == 2


@pytest.mark.parametrize("column", ["composite", "alignment_index", "coverage", "turns"])
def test_a_column_that_was_edited_is_told_with_what_the_levels_give(run: Path, column: str):
    with open_store(run) as store:
        own = next(getattr(row, column) for row in list(store.outcomes()))
    changed(run, f"UPDATE episodes SET {column} = {column} + 7 WHERE number = 0")
    with open_store(run) as store:
        (found,) = Recount(store)
    assert (found.number, found.figure, found.recomputed) == (0, column, pytest.approx(own))
    assert "levels give" in str(found)


@pytest.mark.parametrize(
    ("edited", "gives"),
    [({"progress": 0, "progress_share": 0.0, "regress": 2, "regress_share": 1.0}, True), ({"progress": 0}, False)],
)
def test_levels_that_were_edited_do_not_give_the_stored_score(run: Path, edited: dict[str, float], gives: bool):
    """With its share, a level gives another score; without, it contradicts the share and gives none."""

    def lowered(row: Row) -> Row:
        for item in row["step"]["assessment"]["items"]:
            item.update(edited)
        return row

    rewrite(run, "turns WHERE episode = 1 AND turn = 2", lowered)
    with open_store(run) as store:
        (found,) = Recount(store)
    assert (found.number, found.stored is not None and found.recomputed != found.stored) == (1, True)
    assert (found.recomputed is not None) == gives


def test_a_score_without_levels_and_an_unscored_episode_with_a_column_are_told(run: Path):
    def emptied(row: Row) -> Row:
        return row | {"score": None, "unscored": "none"}

    rewrite(run, FIRST, emptied)
    with open_store(run) as store:
        (found,) = Recount(store)
    assert (found.figure, found.recomputed) == ("composite", None) and "its own levels give none" in str(found)


def rewrite(folder: Path, where: str, change: Callable[[Row], Row]) -> None:
    """Change the record of a row, given by its table and condition."""
    engine = raw(folder_url(folder))
    with engine.begin() as connection:
        data = connection.execute(text(f"SELECT record FROM {where}")).scalar_one()
        new = {"record": packed(json.dumps(change(json.loads(unpacked(data, "")))))}
        connection.execute(text(f"UPDATE {where.replace(' WHERE', ' SET record = :record WHERE')}"), new)
    engine.dispose()


@pytest.mark.parametrize("profile", ["no such profile", "1,2", "0.2,0.3,0.5"])
def test_a_score_of_a_profile_that_is_none_or_another_is_told(run: Path, profile: str):
    rewrite(run, FIRST, lambda row: row | {"score": row["score"] | {"profile": profile}})
    with open_store(run) as store:
        assert len(list(Recount(store))) == 1


def test_show_tells_a_score_that_its_levels_do_not_give(run: Path):
    changed(run, "UPDATE episodes SET composite = 99.5 WHERE number = 1")
    for words in (("show", run), ("show", run, 2), ("show", run, SCENARIO)):
        assert "the stored composite is 99.5, its own levels give" in " ".join(empa(*words).out.split())
    first, second = json.loads(empa("show", run, "--json").out)["episodes"]
    assert "contradiction" not in first and second["contradiction"]["stored"] == 99.5
    assert json.loads(empa("show", run, 2, "--json").out)["contradiction"]["figure"] == "composite"
    assert "contradiction" not in json.loads(empa("show", run, 1, "--json").out)


def test_every_export_tells_a_score_that_its_levels_do_not_give(run: Path):
    changed(run, "UPDATE episodes SET composite = 99.5 WHERE number = 1")
    for name in ("jsonl", "csv", "inspect"):
        done = empa("export", run, "--format", name)
        assert (done.code, done.err.count("\n")) == (0, 1) and "the stored composite is 99.5" in done.err
    lines = [json.loads(line) for line in (run / "episodes.jsonl").read_text().splitlines()]
    rows = list(csv.DictReader((run / "episodes.csv").read_text().splitlines()))
    samples = [sample["metadata"] for sample in json.loads((run / "inspect.json").read_text())["samples"]]
    for first, second in (lines, rows, samples):
        assert not first.get("contradiction") and "the stored composite is 99.5" in second["contradiction"]


def test_a_gate_decides_nothing_over_a_score_that_its_levels_do_not_give(sound: Path, run: Path):
    changed(run, "UPDATE episodes SET composite = 99.5 WHERE number = 1")
    for words in (("gate", run, sound), ("gate", sound, run)):
        done = empa(*words)
        assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
        assert "the stored composite is 99.5" in done.err and f"empa verify {run}" in done.err


def test_a_run_whose_rubric_is_not_at_hand_is_held_to_its_increments(run: Path):
    with open_store(run) as store:
        foreign = store.run.model_copy(update={"hashes": {}})
        own = list(store.numbered())
    with Store.create(f"sqlite:///{run}/other.db", foreign) as store:
        for number, episode in own:
            store.add_episode(number, episode)
        assert list(Recount(store)) == []
        assert own[0][1].score is not None
