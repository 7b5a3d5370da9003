from __future__ import annotations

from typing import Any

import pytest

from empa_graph.content.library import content_hashes, load_rubric
from empa_graph.models.config import RunConfig
from empa_graph.models.rubric import with_max_turns
from empa_graph.models.run import Planned, Run
from empa_graph.report.comparison import Comparison, comparison
from empa_graph.report.manifest_fields import APART, BLOCKING, OTHER
from tests.records import FIELDS, run

SESSIONS = ("limits.", "execution.")
"""The parts whose settings say how a session went."""
HASHES = {"persona:someone": "aa", "rubric:sdt": "bb", "prompt:behaviours_judge.md": "cc"}


def known(**changes: Any) -> Run:
    return run(**{"hashes": HASHES, "versions": {"empa-graph": "1.2.3", "openai": "3.50"}, **changes})


def changed(**changes: Any) -> Comparison:
    return comparison(known(), known(**changes))


def fields(found: Comparison) -> tuple[list[str], list[str]]:
    return [row.field for row in found.blocking], [row.field for row in found.other]


def named(field: str) -> str:
    """Return a field as a comparison names it."""
    return field if field in Run.model_fields and field != "config" else FIELDS[field]


def planned(*scenarios: str, seed: int = 0) -> tuple[Planned, ...]:
    return tuple(Planned(scenario=name, variant="baseline", repeat=0, seed=seed) for name in scenarios)


def test_two_runs_of_the_same_order_do_not_differ():
    found = changed(id="20260202-000000-agent", created="2026-02-02T00:00:00+00:00")
    assert found == Comparison(comparable=True, blocking=(), other=())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("evaluator", "judge"),
        ("judges", ("openai:a",)),
        ("judge_every", 2),
        ("judge_temperature", 0.5),
        ("judge_max_tokens", 1_000),
        ("director", "rules"),
        ("extra", ("empathic:a:b",)),
        ("rubric", "epm"),
        ("voice", "openai:v"),
        ("voice_max_tokens", 100),
        ("profile", "published"),
        ("noise", 0.1),
        ("max_turns", 5),
        ("redaction", "basic"),
    ],
)
def test_what_judges_and_what_is_played_must_agree(field: str, value: object):
    found = changed(**{field: value})
    assert not found.comparable
    assert fields(found) == ([named(field)], [])
    assert found.blocking[0].right == (list(value) if isinstance(value, tuple) else value)


def test_runs_whose_offline_evaluators_embed_otherwise_are_not_comparable():
    one, two = (known(evaluator="cues-minilm", hashes={**HASHES, "embedding:minilm": h}) for h in ("dd", "ee"))
    assert fields(comparison(one, two)) == (["hashes.embedding:minilm"], [])
    assert fields(comparison(known(evaluator="cues"), one)) == (["evaluator.name", "hashes.embedding:minilm"], [])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("agent", "another"),
        ("variants", ("aligned",)),
        ("base_url", "http://127.0.0.1/v1"),
        ("repeats", 3),
        ("concurrency", 8),
        ("personas", "mine"),
        ("rubric_file", "mine.yaml"),
        ("store", "postgresql+psycopg://host/runs"),
        ("prices", "prices.yaml"),
        ("git", "abc+"),
    ],
)
def test_what_one_wants_to_compare_may_differ(field: str, value: object):
    found = changed(**{field: value})
    assert found.comparable
    assert fields(found) == ([], [named(field)])


@pytest.mark.parametrize("field", ["extra_body", "context", "code", "platform"])
def test_of_a_table_the_entries_that_differ_are_named(field: str):
    before = {"same": "1", "moved": "1"}
    after = {**before, "moved": "2", "new": "1"}
    found = comparison(known(**{field: before}), known(**{field: after}))
    assert fields(found) == ([], [f"{named(field)}.moved", f"{named(field)}.new"])
    assert found.other[1].left is None


