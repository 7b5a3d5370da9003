from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from empa_graph.cli.display import console
from empa_graph.cli.show import Played, _cells
from empa_graph.models.assessment import Assessment, Item
from empa_graph.models.behaviour import AXES, Code
from empa_graph.models.dialogue import Message
from empa_graph.models.directive import Directive
from empa_graph.models.episode import Episode, Note, PersonaState
from empa_graph.models.failure import Failure
from empa_graph.models.latent import LatentState, Step
from empa_graph.models.support import Support
from empa_graph.store.folder import RunFolder
from tests.command import COMMAND, SCENARIO, empa, environment, personas_with
from tests.records import episode, run, score

NASTY = "ok [bold red]x[/] \x1b[31mred\x1b[0m :warning: \x9b2J end\\"
SHOWN = "ok [bold red]x[/] [31mred[0m :warning: 2J end\\"


def stored(folder: Path, *played: Episode) -> Path:
    with RunFolder(folder, run(episodes=3)) as keep:
        for number, one in enumerate(played):
            keep.add(one, number=number)
    return folder


def nasty_run(folder: Path) -> Path:
    said = (Message(turn=1, speaker="persona", content="Hi."), Message(turn=1, speaker="empathic", content=NASTY))
    fault = Failure(turn=1, blame="provider", kind="odd", detail=NASTY)
    broken = {"score": None, "unscored": NASTY, "failure": fault, "ending": "failed"}
    return stored(folder, episode(messages=said, agent=NASTY), episode(**broken))


def test_a_language_that_is_not_read_is_said_in_the_summary_of_run_and_show(tmp_path: Path):
    personas = personas_with(tmp_path / "personas", "id: exam_student\n", "id: exam_student\nlanguage: zh\n")
    words = ("--personas", personas, "--empathic", "scripted:generic", "--max-turns", 2, "--out", tmp_path / "run")
    for done in (empa("run", SCENARIO, *words), empa("show", tmp_path / "run")):
        told = " ".join(done.out.split())
        assert "2 turns with language_not_read" in told and told.count("the persona speaks 'zh'") == 1
    row = json.loads(empa("show", tmp_path / "run", "--json").out)["episodes"][0]
    assert (row["composite"], row["unscored"]) == (None, "no turn was judged")


def test_the_list_holds_every_scenario_as_json():
    rows = json.loads(empa("list", "--json").out)
    assert len(rows) == 36 and len({row["person"] for row in rows}) == 12
    assert set(rows[0]) == {"id", "person", "context", "threshold", "title"}
    assert {row["context"] for row in rows} == {"casual", "work", "crisis"}
    listed = empa("list").out
    assert all(row["id"] in listed for row in rows), "an id is whole, so that it can be copied"


def test_the_list_of_a_folder_holds_its_own_personas(tmp_path: Path):
    personas_with(tmp_path, "name: Mina Rahimi", 'name: "Mina [red]R[/]"')
    assert [row["id"] for row in json.loads(empa("list", "--personas", tmp_path, "--json").out)] == [
        "exam_student/reduce_stress",
        "exam_student/clarify_values",
        "exam_student/after_failing",
    ]
    assert "[red]R[/]" in empa("list", "exam_student/reduce_stress", "--personas", tmp_path).out


def test_a_scenario_is_shown_with_start_target_and_reasons():
    done = empa("show", SCENARIO)
    assert done.code == 0
    for text in (SCENARIO, "Reached when:", "Threshold high:", "autonomy", "-0.30", "Opens with:"):
        assert text in done.out
    assert json.loads(empa("show", SCENARIO, "--json").out)["goal"]["id"] == "reduce_stress"


