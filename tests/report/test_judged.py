from __future__ import annotations

import pytest

from empa_graph.report.judged import Means, conversation_means
from empa_graph.report.summary import averaged
from tests.records import episode


def test_means_are_those_of_the_scored_conversations_whatever_comes_between():
    scored = [episode(repeat=number) for number in range(3)]
    assert all(one.score is not None for one in scored)
    unscored = scored[0].model_copy(update={"score": None, "unscored": "no turn was judged"})
    means = Means()
    for one in (scored[0], unscored, *scored[1:]):
        means.add(one)
    assert means.scored == 3
    assert means.metrics() == conversation_means([*scored, unscored])
    values = [one.score.composite for one in scored if one.score is not None]
    assert means.metrics()["composite"] == averaged(values, seed=0, name="composite")


def test_what_some_lack_is_left_out_and_counted():
    one = episode()
    assert one.score is not None
    bare = one.model_copy(update={"support": None})
    found = conversation_means([bare, bare])
    assert "support" not in found and found["progress"].missing == 0
    assert found["progress"].mean == pytest.approx(one.score.progress)


def test_nothing_scored_has_no_mean():
    assert conversation_means([]) == {} == Means().metrics()
