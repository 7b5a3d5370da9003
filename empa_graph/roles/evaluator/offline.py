"""The offline evaluator: codes what a reply does without a chat model, and reads it by the rubric."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from empa_graph.cues.coding import Coder, coded
from empa_graph.cues.heads import shipped_heads
from empa_graph.cues.language import foreign
from empa_graph.cues.minilm import MiniLM
from empa_graph.cues.pair_heads import pair_hash, shipped_ensemble
from empa_graph.cues.smollm_heads import SHIPPED as SMOLLM_HEADS, SMOLLM, shipped_smollm_ensemble
from empa_graph.models.dialogue import Message
from empa_graph.models.failure import Failure
from empa_graph.models.latent import LatentState, Step
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.roles.evaluator.reading import reading_of
from empa_graph.roles.evaluator.step import Coded, fit_of, read_step
from empa_graph.roles.persona.heard import cue_context
from empa_graph.roles.views import RECENT, EvaluatorView, EvaluatorWrite, spoken

WITH_MINILM = f"cues-{MiniLM.name}"
WITH_SMOLLM = "cues-smollm"
OFFLINE = ("cues", WITH_MINILM, WITH_SMOLLM)
"""The evaluators that need no chat model."""
NOT_READ = "language_not_read"
"""The kind of a missing judgement on another language than theirs."""


class CueEvaluator:
    """Codes what a reply does, without a chat model, and reads the codes by the rubric; it reads English only.

    ``coder`` tells the everyday behaviours, by default the heads that come with the package, which were trained on
    replies coded for this project; what is around danger and the form of a reply go by rules. How far all this agrees
    with people is measured in docs/validity.md. Raises UsageError for a rubric without ``reading``.
    """

    name = "cues"

    def __init__(self, rubric: Rubric, *, coder: Coder | None = None, name: str | None = None) -> None:
        self.rubric, self._reading = rubric, reading_of(rubric)
        self._coder = coder
        self.name = name or CueEvaluator.name

    @property
    def coder(self) -> Coder:
        """What codes the replies; the shipped weights are read when they are first asked for."""
        return self._coder or shipped_heads()

    async def __call__(self, view: EvaluatorView) -> EvaluatorWrite:
        """Judge the last reply."""
        scenario, latent = view["scenario"], view["latent"]
        if unread := self.unread(scenario, view["messages"]):
            return EvaluatorWrite(latent=missing(len(latent.steps) + 1, unread))
        person, replies = spoken(view["messages"], "persona"), spoken(view["messages"], "empathic")
        context = cue_context(scenario, person, replies[:-1])
        if self.name == CueEvaluator.name:
            codes = coded(replies[-1], context, self.coder)
        else:  # tens of milliseconds of arithmetic a text, in which other conversations go on
            codes = await asyncio.to_thread(coded, replies[-1], context, self.coder)
        fit = fit_of(scenario, person, replies, self._reading)
        return EvaluatorWrite(latent=read_step(Coded(codes, fit, self.name), context, replies, view, self.rubric))

    def unread(self, scenario: Scenario | None, messages: Sequence[Message]) -> str:
        """Return why the recent messages cannot be judged, empty where they can: only English is read."""
        tag = scenario.persona.language if scenario else "en"
        agent = [message.content for message in messages[-RECENT:] if message.speaker == "empathic"]
        everybody = [] if scenario else [message.content for message in messages[-RECENT:]]
        why = foreign(agent) or foreign(everybody)
        if tag.split("-")[0].lower() != "en":
            why = f"the persona speaks '{tag}'"
        return f"evaluator '{self.name}' reads English only, and {why}; give it a judge model (--judge)" if why else ""


def offline_evaluator(name: str, rubric: Rubric) -> CueEvaluator:
    """Return the evaluator of `OFFLINE` called ``name``. Raises UsageError where its language model cannot be had."""
    made = {WITH_MINILM: shipped_ensemble, WITH_SMOLLM: shipped_smollm_ensemble}
    return CueEvaluator(rubric, coder=made[name]() if name in made else None, name=name)


def heads_hashes(name: str) -> dict[str, str]:
    """Return SHA-256 of the weights that code replies under the evaluator ``name``, by coder.

    Those of `cues` are among them whoever judges: beside a model they code support, and always what is felt.
    """
    found = {f"heads:{CueEvaluator.name}": shipped_heads().sha256}
    if name == WITH_MINILM:
        found[f"heads:{name}"] = pair_hash()
    if name == WITH_SMOLLM:
        found[f"heads:{name}"] = pair_hash(SMOLLM_HEADS, SMOLLM)
    return found


def left_unread(latent: LatentState) -> bool:
    """Say whether an offline evaluator did not read a conversation: by its last turn, when most of it was known."""
    return any(step.failure is not None and step.failure.kind == NOT_READ for step in latent.steps[-1:])


def missing(turn: int, unread: str) -> Step:
    """Return the missing judgement of a turn in a language that is not read, for the reason ``unread``."""
    failure = Failure(turn=turn, blame="evaluator", kind=NOT_READ, detail=unread)
    return Step(turn=turn, increment=None, failure=failure)
