"""From the words a user types to roles: agents, voices, evaluators."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from empa_graph.content.registry import REGISTRY
from empa_graph.errors import NotFoundError, UsageError
from empa_graph.llm import Chat, ChatParameters, resolve_chat
from empa_graph.llm.keys import KnownKeys
from empa_graph.llm.providers import PACKAGES
from empa_graph.llm.redacted import RedactedChat
from empa_graph.llm.refused import RefusedFields
from empa_graph.llm.resolve import BUILTIN, extra_providers
from empa_graph.llm.yielding import YieldingChat
from empa_graph.models.rubric import Rubric
from empa_graph.roles.director.model import ModelDirector
from empa_graph.roles.director.rules import RuleDirector
from empa_graph.roles.empathic.agents import ChatEmpathic, FunctionEmpathic, takes_instructions
from empa_graph.roles.empathic.attribute import load_attribute
from empa_graph.roles.empathic.reference_agents import ScriptedEmpathic
from empa_graph.roles.evaluator.judge import JudgeEvaluator
from empa_graph.roles.evaluator.offline import OFFLINE, offline_evaluator
from empa_graph.roles.evaluator.panel import PanelEvaluator
from empa_graph.roles.extra import code_specs, extra_roles
from empa_graph.roles.persona.rule_persona import CardVoice, RulePersona, Voice
from empa_graph.roles.persona.voice import ModelVoice
from empa_graph.roles.redaction import Redaction, load_redaction, redacted_speaker
from empa_graph.roles.views import EmpathicRole, EvaluatorRole, PersonaRole, Role
from empa_graph.run.config import ASYNCIO, EVALUATORS, PATIENCE, Casting, Patience
from empa_graph.run.play_options import called
from empa_graph.scoring.agreement import check_alpha

if TYPE_CHECKING:
    from empa_graph.roles.views import After

Executor = Callable[[Callable[[Any], Awaitable[None]], Iterable[Any], int], Awaitable[None]]
"""Plays each item of a plan once, at most so many at a time; what ``play`` raises ends it."""
DIRECTOR_TOKENS = 200
CHECK_TOKENS = 200
"""Of one answer of the model that checks wordings."""


@dataclass(frozen=True, slots=True)
class Roles:
    """The roles of a run and the chats to close behind them."""

    persona: PersonaRole
    empathic: EmpathicRole
    evaluator: EvaluatorRole
    chats: tuple[Chat, ...]
    director: Role | None = None
    evaluator_name: str = "cues"
    patience: Patience = PATIENCE
    executor: Executor | None = None
    """What decides where and when episodes run; None for a bounded number at a time in this process."""
    code: frozenset[str] = frozenset()
    """The seats that are code of the user and ask no model through this package."""
    instructed: bool = True
    """Whether the agent under test is given the instructions of its variant."""
    refused: RefusedFields = field(default_factory=RefusedFields)
    """What servers were found to refuse, filled while they are asked."""
    keys: KnownKeys = field(default_factory=KnownKeys)
    """What is hidden in all that models and the agent say."""
    watchers: Mapping[str, After] = field(default_factory=dict)
    """The user's own roles behind the three, by name."""

    @property
    def extra(self) -> dict[str, After]:
        """The roles behind the three, by name, each with its place."""
        from empa_graph.roles.views import After

        return {**self.watchers, **({"director": After("evaluator", self.director)} if self.director else {})}


class Own(NamedTuple):
    """What takes its seat as it is, in the place of the words of a casting; a chat becomes the role of its seat."""

    empathic: EmpathicRole | Chat | None = None
    evaluator: EvaluatorRole | None = None
    judges: tuple[str | Chat, ...] = ()
    """In the order of the casting's, which are their names."""
    director: Role | Chat | None = None
    voice: Voice | Chat | None = None
    extra: Mapping[str, After] = MappingProxyType({})

    @property
    def code(self) -> frozenset[str]:
        """The seats that are taken by something else than a chat."""
        seats = {"empathic": self.empathic, "evaluator": self.evaluator, "director": self.director}
        return frozenset(name for name, role in seats.items() if role is not None and not isinstance(role, Chat))


NOBODY = Own()

Wrap = Callable[[Chat, str], Chat]
"""Puts a chat into a run, for a role."""


def _as_it_is(chat: Chat, role: str) -> Chat:
    return chat


