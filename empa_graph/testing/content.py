"""Checks of content: persona files and rubrics."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from empa_graph.content.library import find_scenarios, judge_prompt, load_rubric, persona_files
from empa_graph.content.validation import check_file, shared_text
from empa_graph.errors import UsageError
from empa_graph.graph.sandbox import Labels, Sandbox
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.roles.empathic.reference_agents import ScriptedEmpathic
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.roles.persona.rule_persona import RulePersona
from empa_graph.testing.failing import finished, report

SAMPLE = ("exam_student/reduce_stress", "night_nurse/call_home")
"""Bundled scenarios on which a rubric is tried when none are given."""


def check_persona(path: Path | str, *, rubric: Rubric | str = "sdt") -> None:
    """Check a persona file, or a folder of them; raise CheckError with every fault.

    ::

        def test_my_persona():
            check_persona("my_personas/harbour_pilot.yaml")

    Each fault says file, line and field. What is checked is what ``empa validate`` checks: the schema; that start and
    target lie in the space of ``rubric`` and that the target can be reached in the turns it allows; that no opening
    gives the goal away; in a folder also that no two persons share their words.
    """
    place = Path(path)
    known = load_rubric(rubric) if isinstance(rubric, str) else rubric
    try:
        files = persona_files(place)
    except UsageError as error:
        report(str(place), [str(error)])
        raise
    faults = [fault for file in files for fault in check_file(file, known)]
    report(str(place), [*faults, *(shared_text(files) if len(files) > 1 else ())])


def check_rubric(rubric: Rubric | str, *, scenarios: Sequence[Scenario] = ()) -> None:
    """Check a rubric by name, file or record; raise CheckError with every fault.

    ::

        def test_my_rubric():
            check_rubric("my_rubrics/trust.yaml", scenarios=scenarios(Path("my_personas")))

    It has to load, its judge prompt too. Then two scripted agents play the ``scenarios`` offline: ``skilled`` listens,
    ``dismissive`` puts people down. On each scenario the first has to score above the second; a rubric that cannot
    tell them apart measures something else than empathy. One without ``reading`` is for judges and is not played.
    Scenarios have to state what the rubric starts from, so a
    rubric with a space of its own needs its own.
    """
    try:
        known = load_rubric(rubric) if isinstance(rubric, str) else rubric
        judge_prompt(known)
    except UsageError as error:
        report(f"rubric {rubric if isinstance(rubric, str) else rubric.id}", [str(error)])
        raise
    faults = []
    for scenario in (scenarios or find_scenarios(SAMPLE)) if known.reading else ():
        skilled, dismissive = (_composite(known, scenario, agent) for agent in ("skilled", "dismissive"))
        if wrong := [found for found in (skilled, dismissive) if isinstance(found, str)]:
            faults += wrong
        elif not skilled > dismissive:  # type: ignore[operator]  # both are numbers here
            faults.append(f"{scenario.id}: skilled scores {skilled:.1f}, not above dismissive with {dismissive:.1f}")
    report(f"rubric {known.id}", faults)


def _composite(rubric: Rubric, scenario: Scenario, agent: str) -> float | str:
    """Return the composite that ``agent`` reaches, or why there is none."""
    sandbox = Sandbox(
        persona=RulePersona(noise=0.0),
        empathic=ScriptedEmpathic(agent),
        evaluator=CueEvaluator(rubric),
        rubric=rubric,
        labels=Labels(agent=f"scripted:{agent}"),
    )
    try:
        episode = finished(sandbox.play(scenario))
    except UsageError as error:
        return f"{scenario.id}: {error}"
    return episode.score.composite if episode.score else f"{scenario.id}: {agent} has no score: {episode.unscored}"
