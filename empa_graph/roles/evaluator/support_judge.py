"""Support coded by a model: one call for a whole conversation, six behaviours with their strength and a span.

The same behaviours and signs as the offline `support` (`models.behaviour.AXES`), from another coder. What a model makes
of a conversation stands beside the offline figure and never in its place; what could not be had is a failure.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from empa_graph.errors import RunError
from empa_graph.llm import Chat, Completion, Prices
from empa_graph.llm.fingerprint import shown_model
from empa_graph.llm.location import LOCATION, Location
from empa_graph.models.behaviour import AXES, STRONGEST, Behaviour, strength_of
from empa_graph.models.dialogue import Message, total_usage
from empa_graph.models.episode import Episode
from empa_graph.models.failure import Blame, Failure
from empa_graph.models.persona import Scenario
from empa_graph.models.support import SupportJudgement
from empa_graph.roles.evaluator.answering import Question, answered
from empa_graph.roles.evaluator.asking import ATTEMPTS, FIRST_WAIT, Pause, again
from empa_graph.roles.evaluator.coding_answer import Coding, coding_schema, read_coding
from empa_graph.roles.evaluator.judge_instructions import support_instructions
from empa_graph.roles.evaluator.judge_prompt import whole_request
from empa_graph.roles.evaluator.quotation import is_blank
from empa_graph.seeds import derived_seed

SPAN = STRONGEST * sum(sign > 0 for sign in AXES.values())
"""The sum of a conversation at its best; at its worst it is the same below 0."""


SEAT = "support_judge"
"""What it is called beside the roles of an episode."""


class SupportJudge(Protocol):
    """Codes the support of whole conversations; what could not be had is a failure in what it returns."""

    async def __call__(
        self, messages: Sequence[Message], scenario: Scenario | None = None, *, seed: int = 0
    ) -> SupportJudgement:
        """Return how a conversation is coded."""


async def judged_support(
    chat: Chat,
    messages: Sequence[Message],
    scenario: Scenario | None = None,
    *,
    seed: int = 0,
    prices: Prices | None = None,
    attempts: int = ATTEMPTS,
    first_wait: float = FIRST_WAIT,
    pause: Pause = asyncio.sleep,
) -> SupportJudgement:
    """Return how ``chat`` codes the support of a whole conversation, with at most one corrective retry.

    A service that is busy is asked again, ``attempts`` times in all. One that stays out of reach, a limit, an answer
    that cannot be read and a conversation without a word of the agent are failures. Raises SuspendedError.
    """
    turn = max((message.turn for message in messages), default=0)
    if all(is_blank(message.content) for message in messages if message.speaker == "empathic"):
        said = _failure(turn, "no_reply", "the agent said nothing that could be coded", blame="empathic")
        return SupportJudgement(judge=shown_model(chat.name), failure=said)
    case, schema = whole_request(messages, scenario, seed=seed), coding_schema(tuple(AXES))
    asked = Question(support_instructions(), case, schema)

    async def call() -> tuple[Coding, tuple[Completion, ...]]:
        return await answered(
            chat,
            asked,
            lambda answer: read_coding(answer, schema, case.replies),
            lambda attempt: derived_seed(seed, SEAT, attempt),
        )

    try:
        found, answers = await again(call, first_wait=first_wait, pause=pause, attempts=attempts)
    except RunError as error:
        failure = _failure(turn, error.kind, str(error), blame=error.blame)
        return SupportJudgement(judge=shown_model(chat.name), failure=failure)
    except Exception as error:  # noqa: BLE001 - a chat may be code of the user, and no fault of it ends an episode
        crashed = _failure(turn, "role_crashed", f"{type(error).__name__}: {str(error)[:300]}")
        return SupportJudgement(judge=shown_model(chat.name), failure=crashed)
    usage = total_usage([each.usage for each in answers])
    return SupportJudgement(
        judge=shown_model(chat.name),
        answered_by=answers[-1].model or None,
        repaired=len(answers) > 1,
        usage=usage,
        cost=None if prices is None or usage is None else prices.cost(chat.name, usage, endpoint=chat.endpoint),
        failure=_failure(turn, found.kind, found.detail) if found.kind else None,
        **({} if found.kind else _coded(found)),
    )


def support_value(axes: Mapping[Behaviour, float]) -> float:
    """Return the signed sum of ``axes`` in [0, 1]: 0.5 where support and its contrary balance."""
    return 0.5 + sum(sign * axes[axis] for axis, sign in AXES.items()) / (2 * SPAN)


def _coded(found: Coding) -> dict[str, Any]:
    axes = {axis: strength_of(found.codes, axis) for axis in AXES}
    evidence = {code.behaviour: code.evidence for code in found.codes}
    return {"value": support_value(axes), "axes": axes, "evidence": evidence}


def _failure(turn: int, kind: str, detail: str, *, blame: Blame = "evaluator") -> Failure:
    return Failure(turn=turn, blame=blame, kind=kind, detail=detail[:500], seat=SEAT)


async def supported(
    episode: Episode, judge: SupportJudge | None, scenario: Scenario | None, *, number: int | None = None
) -> Episode:
    """Return ``episode`` with its support as ``judge`` codes it; as it is without one.

    ``number`` is its place in the plan of a run, for which the call counts as one of its last turn. Raises
    SuspendedError where that run stops before the answer.
    """
    if judge is None:
        return episode
    place = None if number is None else Location(number, episode.repeat, episode.turns)
    before = LOCATION.set(place)
    try:
        found = await judge(episode.messages, scenario, seed=episode.seed)
    finally:
        LOCATION.reset(before)
    return episode.model_copy(update={"support_judged": found})
