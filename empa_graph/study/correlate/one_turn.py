"""One reply of a conversation, judged and scored by itself."""

from __future__ import annotations

from empa_graph.chats.transcripts import Transcript
from empa_graph.episode.score import scored
from empa_graph.models.episode import Episode
from empa_graph.models.failure import Failure
from empa_graph.models.latent import LatentState, Step
from empa_graph.models.rubric import Rubric
from empa_graph.roles.evaluator.judge import JudgeEvaluator
from empa_graph.roles.evaluator.panel import PanelEvaluator
from empa_graph.roles.evaluator.support import Supporting, support_of_last
from empa_graph.roles.views import EvaluatorRole, EvaluatorView, EvaluatorWrite

NOT_ASKED = "not_asked"
"""The kind of a judgement on a turn before the one that counts."""


class LastTurn:
    """Lets ``evaluator`` judge the last turn of a conversation only; the turns before it cost no call.

    It is for evaluators that read the messages anew at every turn, as judges and panels do (`reads_anew`).
    """

    def __init__(self, evaluator: EvaluatorRole, turns: int) -> None:
        self._evaluator, self._turns = evaluator, turns

    async def __call__(self, view: EvaluatorView) -> EvaluatorWrite:
        """Judge the last turn; for any other say that it was not asked for."""
        turn = len(view["latent"].steps) + 1
        if turn < self._turns:
            failure = Failure(turn=turn, blame="us", kind=NOT_ASKED, detail="only the last turn is judged")
            return EvaluatorWrite(latent=Step(turn=turn, increment=None, failure=failure))
        return await self._evaluator(view)


def reads_anew(evaluator: EvaluatorRole) -> bool:
    """Say whether what ``evaluator`` says of a turn hangs on the messages alone."""
    return isinstance(evaluator, JudgeEvaluator | PanelEvaluator)


def for_last_turn(evaluator: EvaluatorRole, transcript: Transcript) -> EvaluatorRole:
    """Return what judges the last turn of ``transcript`` as ``evaluator`` does, at no more cost than it needs."""
    return LastTurn(evaluator, transcript.turns) if reads_anew(evaluator) else evaluator


def last_turn(episode: Episode, rubric: Rubric, profile: str, by: Supporting) -> Episode:
    """Return the episode of the last reply alone, scored as a path of one step from where it found the person.

    ``by`` codes its support. Only what is known of a single reply is kept; without a judgement of the last turn it is
    unscored with the cause.
    """
    steps = episode.latent.steps
    path = episode.latent.positions
    own = steps[-1:] if steps and steps[-1].turn == episode.turns else ()
    step = own[0].model_copy(update={"turn": 1}) if own else None
    start = path[-2] if step is not None and step.increment is not None else path[-1]
    latent = LatentState.opening(
        dimensions=episode.latent.dimensions, start=start, target=episode.latent.target, radius=episode.latent.radius
    )
    alone = latent if step is None else latent.extended(step)
    cause = f"{step.failure.kind}: {step.failure.detail}" if step is not None and step.failure else episode.unscored
    try:
        score = None if episode.failure else scored(alone, rubric.stop, profile).score
    except ValueError as error:  # the path had come to the very target before
        score, cause = None, str(error)
    last = episode.messages[-1].turn if episode.messages else 0
    kept = {name: getattr(episode, name) for name in _KEPT}
    messages = tuple(m.model_copy(update={"turn": 1}) for m in episode.messages if m.turn == last)
    faults = tuple(fault for fault in episode.faults if fault.kind != NOT_ASKED)
    return Episode(
        **kept,
        messages=messages,
        latent=alone,
        score=score,
        support=support_of_last(episode.messages, by),
        unscored=None if score else cause or "no turn was judged",
        faults=faults,
    )


_KEPT = (
    *("scenario", "conversation", "agent", "variant", "evaluator", "rubric", "voice", "repeat", "seed"),
    *("persona_state", "ending", "failure"),
)
"""Fields that say the same of a reply as of its conversation; a new one has to be put here, or made again above."""
