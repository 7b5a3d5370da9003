from __future__ import annotations

import pytest

from empa_graph.errors import ContentError
from empa_graph.models.dialogue import Message
from empa_graph.models.episode import Episode, Epmq
from empa_graph.models.failure import Failure
from empa_graph.models.support import SupportJudgement
from empa_graph.report.summary import Summary, VariantSummary, summarise
from tests.records import episode, run, score, supported

BROKEN = Failure(turn=1, blame="provider", kind="unreachable", detail="connection refused")
EMPTY = Failure(turn=1, blame="empathic", kind="empty_reply", detail="empty reply at turn 1")


def only(summary: Summary) -> VariantSummary:
    assert len(summary.variants) == 1
    return summary.variants[0]


def test_means_are_taken_over_scored_episodes_only():
    played = [
        episode(scenario="a/b", score=score(40.0)),
        episode(scenario="c/d", score=score(60.0, coverage=0.5)),
        episode(scenario="e/f", score=None, unscored="no turn was judged"),
    ]
    found = only(summarise(run(episodes=3), played))
    assert (found.planned, found.scored, found.failed) == (3, 2, {"no turn was judged": 1})
    assert found.metrics["composite"].mean == 50.0
    assert found.metrics["impact_index"].mean == 0.25
    assert (found.coverage, found.turns) == (0.75, 1.0)


def test_repeats_are_averaged_within_their_scenario_first():
    played = [episode(scenario=name, score=score(x)) for name, x in (("a/b", 0.0), ("a/b", 20.0), ("c/d", 90.0))]
    assert only(summarise(run(episodes=3), played)).metrics["composite"].mean == 50.0


def test_the_interval_holds_the_mean_and_is_the_same_each_time():
    played = [episode(scenario=f"a/g{n}", score=score(10.0 * n)) for n in range(8)]
    one, two = (only(summarise(run(episodes=8), played)).metrics["composite"] for _ in range(2))
    assert one == two
    assert one.low is not None and one.high is not None
    assert 0.0 < one.low < one.mean == 35.0 < one.high < 70.0


def test_one_scenario_has_a_mean_and_no_interval():
    metric = only(summarise(run(), [episode()])).metrics["composite"]
    assert (metric.mean, metric.low, metric.high) == (50.0, None, None)


def test_failures_are_counted_by_kind_and_what_is_missing_as_not_played():
    broken = episode(score=None, failure=BROKEN, unscored="unreachable: connection refused", ending="failed")
    found = only(summarise(run(episodes=5), [broken, broken, episode()]))
    assert found.failed == {"unreachable": 2, "not played": 2}
    assert found.endings == {"failed": 2, "max_turns": 1}


def test_faults_inside_scored_episodes_are_counted_by_kind():
    found = only(summarise(run(), [episode(faults=(EMPTY, EMPTY))]))
    assert found.faults == {"empty_reply": 2}


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("length", "truncated_reply"),
        ("max_tokens", "truncated_reply"),
        ("MAX_TOKENS", "truncated_reply"),
        ("refusal", "refused_reply"),
        ("SAFETY", "refused_reply"),
    ],
)
def test_a_reply_cut_short_is_counted_in_every_services_words(reason: str, kind: str):
    said = Message(turn=1, speaker="empathic", content="I", finish_reason=reason)
    assert only(summarise(run(), [episode(messages=(said,))])).faults == {kind: 1}


def test_a_run_without_a_score_has_no_numbers():
    found = only(summarise(run(), []))
    assert (found.coverage, found.turns, found.metrics) == (None, None, {})


def test_a_run_is_complete_when_every_planned_episode_is_scored():
    both = [episode(variant="baseline"), episode(variant="aligned")]
    assert summarise(run("baseline", "aligned"), both).complete
    assert not summarise(run("baseline", "aligned"), both[:1]).complete


def test_variants_stand_in_the_order_they_were_asked_for():
    played = [episode(variant="aligned"), episode(variant="baseline")]
    assert [v.variant for v in summarise(run("baseline", "aligned"), played).variants] == ["baseline", "aligned"]


def test_an_episode_of_another_run_is_refused():
    with pytest.raises(ContentError, match="an episode of variant 'aligned'"):
        summarise(run("baseline"), [episode(variant="aligned")])


def test_truncated_and_refused_replies_are_counted_beside_the_scores():
    said = [("empathic", "length"), ("empathic", "stop"), ("empathic", "content_filter"), ("persona", "length")]
    messages = tuple(Message(turn=1, speaker=speaker, content="Yes.", finish_reason=reason) for speaker, reason in said)
    found = only(summarise(run(), [episode(messages=messages)]))
    assert found.faults == {"truncated_reply": 1, "refused_reply": 1}