@pytest.mark.parametrize("name", HASHES)
def test_other_content_under_the_same_name_stands_in_the_way(name: str):
    assert fields(changed(hashes={**HASHES, name: "other"})) == ([f"hashes.{name}"], [])


@pytest.mark.parametrize("name", HASHES)
def test_a_hash_that_one_side_lacks_proves_nothing(name: str):
    found = changed(hashes={key: value for key, value in HASHES.items() if key != name})
    assert fields(found) == ([f"hashes.{name}"], [])
    assert found.blocking[0].right is None


def test_a_persona_that_only_one_run_plays_does_not_matter():
    plan = planned("someone/goal0", "guest/goal")
    found = changed(hashes={**HASHES, "persona:guest": "dd"}, plan=plan)
    assert fields(found) == ([], ["scenarios"])
    assert found.other[0].why.startswith("1 are played in both")


def test_a_persona_of_two_runs_without_a_shared_scenario_of_it_does_not_matter():
    a = known(plan=planned("someone/goal0", "guest/one"), hashes={**HASHES, "persona:guest": "1"})
    b = known(plan=planned("someone/goal0", "guest/two"), hashes={**HASHES, "persona:guest": "2"})
    assert fields(comparison(a, b)) == ([], ["scenarios"])


def test_runs_without_a_shared_scenario_cannot_be_compared():
    found = changed(plan=planned("guest/goal"))
    assert fields(found) == (["scenarios"], [])
    assert found.blocking[0].why == "no scenario is played in both"


@pytest.mark.parametrize(("version", "comparable"), [("1.2.9", True), ("1.3.0", False), ("2.2.3", False)])
def test_the_package_may_differ_in_its_last_number_alone(version: str, comparable: bool):
    found = changed(versions={"empa-graph": version, "openai": "3.50"})
    assert fields(found) == (([], ["versions.empa-graph"]) if comparable else (["versions.empa-graph"], []))


def test_a_version_that_one_side_lacks_proves_nothing():
    assert fields(changed(versions={"openai": "3.50"})) == (["versions.empa-graph"], [])


def test_other_packages_may_differ():
    assert fields(changed(versions={"empa-graph": "1.2.3", "openai": "3.51"})) == ([], ["versions.openai"])


def test_another_seed_is_told_with_what_it_costs():
    found = changed(seed=7, plan=planned("someone/goal0", seed=7))
    assert fields(found) == ([], ["suite.seed"])
    assert "pairing by repeat is lost" in found.other[0].why


def test_the_same_seed_with_other_seeds_of_its_repeats_is_told_too():
    found = changed(plan=planned("someone/goal0", seed=7))
    assert fields(found) == ([], ["plan.someone/goal0.0.seed"])
    assert "pairing by repeat is lost" in found.other[0].why


def test_the_same_rules_of_redaction_may_lie_in_another_file():
    mine = {"redaction": "mine.yaml", "hashes": {**HASHES, "redaction": "ee"}}
    moved = {"redaction": "../mine.yaml", "hashes": {**HASHES, "redaction": "ee"}}
    edited = {"redaction": "mine.yaml", "hashes": {**HASHES, "redaction": "ff"}}
    assert comparison(known(**mine), known(**moved)) == comparison(known(), known())
    assert fields(comparison(known(**mine), known(**edited))) == (["hashes.redaction"], [])
    assert fields(comparison(known(), known(**mine))) == (["store.redaction"], [])


@pytest.mark.parametrize("role", ["judge", "persona", "director"])
def test_another_model_that_judged_or_played_stands_in_the_way_though_the_same_was_asked_for(role: str):
    found = comparison(known(), known(), left_answered={role: ("m-1",)}, right_answered={role: ("m-2",)})
    assert fields(found) == ([f"answered.{role}"], [])


def test_another_model_in_the_empathic_seat_is_what_is_compared():
    answered = {"left_answered": {"empathic": ("m-1",)}, "right_answered": {"empathic": ("m-2",)}}
    assert fields(comparison(known(), known(), **answered)) == ([], ["answered.empathic"])


