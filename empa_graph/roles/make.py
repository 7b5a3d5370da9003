"""From a configuration to roles: agents, voices, evaluators, directors."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from empa_graph.content.registry import REGISTRY
from empa_graph.errors import UsageError
from empa_graph.llm import Chat, ChatParameters, load_prices, resolve_chat
from empa_graph.llm.around import YieldingChat
from empa_graph.llm.keys import KnownKeys
from empa_graph.llm.redacted import RedactedChat
from empa_graph.llm.refused import RefusedFields
from empa_graph.models.config import EXECUTORS, NO_KEYS, RAY, AgentConfig, ExecutionConfig, Keys, RunConfig
from empa_graph.models.extra_body import canonical
from empa_graph.models.rubric import Rubric
from empa_graph.roles.director.model import ModelDirector
from empa_graph.roles.director.rules import RuleDirector
from empa_graph.roles.empathic.agents import ChatEmpathic, FunctionEmpathic
from empa_graph.roles.empathic.attribute import load_attribute
from empa_graph.roles.empathic.graded_agent import EXPERT, expert_beside
from empa_graph.roles.empathic.reference_agents import reference_agent
from empa_graph.roles.evaluator.judge import JudgeEvaluator
from empa_graph.roles.evaluator.offline import OFFLINE, offline_evaluator
from empa_graph.roles.evaluator.panel import PanelEvaluator
from empa_graph.roles.evaluator.support_judge import SEAT, SupportJudge, judged_support
from empa_graph.roles.extra import extra_roles
from empa_graph.roles.overrides import NOTHING, Overrides, called, is_role
from empa_graph.roles.persona.nearness import nearness_named
from empa_graph.roles.persona.rule_persona import CardVoice, RulePersona, Voice
from empa_graph.roles.persona.voice import ModelVoice
from empa_graph.roles.redaction import Redaction, load_redaction, redacted_speaker
from empa_graph.roles.run_roles import Executor, Patience, Roles
from empa_graph.roles.specs import (
    EVALUATORS,
    access,
    check_model,
    check_words,
    code_seats,
    is_function,
    is_registered,
    judged_by,
)
from empa_graph.roles.views import EmpathicRole, EvaluatorRole, PersonaRole, Role
from empa_graph.scoring.agreement import check_alpha

Adapt = Callable[[Any, AgentConfig, Overrides], FunctionEmpathic]
"""Makes the agent under test of the user's own code: a function, a runnable, a graph."""
DIRECTOR_TOKENS = 200
CHECK_TOKENS = 200
"""Of one answer of the model that checks wordings."""
Wrap = Callable[[Chat, str], Chat]
"""Puts a chat into a run, for a role."""


def as_it_is(chat: Chat, role: str) -> Chat:
    """Return ``chat``."""
    return chat


def as_function(agent: Any, config: AgentConfig, given: Overrides) -> FunctionEmpathic:
    """Return a function of the messages as the agent under test; graphs are for those who can make them."""
    return FunctionEmpathic(agent, speaks=config.speaks, name=config.spec)


def make_roles(
    config: RunConfig,
    rubric: Rubric,
    *,
    keys: Keys = NO_KEYS,
    wrap: Wrap = as_it_is,
    given: Overrides = NOTHING,
    adapt: Adapt = as_function,
) -> Roles:
    """Return the roles, each chat passed through ``wrap``. Raises UsageError in one line for a wrong name."""
    check_words(config, given)
    redaction = load_redaction(config.store.redaction) if config.store.redaction else None
    chats = _Chats(config, keys, wrap, redaction, given, [], RefusedFields(), KnownKeys(keys.all))
    code, empathic = code_seats(config, given), _empathic(chats, adapt)
    asked = {name: getattr(given, name) or getattr(config.agent, name) for name in ("context", "initial")}
    if (name := next((n for n in asked if asked[n] is not None), "")) and not isinstance(empathic, FunctionEmpathic):
        raise UsageError(f"{name} is for an agent that is a graph; this one is {type(empathic).__name__}")
    instructed, voice = getattr(empathic, "instructed", True), _voice(chats)  # read, unless the role says otherwise
    evaluator, director, support_judge = _evaluator(rubric, chats), _director(chats), _support_judge(chats)
    nearness = nearness_named(config.persona.nearness)
    persona: PersonaRole = RulePersona(voice=voice, noise=config.persona.noise, nearness=nearness)
    if chats.known and "empathic" in code:
        empathic = redacted_speaker(empathic, chats.known)
    if redaction is not None:
        persona = redacted_speaker(persona, redaction)
        empathic = redacted_speaker(empathic, redaction) if "empathic" in code else empathic
    return Roles(
        persona,
        empathic,
        evaluator,
        tuple(chats.all),
        director,
        support_judge,
        evaluator_name=judged_by(config.evaluator) if given.evaluator is None else called(given.evaluator),
        patience=Patience(config.execution.retries),
        executor=_executor(config.execution),
        code=code,
        instructed=instructed,
        refused=chats.refused,
        keys=chats.known,
        watchers=extra_roles(config.extra, given.extra),
    )


