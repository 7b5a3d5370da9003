from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import create_engine, text

from empa_graph.errors import ContentError, UsageError
from empa_graph.store.annotations import FILE, Annotation, Annotations
from empa_graph.store.ledger import Store
from tests.store_parts import filled


def note(words: str, **changes: object) -> Annotation:
    return Annotation.model_validate(
        {"episode": 0, "turn": 1, "annotator": "Nadia", "name": "note", "text": words, **changes}
    )


def rating(value: float | None, **changes: object) -> Annotation:
    return note("", **{"name": "support", "rating": value, **changes})


def test_what_was_said_last_stands_and_all_of_it_is_kept(url: str):
    kept = Annotations.beside(url, "a run")
    said = [note("good"), rating(4), note("very good"), rating(2, annotator="Tom"), rating(3, turn=None)]
    for one in said:
        kept.add(one)
    assert kept.history(0) == said
    assert kept.standing() == [said[2], said[1], said[3], said[4]]
    kept.close()


def test_what_is_taken_back_stands_no_longer(url: str):
    kept = Annotations.beside(url, "a run")
    for one in (note("good"), rating(4), note("  "), rating(None)):
        kept.add(one)
    assert (kept.standing(), len(kept.history())) == ([], 4)
    kept.close()


def test_each_run_and_each_episode_has_its_own(url: str):
    one, other = (Annotations.beside(url, name) for name in ("one", "other"))
    one.add(rating(4))
    one.add(rating(5, episode=7))
    assert [said.episode for said in one.history(7)] == [7]
    assert other.history() == []
    one.close()
    other.close()


def test_a_run_is_left_as_it_was(url: str):
    with filled(url) as store:
        before = (store.verify(), store.extent())
        kept = Annotations.beside(url, store.run.id)
        kept.add(note("beside it"))
        kept.close()
        assert (store.verify(), store.extent()) == before
    with Store.open(url) as store:
        assert store.verify().faults == ()


def test_those_of_a_folder_lie_in_a_file_beside_its_store(tmp_path: Path):
    kept = Annotations.beside(tmp_path, "a run")
    assert kept.history() == [] and not (tmp_path / FILE).exists()
    kept.add(note("\0 odd \u202e \U0001f642"))
    assert Annotations.beside(tmp_path / ".." / tmp_path.name, "a run").history()[0].text == "\0 odd \u202e \U0001f642"
    assert (tmp_path / FILE).is_file()


@pytest.mark.parametrize(
    "changes",
    [
        {"episode": -1},
        {"turn": 0},
        {"annotator": " "},
        {"annotator": "n" * 81},
        {"name": "Not a slug"},
        {"text": "x" * 4_001},
        {"rating": 3.0},
        {"name": "support", "text": "words"},
        {"name": "support", "text": "", "rating": float("nan")},
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, object]):
    with pytest.raises(ValidationError):
        note("words", **changes)


def test_a_damaged_row_is_named(tmp_path: Path):
    kept = Annotations.beside(tmp_path, "a run")
    kept.add(note("good"))
    with create_engine(f"sqlite:///{tmp_path / FILE}").begin() as connection:
        connection.execute(text("UPDATE annotations SET turn = 'x'"))
    with pytest.raises(ContentError, match=r"table annotations: turn: "):
        kept.history()


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path):
    (tmp_path / FILE).write_text("no database")
    with pytest.raises(UsageError, match=FILE):
        Annotations.beside(tmp_path, "a run").add(note("good"))


WRITER = """
import sys
from empa_graph.store.annotations import Annotation, Annotations
kept = Annotations.beside(sys.argv[1], "a run")
for count in range(100_000):
    kept.add(Annotation(episode=0, turn=1, annotator="Nadia", name="note", text=str(count)))
    print(count, flush=True)
"""


@pytest.mark.slow
def test_what_was_said_to_be_kept_is_there_after_a_kill(tmp_path: Path):
    with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        last = [next(writer.stdout) for _ in range(30)][-1]
        os.kill(writer.pid, signal.SIGKILL)
    found = [int(said.text) for said in Annotations.beside(tmp_path, "a run").history()]
    assert found == list(range(len(found))) and len(found) > int(last)
