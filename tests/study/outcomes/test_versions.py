from __future__ import annotations

import pytest

from empa_graph.study.outcomes.live_results import LiveRow
from empa_graph.study.outcomes.versions import Version, joined, scores, version
from tests.records import episode, run, score


def row(named: str) -> LiveRow:
    return LiveRow(2, named, "came back", 0.5, 100, None, "", "")


def known(name: str, **changes: object) -> Version:
    fields = {"run": f"run-{name}", "agent": "an agent", "variant": "baseline", "commit": "", "values": {}}
    return Version(name=name, planned=2, scored=2, **{**fields, **changes})  # type: ignore[arg-type]


def test_a_version_has_its_scores_by_scenario_and_none_where_there_is_none():
    played = [
        episode(scenario="someone/goal0", score=score(40.0)),
        episode(scenario="someone/goal0", repeat=1, score=score(60.0)),
        episode(scenario="someone/goal1", score=None, unscored="cut short"),
    ]
    plan = run(episodes=2).plan
    made = run(git="abcdef012345+").model_copy(update={"plan": (*plan, plan[0].model_copy(update={"repeat": 1}))})
    found = version("v1", made, "baseline", played)
    assert (found.planned, found.scored, found.commit) == (3, 2, "abcdef012345")
    assert found.values["composite"] == {"someone/goal0": 50.0}


def test_a_score_stands_on_the_scenarios_that_all_versions_have():
    one = known("one", values={"composite": {"a": 10.0, "b": 30.0, "c": 100.0}})
    other = known("other", values={"composite": {"b": 50.0, "a": 20.0}})
    found = scores([one, other], "composite", seed=0)
    assert found.scenarios == 2 and {name: mean.mean for name, mean in found.means.items()} == {"one": 20, "other": 35}
    assert scores([one, known("none")], "composite", seed=0).means == {}


@pytest.mark.parametrize(
    ("named", "joins"),
    [("one", "one"), ("run-two", "two"), ("aligned", "two"), ("abcdef0", "one"), ("abcdef012345ffff", "one")],
)
def test_a_row_finds_its_version_by_name_run_agent_variant_or_commit(named: str, joins: str):
    versions = [known("one", commit="abcdef012345"), known("two", variant="aligned", commit="1234567")]
    assert [name for _, name in joined([row(named)], versions).rows] == [joins]


def test_what_fits_none_or_several_joins_nothing_and_is_named():
    versions = [known("one", commit="abcdef012345"), known("two")]
    found = joined([row("an agent"), row("v9"), row("abcdef"), row("one")], versions)
    assert [name for _, name in found.rows] == ["one"] and list(found.rowless) == ["two"]
    assert found.unjoined == {
        "an agent": "fits 2 versions by agent",
        "v9": "no version of that name",
        "abcdef": "no version of that name",
    }


def test_a_name_comes_before_what_else_a_row_could_mean():
    versions = [known("baseline", variant="aligned"), known("two", variant="baseline")]
    assert [name for _, name in joined([row("baseline")], versions).rows] == ["baseline"]
