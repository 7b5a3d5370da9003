"""What the words of a configuration name: a model, code of the user, something registered, or nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from empa_graph.content.registry import REGISTRY
from empa_graph.errors import NotFoundError, UsageError
from empa_graph.llm import Chat
from empa_graph.llm.endpoint import checked_url
from empa_graph.llm.providers import PACKAGES
from empa_graph.llm.resolve import BUILTIN, extra_providers, is_elsewhere, is_local
from empa_graph.models.config import AgentConfig, EvaluatorConfig, Keys, PersonaConfig, RunConfig
from empa_graph.roles.empathic.unnamed import refuse_unnamed
from empa_graph.roles.evaluator.offline import OFFLINE
from empa_graph.roles.overrides import NOTHING, Overrides

EVALUATORS = (*OFFLINE, "judge", "epm")


class Access(NamedTuple):
    """Where a model is asked: a ``url`` (None for its provider's own), and the ``key`` sent there.

    A key of None leaves it to the provider's SDK to look for its own.
    """

    url: str | None
    key: str | None


def access(config: RunConfig, keys: Keys, spec: str, *, under_test: bool) -> Access:
    """Return where the model ``spec`` is asked, and with which key.

    ``agent.base_url`` is the server of the agent under test, and of other models that name no provider.
    """
    url, judge_url = config.agent.base_url, config.evaluator.judge_base_url
    if is_local(spec):
        return Access(None, None)
    if not under_test and judge_url is not None:
        return Access(judge_url, keys.judge_api_key)
    provided = is_elsewhere(spec) or spec.startswith("openai:")
    if url is not None and (under_test or not provided):
        return Access(url, keys.api_key)
    given = keys.api_key if url is None else None
    if not under_test:
        given = keys.judge_api_key or given
    return Access(None, given or (None if is_elsewhere(spec) else keys.openai_key))


def judged_by(evaluator: EvaluatorConfig) -> str:
    """Return what judges in the end: an offline evaluator, ``judge``, ``panel`` or a registered evaluator."""
    if evaluator.name in OFFLINE or evaluator.name not in EVALUATORS:
        return evaluator.name
    if not evaluator.judges:
        return "cues"
    return "judge" if len(evaluator.judges) == 1 else "panel"


def is_registered(agent: AgentConfig) -> bool:
    """Say whether the agent under test is a registered role."""
    return agent.base_url is None and agent.spec in REGISTRY.names("role")


def is_function(agent: AgentConfig) -> bool:
    """Say whether the agent under test is ``module:attribute`` code and no model."""
    spec = agent.spec
    named = agent.base_url is None and ":" in spec and not spec.startswith("scripted:")
    return named and not _is_model(spec)


def code_of(config: RunConfig, given: Overrides = NOTHING) -> list[str]:
    """Return what a configuration names that is code of the user, as ``module:attribute`` each."""
    named = given.agent is None and is_function(config.agent)
    behind = (spec.partition(":")[2] for spec in config.extra)
    return [*([config.agent.spec] if named else []), *(code for code in behind if ":" in code)]


def code_seats(config: RunConfig, given: Overrides) -> frozenset[str]:
    """Return the seats in which code of the user sits that asks no model through this package."""
    evaluator = config.evaluator
    made = {"empathic": given.agent, "evaluator": given.evaluator, "director": given.director}
    named = {
        "empathic": is_registered(config.agent) or is_function(config.agent),
        "evaluator": evaluator.name not in EVALUATORS and not evaluator.judges,
        "director": config.director in REGISTRY.names("role"),
    }
    return frozenset(s for s, role in made.items() if (named[s] if role is None else not isinstance(role, Chat)))


def models_of(config: RunConfig, given: Overrides) -> list[str]:
    """Say which seats a configuration gives to models, one line each."""
    agent, voice, director = config.agent, config.persona.voice, config.director
    plain = agent.spec.startswith("scripted:") or is_function(agent) or is_registered(agent)
    asked = [] if plain or given.agent is not None else [f"agent '{agent.spec[:200]}'"]
    asked += [f"judge {judge}" for judge in config.evaluator.judges]
    support_judge = config.evaluator.support_judge
    asked += [f"support judge '{support_judge}'"] if support_judge is not None and given.support_judge is None else []
    asked += [f"voice '{voice}'"] if voice != "card" and given.voice is None else []
    asked += [f"check of the voice '{check}'"] if (check := config.persona.voice_check) is not None else []
    if director not in (None, "rules", *REGISTRY.names("role")) and given.director is None:
        asked.append(f"director '{director}'")
    return asked


def check_words(config: RunConfig, given: Overrides) -> None:
    """Raise UsageError for words that contradict each other, or that nobody in their seat can use."""
    for url in (config.agent.base_url, config.evaluator.judge_base_url):
        if url is not None:
            checked_url(url)  # it would be kept, asked or not
    agent = config.agent
    if given.agent is None and not agent.spec.strip():
        allowed = "a model (openai:gpt-5-mini), code (my_package.agent:graph), or scripted:NAME"
        raise UsageError(f"the name of the agent (--empathic) is empty; allowed are {allowed}")
    bare = agent.base_url is None and ":" not in agent.spec and not is_local(agent.spec)
    if given.agent is None and bare and not is_registered(agent):
        refuse_unnamed(agent.spec)
    if given.evaluator is None:
        _check_evaluator(config.evaluator)
    _check_parameters(config, given)


def _check_evaluator(evaluator: EvaluatorConfig) -> None:
    name = evaluator.name
    if name not in EVALUATORS:
        REGISTRY.find("evaluator", name, builtin=EVALUATORS, where="--evaluator")
    if name == "judge" and not evaluator.judges:
        raise UsageError("--evaluator judge needs --judge MODEL (for example --judge openai:gpt-5-mini)")
    if name in OFFLINE and evaluator.judges:
        raise UsageError("--judge is for an evaluator that asks one: add --evaluator judge, or --evaluator epm")
    if name in OFFLINE and evaluator.judge_every > 1:
        raise UsageError(f"--judge-every is for a judge; `{name}` judges every turn")


def _check_parameters(config: RunConfig, given: Overrides) -> None:
    """Raise UsageError for a parameter of a model where none sits."""
    plain, evaluator, agent = EvaluatorConfig(), config.evaluator, config.agent
    for name in ("temperature", "max_tokens"):
        asks = evaluator.judges or evaluator.support_judge
        if not asks and getattr(evaluator, name) != getattr(plain, name):
            option = f"--judge-{name.replace('_', '-')}"
            raise UsageError(f"{option} is for a judge; `{judged_by(evaluator)}` asks none")
    unworded = config.persona.voice == "card" and given.voice is None
    for name in ("voice_max_tokens", "voice_check", "strict_voice") if unworded else ():
        if getattr(config.persona, name) != getattr(PersonaConfig(), name):
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"{option} is for a model that speaks for the person; `card` asks none")
    packaged = agent.spec.partition(":")[0] in PACKAGES
    code = agent.spec.startswith("scripted:") or is_registered(agent) or is_function(agent)
    if agent.extra_body is not None and (code or packaged or given.agent is not None):
        asked = "is asked by a package of its own" if packaged else "is no model"
        raise UsageError(f"--extra-body is for a model asked as OpenAI's are; '{agent.spec[:200]}' {asked}")


def check_model(word: str, kind: str, known: Iterable[str], agent: AgentConfig, where: str) -> None:
    """Raise NotFoundError for a ``word`` that is neither ``known`` nor can name a model."""
    if agent.base_url is None and ":" not in word and word.partition("?")[0] != "local":
        raise NotFoundError(kind, word, [*known, "local", "PROVIDER:MODEL"], where=where)


def _is_model(spec: str) -> bool:
    provider = spec.partition(":")[0].partition("?")[0]
    return provider in BUILTIN or provider in extra_providers()
