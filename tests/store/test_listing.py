from __future__ import annotations

from collections.abc import Iterator

import pytest

from empa_graph.store.ledger import Store
from empa_graph.store.listing import ANY, Extent, Mean, Wanted
from empa_graph.store.records import CallEntry, Closing
from tests.records import episode, run, score
from tests.store_parts import call, played, said, turn

FAILED = {"score": None, "unscored": "judge_invalid", "ending": "failed"}


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """Six episodes: two scenarios under two variants, one without a score, one of a scenario of its own."""
    with Store.create(url, run("baseline", "aligned", episodes=3)) as made:
        shown = [
            {"scenario": "nurse/sleep", "score": score(10.0)},
            {"scenario": "nurse/sleep", "variant": "aligned", "score": score(90.0)},
            {"scenario": "heir/100%_debt", "score": score(50.0), "ending": "converged"},
            {"scenario": "heir/100%_debt", "variant": "aligned", **FAILED},
            {"scenario": "Heir/father", "score": score(20.0), "messages": said(1, 'He said "No\\way".\nÄRGER')},
        ]
        made.append([Closing(number, episode(**changes)) for number, changes in enumerate(shown)])
        turns = [turn(5, 1, messages=said(1, "a quiet word")), turn(5, 2, messages=said(2, "Another WORD"))]
        made.append([*turns, Closing(5, played(turns, scenario="nurse/late", score=score(30.0)))])
        yield made


def numbers(store: Store, **wanted: object) -> list[int]:
    return [row.number for row in store.page(Wanted.model_validate(wanted)).rows]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, [0, 1, 2, 3, 4, 5]),
        ({"scenario": "nurse"}, [0, 1, 5]),
        ({"scenario": "HEIR"}, [2, 3, 4]),
        ({"scenario": "100%_"}, [2, 3]),
        ({"scenario": "10_%"}, []),
        ({"variant": "aligned"}, [1, 3]),
        ({"ending": "converged"}, [2]),
        ({"cause": ANY}, [3]),
        ({"cause": "judge_invalid"}, [3]),
        ({"cause": "timeout"}, []),
        ({"low": 20.0}, [1, 2, 4, 5]),
        ({"low": 20.0, "high": 30.0}, [4, 5]),
        ({"scenario": "nurse", "variant": "baseline", "high": 10.0}, [0]),
    ],
)
def test_episodes_are_filtered(store: Store, wanted: dict[str, object], found: list[int]):
    assert numbers(store, **wanted) == found


def test_an_order_puts_those_without_a_value_last_whichever_way(store: Store):
    rising, falling = (
        [row.number for row in store.page(Wanted(), order="composite", falling=falls).rows] for falls in (False, True)
    )
    assert rising == [0, 4, 5, 2, 1, 3]
    assert falling == [1, 2, 5, 4, 0, 3]


def test_a_page_is_a_part_of_what_fits_and_says_how_many_do(store: Store):
    page = store.page(Wanted(variant="baseline"), offset=1, limit=2)
    assert (page.total, [row.number for row in page.rows]) == (4, [2, 4])
    assert page.rows[0].composite == 50.0


def test_choices_are_the_values_with_their_counts(store: Store):
    found = store.choices()
    assert found["variant"] == {"aligned": 2, "baseline": 4}
    assert found["cause"] == {"judge_invalid": 1}
    assert found["scenario"]["heir/100%_debt"] == 2


def test_means_leave_out_what_has_no_score(store: Store):
    found = {(mean.scenario, mean.variant): mean for mean in store.means()}
    assert found["heir/100%_debt", "aligned"] == Mean("heir/100%_debt", "aligned", 1, 0, None)
    assert found["nurse/sleep", "baseline"].composite == 10.0


def test_an_extent_counts_what_came_since(store: Store):
    before = store.extent()
    assert before == Extent(episodes=6, scored=5, turns=2, calls=0, links=9)
    assert store.extent(before) == before


def test_an_extent_goes_on_from_an_earlier_one(url: str):
    with Store.create(url, run(episodes=3)) as store:
        store.append([turn(0, 1), CallEntry(call=call())])
        early = store.extent()
        store.append([Closing(1, episode(score=None, unscored="timeout"))])
        assert store.extent(early) == store.extent() == Extent(1, 0, 1, 1, 4)


def test_the_latest_are_those_that_ended_last(store: Store):
    assert [row.number for row in store.latest(2)] == [5, 4]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("word", [(5, 1), (5, 2)]),
        ("ärger", [(4, 1)]),
        ('"no\\WAY".\n', [(4, 1)]),
        ("good evening", [(0, 1), (1, 1), (2, 1), (3, 1)]),
        ("speaker", []),
        ("%", []),
    ],
)
def test_a_search_reads_messages_and_no_other_field(store: Store, text: str, found: list[tuple[int, int]]):
    hits = store.search(text, Wanted(), seconds=60.0)
    assert [(hit.number, hit.message.turn) for hit in hits.hits] == found
    assert (hits.searched, hits.after) == (6, None)


def test_a_search_keeps_to_the_filters(store: Store):
    assert [hit.number for hit in store.search("evening", Wanted(variant="aligned"), seconds=60.0).hits] == [1, 3]


def test_a_search_ends_with_enough_and_goes_on_behind(store: Store):
    first = store.search("evening", Wanted(), most=2, seconds=60.0)
    assert ([hit.number for hit in first.hits], first.after) == ([0, 1], 1)
    rest = store.search("evening", Wanted(), after=1, seconds=60.0)
    assert ([hit.number for hit in rest.hits], rest.after) == ([2, 3], None)


def test_a_search_without_time_looks_at_one_episode_at_least(store: Store):
    found = store.search("evening", Wanted(), seconds=0.0)
    assert (found.searched, found.after) == (1, 0)


def test_a_store_tells_whether_it_is_being_written(url: str):
    with Store.create(url, run()) as writing, Store.open(url) as reading:
        assert reading.being_written() is True
        assert writing.being_written() is True
    with Store.open(url) as reading:
        assert reading.being_written() is False
