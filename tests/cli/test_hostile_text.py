"""What a transcript may hold is shown as text by every command that shows one, and steers nothing."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from rich.cells import cell_len

from empa_graph.cli.display import console
from empa_graph.models.dialogue import Message
from empa_graph.models.directive import Directive
from empa_graph.models.episode import Note
from empa_graph.models.failure import Failure
from empa_graph.store.folder import RunFolder
from tests.command import Outcome, empa
from tests.forked import empa_started
from tests.records import episode, run

WIDTH = 80
CONTROLS = "".join(map(chr, (*range(1, 32), *range(127, 160))))
HOSTILE = {
    "markup": "[bold red]x[/] [link=http://e.org]y[/link] <script>alert('m')</script> **b** `c` :warning: \\[z] {0} %s",
    "steering": f"\x1b[31mred\x1b[0m\x1b[2J\x1b]0;title\x07\x1b]8;;http://e.org\x1b\\k\x9b2J\r{CONTROLS}\x00 zero",
    "direction": "\u202esdrawkcab\u202c \u2066a\u2069 \u200f\u05e9\u05dc\u05d5\u05dd "
    "\u0645\u0631\u062d\u0628\u0627 \ufeff\u061c z",
    "spoof": "ok\n  9 empathic  SPOOF\u2028  8 persona  SPOOF\u2029converged after 4 turns; composite 100.0",
    "emoji": "\U0001f469\u200d\U0001f467 \U0001f1f3\U0001f1f1 \u2764\ufe0f "
    + "\U0001f600" * 300
    + " \u0301\u0302\u0303" * 50,
    "wide": "\u7686\u3055\u3093" * 200,
    "long": "a" * 50_000,
    "nonsense": "\ufffe \uffff \ue000",
    "nothing": " \t \u00a0 ",
}
SPOOFED = ("  9 empathic  SPOOF", "  8 persona  SPOOF", "converged after 4 turns; composite 100.0")
ROLES = ("user", "assistant")
EVERYTHING = " ".join(text for name, text in HOSTILE.items() if name not in ("long", "wide"))


@pytest.fixture(autouse=True)
def _eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "_width", WIDTH)


def harmless(done: Outcome, *codes: int) -> str:
    """Return what a command printed, once it is sure that it ended well and no character of it steers a terminal."""
    assert done.code in codes, done.err[-2000:]
    for text in (done.out, done.err):
        assert "Traceback" not in text
        steering = {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
        assert steering <= set("\n\t\u200c\u200d")
    return done.out


def fitting(done: Outcome, *codes: int) -> str:
    out = harmless(done, *codes)
    assert [line for line in out.splitlines() if line.startswith(SPOOFED)] == []
    assert max((cell_len(line) for line in out.splitlines() if " " in line.strip()), default=0) <= WIDTH
    return out


def stored(folder: Path, agent: str) -> Path:
    """Keep a run of three episodes in which every text that comes from elsewhere is hostile."""
    said = [
        Message(turn=turn, speaker=who, content=text)
        for turn, text in enumerate(HOSTILE.values(), 1)
        for who in ("persona", "empathic")
    ]
    about = {"variant": "baseline", "agent": agent}
    notes = (Note(author=EVERYTHING[:60], turn=1, content=EVERYTHING),)
    done = (Directive(turn=1, author="d", action="change_pace", argument="slow", reason=EVERYTHING[:300]),)
    fault = Failure(turn=1, blame="provider", kind="odd", detail=EVERYTHING, trace=EVERYTHING)
    with RunFolder(folder, run(episodes=3, agent=agent, git="\x1b[2J[red]\u202eabc")) as keep:
        keep.add(episode(scenario="someone/goal0", messages=tuple(said), notes=notes, directives=done, **about))
        broken = {"score": None, "unscored": EVERYTHING, "failure": fault, "ending": "failed"}
        keep.add(episode(scenario="someone/goal1", messages=tuple(said), **broken, **about))
        keep.add(episode(scenario="someone/goal2", messages=tuple(said), **about))
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("hostile")
    stored(place / "one", EVERYTHING)
    stored(place / "two", EVERYTHING + " two")
    (place / "bro[red]ken\u202e").mkdir()
    (place / "bro[red]ken\u202e" / "run.json").write_text(json.dumps({"id": EVERYTHING[:500], EVERYTHING: 1}))
    return place


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of an agent whose replies are hostile."""
    place = tmp_path_factory.mktemp("played")
    texts = [
        f"You sit with the exam alone, and it is a lot. {text[:15_000]} What is it like?" for text in HOSTILE.values()
    ]
    code = f"TEXTS = {texts!r}\n\n\ndef reply(messages):\n    return TEXTS[len(messages) // 2 % len(TEXTS)]\n"
    (place / "hostile.py").write_text(code, encoding="utf-8")
    for name, seed in (("one", 0), ("two", 5)):
        words = (
            "run",
            "exam_student",
            "--empathic",
            f"{place}/hostile.py:reply",
            "--seed",
            seed,
            "--out",
            place / name,
        )
        harmless(empa(*words), 0, 1)
    return place


