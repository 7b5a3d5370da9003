"""The fields of a manifest in which two runs may differ: which must agree, and what it means when they do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from empa_graph.models.record import Record
from empa_graph.models.run import Run

BLOCKING = {
    "evaluator.name": "another evaluator judges",
    "evaluator.judges": "other models judge",
    "evaluator.judge_every": "other turns are judged",
    "evaluator.temperature": "the judges are asked otherwise",
    "evaluator.max_tokens": "the judges are asked otherwise",
    "evaluator.profile": "the composite is weighed otherwise",
    "director": "another director steers the person",
    "extra": "other roles watch or steer",
    "rubric": "another rubric judges",
    "persona.voice": "the person's words come from elsewhere",
    "persona.noise": "the person is moved by another amount of chance",
    "persona.nearness": "the person chooses lines by another nearness",
    "persona.voice_max_tokens": "the model that speaks for the person is asked otherwise",
    "persona.voice_check": "the person's words are checked by another model",
    "persona.strict_voice": "what no wording is found for is spoken otherwise",
    "suite.max_turns": "conversations may last for another number of turns",
}
"""The fields of a manifest that must agree, with what it means when they do not."""
OTHER = {
    "agent.spec": "the agent under test",
    "agent.base_url": "where it answers",
    "agent.temperature": "how it is asked",
    "agent.max_tokens": "how it is asked",
    "agent.extra_body": "how it is asked",
    "agent.speaks": "which of its messages the person hears",
    "agent.on_interrupt": "what its interrupts are answered with",
    "agent.context": "the context that its graph is handed",
    "agent.initial": "the channels that its graph begins with",
    "evaluator.judge_base_url": "where the other models answer",
    "evaluator.judge_check": "where the check of its judge lay",
    "evaluator.calibration": "where its calibration lay",
    "judge_checks": "whether its judges were checked, and with what result",
    "suite.variants": "its instructions",
    "imports": "what was imported for the names it registers",
    "code": "its source",
    "handed": "its source, handed over in Python",
    "recorded": "what was recorded elsewhere",
    "suite.seed": "the same repeat meets another course of chance: pairing by repeat is lost",
    "suite.repeats": "how often each scenario is played",
    "suite.scenarios": "the scenarios as they were named",
    "suite.limit": "how many of them",
    "persona.folder": "where the personas came from; their hashes say whether they are the same",
    "evaluator.rubric": "where the rubric came from; its hash says whether it is the same",
    "store.url": "where it is kept",
    "store.out": "where it is kept",
    "store.prices": "what a call is taken to cost",
    "git": "revision of the working folder",
    "platform": "the machine",
}
"""The fields that may differ, which is what one wants to compare or does not touch the scores."""
APART = frozenset(
    {"schema_version", "id", "created", "config", "plan", "hashes", "versions", "store.redaction", "calibration"}
    | {"evaluator.support_judge"}
)
"""The fields that differ by nature or are compared on their own."""


class Difference(Record):
    """A field in which two runs differ; None stands for a value that is absent."""

    field: str
    left: JsonValue
    right: JsonValue
    why: str


def settings(run: Run) -> dict[str, JsonValue]:
    """Return the fields of a manifest, and the settings of its configuration by their dotted names."""
    found: dict[str, JsonValue] = run.model_dump(mode="json")
    for name, part in run.config.model_dump(mode="json").items():
        found |= (
            {f"{name}.{setting}": value for setting, value in part.items()} if isinstance(part, dict) else {name: part}
        )
    return found


def fields(
    left: Mapping[str, JsonValue], right: Mapping[str, JsonValue], reasons: Mapping[str, str]
) -> Iterator[Difference]:
    """Yield the fields that differ; of a table, the entries."""
    for name, why in reasons.items():
        ours, theirs = left.get(name), right.get(name)
        if isinstance(ours, dict) and isinstance(theirs, dict):
            yield from entries(f"{name}.", ours, theirs, why)
        elif ours != theirs:
            yield Difference(field=name, left=ours, right=theirs, why=why)


def entries(
    prefix: str, left: Mapping[str, JsonValue], right: Mapping[str, JsonValue], why: str
) -> Iterator[Difference]:
    """Yield the entries of two tables that differ, their names behind ``prefix``."""
    for name in sorted({*left, *right}):
        if left.get(name) != right.get(name):
            yield Difference(field=prefix + name, left=left.get(name), right=right.get(name), why=why)


def entry(field: str, name: str, left: Mapping[str, str], right: Mapping[str, str], why: str) -> Difference:
    """Return how the entry ``name`` of the table ``field`` stands in two runs."""
    return Difference(field=f"{field}.{name}", left=left.get(name), right=right.get(name), why=why)
