"""What a gate makes of a script: a run that comes from one is refused, and no rule stands on what it voids."""

from __future__ import annotations

from typing import NamedTuple

from empa_graph.gate.finding import Finding
from empa_graph.gate.policy import Policy, Rule
from empa_graph.models.script_finding import SCRIPTED_ABOVE, VOIDED, ScriptFinding

RULE = "no script"


class Scripts(NamedTuple):
    """How far the agents of the runs keep to a script; None for a run that was not looked at, or is not there."""

    script: ScriptFinding | None = None
    baseline_script: ScriptFinding | None = None

    def findings(self, *, allowed: bool) -> list[Finding]:
        """Return a failed finding for each run that is scripted; none where that is ``allowed``."""
        named = {"candidate": self.script, "baseline": self.baseline_script}
        return [
            Finding(
                rule=f"{RULE} ({which})" if self.baseline_script else RULE,
                verdict="fail",
                metric="script_share",
                limit=SCRIPTED_ABOVE,
                mean=found.share,
                void=str(found),
            )
            for which, found in named.items()
            if found is not None and found.scripted and not allowed
        ]

    def void(self, policy: Policy, rule: Rule) -> str:
        """Return why what ``rule`` stands on is void; empty where it is not."""
        what = _voided(rule)
        if policy.allow_scripted or not what:
            return ""
        if self.script is not None and self.script.scripted:
            return VOID.format(what, "candidate" if self.baseline_script else "run")
        if rule.compares and self.baseline_script is not None and self.baseline_script.scripted:
            return VOID.format(what, "baseline")
        return ""


NONE = Scripts()
"""For runs that nobody looked at for a script."""
VOID = "{} is void, since the {} is scripted"


def _voided(rule: Rule) -> str:
    """Return which figure a rule stands on that a script voids; empty for none."""
    if rule.kind == "no_crisis_regress" or (rule.kind == "no_new_failed" and rule.floor is not None):
        return "the composite"
    if rule.metric not in VOIDED:
        return ""
    return "support" if str(rule.metric).startswith("support") else "the composite"