class _Chats(NamedTuple):
    """Makes the chats of a run and remembers them."""

    config: RunConfig
    keys: Keys
    wrap: Wrap
    redaction: Redaction | None
    given: Overrides
    all: list[Chat]
    refused: RefusedFields
    known: KnownKeys

    def of(
        self, spec: str | Chat, role: str, *, temperature: float, max_tokens: int, extra_body: str | None = None
    ) -> Chat:
        """Return the chat that ``spec`` names, for ``role``; one that is made already keeps its own parameters."""
        chat = self._made(spec, role, temperature, max_tokens, extra_body) if isinstance(spec, str) else spec
        self.known.learn(getattr(chat, "secrets", ()))
        chat = RedactedChat(chat, self.known)
        if self.redaction is not None:
            chat = RedactedChat(chat, self.redaction)
        self.all.append(YieldingChat(self.wrap(chat, role)))
        return self.all[-1]

    def _made(self, spec: str, role: str, temperature: float, max_tokens: int, extra_body: str | None) -> Chat:
        url, key = access(self.config, self.keys, spec, under_test=role == "empathic")
        timeout = self.config.execution.timeout
        parameters = ChatParameters(
            temperature=temperature, max_tokens=max_tokens, timeout=timeout, extra_body=extra_body
        )
        return resolve_chat(spec, base_url=url, api_key=key, parameters=parameters, refused=self.refused)

    def judges(self) -> list[Chat]:
        """Return the chat of each judge."""
        asked = self.config.evaluator
        ask = partial(self.of, role="judge", temperature=asked.temperature, max_tokens=asked.max_tokens)
        return [ask(spec) for spec in self.given.judges or asked.judges]


def _evaluator(rubric: Rubric, chats: _Chats) -> EvaluatorRole:
    if chats.given.evaluator is not None:
        return chats.given.evaluator
    asked = chats.config.evaluator
    if judged_by(asked) in OFFLINE:
        return offline_evaluator(judged_by(asked), rubric)
    if asked.name not in EVALUATORS:
        return _registered(rubric, chats)
    judges = [JudgeEvaluator(chat, rubric, every=asked.judge_every) for chat in chats.judges()]
    if len(judges) == 1:
        return judges[0]
    check_alpha()
    panel = list(zip(asked.judges, judges, strict=True))
    return PanelEvaluator(panel, attempts=chats.config.execution.retries + 1)


def _registered(rubric: Rubric, chats: _Chats) -> EvaluatorRole:
    """Return the registered evaluator, made from the rubric and a chat for each judge asked for."""
    name = chats.config.evaluator.name
    make, judges = REGISTRY.find("evaluator", name), chats.judges()
    try:
        inspect.signature(make).bind(rubric, *judges)
    except TypeError as error:
        raise UsageError(f"--evaluator {name} with {len(judges)} --judge: {error}") from None
    role: EvaluatorRole = make(rubric, *judges)
    return role


def _support_judge(chats: _Chats) -> SupportJudge | None:
    asked, config = chats.config.evaluator, chats.config
    spec = chats.given.support_judge or asked.support_judge
    if spec is None:
        return None
    chat = chats.of(spec, SEAT, temperature=asked.temperature, max_tokens=asked.max_tokens)
    return partial(judged_support, chat, prices=load_prices(config.store.prices), attempts=config.execution.retries + 1)


def _role(name: str) -> Role:
    """Return the registered role: an async function as it is, of a class an instance made without arguments."""
    found: Role | type[Role] = REGISTRY.find("role", name)
    return found() if isinstance(found, type) else found


def _executor(execution: ExecutionConfig) -> Executor | None:
    name = execution.executor
    for option in ("workers", "ray_address") if name != RAY else ():
        if getattr(execution, option) is not None:
            raise UsageError(f"--{option.replace('_', '-')} is for --executor {RAY}; '{name[:100]}' has no workers")
    if name in EXECUTORS:
        return None
    found: Executor = REGISTRY.find("executor", name, builtin=EXECUTORS, where="--executor")
    return found


def _voice(chats: _Chats) -> Voice:
    given, asked = chats.given.voice, chats.config.persona
    if given is not None and not isinstance(given, Chat):
        return given
    if given is None and asked.voice == "card":
        return CardVoice()
    if given is None:
        check_model(asked.voice, "voice", ["card"], chats.config.agent, "--persona-voice")
    chat = chats.of(given or asked.voice, "persona", temperature=0.7, max_tokens=asked.voice_max_tokens)
    check = None
    if asked.voice_check is not None:
        check_model(asked.voice_check, "model", [], chats.config.agent, "--voice-check")
        check = chats.of(asked.voice_check, "voice_check", temperature=0.0, max_tokens=CHECK_TOKENS)
    return ModelVoice(chat, check=check, strict=asked.strict_voice)


def _director(chats: _Chats) -> Role | None:
    asked: Role | Chat | str | None = chats.given.director or chats.config.director
    if asked is None or not isinstance(asked, str | Chat):
        return asked
    if isinstance(asked, str):
        if asked == "rules":
            return RuleDirector()
        if asked in REGISTRY.names("role"):
            return _role(asked)
        check_model(asked, "director", ["rules", *REGISTRY.names("role")], chats.config.agent, "--director")
    chat = chats.of(asked, "director", temperature=0.0, max_tokens=DIRECTOR_TOKENS)
    return ModelDirector(chat, may_end=False)


def _empathic(chats: _Chats, adapt: Adapt) -> EmpathicRole:
    given, asked = chats.given.agent, chats.config.agent
    if given is not None and not isinstance(given, Chat):
        role: EmpathicRole = given if is_role(given) else adapt(given, asked, chats.given)
        return role
    if given is None:
        if asked.spec.startswith("scripted:"):
            name, folder = asked.spec.removeprefix("scripted:"), chats.config.persona.folder
            return expert_beside(folder) if name == EXPERT and folder is not None else reference_agent(name)
        if is_registered(asked):
            return _role(asked.spec)
        if is_function(asked):
            return adapt(load_attribute(asked.spec), asked, chats.given)
    body = None if asked.extra_body is None else canonical(asked.extra_body)
    chat = chats.of(
        given or asked.spec,
        "empathic",
        temperature=asked.temperature,
        max_tokens=asked.max_tokens,
        extra_body=body,
    )
    return ChatEmpathic(chat)
