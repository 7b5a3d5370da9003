from __future__ import annotations

import json

import pytest

from empa_graph.cli.report_command import source as read
from empa_graph.content.library import find_scenarios
from empa_graph.errors import ContentError, UsageError
from empa_graph.models.behaviour import AXES
from empa_graph.models.failure import Failure
from empa_graph.models.support import Support, SupportJudgement
from empa_graph.models.turn_record import ModelCall
from empa_graph.report.page.build import page
from empa_graph.report.page.records import Page
from empa_graph.report.page.source import Source, judged
from empa_graph.report.page.verdict import notes, verdict
from empa_graph.report.summary import summarise
from tests.records import episode, run, score, supported
from tests.report.page_parts import played, source, walked

PAIRS = [(f"someone/goal{n}", 40.0 + n, 60.0 + 2 * n) for n in range(6)]


def paired() -> Source:
    before = [episode(scenario=name, score=score(low)) for name, low, _ in PAIRS]
    after = [episode(scenario=name, variant="aligned", score=score(high)) for name, _, high in PAIRS]
    return source(*before, *after, made=run("baseline", "aligned", episodes=6))


def test_the_figures_are_those_of_the_summary():
    found = paired()
    assert found.run is not None
    built = page([found], {}).page
    summary = summarise(found.run, found.episodes)
    assert [entrant.summary for entrant in built.entrants] == list(summary.variants)
    assert [one.contrast for one in built.differences if one.metric == "composite"] == list(summary.contrasts)


def test_the_interval_of_an_axis_of_support_lies_on_its_scale():
    codes = [dict.fromkeys(AXES, 0.0) | {"self_turning": low, "validating": 4.0 - low} for low in (0.0, 0.0, 0.4)]
    held = [supported(0.5).model_copy(update={"axes": found}) for found in codes]
    episodes = [episode(scenario=f"someone/goal{n}", support=one) for n, one in enumerate(held)]
    axes = page([source(*episodes, made=run(episodes=3))], {}).page.entrants[0].axes
    assert axes["self_turning"].low == 0.0 and axes["validating"].high == 4.0
    assert axes["self_turning"].mean == pytest.approx(0.4 / 3)


def test_a_page_is_plain_data_and_reads_back_equal():
    built = page([source(walked())], {}).page
    assert Page.model_validate_json(built.model_dump_json()) == built


def test_the_verdict_names_who_is_ahead_with_its_interval():
    built = page([paired()], {}).page
    (found,) = [one for one in built.differences if one.metric == "composite"]
    assert found.contrast.difference == pytest.approx(22.5)
    assert built.verdict.startswith("aligned is ahead of baseline: composite +22.5 [")
    assert found.by_scenario["someone/goal5"] == pytest.approx(25.0)


def test_the_verdict_on_noise_says_that_nothing_is_told_apart():
    scores = [(50.0, 55.0), (50.0, 44.0), (52.0, 57.0), (48.0, 43.0)]
    episodes = [
        episode(scenario=f"someone/goal{n}", variant=variant, score=score(value))
        for n, pair in enumerate(scores)
        for variant, value in zip(("baseline", "aligned"), pair, strict=True)
    ]
    built = page([source(*episodes, made=run("baseline", "aligned", episodes=4))], {}).page
    assert "are not told apart" in built.verdict


def test_runs_under_other_rubrics_are_never_set_against_each_other():
    other = run(rubric="epm").model_copy(update={"id": "other"})
    built = page([source(episode()), source(episode(), made=other)], {}).page
    assert built.differences == ()
    assert built.verdict == "These runs cannot be compared: another rubric judges."


def test_without_a_score_the_verdict_says_so():
    failed = episode(
        score=None, unscored="failed", failure=Failure(turn=1, blame="provider", kind="timeout", detail="x")
    )
    built = page([source(failed)], {}).page
    assert "No conversation has a score" in built.verdict
    assert [(fault.kind, fault.blame, fault.count, fault.ends) for fault in built.faults] == [
        ("timeout", "provider", 1, True)
    ]
    assert verdict(built.entrants, (), "") == built.verdict


def test_the_last_part_of_a_way_is_the_progress_of_the_score():
    row = page([source(walked())], {}).page.episodes[0]
    assert [spot.turn for spot in row.way] == [0, 1, 3]
    assert [spot.along for spot in row.way] == pytest.approx([0.0, 0.5, 0.25])
    assert row.values["progress"] == pytest.approx(row.way[-1].along)


def test_stages_carry_an_episode_that_ended_and_count_who_still_talks():
    short = episode(scenario="someone/goal0")
    built = page([source(walked(scenario="someone/goal1"), short, made=run(episodes=2))], {}).page
    assert [(stage.turn, stage.talking) for stage in built.stages] == [(0, 2), (1, 2), (2, 1), (3, 1)]
    assert built.stages[-1].mean == pytest.approx((0.25 + 0.15) / 2)