def make_roles(casting: Casting, rubric: Rubric, *, wrap: Wrap = _as_it_is, own: Own = NOBODY) -> Roles:
    """Return the roles, each chat passed through ``wrap``. Raises UsageError in one line for a wrong name."""
    if own.evaluator is None:
        _check_evaluator(casting)
    _check_parameters(casting, own)
    redaction = load_redaction(casting.redaction) if casting.redaction else None
    chats = _Chats(casting, wrap, redaction, own, [], RefusedFields(), KnownKeys(casting.keys))
    code, empathic = _code(casting) | own.code, _empathic(casting, chats)
    instructed = takes_instructions(empathic)
    for name in ("context", "initial"):
        if getattr(casting, name) is not None and not isinstance(empathic, FunctionEmpathic):
            raise UsageError(f"{name} is for an agent that is a graph; this one is {type(empathic).__name__}")
    voice = _voice(casting, chats)
    evaluator = _evaluator(casting, rubric, chats)
    director = _director(casting, chats)
    persona: PersonaRole = RulePersona(voice=voice, noise=casting.noise)
    if chats.keys and "empathic" in code:
        empathic = redacted_speaker(empathic, chats.keys)
    if chats.redaction is not None:
        persona = redacted_speaker(persona, chats.redaction)
        empathic = redacted_speaker(empathic, chats.redaction) if "empathic" in code else empathic
    return Roles(
        persona,
        empathic,
        evaluator,
        tuple(chats.all),
        director,
        evaluator_name=casting.judged_by if own.evaluator is None else called(own.evaluator),
        patience=casting.patience,
        executor=_executor(casting.executor),
        code=code,
        instructed=instructed,
        refused=chats.refused,
        keys=chats.keys,
        watchers=extra_roles(casting.extra, own.extra),
    )


def _check_parameters(casting: Casting, own: Own) -> None:
    """Raise UsageError for a parameter of a model where none sits."""
    judges = ("judge_temperature", "judge_max_tokens")
    unasked = dict.fromkeys(judges if not casting.judges else (), f"a judge; `{casting.judged_by}` asks none")
    if casting.voice == "card" and own.voice is None:
        unasked |= dict.fromkeys(
            ("voice_max_tokens", "voice_check", "strict_voice"), "a model that speaks for the person; `card` asks none"
        )
    for name, whose in unasked.items():
        if name in casting.parameters:
            raise UsageError(f"--{name.replace('_', '-')} is for {whose}")
    packaged = casting.empathic.partition(":")[0] in PACKAGES
    code = casting.empathic.startswith("scripted:") or _is_role(casting) or is_function(casting)
    if casting.extra_body is not None and (code or packaged or own.empathic is not None):
        asked = "is asked by a package of its own" if packaged else "is no model"
        raise UsageError(f"--extra-body is for a model asked as OpenAI's are; '{casting.empathic[:200]}' {asked}")


def _check_evaluator(casting: Casting) -> None:
    if casting.evaluator not in EVALUATORS:
        REGISTRY.find("evaluator", casting.evaluator, builtin=EVALUATORS, where="--evaluator")
    if casting.evaluator == "judge" and not casting.judges:
        raise UsageError("--evaluator judge needs --judge MODEL (for example --judge openai:gpt-5-mini)")
    if casting.evaluator in OFFLINE and casting.judges:
        raise UsageError("--judge is for an evaluator that asks one: add --evaluator judge, or --evaluator epm")
    if casting.evaluator in OFFLINE and casting.judge_every > 1:
        raise UsageError(f"--judge-every is for a judge; `{casting.evaluator}` judges every turn")


class _Chats(NamedTuple):
    """Makes the chats of a roles and remembers them."""

    casting: Casting
    wrap: Wrap
    redaction: Redaction | None
    own: Own
    all: list[Chat]
    refused: RefusedFields
    keys: KnownKeys

    def of(
        self, spec: str | Chat, role: str, *, temperature: float, max_tokens: int, extra_body: str | None = None
    ) -> Chat:
        """Return the chat that ``spec`` names, for ``role``; one that is made already keeps its own parameters."""
        chat = self._made(spec, role, temperature, max_tokens, extra_body) if isinstance(spec, str) else spec
        self.keys.learn(getattr(chat, "secrets", ()))
        chat = RedactedChat(chat, self.keys)
        if self.redaction is not None:
            chat = RedactedChat(chat, self.redaction)
        self.all.append(YieldingChat(self.wrap(chat, role)))
        return self.all[-1]

    def _made(self, spec: str, role: str, temperature: float, max_tokens: int, extra_body: str | None) -> Chat:
        url, key = self.casting.access(spec, under_test=role == "empathic")
        parameters = ChatParameters(
            temperature=temperature, max_tokens=max_tokens, timeout=self.casting.timeout, extra_body=extra_body
        )
        return resolve_chat(spec, base_url=url, api_key=key, parameters=parameters, refused=self.refused)

    def judge(self, spec: str | Chat) -> Chat:
        """Return the chat of a judge."""
        asked = self.casting
        return self.of(spec, "judge", temperature=asked.judge_temperature, max_tokens=asked.judge_max_tokens)


def _evaluator(casting: Casting, rubric: Rubric, chats: _Chats) -> EvaluatorRole:
    if chats.own.evaluator is not None:
        return chats.own.evaluator
    if casting.judged_by in OFFLINE:
        return offline_evaluator(casting.judged_by, rubric)
    if casting.evaluator not in EVALUATORS:
        return _registered(casting, rubric, chats)
    panel = []
    for name, judge in zip(casting.judges, chats.own.judges or casting.judges, strict=True):
        panel.append((name, JudgeEvaluator(chats.judge(judge), rubric, every=casting.judge_every)))
    if len(panel) == 1:
        return panel[0][1]
    check_alpha()
    return PanelEvaluator(panel, attempts=casting.patience.retries + 1)


