"""Simulated conversations that score how a supportive agent moves a person's latent state.

Names are fetched when they are used, so that importing the package stays light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from empa_graph.content.library import (
        find_scenarios as find_scenarios,
        load_persona as load_persona,
        load_rubric as load_rubric,
        scenarios as scenarios,
    )
    from empa_graph.content.registry import registered as registered
    from empa_graph.cues import CueContext as CueContext, detect as detect
    from empa_graph.cues.minilm import minilm as minilm
    from empa_graph.errors import (
        Error as Error,
        ProviderError as ProviderError,
        RunError as RunError,
        UsageError as UsageError,
    )
    from empa_graph.gate.finding import Finding as Finding
    from empa_graph.gate.policy import Policy as Policy
    from empa_graph.graph.build import build_sandbox as build_sandbox
    from empa_graph.graph.sandbox import Labels as Labels, Sandbox as Sandbox
    from empa_graph.live.monitor import (
        Human as Human,
        Judging as Judging,
        conversation as conversation,
        monitor as monitor,
    )
    from empa_graph.live.records import (
        Breach as Breach,
        EmpathySLA as EmpathySLA,
        SlaRule as SlaRule,
        SlaState as SlaState,
    )
    from empa_graph.live.sla import assess as assess, held_to as held_to, load_sla as load_sla
    from empa_graph.llm import (
        Chat as Chat,
        ChatParameters as ChatParameters,
        Completion as Completion,
        Prompt as Prompt,
    )
    from empa_graph.models.assessment import Assessment as Assessment, Item as Item
    from empa_graph.models.config import RunConfig as RunConfig
    from empa_graph.models.dialogue import Message as Message
    from empa_graph.models.directive import Directive as Directive, Standing as Standing
    from empa_graph.models.episode import Episode as Episode, Note as Note, Score as Score
    from empa_graph.models.failure import Failure as Failure
    from empa_graph.models.latent import LatentState as LatentState, Step as Step
    from empa_graph.models.outcome import Outcome as Outcome
    from empa_graph.models.persona import Persona as Persona, Scenario as Scenario
    from empa_graph.models.rubric import Rubric as Rubric
    from empa_graph.models.run import Run as Run
    from empa_graph.roles.director.model import ModelDirector as ModelDirector
    from empa_graph.roles.director.rules import RuleDirector as RuleDirector
    from empa_graph.roles.empathic.reference_agents import ScriptedEmpathic as ScriptedEmpathic
    from empa_graph.roles.evaluator.judge import JudgeEvaluator as JudgeEvaluator
    from empa_graph.roles.evaluator.offline import CueEvaluator as CueEvaluator
    from empa_graph.roles.evaluator.panel import PanelEvaluator as PanelEvaluator
    from empa_graph.roles.persona.rule_persona import RulePersona as RulePersona
    from empa_graph.roles.views import (
        After as After,
        EmpathicView as EmpathicView,
        EmpathicWrite as EmpathicWrite,
        EvaluatorView as EvaluatorView,
        EvaluatorWrite as EvaluatorWrite,
        ObserverView as ObserverView,
        ObserverWrite as ObserverWrite,
        PersonaView as PersonaView,
        PersonaWrite as PersonaWrite,
    )
    from empa_graph.run.evaluate import evaluate as evaluate, evaluate_async as evaluate_async
    from empa_graph.run.picture import picture as picture
    from empa_graph.run.replay import replay as replay
    from empa_graph.run.result import RunResult as RunResult
    from empa_graph.run.single import play as play, play_async as play_async
    from empa_graph.scoring.epm import deficits as deficits
    from empa_graph.scoring.epmq import epmq as epmq, epmq_batch as epmq_batch
    from empa_graph.scoring.stopping import stops as stops
    from empa_graph.scoring.trio import trio as trio, trio_batch as trio_batch
    from empa_graph.store.folder import episodes as episodes, load_run as load_run

_NAMES = {
    "content.library": "find_scenarios load_persona load_rubric scenarios",
    "content.registry": "registered",
    "cues": "CueContext detect",
    "cues.minilm": "minilm",
    "errors": "Error ProviderError RunError UsageError",
    "gate.finding": "Finding",
    "gate.policy": "Policy",
    "graph.build": "build_sandbox",
    "graph.sandbox": "Labels Sandbox",
    "live.monitor": "Human Judging conversation monitor",
    "live.records": "Breach EmpathySLA SlaRule SlaState",
    "live.sla": "assess held_to load_sla",
    "llm": "Chat ChatParameters Completion Prompt",
    "models.assessment": "Assessment Item",
    "models.config": "RunConfig",
    "models.dialogue": "Message",
    "models.directive": "Directive Standing",
    "models.episode": "Episode Note Score",
    "models.failure": "Failure",
    "models.latent": "LatentState Step",
    "models.outcome": "Outcome",
    "models.persona": "Persona Scenario",
    "models.rubric": "Rubric",
    "models.run": "Run",
    "roles.director.model": "ModelDirector",
    "roles.director.rules": "RuleDirector",
    "roles.empathic.reference_agents": "ScriptedEmpathic",
    "roles.evaluator.judge": "JudgeEvaluator",
    "roles.evaluator.offline": "CueEvaluator",
    "roles.evaluator.panel": "PanelEvaluator",
    "roles.persona.rule_persona": "RulePersona",
    "roles.views": "After EmpathicView EmpathicWrite EvaluatorView EvaluatorWrite "
    "ObserverView ObserverWrite PersonaView PersonaWrite",
    "run.evaluate": "evaluate evaluate_async",
    "run.picture": "picture",
    "run.replay": "replay",
    "run.result": "RunResult",
    "run.single": "play play_async",
    "scoring.epm": "deficits",
    "scoring.epmq": "epmq epmq_batch",
    "scoring.stopping": "stops",
    "scoring.trio": "trio trio_batch",
    "store.folder": "episodes load_run",
}
"""The public names of each module."""
_PLACES = {name: place for place, names in _NAMES.items() for name in names.split()}
__all__ = sorted(_PLACES)  # noqa: PLE0605  # one table serves names and places


def __getattr__(name: str) -> object:
    """Fetch a public name from its module at first use."""
    if name not in _PLACES:
        raise AttributeError(f"module 'empa_graph' has no attribute '{name}'")
    found: object = getattr(importlib.import_module(f"empa_graph.{_PLACES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(_PLACES)
