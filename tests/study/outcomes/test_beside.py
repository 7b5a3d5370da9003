from __future__ import annotations

from datetime import date, timedelta

import pytest
from scipy import stats

from empa_graph.scoring.statistics import Estimate
from empa_graph.study.outcomes.beside import Beside, besides, finer_than_versions
from empa_graph.study.outcomes.live_results import LiveRow
from empa_graph.study.outcomes.versions import Joined, Scores

MEANS = [10.0, 25.0, 40.0, 55.0, 70.0, 85.0, 95.0, 20.0]
TABLE = Scores("composite", 5, {f"v{n}": Estimate(mean, None, 5, None) for n, mean in enumerate(MEANS)})
DAY = date(2026, 1, 1)


def pairs(values: list[float], *, dates: list[int] | None = None, n: int = 100) -> list[tuple[LiveRow, str]]:
    """Return one row a version and half; ``dates`` are days."""
    rows = []
    for place, value in enumerate(values):
        day = DAY + timedelta(days=dates[place]) if dates else None
        name = f"v{place % len(MEANS)}"
        rows.append((LiveRow(place + 2, name, "came back", value, n, day, "", f"c{place % 2}"), name))
    return rows


def beside(rows: list[tuple[LiveRow, str]]) -> Beside:
    (found,) = besides(Joined(rows, {}, []), [TABLE], by="version", seed=0)
    return found


def test_points_are_weighed_by_n_and_every_figure_has_its_n():
    rows = pairs([0.5] * 8)
    rows += [(row._replace(value=0.8, n=300), name) for row, name in rows[:1]]
    found = beside(rows)
    assert found.rows == 9 and len(found.points) == 8
    assert found.points[0].outcome == pytest.approx((0.5 * 100 + 0.8 * 300) / 400) and found.points[0].n == 400
    assert found.points[0].score == 10.0 and found.points[0].rows == 2


def test_order_slope_and_power_are_those_of_the_versions():
    values = [0.30, 0.36, 0.37, 0.44, 0.43, 0.50, 0.52, 0.35]
    found = beside(pairs(values))
    told = stats.kendalltau(MEANS, values)
    assert (found.ranks.tau, found.ranks.tau_p) == pytest.approx((told.statistic, told.pvalue))
    line = stats.linregress([mean / 10.0 for mean in MEANS], values)
    assert found.slope is not None and found.slope.value == pytest.approx(line.slope) and found.slope.apart
    assert found.step == 10.0 and found.detectable is not None and 0.6 < found.detectable < 0.8 and found.needed == 6
    assert found.correlations.pearson is not None and found.correlations.pearson.value == pytest.approx(line.rvalue)


def test_a_planted_drift_is_found_beside_the_score_and_not_as_part_of_it():
    days = [0, 30, 30, 70, 50, 90, 100, 10, 40, 10, 60, 30, 90, 60, 70, 30]  # later versions score higher
    values = [
        0.2 + 0.003 * MEANS[place % 8] - 0.05 * day / 30.0 + (0.002 if place % 3 else -0.002)
        for place, day in enumerate(days)
    ]
    found = beside(pairs(values, dates=days)).drift
    assert found.trend is not None and found.trend.value == pytest.approx(-0.05, abs=0.002)
    assert found.days == 100 and found.dated == 16 and not found.confounded
    assert found.warnings[0].startswith("the outcome drifts")


def test_an_order_that_turns_round_in_the_newer_half_is_warned_of():
    days = list(range(0, 8)) + list(range(40, 48))
    values = [0.3 + 0.003 * MEANS[place % 8] * (1 if place < 8 else -1) + 0.01 * (place % 2) for place in range(16)]
    found = beside(pairs(values, dates=days)).drift
    assert found.halves is not None and found.halves.split == DAY + timedelta(days=40)
    assert found.halves.older.tau is not None and found.halves.newer.tau is not None
    assert found.halves.older.tau > 0.5 > -0.5 > found.halves.newer.tau
    assert found.halves.change is not None and found.halves.change.value == pytest.approx(-0.06, abs=0.002)
    assert any("slope changed" in warning for warning in found.warnings)
    steady = beside(pairs([0.3 + 0.003 * MEANS[p % 8] + 0.01 * (p % 2) for p in range(16)], dates=days)).drift
    assert steady.warnings == []


def test_versions_in_the_order_of_their_scores_are_told_and_few_versions_get_no_test():
    ordered = sorted(range(4), key=lambda place: MEANS[place])
    found = beside(pairs([0.3, 0.4, 0.5, 0.6], dates=[30 * place for place in ordered]))
    assert found.drift.confounded and "cannot be told apart" in " ".join(found.drift.warnings)
    assert found.slope is not None and found.slope.low is None and found.detectable_slope is None
    assert found.drift.halves is None


def test_without_dates_no_drift_is_told():
    found = beside(pairs([0.3, 0.4, 0.5, 0.6])).drift
    assert (found.dated, found.undated, found.trend, found.reason) == (0, 4, None, "no row has a date")
    assert beside(pairs([0.3, 0.4, 0.5], dates=[1, 1, 1])).drift.reason == "all dated rows are of one day"


def test_groups_within_versions_are_said_to_be_too_fine():
    rows = [(row._replace(cluster=str(place)), name) for place, (row, name) in enumerate(pairs([0.5] * 16))]
    assert finer_than_versions(Joined(rows, {}, []), "cluster")
    assert not finer_than_versions(Joined(pairs([0.5] * 16), {}, []), "cluster")
    assert not finer_than_versions(Joined(rows, {}, []), "version")
