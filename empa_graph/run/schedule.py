"""Play the plan of a run: a bounded number of episodes at a time, each turn and each end kept as it comes."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, runtime_checkable

from empa_graph.episode.start import opening
from empa_graph.errors import SuspendedError, UsageError
from empa_graph.models.config import ExecutionConfig
from empa_graph.models.episode import Episode
from empa_graph.models.latent import Step
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.models.run import Planned, Run
from empa_graph.models.turn_record import ModelCall, TurnRecord
from empa_graph.roles.empathic.instructions import instructions
from empa_graph.roles.empathic.spoken import NO_MESSAGES
from empa_graph.roles.evaluator.support_judge import SEAT, SupportJudge, supported
from empa_graph.roles.run_roles import Roles
from empa_graph.run.evaluations import of_episode, of_turn
from empa_graph.run.meter import RunMeter
from empa_graph.run.timeouts import timed

if TYPE_CHECKING:
    from empa_graph.graph.sandbox import Sandbox

OUTAGES = frozenset(
    ("unreachable", "timeout", "dropped", "server_error", "rate_limited", "quota", "unauthorised", "model_not_found")
)
"""Failures of a service that say nothing about the request: the same one may be answered later."""
THRESHOLDS = (100_000, 20, 100)
"""Of the garbage collector while a run is played (benchmarks/throughput.py)."""


class TurnStore(Protocol):
    """Where a run is kept."""

    @property
    def ended(self) -> frozenset[int]:
        """The numbers of the episodes that have ended."""

    def turns(self, number: int) -> Sequence[TurnRecord]:
        """Return the finished turns of an episode that has not ended."""

    def calls(self, number: int) -> Sequence[ModelCall]:
        """Return the model calls of an episode that has not ended, from earlier sessions."""

    async def keep_turn(self, turn: TurnRecord) -> None:
        """Keep a finished turn; durable on return."""

    async def keep_episode(self, number: int, episode: Episode) -> None:
        """Keep an episode that ended, whose turns are kept already; durable on return."""


class Plays(Protocol):
    """What plays the episodes of a variant: a `Sandbox`, here or elsewhere."""

    async def play(
        self,
        scenario: Scenario,
        *,
        seed: int,
        repeat: int,
        instructions: str,
        on_turn: Callable[[TurnRecord], Awaitable[None]],
        number: int,
        finished: Sequence[TurnRecord],
    ) -> Episode:
        """Play ``scenario`` as episode ``number``, from behind its ``finished`` turns."""


@runtime_checkable
class Elsewhere(Protocol):
    """An executor whose episodes are played in other processes, by sandboxes of its own."""

    def sandbox(self, variant: str) -> Plays:
        """Return what plays the episodes of ``variant``."""


class Progress(NamedTuple):
    """What happened: a turn was judged (``episode`` None) or an episode ended."""

    planned: Planned
    turn: int
    episode: Episode | None = None


Watch = Callable[[Progress], None]
Entry = tuple[int, Planned]
"""An episode's number and its place in the plan."""


async def run_async(
    run: Run,
    scenarios: Sequence[Scenario],
    roles: Roles,
    rubric: Rubric,
    *,
    turn_store: TurnStore,
    meter: RunMeter,
    execution: ExecutionConfig | None = None,
    watch: Watch | None = None,
) -> SuspendedError | None:
    """Play every planned episode of ``run`` that ``turn_store`` does not hold ended, as ``execution`` says.

    An unfinished episode goes on behind its last turn there. Returns what stopped the run before its end, None when
    the plan is done; a store that fails stops it too, and what is kept stays. Raises what ``watch`` raises, and
    UsageError where the agent's first answer is a state without ``messages``.
    """
    execution = execution or run.config.execution
    by_id = {scenario.id: scenario for scenario in scenarios}
    if (meter.limits.episode_seconds, meter.limits.run_seconds) != (None, None):
        roles = timed(roles, meter)
    executor = roles.executor or bounded
    sandboxes: dict[str, Plays] = {
        variant: executor.sandbox(variant)
        if isinstance(executor, Elsewhere)
        else sandbox_for(run, variant, roles, rubric)
        for variant in run.config.suite.variants
    }
    judge, outage = roles.support_judge, execution.on_outage
    player = _Player(by_id, sandboxes, rubric, turn_store, meter, outage, watch, judge, [], set())
    ended = turn_store.ended
    waiting = ((number, item) for number, item in enumerate(run.plan) if number not in ended)
    try:
        await executor(player.play, waiting, execution.concurrency)
    finally:
        await roles.aclose()
    return meter.stopped if player.left_open else None


