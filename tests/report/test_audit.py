"""The record of an audit dossier."""

from __future__ import annotations

from typing import get_args

import pytest

from empa_graph.content.library import bundled_rubrics, load_rubric, scenarios
from empa_graph.models.behaviour import BEHAVIOURS, HANDOFF
from empa_graph.models.episode import Closing, PersonaState
from empa_graph.models.failure import Failure
from empa_graph.models.run import Planned
from empa_graph.models.stop_rule import Verdict
from empa_graph.report.audit.build import Checked
from empa_graph.report.audit.coverage import coverage
from empa_graph.report.audit.document import document
from empa_graph.report.audit.knowledge import glossary, mappings, references
from empa_graph.report.audit.records import Chain, Counted, Dossier
from empa_graph.report.audit.validity import validity
from empa_graph.report.page.build import page
from tests.records import episode, run
from tests.report.audit_parts import CRISIS, audited, in_danger
from tests.report.page_parts import source, walked


def planned(*names: str) -> tuple[Planned, ...]:
    return tuple(Planned(scenario=name, variant="baseline", repeat=0, seed=1) for name in names)


def crisis_run() -> Dossier:
    """Return a run of two crises, one met and one passed over, and of a conversation at work."""
    met = in_danger({"asking_danger": 4.0}, {"service": 3.0}, {"service": 4.0, "distance": 2.9}, handoff=2)
    missed = in_danger({"passing_danger": 4.0}, scenario="exam_student/after_failing")
    calm = in_danger({"alarming": 4.0}, scenario="exam_student/reduce_stress")
    made = run(plan=planned(met.scenario, missed.scenario, calm.scenario))
    return audited(source(met, missed, calm, made=made))


def count(found: Dossier, what: str) -> Counted:
    return next(one for one in found.crisis.counts if what in one.what)


def test_its_figures_are_those_of_a_report():
    held = source(walked(), walked(repeat=1))
    assert audited(held).figures == page([held], {}).page


def test_the_parts_of_a_hand_off_are_counted_with_the_turn_of_each():
    found = crisis_run()
    assert [case.name for case in found.crisis.cases] == [CRISIS, "exam_student/after_failing"]
    offered = count(found, "Help was offered")
    assert (offered.count, offered.of, offered.rows) == (1, 2, ("conversation-1-turn-2",))
    assert count(found, "names a crisis service").rows == ("conversation-1-turn-2",)
    assert count(found, "puts distance").count == 0
    assert count(found, "passes over").rows == ("conversation-2-turn-1",)
    assert count(found, "raises alarm").rows == ("conversation-3",)


def test_help_is_accepted_by_those_alone_who_can_say_so():
    able = [PersonaState(trust=0.5, openness=0.5, help_accepted=said) for said in (True, False, None)]
    held = [in_danger({"service": 4.0}, persona_state=state, repeat=n) for n, state in enumerate((*able, None))]
    found = count(audited(source(*held)), "accepted help")
    assert (found.count, found.of, found.rows) == (1, 2, ("conversation-1",))


def test_the_counts_of_a_year_are_of_replies_and_name_nobody():
    (year,) = crisis_run().years
    assert year.year == "2026"
    assert [one.count for one in year.counts] == [3, 2, 1, 2]
    assert not any(CRISIS in text for one in year.counts for text in (one.what, *one.rows))


def test_a_run_without_crisis_says_so_and_counts_no_part():
    found = audited(source(walked()))
    assert found.crisis.cases == ()
    assert [one.count for one in found.crisis.counts if one.of is None] == [0]
    text = " ".join(
        span.text for section in document(found) for block in section.blocks for span in getattr(block, "line", ())
    )
    assert "nothing is said here of how the system meets danger" in text


def test_a_run_in_which_all_failed_has_a_dossier_without_means():
    why = Failure(turn=1, blame="provider", kind="unreachable", detail="no answer")
    found = audited(source(episode(score=None, ending="failed", failure=why)))
    assert found.figures.entrants[0].summary.metrics == {}
    results = next(section for section in document(found) if section.id == "results")
    cells = [
        span.text
        for block in results.blocks
        for row in getattr(block, "rows", ())
        for cell in row.cells
        for span in cell
    ]
    assert "0 of 1" in cells and "model service" in cells