def test_a_run_is_shown_with_its_summary_and_episodes(tmp_path: Path):
    folder = stored(tmp_path / "run", episode(scenario="a/b"), episode(scenario="c/d"))
    done = empa("show", folder)
    assert done.code == 0
    assert "2/3" in done.out and "a/b" in done.out and "c/d" in done.out
    assert "baseline: 1 of 3 episodes without a score: not played" in done.out
    summary = json.loads(empa("show", folder, "--json").out)
    assert summary["variants"][0]["metrics"]["composite"]["mean"] == 50.0
    assert [(row["number"], row["scenario"], row["composite"]) for row in summary["episodes"]] == [
        (1, "a/b", 50.0),
        (2, "c/d", 50.0),
    ]


@pytest.mark.parametrize("which", ["1", "someone/something"])
def test_an_episode_is_shown_by_number_or_scenario(tmp_path: Path, which: str):
    done = empa("show", stored(tmp_path / "run", episode()), which)
    assert done.code == 0
    assert "1 persona  Hello." in done.out and "1 empathic  Good evening." in done.out
    assert "calm +0.00  trust +0.00" in done.out and "calm +0.10  trust +0.00" in done.out
    assert "composite 50.0 (balanced)" in done.out and "coverage 100%" in done.out


def test_who_left_is_shown_with_the_trust_they_left_with(tmp_path: Path):
    state = PersonaState(trust=0.05, openness=0.1, ended="left")
    gone = episode(ending="left", persona_state=state)
    assert "left after 1 turn (trust 0.05); composite 50.0" in empa("show", stored(tmp_path / "run", gone), "1").out


def test_a_scenario_is_shown_with_its_content_note(tmp_path: Path):
    folder = personas_with(tmp_path, "id: exam_student\n", "id: exam_student\ncontent_note: [death, suicide]\n")
    shown = empa("show", "exam_student/after_failing", "--personas", folder).out
    assert "Content note: death, suicide" in shown


def test_evidence_ends_behind_a_whole_word(tmp_path: Path):
    words = "It makes sense that you lie awake when everybody at the hospital leans on you."
    code = Code(behaviour="validating", strength=3.0, evidence=words)
    judged = Assessment(evaluator="cues", items=(Item(dimension="calm", progress=1, regress=0),), codes=(code,))
    one = episode()
    latent = one.latent.extended(Step(turn=2, increment=(0.1, 0.0), assessment=judged))
    said = (*one.messages, Message(turn=2, speaker="persona", content="So."))
    said += (Message(turn=2, speaker="empathic", content=words),)
    done = empa("show", stored(tmp_path / "run", episode(messages=said, latent=latent)), "1")
    assert "validating 3.0 ('It makes sense that you lie awake when everybody at the...')" in " ".join(done.out.split())


def test_a_missing_judgement_is_shown_with_its_cause(tmp_path: Path):
    fault = Failure(turn=2, blame="evaluator", kind="judge_invalid", detail="prose [b]here[/b]")
    one = episode()
    said = (
        *one.messages,
        Message(turn=2, speaker="persona", content="So."),
        Message(turn=2, speaker="empathic", content=""),
    )
    latent = one.latent.extended(Step(turn=2, increment=None, failure=fault))
    done = empa("show", stored(tmp_path / "run", episode(messages=said, latent=latent)), "1")
    assert "no judgement: prose [b]here[/b]" in done.out
    assert "2 empathic  (nothing)" in done.out


def test_model_text_is_shown_as_it_stands_but_for_control_characters(tmp_path: Path):
    folder = nasty_run(tmp_path / "run")
    for words in ((folder,), (folder, "1"), (folder, "2")):
        done = empa("show", *words)
        assert done.code == 0
        assert not {"\x1b", "\x9b"} & set(done.out)
    assert f"1 empathic  {SHOWN}\n" in empa("show", folder, "1").out


