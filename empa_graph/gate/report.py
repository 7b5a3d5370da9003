"""A gate's findings for people and for machines: sentences, JUnit XML, a GitHub step summary.

What was said in conversations is untrusted: it is cut short, freed of control characters, and escaped.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from xml.etree import ElementTree

from empa_graph.gate.finding import Finding, Gate
from empa_graph.gate.left_out import RULE as SAME, said
from empa_graph.gate.scripted import RULE
from empa_graph.models.episode import Episode
from empa_graph.models.latent import LatentState, Step
from empa_graph.report.text import many, one_line, plain, shortened
from empa_graph.scoring.statistics import alike

LISTED = 10
"""Scenarios named in a report; the rest is counted."""
QUOTED = 160
"""Characters of evidence shown."""
_HARMLESS = frozenset(" ,.;'()/-+%")
_WORDS = {"pass": "passed", "fail": "failed", "undecided": "undecided", "warning": "warning"}


class Worst(NamedTuple):
    """A scenario by what it came to, and the turn of its worst episode that cost most."""

    scenario: str
    composite: float | None
    """Mean over the episodes with a score; None where there is none."""
    change: float | None
    """Against the baseline; None without one."""
    turn: int | None
    cost: float | None
    """Movement away from the target at that turn, in units of the space; below 0 it still moved towards it."""
    evidence: str
    """What the judge quoted for its highest regress at that turn; untrusted, and empty where there is none."""
    void: bool = False
    """Whether the composite is void, since the run is scripted: then there is none, and no change."""

    @property
    def shown(self) -> str:
        """The composite as it is shown."""
        return "void" if self.void else "-" if self.composite is None else f"{self.composite:.1f}"


def sentence(finding: Finding) -> str:
    """Say what a finding stands on, numbers rounded; for an undecided one, what would decide it."""
    if finding.void:
        return finding.void
    if finding.provisional and finding.verdict == "undecided" and not finding.scenarios:
        return f"{finding.provisional}; allow_provisional in the policy lets them count"
    parts = [_listed("fail", finding.failing), _listed("open", finding.doubtful), *_measured(finding)]
    if finding.verdict == "undecided" and not finding.doubtful:
        parts.insert(0, _undecided(finding))
    if finding.left_out:
        parts.append(f"{finding.left_out} left out{'' if finding.provisional else ', without a number'}")
    parts.append(finding.provisional)
    return "; ".join(part for part in parts if part) or many(finding.scenarios, "scenario")


def _measured(finding: Finding) -> Iterable[str]:
    if finding.mean is None:
        return
    bounds = "" if finding.low is None or finding.high is None else f" [{finding.low:.3g}, {finding.high:.3g}]"
    bounds = f" ({alike(finding.scenarios)})" if finding.alike else bounds
    if finding.change is None:
        corrected = "corrected " if finding.raw is not None else ""
        yield f"{corrected}mean {finding.mean:.4g}{bounds} over {_scenarios(finding.scenarios)}{_raw(finding)}"
        return
    yield f"{finding.baseline:.4g} to {finding.mean:.4g}, change {finding.change:+.3g}{bounds}"
    if finding.p_value is not None and finding.alpha is not None:
        test = f"{finding.test}, " if finding.test else ""
        yield f"p {finding.p_value:.2g} ({test}level {finding.alpha:.2g}) over {_scenarios(finding.scenarios)}"


def _raw(finding: Finding) -> str:
    """Say what the evaluator's own mean is, where it is corrected by people's ratings."""
    if finding.raw is None:
        return ""
    known = finding.raw_low is not None and finding.raw_high is not None
    bounds = f" [{finding.raw_low:.3g}, {finding.raw_high:.3g}]" if known else ""
    return f", by {finding.labelled} rated groups; the evaluator's own mean is {finding.raw:.4g}{bounds}"


def _undecided(finding: Finding) -> str:
    kind = "change" if finding.alpha is None else "drop" if "drop" in finding.rule else "change"
    if why := _nothing_to_weigh(finding):
        return why
    if finding.detectable is None:
        what = f"{_scenarios(finding.scenarios)} cannot show a {kind} of any size"
    else:
        what = f"{_scenarios(finding.scenarios)} detect a {kind} of {finding.detectable:.2g}"
    if finding.needed is None and finding.raw is not None:
        return f"{what}; more of them alone would not decide, more rated conversations might"
    if finding.needed is None:
        return what
    if finding.needed <= finding.scenarios:
        return f"{what}; it lies at the edge, and more repeats or scenarios would decide"
    return f"{what}; about {finding.needed} would decide"


def _nothing_to_weigh(finding: Finding) -> str:
    """Say why no spread and no test could decide; empty where one could."""
    if finding.scenarios == 0:
        return "no scenario has a number"
    if finding.alike and finding.alpha is None:
        return f"fewer than {finding.needed} equal values bound no mean"
    if finding.alike and finding.needed and not finding.floored:
        return f"fewer than {finding.needed} equal changes bound nothing"
    return finding.floored


def _scenarios(count: int) -> str:
    return many(count, "scenario")


def _listed(word: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return f"{word}: {', '.join(names[:LISTED])}{more}"


def worst(
    candidate: Iterable[Episode], baseline: Iterable[Episode] | None = None, *, void: bool = False
) -> tuple[Worst, ...]:
    """Return every scenario of ``candidate``, worst first.

    Those without a score lead, then the greatest drop from the baseline, or the lowest composite without one. Where
    the composites are ``void``, the turn that cost most decides.
    """
    plays: defaultdict[str, list[Episode]] = defaultdict(list)
    for episode in candidate:
        plays[episode.scenario].append(episode)
    before = _composites(baseline or ())
    after = _composites(episode for played in plays.values() for episode in played)
    rows = []
    for scenario, played in plays.items():
        composite, old = after.get(scenario), before.get(scenario)
        change = None if composite is None or old is None else composite - old
        turn, cost, evidence = _costliest(min(played, key=_standing).latent)
        rows.append(Worst(scenario, composite, change, turn, cost, evidence))
    if void:
        rows = [row._replace(composite=None, change=None, void=True) for row in rows]
    return tuple(sorted(rows, key=_badness))


def _badness(row: Worst) -> tuple[float, float, str]:
    composite = -math.inf if row.composite is None else row.composite
    change = -math.inf if row.composite is None else 0.0 if row.change is None else row.change
    return change, -(row.cost or 0.0) if row.void else composite, row.scenario


def _standing(episode: Episode) -> float:
    return episode.score.composite if episode.score else -1.0


def _composites(episodes: Iterable[Episode]) -> Mapping[str, float]:
    found: defaultdict[str, list[float]] = defaultdict(list)
    for episode in episodes:
        if episode.score is not None:
            found[episode.scenario].append(episode.score.composite)
    return {scenario: sum(values) / len(values) for scenario, values in found.items()}


def _costliest(latent: LatentState) -> tuple[int | None, float | None, str]:
    """Return the judged turn that led furthest back from the target, its cost and its evidence; none where none did."""
    ideal = [b - a for a, b in zip(latent.start, latent.target, strict=True)]
    length = math.hypot(*ideal) or 1.0
    costs = [
        (-sum(a * b for a, b in zip(step.increment, ideal, strict=True)) / length, step)
        for step in latent.judged
        if step.increment is not None
    ]
    cost, step = max(costs, key=lambda pair: pair[0], default=(0.0, None))
    if step is None or cost <= 0.0:
        return None, None, ""
    return step.turn, cost, _evidence(step)


def _evidence(step: Step) -> str:
    items = step.assessment.items if step.assessment else ()
    found = max(items, key=lambda item: item.regress, default=None)
    return found.regress_evidence if found is not None and found.regress else ""


def junit(gate: Gate, *, name: str) -> bytes:
    """Return the findings as JUnit XML in UTF-8: a test case per rule; undecided is skipped or failed by policy."""
    failed = [finding for finding in gate.findings if _fails(finding, gate)]
    skipped = [finding for finding in gate.findings if finding.verdict == "undecided" and finding not in failed]
    counts = {"tests": len(gate.findings), "failures": len(failed), "errors": 0, "skipped": len(skipped)}
    suite = ElementTree.Element(
        "testsuite", {"name": plain(f"empa gate {name}"), **{key: str(value) for key, value in counts.items()}}
    )
    for finding in gate.findings:
        case = ElementTree.SubElement(suite, "testcase", classname="empa.gate", name=plain(finding.rule))
        told = plain(sentence(finding))
        if finding in failed:
            ElementTree.SubElement(case, "failure", type=finding.verdict, message=told)
        elif finding in skipped:
            ElementTree.SubElement(case, "skipped", message=told)
        else:
            warning = "warning: " if finding.word == "warning" else ""
            ElementTree.SubElement(case, "system-out").text = f"{warning}{told}"
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def gate_notes(gate: Gate) -> list[str]:
    """Return what no finding says: of scripts, and of scenarios that only one of both runs played."""
    told = any(finding.rule == SAME for finding in gate.findings)
    notes = [said("baseline", gate.only_baseline)] if gate.only_baseline and not told else []
    notes += [said("candidate", gate.only_candidate)] if gate.only_candidate else []
    return [*_script_notes(gate), *notes]


def _script_notes(gate: Gate) -> list[str]:
    """Return what no finding says of scripts: one that the policy allows, and one that so few cannot show."""
    refused = any(finding.rule.startswith(RULE) for finding in gate.findings)
    notes = []
    for which, found in (("run", gate.script), ("baseline", gate.baseline_script)):
        if found is not None and found.scripted and not refused:
            notes.append(f"the {which} is scripted, which the policy allows: {found}")
        elif found is not None and found.beyond and not found.scripted:
            notes.append(f"the {which} seems scripted: {found}; provisional, since so few void nothing")
    return notes


def _fails(finding: Finding, gate: Gate) -> bool:
    """Whether a finding makes its gate fail; an undecided one does where the gate fails for nothing else."""
    if finding.warns:
        return False
    lone = gate.verdict == "undecided" and gate.failed
    return finding.verdict == "fail" or (lone and finding.verdict == "undecided")


def conclusion(gate: Gate) -> str:
    """Return the verdict in words: passed, failed, undecided, or undecided and failed by the policy."""
    return "undecided, which the policy fails" if gate.failed and gate.verdict != "fail" else _WORDS[gate.verdict]


def summary(gate: Gate, rows: Sequence[Worst], *, name: str, notes: Sequence[str] = ()) -> str:
    """Return a GitHub step summary: the verdict, the findings, and the worst scenarios with what cost most.

    ``notes`` are lines about what the figures stand on.
    """
    lines = [f"## Gate {_escaped(name)}: {conclusion(gate)}", ""]
    if gate.verdict == "undecided":
        lines += ["**Warning:** the data cannot decide. See the rules below for what would.", ""]
    lines += [text for told in gate_notes(gate) for text in (f"**Warning:** {_escaped(told)}", "")]
    lines += ["| rule | verdict | what it stands on |", "|---|---|---|"]
    for found in gate.findings:
        lines.append(f"| {_escaped(found.rule)} | {_WORDS[found.word]} | {_escaped(sentence(found))} |")
    lines += ["", *(f"- {_escaped(note)}" for note in notes)] if notes else []
    return "\n".join([*lines, *(_worst_lines(rows) if rows else ())]) + "\n"


def _worst_lines(rows: Sequence[Worst]) -> list[str]:
    lines = ["", "### Worst scenarios", ""]
    lines += ["| scenario | composite | change | costliest turn | cost | evidence |", "|---|---:|---:|---:|---:|---|"]
    lines += [_row(row) for row in rows[:LISTED]]
    if len(rows) > LISTED:
        lines += ["", f"and {len(rows) - LISTED} more scenarios."]
    return [
        *lines,
        "",
        "Cost: movement away from the target at that turn, in units of the space. Evidence: the agent's words.",
    ]


def _row(row: Worst) -> str:
    cells = (
        _escaped(row.scenario),
        "no score" if row.shown == "-" else row.shown,
        "-" if row.change is None else f"{row.change:+.1f}",
        "-" if row.turn is None else str(row.turn),
        "-" if row.cost is None else f"{row.cost:+.2f}",
        f"<code>{_escaped(shortened(row.evidence, QUOTED))}</code>" if row.evidence.strip() else "-",
    )
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    """Return ``text`` in one line as character references, so that Markdown and HTML read nothing into it."""
    line = one_line(text)
    return "".join(c if c.isalnum() or c in _HARMLESS or ord(c) > 0x7F else f"&#{ord(c)};" for c in line)
