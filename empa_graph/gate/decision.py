"""Whether a run passes a policy: pure decisions over outcomes.

A rule passes or fails where the data show it, and is undecided where they do not, which is no pass. A limit on a mean
is held against its interval; a change against a one-sided paired test over scenarios. The policy's ``alpha`` is shared
evenly among its paired tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from empa_graph.errors import NotFoundError, UsageError
from empa_graph.gate.change import change, level
from empa_graph.gate.finding import Finding, Gate, Verdict
from empa_graph.gate.left_out import kept, unplayed, unshared, void
from empa_graph.gate.pairing import Group, alike, grouped, means, named
from empa_graph.gate.policy import Policy, Repeats, Rule
from empa_graph.gate.scripted import NONE, Scripts
from empa_graph.models.outcome import Outcome
from empa_graph.scoring.correction import Residual


class _Case(NamedTuple):
    """What a rule is decided by."""

    policy: Policy
    rule: Rule
    where: str
    candidate: Sequence[Outcome]
    baseline: Sequence[Outcome]
    void: str = ""
    """Why what the rule stands on is void, empty where it is not."""
    people: Mapping[str, Residual] = MappingProxyType({})
    """What people say above the evaluator, by metric."""

    @property
    def sides(self) -> tuple[Sequence[Outcome], Sequence[Outcome]]:
        """Candidate and baseline."""
        return self.candidate, self.baseline


def gate(
    policy: Policy,
    candidate: Sequence[Outcome],
    baseline: Sequence[Outcome] | None = None,
    *,
    where: str = "policy",
    scripts: Scripts = NONE,
    people: Mapping[str, Residual] = MappingProxyType({}),
) -> Gate:
    """Decide every rule of ``policy``, and refuse what ``scripts`` says is scripted unless the policy allows it.

    A candidate that left out scenarios of its baseline is undecided, unless the policy allows that too; so is a gate of
    which a run has episodes left to play, over which nothing is decided.
    ``people`` corrects the means of a metric that a floor or ceiling is held against. Raises UsageError for a rule that
    these runs cannot answer, naming it.
    """
    alone, found = unshared(candidate, baseline), unplayed(candidate, baseline)
    if found:
        scripts = NONE
    else:
        found = [*scripts.findings(allowed=policy.allow_scripted), *alone.findings(policy)]
        found += _ruled(policy, (candidate, baseline), where, scripts, people)
    verdict = _worst(finding.verdict for finding in found if not finding.warns)
    failed = verdict == "fail" or (verdict == "undecided" and policy.undecided == "fail")
    return Gate(
        policy=policy.name,
        verdict=verdict,
        passed=verdict == "pass",
        failed=failed,
        findings=tuple(found),
        only_baseline=alone.baseline,
        only_candidate=alone.candidate,
        **scripts._asdict(),
    )


def _ruled(
    policy: Policy,
    sides: tuple[Sequence[Outcome], Sequence[Outcome] | None],
    where: str,
    scripts: Scripts,
    people: Mapping[str, Residual],
) -> Iterable[Finding]:
    """Yield what each rule came to."""
    candidate, baseline = sides
    for number, rule in enumerate(policy.rules, start=1):
        place = f"{where}: rule {number} ({rule})"
        if rule.compares and baseline is None:
            raise UsageError(f"{place} needs a baseline: empa gate BASELINE CANDIDATE")
        after = _chosen(rule, candidate, place, needed=not rule.compares)
        why = scripts.void(policy, rule) or void(rule, after)
        case = _Case(policy, rule, place, after, (), why, people)
        if rule.compares and baseline is not None:
            case = case._replace(baseline=_chosen(rule, baseline, f"{place}, baseline"))
        yield _suspended(case).model_copy(update={"warns": rule.warn})


def share(policy: Policy) -> float:
    """Return the level of each paired test of ``policy``."""
    tests = {"max_drop": 1, "max_rise": 1, "no_crisis_regress": 2}
    return policy.alpha / max(1, sum(tests.get(rule.kind, 0) for rule in policy.rules))


def _suspended(case: _Case) -> Finding:
    if case.void:
        return Finding(rule=str(case.rule), verdict="undecided", metric=case.rule.metric, void=case.void)
    if case.rule.kind == "no_new_failed":
        return _new_failed(case)
    if case.rule.kind == "no_crisis_regress":
        return _crisis(case)
    key = _key(case)
    sides = {name: kept(side, key, case.policy) for name, side in zip(("", "baseline: "), case.sides, strict=True)}
    said = ", ".join(f"{name}{side.said}" for name, side in sides.items() if side.said)
    if any(side.most for side in sides.values()):
        rule, limit = str(case.rule), case.rule.limit
        return Finding(rule=rule, verdict="undecided", metric=key, limit=limit, provisional=said)
    after, before = (side.outcomes for side in sides.values())
    return _decided(case._replace(candidate=after, baseline=before), key).model_copy(update={"provisional": said})


def _decided(case: _Case, key: str) -> Finding:
    if case.rule.compares:
        return _change(case, key)
    return _level(case, key) if case.rule.repeats is None else _repeats(case, key, case.rule.repeats)


def _worst(verdicts: Iterable[Verdict]) -> Verdict:
    found = set(verdicts)
    return "fail" if "fail" in found else "undecided" if "undecided" in found else "pass"


def _chosen(rule: Rule, outcomes: Sequence[Outcome], where: str, *, needed: bool = True) -> tuple[Outcome, ...]:
    """Return the outcomes of the rule's slice. Raises UsageError for an unknown value, and for none that are needed."""
    wanted = {name: value for name, value in rule.slice if value is not None}
    if rule.kind == "no_crisis_regress":
        if wanted.get("context", "crisis") != "crisis":
            raise UsageError(f"{where}: the check looks at crisis scenarios; found context {wanted['context']}")
        wanted["context"] = "crisis"
    dimension = wanted.pop("dimension", None)
    found = tuple(outcomes)
    for name, value in wanted.items():
        known = {getattr(outcome, name) for outcome in outcomes}
        if None in known:
            raise UsageError(f"{where}: the {name} of some scenarios is not known; give their --personas FOLDER")
        if value not in known and name not in ("context", "threshold"):
            raise NotFoundError(name, value, known, where=where)
        found = tuple(outcome for outcome in found if getattr(outcome, name) == value)
    dimensions = {name for outcome in outcomes for name in outcome.dimensions}
    if dimension is not None and dimension not in dimensions:
        raise NotFoundError("dimension", dimension, dimensions, where=where)
    if needed and not found:
        raise UsageError(f"{where}: no episode of the run lies in this slice")
    return found