def test_danger_in_a_saved_conversation_is_known_by_words_alone():
    said = in_danger({"service": 4.0}, scenario="-", conversation="one", ending="recorded")
    found = audited(source(said)._replace(run=None))
    assert [(case.known_by, case.accepted) for case in found.crisis.cases] == [("words", None)]
    assert (found.coverage.unknown, found.coverage.cells) == (("conversation-1",), ())
    assert found.sheet[0][0] == "Where do the conversations come from?"
    assert found.years[0].year == "no date"


def test_an_evaluator_that_codes_nothing_is_no_evidence_of_absence():
    found = audited(source(episode(scenario=CRISIS), made=run(plan=planned(CRISIS))))
    assert not found.crisis.coded and len(found.crisis.cases) == 1
    assert not [one.what for one in found.crisis.counts if "service" in one.what or "alarm" in one.what]
    assert crisis_run().crisis.coded


def test_gaps_name_what_was_left_out():
    known = {one.id: one for one in scenarios() if one.persona.id == "exam_student" and one.goal.context == "casual"}
    found = coverage([episode(scenario=name) for name in known], known, scenarios())
    gaps = " ".join(found.gaps)
    assert "No conversation of context work, crisis." in gaps and "65 and over" in gaps
    assert "Nobody under 18" in gaps and "Ilonggo Filipino" in gaps
    assert sum(cell.scenarios for cell in found.cells if cell.aspect == "age") == len(known)


def test_every_conversation_stands_in_one_cell_of_each_closed_aspect():
    known = {one.id: one for one in scenarios()}
    found = coverage([episode(scenario=name) for name in known], known, known.values())
    for aspect in ("context", "language", "age", "gender", "culture", "country", "threshold"):
        places = [place for cell in found.cells if cell.aspect == aspect for place in cell.conversations]
        assert sorted(places) == sorted(f"conversation-{n + 1}" for n in range(len(known)))


@pytest.mark.parametrize("name", sorted(bundled_rubrics()))
def test_every_dimension_of_a_bundled_rubric_has_a_reference(name: str):
    assert [d.id for d in load_rubric(name).space.dimensions if f"{name}.{d.id}" not in references()] == []


def test_every_behaviour_has_a_reference():
    assert [behaviour for behaviour in BEHAVIOURS if behaviour not in references()] == []
    assert set(HANDOFF) <= set(references())


def test_a_rubric_that_is_not_the_bundled_one_lists_no_item():
    other = audited(source(episode(), made=run(hashes={"rubric:sdt": "0" * 64})))
    assert (other.grounding.same, other.grounding.measured, other.grounding.items) == (False, False, ())
    mine = audited(source(episode()))
    assert mine.grounding.same and len(mine.grounding.items) == 4 + len(BEHAVIOURS)


def test_validity_is_the_page_of_the_documentation():
    found = validity()
    tables = [table for part in found.parts for table in part.tables]
    row = ("esconv", "support / coder's signed sum", "pearson")
    assert any(cells[:3] == row for table in tables for cells in table.rows)
    assert len(found.digest) == 12 and len(tables) >= 4
    assert any("the baseline" in text for part in found.parts for text in part.texts)
    assert any("clinical work" in told for told in found.conclusions)
    assert all(len(cells) == len(table.head) for table in tables for cells in table.rows)


def test_questions_lead_to_sections_that_are_there():
    there = {section.id for section in document(audited(source(episode())))}
    named = {name for one in mappings().frameworks for asked in one.questions for name in asked.sections}
    assert named <= there


def test_no_text_claims_compliance():
    said = mappings().model_dump_json().lower()
    assert not [word for word in ("complies", "compliant", "certified", "fulfils") if word in said]


def test_the_glossary_has_the_words_of_the_tables():
    words = " ".join(f"{term.term} {term.means}" for term in glossary()).lower()
    for name in ("composite", "progress", "support", "alignment", "impact", "stability", "rubric", "kappa", "seal"):
        assert name in words


def test_faults_of_the_chain_stand_first():
    chain = Chain(links=3, head="ab", sealed=True, faults=("edited: turn 1 of episode 1",))
    short = document(audited(source(episode()), Checked(chain)))[0]
    told = ["".join(span.text for span in block.line) for block in short.blocks if getattr(block, "warning", False)]
    assert "turn 1 of episode 1" in told[0]


def test_every_ending_and_every_fact_of_a_run_is_explained():
    known = audited(source(episode()))
    assert {*get_args(Verdict), *get_args(Closing), "failed", "recorded"} - set(known.endings) == set()
    named = {name for name, _ in known.figures.runs[0].facts}
    assert named - set(known.facts) == set()
