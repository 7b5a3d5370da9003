from __future__ import annotations

from pathlib import Path

import pytest

from empa_graph import After, play
from empa_graph.cli.start_run import restored
from empa_graph.cli.typed_config import Typed
from empa_graph.content.registry import REGISTRY, registered
from empa_graph.errors import UsageError
from empa_graph.models.config import NO_KEYS
from empa_graph.store.folder import episodes, load_run
from tests.command import SCENARIO, empa
from tests.watchers import Counting, reader

WATCHED = ("--empathic", "scripted:generic", "--max-turns", 2, "--concurrency", 1)
WATCHER = """\
from typing import TypedDict
from empa_graph import Message, Note, ObserverWrite

class View(TypedDict):
    messages: list[Message]

async def watcher(view: View) -> ObserverWrite:
    return ObserverWrite(notes=[Note(author="watcher", turn=view["messages"][-1].turn, content="read")])
"""


@pytest.mark.parametrize("seat", ["persona", "empathic", "evaluator"])
def test_an_extra_role_sits_behind_any_seat_and_reads_what_was_said(seat: str, tmp_path: Path) -> None:
    done = empa("run", SCENARIO, *WATCHED, "--extra", f"{seat}:tests.watchers:reader", "--out", tmp_path / "run")
    assert done.code == 0, done.err
    (episode,) = episodes(tmp_path / "run")
    said = [m.content for m in episode.messages if m.speaker == ("persona" if seat == "persona" else "empathic")]
    assert [note.content for note in episode.notes] == [f"['messages'] {text}" for text in said]


def test_extra_roles_stand_in_the_manifest_with_their_code_and_a_resumed_run_has_them(tmp_path: Path) -> None:
    words = ("--extra", "empathic:tests.watchers:reader", "--extra", "evaluator:tests.watchers:Counting")
    empa("run", SCENARIO, *WATCHED, *words, "--out", tmp_path / "run")
    run = load_run(tmp_path / "run")
    assert run.config.extra == ("empathic:tests.watchers:reader", "evaluator:tests.watchers:Counting")
    assert set(run.code) == {"tests"}
    assert restored(run, Typed({}, NO_KEYS), tmp_path / "run").config.extra == run.config.extra


def test_an_extra_role_lies_in_a_file_and_a_changed_one_is_not_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "roles" / "mine.py"
    file.parent.mkdir()
    file.write_text(WATCHER)
    done = empa("run", SCENARIO, *WATCHED, "--extra", "empathic:roles/mine.py:watcher", "--out", "run")
    assert done.code == 0, done.err
    assert [note.content for note in next(iter(episodes(Path("run")))).notes] == ["read"] * 2
    assert set(load_run(Path("run")).code) == {"roles/mine.py"}
    file.write_text(WATCHER.replace("read", "seen"))
    done = empa("resume", "run")
    assert (done.code, "roles/mine.py has changed since run" in done.err) == (2, True)


def test_a_registered_role_is_an_extra_role_by_its_name() -> None:
    with REGISTRY.scratch():
        registered("role", "counter")(Counting)
        episode = play(SCENARIO, "scripted:generic", max_turns=1, extra="empathic:counter")
    assert [note.content for note in episode.notes] == ["2"]


def test_in_python_an_extra_role_is_handed_over_with_its_place() -> None:
    extra = {"first": After("empathic", reader), "second": After("evaluator", Counting())}
    episode = play(SCENARIO, "scripted:generic", max_turns=1, extra=extra, director="rules")
    assert [note.author for note in episode.notes][:2] == ["reader", "counting"]


@pytest.mark.parametrize(
    ("extra", "line"),
    [
        ("emphatic:tests.watchers:reader", "--extra: unknown seat 'emphatic'. Did you mean 'empathic'?"),
        ("empathic:tests.watchers:raeder", "--extra: unknown attribute of 'tests.watchers' 'raeder'"),
        ("empathic", "--extra empathic: what sits behind the seat is missing"),
        ("empathic:tests.watchers:without_contract", "role 'without_contract' must annotate its view"),
        (["empathic:tests.watchers:reader"] * 2, "--extra: the name 'reader' is taken"),
        ({"score": After("empathic", reader)}, "--extra: the name 'score' is taken"),
        ({"mine": reader}, "extra is dict, allowed is a mapping of names to After"),
    ],
)
def test_an_extra_role_that_leads_nowhere_is_one_line(extra: object, line: str) -> None:
    with pytest.raises(UsageError) as caught:
        play(SCENARIO, "scripted:generic", extra=extra)  # type: ignore[arg-type]  # the point of it
    assert str(caught.value).startswith(line)


def test_an_extra_role_without_a_contract_is_one_line_and_leaves_no_run(tmp_path: Path) -> None:
    words = ("--extra", "empathic:tests.watchers:without_contract", "--out", tmp_path / "run")
    done = empa("run", SCENARIO, *WATCHED, *words)
    assert (done.code, done.err.count("\n"), (tmp_path / "run").exists()) == (2, 1, False)
    assert done.err.startswith("empa: role 'without_contract' must annotate its view")