def test_telling_turns_are_the_largest_changes_one_of_each_episode():
    built = page([source(walked())], {}).page
    (found,) = [moment for moment in built.moments if moment.change > 0]
    assert (found.turn, found.change) == (1, pytest.approx(0.5))
    assert found.reasons == ("validating 3.0", "advising 2.0")
    assert (found.before, found.after) == ("I lie awake, night 1.", "I lie awake, night 2.")


def test_the_same_reply_in_two_episodes_is_one_telling_turn():
    built = page([source(walked(), walked(variant="aligned"), made=run("baseline", "aligned"))], {}).page
    assert [moment.turn for moment in built.moments if moment.change > 0] == [1]


def test_facets_come_from_the_cards_that_are_known():
    scenario = find_scenarios(["exam_student/reduce_stress"])[0]
    built = page([source(episode(scenario=scenario.id))], {scenario.id: scenario}).page
    assert built.episodes[0].facets == {
        "persona": "exam_student",
        "context": scenario.goal.context,
        "need": max(
            ("cognitive", "affective", "motivational"), key=lambda n: getattr(scenario.persona.priorities, n).value
        ),
        "threshold": scenario.persona.empathy_threshold.level,
    }
    assert {group.facet for group in built.groups} == {"persona", "context", "need", "threshold"}


def test_guards_and_provisional_figures_are_counted_and_noted():
    support = Support(
        value=0.4, low=0.3, high=0.5, percentile=0.2, axes={"validating": 1.0}, replies=9, length=20.0,
        coder="cues", provisional=True, capped_by=("repeated",),
    )  # fmt: skip
    built = page([source(episode(support=support))], {}).page
    (entrant,) = built.entrants
    assert (entrant.capped, entrant.summary.provisional, entrant.summary.supported) == ({"repeated": 1}, 1, 1)
    assert "support" not in entrant.summary.metrics and "support" not in built.metrics
    assert built.episodes[0].values["support"] == 0.4 and built.episodes[0].counted("support") is None
    assert not [group for group in built.groups if group.metric == "support"]
    assert any("leaves out 1 of 1 provisional: fewer than 8 replies" in note for note in built.notes)
    assert any(
        "support is capped in conversations that repeat themselves (1 of 1), more than people do" in note
        for note in built.notes
    )
    assert len([note for note in built.notes if note.startswith(entrant.label)]) == 1


def beyond_a_guard(value: float = 0.4) -> Support:
    return Support(
        value=value, low=0.3, high=0.5, percentile=0.2, axes={"validating": 1.0}, replies=9, length=20.0,
        coder="cues", provisional=False, capped_by=("repeated",),
    )  # fmt: skip


def test_what_holds_for_all_entrants_is_noted_once_over_all_and_the_rest_of_each():
    unscored = {"score": None, "unscored": "failed"}
    episodes = [
        episode(scenario=f"someone/goal{n}", variant=variant, support=beyond_a_guard() if n < 2 else None)
        for n in range(3)
        for variant in ("baseline", "aligned")
    ]
    episodes[4] = episodes[4].model_copy(update=unscored)
    built = page([source(*episodes, made=run("baseline", "aligned", episodes=3))], {}).page
    assert built.notes == (
        "Both together: support is capped in conversations that repeat themselves (4 of 4), more than people do.",
        "baseline: 1 of 3 conversations has no score.",
    )


def test_a_judge_is_named_once_however_many_runs_it_judged_and_by_run_where_its_standing_differs():
    (facts,) = page([source(episode())], {}).page.runs
    unchecked, fit = ({"m": standing} for standing in ("not checked", "fit, 2026-01-01"))
    one, other = (facts.model_copy(update={"name": name, "judge_checks": unchecked}) for name in ("one", "other"))
    assert list(notes([one, other], ())) == ["Judge m: not checked."]
    assert list(notes([one, other.model_copy(update={"judge_checks": fit})], ())) == ["Judge m of one: not checked."]


def test_a_scripted_run_is_named_as_the_page_names_it_and_no_guard_is_said_beside():
    support = Support(
        value=0.4, low=0.3, high=0.5, percentile=0.2, axes={"validating": 1.0}, replies=9, length=20.0,
        coder="cues", provisional=True, capped_by=("repeated",),
    )  # fmt: skip
    built = page([source(episode(support=support))], {}).page
    runs = [run.model_copy(update={"scripted": True, "script": "92% come back"}) for run in built.runs]
    entrants = [entrant.model_copy(update={"void": True}) for entrant in built.entrants]
    (note,) = notes(runs, entrants)
    assert note == f"{built.entrants[0].label} is scripted: 92% come back."
    assert built.entrants[0].label != built.runs[0].name


def test_what_the_cards_say_that_conversations_speak_of_is_said_at_the_top():
    played_here = {one.id: one for one in find_scenarios(["farm_heir/drought_debt", "exam_student/reduce_stress"])}
    crisis, calm = (page([source(episode(scenario=name))], played_here).page for name in played_here)
    assert "Content note: some of these conversations speak of suicide." in crisis.notes
    assert not any(note.startswith("Content note") for note in calm.notes)


