"""Settling: what is left, who is shown what, and which values can be settled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from empa_graph.distill.folder import conversations
from empa_graph.distill.mark_store import MarkStore
from empa_graph.distill.settling import Settling
from empa_graph.errors import NotFoundError, UsageError
from tests.distill.marked import SPACE, folder, mark


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MarkStore]:
    with MarkStore(folder(tmp_path / "distilled"), SPACE) as opened:
        opened.add([mark("danger", "none", "ewa"), mark("danger", "hinted", "tom")])
        opened.add([mark("threshold", "low", "ewa", "two"), mark("threshold", "high", "tom", "two")])
        opened.add([mark("context", "work", "ewa"), mark("context", "work", "tom")])
        yield opened


def work(store: MarkStore, by: str = "ida") -> Settling:
    return Settling(store, {talk.id: talk for talk in conversations(store.folder)}, by)


def test_what_people_differ_on_is_left_the_largest_first(store: MarkStore):
    found = work(store)
    assert [(one.conversation, one.variable) for one in found.left()] == [("two", "threshold"), ("one", "danger")]
    assert found.variables("one") == ("danger",) and found.variables("three") == ()
    assert found.next_left() == "two" and found.next_left("two") == "one"


def test_a_settled_value_is_left_no_longer_and_can_be_settled_again(store: MarkStore):
    found = work(store)
    found.settle("one", "danger", "hinted", reason="It has to be asked.", after=0)
    assert [one.variable for one in found.left()] == ["threshold"] and found.variables("one") == ("danger",)
    found.settle("one", "danger", "none", after=1)
    assert [(one.value, one.by) for one in found.history("one", "danger")] == [("hinted", "ida"), ("none", "ida")]
    assert [one.value for one in found.settled()] == ["none"]


def test_a_value_is_refused_where_another_was_settled_since(store: MarkStore):
    work(store, "tim").settle("one", "danger", "none")
    with pytest.raises(UsageError, match="danger: tim has settled it since; look at that first"):
        work(store).settle("one", "danger", "hinted", after=0)
    assert [one.value for one in store.settled()] == ["none"]


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("danger", "much", "danger: allowed is one of none, hinted, stated"),
        ("context", "work", "context: people do not differ on it here, and it was never settled"),
        ("dangr", "none", "unknown variable 'dangr'. Did you mean 'danger'?"),
    ],
)
def test_what_cannot_be_settled_is_one_line(store: MarkStore, variable: str, value: str, told: str):
    with pytest.raises(UsageError, match=told):
        work(store).settle("one", variable, value)
    assert store.settled() == ()


def test_who_has_begun_and_not_given_is_shown_nothing_and_settles_nothing(store: MarkStore):
    found = work(store, "ewa")
    assert found.withheld() == {"one", "two"} and found.next_left() is None
    for asked in (found.talk, found.variables):
        with pytest.raises(UsageError, match="give your own marks of it first"):
            asked("one")
    with pytest.raises(UsageError, match="give your own marks of it first"):
        found.settle("one", "danger", "none")
    store.say("given", "one", "ewa")
    assert found.talk("one").id == "one" and found.next_left() == "one"


def test_what_is_marked_after_it_was_shown_does_not_count_for_agreement(store: MarkStore):
    found = work(store)
    found.talk("one")
    store.add([mark("danger", "none", "ida"), mark("threshold", "low", "ida", "two")])
    assert [one.variable for one in store.marks(annotator="ida", independent=True)] == ["threshold"]
    assert len(store.marks(annotator="ida")) == 2


def test_only_a_person_settles_and_only_what_is_there(store: MarkStore):
    with pytest.raises(UsageError, match="is the name of a machine"):
        work(store, "openai:gpt")
    with pytest.raises(NotFoundError, match="unknown conversation 'four'"):
        work(store).talk("four")