class _Player(NamedTuple):
    """Plays one planned episode at a time."""

    scenarios: Mapping[str, Scenario]
    sandboxes: Mapping[str, Plays]
    rubric: Rubric
    turn_store: TurnStore
    meter: RunMeter
    on_outage: Literal["fail", "pause"]
    watch: Watch | None
    support_judge: SupportJudge | None
    left_open: list[int]
    heard: set[int]
    """The episodes of which a turn was played."""

    async def play(self, planned: Entry) -> None:
        """Play one episode; once the run is stopped, leave it open."""
        number, item = planned
        try:
            self.meter.check_run()
            episode = await self._episode(number, item)
            failure = episode.failure
            if failure and failure.kind == NO_MESSAGES and not (self.heard or self.turn_store.ended):
                raise UsageError(failure.detail)  # it can never reply
            if (outage := _judge_outage(episode)) is not None:
                self._pause(outage)
            await self.turn_store.keep_episode(number, episode)
            if (telemetry := self.meter.telemetry) is not None:
                seconds, scores = self.meter.seconds_of(number), of_episode(episode)
                telemetry.episode(number, item, ending=episode.ending, seconds=seconds, scores=scores)
        except SuspendedError as stopped:
            self.meter.stop(str(stopped), limit=stopped.limit)
            self.left_open.append(number)
            return
        finally:
            self.meter.end(number)
        if self.watch is not None:
            self.watch(Progress(item, episode.turns, episode))

    def _pause(self, why: str) -> None:
        """Raise SuspendedError where an outage of the judge pauses the run."""
        if self.on_outage == "pause":
            raise SuspendedError(f"the judge is out of reach: {why}", limit="judge_outage")

    async def _episode(self, number: int, item: Planned) -> Episode:
        finished = self.turn_store.turns(number)
        scenario = self.scenarios[item.scenario]
        # The calls of finished turns, where they count; those behind them are replayed and count then.
        earlier = () if self.meter.limits.episode_tokens is None else self.turn_store.calls(number)
        counted = (call for call in earlier if call.turn <= len(finished) and call.role != SEAT)
        self.meter.begin(number, calls=counted)

        async def on_turn(turn: TurnRecord) -> None:
            self.heard.add(number)
            if (outage := _panel_outage(turn.step)) is not None:
                self._pause(outage)
            await self.turn_store.keep_turn(turn)
            if self.meter.telemetry is not None:
                start = opening(self.rubric, scenario)
                self.meter.telemetry.turn(number, turn.turn, judged=of_turn(turn.step, start))
            if self.watch is not None:
                self.watch(Progress(item, turn.turn))
            self.meter.check_run()
            self.meter.check_time(number)

        played = await self.sandboxes[item.variant].play(
            scenario,
            seed=item.seed,
            repeat=item.repeat,
            instructions=instructions(item.variant, scenario),
            on_turn=on_turn,
            number=number,
            finished=finished,
        )
        if self.support_judge is None or played.failure is not None:
            return played
        return await supported(played, self.support_judge, scenario, number=number)


def _judge_outage(episode: Episode) -> str | None:
    """Say why a judge has not judged that was out of reach; None where that is not why, or all have judged."""
    judged = episode.support_judged
    missed = (episode.failure, judged.failure if judged else None)
    seats = ("evaluator", SEAT)
    out = [each for each in missed if each is not None and each.seat in seats and each.kind in OUTAGES]
    return f"{out[0].kind}: {out[0].detail}" if out else None


def _panel_outage(step: Step) -> str | None:
    """Say why the turn has no judgement where judges of a panel were out of reach; None where that was not why."""
    votes = step.assessment.votes if step.failure and step.assessment else ()
    out = any(vote.failure is not None and vote.failure.kind in OUTAGES for vote in votes)
    return step.failure.detail if out and step.failure else None


def sandbox_for(run: Run, variant: str, roles: Roles, rubric: Rubric) -> Sandbox:
    """Return the sandbox that plays ``variant`` of ``run``. Raises RoleError for a role that does not fit its seat."""
    from empa_graph.graph.build import RETRY
    from empa_graph.graph.sandbox import Labels, Sandbox

    config, (retries, wait) = run.config, roles.patience
    labels = Labels(config.agent.spec, variant, evaluator=roles.evaluator_name, voice=config.persona.voice)
    return Sandbox(
        persona=roles.persona,
        empathic=roles.empathic,
        evaluator=roles.evaluator,
        rubric=rubric,
        labels=labels,
        profile=config.evaluator.profile,
        extra=roles.extra,
        retry=RETRY._replace(max_attempts=retries + 1, initial_interval=wait, jitter=wait > 0),
    )


async def bounded(play: Callable[[Entry], Awaitable[None]], plan: Iterable[Entry], concurrency: int) -> None:
    """Let ``concurrency`` workers take items from one iterator; the first error stops all of them."""
    waiting: Iterator[Entry] = iter(plan)

    async def worker() -> None:
        for item in waiting:
            await play(item)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(concurrency):
                group.create_task(worker())
    except ExceptionGroup as several:
        raise several.exceptions[0] from None


@contextmanager
def rare_collections() -> Iterator[None]:
    """Collect garbage seldom: with hundreds of episodes in flight it takes a good part of the time."""
    before = gc.get_threshold()
    gc.set_threshold(*THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
