from __future__ import annotations

import os
from collections import defaultdict

import numpy as np
import pytest

from empa_graph.models.assessment import Assessment
from empa_graph.models.latent import Step
from empa_graph.models.rubric import Rubric
from empa_graph.roles.empathic.reference_agents import ScriptedEmpathic
from empa_graph.roles.views import EvaluatorView, EvaluatorWrite
from empa_graph.run.replay import replay
from tests.conformance import INDICES, leaderboard, published
from tests.persona_parts import in_danger
from tests.recorded_parts import EPM, recording
from tests.scripted_parts import SCENARIO, FixedEmpathic, rubric, sandbox

KINDS = {
    "success_geometric": "success_geometric",
    "success_positional": "success_positional",
    "max_turns": "max_turns",
    "collapse": "collapsed",
    "oscillation": "oscillated",
}
"""The published stops and the endings that the graph gives them."""
FORWARD = [(1, 0), (1, 0), (1, 0)]
BACK = [(0, 1), (0, 1), (0, 1)]
MILD = (1, 0, 0, 0, 1, 0, 1, 0, 0)


class Nearing:
    """Leads a tenth of the space towards the target each turn, and sees a hand-off in every reply."""

    async def __call__(self, view: EvaluatorView) -> EvaluatorWrite:
        path = view["latent"]
        left = [goal - at for at, goal in zip(path.position, path.target, strict=True)]
        nearer = tuple(max(-0.1, min(0.1, way)) for way in left)
        seen = Assessment(evaluator="tests", items=(), handoff="Ring 109.")
        return EvaluatorWrite(latent=Step(turn=len(path.steps) + 1, increment=nearer, assessment=seen))


def alpha(share: float) -> Rubric:
    return EPM.model_copy(update={"stop": EPM.stop.model_copy(update={"alpha": share})})


@pytest.mark.slow
async def test_the_published_episodes_stop_and_score_as_published_when_replayed_through_the_graph() -> None:
    """Every third of them, with every kind of stop; with HYPOTHESIS_PROFILE=search all, and the models' means."""
    figures = published()
    whole = os.environ.get("HYPOTHESIS_PROFILE") == "search"
    stopped, scores = set(), defaultdict(list)
    for row in range(0, len(figures.lengths), 1 if whole else 3):
        length = figures.lengths[row]
        turns = np.stack([figures.progress[row, :length], figures.regress[row, :length]], axis=-1)
        again = await replay(recording(figures.levels[row], turns.tolist(), agent=figures.models[row]), EPM)
        assert again.latent.start == tuple(figures.starts[row])
        assert (again.ending, len(again.latent.steps)) == (KINDS[figures.stop_kinds[row]], figures.stop_turns[row])
        stopped.add(again.ending)
        assert again.score is not None
        result = again.score.epmq["published"]
        assert [getattr(result, name) for name in INDICES] == pytest.approx(
            [figures.indices[name][row] for name in INDICES], abs=1e-3
        )
        scores[figures.models[row]].append(result.composite)
    assert stopped == set(KINDS.values())
    assert set(scores) == set(leaderboard())
    for model, row in leaderboard().items():
        assert not whole or np.mean(scores[model]) == pytest.approx(row["epm_q"], abs=1e-3)


async def test_a_played_episode_replays_to_the_same_path_ending_and_score() -> None:
    played = await sandbox(max_turns=6).play(SCENARIO, seed=3)
    again = await replay(played, rubric(6))
    assert (again.latent, again.ending, again.score) == (played.latent, played.ending, played.score)
    assert again.messages == played.messages


async def test_a_recording_that_ends_before_any_rule_says_so_and_is_scored() -> None:
    again = await replay(recording(MILD, [FORWARD] * 3), EPM)
    assert (again.ending, again.turns, again.failure, again.faults) == ("recorded", 3, None, ())
    assert again.score is not None
    assert again.score.alignment == pytest.approx(8 / np.sqrt(3 * 24))


async def test_a_recording_may_stop_before_its_end() -> None:
    again = await replay(recording((3,) * 9, [*[FORWARD] * 8, *[BACK] * 20]), EPM)
    assert (again.ending, len(again.latent.steps)) == ("collapsed", 13)


async def test_a_stricter_alpha_is_a_counterfactual() -> None:
    """The affective deficit stays at 2 of 2.83: within 0.8 of the start, never within 0.1 of it."""
    turns = [[(1, 0), (0, 0), (0, 0)]] * 2 + [[(0, 0), (0, 0), (0, 0)]] * 10
    wide = await replay(recording((1, 0, 0, 1, 0, 0, 0, 0, 0), turns), alpha(0.8))
    strict = await replay(recording((1, 0, 0, 1, 0, 0, 0, 0, 0), turns), alpha(0.1))
    assert strict.ending == "recorded"
    assert wide.latent.radius == pytest.approx(8 * strict.latent.radius)


async def test_other_weights_change_the_composite_and_nothing_else() -> None:
    source = recording(MILD, [FORWARD, FORWARD, FORWARD, BACK])
    one, other = await replay(source, EPM), await replay(source, EPM, profile="1,0,0")
    assert one.latent == other.latent
    assert one.score and other.score
    assert other.score.composite == pytest.approx(100 * other.score.alignment_index)
    assert one.score.composite != other.score.composite
    assert one.score.epmq == other.score.epmq


async def test_a_missing_judgement_stays_missing_and_never_becomes_a_step() -> None:
    again = await replay(recording(MILD, [FORWARD, None, FORWARD]), EPM)
    assert [step.failure is None for step in again.latent.steps] == [True, False, True]
    assert again.score is not None
    assert again.score.coverage == pytest.approx(2 / 3)


async def test_a_goodbye_and_help_accepted_in_words_count_in_a_replay() -> None:
    hurtful = FixedEmpathic(lambda turn: f"You're overreacting, for the {turn}th time. Just get over it.")
    left = await sandbox(empathic=hurtful, max_turns=20).play(SCENARIO, seed=1)
    assert left.ending == (await replay(left, rubric(20))).ending == "left"
    table = sandbox(empathic=ScriptedEmpathic("template"), evaluator=Nearing(), max_turns=20)
    crisis = await table.play(in_danger(means=None), seed=1)
    accepted = next(m.turn for m in crisis.messages if m.move == "accept_help")
    again = await replay(crisis, rubric(20))
    assert crisis.ending == again.ending == "converged" and again.turns == crisis.turns >= accepted
    refused = crisis.model_copy(
        update={"messages": tuple(m.model_copy(update={"move": None}) for m in crisis.messages)}
    )
    assert (await replay(refused, rubric(20))).ending == "recorded"
