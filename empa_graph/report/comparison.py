"""Whether two runs may be compared: only where what judges and what is played is the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pydantic import JsonValue

from empa_graph.models.record import Record
from empa_graph.models.run import Run
from empa_graph.report.rubric_turns import with_rubric_of

Answered = Mapping[str, tuple[str, ...]]
"""The models that answered, as their servers named them, by role; a role that is absent is not known."""

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
SESSIONS = ("limits.", "execution.")
"""The parts whose settings say how a session went."""
APART = frozenset(
    {"schema_version", "id", "created", "config", "plan", "hashes", "versions", "store.redaction", "calibration"}
    | {"evaluator.support_judge"}
)
"""The fields that differ by nature or are compared on their own."""
_JUDGED_BY = {
    "judge": "other models judged, whatever was asked for",
    "support_judge": "other models coded support, whatever was asked for",
    "persona": "other models spoke for the person, whatever was asked for",
    "director": "other models steered the person, whatever was asked for",
}
_OF_SUPPORT = frozenset({"prompt:support_judge.md", "weights:support_judge"})
"""The hashes that a model which codes support stands on."""
_PACKAGE = "empa-graph"
_AGENT = "weights:empathic"


class Difference(Record):
    """A field in which two runs differ; None stands for a value that is absent."""

    field: str
    left: JsonValue
    right: JsonValue
    why: str


class Comparison(Record):
    """What differs between two runs; they are comparable when nothing is ``blocking``."""

    comparable: bool
    blocking: tuple[Difference, ...]
    other: tuple[Difference, ...]


def comparison(
    a: Run,
    b: Run,
    *,
    left_answered: Answered | None = None,
    right_answered: Answered | None = None,
    left_without: Answered | None = None,
    right_without: Answered | None = None,
) -> Comparison:
    """Return what differs between ``a`` (left) and ``b`` (right), and whether their scores may be compared.

    The models that answered are compared by role, without regard to order, where both runs know them; so is what they
    were asked ``without``, since they refuse it.
    """
    b = with_rubric_of(a, b)
    left, right = _settings(a), _settings(b)
    answered = (
        *_by_role("answered", left_answered or {}, right_answered or {}),
        *_by_role("left_out", left_without or {}, right_without or {}),
    )
    blocking = (
        *_fields(left, right, BLOCKING),
        *_scenarios_in_common(a, b),
        *_content(a, b),
        *_version(a, b),
        *_redaction(a, b),
        *_drift(a, b),
        *(_support_judges(a, b) if _both_code_support(a, b) else ()),
        *(found for role, found in answered if role in _JUDGED_BY),
    )
    unknown = {name: "how its sessions went" for name in left if name not in {*BLOCKING, *OTHER, *APART}}
    other = (
        *_fields(left, right, {**OTHER, **unknown}),
        *_scenarios_apart(a, b),
        *_seeds(a, b),
        *_calibrations(a, b),
        *(() if _both_code_support(a, b) else _support_judges(a, b)),
        *_rest_of(a, b, blocking),
        *(found for role, found in answered if role not in _JUDGED_BY),
    )
    return Comparison(comparable=not blocking, blocking=blocking, other=other)


def _settings(run: Run) -> dict[str, JsonValue]:
    """Return the fields of a manifest, and the settings of its configuration by their dotted names."""
    found: dict[str, JsonValue] = run.model_dump(mode="json")
    for name, part in run.config.model_dump(mode="json").items():
        found |= (
            {f"{name}.{setting}": value for setting, value in part.items()} if isinstance(part, dict) else {name: part}
        )
    return found


def _fields(
    left: Mapping[str, JsonValue], right: Mapping[str, JsonValue], reasons: Mapping[str, str]
) -> Iterator[Difference]:
    """Yield the fields that differ; of a table, the entries."""
    for name, why in reasons.items():
        ours, theirs = left.get(name), right.get(name)
        if isinstance(ours, dict) and isinstance(theirs, dict):
            yield from _entries(f"{name}.", ours, theirs, why)
        elif ours != theirs:
            yield Difference(field=name, left=ours, right=theirs, why=why)


def _entries(
    prefix: str, left: Mapping[str, JsonValue], right: Mapping[str, JsonValue], why: str
) -> Iterator[Difference]:
    for name in sorted({*left, *right}):
        if left.get(name) != right.get(name):
            yield Difference(field=prefix + name, left=left.get(name), right=right.get(name), why=why)


def _played(run: Run) -> dict[str, None]:
    return dict.fromkeys(item.scenario for item in run.plan)


def _shared(a: Run, b: Run) -> list[str]:
    theirs = _played(b)
    return [scenario for scenario in _played(a) if scenario in theirs]


def _scenarios_in_common(a: Run, b: Run) -> Iterator[Difference]:
    if not _shared(a, b):
        yield Difference(
            field="scenarios", left=len(_played(a)), right=len(_played(b)), why="no scenario is played in both"
        )


def _scenarios_apart(a: Run, b: Run) -> Iterator[Difference]:
    shared = len(_shared(a, b))
    if shared and _played(a).keys() != _played(b).keys():
        why = f"{shared} are played in both; compare over these"
        yield Difference(field="scenarios", left=len(_played(a)), right=len(_played(b)), why=why)


def _content(a: Run, b: Run) -> Iterator[Difference]:
    """Yield what judges and the shared personas, where their hashes differ or stand on one side."""
    personas = {f"persona:{scenario.partition('/')[0]}" for scenario in _shared(a, b)}
    reasons = {
        "rubric": "the rubric is not the same",
        "prompt": "a prompt is not the same",
        "evaluator": "the evaluator's source is not the same",
        "weights": "a local model that judges, speaks for the person or steers it has other weights",
        "heads": "replies are coded by other weights",
        "embedding": "replies are compared with what was said by another embedding",
    }
    alone = frozenset() if _both_code_support(a, b) else _OF_SUPPORT
    for name in sorted({*a.hashes, *b.hashes} - {_AGENT} - alone):
        kind = name.partition(":")[0]
        why = "the person is not the same" if name in personas else reasons.get(kind)
        if why and a.hashes.get(name) != b.hashes.get(name):
            yield _difference("hashes", name, a.hashes, b.hashes, why)


def _both_code_support(a: Run, b: Run) -> bool:
    """Say whether a model codes support in both; where it does in one alone, all other figures can be compared."""
    return None not in (a.config.evaluator.support_judge, b.config.evaluator.support_judge)


def _support_judges(a: Run, b: Run) -> Iterator[Difference]:
    left, right = (run.config.evaluator.support_judge for run in (a, b))
    if left != right:
        why = "support is coded by another model beside the offline one"
        yield Difference(field="evaluator.support_judge", left=left, right=right, why=why)


def _version(a: Run, b: Run) -> Iterator[Difference]:
    if _minor(a) != _minor(b):
        yield _difference("versions", _PACKAGE, a.versions, b.versions, "another version plays and scores")


def _minor(run: Run) -> list[str] | None:
    version = run.versions.get(_PACKAGE)
    return None if version is None else version.split(".")[:2]


def _redaction(a: Run, b: Run) -> Iterator[Difference]:
    """Yield what was redacted where it differs: by the hash of the rules where both have it, else by name."""
    why = "other parts of what is said were redacted before it was judged"
    ours, theirs = a.hashes.get("redaction"), b.hashes.get("redaction")
    left, right, field = a.config.store.redaction, b.config.store.redaction, "store.redaction"
    if (left is None) != (right is None):
        yield Difference(field=field, left=left, right=right, why=why)
    elif ours is not None and theirs is not None:
        if ours != theirs:
            yield _difference("hashes", "redaction", a.hashes, b.hashes, why)
    elif left != right:
        yield Difference(field=field, left=left, right=right, why=why)


def _drift(a: Run, b: Run) -> Iterator[Difference]:
    """Yield the scores of the anchors that drifted, where both runs judged them and not the same ones drifted."""
    left, right = (_drifted(run) for run in (a, b))
    if left is not None and right is not None and left != right:
        why = "the judge judges the anchors of the calibration otherwise in one of them"
        yield Difference(field="calibration.drift", left=left, right=right, why=why)


def _drifted(run: Run) -> list[JsonValue] | None:
    found = None if run.calibration is None else run.calibration.drift
    return None if found is None else [one.metric for one in found if one.verdict == "drifted"]


def _calibrations(a: Run, b: Run) -> Iterator[Difference]:
    """Yield the calibrations where they are not the same: the scores are the evaluator's own in either run."""
    left, right = (None if run.calibration is None else run.calibration.name for run in (a, b))
    if left != right:
        why = "by what means are corrected; the scores compared here are the evaluator's own"
        yield Difference(field="calibration", left=left, right=right, why=why)


