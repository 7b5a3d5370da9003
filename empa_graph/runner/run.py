"""Play the plan of a run: a bounded number of episodes at a time, each stored as it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from empa_graph.models.episode import Episode
from empa_graph.models.ledger import TurnRecord
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.models.run import Planned, Run
from empa_graph.roles.instructions import instructions
from empa_graph.runner.seats import Cast


class Progress(NamedTuple):
    """What happened: a turn was judged (``episode`` None) or an episode ended."""

    planned: Planned
    turn: int
    episode: Episode | None = None


Watch = Callable[[Progress], None]


async def run_async(
    run: Run,
    scenarios: Sequence[Scenario],
    cast: Cast,
    rubric: Rubric,
    *,
    keep: Callable[[Episode], None],
    watch: Watch | None = None,
) -> None:
    """Play every planned episode of ``run``; ``keep`` stores each as it ends.

    At most ``run.concurrency`` are in flight. What ``keep`` or ``watch`` raise stops the run; what is stored stays.
    """
    from empa_graph.graph.build import After
    from empa_graph.graph.play import Labels, Sandbox

    by_id = {scenario.id: scenario for scenario in scenarios}
    sandboxes = {
        variant: Sandbox(
            persona=cast.persona,
            empathic=cast.empathic,
            evaluator=cast.evaluator,
            rubric=rubric,
            labels=Labels(agent=run.agent, variant=variant, evaluator=cast.evaluator_name, voice=run.voice),
            profile=run.profile,
            extra={"director": After("evaluator", cast.director)} if cast.director else None,
        )
        for variant in run.variants
    }

    async def play(item: Planned) -> None:
        scenario = by_id[item.scenario]

        async def on_turn(turn: TurnRecord) -> None:
            if watch is not None:
                watch(Progress(item, turn.turn))

        episode = await sandboxes[item.variant].play(
            scenario,
            seed=item.seed,
            repeat=item.repeat,
            instructions=instructions(item.variant, scenario),
            on_turn=on_turn,
        )
        keep(episode)
        if watch is not None:
            watch(Progress(item, episode.turns, episode))

    try:
        await _bounded(play, run.plan, run.concurrency)
    finally:
        for chat in cast.chats:
            await chat.aclose()


async def _bounded(play: Callable[[Planned], Awaitable[None]], plan: Iterable[Planned], concurrency: int) -> None:
    """Let ``concurrency`` workers take items from one iterator; the first error stops all of them."""
    waiting: Iterator[Planned] = iter(plan)

    async def worker() -> None:
        for item in waiting:
            await play(item)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(concurrency):
                group.create_task(worker())
    except ExceptionGroup as several:
        raise several.exceptions[0] from None
