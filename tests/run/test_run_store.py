from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from empa_graph.errors import SuspendedError
from empa_graph.run.run_store import RunStore
from empa_graph.store.access import folder_url
from empa_graph.store.ledger import Store
from empa_graph.store.records import CallEntry
from tests.records import run
from tests.store_parts import call, played, turn


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(folder_url(tmp_path), run(episodes=3)) as made:
        yield made


async def test_what_is_kept_is_in_the_store_when_it_returns(store: Store):
    book = RunStore(store)
    turns = [turn(0, 1), turn(0, 2)]
    await book.keep_turn(turns[0])
    assert store.turns(0) == (turns[0],)
    await book.keep_turn(turns[1])
    await book.keep_episode(0, played(turns))
    assert store.episode(0) == played(turns)
    await book.aclose()


async def test_an_answer_is_found_once_it_is_kept(store: Store):
    book = RunStore(store)
    assert book.answer("k") is None
    await book.keep_call(call(), key="k", answer="{}")
    assert (book.answer("k"), store.answer("k")) == ("{}", "{}")
    await book.aclose()


async def test_a_failed_call_is_kept_and_answers_nothing(store: Store):
    book = RunStore(store)
    await book.keep_call(call(failure="dropped"), key=None, answer=None)
    await book.aclose()
    assert [each.failure for each in store.calls()] == ["dropped"]


async def test_adders_at_the_same_time_are_all_durable(store: Store):
    book = RunStore(store)
    keeping = [book.keep_call(call(turn=n + 1), key=f"k{n}", answer=str(n)) for n in range(50)]
    await asyncio.gather(*keeping)
    assert [store.answer(f"k{n}") for n in range(50)] == [str(n) for n in range(50)]
    assert store.totals().calls == 50
    await book.aclose()


async def test_a_later_sitting_finds_turns_answers_and_calls_of_what_has_not_ended(store: Store):
    store.append([turn(0, 1), CallEntry(call=call(episode=0), key="k", answer="{}")])
    store.append([turn(1, 1), CallEntry(call=call(episode=1))])
    store.add_episode(1, played([turn(1, 1)]))
    book = RunStore(store)
    assert (book.ended, len(book.turns(0)), book.turns(1), book.turns(2)) == (frozenset({1}), 1, (), ())
    assert book.answer("k") == "{}"
    assert (len(book.calls(0)), book.calls(1), book.calls(2)) == (1, (), ())


async def test_answers_of_another_run_serve_where_this_one_has_none(store: Store, tmp_path: Path):
    with Store.create(folder_url(tmp_path / "other"), run()) as other:
        other.append([CallEntry(call=call(), key=key, answer="theirs") for key in ("a", "b")])
        book = RunStore(store, cache=other)
        await book.keep_call(call(), key="a", answer="ours")
        assert (book.answer("a"), book.answer("b"), book.answer("c")) == ("ours", "theirs", None)
        await book.aclose()


async def test_a_closed_book_takes_no_more(store: Store):
    book = RunStore(store)
    await book.aclose()
    with pytest.raises(SuspendedError, match="the store is closed"):
        await book.keep_turn(turn(0, 1))
