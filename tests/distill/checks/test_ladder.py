from __future__ import annotations

from empa_graph.distill.checks.ladder import MixedEmpathic
from empa_graph.models.dialogue import Message
from empa_graph.roles.empathic.reference_agents import reference_agent
from empa_graph.roles.views import EmpathicView

SKILLED, OTHER = reference_agent("parrot"), reference_agent("silent")


async def replies(share: float) -> list[str]:
    """What a mixture of one that repeats and one that is silent says, with 60 seeds."""
    said = [Message(turn=1, speaker="persona", content="The bus was late.")]
    views = (EmpathicView(messages=said, seed=seed, instructions="") for seed in range(60))
    return [(await MixedEmpathic(SKILLED, OTHER, share)(view))["messages"][0].content for view in views]


async def test_the_share_is_that_of_turns_in_which_the_other_answers():
    assert set(await replies(0.0)) == {"The bus was late."} and set(await replies(1.0)) == {""}
    assert 20 <= (await replies(0.5)).count("") <= 40


async def test_a_seed_draws_the_same_again():
    assert await replies(0.5) == await replies(0.5)