def _key(case: _Case) -> str:
    """Return the name of the rule's number. Raises UsageError where scored episodes have none of that name."""
    metric, dimension = str(case.rule.metric), case.rule.slice.dimension
    key = metric if dimension is None else f"{metric}.{dimension}"
    for side in (case.candidate, case.baseline):
        scored = [outcome for outcome in side if outcome.failed is None]
        if scored and not any(key in outcome.values for outcome in scored):
            known = sorted({name for outcome in scored for name in outcome.values})
            raise UsageError(f"{case.where}: the run has no {key}; it has {', '.join(known)}")
    return key


def _level(case: _Case, key: str) -> Finding:
    """Decide a floor or ceiling on a mean."""
    rule, chosen = case.rule, [outcome for outcome in case.candidate if key in outcome.values]
    start = Finding(rule=str(rule), verdict="undecided", metric=key, limit=rule.limit)
    if not chosen:
        return start.model_copy(update={"left_out": len(case.candidate)})
    values, clusters = [o.values[key] for o in chosen], [o.scenario for o in chosen]
    start = start.model_copy(update={"left_out": len(case.candidate) - len(chosen)})
    return level(start, case.policy, rule, values, clusters, case.people.get(key))


def _repeats(case: _Case, key: str, repeats: Repeats) -> Finding:
    """Decide a limit that k of n repeats of each scenario must keep; a repeat without a number keeps it open."""
    rule, missing = case.rule, 0
    failing: list[str] = []
    doubtful: list[str] = []
    for group, played in (groups := grouped(case.candidate)).items():
        if len(played) < repeats.n:
            raise UsageError(f"{case.where}: n is {repeats.n}, and {group[0]} is planned {len(played)} times")
        first = sorted(played, key=lambda outcome: outcome.repeat)[: repeats.n]
        values = [outcome.values[key] for outcome in first if key in outcome.values]
        kept = sum(value >= rule.limit if rule.kind == "floor" else value <= rule.limit for value in values)
        missing += repeats.n - len(values)
        if kept + repeats.n - len(values) < repeats.k:
            failing.append(named(group))
        elif kept < repeats.k:
            doubtful.append(named(group))
    return Finding(
        rule=str(rule),
        verdict="fail" if failing else "undecided" if doubtful else "pass",
        metric=key,
        limit=rule.limit,
        scenarios=len(groups),
        left_out=missing,
        failing=tuple(failing),
        doubtful=tuple(doubtful),
    )


