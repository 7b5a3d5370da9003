"""Follow a live conversation: take up what is said, judge a turn, hold it to its SLA."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

from empa_graph.episode.start import opening
from empa_graph.errors import RoleError, RunError, UsageError
from empa_graph.live.breaker import CircuitBreaker
from empa_graph.live.conversation import Conversation, Pending
from empa_graph.live.records import Breach, Decision, EmpathySLA
from empa_graph.live.sla import assess, history, signals
from empa_graph.models.dialogue import LONGEST_REPLY, Message, Speaker
from empa_graph.models.failure import Blame, Failure
from empa_graph.models.latent import LatentState, Step
from empa_graph.models.reading import WINDOW
from empa_graph.models.rubric import Rubric
from empa_graph.roles.calling import check_step
from empa_graph.roles.views import RECENT, EvaluatorRole, EvaluatorView, is_ours

MOST_PENDING = 8
"""Answered turns that may wait behind the one being judged; beyond, the oldest of them is given up."""
MOST_BREACHES = 100
"""Breaches kept in full; earlier ones are counted."""
Clock = Callable[[], float]


class Judged(NamedTuple):
    """A turn's judgement, or why there is none, and the seconds the judge took; None where it was not asked."""

    step: Step
    said: tuple[Message, ...]
    latency: float | None


def begun(rubric: Rubric, *, start: LatentState | None = None, seed: int = 0) -> Conversation:
    """Return a conversation before its first turn; without ``start`` it begins at the rubric's stated prior.

    Raises UsageError for a start that does not fit the rubric or has steps, or is its own target.
    """
    if start is not None and (start.dimensions != rubric.space.names or start.steps or start.start == start.target):
        wanted = f"the dimensions {', '.join(rubric.space.names)}, no steps, and a target elsewhere"
        raise UsageError(f"the given start does not fit; a live conversation under '{rubric.id}' needs {wanted}")
    basis = "given start" if start is not None else f"stated prior of rubric '{rubric.id}' (no scenario)"
    keeps = rubric.reading.window if rubric.reading else WINDOW
    return Conversation(basis=basis, seed=seed, latent=start or opening(rubric), keeps=keeps)


def asked(conversation: Conversation, texts: Sequence[str], *, seat: str = "agent") -> Conversation:
    """Take up what the person says: it begins a turn, or goes on with one that nobody has answered."""
    turn = (conversation.pending[-1].turn if conversation.pending else len(conversation.latent.steps)) + 1
    return _with(conversation.model_copy(update={"turn": turn, "seat": seat}), "persona", texts)


def answered(conversation: Conversation, texts: Sequence[str]) -> Conversation:
    """End the turn with what its seat replies; it now waits for its judgement. No text is an empty reply."""
    said = _with(conversation, "empathic", texts or ("",))
    waiting = (*said.pending, Pending(turn=said.turn, seat=said.seat))
    return said.model_copy(update={"pending": _shortened(waiting)})


def view(conversation: Conversation, turn: int, latent: LatentState) -> EvaluatorView:
    """Return what an evaluator is shown to judge ``turn``, from where the path stood before it."""
    seen = [message for message in conversation.heard if message.turn <= turn]
    return EvaluatorView(scenario=None, messages=seen, persona_state=None, latent=latent, seed=conversation.seed)


def recorded(
    conversation: Conversation, judged: Judged, sla: EmpathySLA, *, now: float
) -> tuple[Conversation, tuple[Decision, ...]]:
    """Take up the judgement of the first pending turn and decide the SLA's rules on it."""
    waiting, *left = conversation.pending
    latent = _compacted(conversation.latent.extended(judged.step), conversation.keeps)
    turn = signals(judged.step, seat=waiting.seat, latency=judged.latency)
    turns = (*conversation.turns, turn)[-sla.window :]
    state, decisions = assess(sla, conversation.sla, history(latent, turns, basis=conversation.basis), now=now)
    found = tuple(decision for decision in decisions if isinstance(decision, Breach))
    following = conversation.model_copy(
        update={
            "latent": latent,
            "pending": tuple(left),
            "turns": turns,
            "sla": state,
            "breaches": (*conversation.breaches, *found)[-MOST_BREACHES:],
            "breached": conversation.breached + len(found),
        }
    )
    return following, decisions


