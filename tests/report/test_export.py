from __future__ import annotations

import csv
import io
import json
import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from empa_graph.errors import UsageError
from empa_graph.models.dialogue import Message, Refused, Usage, Voicing
from empa_graph.models.episode import Episode
from empa_graph.models.failure import Failure
from empa_graph.report.export import Format, export
from empa_graph.report.summary import summarise
from empa_graph.store.ledger import Store
from empa_graph.store.records import CallEntry
from tests.forked import started
from tests.records import episode as small, run, score
from tests.report.page_parts import CONTROLS, MARKUP, hostile
from tests.store_parts import ODD, call, played, said, turn

FORMATS: tuple[Format, ...] = ("jsonl", "csv", "parquet", "inspect")
BAD = Failure(turn=1, blame="provider", kind="timeout", detail="gone")
PLAYED = (
    played([turn(0, 1), turn(0, 2)], repeat=2, score=score(62.5)),
    small(agent="=cmd|' /C calc'!A0", ending="failed", score=None, unscored="timeout: gone", failure=BAD),
)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store.create(url, run(agent="@agent", repeats=3)) as made:
        for number, episode in enumerate(PLAYED):
            made.add_episode(number, episode)
        yield made


def test_a_line_of_json_is_a_whole_episode(store: Store, tmp_path: Path):
    assert export(store, tmp_path / "out.jsonl", format="jsonl") == 2
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert [Episode.model_validate_json(line) for line in lines] == list(PLAYED)


def test_a_table_has_one_row_an_episode_and_no_formulas(store: Store, tmp_path: Path):
    export(store, tmp_path / "out.csv", format="csv")
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["composite"] for row in rows] == ["62.5", ""]
    assert rows[1]["agent"] == "'=cmd|' /C calc'!A0"
    assert [row["unscored"] for row in rows] == ["", "timeout"]
    assert [row["number"] for row in rows] == ["1", "2"]  # as `empa show` counts


def test_negative_numbers_stay_numbers_in_a_table(url: str, tmp_path: Path):
    with Store.create(url, run()) as store:
        store.add_episode(0, small(seed=-5, scenario="-x/+y"))
        export(store, tmp_path / "out.csv", format="csv")
    (row,) = csv.DictReader((tmp_path / "out.csv").read_text().splitlines())
    assert (row["seed"], row["scenario"]) == ("-5", "'-x/+y")


def test_parquet_keeps_types_and_absence(store: Store, tmp_path: Path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="the parquet extra is not installed")
    export(store, tmp_path / "out.parquet", format="parquet")
    table = parquet.read_table(tmp_path / "out.parquet").to_pydict()
    assert (table["composite"], table["turns"]) == ([62.5, None], [2, 1])


def test_an_inspect_log_has_messages_scores_and_the_cause_of_a_failure(store: Store, tmp_path: Path):
    export(store, tmp_path / "log.json", format="inspect")
    log = json.loads((tmp_path / "log.json").read_text())
    first, second = log["samples"]
    assert (log["version"], log["eval"]["model"]) == (2, "openai-api/unstated/agent")
    assert (first["epoch"], first["messages"][1]["content"]) == (3, ODD)
    assert first["scores"]["composite"]["value"] == 62.5
    last = {"message": {"role": "assistant", "content": ODD}, "stop_reason": "stop"}
    assert first["output"] == {"model": "unstated/agent", "choices": [last]}
    assert first["scores"]["composite"]["metadata"]["turns"][0]["items"][0]["progress_evidence"] == ODD
    assert (second["scores"], second["error"]["message"]) == ({}, "timeout (provider): gone")


def called() -> Episode:
    """An episode of a graph that called two tools before its reply and tells what its model used."""
    tools = [
        {"name": "look_up", "args": {"word": "desk"}, "answer": {"found": 2}},
        {"name": "save", "args": "desk", "answer": None},
    ]
    person, agent = said(1)
    return small(messages=(person, agent.model_copy(update={"agent_state": {"tools": tools}})))


def test_an_inspect_log_keeps_tool_calls_before_the_reply_they_led_to(url: str, tmp_path: Path):
    with Store.create(url, run()) as store:
        store.add_episode(0, called())
        export(store, tmp_path / "log.json", format="inspect")
    _, asked, answer, reply = json.loads((tmp_path / "log.json").read_text())["samples"][0]["messages"]
    names = [(call["id"], call["function"], call["arguments"]) for call in asked["tool_calls"]]
    assert names == [
        ("turn-1-call-1", "look_up", {"word": "desk"}),
        ("turn-1-call-2", "save", {"arguments": "desk"}),
    ]
    assert (answer["role"], answer["tool_call_id"], answer["content"]) == ("tool", "turn-1-call-1", '{"found": 2}')
    assert (reply["role"], reply["content"]) == ("assistant", ODD)