def test_what_an_agent_says_cannot_pass_for_another_turn_or_for_the_closing_line(tmp_path: Path):
    spoof = (
        "ok\n  9 empathic  SPOOF\u2028  8 persona  SPOOF\n\nconverged after 4 turns; composite 100.0\u202e" + " x" * 200
    )
    said = (Message(turn=1, speaker="persona", content="Hi."), Message(turn=1, speaker="empathic", content=spoof))
    lines = empa("show", stored(tmp_path / "run", episode(messages=said)), "1").out.splitlines()
    first = lines.index("  1 empathic  ok")
    assert {line[:7] for line in lines if "SPOOF" in line or "100.0" in line or "x x" in line} == {"      |"}
    assert lines[first + 1] == "      |   9 empathic  SPOOF"
    assert "\u202e" not in "".join(lines)


def steered(*, said: str = "Hi.") -> Episode:
    """An episode whose agent called a tool, with a directive and a note at its turn and a note before any."""
    tools = [{"name": "look_up", "args": {"word": said}, "answer": said}, {"name": "save", "args": {}, "answer": None}]
    messages = (
        Message(turn=1, speaker="persona", content="Hello."),
        Message(turn=1, speaker="empathic", content="Good evening.", agent_state={"tools": tools}),
    )
    asked = Directive(turn=1, author="director", action="change_pace", argument="slow", reason=said)
    notes = (Note(author="watcher", turn=1, content=said), Note(author="watcher", turn=7, content="late"))
    return episode(messages=messages, directives=(asked,), notes=notes)


def test_the_tools_directives_and_notes_of_a_turn_are_shown(tmp_path: Path):
    folder = stored(tmp_path / "run", steered())
    lines = empa("show", folder, "1").out.splitlines()
    shown = [
        '    tool look_up({"word": "Hi."}): Hi.',
        "    tool save({}): no answer",
        "    director: change_pace slow (Hi.)",
        "    watcher notes: Hi.",
    ]
    assert [line for line in lines if line in shown] == shown
    assert lines.index(shown[0]) > lines.index("  1 empathic  Good evening.")
    assert lines.index("    watcher notes: late") > lines.index(shown[3])
    found = json.loads(empa("show", folder, "1", "--json").out)
    assert found["messages"][1]["agent_state"]["tools"][0]["answer"] == "Hi."
    assert (found["directives"][0]["argument"], found["notes"][1]["content"]) == ("slow", "late")


def test_tools_and_notes_cannot_steer_the_terminal_and_fit_80_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(console, "width", 80)
    out = empa("show", stored(tmp_path / "run", steered(said=f"{NASTY}\n  9 empathic  SPOOF " + "x" * 300)), "1").out
    assert not {"\x1b", "\x9b"} & set(out)
    assert max(map(len, out.splitlines())) <= 80
    assert not any(line.startswith("  9 agent") for line in out.splitlines())


def test_json_of_an_episode_keeps_the_text_whole_and_escapes_it(tmp_path: Path):
    done = empa("show", nasty_run(tmp_path / "run"), "1", "--json")
    assert json.loads(done.out)["messages"][1]["content"] == NASTY
    assert not {"\x1b", "\x9b"} & set(done.out)


@pytest.mark.parametrize(
    ("which", "line"),
    [
        ("0", "no episode 0; allowed are 1 to 1"),
        ("2", "no episode 2; allowed are 1 to 1"),
        ("someone/somethin", "unknown episode 'someone/somethin'. Did you mean 'someone/something'?"),
        ("²", "unknown episode '²'. Known: someone/something."),
    ],
)
def test_an_episode_that_is_not_there_is_one_line(tmp_path: Path, which: str, line: str):
    done = empa("show", stored(tmp_path / "run", episode()), which)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert line in done.err


def test_a_scenario_played_several_times_is_listed_to_choose_from(tmp_path: Path):
    folder = stored(tmp_path / "run", episode(repeat=0), episode(repeat=1), episode(scenario="a/b"))
    done = empa("show", folder, "someone/something")
    assert done.code == 0 and "2 episodes of someone/something; name one by its number" in done.out
    assert "Hello." not in done.out and "repeat" in done.out
    rows = json.loads(empa("show", folder, "someone/something", "--json").out)["episodes"]
    assert [(row["number"], row["repeat"]) for row in rows] == [(1, 0), (2, 1)]


