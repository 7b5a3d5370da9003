from __future__ import annotations

import io

from rich.console import Console

from empa_graph.cli.tables import interval_text, literal, summary_table, trouble
from empa_graph.models.failure import Failure
from empa_graph.report.summary import Metric, Summary, summarise
from tests.records import episode, run, score


def summary() -> Summary:
    fault = Failure(turn=1, blame="agent", kind="empty_reply", detail="empty")
    played = [episode(scenario=f"a/g{n}", score=score(50.0 + n), faults=(fault,)) for n in range(2)]
    return summarise(run(episodes=3, agent="[red]agent[/] :warning:"), played)


def shown(summary: Summary) -> str:
    out = io.StringIO()
    Console(file=out, width=140, highlight=False).print(summary_table(summary))
    return out.getvalue()


def test_coverage_stands_beside_the_means():
    text = shown(summary())
    assert "2/3" in text and "50.5" in text and "[50.0, 51.0]" in text and "0/3" in text


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
