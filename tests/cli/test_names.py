"""``empa list KIND``: names of the package and of extensions, without importing any."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from empa_graph.cli.names import LISTED
from empa_graph.content.registry import REGISTRY
from tests.command import empa, personas_with


def names(kind: str, *words: object) -> dict[str, str]:
    done = empa("list", kind, *words, "--json")
    assert (done.code, done.err) == (0, "")
    return {row["name"]: row["of"] for row in json.loads(done.out)}


@pytest.mark.parametrize(
    ("kind", "known"),
    [
        ("personas", "exam_student"),
        ("rubrics", "epm"),
        ("evaluators", "cues-minilm"),
        ("evaluators", "cues-smollm"),
        ("roles", "scripted:template"),
        ("metrics", "composite"),
        ("executors", "asyncio"),
        ("providers", "anthropic"),
    ],
)
def test_each_kind_has_the_names_of_the_package_and_registered_ones_with_their_owner(kind: str, known: str):
    with REGISTRY.scratch():
        REGISTRY.registered(LISTED[kind], "of_mine")(len)
        found = names(kind)
    assert (found[known], found["of_mine"]) == ("the package", "builtins.len")
    assert known in empa("list", kind).out


def test_a_slip_in_a_kind_is_answered_with_the_kind_and_one_in_a_persona_with_the_persona():
    assert empa("list", "evaluatrs").err == "empa: unknown kind 'evaluatrs'. Did you mean 'evaluators'?\n"
    assert empa("list", "persona").err == "empa: unknown kind 'persona'. Did you mean 'personas'?\n"
    assert "Did you mean 'exam_student'?" in empa("list", "exam_studnt").err
    assert "Did you mean" not in empa("list", "kitchen").err


def test_every_kind_of_extension_can_be_listed():
    assert set(LISTED.values()) == {"role", "persona", "rubric", "evaluator", "metric", "executor", "provider"}


def test_persons_of_a_folder_are_listed_in_the_place_of_the_bundled_ones(tmp_path: Path):
    folder = personas_with(tmp_path / "cards", "id: exam_student", "id: exam_student")
    assert names("personas", "--personas", folder) == {"exam_student": str(folder)}


def test_an_option_for_scenarios_is_refused():
    done = empa("list", "rubrics", "--context", "work")
    assert (done.code, done.err) == (2, "empa: --context is for scenarios; `empa list rubrics` lists names\n")
