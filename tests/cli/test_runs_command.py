from __future__ import annotations

import json
from pathlib import Path

import pytest

from empa_graph.cli.display import console
from empa_graph.store.folder import RunFolder
from empa_graph.store.ledger import Store
from tests.command import empa
from tests.records import episode, run, score


def kept(folder: Path, composite: float | None = 50.0, **changes: object) -> Path:
    """Store a run of two episodes, the second of which failed, and one that was not played."""
    with RunFolder(folder, run(episodes=3, **changes)) as keep:
        got = {"score": None, "unscored": "lost"} if composite is None else {"score": score(composite)}
        keep.add(episode(scenario="someone/goal0", **got))
        keep.add(episode(scenario="someone/goal1", score=None, unscored="lost", ending="failed"))
    return folder


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """A folder of three runs, one of them deeper, and what looks like one and is none."""
    kept(tmp_path / "old", 20.0, created="2026-01-01T08:00:00+00:00", git="aaaa1111bbbb")
    kept(tmp_path / "new", 80.0, created="2026-03-01T08:00:00+00:00", agent="openai:gpt-5-mini", git="cccc2222dddd+")
    kept(
        tmp_path / "deep/er/judged", None, created="2026-02-01T08:00:00+00:00", evaluator="judge", judges=("openai:m",)
    )
    (tmp_path / "empty").mkdir()
    return tmp_path


def names(*words: object) -> list[str]:
    return [Path(row["run"]).name for row in json.loads(empa("runs", *words, "--json").out)["runs"]]


def test_every_run_is_listed_the_newest_first(three: Path):
    assert names(three) == ["new", "judged", "old"]
    done = empa("runs", three)
    assert done.code == 0 and done.out.startswith("3 of 3 runs under")
    for text in (
        "2026-03-01 08:00",
        "openai:gpt-5-mini",
        "judge openai:m",
        "1/3",
        "1, 1 not played",
        "80.0",
        "cccc2222d+",
    ):
        assert text in done.out or text in " ".join(done.out.split())


def test_figures_are_those_of_show(three: Path):
    row = json.loads(empa("runs", three / "new", "--json").out)["runs"][0]
    (variant,) = json.loads(empa("show", three / "new", "--json").out)["variants"]
    assert row["metrics"] == variant["metrics"]
    assert (row["planned"], row["scored"], row["failed"], row["not_played"]) == (3, 1, 1, 1)


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (("--agent", "openai:*"), ["new"]),
        (("--evaluator", "judge"), ["judged"]),
        (("--commit", "aaaa"), ["old"]),
        (("--since", "2026-02-01"), ["new", "judged"]),
        (("--since", "2026-02-01T09:00"), ["new"]),
        (("--sort", "composite"), ["new", "old", "judged"]),
        (("--sort", "evaluator", "--since", "2026-01-15"), ["new", "judged"]),
        (("--reverse",), ["old", "judged", "new"]),
        (("--agent", "nobody"), []),
    ],
)
def test_runs_are_chosen_and_sorted(three: Path, words: tuple[str, ...], left: list[str]):
    assert names(three, *words) == left


def test_what_is_broken_is_named_with_its_cause_and_stops_nothing(three: Path):
    for name, content in (("odd", b'{"id": 1}'), ("text", b"\xff\xfe"), ("nested", b"[" * 100_000)):
        (three / name).mkdir()
        (three / name / "run.json").write_bytes(content)
    kept(three / "cut")
    database = three / "cut" / "run.db"
    database.write_bytes(database.read_bytes()[:5000])
    (three / "no_store").mkdir()
    (three / "no_store" / "run.json").write_bytes((three / "old" / "run.json").read_bytes())
    done = empa("runs", three)
    assert done.code == 0 and done.out.startswith("3 of 8 runs")
    found = json.loads(empa("runs", three, "--json").out)
    assert len(found["runs"]) == 3
    assert {Path(row["where"]).name for row in found["broken"]} == {"odd", "text", "nested", "cut", "no_store"}
    assert all(row["cause"] for row in found["broken"])
    assert done.out.count("cannot be read:") == 5


def test_a_folder_that_stands_where_a_run_has_its_manifest_is_named(three: Path):
    (three / "odd" / "run.json").mkdir(parents=True)
    (three / "new" / "run.json").unlink()
    (three / "new" / "run.json").mkdir()
    found = json.loads(empa("runs", three, "--json").out)
    assert len(found["runs"]) == 2
    assert {row["where"]: row["cause"] for row in found["broken"]} == {
        str(three / name): f"{three / name / 'run.json'}: is a folder and no file" for name in ("odd", "new")
    }
    done = empa("runs", three)
    assert done.code == 0 and done.out.startswith("2 of 4 runs") and done.out.count("cannot be read:") == 2


def test_a_run_in_a_folder_of_the_name_of_a_manifest_is_a_run_and_hides_no_other(three: Path):
    kept(three / "run.json")
    assert empa("runs", three).out.startswith("4 of 4 runs")


@pytest.mark.parametrize(("left", "cause"), [("", "the file is empty"), ("{}", "id: Field required")])
def test_a_run_whose_manifest_was_emptied_is_no_sound_one(left: str, cause: str, three: Path) -> None:
    (three / "new" / "run.json").write_text(left)
    assert names(three) == ["judged", "old"]
    done = empa("runs", three)
    assert done.out.startswith("2 of 3 runs under")
    assert f"cannot be read: {three / 'new'}: {three / 'new' / 'run.json'}: {cause}" in " ".join(done.out.split())


def test_a_link_round_in_a_circle_is_not_followed(three: Path):
    (three / "deep" / "round").symlink_to(three, target_is_directory=True)
    assert len(names(three)) == 3


def test_the_runs_of_a_database_are_listed(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'study.db'}"
    for name in ("one", "two"):
        with Store.create(url, run(id=name)) as store:
            store.add_episode(0, episode(scenario="someone/goal0", score=score(30.0)))
    assert sorted(names(url)) == ["one", "two"]
    assert "2 of 2 runs" in empa("runs", url).out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("{}s",), "Did you mean"),
        (("{}", "--sort", "compsite"), "unknown order 'compsite'. Did you mean 'composite'?"),
        (("{}", "--evaluator", "jugde"), "unknown evaluator 'jugde'. Did you mean 'judge'?"),
        (("{}", "--since", "yesterday"), "--since is 'yesterday', allowed is a date as 2026-01-31"),
        (("sqlite:///{}/none.db",), "no run store here (the file is missing)"),
    ],
)
def test_a_wrong_word_is_one_line_with_what_is_allowed(three: Path, words: tuple[str, ...], told: str):
    done = empa("runs", *(word.format(three) for word in words))
    assert done.code == 2 and done.err.count("\n") == 1 and told in done.err, done.err


def test_hidden_folders_are_not_among_what_exists(three: Path):
    (three / ".git").mkdir()
    said = "".join(empa("runs", three / "nope").err.split())
    assert said == f"empa:{three}:unknownfolder'nope'.Known:deep,empty,new,old."


def test_a_folder_without_runs_says_so(tmp_path: Path):
    assert "".join(empa("runs", tmp_path).out.split()) == f"0of0runsunder{tmp_path}"


@pytest.mark.parametrize("width", [60, 80, 200])
def test_no_number_is_cut_at_any_width(three: Path, width: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(console, "_width", width)
    out = empa("runs", three).out
    assert "…" not in out and "80.0" in out and "1/3" in out
