"""What a run will play, decided before anything is called."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Iterable, Sequence
from datetime import datetime

from empa_graph.content.library import content_hashes, support_hashes
from empa_graph.cues.minilm import MiniLM
from empa_graph.cues.nearness import embedding_hash
from empa_graph.cues.sentence_vectors import vectors_hash
from empa_graph.llm.fingerprint import shown_model
from empa_graph.llm.local import fingerprint
from empa_graph.llm.providers import PACKAGES
from empa_graph.llm.resolve import is_local, local_files
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.models.run import Planned, Run
from empa_graph.roles.empathic.instructions import prompt_hashes
from empa_graph.roles.evaluator.offline import WITH_MINILM, heads_hashes
from empa_graph.roles.evaluator.support_judge import SEAT
from empa_graph.roles.redaction import load_redaction
from empa_graph.roles.specs import EVALUATORS
from empa_graph.run.provenance import evaluator_hash
from empa_graph.seeds import derived_seed

_PACKAGES = ("empa-graph", "langgraph", "aiohttp", "numpy", "pydantic", "xllamacpp", "tokenizers")


def planned(scenarios: Iterable[Scenario], variants: Sequence[str], *, repeats: int, seed: int) -> tuple[Planned, ...]:
    """Return the episodes of a run, variants side by side so that a stopped run is still balanced.

    The seed of an episode does not depend on its variant: variants meet the same simulated person.
    """
    return tuple(
        Planned(
            scenario=scenario.id,
            variant=variant,
            repeat=repeat,
            seed=derived_seed(seed, scenario.id, repeat),
        )
        for repeat in range(repeats)
        for scenario in scenarios
        for variant in variants
    )


def versions(models: Iterable[str | None] = ()) -> dict[str, str]:
    """Return the versions of Python and of the packages that a run with ``models`` stands on."""
    found = {"python": platform.python_version()}
    providers = {PACKAGES[name] for model in models if model and (name := model.partition(":")[0]) in PACKAGES}
    for package in (*_PACKAGES, *(("langchain", "langchain-core", *sorted(providers)) if providers else ())):
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def run_id(now: datetime, agent: str) -> str:
    """Return a name for the run that sorts by time and is safe as a folder name."""
    words = "".join(c if c.isalnum() else "-" for c in agent.rsplit("/", 1)[-1]).strip("-")[:40]
    return f"{now:%Y%m%d-%H%M%S}-{words or 'agent'}"


def run_hashes(run: Run, scenarios: Iterable[Scenario], rubric: Rubric) -> dict[str, str]:
    """Return SHA-256, by name, of all content that ``run`` stands on.

    That is personas, rubric, prompts, redaction rules, the heads that code, the embedding, a registered evaluator, and
    the weights and adapters of local models.
    """
    config = run.config
    seats = {"empathic": config.agent.spec, "voice": config.persona.voice, "director": config.director or ""}
    seats |= {"voice_check": config.persona.voice_check or "", SEAT: config.evaluator.support_judge or ""}
    seats |= {f"judge:{shown_model(judge)}": judge for judge in config.evaluator.judges}
    found = {f"weights:{seat}": fingerprint(local_files(spec)) for seat, spec in seats.items() if is_local(spec)}
    found = content_hashes(scenarios, rubric) | found | heads_hashes(config.evaluator.name) | vectors_hash()
    if config.store.redaction:
        found["redaction"] = load_redaction(config.store.redaction).sha256
    if config.evaluator.support_judge is not None:
        found |= support_hashes()
    if config.evaluator.name == WITH_MINILM or config.persona.nearness == "sentences":
        found |= embedding_hash(MiniLM.name, MiniLM.sha256)
    if config.evaluator.name not in EVALUATORS and "evaluator" not in run.handed:
        found |= evaluator_hash(config.evaluator.name)
    voiced, directed = config.persona.voice != "card", config.director not in (None, "rules")
    checked = config.persona.voice_check is not None
    return found | prompt_hashes(config.suite.variants, voiced=voiced, voice_checked=checked, directed=directed)
