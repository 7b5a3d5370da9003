"""Play from Python: the shortest way to an episode, or to those of a persona; nothing is kept on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, overload

from empa_graph.content.library import find_scenarios
from empa_graph.errors import SettingError, UsageError, hint
from empa_graph.llm.tracing import traced
from empa_graph.models.config import Keys, RunConfig
from empa_graph.models.episode import Episode
from empa_graph.models.persona import Persona, Scenario
from empa_graph.models.settings import KEYS, OF_A_PLAY, SETTINGS
from empa_graph.models.turn_record import ModelCall, TurnRecord
from empa_graph.roles.empathic.agents import ChatEmpathic
from empa_graph.roles.overrides import Overrides, called, handed
from empa_graph.run.config import Prepared, prepared
from empa_graph.run.evaluate import refuse_loop, refuse_settings
from empa_graph.run.meter import RunMeter
from empa_graph.run.schedule import Watch, run_async

Scenarios = str | Scenario | Persona | Sequence[str | Scenario | Persona]
"""A name as ``empa run`` takes it, a record, or several of them."""
_OBJECTS = (
    *("evaluator", "judge", "support_judge", "director", "voice", "extra", "rubric"),
    *("on_interrupt", "context", "initial"),
)
"""The options that may be an object and not a name."""


@overload
async def play_async(scenario: Scenario, empathic: Any = "local", **options: Any) -> Episode: ...
@overload
async def play_async(
    scenario: Persona | Sequence[Scenario | Persona], empathic: Any = "local", **options: Any
) -> tuple[Episode, ...]: ...
@overload
async def play_async(scenario: Scenarios, empathic: Any = "local", **options: Any) -> Any: ...
async def play_async(scenario: Scenarios, empathic: Any = "local", **options: Any) -> Any:
    """Play ``scenario`` with ``empathic`` and return the scored episode.

    For a persona, a pattern, ``all`` or a list it is a tuple of episodes, one for each scenario. ``empathic`` is a
    model string, ``scripted:NAME``, ``module:attribute``, or the function, runnable, LangGraph graph, role or `Chat`
    itself; evaluator, judge, director, voice and rubric are names or objects as well. The options are those of
    ``empa run`` (`OF_A_PLAY`), and a seed gives the episode of ``empa run --seed``. Raises UsageError for what leads
    nowhere; what fails while playing is in the episode.
    """
    chosen = chosen_scenarios(scenario)
    episodes = await episodes_of(ready(asked(empathic, checked(options)), chosen))
    alone = isinstance(scenario, Scenario) or scenario == chosen[0].id
    return episodes[0] if alone else episodes


@overload
def play(scenario: Scenario, empathic: Any = "local", **options: Any) -> Episode: ...
@overload
def play(
    scenario: Persona | Sequence[Scenario | Persona], empathic: Any = "local", **options: Any
) -> tuple[Episode, ...]: ...
@overload
def play(scenario: Scenarios, empathic: Any = "local", **options: Any) -> Any: ...
def play(scenario: Scenarios, empathic: Any = "local", **options: Any) -> Any:
    """Do `play_async` to its end. Raises UsageError inside a running loop, as in a notebook: await `play_async`."""
    refuse_loop("play")
    return asyncio.run(play_async(scenario, empathic, **options))


def chosen_scenarios(wanted: Scenarios) -> tuple[Scenario, ...]:
    """Return the scenarios that ``wanted`` stands for, each once. Raises UsageError where that is none."""
    several = isinstance(wanted, Sequence) and not isinstance(wanted, str)
    found: dict[str, Scenario] = {}
    for part in wanted if several else [wanted]:
        if isinstance(part, str):
            named: Sequence[Scenario] = find_scenarios([part])
        elif isinstance(part, Persona):
            named = [Scenario(persona=part, goal=goal) for goal in part.goals]
        elif isinstance(part, Scenario):
            named = [part]
        else:
            allowed = "a name, a Scenario, a Persona, or a list of them"
            raise UsageError(f"the scenario is {type(part).__name__}, allowed is {allowed}")
        found |= {scenario.id: scenario for scenario in named}
    if not found:
        raise UsageError("no scenario is given; 'all' plays every one")
    return tuple(found.values())


def checked(options: Mapping[str, Any], *more: str) -> Mapping[str, Any]:
    """Return ``options``. Raises UsageError for one that is neither of `OF_A_PLAY` nor of ``more``."""
    for name in options:
        if name not in (known := (*OF_A_PLAY, *more)):
            raise UsageError(f"unknown option '{name[:200]}'{hint(name, known)}")
    _configured({name: value for name, value in options.items() if name not in (*_OBJECTS, *KEYS)})
    return options


class Asked(NamedTuple):
    """What was asked for, before anything is made of it."""

    config: RunConfig
    given: Overrides
    keys: Keys


def asked(agent: Any, options: Mapping[str, Any]) -> Asked:
    """Return what ``agent`` and checked ``options`` ask for. Raises UsageError."""
    objects = {name: options[name] for name in _OBJECTS if name in options}
    words = {SETTINGS[name]: value for name, value in options.items() if name not in (*_OBJECTS, *KEYS)}
    named, given = handed(agent, **objects)
    if given.evaluator is not None and options.get("judge_every", 1) != 1:
        made = called(given.evaluator)
        raise UsageError(f"judge_every does not reach an evaluator that is made already; give it to {made}")
    extra = {} if given.extra or options.get("extra") is None else {"extra": options["extra"]}
    config = _renamed(words | named | extra | {"execution.concurrency": 1})
    keys = Keys(**{name: _text(name, options[name]) for name in KEYS if name in options})
    return Asked(config, given, keys)


def ready(wanted: Asked, chosen: Sequence[Scenario]) -> Prepared:
    """Return what plays ``chosen`` as it was asked for. Raises UsageError."""
    config, given, keys = wanted
    made, roles = prepared(config, keys=keys, given=given, scenarios=chosen, bare=True)
    if given.agent is not None or not isinstance(roles.empathic, ChatEmpathic):
        refuse_settings(config.agent.spec, config.agent.model_fields_set)
    return made


async def episodes_of(made: Prepared, *, watch: Watch | None = None) -> tuple[Episode, ...]:
    """Play all of ``made`` in memory, one episode after the other, and return them in the order of the plan."""
    turn_store = InMemory()
    with traced(made.config.execution.langsmith):
        await run_async(
            made.run,
            made.scenarios,
            made.roles(),
            made.rubric,
            turn_store=turn_store,
            meter=RunMeter(turn_store),
            watch=watch,
        )
    return tuple(turn_store.kept[number] for number in range(len(made.run.plan)))


def _configured(options: Mapping[str, Any]) -> RunConfig:
    return _renamed({SETTINGS[name]: value for name, value in options.items()})


def _renamed(settings: Mapping[str, Any]) -> RunConfig:
    """Return the configuration with ``settings``; an error names the option and not the field."""
    names = {field: name for name, field in SETTINGS.items()}
    try:
        return RunConfig().changed(settings)
    except SettingError as error:
        name = names.get(".".join(error.path))
        raise (UsageError(f"{name}{error.fault}") if name and error.fault else error) from None


def _text(name: str, value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise UsageError(f"{name} is {type(value).__name__}, allowed is a valid string")


class InMemory:
    """Keeps a run for as long as it is played."""

    def __init__(self) -> None:
        self.kept: dict[int, Episode] = {}
        self.ended: frozenset[int] = frozenset()

    def turns(self, number: int) -> Sequence[TurnRecord]:
        """Return nothing: no episode was begun before."""
        return ()

    def calls(self, number: int) -> Sequence[ModelCall]:
        """Return nothing: none was asked before."""
        return ()

    def answer(self, key: str) -> str | None:
        """Return nothing: no answer is kept."""
        return None

    async def keep_call(self, call: ModelCall, *, key: str | None, answer: str | None) -> None:
        """Let the call go."""

    async def keep_turn(self, turn: TurnRecord) -> None:
        """Let the turn go: its episode holds it."""

    async def keep_episode(self, number: int, episode: Episode) -> None:
        """Keep an episode that ended."""
        self.kept[number] = episode
