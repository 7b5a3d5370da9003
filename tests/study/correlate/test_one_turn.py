from __future__ import annotations

import pytest

from empa_graph.chats.transcripts import Transcript
from empa_graph.content.library import load_rubric
from empa_graph.cues.heads import shipped_heads
from empa_graph.cues.replies import in_context
from empa_graph.models.assessment import Assessment, Item
from empa_graph.models.behaviour import AXES
from empa_graph.models.dialogue import Message
from empa_graph.models.latent import Step
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.roles.evaluator.panel import PanelEvaluator
from empa_graph.roles.evaluator.support import LIGHT, support_of_last
from empa_graph.roles.views import EvaluatorView, EvaluatorWrite
from empa_graph.run.rescore import rescored
from empa_graph.study.correlate.figures import figures
from empa_graph.study.correlate.one_turn import for_last_turn, last_turn, reads_anew

RUBRIC = load_rubric()
SAID = Transcript(
    id="1",
    messages=(
        Message(turn=1, speaker="persona", content="I failed the exam and I am ashamed."),
        Message(turn=1, speaker="empathic", content="You should just study harder, it is not that bad."),
        Message(turn=2, speaker="persona", content="I did study. My father will not speak to me."),
        Message(turn=2, speaker="empathic", content="It hurts that your father is silent. What is it like at home?"),
    ),
)


class Counting:
    """Moves every dimension a step and counts its calls."""

    rubric = RUBRIC

    def __init__(self) -> None:
        self.calls = 0

    async def __call__(self, view: EvaluatorView) -> EvaluatorWrite:
        self.calls += 1
        names = RUBRIC.space.names
        items = tuple(Item(dimension=name, progress=1, progress_evidence="hurts", regress=0) for name in names)
        told = Assessment(evaluator="judge", items=items)
        turn = len(view["latent"].steps) + 1
        return EvaluatorWrite(latent=Step(turn=turn, increment=(0.1,) * len(names), assessment=told))


async def test_the_last_reply_alone_is_a_path_of_one_step():
    whole = await rescored(SAID, CueEvaluator(RUBRIC), RUBRIC)
    alone = last_turn(whole, RUBRIC, "balanced", LIGHT)
    assert whole.score and alone.score and (whole.turns, alone.turns) == (2, 1)
    assert alone.latent.start == whole.latent.positions[1]
    assert alone.latent.steps[0].increment == whole.latent.steps[1].increment
    assert alone.score.composite > whole.score.composite
    assert figures(alone)["length"] == 13.0
    assert figures(alone)["code.dismissing"] == 0.0 < figures(whole)["code.dismissing"]


async def test_the_support_of_a_rated_reply_is_that_of_this_reply_in_its_context():
    whole = await rescored(SAID, CueEvaluator(RUBRIC), RUBRIC)
    alone = last_turn(whole, RUBRIC, "balanced", LIGHT).support
    assert whole.support and alone and (alone.replies, alone.low, alone.provisional) == (1, None, True)
    reply = list(in_context(SAID.messages))[-1]
    codes = shipped_heads().strengths(reply.text, reply.context)
    assert alone.axes == {axis: round(codes[axis], 4) for axis in AXES}
    assert alone.length == 13.0 and alone.axes["dismissing"] < whole.support.axes["dismissing"]
    assert figures(last_turn(whole, RUBRIC, "balanced", LIGHT))["support.axes.validating"] == alone.axes["validating"]


@pytest.mark.parametrize("content", [" ", ""])
async def test_a_rated_reply_without_words_has_no_support_of_an_earlier_one(content: str):
    said = [*SAID.messages[:3], SAID.messages[3].model_copy(update={"content": content})]
    assert support_of_last(said) is None
    assert support_of_last([]) is None and support_of_last(SAID.messages[:3]) is None


async def test_a_panel_is_asked_for_the_rated_turn_only():
    counting = Counting()
    panel = PanelEvaluator([("a", counting)], RUBRIC)
    whole = await rescored(SAID, for_last_turn(panel, SAID), RUBRIC)
    alone = last_turn(whole, RUBRIC, "balanced", LIGHT)
    assert counting.calls == 1 and reads_anew(panel)
    assert alone.score and alone.faults == () and alone.latent.start == whole.latent.start


async def test_the_offline_evaluator_reads_what_was_before():
    cues = CueEvaluator(RUBRIC)
    assert for_last_turn(cues, SAID) is cues and not reads_anew(cues)


async def test_a_last_turn_without_a_judgement_has_no_score_and_says_why():
    spanish = Message(turn=1, speaker="persona", content="\u6211\u4eca\u5929\u5f88\u96be\u53d7")
    reply = Message(turn=1, speaker="empathic", content="\u53d1\u751f\u4e86\u4ec0\u4e48")
    whole = await rescored(Transcript(id="1", messages=(spanish, reply)), CueEvaluator(RUBRIC), RUBRIC)
    alone = last_turn(whole, RUBRIC, "balanced", LIGHT)
    assert alone.score is None and alone.unscored and alone.unscored.startswith("language_not_read: ")
