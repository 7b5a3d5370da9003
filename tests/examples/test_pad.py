"""A space of its own from files alone: rubric, a card that is played in three spaces, extra roles."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from empa_graph.content.library import load_rubric, persona_files, scenarios
from empa_graph.content.validation import shared_text
from empa_graph.models.episode import Episode
from empa_graph.store.folder import episodes
from empa_graph.testing import check_persona, check_rubric
from tests.command import empa
from tests.roles.judging import coding
from tests.stub_server import stub_in_thread

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "pad"
PAD, PERSONAS = FOLDER / "pad.yaml", FOLDER / "personas"
FILES = ("--personas", PERSONAS)
PAGE = (ROOT / "docs" / "examples.md").read_text(encoding="utf-8").partition("## A rubric in a space of its own")[2]
COMMANDS = re.findall(r"^empa (.+)$", "".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)), re.MULTILINE)
TO_HER = (
    "A whistle that wasn't dirty, cleaned at eleven at night. What was the hall like when the roar began?",
    "So the arm was out before the eye had come down to the black line, and a whole stand answered it.",
    "You were ashamed, I think, and there was nobody in the corridor who would have let you say so.",
    "Nineteen seasons on that floor, and the legs still want to be up at the other basket tonight.",
    "Which of those eleven seconds do you see when you close your eyes on the stairs?",
    "The watch counts your pulse, the neighbour hears a dog, and nobody hears a referee who minds.",
    "How you walk in on Thursday is yours to settle. What would you like the first minute to be?",
    "The captain asked politely and got a policeman. That answer pains you more than the whistle does.",
)


def listener(messages: list[dict[str, str]]) -> str:
    """Answer the surveyor as somebody who was listening."""
    return TO_HER[(len(messages) // 2) % len(TO_HER)]


def test_the_rubric_takes_25_lines_at_most():
    assert len(PAD.read_text(encoding="utf-8").splitlines()) <= 25


def test_the_rubric_tells_a_listener_from_one_who_puts_people_down():
    check_rubric(str(PAD), scenarios=scenarios(PERSONAS))


@pytest.mark.parametrize("rubric", ["sdt", "epm", str(PAD)])
def test_the_card_is_sound_and_played_offline_in_each_space(tmp_path: Path, rubric: str):
    check_persona(PERSONAS, rubric=rubric)
    done = empa("run", "--rubric", rubric, *FILES, "--empathic", "scripted:template", "--out", tmp_path / "run")
    assert (done.code, done.err) == (0, "")
    [episode] = episodes(tmp_path / "run")
    assert episode.latent.dimensions == load_rubric(rubric).space.names
    assert episode.score is not None and episode.score.coverage == 1.0


def test_the_card_shares_no_words_with_the_bundled_ones():
    assert shared_text([*persona_files(), *persona_files(PERSONAS)]) == []


def test_a_judge_needs_no_prompt_of_the_space_and_lets_arousal_fall_to_the_target(tmp_path: Path):
    replies = [f"Take your time. {said}" for said in TO_HER]
    with stub_in_thread(*replies) as agent, stub_in_thread(coding(validating=(4, "Take your time"))) as judge:
        servers = ("--base-url", agent.url, "--judge-base-url", judge.url, "--judge", "stub-model")
        words = ("--rubric", PAD, *FILES, "--empathic", "stub-model", "--max-turns", len(replies), *servers)
        done = empa("run", *words, "--evaluator", "judge", "--out", tmp_path / "run")
    assert (done.code, done.err) == (0, "")
    assert "arousal" not in judge.requests[0]["messages"][0]["content"]
    [episode] = episodes(tmp_path / "run")
    arousal = [position[1] for position in episode.latent.positions]
    assert arousal == sorted(arousal, reverse=True) and arousal[0] == 0.75
    assert arousal[1] < 0.7 and arousal[-1] == pytest.approx(0.15)


def test_a_bundled_card_has_no_start_in_its_space(tmp_path: Path):
    words = ("--rubric", PAD, "--empathic", "scripted:template", "--out", tmp_path / "run")
    done = empa("run", "exam_student/reduce_stress", *words)
    assert (done.code, done.out) == (2, "")
    assert "rubric 'pad' is played in space 'pad', goal 'reduce_stress' has sdt, epm" in done.err


def noted(folder: Path, extra: str, *words: object) -> Episode:
    """Play with the extra role ``extra`` of a file beside the rubric, and read the episode back."""
    done = empa("run", *words, "--extra", extra, "--out", folder)
    assert (done.code, done.err) == (0, "")
    [episode] = episodes(folder)
    assert episode.failure is None
    return episode


WATCHES = (":crisis_watch", ":crisis_steer")
WATCH, SUPERVISOR = f"empathic:{FOLDER / 'crisis_watch.py'}", f"evaluator:{FOLDER / 'supervisor.py'}:supervisor"
CRISIS = ("laid_off_father/morning_bridge", "--max-turns", 8, "--empathic")


def test_each_role_takes_less_than_40_lines():
    assert all(len(file.read_text(encoding="utf-8").splitlines()) < 40 for file in FOLDER.glob("*.py"))


def test_the_crisis_watcher_notes_each_reply_until_danger_is_answered(tmp_path: Path):
    episode = noted(tmp_path / "run", f"{WATCH}:crisis_watch", *CRISIS, "scripted:generic")
    assert episode.turns > 4
    assert [(n.author, n.turn) for n in episode.notes] == [("crisis_watch", turn + 1) for turn in range(episode.turns)]
    assert episode.directives == ()
    assert "crisis_watch notes: danger was said, and no reply so far" in empa("show", tmp_path / "run", 1).out
    assert noted(tmp_path / "safe", f"{WATCH}:crisis_watch", *CRISIS, "scripted:template").notes == ()


def test_the_crisis_watcher_is_silent_where_no_danger_is_said(tmp_path: Path):
    words = ("--rubric", PAD, *FILES, "--empathic", "scripted:dismissive")
    assert noted(tmp_path / "run", f"{WATCH}:crisis_watch", *words).notes == ()


def test_one_that_steers_has_the_person_insist(tmp_path: Path):
    episode = noted(tmp_path / "run", f"{WATCH}:crisis_steer", *CRISIS, "scripted:generic")
    assert [directive.turn for directive in episode.directives] == [note.turn for note in episode.notes]
    moves = [m.move for m in episode.messages if m.speaker == "persona"]
    assert moves[1] == "push_back"


@pytest.mark.parametrize("rubric", ["sdt", "epm", str(PAD)])
def test_the_supervisor_notes_two_turns_in_a_row_that_regressed_in_any_space(tmp_path: Path, rubric: str):
    words = ("--rubric", rubric, *FILES, "--empathic")
    episode = noted(tmp_path / "run", SUPERVISOR, *words, "scripted:dismissive")
    start, target = np.array(episode.latent.start), np.array(episode.latent.target)
    back = [
        float(np.diff(episode.latent.positions, axis=0)[turn] @ (target - start)) < 0 for turn in range(episode.turns)
    ]
    assert [n.turn for n in episode.notes] == [turn + 2 for turn, both in enumerate(pairwise(back)) if all(both)] != []
    assert {note.author for note in episode.notes} == {"supervisor"}
    kind = noted(tmp_path / "kind", SUPERVISOR, *words, "tests.examples.test_pad:listener", "--max-turns", 5)
    assert kind.notes == ()


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_of_the_page_run(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)
    words = shlex.split(command)
    done = empa(*words, *(("--out", tmp_path / "run") if words[0] == "run" else ()))
    assert (done.code, done.err) == (0, "")


def test_the_page_shows_the_rubric_and_each_role():
    assert len(COMMANDS) == 5
    assert all(any(name in command for command in COMMANDS) for name in ("pad.yaml", *WATCHES, "supervisor.py"))