def test_an_inspect_log_has_what_each_model_used_by_sample_and_in_all(url: str, tmp_path: Path):
    used = {"input_tokens": 10, "output_tokens": 3, "total_tokens": 13, "input_tokens_cache_read": 0}
    asked = call(episode=1, usage=Usage(tokens_in=10, tokens_out=3))
    with Store.create(url, run(episodes=2)) as store:
        store.append(
            [CallEntry(call=asked), CallEntry(call=asked), CallEntry(call=asked.model_copy(update={"episode": 7}))]
        )
        store.add_episode(0, called())
        store.add_episode(1, small())
        export(store, tmp_path / "log.json", format="inspect")
    log = json.loads((tmp_path / "log.json").read_text())
    assert log["samples"][0]["model_usage"] == {"m-1": used}
    assert log["samples"][1]["model_usage"] == {"judge-1": {name: 2 * count for name, count in used.items()}}
    assert log["stats"]["model_usage"] == {"m-1": used, "judge-1": {name: 3 * count for name, count in used.items()}}


def test_the_replies_of_a_model_that_was_metered_are_counted_once(url: str, tmp_path: Path):
    with Store.create(url, run()) as store:
        store.append([CallEntry(call=call(role="empathic", usage=Usage(tokens_in=10, tokens_out=3)))])
        store.add_episode(0, called())
        export(store, tmp_path / "log.json", format="inspect")
    assert list(json.loads((tmp_path / "log.json").read_text())["stats"]["model_usage"]) == ["judge-1"]


def test_the_means_of_an_inspect_log_weigh_scenarios_alike_as_the_summary_does(url: str, tmp_path: Path):
    scores = (("a/b", 0, 80.0), ("a/b", 1, 60.0), ("a/c", 0, 20.0))
    held = [small(scenario=name, repeat=repeat, score=score(value)) for name, repeat, value in scores]
    with Store.create(url, run(episodes=3)) as store:
        for number, episode in enumerate(held):
            store.add_episode(number, episode)
        export(store, tmp_path / "log.json", format="inspect")
        wanted = summarise(store.run, held).variants[0].metrics["composite"].mean
    composite, progress = json.loads((tmp_path / "log.json").read_text())["results"]["scores"]
    assert composite["metrics"]["mean"]["value"] == wanted == pytest.approx(45.0)
    assert progress["metrics"]["mean_baseline"]["value"] == pytest.approx(0.5)


def test_inspect_itself_reads_the_log(url: str, tmp_path: Path):
    inspect_log = pytest.importorskip("inspect_ai.log", reason="inspect_ai is not installed")
    with Store.create(url, run(agent="@agent", repeats=3)) as store:
        for number, episode in enumerate((*PLAYED, called())):
            store.add_episode(number, episode)
        export(store, tmp_path / "log.json", format="inspect")
    log = inspect_log.read_eval_log(str(tmp_path / "log.json"))
    assert [len(one.messages) for one in log.samples] == [4, 2, 4]
    assert log.samples[2].messages[1].tool_calls[0].function == "look_up"
    assert log.stats.model_usage["m-1"].total_tokens == 39
    head = inspect_log.read_eval_log(str(tmp_path / "log.json"), header_only=True)
    assert (head.samples, head.stats.model_usage["m-1"].total_tokens) == (None, 39)


