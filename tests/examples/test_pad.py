"""A space of its own from files alone: a rubric, its judge prompt and a card that is played in three spaces."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from empa_graph.content.library import load_rubric, persona_files, scenarios
from empa_graph.content.validation import shared_text
from empa_graph.store.folder import episodes
from empa_graph.testing import check_persona, check_rubric
from tests.command import empa
from tests.stub_server import stub_in_thread

FOLDER = Path(__file__).parents[2] / "examples" / "pad"
PAD, PERSONAS = FOLDER / "pad.yaml", FOLDER / "personas"
FILES = ("--personas", PERSONAS)
UNMOVED = {side: {"evidence": "", "level": 0} for side in ("progress", "regress")}


def test_the_rubric_takes_25_lines_at_most():
    assert len(PAD.read_text(encoding="utf-8").splitlines()) <= 25


def test_the_rubric_tells_a_listener_from_one_who_puts_people_down():
    check_rubric(str(PAD), scenarios=scenarios(PERSONAS))


@pytest.mark.parametrize("rubric", ["sdt", "epm", str(PAD)])
def test_the_card_is_sound_and_played_offline_in_each_space(tmp_path: Path, rubric: str):
    check_persona(PERSONAS, rubric=rubric)
    done = empa("run", "--rubric", rubric, *FILES, "--empathic", "scripted:skilled", "--out", tmp_path / "run")
    assert (done.code, done.err) == (0, "")
    [episode] = episodes(tmp_path / "run")
    assert episode.latent.dimensions == load_rubric(rubric).space.names
    assert episode.score is not None and episode.score.composite > 0


def test_the_card_shares_no_words_with_the_bundled_ones():
    assert shared_text([*persona_files(), *persona_files(PERSONAS)]) == []


def test_a_judge_has_the_prompt_beside_the_rubric_and_lets_arousal_fall(tmp_path: Path):
    calmer = UNMOVED | {"progress": {"evidence": "Take your time", "level": 2}}
    verdict = json.dumps({"pleasure": UNMOVED, "arousal": calmer, "dominance": UNMOVED})
    kind = (
        "A call like that would shake anybody. What was the worst of it?",
        "It makes sense that your hands shook. What did you need just then?",
        "You sound tired and angry at once. Who was with you?",
        "I can hear how much that match mattered. How is it now?",
        "You stayed, and that took something. What would help tonight?",
        "That is a lot to carry home. What do you make of it yourself?",
        "It sounds lonely up there. What comes next for you?",
    )
    replies = [f"Take your time. {said}" for said in kind]
    with stub_in_thread(*replies) as agent, stub_in_thread(verdict) as judge:
        servers = ("--base-url", agent.url, "--judge-base-url", judge.url, "--judge", "stub-model")
        words = ("--rubric", PAD, *FILES, "--empathic", "stub-model", "--max-turns", 7, *servers)
        done = empa("run", *words, "--evaluator", "judge", "--out", tmp_path / "run")
    assert (done.code, done.err) == (0, "")
    assert "lets a racing person come down" in judge.requests[0]["messages"][0]["content"]
    [episode] = episodes(tmp_path / "run")
    assert [round(arousal, 2) for _, arousal, _ in episode.latent.positions] == [
        *(0.75, 0.65, 0.55, 0.45, 0.35, 0.25),
        *(0.15, 0.15),  # the target: progress ends there
    ]


def test_a_bundled_card_has_no_start_in_its_space(tmp_path: Path):
    words = ("--rubric", PAD, "--empathic", "scripted:skilled", "--out", tmp_path / "run")
    done = empa("run", "exam_student/reduce_stress", *words)
    assert (done.code, done.out) == (2, "")
    assert "rubric 'pad' is played in space 'pad', goal 'reduce_stress' has sdt, epm" in done.err
