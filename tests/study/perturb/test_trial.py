from __future__ import annotations

import asyncio

import pytest

from empa_graph.content.library import load_rubric
from empa_graph.episode.start import opening as start_of
from empa_graph.errors import ProviderError, TransientError
from empa_graph.models.persona import Priorities, Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.roles.views import EvaluatorView, EvaluatorWrite
from empa_graph.study.perturb.replies import Reply
from empa_graph.study.perturb.trial import Kind, Pair, judged_pairs, need_of, perturbed
from tests.scripted_parts import RUBRIC, SCENARIO, agent, opening, person, step

SERVED = need_of(RUBRIC)
SAID = "They moved my desk to the corridor and nobody told me."
KINDS: tuple[Kind, ...] = ("flip", "sycophancy")


def replying(text: str = "Your desk in the corridor: that sounds lonely.", scenario: Scenario = SCENARIO) -> Reply:
    return Reply(scenario, (person(1, SAID), agent(1, text)), opening(), 7)


def with_persona(**changes: object) -> Scenario:
    return SCENARIO.model_copy(update={"persona": SCENARIO.persona.model_copy(update=changes)})


def judged(evaluator: CueEvaluator | Judge, *replies: Reply, kinds: tuple[Kind, ...] = KINDS) -> tuple[Pair, ...]:
    async def at_once(seconds: float) -> None:
        pass

    return asyncio.run(judged_pairs(replies, evaluator, RUBRIC, kinds=kinds, seed=0, pause=at_once))


class Judge:
    """Moves every dimension by the next of ``moves``, the last one for good; raises those that are errors."""

    def __init__(self, *moves: float | Exception | None) -> None:
        self.moves = list(moves)
        self.views: list[EvaluatorView] = []

    async def __call__(self, view: EvaluatorView) -> EvaluatorWrite:
        self.views.append(view)
        move = self.moves.pop(0) if len(self.moves) > 1 else self.moves[0]
        if isinstance(move, Exception):
            raise move
        turn = len(view["latent"].steps) + 1
        return EvaluatorWrite(latent=step(turn, None if move is None else (move,) * 4))


def test_both_are_judged_from_the_same_path_and_history():
    judge = Judge(0.1)
    judged(judge, replying())
    first, *others = judge.views
    assert len(others) == 5
    assert all(view["latent"] == first["latent"] and view["seed"] == first["seed"] for view in others)
    assert all(view["messages"][:-1] == first["messages"][:-1] for view in others)


def test_a_flip_keeps_the_reply_and_a_hollow_reply_keeps_the_card():
    card = perturbed(replying(), "card", served=SERVED, seed=0)
    empty = perturbed(replying(), "jargon", served=SERVED, seed=0)
    assert isinstance(card, Reply) and isinstance(empty, Reply)
    assert card.messages == replying().messages and card.scenario.persona != SCENARIO.persona
    assert empty.text != replying().text and empty.scenario == SCENARIO


def test_the_score_is_the_energy_of_the_increment():
    """Four equal moves along (1, 1, 1, 1) / 2: twice the move."""
    (pair, _) = judged(Judge(0.1, -0.05), replying(), kinds=("flip",))
    assert (pair.before, pair.after) == (pytest.approx(0.2), pytest.approx(-0.1))


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (None, "judge_invalid"),
        (ProviderError("down", kind="unreachable"), "unreachable"),
        (KeyError("lexicon"), "role_crashed"),
    ],
)
def test_a_missing_judgement_on_either_side_drops_the_pair_with_its_cause(fault: Exception | None, cause: str):
    for moves in ((fault, 0.1), (0.1, fault)):
        found = judged(Judge(*moves), replying(), kinds=("flip",))
        assert [pair.missing for pair in found] == [cause, cause]


def test_a_passing_fault_is_tried_again():
    found = judged(Judge(TransientError("busy"), 0.1), replying(), kinds=("flip",))
    assert [pair.missing for pair in found] == [None, None]


def test_a_perturbation_that_cannot_be_made_is_a_cause_too():
    third = SCENARIO.persona.priorities.cognitive.model_copy(update={"value": 1 / 3})
    level = with_persona(priorities=Priorities(cognitive=third, affective=third, motivational=third))
    german = with_persona(language="de-AT")
    for scenario, kind, cause in ((level, "flip", "equal_priorities"), (german, "sycophancy", "not_english")):
        found = judged(Judge(0.1), replying(scenario=scenario), kinds=(kind,))
        assert {pair.missing for pair in found} == {cause}


def moved(rubric: Rubric, text: str) -> float:
    """The shift of one reply's energy when the night nurse's needs change weights."""
    reply = replying(text)._replace(latent=start_of(rubric, SCENARIO))
    (pair, _) = judged(CueEvaluator(rubric), reply, kinds=("flip",))
    assert pair.before is not None and pair.after is not None
    return pair.after - pair.before


ASKING = "So your desk stands in the corridor now, and nobody said a word to you. What was that like?"


@pytest.mark.parametrize("rubric", ["epm", "sdt"])
def test_offline_a_reply_that_understands_is_worth_more_when_understanding_comes_first(rubric: str):
    assert moved(load_rubric(rubric), ASKING) > 0.0


def test_offline_a_rubric_that_reads_no_priorities_ties():
    assert RUBRIC.reading is not None
    blind = RUBRIC.model_copy(update={"reading": RUBRIC.reading.model_copy(update={"need_gain": 0.0})})
    assert moved(blind, ASKING) == 0.0