def test_of_a_persona_every_scenario_is_shown():
    done = empa("show", "exam_student")
    assert [
        done.out.count(f"exam_student/{goal}") for goal in ("reduce_stress", "clarify_values", "after_failing")
    ] == [
        1,
        1,
        1,
    ]
    assert [one["goal"]["id"] for one in json.loads(empa("show", "exam_student", "--json").out)] == [
        "reduce_stress",
        "clarify_values",
        "after_failing",
    ]


@pytest.mark.parametrize(
    ("words", "count"),
    [(("exam*",), 3), (("*/reduce_stress", "exam_student"), 7), (("--threshold", "high", "--context", "crisis"), 2)],
)
def test_the_list_can_be_narrowed(words: tuple[str, ...], count: int):
    assert len(json.loads(empa("list", *words, "--json").out)) == count


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("list", "zz*"), "no scenario matches 'zz*' (empa list shows all)"),
        (("list", "--context", "crisi"), "--context: unknown context 'crisi'. Did you mean 'crisis'?"),
        (("show", SCENARIO, "2"), f"'{SCENARIO}' is no run; only a run has an episode '2'"),
    ],
)
def test_what_names_nothing_is_one_line(words: tuple[str, ...], line: str):
    assert empa(*words) == (2, "", f"empa: {line}\n")


def test_a_folder_without_a_run_is_told_from_an_unknown_scenario(tmp_path: Path):
    assert empa("show", tmp_path).err == f"empa: {tmp_path}: no run here (run.json is missing)\n"
    assert "Did you mean 'exam_student/clarify_values'?" in empa("show", "exam_student/clarify_value").err


def test_a_run_that_is_not_there_is_answered_with_the_nearest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    stored(Path("runs/mine"), episode())
    Path("notes").mkdir()
    Path("chats.jsonl").write_text("{}", encoding="utf-8")
    Path("run.yaml").write_text("a: 1", encoding="utf-8")
    for what, told in (
        ("runs/mne", "runs/mne: no such run folder; did you mean 'runs/mine'?"),
        ("runs/other", "runs/other: no such run folder; those in runs: runs/mine"),
        ("notes/mine", "notes/mine: no such run folder, nor any other in notes"),
        ("mine", "mine: no such run folder; did you mean 'runs/mine'?"),
        ("runs/mine/run.json", "runs/mine/run.json: a file and no run folder; name its folder, runs/mine"),
        ("gone.jsonl", "gone.jsonl: no such file"),
    ):
        assert empa("show", what) == empa("show", what, "1") == (2, "", f"empa: {what}: {told.partition(': ')[2]}\n")
    done = empa("show", "chats.jsonl").err
    assert done.startswith("empa: chats.jsonl: a file and no run folder; ") and "empa report" in done
    Path("exam_student").mkdir()
    assert empa("show", SCENARIO).code == 0


def walked(*increments: tuple[float, float] | None) -> Episode:
    """An episode of as many turns; of one without an increment the judgement is missing."""
    latent = LatentState.opening(dimensions=("calm", "trust"), start=(0.0, 0.0), target=(0.6, 0.8), radius=0.3)
    said: list[Message] = []
    for turn, increment in enumerate(increments, start=1):
        fault = Failure(turn=turn, blame="evaluator", kind="judge_invalid", detail="x") if increment is None else None
        latent = latent.extended(Step(turn=turn, increment=increment, failure=fault))
        said += [Message(turn=turn, speaker=who, content="So.") for who in ("persona", "empathic")]
    return episode(messages=tuple(said), latent=latent)