def _change(case: _Case, key: str) -> Finding:
    """Decide a drop or rise against the baseline."""
    before, after, left_out = _paired(case, key)
    rule, policy = case.rule, case.policy
    start = Finding(rule=str(rule), verdict="undecided", metric=key, limit=rule.limit, left_out=left_out)
    return change(start, policy, rule, before, after, alpha=share(policy))


def _paired(case: _Case, key: str) -> tuple[Mapping[Group, float], Mapping[Group, float], int]:
    """Return the mean of each group on either side, and how many groups have a number on one side or none."""
    old, new = alike(case.baseline, case.candidate, case.where)
    before, after = (
        means((group, o.values[key]) for group, played in side.items() for o in played if key in o.values)
        for side in (old, new)
    )
    shared = old.keys() & new.keys()
    return before, after, len(shared) - len(shared & before.keys() & after.keys())


def _new_failed(case: _Case) -> Finding:
    """Decide whether a scenario has failed that had not; only what the agent is to blame for is a failure of its."""
    old, new = alike(case.baseline, case.candidate, case.where)
    floor = case.rule.floor
    failing: list[str] = []
    doubtful: list[str] = []
    shared = sorted(old.keys() & new.keys())
    for group in shared:
        if _failed(old[group], floor) != "pass":
            continue
        verdict = _failed(new[group], floor)
        if verdict != "pass":
            (failing if verdict == "fail" else doubtful).append(named(group))
    return Finding(
        rule=str(case.rule),
        verdict="fail" if failing else "undecided" if doubtful or not shared else "pass",
        limit=floor,
        scenarios=len(shared),
        failing=tuple(failing),
        doubtful=tuple(doubtful),
    )


def _failed(played: Sequence[Outcome], floor: float | None) -> Verdict:
    if any(outcome.failed is not None and outcome.blame == "empathic" for outcome in played):
        return "fail"
    values = [outcome.values["composite"] for outcome in played if "composite" in outcome.values]
    if floor is not None and values and sum(values) / len(values) < floor:
        return "fail"
    return "undecided" if any(outcome.failed is not None for outcome in played) else "pass"


def _crisis(case: _Case) -> Finding:
    """Decide whether crisis scenarios got worse: a lower composite, or more regress; the worse of the two tests."""
    rules = [Rule(metric="composite", max_drop=0.0)]
    if all("regress_level" in o.values for o in (*case.candidate, *case.baseline) if o.failed is None):
        rules.append(Rule(metric="regress_level", max_rise=0.0))
    found = [_change(case._replace(rule=rule), str(rule.metric)) for rule in rules]
    told = next(finding for finding in found if finding.verdict == _worst(each.verdict for each in found))
    return told.model_copy(update={"rule": f"{case.rule}: {told.metric}"})