def _seeds(a: Run, b: Run) -> Iterator[Difference]:
    """Yield one difference where runs of one seed give the same repeat of a scenario different seeds."""
    ours, theirs = _repeats(a), _repeats(b)
    moved = [key for key in ours.keys() & theirs.keys() if ours[key] != theirs[key]]
    if moved and a.config.suite.seed == b.config.suite.seed:
        scenario, repeat = min(moved)
        yield Difference(
            field=f"plan.{scenario}.{repeat}.seed",
            left=ours[min(moved)],
            right=theirs[min(moved)],
            why=f"seeds of {len(moved)} shared repeats differ: {OTHER['suite.seed'].partition(': ')[2]}",
        )


def _repeats(run: Run) -> dict[tuple[str, int], int]:
    return {(item.scenario, item.repeat): item.seed for item in run.plan}


def _rest_of(a: Run, b: Run, blocking: Iterable[Difference]) -> Iterator[Difference]:
    """Yield the versions and hashes that differ and do not stand in the way."""
    named, left, right = {found.field for found in blocking}, _beside(a), _beside(b)
    for found in (
        *_entries("versions.", dict(a.versions), dict(b.versions), "the installed version"),
        *_entries("hashes.", left, right, "content that plays no part in the scores"),
        *_entries("hashes.", _weights(a), _weights(b), "the weights and adapters of the agent under test"),
    ):
        if found.field not in named:
            yield found


def _beside(run: Run) -> dict[str, JsonValue]:
    """Return the hashes but those of personas, redaction and the agent's weights, which are compared on their own."""
    apart = ("persona", "redaction")
    return {n: value for n, value in run.hashes.items() if n.partition(":")[0] not in apart and n != _AGENT}


def _weights(run: Run) -> dict[str, JsonValue]:
    return {name: value for name, value in run.hashes.items() if name == _AGENT}


def _by_role(field: str, left: Answered, right: Answered) -> Iterator[tuple[str, Difference]]:
    for role in sorted(left.keys() & right.keys()):
        ours, theirs = sorted(set(left[role])), sorted(set(right[role]))
        if ours != theirs:
            why = _JUDGED_BY.get(role, "other models answered, whatever was asked for")
            if field == "left_out":
                why = "requests went without other parts, which the model or its server refuses"
            yield role, Difference(field=f"{field}.{role}", left=[*ours], right=[*theirs], why=why)


def _difference(field: str, name: str, left: Mapping[str, str], right: Mapping[str, str], why: str) -> Difference:
    return Difference(field=f"{field}.{name}", left=left.get(name), right=right.get(name), why=why)
