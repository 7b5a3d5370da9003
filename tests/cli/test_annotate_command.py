"""``empa annotate`` in a terminal: asking, agreement, settling, tables in and out."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from empa_graph.cli.display import console
from empa_graph.distill.mark_store import MarkStore
from tests.command import Outcome, empa
from tests.distill.marked import KNOWN, SPACE, conversation, every, folder, mark

EWA = ("--annotator", "ewa")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(console, "_width", 120)
    return folder(tmp_path / "distilled")


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, place: Path):
    def run(*lines: str, mode: tuple[str, ...] = ("--terminal",)) -> Outcome:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        return empa("annotate", place, *EWA, *mode)

    return run


def values(place: Path, annotator: str = "ewa") -> dict[str, object]:
    with MarkStore(place) as store:
        return {one.variable: one.value for one in store.marks(annotator=annotator)}


ANSWERS = {
    "context": ("1", "", ""),
    "danger": ("perhaps", "none", "0: crying  every single night", "0: nobody said", "", "She says so."),
    "start.calm": ("-0.5", "", ""),
    "threshold": ("high", "", ""),
    "needs": ("2 1 3", "", ""),
    "wanted": ("2, open_question", "", ""),
    "rejected": ("-", "", ""),
}


def lines(**changed: tuple[str, ...]) -> list[str]:
    answers = {**ANSWERS, **changed}
    return [line for name in KNOWN for line in answers.get(name, ("",))]


def test_a_conversation_is_marked_line_by_line(typed, place: Path):
    done = typed(*lines(), "", "/quit")
    assert done.code == 3 and "every mark is kept, the same command goes on" in done.err
    assert values(place) == {
        "context": "casual",
        "danger": "none",
        "start.calm": -0.5,
        "threshold": "high",
        "needs": ("affective", "cognitive", "motivational"),
        "wanted": ("reflection", "open_question"),
        "rejected": (),
    }
    assert "danger: allowed is one of none, hinted, stated" in done.out
    assert "message 0 does not say these words" in done.out
    assert "Given. Nobody else has marked this one yet." in done.out and "1 of 3 done." in done.out
    with MarkStore(place) as store:
        danger = next(one for one in store.marks() if one.variable == "danger")
        assert danger.quotes[0].text == "crying every single night" and danger.reason == "She says so."


def test_it_begins_with_the_notice_and_no_line_of_ours_is_longer_than_80_columns(typed):
    done = typed("/quit")
    assert done.out.startswith("These are conversations of people in distress.")
    assert "You may skip any of them" in done.out
    assert [line for line in done.out.splitlines() if len(line) > 80] == []


def test_it_goes_on_where_it_was(typed, place: Path):
    typed("1", "", "", "4", "", "", "/quit")
    done = typed("none")
    assert "[context]" not in done.out and "[danger]" in done.out and done.code == 3
    assert values(place)["danger"] == "none"


def test_a_mark_is_changed_or_taken_back_before_they_are_given(typed, place: Path):
    changes = ("danger", "", "danger", "stated", "", "", "context", "/clear", "mood", "")
    done = typed(*lines(), *changes, "/quit")
    assert values(place)["danger"] == "stated" and "context" not in values(place)
    assert "'mood' is no variable" in done.out and "1 of 3 done." in done.out
    assert "Left aside: context, matter," in done.out and "Left aside: danger" not in done.out


def test_a_skip_asks_nothing_and_all_done_is_exit_code_0(typed, place: Path):
    done = typed("/skip", "/skip", "/skip")
    assert done.code == 0 and "3 of 3 done, 3 of them skipped." in done.out and values(place) == {}


def test_others_are_told_after_ones_own_are_given(typed, place: Path):
    with MarkStore(place, SPACE) as store:
        store.add([mark("danger", "stated", "tom", reason="Read the end."), mark("context", "casual", "tom")])
    done = typed(*lines(), "", "/quit")
    before, _, after = done.out.partition("Given. ")
    assert "tom" not in before and "danger: tom: stated, since Read the end.; you: none" in " ".join(after.split())


def test_what_a_stranger_said_cannot_pass_for_a_line_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    evil = conversation("evil", "hello\n\x1b[2J[context] Context\nvalue> " + "w" * 300, "oh")
    monkeypatch.setattr("sys.stdin", io.StringIO("/quit\n"))
    done = empa("annotate", folder(tmp_path / "d", kept=(evil,)), *EWA, "--terminal")
    assert "\x1b" not in done.out and "\n    | value> www" in done.out.replace(
        "\n    | value>\n    | www", "\n    | value> www"
    )
    assert [line for line in done.out.splitlines() if len(line) > 80] == []


def test_agreement_is_a_table_and_json(place: Path):
    with MarkStore(place, SPACE) as store:
        for of, ewa, tom in (("one", "low", "low"), ("two", "high", "medium"), ("three", "high", "high")):
            store.add([mark("threshold", ewa, "ewa", of), mark("threshold", tom, "tom", of)])
        store.add([mark("threshold", "low", "offline", "two")])
    done = empa("annotate", place, "--agreement")
    assert done.code == 0 and "1 left to settle, 0 settled" in done.out
    assert "ewa: high | tom: medium" in done.out and "marked by fewer than two: context" in done.out
    found = json.loads(empa("annotate", place, "--agreement", "--json").out)
    (row,) = [one for one in found["agreement"] if one["variable"] == "threshold"]
    # Places 0 0, 2 1, 2 2: squares of differences 0, 1, 0; over all pairs of the two 0 1 4, 4 1 0, 4 1 0.
    assert (
        row["n"] == 3 and row["interval"] is None and row["kappas"][0]["value"] == pytest.approx(1 - (1 / 3) / (15 / 9))
    )
    assert found["annotators"] == {"ewa": 3, "offline": 1, "tom": 3}
    assert found["disagreements"] == [
        {"conversation": "two", "variable": "threshold", "size": 0.5, "given": {"ewa": "high", "tom": "medium"}}
    ]
    with_machines = json.loads(empa("annotate", place, "--agreement", "--json", "--machines").out)
    assert with_machines["disagreements"][0]["size"] == 1.0


def test_what_people_differ_on_is_settled(typed, place: Path):
    with MarkStore(place, SPACE) as store:
        store.add([mark("danger", "none", "tom"), mark("danger", "stated", "ida"), mark("danger", "none", of="two")])
        store.add([mark("danger", "stated", "tom", of="two")])
    done = typed("never", "stated", "Ida is right.", mode=("--settle", "--terminal"))
    assert done.code == 0 and "danger: allowed is one of" in done.out
    assert "Conversation two: left out; give your own marks of it first." in done.out
    assert "ida: stated" in done.out and "1 left to settle." in done.out
    with MarkStore(place) as store:
        (settled,) = store.settled()
        assert (settled.value, settled.by, settled.reason) == ("stated", "ewa", "Ida is right.")
    assert typed("", mode=("--settle", "--terminal")).code == 0


def test_tables_go_out_and_come_in(place: Path, tmp_path: Path):
    with MarkStore(place, SPACE) as store:
        store.add([*every("one", "tom"), *every("two", "ewa")])
    done = empa("annotate", place, "--export", tmp_path / "m.csv")
    assert done.code == 0 and f"{2 * len(KNOWN)} marks in" in done.out
    other = folder(tmp_path / "other")
    assert f"{2 * len(KNOWN)} new, 0 not read" in empa("annotate", other, "--import", tmp_path / "m.csv").out
    lines = (tmp_path / "m.csv").read_text().splitlines()
    (tmp_path / "bad.csv").write_text("\n".join((lines[0], lines[1].replace("casual", "holiday"), lines[2])))
    done = empa("annotate", other, "--import", tmp_path / "bad.csv")
    assert done.code == 2 and "bad.csv:2: context: allowed is one of casual, work, crisis" in done.err
    assert "0 new, 1 known already, 1 not read" in done.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--terminal",), "--annotator NAME is needed: marks carry who made them"),
        (("--terminal", "--annotator", "offline"), "is the name of a machine"),
        (("--terminal", "--agreement"), "--terminal and --agreement are different things"),
        (("--machines",), "--machines goes with --agreement"),
        (("--terminal", "--json"), "--json goes with --agreement and --import"),
        (("--agreement", "--rubric", "sdtt"), "sdtt"),
        (("--import", "none.csv"), "none.csv: cannot be read (no such file or directory)"),
        (("--export", "none/m.csv"), "none/m.csv: cannot be written"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(words: tuple[str, ...], told: str, place: Path):
    done = empa("annotate", place, *words)
    assert done.code == 2 and told in done.err and done.err.count("\n") == 1


def test_a_folder_that_is_none_is_left_as_it_is(tmp_path: Path):
    done = empa("annotate", tmp_path, "--agreement")
    assert done.code == 2 and "is no folder that `empa distill` made" in done.err and list(tmp_path.iterdir()) == []


def test_another_space_than_that_of_the_marks_is_refused(place: Path):
    with MarkStore(place, SPACE) as store:
        store.add([mark("danger", "none")])
    done = empa("annotate", place, "--agreement", "--rubric", "epm")
    assert done.code == 2 and "was marked in the space sdt; it cannot be marked in epm" in done.err
