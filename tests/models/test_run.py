from __future__ import annotations

import pytest
from pydantic import ValidationError

from empa_graph.content.library import content_hashes, load_rubric, scenarios
from empa_graph.models.run import Run
from empa_graph.run.plan import planned, versions

CHOSEN = scenarios()[:2]
RUN = Run(
    id="20261122-101500-skilled",
    created="2026-11-22T10:15:00Z",
    agent="scripted:skilled",
    base_url=None,
    judge_base_url=None,
    variants=("baseline", "aligned"),
    evaluator="cues",
    judges=(),
    personas=None,
    rubric_file=None,
    store=None,
    redaction=None,
    prices=None,
    git=None,
    code={},
    platform={},
    judge_every=1,
    director=None,
    rubric="sdt",
    voice="card",
    profile="balanced",
    noise=0.02,
    seed=11,
    max_turns=20,
    repeats=2,
    concurrency=4,
    parameters={"temperature": 0.7, "max_tokens": 160, "seed": None},
    versions=versions(),
    hashes=content_hashes(CHOSEN, load_rubric()),
    plan=planned(CHOSEN, ("baseline", "aligned"), repeats=2, seed=11),
)


def test_a_manifest_comes_back_from_json():
    again = Run.model_validate_json(RUN.model_dump_json(indent=2))
    assert again == RUN
    assert [item.seed for item in again.plan] == [item.seed for item in RUN.plan]


def test_a_whole_number_among_the_parameters_stays_whole():
    again = Run.model_validate_json(RUN.model_dump_json())
    assert {name: type(value) for name, value in again.parameters.items()} == {
        "temperature": float,
        "max_tokens": int,
        "seed": type(None),
    }


def test_a_manifest_is_frozen_with_its_plan():
    with pytest.raises(ValidationError, match="frozen"):
        RUN.seed = 12
    with pytest.raises(ValidationError, match="frozen"):
        RUN.plan[0].repeat = 9


@pytest.mark.parametrize("secret", ["api_key", "cwd", "host"])
def test_a_manifest_has_no_place_for_secrets_or_machines(secret: str):
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Run.model_validate(RUN.model_dump() | {secret: "x"})


ADDED = {"schema_version", "speaks", "on_interrupt", "context", "initial", "extra", "imports"}
"""What manifests of earlier versions do not state."""


@pytest.mark.parametrize("field", sorted(set(Run.model_fields) - ADDED))
def test_a_manifest_states_everything(field: str):
    with pytest.raises(ValidationError, match=f"{field}\n  Field required"):
        Run.model_validate(RUN.model_dump(exclude={field}))