def _registered(casting: Casting, rubric: Rubric, chats: _Chats) -> EvaluatorRole:
    """Return the registered evaluator, made from the rubric and a chat for each judge asked for."""
    make = REGISTRY.find("evaluator", casting.evaluator)
    judges = [chats.judge(judge) for judge in chats.own.judges or casting.judges]
    try:
        inspect.signature(make).bind(rubric, *judges)
    except TypeError as error:
        raise UsageError(f"--evaluator {casting.evaluator} with {len(judges)} --judge: {error}") from None
    role: EvaluatorRole = make(rubric, *judges)
    return role


def _role(name: str) -> Role:
    """Return the registered role: an async function as it is, of a class an instance made without arguments."""
    found: Role | type[Role] = REGISTRY.find("role", name)
    return found() if isinstance(found, type) else found


def _executor(name: str) -> Executor | None:
    if name == ASYNCIO:
        return None
    found: Executor = REGISTRY.find("executor", name, builtin=(ASYNCIO,), where="--executor")
    return found


def _check_model(word: str, kind: str, known: Iterable[str], casting: Casting, where: str) -> None:
    """Raise NotFoundError for a ``word`` that is neither ``known`` nor can name a model."""
    if casting.base_url is None and ":" not in word and word.partition("?")[0] != "local":
        raise NotFoundError(kind, word, [*known, "local", "PROVIDER:MODEL"], where=where)


def _voice(casting: Casting, chats: _Chats) -> Voice:
    own = chats.own.voice
    if own is not None and not isinstance(own, Chat):
        return own
    if own is None and casting.voice == "card":
        return CardVoice()
    if own is None:
        _check_model(casting.voice, "voice", ["card"], casting, "--persona-voice")
    chat = chats.of(own or casting.voice, "persona", temperature=0.7, max_tokens=casting.voice_max_tokens)
    check = None
    if casting.voice_check is not None:
        _check_model(casting.voice_check, "model", [], casting, "--voice-check")
        check = chats.of(casting.voice_check, "voice_check", temperature=0.0, max_tokens=CHECK_TOKENS)
    return ModelVoice(chat, check=check, strict=casting.strict_voice)


def _director(casting: Casting, chats: _Chats) -> Role | None:
    asked: Role | Chat | str | None = casting.director if chats.own.director is None else chats.own.director
    if asked is None or not isinstance(asked, str | Chat):
        return asked
    if isinstance(asked, str):
        if asked == "rules":
            return RuleDirector()
        if asked in REGISTRY.names("role"):
            return _role(asked)
        _check_model(asked, "director", ["rules", *REGISTRY.names("role")], casting, "--director")
    chat = chats.of(asked, "director", temperature=0.0, max_tokens=DIRECTOR_TOKENS)
    return ModelDirector(chat, may_end=False)


def _empathic(casting: Casting, chats: _Chats) -> EmpathicRole:
    own, spec = chats.own.empathic, casting.empathic
    if own is not None and not isinstance(own, Chat):
        return own
    if own is None:
        if spec.startswith("scripted:"):
            return ScriptedEmpathic(spec.removeprefix("scripted:"))
        if _is_role(casting):
            return _role(spec)
        if is_function(casting):
            return own_agent(load_attribute(spec), casting)
    chat = chats.of(
        own or spec,
        "empathic",
        temperature=casting.temperature,
        max_tokens=casting.max_tokens,
        extra_body=casting.extra_body,
    )
    return ChatEmpathic(chat)


def own_agent(agent: Any, casting: Casting) -> FunctionEmpathic:
    """Return code of the user, a graph, runnable or function, as the agent under test."""
    from empa_graph.graph.agent import built, check_initial, resumable

    agent = resumable(built(agent, casting.context), casting.on_interrupt, context=casting.context)
    if casting.initial is not None:
        check_initial(agent, casting.initial)
    return FunctionEmpathic(agent, speaks=casting.speaks, initial=casting.initial)


def _code(casting: Casting) -> frozenset[str]:
    """Return the seats in which code of the user sits that asks no model through this package."""
    seats = {
        "empathic": _is_role(casting) or is_function(casting),
        "evaluator": casting.evaluator not in EVALUATORS and not casting.judges,
        "director": casting.director in REGISTRY.names("role"),
    }
    return frozenset(name for name, own in seats.items() if own)


def _is_role(casting: Casting) -> bool:
    """Say whether the agent under test is a registered role."""
    return casting.base_url is None and casting.empathic in REGISTRY.names("role")


def is_function(casting: Casting) -> bool:
    """Say whether the agent under test is ``module:attribute`` code and no model."""
    spec = casting.empathic
    named = casting.base_url is None and ":" in spec and not spec.startswith("scripted:")
    return named and not _is_model(spec)


def code_of(casting: Casting) -> list[str]:
    """Return what a casting names that is code of the user, as ``module:attribute`` each."""
    return [*([casting.empathic] if is_function(casting) else []), *code_specs(casting.extra)]


def _is_model(spec: str) -> bool:
    provider = spec.partition(":")[0].partition("?")[0]
    return provider in BUILTIN or provider in extra_providers()
