from __future__ import annotations

import random
from typing import Any

import pytest

from empa_graph.content.library import load_rubric
from empa_graph.models.episode import Note
from empa_graph.roles.director.rules import RuleDirector
from empa_graph.roles.empathic.reference_agents import ScriptedEmpathic
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.roles.persona.rule_persona import RulePersona
from empa_graph.roles.views import EmpathicView, EmpathicWrite, ObserverView, ObserverWrite, PersonaView, PersonaWrite
from empa_graph.testing import CheckError, check_role
from tests.scripted_parts import agent, person


def faults(role: Any, seat: str, **options: Any) -> tuple[str, ...]:
    with pytest.raises(CheckError) as caught:
        check_role(role, seat, **options)
    return caught.value.faults


@pytest.mark.parametrize(
    ("role", "seat"),
    [
        (RulePersona(), "persona"),
        (ScriptedEmpathic("template"), "empathic"),
        (CueEvaluator(load_rubric()), "evaluator"),
        (RuleDirector(), "director"),
    ],
)
def test_the_roles_of_the_package_pass(role: Any, seat: str):
    check_role(role, seat)


async def test_a_check_runs_inside_a_running_loop_too():
    check_role(ScriptedEmpathic("generic"), "empathic")


def test_a_role_without_annotations_is_refused():
    async def role(view):  # type: ignore[no-untyped-def]
        return {}

    assert "must annotate its view" in faults(role, "empathic")[0]


def test_a_role_that_wants_to_see_more_than_its_seat_may_is_refused():
    async def role(view: PersonaView) -> EmpathicWrite:
        return EmpathicWrite(messages=[])

    assert "role 'empathic' sees" in faults(role, "empathic")[0]


def test_a_role_that_writes_another_channel_is_said():
    async def role(view: EmpathicView) -> EmpathicWrite:
        return EmpathicWrite(messages=[agent(1, "Hm.")], latent="moved")  # type: ignore[typeddict-unknown-key]

    assert "wrote 'latent', which it does not own" in faults(role, "empathic")[0]


def test_a_role_that_changes_its_view_is_said():
    async def role(view: EmpathicView) -> EmpathicWrite:
        view["messages"].clear()
        return EmpathicWrite(messages=[agent(1, "Hm.")])

    assert "it changes 'messages' of its view; a view is read only" in faults(role, "empathic")


def test_chance_that_does_not_come_from_the_seed_is_said_unless_it_is_allowed():
    async def role(view: EmpathicView) -> EmpathicWrite:
        return EmpathicWrite(messages=[agent(view["messages"][-1].turn, f"{random.random()}")])

    (fault,) = faults(role, "empathic")
    assert "the same view gave another write" in fault
    check_role(role, "empathic", deterministic=False)


def test_a_role_that_fails_is_said_with_its_turn():
    async def role(view: ObserverView) -> ObserverWrite:
        return ObserverWrite(notes=[Note(author="watch", turn=1, content=view["standing"].moves[7])])

    assert any("turn 1" in fault and "IndexError" in fault for fault in faults(role, "watch"))


def test_several_faults_are_listed_once_each():
    async def role(view: PersonaView) -> PersonaWrite:
        view["seed"] = 1
        return PersonaWrite(messages=[person(len(view["messages"]) // 2 + 1, f"{random.random()}")])

    assert len(faults(role, "persona")) == 2
