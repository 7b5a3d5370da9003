"""What a test does with an agent: play scenarios, and hold their numbers to a floor."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any, NamedTuple

from empa_graph.content.registry import REGISTRY
from empa_graph.cues.script import run_script
from empa_graph.errors import NotFoundError, UsageError
from empa_graph.models.episode import Episode
from empa_graph.models.outcome import RANGES, Outcome, doubted, outcomes, outside
from empa_graph.models.run import Planned
from empa_graph.models.script_finding import VOIDED
from empa_graph.models.support import provisional_of
from empa_graph.report.reasons import TOLD, reasons
from empa_graph.report.summary import measured
from empa_graph.report.text import many, plain
from empa_graph.roles.specs import models_of
from empa_graph.run.schedule import Progress
from empa_graph.run.single import Scenarios, asked, checked, chosen_scenarios, episodes_of, ready
from empa_graph.scoring.statistics import Estimate, mean_interval
from empa_graph.testing.blocked import Guard
from empa_graph.testing.failing import finished, told_at_the_call

LONGEST_QUOTE = 300
_CALLER = 3
"""Frames up from `assert_at_least`, past what wraps it, to the test."""
_REPEATED = ("repeats",)
"""What is asked for beside the options of `play`."""


class Turn(NamedTuple):
    """One turn of an episode and how far it moved towards the target, in units of the space."""

    episode: Episode
    turn: int
    movement: float


class Allowed(NamedTuple):
    """What counts all the same, as in a policy."""

    scripted: bool
    provisional: bool


@dataclass(frozen=True, slots=True)
class Result:
    """The episodes that a test played, and what can be asked of them."""

    episodes: tuple[Episode, ...]
    seed: int = 0

    @told_at_the_call
    def values(self, metric: str) -> tuple[float, ...]:
        """Return ``metric`` of each episode that has it: one of a gate's metrics or a registered one.

        Raises NotFoundError with the nearest name.
        """
        return tuple(value for _, value in self._pairs(metric))

    @told_at_the_call
    def estimate(self, metric: str, *, allow_scripted: bool = False, allow_provisional: bool = False) -> Estimate:
        """Return the mean of ``metric`` with its 95% interval, over scenarios, or over the repeats of a single one.

        Provisional values of support do not count. Raises UsageError where no episode has a number for it, where the
        agent keeps to a script and so voids it, and where most of its values are provisional, unless that is allowed.
        """
        pairs = self._pairs(metric)
        if not pairs:
            raise UsageError(f"no episode has a number for '{metric}': {'; '.join(self.unscored) or 'not measured'}")
        if why := self._open(metric, Allowed(allow_scripted, allow_provisional)):
            raise UsageError(why)
        pairs = [pair for pair in pairs if allow_provisional or not _provisional(metric, pair[0])]
        names = [episode.scenario for episode, _ in pairs]
        clusters = names if len(set(names)) > 1 else None
        within = RANGES.get(metric, (-math.inf, math.inf))
        return mean_interval([value for _, value in pairs], clusters, seed=self.seed, within=within)

    @told_at_the_call
    def assert_at_least(
        self, *, allow_scripted: bool = False, allow_provisional: bool = False, **floors: float
    ) -> Result:
        """Fail the test where the mean of a metric lies below its floor, and show the turn that cost most.

        An episode without a score fails it too, since a missing score is not a number; give ``scored=0.9`` to allow
        some. So does a metric that a gate would not decide by: composite and support of an agent that keeps to a
        script, support of which most values are provisional; both can be allowed, as in a policy. Returns the result,
        so that calls can be chained. Raises UsageError for a floor that is no number or lies outside the
        metric's range, and NotFoundError for an unknown metric; warns of one that looks like a share and is none.
        """
        allowed, wanted = Allowed(allow_scripted, allow_provisional), {"scored": 1.0, **floors}
        for name, floor in wanted.items():
            if doubt := _doubt(name, floor):
                warnings.warn(doubt, UserWarning, stacklevel=_CALLER)
        missed = [line for name, floor in wanted.items() if (line := self._missed(name, floor, allowed))]
        if missed:
            raise AssertionError("\n".join((*missed, *self.unscored, *self._traces(), *self._shown())))
        return self

    @property
    def unscored(self) -> tuple[str, ...]:
        """Say of each episode without a score why it has none."""
        return tuple(f"{_title(e)}: no score: {e.unscored}" for e in self.episodes if e.score is None)

    @property
    def worst(self) -> Turn | None:
        """The judged turn that moved furthest away from the target, the first of several; None without one."""
        turns = [turn for episode in self.episodes for turn in _turns(episode)]
        return min(turns, key=lambda turn: turn.movement, default=None)

    def _pairs(self, metric: str) -> list[tuple[Episode, float]]:
        if metric in REGISTRY.names("metric"):
            found = [(e, measured(metric, e)) for e in self.episodes if e.score is not None]
            return [(episode, value) for episode, value in found if value is not None]
        rows = [_outcome(episode).values for episode in self.episodes]
        known = {*RANGES, *(name for row in rows for name in row)}
        if metric not in known:
            raise NotFoundError("metric", metric, (*known, *REGISTRY.names("metric")), where="assert_at_least")
        return [(e, row[metric]) for e, row in zip(self.episodes, rows, strict=True) if metric in row]

    def _open(self, name: str, allowed: Allowed) -> str:
        """Say why nothing can be decided by ``name``; empty where it can."""
        script = run_script(self.episodes) if name in VOIDED and not allowed.scripted else None
        if script is not None and script.scripted:
            return f"{name}: void, since the agent is scripted: {script}; allow_scripted=True lets it count"
        short = [_provisional(name, episode) for episode, _ in self._pairs(name)]
        if not allowed.provisional and 2 * sum(short) > len(short):
            return (
                f"{name}: undecided, {provisional_of(sum(short), len(short))}; allow_provisional=True lets them count"
            )
        return ""

    def _missed(self, name: str, floor: float, allowed: Allowed) -> str | None:
        """Say that ``name`` lies below ``floor``, or that it cannot be told; None where it does not."""
        if not isinstance(floor, Real) or math.isnan(floor):
            raise UsageError(f"assert_at_least: {name} is {floor!r:.80}, allowed is a number")
        _refuse_outside(name, float(floor))
        if not self._pairs(name):
            return f"{name}: no episode has a number for it, wanted at least {floor:g}"
        if why := self._open(name, allowed):
            return why
        found = self.estimate(name, allow_scripted=allowed.scripted, allow_provisional=allowed.provisional)
        if found.mean >= floor:
            return None
        interval = f" [{found.interval.low:.4g}, {found.interval.high:.4g}]" if found.interval else ""
        interval = f" ({found.reason})" if found.interval is None and found.n > 1 else interval
        over = many(len(self.episodes), "episode")
        return f"{name} is {found.mean:.4g}{interval} over {over}, wanted at least {floor:g}"

    def _traces(self) -> Iterator[str]:
        """Show once each traceback of an agent that crashed."""
        failures = [episode.failure for episode in self.episodes if episode.failure is not None]
        for trace in dict.fromkeys(failure.trace for failure in failures if failure.trace):
            yield from ("traceback:", *(plain(line) for line in trace.splitlines()))

    def _shown(self) -> Iterator[str]:
        if self.worst is None:
            return
        episode, turn, movement = self.worst
        way = "away from" if movement < 0.0 else "towards"
        yield f"worst turn: {turn} of {_title(episode)}, which moved {abs(movement):.3g} {way} the target"
        for message in episode.messages:
            if message.turn == turn:
                yield f"  {message.speaker}: {_quoted(message.content)}"
        step = next(step for step in episode.latent.steps if step.turn == turn)
        for reason in reasons(episode.latent, step):
            told = f" ({_quoted(reason.evidence)})" if reason.evidence else ""
            yield f"  {TOLD[reason.tone]}: {reason.label}{told}"


@dataclass(frozen=True, slots=True)
class Empathy:
    """The fixture: plays an agent in the sandbox, by default with the offline evaluator and the card's own voice."""

    defaults: Mapping[str, Any]
    offline: bool
    kept: list[Episode]

    def __post_init__(self) -> None:
        checked(self.defaults, *_REPEATED)

    @told_at_the_call
    def play(self, agent: Any, scenario: Scenarios = "all", **options: Any) -> Result:
        """Play ``agent`` on a scenario, a persona's name, ``all`` or a list of them, and return the result.

        ``agent`` is a function of the messages, any LangGraph graph or runnable, ``module:attribute``,
        ``scripted:NAME`` or a model string. The options are ``repeats`` (1), ``seed`` (0) and what `empa_graph.play`
        takes; their defaults come from the marker and the command line. Raises UsageError for a wrong name, and for
        an attempt to reach a model or the network under ``--empa-offline``.
        """
        return finished(self._played(agent, scenario, options))

    async def play_async(self, agent: Any, scenario: Scenarios = "all", **options: Any) -> Result:
        """Do the same inside a running loop."""
        __tracebackhide__ = True
        try:
            return await self._played(agent, scenario, options)
        except UsageError as error:
            raise error.with_traceback(None) from None

    async def _played(self, agent: Any, scenario: Scenarios, options: Mapping[str, Any]) -> Result:
        wanted = {**self.defaults, **checked(options, *_REPEATED)}
        words = asked(agent, wanted)
        if self.offline and (models := models_of(words.config, words.given)):
            raise UsageError(f"--empa-offline: {', '.join(models)} would call a model")
        made = ready(words, chosen_scenarios(scenario))
        guard = Guard(active=self.offline)

        def watch(event: Progress) -> None:
            if event.episode is not None:
                self.kept.append(event.episode)
                guard.check()

        with guard:
            episodes = await episodes_of(made, watch=watch)
        return Result(episodes, made.config.suite.seed)


