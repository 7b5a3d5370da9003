"""A run in the log format of Inspect (version 2, JSON), so that its viewer and data frames read it.

A sample is an episode: its id is ``scenario:variant``, its epoch the repeat, counted from 1. The agent is called as
Inspect calls models, ``provider/name``; ``metadata.config`` says how it was asked for. A run that is scripted has
no mean composite; ``metadata.script`` says why.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import Any, BinaryIO

from empa_graph.cues.script import run_script
from empa_graph.models.dialogue import CUT_OFF, ENDED, REFUSALS, Message
from empa_graph.models.episode import Episode, Score
from empa_graph.models.latent import Step
from empa_graph.models.script_finding import VOIDED
from empa_graph.models.simulator import simulator
from empa_graph.models.tool_calls import Called, as_text, left_out, tool_calls
from empa_graph.models.turn_record import Totals
from empa_graph.report.lines import MEANS
from empa_graph.report.model_identity import identity
from empa_graph.report.summary import averaged
from empa_graph.report.text import many
from empa_graph.store.ledger import Store

SCORERS = ("composite", "progress")
"""The scores of a sample; progress is left where the composite is void."""
_ROLES = {"persona": "user", "empathic": "assistant"}
Json = dict[str, Any]
"""A JSON object of a foreign format."""
Tokens = dict[str, int]
"""Counts of tokens by the names of the format."""


def write_inspect(store: Store, file: BinaryIO, told: Mapping[int, str]) -> int:
    """Write the log, one sample at a time, and return the number of samples; ``told`` goes into their metadata."""
    metered, count = "empathic" in store.answered(), 0
    provider, model = identity(store.run, metered=metered).inspect
    head = json.dumps(_head(store, f"{provider}/{model}", metered=metered), ensure_ascii=True)
    file.write(head[:-1].encode() + b', "samples": [')
    for number, episode, totals in _with_usage(store):
        used = {model: _usage(one) for model, one in totals.items()}
        used = used if metered else _added(used, _agent_usage(episode))
        shown = sample(episode, used, model)
        if number in told:
            shown["metadata"]["contradiction"] = told[number]
        file.write(b",\n" if count else b"\n")
        file.write(json.dumps(shown, ensure_ascii=True, allow_nan=False).encode())
        count += 1
    file.write(b"\n]}\n")
    return count


def _with_usage(store: Store) -> Iterator[tuple[int, Episode, Mapping[str, Totals]]]:
    """Yield each ended episode with what its calls used; both are read once, by number."""
    with closing(store.usage_by_episode()) as calls:
        number, used = next(calls, (-1, {}))
        for wanted, episode in store.numbered():
            while -1 < number < wanted:
                number, used = next(calls, (-1, {}))
            yield wanted, episode, used if number == wanted else {}


def sample(episode: Episode, usage: Mapping[str, Tokens], model: str) -> Json:
    """Return one episode of the agent ``model`` as a sample; an episode without a score carries none."""
    messages = [part for message in episode.messages for part in _messages(message)]
    said = next((message.content for message in episode.messages if message.speaker == "persona"), "")
    return {
        "id": f"{episode.scenario}:{episode.variant}",
        "epoch": episode.repeat + 1,
        "input": said,
        "target": [],
        "messages": messages,
        "output": {"model": model, "choices": _choices(episode)},
        "model_usage": usage,
        "scores": {} if episode.score is None else scores(episode, episode.score),
        "metadata": {
            "scenario": episode.scenario,
            "variant": episode.variant,
            "agent": episode.agent,
            "ending": episode.ending,
            "unscored": episode.unscored,
            "seed": episode.seed,
            "simulator": simulator([episode]).model_dump(),
            "faults": [fault.model_dump(mode="json") for fault in episode.faults],
        },
    } | _error(episode)


def _choices(episode: Episode) -> list[Json]:
    """Return the last reply of the agent as the one choice; none where it said nothing."""
    replies = [message for message in episode.messages if message.speaker == "empathic"]
    return [
        {"message": {"role": "assistant", "content": last.content}, "stop_reason": _stop_reason(last)}
        for last in replies[-1:]
    ]


def _stop_reason(message: Message) -> str:
    reason = (message.finish_reason or "").lower()
    known = ((ENDED, "stop"), (CUT_OFF, "max_tokens"), (REFUSALS, "content_filter"))
    return next((name for reasons, name in known if reason in reasons), "unknown")


def _error(episode: Episode) -> Json:
    if episode.failure is None:
        return {}
    text = f"{episode.failure.kind} ({episode.failure.blame}): {episode.failure.detail}"
    return {"error": {"message": text, "traceback": "", "traceback_ansi": ""}}


def scores(episode: Episode, score: Score) -> Json:
    """Return the scores of a sample, the composite with the path and the evidence of every turn in its metadata."""
    explanation = (
        f"{episode.ending} after {many(episode.turns, 'turn')}: alignment {score.alignment_index:.2f}, impact "
        f"{score.impact_index:.2f}, stability {score.stability_index:.2f}; {score.coverage:.0%} of turns judged"
    )
    metadata = {**score.model_dump(mode="json"), "turns": [_judgement(step) for step in episode.latent.steps]}
    return {
        "composite": {"value": score.composite, "explanation": explanation, "metadata": metadata},
        "progress": {"value": score.progress, "explanation": MEANS["progress"]},
    }


def _judgement(step: Step) -> Json:
    items = step.assessment.items if step.assessment else ()
    return {
        "turn": step.turn,
        "increment": step.increment,
        "items": [item.model_dump(mode="json", exclude_defaults=True) for item in items],
        "failure": step.failure.kind if step.failure else None,
    }


def _head(store: Store, model: str, *, metered: bool) -> Json:
    """Everything but the samples; an agent that is not ``metered`` by the store tells itself what it used."""
    run = store.run
    spent: dict[str, Tokens] = {}
    for _, used in store.usage_by_episode():
        spent = _added(spent, {model: _usage(totals) for model, totals in used.items()})
    for episode in () if metered else store.episodes():
        spent = _added(spent, _agent_usage(episode))
    variants = store.by_variant()
    ended = sum(variant.episodes for variant in variants)
    scored = sum(variant.scored for variant in variants)
    script = run_script(store.episodes())
    return {
        "version": 2,
        "status": "success" if ended >= len(run.plan) else "cancelled",
        "eval": {
            "eval_id": run.id,
            "run_id": run.id,
            "created": run.created,
            "task": "empa_graph",
            "task_id": run.id,
            "dataset": {
                "name": "scenarios",
                "location": "empa_graph",
                "samples": len({(item.scenario, item.variant) for item in run.plan}),
            },
            "model": model,
            "config": {"epochs": run.config.suite.repeats},
            "packages": run.versions,
            "metadata": run.model_dump(mode="json", exclude={"plan", "versions"}) | {"script": script.model_dump()},
        },
        "plan": {"name": "plan", "steps": []},
        "results": {
            "total_samples": len(run.plan),
            "completed_samples": ended,
            "scores": [
                _result(name, {} if script.scripted and name in VOIDED else means, scored, ended)
                for name, means in _means(store).items()
            ],
        },
        "stats": {
            "started_at": run.created,
            "completed_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "model_usage": spent,
        },
    }


def _means(store: Store) -> dict[str, dict[str, float]]:
    """Return the mean of each of `SCORERS` by variant over its scenarios, as the summary has it."""
    found: dict[str, dict[str, list[tuple[float, str]]]] = {name: {} for name in SCORERS}
    for episode in store.episodes():
        for name in SCORERS if episode.score is not None else ():
            found[name].setdefault(episode.variant, []).append((getattr(episode.score, name), episode.scenario))
    return {
        name: {variant: averaged(*zip(*rows, strict=True), seed=0).mean for variant, rows in by_variant.items()}
        for name, by_variant in found.items()
    }


def _result(name: str, means: Mapping[str, float], scored: int, ended: int) -> Json:
    """Return what a score came to; ``mean`` is that of a run of one variant."""
    named = {f"mean_{variant}": mean for variant, mean in means.items()}
    if len(means) == 1:
        (named["mean"],) = means.values()
    metrics = {metric: {"name": metric, "value": mean} for metric, mean in named.items()}
    return {
        "name": name,
        "scorer": name,
        "scored_samples": scored,
        "unscored_samples": ended - scored,
        "metrics": metrics,
    }


def _messages(message: Message) -> Iterator[Json]:
    """Yield a message; before that of an agent the tools it called for it, and what they answered."""
    calls = tool_calls(message)
    if calls:
        asked = [
            {"id": _id(message, n), "function": call.name, "arguments": _arguments(call), "type": "function"}
            for n, call in enumerate(calls)
        ]
        yield {"role": "assistant", "content": "", "tool_calls": asked}
    for n, call in enumerate(calls):
        if call.answer is not None:
            answer = {"content": as_text(call.answer), "tool_call_id": _id(message, n), "function": call.name}
            yield {"role": "tool", **answer}
    model = {"model": message.model} if message.speaker == "empathic" and message.model else {}
    why = left_out(message)
    lacking = {"metadata": {"tools_left_out": why}} if why else {}
    yield {"role": _ROLES[message.speaker], "content": message.content, **model, **lacking}


def _id(message: Message, number: int) -> str:
    return f"turn-{message.turn}-call-{number + 1}"


def _arguments(call: Called) -> Json:
    return call.arguments if isinstance(call.arguments, dict) else {"arguments": call.arguments}


def _agent_usage(episode: Episode) -> dict[str, Tokens]:
    """Return the tokens that an agent's own messages tell of, by model; one without a name by that of the agent."""
    found: dict[str, Tokens] = {}
    for message in episode.messages:
        if message.speaker == "empathic" and message.usage is not None:
            counted = message.usage
            totals = Totals(
                tokens_in=counted.tokens_in or 0,
                tokens_cached=counted.tokens_cached or 0,
                tokens_out=counted.tokens_out or 0,
            )
            found = _added(found, {message.model or episode.agent: _usage(totals)})
    return found


def _added(one: Mapping[str, Tokens], other: Mapping[str, Tokens]) -> dict[str, Tokens]:
    """Return the sums by model."""
    found = dict(one)
    for model, tokens in other.items():
        known = found.get(model, {})
        found[model] = {name: known.get(name, 0) + count for name, count in tokens.items()}
    return found


def _usage(totals: Totals) -> Tokens:
    return {
        "input_tokens": totals.tokens_in,
        "output_tokens": totals.tokens_out,
        "total_tokens": totals.tokens_in + totals.tokens_out,
        "input_tokens_cache_read": totals.tokens_cached,
    }