def test_progress_and_distance_are_drawn_by_turn_with_a_gap_where_nothing_was_judged(tmp_path: Path):
    folder = stored(tmp_path / "run", walked((0.3, 0.4), None, (0.24, 0.32)), walked((-0.6, -0.8)))
    told = " ".join(empa("show", folder, 1).out.split())
    assert "progress by turn ▄·▇ 0.00 to 0.90, full height 1 is the target; · was not judged" in told
    assert "distance by turn ▄·▁ 1.00 to 0.10, full height 1.00; within 0.30 counts as there" in told
    assert "distance by turn ▇ 1.00 to 2.00, full height 2.00" in " ".join(empa("show", folder, 2).out.split())
    out = empa("show", folder).out
    assert "▄·▇" in out and "progress by turn: ▁ none of the way to ▇ the target, · not judged" in out
    rows = json.loads(empa("show", folder, "--json").out)["episodes"]
    assert rows[0]["by_turn"]["progress"] == [pytest.approx(0.5), None, pytest.approx(0.9)]
    assert rows[1]["by_turn"]["distance"] == [pytest.approx(2.0)]


def test_an_encoding_without_blocks_has_digits(tmp_path: Path):
    folder = stored(tmp_path / "run", walked((0.3, 0.4), None, (0.24, 0.32)))
    there = environment(PYTHONIOENCODING="ascii")
    for words, drawn in ((("1",), "progress by turn  5-9  0.00 to 0.90"), ((), "0 none of the way to 9 the target")):
        done = subprocess.run([COMMAND, "show", folder, *words], env=there, capture_output=True, check=True)
        assert drawn in done.stdout.decode("ascii") and "?" not in done.stdout.decode("ascii")


def test_the_variant_is_named_where_there_are_several(tmp_path: Path):
    with RunFolder(tmp_path / "run", run("baseline", "aligned", episodes=1)) as keep:
        for number, name in enumerate(("baseline", "aligned")):
            keep.add(episode(variant=name), number=number)
    rows = empa("show", tmp_path / "run").out.partition("ending")[2]
    assert "baseline" in rows and "aligned" in rows


def test_why_a_reply_let_down_stands_with_what_had_no_effect(tmp_path: Path):
    item = Item(dimension="calm", progress=0, regress=1, regress_evidence="Hi.")
    codes = (Code(behaviour="validating", strength=3.0, evidence="Hi."),)
    assessment = Assessment(evaluator="cues", items=(item,), codes=codes, fit=0.1)
    latent = LatentState.opening(dimensions=("calm",), start=(0.0,), target=(1.0,), radius=0.3)
    said = (Message(turn=1, speaker="persona", content="Hello."), Message(turn=1, speaker="empathic", content="Hi."))
    moved = latent.extended(Step(turn=1, increment=(0.0,), assessment=assessment))
    folder = stored(tmp_path / "run", episode(messages=said, latent=moved, felt_absent="card_lines"))
    told = "".join(empa("show", folder, 1).out.split())
    assert "letdown:speakspastthispersonorrepeatsitself(fit0.10;below0.35costsastep)('Hi.')" in told
    assert "countedfornothing:validating3.0" in told
    assert "noeffect:calm-1(nothinglefttotakeback)" in told
    assert "support:none" in told and "felt:notforetold,sincethepersonspeakslinesofacard" in told


def test_support_and_its_guards_close_an_episode(tmp_path: Path):
    axes = dict.fromkeys(AXES, 1.0)
    found = Support(
        value=0.44, low=0.4, high=0.5, percentile=0.3, axes=axes, replies=4, length=9.0, coder="offline",
        provisional=True, capped_by=("repeated",),
    )  # fmt: skip
    told = " ".join(empa("show", stored(tmp_path / "run", episode(support=found, felt=0.6)), 1).out.split())
    assert "support 0.44 [0.40, 0.50] (mean human supporter: 0.5); provisional, 4 replies" in told
    assert "guards: repeated (support is capped)" in told and "felt 0.60" in told


def test_a_void_composite_is_void_in_the_list_of_episodes_too():
    played = Played(1, episode(score=score(50.0)), None)
    assert "void (50.0)" in _cells(played, repeated=False, several=False, void=True)
    assert "50.0" in _cells(played, repeated=False, several=False, void=False)
