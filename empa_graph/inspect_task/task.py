"""``inspect eval empa_graph/sandbox``: each sample is a scenario, each epoch one episode of our graph with it.

The entry point names this module: what Inspect finds of ours is imported with it.
"""

from __future__ import annotations

from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageSystem, ChatMessageUser, ModelOutput
from inspect_ai.solver import Generate, Solver, TaskState, solver

from empa_graph.content.library import find_scenarios
from empa_graph.errors import SuspendedError
from empa_graph.inspect_task.chat import InspectChat
from empa_graph.inspect_task.scorers import EPISODE, composite, progress, support
from empa_graph.models.dialogue import Message
from empa_graph.models.persona import Scenario
from empa_graph.models.turn_record import TurnRecord
from empa_graph.roles.empathic.instructions import check_variant, instructions
from empa_graph.run.schedule import sandbox_for
from empa_graph.run.single import asked, checked, ready
from empa_graph.seeds import derived_seed

_JUDGE = "judge"
"""The evaluator that is a model, and Inspect's role for that model."""


@task
def sandbox(
    scenarios: str | list[str] = "all",
    variant: str = "baseline",
    repeats: int = 1,
    evaluator: str = "cues",
    max_turns: int | None = None,
    seed: int = 0,
) -> Task:
    """Play ``scenarios`` (names as ``empa run`` takes them) with Inspect's model in the agent's seat.

    ``repeats`` are epochs. ``evaluator`` is ``cues``, ``cues-minilm``, ``cues-smollm`` or ``epm``, which are offline,
    or ``judge``, the model of Inspect's role ``judge``. The persons and seeds are those of ``empa run --seed``. Raises
    UsageError.
    """
    names = [scenarios] if isinstance(scenarios, str) else scenarios
    check_variant(variant)
    chosen, options = find_scenarios(names), {"evaluator": evaluator, "max_turns": max_turns}
    if evaluator != _JUDGE:  # what is named wrongly is said before anything is asked
        ready(asked("scripted:silent", checked(options)), chosen)
    return Task(
        dataset=MemoryDataset([_sample(scenario, variant) for scenario in chosen], name="empa_graph"),
        solver=conversation(variant, **options, seed=seed),
        scorer=[composite(), progress(), support()],
        epochs=repeats,
    )


@solver
def conversation(variant: str, evaluator: str, max_turns: int | None, seed: int) -> Solver:
    """Hold the conversation of a sample: the dialogue is in its messages turn by turn, the episode in its store."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        (scenario,) = find_scenarios([state.metadata["scenario"]])
        judge = {"judge": InspectChat(_JUDGE)} if evaluator == _JUDGE else {}
        options: dict[str, Any] = {"variant": variant, "evaluator": evaluator, "max_turns": max_turns, **judge}
        made = ready(asked(InspectChat(), checked(options)), [scenario])
        told, repeat = instructions(variant, scenario), state.epoch - 1
        state.messages = [ChatMessageSystem(content=told)]

        async def on_turn(turn: TurnRecord) -> None:
            state.messages.extend(map(_message, turn.messages))

        try:
            episode = await sandbox_for(made.run, variant, made.roles(), made.rubric).play(
                scenario,
                seed=derived_seed(seed, scenario.id, repeat),
                repeat=repeat,
                instructions=told,
                on_turn=on_turn,
            )
        except SuspendedError as stopped:  # Inspect's own limits and faults are Inspect's to record
            raise stopped.__cause__ or stopped from None
        state.messages.extend(map(_message, episode.messages[len(state.messages) - 1 :]))
        said = [message for message in episode.messages if message.speaker == "empathic"]
        if said:
            state.output = ModelOutput.from_content(said[-1].model or episode.agent, said[-1].content)
        state.store.set(EPISODE, episode.model_dump(mode="json"))
        state.completed = True
        return state

    return solve


def _sample(scenario: Scenario, variant: str) -> Sample:
    """Return the sample of a scenario; its input is for people who look, and the model never sees it."""
    return Sample(
        id=f"{scenario.id}:{variant}",
        input=scenario.goal.title,
        metadata={
            "scenario": scenario.id,
            "persona": scenario.persona.id,
            "variant": variant,
            "content_note": list(scenario.content_note),
        },
    )


def _message(message: Message) -> ChatMessage:
    if message.speaker == "persona":
        return ChatMessageUser(content=message.content)
    return ChatMessageAssistant(content=message.content, model=message.model)