def test_the_most_frequent_causes_are_named_with_the_model_asked_and_one_detail():
    html = Failure(turn=1, blame="provider", kind="bad_answer", detail="http://h/v1 answered <html>", seat="empathic")
    prose = Failure(turn=1, blame="evaluator", kind="judge_invalid", detail="no valid\njudgement: " + "x" * 900)
    played = [
        episode(score=None, failure=html, unscored="bad_answer", ending="failed"),
        episode(score=None, unscored="no turn was judged", faults=(prose, prose, EMPTY)),
    ]
    found = only(summarise(run(episodes=2, judges=("j",), base_url="http://h/v1"), played))
    assert found.faults == {"judge_invalid": 2, "empty_reply": 1}
    first, second = found.causes
    assert (first.kind, first.count, first.asked) == ("judge_invalid", 2, "j at http://h/v1")
    assert first.detail.startswith("no valid judgement: xxx") and len(first.detail) == 240
    assert (second.kind, second.asked, second.detail) == ("bad_answer", "an agent", "http://h/v1 answered <html>")


COMFORT = Message(turn=1, speaker="empathic", content="It makes sense to feel that way about it.")


def fixed(personas: int) -> list[Episode]:
    """Episodes of an agent that says one sentence, three with each persona."""
    names = [f"person{n}/goal{goal}" for n in range(personas) for goal in range(3)]
    return [episode(scenario=name, messages=(COMFORT,), variant=v) for name in names for v in ("baseline", "aligned")]


def test_what_a_script_voids_is_absent_with_its_cause_and_the_episodes_keep_theirs():
    coded = {"support": supported(0.85), "support_judged": SupportJudgement(judge="m", value=0.75)}
    episodes = [e.model_copy(update=coded) for e in fixed(4)]
    found = summarise(run("baseline", "aligned", episodes=12), episodes)
    assert (found.script.share, found.script.scripted) == (1.0, True)
    kept = ["alignment_index", "impact_index", "progress", "stability_index"]
    assert [sorted(v.metrics) for v in found.variants] == [kept] * 2
    assert [v.void for v in found.variants] == [("composite", "support", "support_judged")] * 2
    assert found.contrasts == ()
    text = str(found)
    assert "baseline: support void" in text and "baseline: support_judged void" in text and "0.85" not in text
    assert "scripted: 100% of the agent's 24 sentences come back with other personas" in text
    assert "composite and support are void" in text and "50.0" not in text
    assert all(one.score and one.score.composite == 50.0 for one in episodes)


def test_the_epm_q_composite_of_a_script_is_void_too_and_its_parts_are_not():
    epmq = Epmq(**dict.fromkeys(Epmq.model_fields, 40.0))
    scored = score(epmq={"published": epmq, "paper": epmq})
    played = [one.model_copy(update={"score": scored}) for one in fixed(4) if one.variant == "baseline"]
    found = only(summarise(run(episodes=12), played)).epmq
    assert found.keys() == {"published", "paper"}
    assert all("composite" not in parts and parts["outcome"].mean == 40.0 for parts in found.values())


def test_what_few_conversations_say_of_a_script_is_provisional_and_voids_nothing():
    found = summarise(run("baseline", "aligned", episodes=9), fixed(3))
    assert (found.script.share, found.script.provisional, found.script.scripted) == (1.0, True, False)
    assert found.variants[0].metrics["composite"].mean == 50.0
    assert "seems scripted" in str(found) and "provisional" in str(found)


def test_no_mean_counts_support_of_few_replies_and_the_lines_say_how_many():
    replies = (9, 9, 7, 7, 7, None)
    played = [
        episode(scenario=f"a/{n}", support=None if held is None else supported(0.4 if held > 7 else 0.9, replies=held))
        for n, held in enumerate(replies)
    ]
    found = summarise(run(episodes=6), played)
    metric = only(found).metrics["support"]
    assert metric.mean == pytest.approx(0.4)
    assert (metric.missing, only(found).supported, only(found).provisional) == (4, 5, 3)
    assert "baseline: support 0.40" in str(found)
    assert "(3 of 5 provisional: fewer than 8 replies; 1 episode without a number)" in str(found)


def test_where_all_support_is_provisional_there_is_no_mean_and_the_count_stands_in_its_place():
    found = summarise(
        run(episodes=3), [episode(scenario=f"a/{n}", support=supported(0.9, replies=7)) for n in range(3)]
    )
    assert "support" not in only(found).metrics
    assert "baseline: support - (3 of 3 provisional: fewer than 8 replies)" in str(found)


def test_the_share_stands_in_the_json_of_every_summary():
    dumped = summarise(run(), [episode()]).model_dump(mode="json")["script"]
    assert dumped == {
        "share": None,
        "sentences": 0,
        "conversations": 0,
        "personas": 0,
        "provisional": True,
        "scripted": False,
    }


def test_support_by_a_model_is_averaged_over_what_it_coded_and_its_failure_is_named():
    busy = Failure(turn=1, blame="provider", kind="rate_limited", detail="busy", seat="support_judge")
    played = [
        episode(scenario="a/b", support_judged=SupportJudgement(judge="m", value=0.75)),
        episode(scenario="c/d", support_judged=SupportJudgement(judge="m", failure=busy)),
    ]
    found = only(summarise(run(episodes=2, support_judge="m"), played))
    assert (found.scored, found.metrics["support_judged"].mean, found.metrics["support_judged"].missing) == (2, 0.75, 1)
    assert [(cause.kind, cause.count, cause.asked) for cause in found.causes] == [("rate_limited", 1, "m")]
