from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from empa_graph.errors import SuspendedError
from empa_graph.run.session import RunStore
from empa_graph.store.folder import folder_url
from empa_graph.store.ledger import Store
from empa_graph.store.records import CallEntry
from tests.records import run
from tests.store_parts import call, played, turn


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(folder_url(tmp_path), run(episodes=3)) as made:
        yield made


async def test_what_is_kept_is_in_the_store_when_it_returns(store: Store):
    kept = RunStore(store)
    turns = [turn(0, 1), turn(0, 2)]
    await kept.keep_turn(turns[0])
    assert store.turns(0) == (turns[0],)
    await kept.keep_turn(turns[1])
    await kept.keep_episode(0, played(turns))
    assert store.episode(0) == played(turns)
    await kept.aclose()


async def test_an_answer_is_found_once_it_is_kept(store: Store):
    kept = RunStore(store)
    assert kept.answer("k") is None
    await kept.keep_call(call(), key="k", answer="{}")
    assert (kept.answer("k"), store.answer("k")) == ("{}", "{}")
    await kept.aclose()


async def test_a_failed_call_is_kept_and_answers_nothing(store: Store):
    kept = RunStore(store)
    await kept.keep_call(call(failure="dropped"), key=None, answer=None)
    await kept.aclose()
    assert [each.failure for each in store.calls()] == ["dropped"]


async def test_adders_at_the_same_time_are_all_durable(store: Store):
    kept = RunStore(store)
    keeping = [kept.keep_call(call(turn=n + 1), key=f"k{n}", answer=str(n)) for n in range(50)]
    await asyncio.gather(*keeping)
    assert [store.answer(f"k{n}") for n in range(50)] == [str(n) for n in range(50)]
    assert store.totals().calls == 50
    await kept.aclose()


async def test_a_later_session_finds_turns_answers_and_calls_of_what_has_not_ended(store: Store):
    store.append([turn(0, 1), CallEntry(call=call(episode=0), key="k", answer="{}")])
    store.append([turn(1, 1), CallEntry(call=call(episode=1))])
    store.add_episode(1, played([turn(1, 1)]))
    kept = RunStore(store)
    assert (kept.ended, len(kept.turns(0)), kept.turns(1), kept.turns(2)) == (frozenset({1}), 1, (), ())
    assert kept.answer("k") == "{}"
    assert (len(kept.calls(0)), kept.calls(1), kept.calls(2)) == (1, (), ())


async def test_answers_of_another_run_serve_where_this_one_has_none(store: Store, tmp_path: Path):
    with Store.create(folder_url(tmp_path / "other"), run()) as other:
        other.append([CallEntry(call=call(), key=key, answer="theirs") for key in ("a", "b")])
        kept = RunStore(store, cache=other)
        await kept.keep_call(call(), key="a", answer="ours")
        assert (kept.answer("a"), kept.answer("b"), kept.answer("c")) == ("ours", "theirs", None)
        await kept.aclose()


async def test_a_closed_run_store_takes_no_more(store: Store):
    kept = RunStore(store)
    await kept.aclose()
    with pytest.raises(SuspendedError, match="the store is closed"):
        await kept.keep_turn(turn(0, 1))
