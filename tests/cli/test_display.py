from __future__ import annotations

import io

import pytest
from rich.console import Console

from empa_graph.cli.display import endings, epmq_tables, interval_text, literal, summary_tables, trouble
from empa_graph.models.dialogue import Message, Refused, Voicing
from empa_graph.models.episode import Epmq
from empa_graph.models.failure import Failure
from empa_graph.report.summary import Metric, Summary, summarise
from tests.records import episode, run, score


def summary() -> Summary:
    fault = Failure(turn=1, blame="empathic", kind="empty_reply", detail="empty")
    played = [episode(scenario=f"a/g{n}", score=score(50.0 + n), faults=(fault,)) for n in range(2)]
    return summarise(run(episodes=3, agent="[red]agent[/] :warning:"), played)


def shown(summary: Summary, width: int = 140) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False)
    for table in (*summary_tables(summary, width), *epmq_tables(summary, width)):
        console.print(table)
    assert all(len(line) <= width for line in out.getvalue().splitlines())
    return out.getvalue()


def two_variants() -> Summary:
    played = [
        episode(scenario=f"a/g{n}", variant=name, score=score(40.0 + 30 * n), ending=ending)
        for name in ("baseline", "aligned_with_care")
        for n, ending in enumerate(("collapsed", "converged"))
    ]
    return summarise(run("baseline", "aligned_with_care", episodes=2), played)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120])
def test_no_number_and_no_variant_is_cut_at_any_width(width: int):
    text = shown(two_variants(), width)
    assert "…" not in text and "..." not in text
    for whole in ("baseline", "aligned_with_care", "[0.0, 100.0]", "55.0", "1/2", "converged", "collapsed"):
        assert text.count(whole) >= (1 if whole in ("baseline", "aligned_with_care") else 2)


@pytest.mark.parametrize("width", [40, 80, 160])
def test_no_number_of_epm_q_is_cut_at_any_width(width: int):
    low, high = (Epmq(**dict.fromkeys(Epmq.model_fields, value)) for value in (123.0, 123.2))
    played = [
        episode(scenario=f"a/g{n}", variant=name, score=score(40.0 + 30 * n, epmq={"published": index, "paper": index}))
        for name in ("baseline", "aligned_with_care")
        for n, index in enumerate((low, high))
    ]
    text = shown(summarise(run("baseline", "aligned_with_care", episodes=2), played), width)
    assert "…" not in text
    assert text.count("[121.8, 124.4]") == 4 * 4
    assert "published" in text and "paper" in text


def test_the_endings_stand_beside_the_score_those_at_the_target_first():
    played = [episode(scenario=f"a/g{n}", ending=end) for n, end in enumerate(("collapsed", "collapsed", "max_turns"))]
    (variant,) = summarise(run(episodes=4), played).variants
    assert endings(variant) == ["0/4 converged", "2 collapsed", "1 max_turns"]


def test_coverage_stands_beside_the_means():
    text = shown(summary())
    assert "2/3" in text and "50.5" in text and "[44.1, 56.9]" in text and "0/3" in text


def test_an_agents_name_is_shown_as_it_stands():
    assert "[red]agent[/] :warning:" in shown(summary())


def test_a_variant_without_a_score_shows_dashes_and_no_number():
    text = shown(summarise(run(), []))
    row = next(line for line in text.splitlines() if "baseline" in line)
    assert row.count(" - ") == 5 and "0/1" in row


def test_numbers_are_rounded_here_to_what_they_can_carry():
    metric = Metric(mean=0.23456, low=0.1, high=0.3)
    assert interval_text(metric, "alignment_index") == "0.23\n[0.10, 0.30]"
    assert interval_text(Metric(mean=55.55, low=None, high=None), "composite") == "55.5"
    assert interval_text(None, "composite") == "-"


def test_everything_that_went_wrong_has_a_line_with_its_count():
    assert trouble(summary()) == [
        "baseline: 1 of 3 episodes without a score: not played",
        "baseline: 2 turns with empty_reply (recorded, episode went on)",
    ]


def test_literal_text_keeps_markup_and_drops_control_characters():
    assert literal("[bold]x[/] \x1b[31m\\").plain == "[bold]x[/] [31m\\"


def test_the_simulators_share_of_failures_has_a_line_of_its_own():
    refused = Refused(kind="refusal", words="I cannot")
    voiced = (Voicing(refused=(refused,) * 3, fallback=True), Voicing(unchecked="unreachable"))
    said = tuple(Message(turn=n, speaker="persona", content="Yes.", voicing=v) for n, v in enumerate(voiced, 1))
    assert trouble(summarise(run(), [episode(scenario="a/g0", messages=said)])) == [
        "baseline: the simulator failed in 50.0% of 2 messages that a model worded; 50.0% spoken as the card has them; "
        "1 not checked by the second model"
    ]
