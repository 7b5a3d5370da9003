"""The work of one annotator: sample, order, what is marked, and what is seen only afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from empa_graph.content.library import load_rubric
from empa_graph.distill.anchors import shown
from empa_graph.distill.annotating import Annotating, annotator_named, sampled
from empa_graph.distill.folder import conversations
from empa_graph.distill.mark_store import MarkStore
from empa_graph.distill.marks import Quote
from empa_graph.errors import NotFoundError, UsageError
from tests.distill.marked import KNOWN, SPACE, any_value, conversation, every, folder, mark


@pytest.fixture
def store(tmp_path: Path) -> MarkStore:
    with MarkStore(folder(tmp_path / "distilled"), SPACE) as opened:
        yield opened  # type: ignore[misc]


def work(store: MarkStore, annotator: str = "ewa") -> Annotating:
    return Annotating(store, list(conversations(store.folder)), annotator)


def test_a_smaller_sample_is_the_beginning_of_a_larger_and_the_seed_decides():
    talks = [conversation(f"c{number}") for number in range(40)]
    ten, five, other = (
        [talk.id for talk in sampled(talks, size, seed=seed)] for size, seed in ((10, 1), (5, 1), (10, 2))
    )
    assert ten[:5] == five and ten != other and len(set(ten)) == 10
    assert [talk.id for talk in sampled(reversed(talks), None, seed=1)][:10] == ten


def test_what_another_person_began_comes_first(store: MarkStore):
    store.add([mark("danger", "none", "tom", of="three"), mark("danger", "none", "offline", of="two")])
    assert list(work(store).talks) == ["three", "one", "two"]
    assert list(work(store, "tom").talks) == ["one", "two", "three"]


def test_others_are_seen_once_ones_own_are_given_and_not_before(store: MarkStore):
    store.add([*every("one", "tom"), mark("danger", "none", "offline")])
    ewa = work(store)
    assert ewa.others("one") == ()
    for variable in KNOWN:
        ewa.mark("one", variable, any_value(variable))
    assert ewa.others("one") == () and ewa.unmarked("one") == ()
    ewa.give("one")
    assert {one.annotator for one in ewa.others("one")} == {"tom", "offline"}
    assert ewa.others("two") == ()


def test_marks_are_given_when_each_variable_is_marked_or_left_aside(store: MarkStore):
    ewa = work(store)
    with pytest.raises(UsageError, match="nothing is marked"):
        ewa.give("one", left=KNOWN)
    ewa.mark("one", "danger", "none")
    with pytest.raises(UsageError, match=r"not marked: context, matter, start\.autonomy"):
        ewa.give("one", left=["needs"])
    ewa.give("one", left=KNOWN)
    assert ewa.state("one") == "given" and ewa.progress()[:] == (1, 0, 3)


def test_a_skip_needs_no_reason_and_can_be_taken_up_again(store: MarkStore):
    ewa = work(store)
    first = ewa.next_open()
    assert first is not None
    ewa.skip(first)
    assert ewa.progress().done == 1 and ewa.next_open() != first and ewa.others(first) == ()
    ewa.take_up(first)
    assert ewa.progress().done == 0 and ewa.next_open() == first


def test_the_next_one_is_behind_the_last_and_then_from_the_start(store: MarkStore):
    ewa = work(store)
    assert [ewa.next_open(after) for after in ("one", "three", None)] == ["two", "one", "one"]
    for id_ in ("one", "two", "three"):
        ewa.skip(id_)
    assert ewa.next_open() is None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"value": "maybe"}, "danger: allowed is one of"),
        ({"value": "none", "quotes": [Quote(turn=0, text="never said")]}, "message 0 does not say these words"),
        ({"value": "none", "quotes": [Quote(turn=6, text="a")]}, "message 6 is none, the last is 5"),
        ({"value": "none", "reason": "x" * 601}, "reason: "),
        ({"value": "none", "quotes": [Quote(turn=0, text=letter) for letter in "beinghavt"]}, "quotes: "),
    ],
)
def test_what_does_not_fit_is_one_line_and_not_kept(words: dict[str, object], told: str, store: MarkStore):
    with pytest.raises(UsageError, match=told):
        work(store).mark("one", "danger", **words)  # type: ignore[arg-type]
    assert store.marks() == ()


def test_a_conversation_that_is_not_among_theirs_is_told(store: MarkStore):
    with pytest.raises(NotFoundError, match="unknown conversation 'oen'"):
        work(store).own("oen")


@pytest.mark.parametrize("name", ["", "two words", "offline", "openai:gpt", "<b>"])
def test_a_name_that_is_none_or_a_machines_is_refused(name: str):
    with pytest.raises(UsageError, match="--annotator"):
        annotator_named(name)


@pytest.mark.parametrize("rubric", ["sdt", "epm"])
def test_every_value_has_its_anchor_and_every_variable_its_title(rubric: str):
    for one in shown(load_rubric(rubric).space):
        assert one.title and len(one.anchors) >= 3 and all(anchor.text for anchor in one.anchors)
        if one.variable.allowed:
            assert tuple(anchor.value for anchor in one.anchors) == one.variable.allowed
