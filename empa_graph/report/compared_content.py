"""In what the plans and the content of two runs differ: scenarios, seeds, hashes, versions, what judges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import JsonValue

from empa_graph.content.library import load_rubric
from empa_graph.errors import UsageError
from empa_graph.models.rubric import with_max_turns
from empa_graph.models.run import Run
from empa_graph.report.manifest_fields import OTHER, Difference, entries, entry
from empa_graph.seeds import digest_of

_OF_SUPPORT = frozenset({"prompt:support_judge.md", "weights:support_judge"})
"""The hashes that a model which codes support stands on."""
_PACKAGE = "empa-graph"
_AGENT = "weights:empathic"


def content(a: Run, b: Run) -> Iterator[Difference]:
    """Yield what judges and the shared personas, where their hashes differ or stand on one side."""
    personas = {f"persona:{scenario.partition('/')[0]}" for scenario in shared(a, b)}
    reasons = {
        "rubric": "the rubric is not the same",
        "prompt": "a prompt is not the same",
        "evaluator": "the evaluator's source is not the same",
        "weights": "a local model that judges, speaks for the person or steers it has other weights",
        "heads": "replies are coded by other weights",
        "embedding": "replies are compared with what was said by another embedding",
    }
    alone = frozenset() if both_code_support(a, b) else _OF_SUPPORT
    for name in sorted({*a.hashes, *b.hashes} - {_AGENT} - alone):
        kind = name.partition(":")[0]
        why = "the person is not the same" if name in personas else reasons.get(kind)
        if why and a.hashes.get(name) != b.hashes.get(name):
            yield entry("hashes", name, a.hashes, b.hashes, why)


def both_code_support(a: Run, b: Run) -> bool:
    """Say whether a model codes support in both; where it does in one alone, all other figures can be compared."""
    return None not in (a.config.evaluator.support_judge, b.config.evaluator.support_judge)


def support_judges(a: Run, b: Run) -> Iterator[Difference]:
    """Yield one difference where other models code support, or a model does in one run alone."""
    left, right = (run.config.evaluator.support_judge for run in (a, b))
    if left != right:
        why = "support is coded by another model beside the offline one"
        yield Difference(field="evaluator.support_judge", left=left, right=right, why=why)


def version(a: Run, b: Run) -> Iterator[Difference]:
    """Yield one difference where another minor version of the package played."""
    if _minor(a) != _minor(b):
        yield entry("versions", _PACKAGE, a.versions, b.versions, "another version plays and scores")


def _minor(run: Run) -> list[str] | None:
    found = run.versions.get(_PACKAGE)
    return None if found is None else found.split(".")[:2]


def redaction(a: Run, b: Run) -> Iterator[Difference]:
    """Yield what was redacted where it differs: by the hash of the rules where both have it, else by name."""
    why = "other parts of what is said were redacted before it was judged"
    ours, theirs = a.hashes.get("redaction"), b.hashes.get("redaction")
    left, right, field = a.config.store.redaction, b.config.store.redaction, "store.redaction"
    if (left is None) != (right is None):
        yield Difference(field=field, left=left, right=right, why=why)
    elif ours is not None and theirs is not None:
        if ours != theirs:
            yield entry("hashes", "redaction", a.hashes, b.hashes, why)
    elif left != right:
        yield Difference(field=field, left=left, right=right, why=why)


def drift(a: Run, b: Run) -> Iterator[Difference]:
    """Yield the scores of the anchors that drifted, where both runs judged them and not the same ones drifted."""
    left, right = (_drifted(run) for run in (a, b))
    if left is not None and right is not None and left != right:
        why = "the judge judges the anchors of the calibration otherwise in one of them"
        yield Difference(field="calibration.drift", left=left, right=right, why=why)


def _drifted(run: Run) -> list[JsonValue] | None:
    found = None if run.calibration is None else run.calibration.drift
    return None if found is None else [one.metric for one in found if one.verdict == "drifted"]


def calibrations(a: Run, b: Run) -> Iterator[Difference]:
    """Yield the calibrations where they are not the same: the scores are the evaluator's own in either run."""
    left, right = (None if run.calibration is None else run.calibration.name for run in (a, b))
    if left != right:
        why = "by what means are corrected; the scores compared here are the evaluator's own"
        yield Difference(field="calibration", left=left, right=right, why=why)


def rest_of(a: Run, b: Run, blocking: Iterable[Difference]) -> Iterator[Difference]:
    """Yield the versions and hashes that differ and do not stand in the way."""
    named, left, right = {found.field for found in blocking}, _beside(a), _beside(b)
    for found in (
        *entries("versions.", dict(a.versions), dict(b.versions), "the installed version"),
        *entries("hashes.", left, right, "content that plays no part in the scores"),
        *entries("hashes.", _weights(a), _weights(b), "the weights and adapters of the agent under test"),
    ):
        if found.field not in named:
            yield found


def _beside(run: Run) -> dict[str, JsonValue]:
    """Return the hashes but those of personas, redaction and the agent's weights, which are compared on their own."""
    apart = ("persona", "redaction")
    return {n: value for n, value in run.hashes.items() if n.partition(":")[0] not in apart and n != _AGENT}


def _weights(run: Run) -> dict[str, JsonValue]:
    return {name: value for name, value in run.hashes.items() if name == _AGENT}


def with_rubric_of(a: Run, b: Run) -> Run:
    """Return ``b`` with the hash of the rubric of ``a``, where the two differ in the turns of their runs alone.

    A manifest holds the hash of the rubric with the turns of its run. Where the rubric at hand is not the one of both,
    since it was changed or lies elsewhere, nothing can be told, and ``b`` is returned as it is.
    """
    name = f"rubric:{a.rubric}"
    if a.max_turns == b.max_turns or (a.rubric, a.rubric_file) != (b.rubric, b.rubric_file):
        return b
    try:
        rubric = load_rubric(a.rubric_file)
    except UsageError:
        return b
    if any(
        run.hashes.get(name) != digest_of(with_max_turns(rubric, run.max_turns).model_dump_json()) for run in (a, b)
    ):
        return b
    return b.model_copy(update={"hashes": {**b.hashes, name: a.hashes[name]}})


def _played(run: Run) -> dict[str, None]:
    return dict.fromkeys(item.scenario for item in run.plan)


def shared(a: Run, b: Run) -> list[str]:
    """Return the scenarios that both play, in the order of ``a``."""
    theirs = _played(b)
    return [scenario for scenario in _played(a) if scenario in theirs]


def scenarios_in_common(a: Run, b: Run) -> Iterator[Difference]:
    """Yield one difference where no scenario is played in both."""
    if not shared(a, b):
        yield Difference(
            field="scenarios", left=len(_played(a)), right=len(_played(b)), why="no scenario is played in both"
        )


def scenarios_apart(a: Run, b: Run) -> Iterator[Difference]:
    """Yield one difference where some scenarios are played in both, and others in one alone."""
    both = len(shared(a, b))
    if both and _played(a).keys() != _played(b).keys():
        why = f"{both} are played in both; compare over these"
        yield Difference(field="scenarios", left=len(_played(a)), right=len(_played(b)), why=why)


def seeds(a: Run, b: Run) -> Iterator[Difference]:
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
