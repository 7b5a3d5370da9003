"""The figures that are exported, and how one was judged: by which models, told what, put together how."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from empa_graph.content.library import SUPPORT_PROMPT, prompt_text, support_hashes
from empa_graph.content.registry import REGISTRY
from empa_graph.errors import UsageError
from empa_graph.models.config import AgentConfig
from empa_graph.models.episode import Episode
from empa_graph.models.outcome import outcomes
from empa_graph.models.run import Planned, Run
from empa_graph.report.model_identity import Identity, model_identity
from empa_graph.report.summary import Metric, VariantSummary, measured
from empa_graph.seeds import digest_of

EPMQ = {"published": "epm_q", "paper": "epm_q_paper"}
"""The composites of EPM-Q by definition."""

Json = dict[str, Any]
"""A JSON object of a foreign format."""
_BUNDLED = re.compile(r"prompt:([a-z0-9_]+\.md)")


def judging(run: Run, figure: str) -> Json | None:
    """Return the ``llm_scoring`` of a figure; None where no model judged it."""
    evaluator = run.config.evaluator
    coded = figure == "support_judged"
    judges = [evaluator.support_judge] if coded and evaluator.support_judge else list(evaluator.judges)
    if figure == "support" or not judges:
        return None
    checks = {f"check of {name}": standing for name, standing in run.judge_checks.items()}
    return {
        "judges": [_judge(name, run) for name in judges],
        "input_prompt": _prompt(run, coded=coded),
        **({"aggregation_method": "median"} if len(judges) > 1 else {}),
        **({"additional_details": checks} if checks and not coded else {}),
    }


def _judge(name: str, run: Run) -> Json:
    evaluator = run.config.evaluator
    asked = model_identity(AgentConfig(spec=name, base_url=evaluator.judge_base_url))
    return {"model_info": model_info(asked), "temperature": evaluator.temperature}


def model_info(found: Identity, details: dict[str, str] | None = None) -> Json:
    """Return a model as the format has it; what its name does not tell is ``unknown``."""
    local = found.provider == "local"
    away = found.provider not in (None, "local", "server")
    return {
        "name": found.shown,
        "id": found.id,
        "developer": found.developer,
        **({"inference_platform": found.provider} if away else {}),
        **({"inference_engine": {"name": "llama.cpp"}} if local else {}),
        "additional_details": {
            "deployment_type": "self_deployed" if local else "externally_managed" if away else "unknown",
            "model_availability": "open_weights" if local else "unknown",
            **(details or {}),
        },
    }


def _prompt(run: Run, *, coded: bool) -> str:
    """Return the prompt of a judge as the run had it: its text where that is still here, else its name and hash."""
    named = [name for name in run.hashes if _BUNDLED.fullmatch(name) and (name == f"prompt:{SUPPORT_PROMPT}") == coded]
    return "\n\n".join(_text(name, run.hashes[name]) for name in named) or "not told by the manifest of the run"


def _text(name: str, digest: str) -> str:
    file = name.partition(":")[2]
    try:
        text = prompt_text(file)
    except UsageError:
        text = ""
    known = support_hashes()[name] if file == SUPPORT_PROMPT else digest_of(text)
    return text if known == digest else f"{file}, SHA-256 {digest}"


def means(variant: VariantSummary) -> dict[str, Metric]:
    """Return the means of a variant that are exported; what is void is absent there already."""
    scores = {EPMQ[definition]: found.get("composite") for definition, found in variant.epmq.items()}
    return variant.metrics | {name: metric for name, metric in scores.items() if metric is not None}


def figures(episode: Episode) -> Mapping[str, float]:
    """Return the figures of one episode that a mean counts; none without a score."""
    if episode.score is None:
        return {}
    item = Planned(scenario=episode.scenario, variant=episode.variant, repeat=episode.repeat, seed=episode.seed)
    (outcome,) = outcomes([item], [episode], {})
    own = {name: measured(name, episode) for name in REGISTRY.names("metric")}
    held = {name: value for name, value in outcome.values.items() if name not in outcome.provisional}
    return {**held, **{name: value for name, value in own.items() if value is not None}}