def test_costs_are_summed_by_role_and_what_was_replayed_costs_nothing():
    call = ModelCall(
        episode=0, turn=1, role="empathic", model="m", endpoint="local", answered_by=None, parameters={},
        prompt_hash="", prompt_characters=1, usage={"tokens_in": 10, "tokens_out": 2}, latency=1.0, attempt=1, cost=0.5,
    )  # fmt: skip
    again = call.model_copy(update={"replayed": True})
    unknown = call.model_copy(update={"cost": None, "latency": 3.0})
    found = source(episode())._replace(calls=[call, again, unknown])
    (cost,) = page([found], {}).page.costs
    assert (cost.entrant, cost.calls, cost.replayed, cost.tokens_in, cost.cost, cost.unpriced) == (0, 2, 1, 20, 0.5, 1)
    assert cost.seconds["median"] == pytest.approx(2.0)


def test_entrants_are_called_by_what_tells_them_apart():
    two = run().model_copy(update={"id": "second"})
    labels = [entrant.label for entrant in page([source(episode()), source(episode(), made=two)], {}).page.entrants]
    assert labels == ["an agent, baseline (20260101-000000-agent)", "an agent, baseline (second)"]


def test_runs_are_called_by_their_folder_and_two_of_one_name_by_what_tells_them_apart():
    places = ("/runs/a/night", "/runs/b/night", "/runs/day")
    found = [source(episode())._replace(name=place.rpartition("/")[2], place=place) for place in places]
    built = page(found, {}).page
    assert [one.name for one in built.runs] == ["a/night", "b/night", "day"]
    assert [one.run for one in built.entrants] == ["a/night", "b/night", "day"]
    assert {one.id for one in built.runs} == {"20260101-000000-agent"}
    assert built.entrants[0].label == "an agent, baseline (a/night)"
    assert ("run", "20260101-000000-agent") in built.runs[2].facts


def test_one_run_twice_is_numbered():
    found = source(episode())._replace(name="night", place="/runs/night")
    assert [one.name for one in page([found, found], {}).page.runs] == ["night #1", "night #2"]


def test_a_stored_run_is_called_by_its_folder(tmp_path):
    held = played(tmp_path / "first look", "scripted:expert", limit=1, **{"suite.max_turns": 1})
    assert held.name != "first look" and held.run is not None
    (tmp_path / "x").mkdir()
    found = read(str(tmp_path / "x" / ".." / "first look"))
    assert (found.name, found.place) == ("first look", str(tmp_path / "first look"))
    assert page([found], {}).page.runs[0].id == held.run.id


def test_a_recorded_conversation_reached_its_target_where_it_ended_within_the_radius():
    near = walked().latent.model_copy(update={"target": (0.25, 0.1, 0.0)})
    there = walked(conversation="one", ending="recorded", latent=near)
    elsewhere = walked(conversation="two", ending="recorded")
    built = page([Source("chats", None, (there, elsewhere))], {}).page
    assert [row.reached for row in built.episodes] == [True, False]
    assert built.verdict.startswith("chats holds 2 recorded conversations with a score; composite 50.0")


def test_judged_conversations_give_the_same_page(tmp_path):
    file = tmp_path / "judged.jsonl"
    lines = [walked(conversation=f"chat {n}", ending="recorded").model_dump_json() for n in range(3)]
    told = json.loads(lines[0]) | {"contradiction": "the stored composite is 9"}
    file.write_text("\n".join([json.dumps(told), *lines[1:]]) + "\n", encoding="utf-8")
    built = page([judged(file)], {}).page
    assert [row.name for row in built.episodes] == ["chat 0", "chat 1", "chat 2"]
    assert built.runs[0].kind == "conversations"
    assert any("the stored composite is 9" in line for line in built.runs[0].lines)


@pytest.mark.parametrize(
    ("text", "fault"),
    [("{", "judged.jsonl:1: no JSON"), ('{"a": 1}', "judged.jsonl:1: "), ("", "no judged conversation")],
)
def test_a_file_that_holds_something_else_is_named_with_its_line(tmp_path, text: str, fault: str):
    file = tmp_path / "judged.jsonl"
    file.write_text(text, encoding="utf-8")
    with pytest.raises((ContentError, UsageError), match=fault):
        judged(file)


def test_nothing_played_is_nothing_to_report():
    with pytest.raises(UsageError, match="nothing to report"):
        page([source(made=run())], {})


def test_support_that_a_model_coded_stands_beside_the_other():
    judged = SupportJudgement(judge="m", value=0.7)
    built = page([source(episode(support_judged=judged))], {}).page
    assert built.entrants[0].summary.metrics["support_judged"].mean == pytest.approx(0.7)
    assert built.episodes[0].values["support_judged"] == pytest.approx(0.7)
    assert "support_judged" in built.metrics
