"""The judge: a chat model that answers in an enforced schema, evidence first; a bad answer is a recorded failure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model

from empa_graph.library import prompt_text
from empa_graph.llm import Chat, Completion, Prompt
from empa_graph.models.assessment import Assessment, Item
from empa_graph.models.dialogue import Message, Usage
from empa_graph.models.failure import Failure
from empa_graph.models.latent import LatentState, Step
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.roles.reading import increment
from empa_graph.roles.views import EvaluatorView, EvaluatorWrite, spoken
from empa_graph.seeds import derived_seed

LONGEST_SHOWN = 4_000
"""Characters of one message that the judge is shown."""
REPAIRS = 1


def _no_boolean(level: object) -> object:
    """Refuse true and false, which Python takes for 1 and 0."""
    if isinstance(level, bool):
        raise ValueError("a level is 0, 1 or 2")
    return level


class JudgedLevel(BaseModel):
    """Evidence, copied from the reply, then the level it carries."""

    model_config = ConfigDict(extra="forbid", strict=True)
    evidence: str = Field(max_length=LONGEST_SHOWN)
    level: Annotated[Literal[0, 1, 2], BeforeValidator(_no_boolean)]


class JudgedDimension(BaseModel):
    """Progress and regress, judged apart."""

    model_config = ConfigDict(extra="forbid", strict=True)
    progress: JudgedLevel
    regress: JudgedLevel


class _Verdict(NamedTuple):
    items: tuple[Item, ...]
    fault: str
    kind: str


class JudgeEvaluator:
    """Judges each reply with ``chat``, with at most one corrective retry per turn."""

    name = "judge"

    def __init__(self, chat: Chat, rubric: Rubric) -> None:
        self._chat = chat
        self._rubric = rubric
        self._schema = answer_schema(rubric.space.names)
        self._system = _system_prompt(rubric)

    async def __call__(self, view: EvaluatorView) -> EvaluatorWrite:
        """Judge the last reply; what the judge could not give is a typed failure and no number."""
        latent = view["latent"]
        reply = spoken(view["messages"], "agent")[-1]
        prompts = [
            Prompt(role="system", content=self._system),
            Prompt(role="user", content=fenced(view["scenario"], view["messages"])),
        ]
        answers: list[Completion] = []
        verdict = _Verdict((), "", "")
        for attempt in range(REPAIRS + 1):
            seed = derived_seed(view["seed"], "judge", len(latent.steps) + 1, attempt)
            answers.append(await self._chat.complete(prompts, schema=self._schema, seed=seed))
            verdict = self._read(answers[-1], reply)
            if not verdict.fault:
                break
            prompts += _correction(answers[-1].text, verdict.fault)
        return EvaluatorWrite(latent=self._step(latent, verdict, answers))

    def _read(self, answer: Completion, reply: str) -> _Verdict:
        if answer.finish_reason in ("content_filter", "refusal"):
            return _Verdict((), "the judge refused", "judge_refused")
        if answer.finish_reason == "length":
            return _Verdict((), "the answer was cut off; keep evidence short", "judge_truncated")
        try:
            parsed = self._schema.model_validate_json(answer.text)
        except ValidationError as error:
            return _Verdict((), _first_fault(error), "judge_invalid")
        items = tuple(_item(name, getattr(parsed, name)) for name in self._rubric.space.names)
        fault = unsupported(items, reply)
        return _Verdict(items, fault, "judge_unsupported" if fault else "")

    def _step(self, latent: LatentState, verdict: _Verdict, answers: Sequence[Completion]) -> Step:
        turn = len(latent.steps) + 1
        if verdict.fault:
            detail = f"no valid judgement at turn {turn} after {len(answers)} answers: {verdict.fault}"
            failure = Failure(turn=turn, blame="judge", kind=verdict.kind, detail=detail[:500])
            return Step(turn=turn, increment=None, failure=failure)
        assessment = Assessment(
            evaluator=self.name,
            items=verdict.items,
            model=answers[-1].model,
            repaired=len(answers) > 1,
            usage=total_usage(answers),
        )
        moved = increment(verdict.items, latent, self._rubric)
        return Step(turn=turn, increment=moved, assessment=assessment)


@lru_cache(maxsize=16)
def answer_schema(dimensions: tuple[str, ...]) -> type[BaseModel]:
    """Return the model that a judge's answer must fit: one required object per dimension, nothing else."""
    fields = dict.fromkeys(dimensions, (JudgedDimension, ...))
    return create_model("Judgement", __config__=ConfigDict(extra="forbid", strict=True), **fields)  # type: ignore[call-overload,no-any-return]


