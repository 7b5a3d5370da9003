"""What a score hangs on beside the conversation: evaluator, judges, rubric, prompt and heads, each under a name."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from empa_graph.content.library import coding_hashes, judge_prompt
from empa_graph.cues.minilm import MiniLM
from empa_graph.cues.nearness import embedding_hash
from empa_graph.errors import ContentError, UsageError
from empa_graph.llm.fingerprint import shown_model
from empa_graph.llm.local import fingerprint
from empa_graph.llm.resolve import is_local, local_files
from empa_graph.models.config import EvaluatorConfig
from empa_graph.models.rubric import Rubric
from empa_graph.models.run import Run
from empa_graph.roles.evaluator.offline import OFFLINE, WITH_MINILM, heads_hashes
from empa_graph.roles.specs import EVALUATORS, judged_by
from empa_graph.run.provenance import evaluator_hash
from empa_graph.run.recorded import run_rubric
from empa_graph.seeds import digest_of

StandsOn = dict[str, str]
_ROOMS = ("cues", "models", "scoring", "episode", "roles/evaluator", "study/correlate")
"""Where all stands that a score of the offline evaluator comes from, beside its rubric."""


def stands_on(evaluator: EvaluatorConfig, rubric: Rubric) -> StandsOn:
    """Return what a judgement of ``evaluator`` under ``rubric`` hangs on, by name; hashes are SHA-256.

    When an episode stops is no part of it. The offline evaluator is the package's own, so its version counts.
    """
    name = judged_by(evaluator)
    found = {"evaluator": name, f"rubric {rubric.id}": digest_of(rubric.model_dump_json(exclude={"stop"}))}
    told = _told(rubric) | heads_hashes(evaluator.name)
    found |= {name.replace(":", " "): digest for name, digest in told.items()}
    if evaluator.judges:
        found["judges"] = ", ".join(map(shown_model, evaluator.judges))
        local = {f"weights {shown_model(judge)}": judge for judge in evaluator.judges if is_local(judge)}
        found |= {seat: fingerprint(local_files(judge)) for seat, judge in local.items()}
    if name in OFFLINE:
        found["empa-graph"] = importlib.metadata.version("empa-graph")
    if name == WITH_MINILM:
        found |= embedding_hash(MiniLM.name, MiniLM.sha256)
    return found | (evaluator_hash(evaluator.name) if evaluator.name not in EVALUATORS else {})


def run_stands_on(run: Run, folder: Path) -> StandsOn:
    """Return `stands_on` of the run in ``folder``, as it was when it was played.

    Raises UsageError where its rubric or prompt is gone or is another by now.
    """
    rubric = run_rubric(run, folder)
    found = stands_on(run.config.evaluator, rubric)
    now = {f"rubric:{rubric.id}": digest_of(rubric.model_dump_json()), **_told(rubric)}
    for name, digest in now.items():
        if run.hashes.get(name, digest) != digest:
            raise UsageError(f"{name} has changed since run '{run.id}' was played")
    found |= {n.replace(":", " "): digest for n, digest in run.hashes.items() if n.startswith("heads:")}
    if "empa-graph" in found and "empa-graph" in run.versions:
        found["empa-graph"] = run.versions["empa-graph"]
    return found


def _told(rubric: Rubric) -> dict[str, str]:
    """Return SHA-256 of what a judge under ``rubric`` is told, by the names of a run's manifest."""
    if rubric.judge_prompt is None:
        return coding_hashes()
    with suppress(ContentError):  # offline evaluators need none
        return {f"prompt:{rubric.judge_prompt}": digest_of(judge_prompt(rubric))}
    return {}


def first_change(before: Mapping[str, str], now: Mapping[str, str]) -> str | None:
    """Say in a few words which part is another one ``now``; None where all are the same."""
    for name in sorted({*before, *now}, key=lambda name: (name not in ("evaluator", "judges"), name)):
        old, new = before.get(name), now.get(name)
        if old != new:
            shown = [("none" if value is None else value[:60]) for value in (old, new)]
            return f"{name} was {shown[0]} and is {shown[1]}"
    return None


def evaluator_digest(found: StandsOn, evaluator: EvaluatorConfig) -> str:
    """Return one SHA-256 of ``found``, of how ``evaluator`` is asked and, offline, of the code and lists that judge."""
    code = _own_code() if "empa-graph" in found else ""
    how = evaluator.model_dump(mode="json", exclude={"judges", "judge_base_url"})
    return digest_of(json.dumps([sorted(found.items()), how, code], sort_keys=True))


@lru_cache(maxsize=1)
def _own_code() -> str:
    """Return SHA-256 of the sources and data of the offline evaluator."""
    whole, package = hashlib.sha256(), Path(__file__).parents[1]
    for room in _ROOMS:
        for file in sorted(path for path in (package / room).rglob("*") if path.suffix != ".pyc" and path.is_file()):
            content = file.read_bytes()
            whole.update(f"{file.relative_to(package).as_posix()} {len(content)}\n".encode() + content)
    return whole.hexdigest()
