"""One run from its configuration to its result: kept as it goes, held to its limits, gone on with where it was left."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from empa_graph.errors import ContentError, SuspendedError, UsageError
from empa_graph.llm import load_prices, probe
from empa_graph.llm.tracing import traced
from empa_graph.models.config import NO_KEYS, Keys, RunConfig
from empa_graph.roles.overrides import NOTHING, handed
from empa_graph.roles.run_roles import Roles
from empa_graph.roles.views import EvaluatorRole
from empa_graph.run.config import Prepared, again, prepared
from empa_graph.run.home import OTHER_MANIFEST, opened, own_key, refuse_broken
from empa_graph.run.log import run_log
from empa_graph.run.result import RunResult, result_of
from empa_graph.run.schedule import Watch
from empa_graph.run.session import OnStop, Resources, RunSession, check_resources
from empa_graph.run.telemetry import otlp_telemetry
from empa_graph.store.folder import MANIFEST, RunFolder, load_run
from empa_graph.store.ledger import Store

RUNS = Path("runs")
"""Where runs lie that are given no folder."""
MODEL_SETTINGS = ("temperature", "max_tokens")
_LOG = logging.getLogger(__name__)


class Kept(NamedTuple):
    """A run in its folder, open for writing."""

    made: Prepared
    path: Path
    store: Store


def evaluate(
    config: RunConfig,
    *,
    agent: Any = None,
    evaluator: str | EvaluatorRole | None = None,
    progress: Watch | None = None,
    keys: Keys = NO_KEYS,
) -> RunResult:
    """Play and score what ``config`` describes, and return the result.

    Every answer and every turn is kept in the run folder before it is used. Where ``store.out`` holds a run of the
    same configuration, that one goes on. ``agent`` (a function of the messages, a graph, a runnable, a role, a `Chat`)
    and ``evaluator`` take the place of their names; ``progress`` is told of every turn and every episode. Raises
    UsageError for what leads nowhere; what fails while playing is recorded on its episode.
    """
    refuse_loop("evaluate")
    return asyncio.run(evaluate_async(config, agent=agent, evaluator=evaluator, progress=progress, keys=keys))


async def evaluate_async(
    config: RunConfig,
    *,
    agent: Any = None,
    evaluator: str | EvaluatorRole | None = None,
    progress: Watch | None = None,
    keys: Keys = NO_KEYS,
) -> RunResult:
    """Do the same inside a running loop, as a notebook has one."""
    if not isinstance(config, RunConfig):
        instead = "; RunConfig.model_validate(...) makes one of a dict" if isinstance(config, dict) else ""
        raise UsageError(f"config is {type(config).__name__}, allowed is a RunConfig{instead}")
    if progress is not None and not callable(progress):
        raise UsageError(f"progress is {type(progress).__name__}, allowed is a function of each Progress, or None")
    if not isinstance(keys, Keys):
        raise UsageError(f"keys is {type(keys).__name__}, allowed is Keys(...)")
    given = NOTHING
    if agent is not None or evaluator is not None:
        named, given = handed(config.agent.spec if agent is None else agent, evaluator=evaluator)
        config = config.changed(named)
    made, roles = prepared(config, keys=keys, given=given)
    if given.agent is not None:
        refuse_settings(config.agent.spec, config.agent.model_fields_set)
    with resources_of(config) as resources:
        check_resources(roles, config, resources)
        for hint in await probed(roles, offline=config.execution.offline):
            _LOG.warning("a model may not be there", extra={"hint": hint})
        with _kept(made) as kept:
            session = RunSession(kept.made, kept.store, resources)
            stopped = await carried_out(session, kept, watch=progress)
            return result_of(kept.path, kept.store, stopped, url=config.store.url)


def refuse_loop(name: str) -> None:
    """Raise UsageError inside a running event loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise UsageError(f"{name}() cannot run inside an event loop (a notebook has one); use: await {name}_async(...)")


def refuse_settings(agent: str, settings: Collection[str]) -> None:
    """Raise UsageError for a setting of a model where the agent is none that is named by a string."""
    for name in MODEL_SETTINGS:
        if name in settings:
            raise UsageError(f"{name} is for a model named by a string and does not reach the agent '{agent[:200]}'")


@contextmanager
def resources_of(config: RunConfig) -> Iterator[Resources]:
    """Give what a session of ``config`` uses; the store of cached answers is open meanwhile. Raises UsageError."""
    table = load_prices(config.store.prices)
    telemetry = otlp_telemetry() if config.execution.otel else None
    with ExitStack() as stack:
        cache = config.execution.cache
        yield Resources(table, stack.enter_context(opened(cache)) if cache else None, telemetry)


async def probed(roles: Roles, *, offline: bool) -> list[str]:
    """Find out before the first episode whether each model can be reached; return hints. Raises UsageError."""
    hints = []
    for chat in () if offline else roles.chats:
        if hint := await probe(chat):
            hints.append(hint)
        await chat.aclose()
    return hints


def new_folder(made: Prepared) -> RunFolder:
    """Make the folder of a run, sealed where the user has a key. Raises UsageError where a run lies there."""
    out, url, key = made.config.store.out, made.config.store.url, own_key(make=True)
    if out is not None:
        return RunFolder(out, made.run, url=url, key=key)
    return RunFolder.named(RUNS, made.run, url=url, key=key)


@contextmanager
def _kept(made: Prepared) -> Iterator[Kept]:
    """Open the run of the same configuration in ``store.out``, or make a new one."""
    out = made.config.store.out
    if out is None or not (out / MANIFEST).is_file():
        with new_folder(made) as folder:
            yield Kept(replace(made, run=folder.run), folder.path, folder.store)
        return
    run = load_run(out)
    if run.config.measured != made.run.config.measured or run.plan != made.run.plan:
        raise UsageError(f"{out}: a run of another configuration lies there already; choose another store.out")
    made = again(run, made)
    with opened(out, run.id, store=made.config.store.url, writing=True) as store:
        refuse_other_store(out, made, store)
        yield Kept(made, out, store)


def refuse_other_store(path: Path, made: Prepared, store: Store) -> None:
    """Raise ContentError where a store is not that of the manifest beside it, or was changed."""
    if store.run != made.run:
        raise ContentError(f"{path}: {OTHER_MANIFEST}")
    refuse_broken(path, store)


async def carried_out(
    session: RunSession, kept: Kept, *, watch: Watch | None = None, on_stop: OnStop | None = None
) -> SuspendedError | None:
    """Play what is left with a log beside it, and seal the store; return what stopped the run before its end.

    Of a run that is over and sealed nothing is written. Raises SuspendedError where the store was lost meanwhile: then
    there is nothing to go on with.
    """
    if not session.left:
        kept.store.seal()  # which a kill may have come before
        return None
    secrets = [key or "" for key in kept.made.keys.all]
    with run_log(kept.path, secrets=secrets), traced(kept.made.config.execution.langsmith):
        stopped = await session.play(watch, on_stop=on_stop)
    if stopped is not None and stopped.limit == "lost":
        raise stopped
    kept.store.seal()
    return stopped
