"""Checks of content: persona files and rubrics."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from empa_graph.content.graded import graded_file
from empa_graph.content.library import find_scenarios, judge_prompt, load_rubric, persona_files
from empa_graph.content.validation import check_file, shared_text
from empa_graph.errors import UsageError
from empa_graph.graph.sandbox import Labels, Sandbox
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.roles.empathic.graded_agent import EXPERT
from empa_graph.roles.empathic.reference_agents import reference_agent
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.roles.persona.rule_persona import RulePersona
from empa_graph.scoring.space import heading
from empa_graph.testing.failing import finished, report, told_at_the_call

SAMPLE = ("exam_student/reduce_stress", "night_nurse/call_home")
"""Bundled scenarios on which a rubric is tried when none are given."""


@told_at_the_call
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


@told_at_the_call
def check_rubric(rubric: Rubric | str, *, scenarios: Sequence[Scenario] = ()) -> None:
    """Check a rubric by name, file or record; raise CheckError with every fault.

    ::

        def test_my_rubric():
            check_rubric("my_rubrics/trust.yaml", scenarios=scenarios(Path("my_personas")))

    It has to load, its judge prompt too. Then two scripted agents play the ``scenarios`` offline: one listens
    (``expert`` where a bundled persona speaks, else ``template``), ``dismissive`` puts people down. On each scenario
    the first has to move the person further along the way to the target, by the mean of its judged turns; a rubric that
    cannot tell them apart measures something else than empathy. One without ``reading`` is for judges and is not
    played. Scenarios have to state what the rubric starts from, so a rubric with a space of its own needs its own.
    """
    try:
        known = load_rubric(rubric) if isinstance(rubric, str) else rubric
        judge_prompt(known)
    except UsageError as error:
        report(f"rubric {rubric if isinstance(rubric, str) else rubric.id}", [str(error)])
        raise
    faults = []
    for scenario in (scenarios or find_scenarios(SAMPLE)) if known.reading else ():
        listens = EXPERT if graded_file(scenario.persona.id).is_file() else "template"
        better, worse = (_movement(known, scenario, agent) for agent in (listens, "dismissive"))
        if wrong := [found for found in (better, worse) if isinstance(found, str)]:
            faults += wrong
        elif not better > worse:  # type: ignore[operator]  # both are numbers here
            told = f"{listens} moves {better:.4f} a turn, not above dismissive with {worse:.4f}"
            faults.append(f"{scenario.id}: {told}")
    report(f"rubric {known.id}", faults)


def _movement(rubric: Rubric, scenario: Scenario, agent: str) -> float | str:
    """Return how far ``agent`` leads along the way to the target in a judged turn, or why there is no number."""
    sandbox = Sandbox(
        persona=RulePersona(noise=0.0),
        empathic=reference_agent(agent),
        evaluator=CueEvaluator(rubric),
        rubric=rubric,
        labels=Labels(agent=f"scripted:{agent}"),
    )
    try:
        episode = finished(sandbox.play(scenario))
    except UsageError as error:
        return f"{scenario.id}: {error}"
    if episode.score is None:
        return f"{scenario.id}: {agent} has no score: {episode.unscored}"
    path = episode.latent
    whole = [end - start for start, end in zip(path.start, path.position, strict=True)]
    return float(np.dot(whole, heading(path.start, path.target).unit)) / len(path.judged)
