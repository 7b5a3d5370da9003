from __future__ import annotations

import pytest
from pydantic import ValidationError

from empa_graph.content.library import content_hashes, load_rubric, scenarios
from empa_graph.errors import ContentError
from empa_graph.models.run import Run, planned, read_run
from empa_graph.run.provenance import versions
from tests.records import config

CHOSEN = scenarios()[:2]
SETTINGS = {"empathic": "scripted:template", "variants": ("baseline", "aligned"), "repeats": 2, "seed": 11}
RUN = Run(
    id="20261122-101500-template",
    created="2026-11-22T10:15:00Z",
    config=config(**SETTINGS),
    rubric="sdt",
    git=None,
    code={},
    platform={},
    versions=versions(),
    hashes=content_hashes(CHOSEN, load_rubric()),
    plan=planned(CHOSEN, ("baseline", "aligned"), repeats=2, seed=11),
)


def test_a_manifest_comes_back_from_json():
    again = Run.model_validate_json(RUN.model_dump_json(indent=2))
    assert again == RUN
    assert [item.seed for item in again.plan] == [item.seed for item in RUN.plan]


def test_a_manifest_is_frozen_with_its_plan():
    with pytest.raises(ValidationError, match="frozen"):
        RUN.id = "other"
    with pytest.raises(ValidationError, match="frozen"):
        RUN.plan[0].repeat = 9


@pytest.mark.parametrize("secret", ["api_key", "cwd", "host"])
def test_a_manifest_has_no_place_for_secrets_or_machines(secret: str):
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Run.model_validate(RUN.model_dump() | {secret: "x"})


UNSTATED = {"schema_version", "recorded", "handed", "judge_checks", "calibration"}
"""What most manifests have nothing to say of."""


@pytest.mark.parametrize("field", sorted(set(Run.model_fields) - UNSTATED))
def test_a_manifest_states_everything(field: str):
    with pytest.raises(ValidationError, match=f"{field}\n  Field required"):
        Run.model_validate(RUN.model_dump(exclude={field}))


def test_a_manifest_of_another_version_is_one_line():
    old = RUN.model_dump_json().replace('"schema_version":2', '"schema_version":1')
    with pytest.raises(ContentError) as caught:
        read_run(old, "runs/old/run.json")
    assert str(caught.value) == ("runs/old/run.json has schema version 1, this version reads 2; play it again")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("{", "run.json: the record: Invalid JSON"),
        ("[]", "run.json: the record: Input should be an object"),
        (RUN.model_dump_json().replace('"seed":11', '"sed":11', 1), "run.json: config: unknown setting 'suite.sed'"),
        (
            RUN.model_dump_json().replace('"rubric":"sdt"', '"rubric":5'),
            "run.json: rubric: Input should be a valid string",
        ),
    ],
)
def test_a_manifest_that_cannot_be_read_is_one_line(text: str, line: str):
    with pytest.raises(ContentError, match=r"\A[^\n]*\Z") as caught:
        read_run(text, "run.json")
    assert str(caught.value).startswith(line)
