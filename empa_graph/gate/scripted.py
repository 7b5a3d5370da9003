"""What a gate makes of a script: a run that comes from one is refused, and no rule stands on its composite."""

from __future__ import annotations

from typing import NamedTuple

from empa_graph.gate.finding import Finding
from empa_graph.gate.policy import Policy, Rule
from empa_graph.models.script_finding import COMPOSITES, SCRIPTED_ABOVE, ScriptFinding

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
        """Return why ``rule`` has no composite to stand on; empty where it has, or stands on something else."""
        if policy.allow_scripted or not _on_composite(rule):
            return ""
        if self.script is not None and self.script.scripted:
            return VOID.format("candidate" if self.baseline_script else "run")
        if rule.compares and self.baseline_script is not None and self.baseline_script.scripted:
            return VOID.format("baseline")
        return ""


NONE = Scripts()
"""For runs that nobody looked at for a script."""
VOID = "the composite is void, since the {} is scripted"


def _on_composite(rule: Rule) -> bool:
    if rule.kind == "no_new_failed":
        return rule.floor is not None
    return rule.kind == "no_crisis_regress" or rule.metric in COMPOSITES