class LiveJudge:
    """Asks the evaluator for at most ``timeout`` seconds, through a breaker; what fails is a missing judgement."""

    def __init__(self, evaluator: EvaluatorRole, *, timeout: float, breaker: CircuitBreaker, clock: Clock) -> None:
        self._evaluator, self._timeout, self._clock = evaluator, timeout, clock
        self.breaker = breaker

    async def __call__(self, shown: EvaluatorView, *, skipped: bool = False) -> Judged:
        """Judge the turn behind the path of ``shown``."""
        turn = len(shown["latent"].steps) + 1
        said = tuple(message for message in shown["messages"] if message.turn == turn)
        if skipped:
            return Judged(missing(turn, "judge_behind", f"more than {MOST_PENDING} turns waited"), said, None)
        if not self.breaker.allows():
            return Judged(missing(turn, "judge_circuit_open", "the judge failed too often; not asked"), said, None)
        begun_at = self._clock()
        # Whatever foreign code raises is a value here: it must not reach the conversation.
        (found,) = await asyncio.gather(asyncio.wait_for(self._evaluator(shown), self._timeout), return_exceptions=True)
        latency = max(0.0, self._clock() - begun_at)
        if isinstance(found, BaseException):
            self.breaker.failed()
            return Judged(self._failed(turn, found), said, latency)
        step = _checked(turn, found, shown["latent"])
        if not step.due:  # nobody was asked
            return Judged(step, said, None)
        self.breaker.succeeded()
        return Judged(step, said, latency)

    def _failed(self, turn: int, error: BaseException) -> Step:
        if isinstance(error, RunError):
            return missing(turn, error.kind, str(error), blame=error.blame)
        if isinstance(error, TimeoutError):
            return missing(turn, "judge_timeout", f"no judgement within {self._timeout:g} s")
        blame: Blame = "us" if is_ours(self._evaluator) else "evaluator"
        return missing(turn, "role_crashed", f"{type(error).__name__}: {error}", blame=blame)


def missing(turn: int, kind: str, detail: str, *, blame: Blame = "evaluator") -> Step:
    """Return the step of a judgement that could not be had."""
    failure = Failure(turn=turn, blame=blame, kind=kind, detail=detail[:500], seat="evaluator")
    return Step(turn=turn, increment=None, failure=failure)


def _checked(turn: int, write: object, latent: LatentState) -> Step:
    step = write.get("latent") if isinstance(write, dict) else None
    if not isinstance(step, Step):
        return missing(turn, "role_error", f"the evaluator wrote no step of turn {turn}")
    try:
        check_step(latent, step)
    except RoleError as error:
        return missing(turn, error.kind, str(error))
    return step


def _with(conversation: Conversation, speaker: Speaker, texts: Sequence[str]) -> Conversation:
    fresh = [Message(turn=conversation.turn, speaker=speaker, content=_kept(text)) for text in texts]
    heard = (*conversation.heard, *fresh)
    oldest = min((p.turn for p in conversation.pending if not p.skipped), default=conversation.turn)
    kept = tuple(m for n, m in enumerate(heard) if m.turn >= oldest or n >= len(heard) - RECENT)
    return conversation.model_copy(update={"heard": kept})


def _kept(text: str) -> str:
    """Return what is judged of ``text``; a live conversation cannot be refused for its length or half a character."""
    return text[:LONGEST_REPLY].encode("utf-8", "replace").decode()


def _shortened(pending: tuple[Pending, ...]) -> tuple[Pending, ...]:
    """Give up the oldest turn beyond `MOST_PENDING`, but for the first: that one is being judged."""
    waiting = [p for p in pending[1:] if not p.skipped]
    if len(waiting) < MOST_PENDING:
        return pending
    given_up = waiting[0].turn
    return tuple(p.model_copy(update={"skipped": True}) if p.turn == given_up else p for p in pending)


def _compacted(latent: LatentState, keeps: int) -> LatentState:
    """Drop the assessment of the step that has just left the last ``keeps``."""
    at = len(latent.steps) - keeps - 1
    if at < 0 or latent.steps[at].assessment is None:
        return latent
    bare = latent.steps[at].model_copy(update={"assessment": None, "usage": None})
    return latent.model_copy(update={"steps": (*latent.steps[:at], bare, *latent.steps[at + 1 :])})
