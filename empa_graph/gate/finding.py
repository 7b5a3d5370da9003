"""What a gate says: a finding for each rule, and the verdict over all."""

from __future__ import annotations

from typing import Literal

from empa_graph.models.record import Record
from empa_graph.models.script_finding import ScriptFinding

Verdict = Literal["pass", "fail", "undecided"]


class Finding(Record):
    """What a rule came to, and on what; None for what plays no part in it or cannot be said."""

    rule: str
    verdict: Verdict
    warns: bool = False
    """Whether the rule only warns, whatever its verdict."""
    metric: str | None = None
    limit: float | None = None
    mean: float | None = None
    baseline: float | None = None
    low: float | None = None
    high: float | None = None
    """95% interval: of the mean, or of candidate minus baseline."""
    raw: float | None = None
    """The mean as the evaluator has it, where ``mean`` is corrected by people's ratings; None where it is not."""
    raw_low: float | None = None
    raw_high: float | None = None
    """95% interval of ``raw``."""
    labelled: int | None = None
    """Groups of rated conversations that the correction stands on."""
    change: float | None = None
    """Candidate minus baseline over paired scenarios."""
    p_value: float | None = None
    test: Literal["sign flips", "t-test"] | None = None
    """The paired test that decided, which gave the p-value."""
    alpha: float | None = None
    """The level of this test: the policy's, shared among its tests."""
    power: float | None = None
    """How likely so many scenarios with this spread show the change ``detect`` beyond the limit."""
    detect: float | None = None
    detectable: float | None = None
    """The change beyond the limit that this many scenarios show with the policy's power."""
    needed: int | None = None
    """How many scenarios would decide; None where it is decided or no number would."""
    scenarios: int = 0
    left_out: int = 0
    """Episodes, or pairs, without a number."""
    failing: tuple[str, ...] = ()
    """The scenarios that fail, for rules that look at each."""
    doubtful: tuple[str, ...] = ()
    """Those that cannot be decided."""
    floored: str = ""
    """Why a worse candidate could not show, in a phrase: the baseline lies at the worst end of the metric's range."""
    void: str = ""
    """Why there is nothing to decide by, in a phrase: a run is scripted, or played no such scenario."""
    provisional: str = ""
    """How many values were left out since they stand on too few replies; where these are most, nothing is decided."""

    @property
    def alike(self) -> bool:
        """Whether the mean is one of a few equal values, which have no interval."""
        return self.mean is not None and self.low is None and self.scenarios > 1

    @property
    def word(self) -> str:
        """The verdict as it is shown: a warning in the place of a failure where the rule only warns."""
        return "warning" if self.warns and self.verdict == "fail" else self.verdict


class Alone(Record):
    """Scenarios that only one of two runs was to play."""

    count: int
    of: int
    """How many that run was to play in all."""
    first: tuple[str, ...]
    """The first few, by name."""


class Gate(Record):
    """All findings of a policy, and the verdict over them."""

    policy: str
    verdict: Verdict
    passed: bool
    """Whether every rule passed but those that only warn; what is undecided did not."""
    failed: bool
    """Whether a rule failed, or one is undecided and the policy fails that."""
    findings: tuple[Finding, ...]
    script: ScriptFinding | None = None
    """How far the agent of the run keeps to a script; None where nobody looked."""
    baseline_script: ScriptFinding | None = None
    only_baseline: Alone | None = None
    """What the baseline played and the candidate did not; None for nothing."""
    only_candidate: Alone | None = None