def _provisional(metric: str, episode: Episode) -> bool:
    return metric in _outcome(episode).provisional


def _refuse_outside(name: str, floor: float) -> None:
    """Raise UsageError for a floor that no mean of the metric can lie on."""
    if name not in REGISTRY.names("metric") and (why := outside(name, floor)):
        raise UsageError(f"assert_at_least: floor {floor:g} of {name} {why}")


def _doubt(name: str, floor: object) -> str:
    """Say of a floor that looks like a share that it is none, as a gate does of its policy's."""
    if name in REGISTRY.names("metric") or not isinstance(floor, Real):
        return ""
    told = doubted(name, float(floor))
    return f"assert_at_least: {name} {float(floor):g}: {told}" if told else ""


def _outcome(episode: Episode) -> Outcome:
    """Return the numbers of one episode by the names that gates use."""
    item = Planned(scenario=episode.scenario, variant=episode.variant, repeat=episode.repeat, seed=episode.seed)
    (outcome,) = outcomes([item], [episode], {})
    return outcome


def _turns(episode: Episode) -> Iterator[Turn]:
    latent = episode.latent
    way = [end - begin for begin, end in zip(latent.start, latent.target, strict=True)]
    length = sum(part * part for part in way) ** 0.5 or 1.0
    for step in latent.judged:
        moved = sum(a * b for a, b in zip(step.increment or (), way, strict=True))
        yield Turn(episode, step.turn, moved / length)


def _title(episode: Episode) -> str:
    return f"{episode.scenario}, repeat {episode.repeat}"


def _quoted(text: str) -> str:
    """Return untrusted text in one line without control characters."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    return f'"{plain[:LONGEST_QUOTE]}{"..." if len(plain) > LONGEST_QUOTE else ""}"'