@pytest.mark.parametrize("words", [("show", "{}/one"), ("runs", "{}"), ("diff", "{}/one", "{}/two")])
def test_what_is_stored_is_shown_as_text(runs: Path, words: tuple[str, ...]):
    out = fitting(empa(*(word.format(runs) for word in words)), 0)
    assert "[bold red]" in out
    json.loads(harmless(empa(*(word.format(runs) for word in words), "--json"), 0))


@pytest.mark.parametrize("number", [1, 2])
def test_an_episode_is_shown_as_text_behind_its_rail(runs: Path, number: int):
    out = fitting(empa("show", runs / "one", number, "--verbose"), 0)
    for text in ("[bold red]x[/]", "<script>alert('m')</script>", ":warning:", "\u05e9\u05dc\u05d5\u05dd", "a" * 40):
        assert text in out
    assert out.count("a" * 30) >= 2 * 50_000 // WIDTH


def test_a_broken_folder_is_named_as_text(runs: Path):
    out = fitting(empa("runs", runs), 0)
    assert "bro[red]ken" in out and "2 of 3 runs" in out


def test_figures_of_hostile_runs_are_told_apart_by_name(runs: Path, monkeypatch: pytest.MonkeyPatch):
    from empa_graph.run.recount import Recount

    monkeypatch.setattr(Recount, "found", lambda *given: None)
    out = fitting(empa("compare", f"[red]a\x1b[2J={runs / 'one'}", f"b\u202e={runs / 'two'}"), 0)
    assert "b against [red]a[2J" in out
    json.loads(harmless(empa("compare", runs / "one", runs / "two", "--json"), 0))


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (("show", "{}/one"), (0,)),
        (("show", "{}/one", "1"), (0,)),
        (("runs", "{}"), (0,)),
        (("compare", "{}/one", "{}/two"), (0,)),
        (("diff", "{}/one", "{}/two"), (0,)),
        (("gate", "{}/one", "{}/two"), (0, 4, 100)),
        (("replay", "{}/one"), (0, 1)),
        (("perturb", "{}/one"), (0, 1)),
        (("verify", "{}/one"), (0,)),
        (("report", "{}/one", "{}/two", "--out", "{}/report.html"), (0,)),
        (("plot", "leaderboard", "{}/one", "--out", "{}/standing.svg"), (0,)),
    ],
)
def test_what_was_played_is_shown_as_text(played: Path, words: tuple[str, ...], codes: tuple[int, ...]):
    typed = [word.format(played) for word in words]
    fitting(empa(*typed), *codes)


def test_saved_conversations_are_scored_as_text(tmp_path: Path):
    file = tmp_path / "chats.jsonl"
    lines = [
        {
            "id": f"[red]{name}\x1b[2J\u202e",
            "messages": [{"role": r, "content": text} for r in ("user", "assistant") * 2],
        }
        for name, text in HOSTILE.items()
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines) + "{\x1b[2J\n")
    out = fitting(empa("score", file), 0, 1, 2)
    good = tmp_path / "good.jsonl"
    good.write_text("".join(json.dumps(line) + "\n" for line in lines))
    out = fitting(empa("score", good), 0, 1)
    assert "[red]" in out
    json.loads(harmless(empa("score", good, "--json"), 0, 1))


def test_a_stream_of_chats_is_watched_as_text(tmp_path: Path):
    lines = [
        {"conversation": f"[red]{name}\x1b[2J\u202e\n", "role": role, "content": text}
        for name, text in HOSTILE.items()
        for role in ROLES
        for _ in range(2)
    ]
    odd = {"conversation": "a", "role": "\x1b[2J", "content": "x"}
    given = "".join(json.dumps(line) + "\n" for line in [*lines, odd]) + "{\x1b[2J\u202e nothing\n"
    (tmp_path / "sla.yaml").write_text(
        "id: line\nrules:\n  - {id: lost, signal: missing, enter: 1, window: 1, min_turns: 1, severity: critical}\n"
    )
    done = empa_started("watch", "--sla", "sla.yaml", cwd=tmp_path, given=given).ended()
    assert "[red]markup[2J turn 1" in harmless(done, 0)
    assert len(done.out.splitlines()) == done.out.count("critical: ") and "[2J" in done.err
