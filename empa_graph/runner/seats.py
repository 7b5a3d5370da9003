"""From the words a user types to roles: agents, voices, evaluators."""

from __future__ import annotations

from dataclasses import dataclass

from empa_graph.errors import NotFoundError, UsageError
from empa_graph.llm import Chat, ChatParameters, resolve_chat
from empa_graph.llm.providers import PACKAGES
from empa_graph.models.rubric import Rubric
from empa_graph.roles.empathic import ChatEmpathic, FunctionEmpathic, load_attribute
from empa_graph.roles.evaluator import CueEvaluator
from empa_graph.roles.judge import JudgeEvaluator
from empa_graph.roles.persona import CardVoice, RulePersona, Voice
from empa_graph.roles.scripted import ScriptedEmpathic
from empa_graph.roles.views import EmpathicRole, EvaluatorRole
from empa_graph.roles.voice import ModelVoice

EVALUATORS = ("cues", "judge")
JUDGE_TOKENS = 900


@dataclass(frozen=True, slots=True)
class Cast:
    """The roles of a run and the chats to close behind them."""

    persona: RulePersona
    empathic: EmpathicRole
    evaluator: EvaluatorRole
    chats: tuple[Chat, ...]


@dataclass(frozen=True, slots=True)
class Casting:
    """Who sits where, in the user's words."""

    empathic: str = "local"
    evaluator: str = "cues"
    judge: str | None = None
    voice: str = "card"
    noise: float = 0.02
    base_url: str | None = None
    api_key: str | None = None
    temperature: float = 0.7
    max_tokens: int = 160


def cast(casting: Casting, rubric: Rubric) -> Cast:
    """Return the roles. Raises UsageError in one line for a name that leads nowhere."""
    if casting.evaluator not in EVALUATORS:
        raise NotFoundError("evaluator", casting.evaluator, EVALUATORS, where="--evaluator")
    if casting.evaluator == "judge" and not casting.judge:
        raise UsageError("--evaluator judge needs --judge MODEL (for example --judge openai:gpt-5-mini)")
    chats: list[Chat] = []
    empathic = _empathic(casting, chats)
    voice: Voice = CardVoice()
    if casting.voice != "card":
        chats.append(_chat(casting.voice, casting, temperature=0.7, max_tokens=200))
        voice = ModelVoice(chats[-1])
    evaluator: EvaluatorRole = CueEvaluator(rubric)
    if casting.judge and casting.evaluator == "judge":
        chats.append(_chat(casting.judge, casting, temperature=0.0, max_tokens=JUDGE_TOKENS))
        evaluator = JudgeEvaluator(chats[-1], rubric)
    return Cast(RulePersona(voice=voice, noise=casting.noise), empathic, evaluator, tuple(chats))


def _empathic(casting: Casting, chats: list[Chat]) -> EmpathicRole:
    spec = casting.empathic
    if spec.startswith("scripted:"):
        return ScriptedEmpathic(spec.removeprefix("scripted:"))
    if casting.base_url is None and ":" in spec and not _is_model(spec):
        return FunctionEmpathic(load_attribute(spec))
    chats.append(_chat(spec, casting, temperature=casting.temperature, max_tokens=casting.max_tokens))
    return ChatEmpathic(chats[-1])


def _chat(spec: str, casting: Casting, *, temperature: float, max_tokens: int) -> Chat:
    local = spec == "local" or spec.startswith("local:")
    return resolve_chat(
        spec,
        base_url=None if local else casting.base_url,
        api_key=casting.api_key,
        parameters=ChatParameters(temperature=temperature, max_tokens=max_tokens),
    )


def _is_model(spec: str) -> bool:
    provider = spec.partition(":")[0].partition("?")[0]
    return provider in ("local", "openai") or provider in PACKAGES
