"""The store of marks: what is kept, what is current, what stands, and that nothing is lost."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from empa_graph.content.library import load_rubric
from empa_graph.distill.mark_store import MarkStore
from empa_graph.distill.mark_tables import FILE
from empa_graph.distill.marks import Mark
from empa_graph.errors import ContentError, UsageError
from tests.distill.marked import QUOTE, SPACE, folder, mark

ROOT = Path(__file__).parents[2]
ADDING = """
import sys
from pathlib import Path
from empa_graph.distill.mark_store import MarkStore
from tests.distill.marked import SPACE, mark

folder, by, most = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
with MarkStore(folder, SPACE) as store:
    for number in range(most):
        store.add([mark("start.calm", number / 1000, by, of=f"c{number}")])
        print(number, flush=True)
"""


def adding(place: Path, by: str, most: int) -> subprocess.Popen[str]:
    """A process that adds marks and says each number once it is kept."""
    command = [sys.executable, "-c", ADDING, str(place), by, str(most)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return folder(tmp_path / "distilled")


def test_a_new_mark_supersedes_and_the_old_one_stays(place: Path):
    with MarkStore(place, SPACE) as store:
        assert store.add([mark("danger", "none"), mark("danger", "hinted", by="tom")]) == 2
        assert store.add([mark("danger", "stated", quotes=(QUOTE,), reason="She says so.")]) == 1
        assert [(one.annotator, one.value) for one in store.marks("one")] == [("tom", "hinted"), ("ewa", "stated")]
        assert [one.value for one in store.history("one")] == ["none", "hinted", "stated"]
        assert store.marks(annotator="ewa")[0].quotes == (QUOTE,)
    with MarkStore(place) as store:
        assert store.space == SPACE and len(store.marks()) == 2


def test_what_stands_already_is_not_kept_twice(place: Path):
    with MarkStore(place, SPACE) as store:
        assert store.add([mark("wanted", ("warmth", "reflection"), "offline")]) == 1
        assert store.add([mark("wanted", ("reflection", "warmth"), "offline", at="2026-01-01T00:00:00Z")]) == 0
        assert store.marks()[0].value == ("reflection", "warmth")


def test_a_mark_taken_back_is_none_and_stays_in_the_history(place: Path):
    with MarkStore(place, SPACE) as store:
        store.add([mark("danger", "none")])
        store.take_back("one", "danger", "ewa")
        assert store.marks() == () and len(store.history("one")) == 1
        assert store.add([mark("danger", "none")]) == 1


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (mark("dangr", "none"), "unknown variable 'dangr'. Did you mean 'danger'?"),
        (mark("danger", "much"), "danger: allowed is one of none, hinted, stated"),
        (mark("start.calm", 2), "start.calm: allowed is a number from -1 to 1"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_of_its_call_is_kept(wrong: Mark, told: str, place: Path):
    with MarkStore(place, SPACE) as store:
        with pytest.raises(UsageError) as error:
            store.add([mark("danger", "none"), wrong])
        assert str(error.value) == told and store.marks() == ()


def test_the_space_is_fixed_with_the_first_mark(place: Path):
    other = load_rubric("epm").space
    with MarkStore(place, SPACE), MarkStore(place, other) as late:
        with MarkStore(place, SPACE) as store:
            store.add([mark("danger", "none")])
        with pytest.raises(UsageError, match=r"was marked in the space sdt; it cannot be marked in epm$"):
            late.add([mark("danger", "none", by="tom")])
        assert len(late.marks()) == 1
    with pytest.raises(UsageError, match="was marked in the space sdt"):
        MarkStore(place, other)
    changed = SPACE.model_copy(update={"dimensions": SPACE.dimensions[:2]})
    with pytest.raises(UsageError, match="sdt as it was then; it cannot be marked in sdt as it is now"):
        MarkStore(place, changed)


def test_without_a_space_nothing_can_be_marked_first(place: Path):
    with MarkStore(place) as store:
        assert store.standing("one") == () and store.space is None
        with pytest.raises(UsageError, match="its space has to be named"):
            store.add([mark("danger", "none")])


def test_a_folder_that_is_none_and_a_file_that_is_no_database_are_told(place: Path, tmp_path: Path):
    with pytest.raises(UsageError, match="is no folder that `empa distill` made"):
        MarkStore(tmp_path / "none")
    (place / FILE).write_text("no database at all, " * 100)
    with pytest.raises(UsageError, match="file is not a database"):
        MarkStore(place)


def test_a_damaged_row_is_named_and_not_left_out(place: Path):
    with MarkStore(place, SPACE) as store:
        store.add([mark("danger", "none")])
        with sqlite3.connect(place / FILE) as rows:
            rows.execute("UPDATE marks SET mark = '{}'")
        rows.close()
        with pytest.raises(ContentError, match="table marks: holds a row that cannot be read"):
            store.marks()


def test_states_are_open_given_or_skipped_and_a_skip_asks_no_reason(place: Path):
    with MarkStore(place, SPACE) as store:
        assert store.state("one", "ewa") == "open"
        store.say("skipped", "one", "ewa")
        store.say("given", "two", "ewa")
        assert store.states("ewa") == {"one": "skipped", "two": "given"} and store.states("tom") == {}
        store.say("open", "one", "ewa")
        assert store.state("one", "ewa") == "open"


def test_what_was_marked_after_the_others_were_seen_is_not_independent(place: Path):
    with MarkStore(place, SPACE) as store:
        store.add([mark("danger", "none")])
        store.say("given", "one", "ewa")
        store.add([mark("danger", "stated")])
        assert [one.value for one in store.marks("one")] == ["stated"]
        assert [one.value for one in store.marks("one", independent=True)] == ["none"]
        store.settle("one", "threshold", "low", by="tom")
        store.add([mark("danger", "hinted", "tom"), mark("danger", "hinted", "tom", of="two")])
        assert [one.conversation for one in store.marks(annotator="tom", independent=True)] == ["two"]


def test_a_settled_value_keeps_who_when_and_what_stood_before(place: Path):
    with MarkStore(place, SPACE) as store:
        store.add([mark("danger", "none"), mark("danger", "stated", by="tom", quotes=(QUOTE,))])
        first = store.settle("one", "danger", "stated", by="ewa", reason="Tom is right.")
        store.settle("one", "danger", "hinted", by="tom")
        assert [one.value for one in first.before] == ["none", "stated"] and first.mark.quotes == (QUOTE,)
        assert [one.value for one in store.settled("one", history=True)] == ["stated", "hinted"]
        assert [(one.value, one.by) for one in store.settled("one")] == [("hinted", "tom")]
        assert [one.value for one in store.standing("one")] == ["hinted"]
        with pytest.raises(UsageError, match="danger: allowed is one of"):
            store.settle("one", "danger", "no", by="ewa")
        with pytest.raises(UsageError, match="by: "):
            store.settle("one", "danger", "none", by="two words")


@pytest.mark.slow
def test_every_mark_that_was_acknowledged_is_there_after_a_kill(place: Path):
    with adding(place, "ewa", 100_000) as process:
        assert process.stdout is not None
        said = [int(next(process.stdout)) for _ in range(150)]
        os.kill(process.pid, signal.SIGKILL)
        said += [int(line) for line in process.stdout.read().splitlines()]
    with MarkStore(place) as store:
        kept = {one.conversation for one in store.marks()}
        assert {f"c{number}" for number in said} <= kept and len(kept) <= len(said) + 1
        assert store.add([mark("danger", "none")]) == 1


@pytest.mark.slow
def test_several_processes_write_at_once_from_the_first_mark_on(place: Path):
    with adding(place, "ewa", 100) as one, adding(place, "tom", 100) as other, adding(place, "offline", 100) as last:
        assert [process.wait(timeout=60) for process in (one, other, last)] == [0, 0, 0]
    with MarkStore(place) as store:
        assert [len(store.marks(annotator=by)) for by in ("ewa", "tom", "offline")] == [100, 100, 100]
