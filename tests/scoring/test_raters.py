from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from empa_graph.errors import MissingExtraError
from empa_graph.scoring import raters
from empa_graph.scoring.raters import ceiling

NO = np.nan
GROUPS = list("abcdef")


def test_two_raters_are_each_held_against_the_other():
    table = np.array([[1, 2], [2, 1], [3, 3], [4, 5], [5, 4], [5, 5]], dtype=float)
    found = ceiling(table, GROUPS, seed=0)
    one, other = np.concatenate([table[:, 0], table[:, 1]]), np.concatenate([table[:, 1], table[:, 0]])
    assert (found.raters, found.n, found.reason) == (2, 6, None)
    assert found.pearson and found.pearson.value == pytest.approx(stats.pearsonr(one, other).statistic)


def test_three_raters_are_each_held_against_the_mean_of_the_others():
    table = np.array([[1, 2, 6], [2, 2, 2], [3, 5, 1], [4, 4, 4], [5, 5, 2]], dtype=float)
    others = [(table.sum(axis=1) - table[:, r]) / 2 for r in range(3)]
    found = ceiling(table, GROUPS[:5], seed=0)
    wanted = stats.pearsonr(table.T.ravel(), np.concatenate(others)).statistic
    assert found.pearson and found.pearson.value == pytest.approx(wanted)


def test_raters_of_unequal_number_and_missing_ratings_are_left_out_where_they_lack():
    full = np.array([[1, 2], [2, 2], [3, 4], [5, 4], [4, 5]], dtype=float)
    patchy = np.vstack([np.column_stack([full, np.full(5, NO)]), [[NO, 3, NO], [NO, NO, NO]]])
    assert ceiling(patchy, [*GROUPS, "g"], seed=0)._replace(raters=2) == ceiling(full, GROUPS[:5], seed=0)


def test_krippendorffs_alpha_is_that_of_the_package_for_numbers():
    # K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section E, interval data.
    answers = [[1, 2, 3, 3, 2, 1, 4, 1, 2, NO, NO, NO], [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NO, 3]]
    answers += [[NO, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NO], [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NO]]
    found = ceiling(np.array(answers).T, [str(n) for n in range(12)], seed=0)
    assert found.alpha == pytest.approx(0.849, abs=5e-4)


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ([[1.0], [2.0], [3.0]], "one rating a row"),
        ([[NO, NO]] * 5, "nobody rated"),
        ([[1.0, 2.0], [2.0, NO], [3.0, 1.0]], "2 rows with two ratings, at least 4 are needed"),
        ([[3.0, 3.0]] * 5, "the ratings of rows with two or more are constant"),
    ],
)
def test_what_leaves_no_ceiling_is_said(table: list[list[float]], why: str):
    found = ceiling(table, GROUPS[: len(table)], seed=0)
    assert (found.pearson, found.spearman, found.alpha, found.reason) == (None, None, None, why)


def test_without_the_package_the_rest_is_there_and_the_command_is_named(monkeypatch: pytest.MonkeyPatch):
    def absent(*words: object) -> float:
        raise MissingExtraError("it needs: pip install 'empa-graph[panel]'")

    monkeypatch.setattr(raters, "alpha", absent)
    found = ceiling([[1, 2], [2, 2], [3, 4], [5, 4]], GROUPS[:4], seed=0)
    assert found.pearson is not None and found.alpha is None
    assert found.reason == "it needs: pip install 'empa-graph[panel]'"
