from __future__ import annotations

import itertools
import json

import pytest

from empa_graph.errors import ProviderError, TransientError
from empa_graph.graph.node import seat
from empa_graph.graph.sandbox import Labels, Sandbox
from empa_graph.llm import Chat, Completion, ScriptedChat, ToolCall
from empa_graph.models.directive import Action, Directive
from empa_graph.models.episode import Episode
from empa_graph.roles.director.model import ModelDirector
from empa_graph.roles.director.rules import RuleDirector, Thresholds
from empa_graph.roles.empathic.reference_agents import ScriptedEmpathic
from empa_graph.roles.persona.rule_persona import RulePersona
from empa_graph.roles.views import After, ObserverView, ObserverWrite, Role
from tests.scripted_parts import AT_ONCE, CRISIS, SCENARIO, UNMOVED, FixedEvaluator, rubric

BEAT = max(SCENARIO.goal.beats, key=lambda beat: beat.trust)


class Once:
    """Asks for one thing after ``turn``."""

    def __init__(self, action: Action, argument: str = "", *, turn: int = 2) -> None:
        self._directive = Directive(turn=turn, author="once", action=action, argument=argument, reason="scripted")

    async def __call__(self, view: ObserverView) -> ObserverWrite:
        now = view["standing"].turn == self._directive.turn
        return ObserverWrite(directives=[self._directive]) if now else ObserverWrite()


def box(
    director: Role | None, *, max_turns: int = 5, moved: tuple[float, ...] = UNMOVED, noise: float = 0.0
) -> Sandbox:
    return Sandbox(
        persona=RulePersona(noise=noise),
        empathic=ScriptedEmpathic("template"),
        evaluator=FixedEvaluator(moved),
        rubric=rubric(max_turns),
        labels=Labels(agent="scripted"),
        extra={"director": After("evaluator", director)} if director else None,
        retry=AT_ONCE,
    )


async def played(director: Role | None, *, max_turns: int = 5, noise: float = 0.0) -> Episode:
    return await box(director, max_turns=max_turns, noise=noise).play(SCENARIO, seed=5)


def moves(episode: Episode) -> list[str | None]:
    return [message.move for message in episode.messages if message.speaker == "persona"]


async def test_a_directive_shows_in_the_next_message_and_is_logged() -> None:
    episode = await played(Once("release_memory", BEAT.id))
    assert moves(episode)[2] == f"disclose:{BEAT.id}"
    assert [(d.turn, d.author, d.action, d.argument) for d in episode.directives] == [
        (2, "once", "release_memory", BEAT.id)
    ]


async def test_the_end_of_a_director_ends_the_conversation_after_its_turn_and_scores_it() -> None:
    episode = await played(Once("end"))
    assert (episode.ending, episode.turns, episode.failure) == ("ended", 2, None)
    assert episode.score is not None


@pytest.mark.parametrize("noise", [0.0, 0.05])
async def test_a_director_that_asks_nothing_changes_nothing(noise: float) -> None:
    silent = RuleDirector(thresholds=Thresholds(still=0.0, fast=1.0, same_moves=99))
    assert await played(silent, max_turns=8, noise=noise) == await played(None, max_turns=8, noise=noise)


async def test_rules_release_memories_one_by_one_while_the_path_stands_still() -> None:
    first, second = [await played(RuleDirector(), max_turns=15) for _ in range(2)]
    assert first == second
    released = [d.argument for d in first.directives if d.action == "release_memory"]
    assert len(released) == len(set(released)) > 1
    turns = [d.turn for d in first.directives]
    assert all(later - earlier > 2 for earlier, later in itertools.pairwise(turns))


async def test_rules_do_not_end_a_crisis() -> None:
    episode = await box(RuleDirector(), max_turns=20).play(CRISIS)
    assert (episode.ending, episode.turns) == ("max_turns", 20)


async def test_a_director_sees_numbers_and_names_and_nothing_that_was_said() -> None:
    seen: list[str] = []

    async def spy(view: ObserverView) -> ObserverWrite:
        assert set(view) == {"standing", "directives", "seed"}
        seen.append(view["standing"].model_dump_json())
        return ObserverWrite()

    episode = await played(spy)
    assert len(seen) == episode.turns
    assert not any(json.dumps(message.content)[1:-1] in text for message in episode.messages for text in seen)


def calling(name: str, **arguments: str) -> Completion:
    return Completion(text="", calls=(ToolCall(name=name, arguments=json.dumps({"reason": "Still."} | arguments)),))


async def test_a_model_directs_by_its_tool_calls() -> None:
    chat = ScriptedChat("director", [calling("wait"), calling("release_memory", beat=BEAT.id), calling("end")])
    episode = await played(ModelDirector(chat))
    assert moves(episode)[2] == f"disclose:{BEAT.id}"
    assert [(d.turn, d.action, d.reason) for d in episode.directives] == [
        (2, "release_memory", "Still."),
        (3, "end", "Still."),
    ]
    assert (episode.ending, episode.turns, episode.notes) == ("ended", 3, ())


@pytest.mark.parametrize(
    "answer",
    [
        Completion(text="I think we should wait."),
        calling("fly"),
        calling("release_memory", beat="no_such_beat"),
        TransientError("busy", kind="rate_limited"),
        ProviderError("gone", kind="unreachable"),
    ],
)
async def test_a_model_that_fails_leaves_a_note_each_turn_and_the_episode_as_it_would_be(
    answer: Completion | Exception,
) -> None:
    chat: Chat = ScriptedChat("director", [answer], cycle=True)
    episode, alone = await played(ModelDirector(chat)), await played(None)
    assert [note.turn for note in episode.notes] == [1, 2, 3, 4, 5]
    assert episode.model_copy(update={"notes": ()}) == alone


@pytest.mark.parametrize("role", [RuleDirector(), ModelDirector(ScriptedChat("director", []))])
def test_the_directors_of_the_package_keep_to_an_extra_seat(role: Role) -> None:
    assert seat("director", role).schema.__name__ == "director_view"