@pytest.mark.parametrize("name", ["jsonl", "csv", "inspect"])
def test_hostile_text_is_data_that_no_terminal_obeys(tmp_path: Path, name: Format):
    evil = hostile()
    lost = evil.model_copy(update={"repeat": 1, "ending": "failed", "score": None, "failure": evil.faults[0]})
    made = run(agent=f"=cmd{MARKUP}{CONTROLS}\x9b31m", repeats=2)
    with Store.create(f"sqlite:///{tmp_path}/run.db", made) as store:
        for number, held in enumerate((evil, lost)):
            store.add_episode(number, held.model_copy(update={"agent": made.config.agent.spec}))
        assert export(store, tmp_path / "out", format=name) == 2
    text = (tmp_path / "out").read_bytes().decode()
    steering = {c for c in text if unicodedata.category(c) in ("Cc", "Cf")} - set("\n\r\u200d")
    assert steering == set() and "\u2028" not in text
    if name == "csv":
        rows = list(csv.DictReader(io.StringIO(text)))
        assert len(rows) == 2 and None not in rows[0] and rows[0]["agent"].startswith("'=cmd<img")
    elif name == "inspect":
        assert [sample["epoch"] for sample in json.loads(text)["samples"]] == [1, 2]
    else:
        assert Episode.model_validate_json(text.splitlines()[0]).messages == evil.messages


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_is_written_over_unless_forced(url: str, tmp_path: Path, name: Format):
    with Store.create(url, run()) as store:
        (tmp_path / "out").write_text("mine")
        with pytest.raises(UsageError, match="exists already; choose another --out or add --force"):
            export(store, tmp_path / "out", format=name)
        assert (tmp_path / "out").read_text() == "mine"
        assert export(store, tmp_path / "out", format=name, force=True) == 0
        assert (tmp_path / "out").read_bytes() != b"mine"


@pytest.mark.parametrize("linked", [False, True])
def test_what_is_no_regular_file_is_never_replaced(store: Store, tmp_path: Path, linked: bool):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    out = tmp_path / "link" if linked else pipe
    if linked:
        out.symlink_to(pipe)
    with pytest.raises(UsageError, match="is no regular file; choose another --out"):
        export(store, out, format="jsonl", force=True)
    assert pipe.is_fifo() and out.is_symlink() == linked
    with pytest.raises(UsageError, match="is a folder; choose another --out"):
        export(store, tmp_path, format="jsonl", force=True)


def test_behind_a_link_its_target_is_written(store: Store, tmp_path: Path):
    (tmp_path / "deep").mkdir()
    target, link = tmp_path / "deep" / "file", tmp_path / "link"
    link.symlink_to(target)
    with pytest.raises(UsageError, match="link: exists already"):
        export(store, link, format="jsonl")
    target.write_text("mine")
    export(store, link, format="jsonl", force=True)
    assert link.is_symlink() and Episode.model_validate_json(target.read_text().splitlines()[0])
    assert [path.name for path in target.parent.iterdir()] == ["file"]


def test_an_export_that_fails_leaves_no_file(store: Store, tmp_path: Path):
    place = tmp_path / "out"
    place.mkdir()
    with store._base.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE episodes SET record = hash WHERE number = 1")
    with pytest.raises(UsageError, match="episode 1: column record: the stored record is damaged"):
        export(store, place / "out.jsonl", format="jsonl")
    assert list(place.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(store: Store, tmp_path: Path):
    with pytest.raises(UsageError, match=r"out\.csv: cannot be written \(no such file or directory\)"):
        export(store, tmp_path / "nowhere" / "out.csv", format="csv")


def test_parquet_without_its_extra_says_what_to_install(tmp_path: Path):
    code = (
        "import sys, importlib.util as util\n"
        "find = util.find_spec\n"
        "util.find_spec = lambda name, package=None: None if name == 'pyarrow' else find(name, package)\n"
        "from pathlib import Path\n"
        "from empa_graph.report.export import export\n"
        "from empa_graph.store.ledger import Store\n"
        "from tests.records import run\n"
        f"store = Store.create('sqlite:///{tmp_path}/run.db', run())\n"
        f"try: export(store, Path('{tmp_path}/x'), format='parquet')\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    done = started(exec, code, {}).ended()
    assert done.out.startswith("MissingExtraError") and "empa-graph[parquet]" in done.out


def test_a_table_has_the_simulators_share_of_failures(url: str, tmp_path: Path):
    refused = Refused(kind="refusal", words="I cannot")
    voiced = [Voicing(), Voicing(refused=(refused,)), Voicing(refused=(refused,) * 3, fallback=True), Voicing()]
    turns = [
        turn(0, n, messages=(Message(turn=n, speaker="persona", content="Yes.", voicing=v),))
        for n, v in enumerate(voiced, 1)
    ]
    with Store.create(url, run(voice="openai:x")) as made:
        made.add_episode(0, played(turns))
        export(made, tmp_path / "out.csv", format="csv")
        export(made, tmp_path / "out.json", format="inspect")
    (row,) = csv.DictReader((tmp_path / "out.csv").read_text().splitlines())
    assert (row["simulator_failures"], row["simulator_fallbacks"]) == ("0.5", "0.25")
    (sample,) = json.loads((tmp_path / "out.json").read_text())["samples"]
    assert sample["metadata"]["simulator"]["fallbacks"] == 1
