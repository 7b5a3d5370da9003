from __future__ import annotations

import pytest

from empa_graph import play
from empa_graph.content.graded import graded_file, lines_of, load_graded
from empa_graph.content.library import load_persona, persona_files
from empa_graph.errors import NotFoundError, ReplyError, UsageError
from empa_graph.models.dialogue import Message
from empa_graph.models.sayable import sayable
from empa_graph.roles.empathic.graded_agent import WORDLESS, answered
from empa_graph.roles.empathic.reference_agents import reference_agent
from empa_graph.roles.views import EmpathicView

FATHER = load_persona(next(file for file in persona_files() if file.stem == "laid_off_father"))
GRADED = {line.line: line for line in load_graded(graded_file(FATHER.id))}
LINE, TEXT = next(iter(lines_of(FATHER).items()))


async def reply(name: str, text: str, seed: int = 0) -> str:
    said = [Message(turn=1, speaker="persona", content=text)]
    (message,) = (await reference_agent(name)(EmpathicView(messages=said, instructions="", seed=seed)))["messages"]
    return message.content


async def test_the_expert_answers_the_line_that_was_said_with_or_without_a_connective() -> None:
    assert await reply("expert", TEXT) == GRADED[LINE].expert.text
    assert await reply("expert", f"Yes. {TEXT}") == GRADED[LINE].expert.text


def test_a_line_that_several_people_say_is_that_of_the_person_who_is_talking() -> None:
    cards = {file.stem: load_persona(file) for file in persona_files() if graded_file(file.stem).is_file()}
    shared = [(card, goal, said) for card in cards.values() for goal in card.goals for said in sayable(card, goal)]
    for card, goal, said in shared:
        found = answered([goal.openings[0].text, said.line.text])
        assert found is not None and (found.persona, goal.id in found.goals) == (card.id, True), said.id


async def test_a_person_without_words_is_given_time() -> None:
    assert await reply("expert", "\u2026") == WORDLESS


async def test_words_of_no_card_have_no_graded_reply() -> None:
    assert answered(["The dog ate it, all of it."]) is None
    with pytest.raises(ReplyError, match="no graded reply to 'The dog ate it"):
        await reply("expert", "The dog ate it, all of it.")


async def test_a_mixture_says_a_poorer_reply_in_its_share_of_turns() -> None:
    poorer = {r.text for line in GRADED.values() for r in line.replies if r.grade == "advice"}
    said = [await reply("expert-then-advice@0.3", TEXT, seed) for seed in range(200)]
    share = sum(text in poorer for text in said) / len(said)
    assert 0.2 < share < 0.4
    assert {await reply("expert-then-advice@0", TEXT, seed) for seed in range(5)} == {GRADED[LINE].expert.text}


async def test_a_line_without_a_poorer_reply_of_its_own_gets_one_of_the_same_person() -> None:
    lines = lines_of(FATHER)
    bare = next(lines[name] for name, line in GRADED.items() if len(line.replies) == 1)
    habits = {r.text for line in GRADED.values() for r in line.replies if r.grade == "self"}
    assert await reply("expert-then-self@1", bare) in habits


def test_wrong_names_are_told_with_what_is_allowed() -> None:
    with pytest.raises(NotFoundError, match="Did you mean 'advice'"):
        reference_agent("expert-then-advise")
    with pytest.raises(UsageError, match="the share is '2', allowed is 0 to 1"):
        reference_agent("expert-then-advice@2")
    with pytest.raises(NotFoundError, match="Did you mean 'expert'"):
        reference_agent("expret")


def test_a_loss_that_is_known_lowers_the_score() -> None:
    expert, poorer = (
        play("laid_off_father/tell_his_wife", f"scripted:{name}") for name in ("expert", "expert-then-minimising@1")
    )
    assert expert.score is not None and poorer.score is not None
    assert expert.score.composite > poorer.score.composite + 50