def test_the_order_of_models_that_answered_and_roles_unknown_to_one_side_say_nothing():
    answered = {"left_answered": {"judge": ("a", "b")}, "right_answered": {"judge": ("b", "a", "b"), "persona": ("v",)}}
    assert comparison(known(), known(), **answered).comparable
    assert comparison(known(), known(), left_answered={"judge": ("a",)}).comparable


def test_a_judge_that_changed_in_the_middle_of_a_run_is_another_judge():
    found = comparison(known(), known(), left_answered={"judge": ("a",)}, right_answered={"judge": ("a", "b")})
    assert fields(found) == (["answered.judge"], [])


def test_sides_change_places_with_the_runs():
    a, b = known(), known(agent="x", profile="published", hashes={**HASHES, "rubric:sdt": "z"}, versions={})
    there, back = comparison(a, b), comparison(b, a)
    assert [(d.field, d.left, d.right) for d in there.blocking] == [(d.field, d.right, d.left) for d in back.blocking]
    assert fields(there) == fields(back)


def test_every_field_of_the_manifest_is_compared_somewhere():
    config = RunConfig.model_fields
    parts = {name: list(getattr(field.annotation, "model_fields", ())) for name, field in config.items()}
    settings = {f"{part}.{name}" for part, names in parts.items() for name in names}
    settings |= {name for name, names in parts.items() if not names}
    known = {*BLOCKING, *OTHER, *APART}
    assert len(known) == len(BLOCKING) + len(OTHER) + len(APART)
    assert known == {name for name in settings | set(Run.model_fields) if not name.startswith(SESSIONS)}


@pytest.mark.parametrize(("seat", "blocks"), [("empathic", False), ("judge:local", True), ("voice", True)])
def test_weights_that_differ_stand_in_the_way_unless_they_are_the_agents(seat: str, blocks: bool):
    name = f"weights:{seat}"
    found = comparison(known(hashes=HASHES | {name: "aa"}), known(hashes=HASHES | {name: "bb"}))
    named = [f"hashes.{name}"]
    assert fields(found) == ((named, []) if blocks else ([], named))
    assert "weights" in (*found.blocking, *found.other)[0].why


@pytest.mark.parametrize(("ours", "theirs", "blocks"), [("openai:a", "openai:b", True), (None, "openai:a", False)])
def test_models_that_code_support_must_agree_where_both_runs_have_one(ours: str | None, theirs: str, blocks: bool):
    prompt = "prompt:support_judge.md"
    hashes = [HASHES | ({prompt: f"of {judge}"} if judge else {}) for judge in (ours, theirs)]
    both = [known(support_judge=judge, hashes=told) for judge, told in zip((ours, theirs), hashes, strict=True)]
    named = (
        [f"hashes.{prompt}", "evaluator.support_judge"] if blocks else ["evaluator.support_judge", f"hashes.{prompt}"]
    )
    assert fields(comparison(*both)) == ((named, []) if blocks else ([], named))


@pytest.mark.parametrize("theirs", [{"heads:cues": "bb"}, {}])
def test_runs_that_other_heads_coded_are_not_comparable(theirs: dict[str, str]):
    found = comparison(known(hashes=HASHES | {"heads:cues": "aa"}), known(hashes=HASHES | theirs))
    assert fields(found) == (["hashes.heads:cues"], [])
    assert found.blocking[0].why == "replies are coded by other weights"


def _turns(most: int, **changes: Any) -> Run:
    return run(max_turns=most, hashes=content_hashes((), with_max_turns(load_rubric(), most)) | changes)


def test_one_rubric_with_another_number_of_turns_is_the_same_rubric():
    assert fields(comparison(_turns(8), _turns(6))) == (["suite.max_turns"], [])


def test_a_rubric_that_is_not_at_hand_is_named_beside_the_turns():
    found = comparison(_turns(8), _turns(6, **{"rubric:sdt": "zz"}))
    assert fields(found) == (["suite.max_turns", "hashes.rubric:sdt"], [])