def unsupported(items: Sequence[Item], reply: str) -> str:
    """Say which level above 0 lacks evidence that stands in ``reply``; empty when all are supported.

    An empty reply carries no evidence, so there a level may stand alone.
    """
    for item in items:
        for side in ("progress", "regress"):
            level, evidence = getattr(item, side), getattr(item, f"{side}_evidence")
            if level and reply and (not evidence.strip() or evidence not in reply):
                return f"{item.dimension}.{side}: evidence {evidence[:80]!r} is not a span of the reply"
    return ""


def fenced(scenario: Scenario | None, messages: Sequence[Message]) -> str:
    """Return card and transcript as JSON lines between two marker lines that no content can contain.

    ASCII-only JSON keeps every line break, invisible character and marker inside a string of one line.
    """
    lines = [_json({"persona_card": _card(scenario)})]
    lines += [_json({"turn": m.turn, "speaker": m.speaker, "text": m.content[:LONGEST_SHOWN]}) for m in messages]
    mark = hashlib.sha256(messages[0].content.encode()).hexdigest()[:12]
    return (
        f"--- data {mark} begins ---\n" + "\n".join(lines) + f"\n--- data {mark} ends ---\n"
        f"The reply under judgement is what the agent said at turn {messages[-1].turn}."
    )


def total_usage(answers: Sequence[Completion]) -> Usage | None:
    """Return the sum of the usage that servers reported; None when none did."""
    known = [answer.usage for answer in answers if answer.usage is not None]
    if not known:
        return None
    return Usage(tokens_in=sum(u.tokens_in or 0 for u in known), tokens_out=sum(u.tokens_out or 0 for u in known))


def _item(name: str, judged: JudgedDimension) -> Item:
    return Item(
        dimension=name,
        progress=judged.progress.level,
        progress_evidence=judged.progress.evidence,
        regress=judged.regress.level,
        regress_evidence=judged.regress.evidence,
    )


def _system_prompt(rubric: Rubric) -> str:
    parts = [prompt_text(rubric.judge_prompt).strip(), "", "Dimensions and levels"]
    for dimension in rubric.space.dimensions:
        anchors = rubric.anchors[dimension.id]
        parts.append(f"\n{dimension.id}")
        parts += [f"  {value:+g}: {text}" for value, text in sorted(dimension.anchors.items())]
        parts += [f"  progress {level}: {text}" for level, text in enumerate(anchors.progress)]
        parts += [f"  regress {level}: {text}" for level, text in enumerate(anchors.regress)]
    return "\n".join(parts)


def _card(scenario: Scenario | None) -> dict[str, object] | None:
    if scenario is None:
        return None
    persona, goal = scenario.persona, scenario.goal
    return {
        "persona": persona.model_dump(
            mode="json", include={"name", "summary", "values", "traits", "empathy_threshold", "experiences"}
        ),
        "priorities": {k: v["value"] for k, v in persona.priorities.model_dump().items()},
        "reaches": [f"{liked.cue.value}: {liked.reason}" for liked in persona.preferences],
        "puts_off": [f"{d.cue.value} {list(d.phrases)}: {d.reason}" for d in persona.anti_preferences],
        "goal": goal.title,
        "reached_when": goal.reached_when,
        "context": goal.context,
        "constraints": list(goal.constraints),
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True).replace("<", "\\u003c").replace(">", "\\u003e")


def _correction(text: str, fault: str) -> list[Prompt]:
    request = f"That answer cannot be used: {fault}. Answer again, for the same reply, in the required JSON only."
    return [Prompt(role="assistant", content=text[:LONGEST_SHOWN]), Prompt(role="user", content=request)]


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False)[0]
    field = ".".join(map(str, fault["loc"]))
    return f"{field}: {fault['msg']}"[:300] if field else fault["msg"][:300]
