"""A sandbox whose episodes are played by workers: each is put again behind its finished turns when one is lost."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from empa_graph.errors import RunError
from empa_graph.models.episode import Episode
from empa_graph.models.persona import Scenario
from empa_graph.models.turn_record import TurnRecord
from empa_graph.roles.run_roles import Roles
from empa_graph.roles.views import PersonaView, PersonaWrite
from empa_graph.run.cluster.answering import OnTurn
from empa_graph.run.cluster.messages import Task, WorkerLostError
from empa_graph.run.cluster.workers import Workers
from empa_graph.run.config import Prepared
from empa_graph.run.schedule import sandbox_for

if TYPE_CHECKING:
    from empa_graph.graph.sandbox import Sandbox

LOSSES = 5
"""Workers that may be lost over one turn of an episode; it fails with the last."""
_LOG = logging.getLogger(__name__)


class RemoteSandbox:
    """Plays the episodes of one variant on ``workers``, which are there once the run has begun."""

    def __init__(self, workers: Callable[[], Workers], variant: str, played: Prepared, roles: Roles) -> None:
        self._workers, self._variant = workers, variant
        self._played, self._roles = played, roles

    async def play(
        self,
        scenario: Scenario,
        *,
        seed: int = 0,
        repeat: int = 0,
        instructions: str = "",
        on_turn: OnTurn,
        number: int = 0,
        finished: Sequence[TurnRecord] = (),
    ) -> Episode:
        """Play as a sandbox does. An episode that loses `LOSSES` workers over one turn fails as ``worker_lost``."""
        turns, stopped = list(finished), list[Exception]()

        async def keep(turn: TurnRecord) -> None:
            try:
                await on_turn(turn)
            except Exception as error:
                stopped.append(error)
                raise
            turns.append(turn)

        lost = 0
        while lost < LOSSES:
            begun = len(turns)
            task = Task(number, scenario.id, self._variant, seed, repeat, instructions, tuple(turns))
            try:
                return await self._workers().play(task, keep)
            except WorkerLostError:
                lost = lost + 1 if len(turns) == begun else 1
                _LOG.warning("episode put again", extra={"episode": number, "turns": len(turns), "lost": lost})
            finally:
                if stopped:  # as it was raised here, and whether the worker lives or not
                    raise stopped[0]
        return await self._failed().play(scenario, seed=seed, repeat=repeat, number=number, finished=turns)

    def _failed(self) -> Sandbox:
        """Return a sandbox in which the next turn fails."""

        async def gone(view: PersonaView) -> PersonaWrite:
            raise RunError(f"{LOSSES} workers were lost over this turn", blame="us", kind="worker_lost")

        roles = replace(self._roles, persona=gone)
        return sandbox_for(self._played.run, self._variant, roles, self._played.rubric)
