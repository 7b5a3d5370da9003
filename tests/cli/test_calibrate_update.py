from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from empa_graph.content.library import load_rubric
from empa_graph.distill.folder import conversations
from empa_graph.distill.mark_store import MarkStore
from empa_graph.distill.marks import Mark
from empa_graph.run.calibration import load_calibration
from tests.command import empa
from tests.rated_parts import rated, written

BEGIN = ("--rating", "warm", "--scale", "1,5")


def rows(first: int, last: int, **changes: Any) -> list[dict[str, Any]]:
    return [rated(place, place % 5, **changes) for place in range(first, last)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two versions: of 15 conversations, and of 30 among which are those 15."""
    folder = tmp_path_factory.mktemp("versions")
    written(folder / "first.jsonl", *rows(0, 15))
    written(folder / "all.jsonl", *rows(0, 30))
    for name, words in (("first", BEGIN), ("all", ())):
        done = empa("calibrate", folder / f"{name}.jsonl", *words, "--update", folder / "v.jsonl")
        assert (done.code, done.err) == (0, ""), name
    return folder


@pytest.fixture
def versions(made: Path, tmp_path: Path) -> Path:
    (tmp_path / "v.jsonl").write_bytes((made / "v.jsonl").read_bytes())
    return tmp_path / "v.jsonl"


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_each_version_says_what_it_learned_from_and_is_bound_to_the_one_before(made: Path):
    one, two = lines(made / "v.jsonl")
    assert (one["number"], one["parent"], one["added"]["new"], one["added"]["raters"]) == (1, None, 15, 2)
    # A conversation of `rated` comes back with every twentieth place; its ratings too.
    assert (two["number"], len(two["parent"]), two["added"]["new"]) == (2, 64, 5)
    assert one["learned"]["before"] is None and "no version before" in one["learned"]["why"]
    learned = two["learned"]
    assert (learned["n"], learned["groups"]) == (20, 20)
    assert learned["gain"]["value"] == pytest.approx(learned["after"]["value"] - learned["before"]["value"], abs=0.02)
    assert two["moved"] and all(one["before"] != one["after"] for one in two["moved"].values())
    assert two["calibration"]["corrections"]["composite"]["n"] == 20


def test_no_word_of_a_conversation_and_no_name_of_a_group_is_kept(made: Path):
    text = (made / "v.jsonl").read_text(encoding="utf-8")
    assert "father" not in text and '"c1"' not in text and "Everyone" not in text


def test_the_same_labels_twice_add_nothing(made: Path, versions: Path):
    before = versions.read_bytes()
    done = empa("calibrate", made / "all.jsonl", "--update", versions)
    assert (done.code, done.out, versions.read_bytes()) == (0, "", before)
    assert "no new label among 30 rows, 30 are known; nothing added" in done.err


def test_another_rating_of_a_known_conversation_takes_its_place(versions: Path, tmp_path: Path):
    file = written(tmp_path / "again.jsonl", rated(0, 0, ratings={"warm": [2, 2]}))
    assert empa("calibrate", file, "--update", versions).code == 0
    last = lines(versions)[-1]
    assert (last["added"]["new"], last["added"]["changed"], last["learned"]["n"]) == (0, 1, 20)


def test_old_versions_are_named_and_without_a_number_the_last_is_meant(versions: Path):
    one, two = (load_calibration(versions.with_name(f"v.jsonl@{number}")) for number in (1, 2))
    last = load_calibration(versions)
    assert last == two and last != one
    assert [found.version.split(",")[0] for found in (one, two) if found.version] == ["1", "2"]
    done = empa("calibrate", versions, "--check", f"{versions}@3")
    assert (done.code, done.err) == (2, f"empa: {versions}@3: has versions 1 to 2\n")


def test_a_kill_between_versions_leaves_the_old_ones_whole_and_the_next_goes_on(versions: Path, tmp_path: Path):
    whole = versions.read_bytes()
    file = written(tmp_path / "again.jsonl", rated(0, 0, ratings={"warm": [2, 2]}))
    for begun in (1, 40, 400):
        versions.write_bytes(whole + whole[:begun])
        assert load_calibration(versions).version == load_calibration(versions.with_name("v.jsonl@2")).version
    assert empa("calibrate", file, "--update", versions).code == 0
    assert versions.read_bytes().startswith(whole) and [one["number"] for one in lines(versions)] == [1, 2, 3]


@pytest.mark.parametrize("what", ["rating", "weight", "gone"])
def test_a_changed_or_missing_line_is_refused_in_one_line(versions: Path, what: str):
    one, two = versions.read_text(encoding="utf-8").splitlines()
    if what == "rating":
        held = json.loads(two)
        held["labels"][0]["ratings"] = [1.0, 1.0]
        two = json.dumps(held, separators=(",", ":"))
    elif what == "weight":
        one = one.replace('"intercept":', '"intercept":1', 1)
    versions.write_text("".join(f"{line}\n" for line in ([two] if what == "gone" else [one, two])), encoding="utf-8")
    done = empa("calibrate", versions, "--check", versions)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "does not follow the line before; a line was changed or is missing" in done.err


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--rating", "cold"), "is of 'warm'"),
        (("--scale", "0,5"), "has 1,5"),
        (("--metric", "length"), "goes on with those of its version 1"),
        (("--rubric", "epm"), "made for something else"),
        (("--out", "x.json"), "allowed is one of --out FILE, --update VERSIONS and --check VERSIONS"),
        (("--bound", "0.1"), "--bound goes with --check"),
    ],
)
def test_what_does_not_fit_the_versions_is_refused_and_they_stay(
    made: Path, versions: Path, words: tuple[str, ...], line: str
):
    before = versions.read_bytes()
    done = empa("calibrate", made / "all.jsonl", "--update", versions, *words)
    assert (done.code, done.err.count("\n"), versions.read_bytes()) == (2, 1, before) and line in done.err


def test_a_file_of_versions_begins_with_the_ends_of_the_scale(made: Path, tmp_path: Path):
    done = empa("calibrate", made / "all.jsonl", "--rating", "warm", "--update", tmp_path / "n.jsonl")
    assert done.code == 2 and "takes --rating NAME and --scale LOW,HIGH" in done.err
    assert not (tmp_path / "n.jsonl").exists()


def test_a_file_of_something_else_is_not_written_to(made: Path, tmp_path: Path):
    for text in ("paid for", "paid for\n", '{"kind": "empa calibration"}\n'):
        other = tmp_path / "other.jsonl"
        other.write_text(text, encoding="utf-8")
        done = empa("calibrate", made / "all.jsonl", *BEGIN, "--update", other)
        assert (done.code, other.read_text(encoding="utf-8")) == (2, text) and "no version of a calibration" in done.err


def test_hostile_lines_are_named_and_add_nothing(versions: Path, tmp_path: Path):
    good = rated(0, 0, ratings={"warm": [2, 2]})
    bad = [
        rated(1, 1, ratings={"warm": [1e400]}),
        rated(2, 2, ratings={"warm": ["5"]}),
        rated(3, 3, ratings={"warm": [1] * 101}),
        rated(4, 4, ratings={"\u001b[2Jwarm" * 40: [1]}),
    ]
    done = empa("calibrate", written(tmp_path / "r.jsonl", good, *bad), "--update", versions, "--max-failed", "1")
    assert done.code == 0 and "4 of 5 lines skipped as unusable" in done.err and "\x1b" not in done.err
    assert (lines(versions)[-1]["added"]["changed"], lines(versions)[-1]["added"]["new"]) == (1, 0)


def test_a_rating_beyond_the_scale_adds_no_version(versions: Path, tmp_path: Path):
    before = versions.read_bytes()
    done = empa("calibrate", written(tmp_path / "r.jsonl", rated(0, 0, ratings={"warm": [9]})), "--update", versions)
    assert (done.code, versions.read_bytes()) == (2, before) and "the ratings reach from 1 to 9" in done.err


def test_single_replies_do_not_mix_with_conversations(versions: Path, tmp_path: Path):
    file = written(tmp_path / "r.jsonl", rated(0, 0, turn=1))
    done = empa("calibrate", file, "--update", versions)
    assert done.code == 2 and "keep a calibration for each" in done.err


def checked(file: Path, versions: Path, *words: object) -> tuple[int, dict[str, dict[str, Any]]]:
    done = empa("calibrate", file, "--check", versions, "--json", *words)
    return done.code, {row["metric"]: row for row in json.loads(done.out)["drift"]}


def test_anchors_that_are_judged_as_before_hold(made: Path, versions: Path):
    code, found = checked(made / "all.jsonl", versions)
    assert code == 0 and {row["verdict"] for row in found.values()} == {"held"}
    assert (found["composite"]["n"], found["composite"]["missing"]) == (20, 0)
    assert found["composite"]["moved"] == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_anchors_that_were_judged_otherwise_drift_and_a_wider_bound_holds(made: Path, tmp_path: Path):
    one = json.loads((made / "v.jsonl").read_text(encoding="utf-8").splitlines()[0])
    for scores in one["anchors"].values():
        scores["composite"] -= 10.0
    moved = tmp_path / "v.jsonl"
    moved.write_text(json.dumps(one, separators=(",", ":")) + "\n", encoding="utf-8")
    code, found = checked(made / "all.jsonl", moved)
    assert (code, found["composite"]["verdict"], found["support"]["verdict"]) == (100, "drifted", "held")
    assert found["composite"]["moved"]["value"] == pytest.approx(10.0)
    assert checked(made / "all.jsonl", moved, "--bound", "0.2")[0] == 0


def test_anchors_that_are_not_there_are_counted_and_never_a_number(versions: Path, tmp_path: Path):
    code, found = checked(written(tmp_path / "few.jsonl", *rows(0, 3)), versions)
    assert code == 4 and {row["verdict"] for row in found.values()} == {"undecided"}
    assert (found["composite"]["n"], found["composite"]["missing"]) == (3, 17)
    code, found = checked(written(tmp_path / "none.jsonl", rated(1, 0, messages=rated(1, 0)["messages"][:2])), versions)
    assert (code, found["composite"]["moved"]) == (4, None)


def test_what_people_marked_in_a_folder_are_labels_with_their_source(tmp_path: Path):
    talks = [{"messages": rated(place, place % 5)["messages"]} for place in range(20)]
    corpus, folder, file = written(tmp_path / "talks.jsonl", *talks), tmp_path / "distilled", tmp_path / "v.jsonl"
    assert empa("distill", corpus, "--out", folder, "--own-rules", "--until", "intake", "--least-turns", 1).code == 0
    with MarkStore(folder, load_rubric("sdt").space) as store:
        known = list(conversations(folder))
        for place, talk in enumerate(known):
            store.add([mark_of(talk.id, 0.9 - place / 20, "ewa")])
        store.add([mark_of(known[0].id, -0.9, "tom"), mark_of(known[1].id, -0.9, "tom")])
        store.settle(known[1].id, "end.calm", 0.5, by="ida", reason="Said so at the end.")
    words = ("--rating", "end.calm", "--scale", "-1,1", "--update", file)
    done = empa("calibrate", folder, *words)
    assert (done.code, done.err) == (0, "")
    (one,) = lines(file)
    assert (one["added"]["source"], one["added"]["by"]) == ("annotations", ["ewa", "ida"])
    assert one["added"]["new"] == len(known) - 1, "what two differ on is no label until it is settled"
    assert [0.5] in [label["ratings"] for label in one["labels"]]
    assert "frommarksofpeople" in "".join(done.out.split())


def mark_of(conversation: str, value: float, by: str) -> Mark:
    return Mark(conversation=conversation, variable="end.calm", value=value, annotator=by, at=datetime.now(UTC))


def test_answers_given_live_are_labels_of_their_conversations_and_the_version_says_so(tmp_path: Path):
    bare = [{name: part for name, part in row.items() if name != "ratings"} for row in rows(0, 12)]
    chats, live, file = written(tmp_path / "chats.jsonl", *bare), tmp_path / "live.csv", tmp_path / "survey.jsonl"
    answers = "".join(f"v1,survey,1,,{5 - place % 5},c{place}\n" for place in range(10))
    live.write_text(f"# Made up.\nversion,outcome,n,count,mean,conversation\n{answers}v1,returned,9,4,,\n")
    words = ("--outcomes", live, "--rating", "survey", "--scale", "1,5", "--update", file)
    done = empa("calibrate", chats, *words, "--json")
    assert done.code == 0 and "10 of 12 conversations have an answer to 'survey'" in done.err
    (one,) = lines(file)
    assert (one["added"]["source"], one["added"]["new"], one["added"]["unlabelled"]) == ("outcomes", 10, 2)
    again = empa("calibrate", chats, *words)
    assert again.code == 0 and "no new label among 12 rows" in again.err and len(lines(file)) == 1
    for rating, why in (("returned", "'returned' is counted, and can be no label"), ("srvey", "Did you mean 'survey'")):
        refused = empa(
            "calibrate", chats, "--outcomes", live, "--rating", rating, "--scale", "1,5", "--update", tmp_path / "n"
        )
        assert refused.code == 2 and why in refused.err and refused.err.count("\n") == 1
    assert empa("calibrate", chats, "--outcomes", live, "--update", file).code == 2
    agreed = json.loads(empa("correlate", chats, *words[:4], "--metric", "composite", "--gaming", 0, "--json").out)
    assert [(row["metric"], row["rating"], row["n"]) for row in agreed["agreement"]] == [("composite", "survey", 10)]
