from __future__ import annotations

import pytest

from empa_graph.errors import ContentError, NotFoundError, UsageError
from empa_graph.models.dialogue import Message
from empa_graph.models.episode import Episode
from empa_graph.models.failure import Failure
from empa_graph.store.ledger import Store
from empa_graph.store.records import CallEntry, Closing
from tests.records import episode as small, run, score
from tests.store_parts import begun, call, entries, filled, missing, played, said, step, turn


def test_turns_read_back_as_they_were_stored(url: str):
    with filled(url) as store:
        assert store.turns(0) == (turn(0, 1), turn(0, 2, step=missing(2)))
        assert store.turns(7) == ()


def test_an_episode_stored_turn_by_turn_equals_the_one_that_was_played(url: str):
    with filled(url) as store:
        assert store.episode(0) == played([turn(0, 1), turn(0, 2, step=missing(2))])


def test_an_episode_stored_at_once_equals_the_one_that_was_played(url: str):
    episode = played([turn(3, 1), turn(3, 2), turn(3, 3, step=step(3, increment=None, due=False))], repeat=4)
    with Store.create(url, run()) as store:
        store.add_episode(3, episode)
        assert store.episode(3) == episode
        assert store.turns(3) == ()


def test_what_a_torn_turn_left_stands_in_the_closing(url: str):
    failure = Failure(turn=2, blame="provider", kind="timeout", detail="gone", seat="empathic")
    torn = (*said(1), Message(turn=2, speaker="persona", content="Are you there?"))
    ended = played([turn(0, 1)], messages=torn, ending="failed", failure=failure, score=None, unscored="timeout: gone")
    with Store.create(url, run()) as store:
        store.append([turn(0, 1)])
        store.append([Closing(number=0, episode=ended)])
        assert store.episode(0) == ended
        assert [row.unscored for row in store.outcomes()] == ["timeout"]


def test_an_episode_without_a_turn_can_end(url: str):
    nothing = small(messages=(), latent=small().latent.model_copy(update={"steps": (), "position": (0.0, 0.0)}))
    with Store.create(url, run()) as store:
        store.add_episode(0, nothing)
        assert store.episode(0) == nothing


def test_messages_out_of_order_keep_their_order(url: str):
    mixed = (*said(2), *said(1), Message(turn=1, speaker="empathic", content="late"))
    episode = played([turn(0, 1), turn(0, 2)], messages=mixed)
    with Store.create(url, run()) as store:
        store.add_episode(0, episode)
        assert store.episode(0) == episode


def test_ended_and_open_episodes_are_told_apart(url: str):
    with filled(url) as store:
        assert (store.ended(), begun(store)) == ({0}, {1})


def test_a_store_that_was_closed_goes_on_where_it_stood(url: str):
    filled(url).close()
    with Store.open(url, writing=True) as store:
        store.append([turn(1, 2)])
        store.append([Closing(number=1, episode=played([turn(1, 1), turn(1, 2)]))])
        assert store.episode(1) == played([turn(1, 1), turn(1, 2)])
        assert store.verify().faults == ()


def test_the_manifest_is_kept(url: str):
    with filled(url) as store:
        assert store.run == run()


def test_answers_are_found_by_their_key_and_the_first_is_kept(url: str):
    with filled(url) as store:
        twice = [CallEntry(call=call(), key=key, answer=said) for key, said in (("k1", "no"), ("k2", "a"), ("k2", "b"))]
        store.append(twice)
        assert [store.answer(key) for key in ("k1", "k2", "k3")] == ['{"text": "yes"}', "a", None]
        assert store.verify().faults == ()


def test_calls_read_back_in_order(url: str):
    with filled(url) as store:
        timeout = call(failure="timeout", usage=None, cost=None, answered_by=None)
        assert list(store.calls()) == [call(), timeout]


def test_totals_leave_out_what_was_replayed_and_count_what_has_no_price(url: str):
    with filled(url) as store:
        store.append([CallEntry(call=call(replayed=True)), CallEntry(call=call(cost=None))])
        totals = store.totals()
    assert (totals.calls, totals.failed, totals.replayed, totals.unpriced) == (3, 1, 1, 1)
    assert (totals.tokens_in, totals.tokens_cached, totals.tokens_out) == (20, 8, 4)
    assert (totals.cost, totals.seconds) == (0.5, 2.5)


def test_one_bad_entry_keeps_all_of_its_transaction_out(url: str):
    with filled(url) as store:
        before = store.verify()
        with pytest.raises(ContentError, match="episode 1: turn 4 after 2 stored turns"):
            store.append([turn(1, 2), turn(1, 4)])
        assert (store.verify(), len(store.turns(1))) == (before, 1)
        store.append([turn(1, 2)])
        assert store.verify().faults == ()


def test_an_ended_episode_takes_nothing_more(url: str):
    with filled(url) as store, pytest.raises(ContentError, match="episode 0 has ended"):
        store.append([turn(0, 3)])


def test_a_closing_shorter_than_its_stored_turns_is_refused(url: str):
    with filled(url) as store:
        store.append([turn(1, 2)])
        with pytest.raises(ContentError, match="its closing holds less than its 2 stored turns"):
            store.add_episode(1, played([turn(1, 1)]))


def test_outcomes_are_filtered_by_their_columns(url: str):
    def ended(**changes: object) -> Episode:
        return small(**changes)

    with Store.create(url, run()) as store:
        store.add_episode(0, ended(variant="a", scenario="x/y", score=score(40.0)))
        store.add_episode(1, ended(variant="b", scenario="x/y", score=score(60.0), ending="converged"))
        store.add_episode(2, ended(variant="b", score=None, unscored="no_turns", ending="failed"))
        assert [row.number for row in store.outcomes(variant="b")] == [1, 2]
        assert [row.composite for row in store.outcomes(scenario="x/y", ending="converged")] == [60.0]
        assert [episode.variant for episode in store.episodes(ending="failed")] == ["b"]
        (a, b) = store.by_variant()
    assert (a.variant, a.episodes, a.scored, a.composite) == ("a", 1, 1, 40.0)
    assert (b.variant, b.episodes, b.scored, b.composite, b.turns) == ("b", 2, 1, 60.0, 1.0)


def test_an_episode_that_is_not_there_is_named(url: str):
    with filled(url) as store, pytest.raises(NotFoundError, match="unknown ended episode '9'"):
        store.episode(9)


def test_several_runs_share_a_database_and_are_told_apart(url: str):
    filled(url).close()
    Store.create(url, run(id="other")).close()
    with pytest.raises(UsageError, match="2 runs lie here; name one behind the URL, as in URL#other"):
        Store.open(url)
    with pytest.raises(NotFoundError, match="Did you mean 'other'"):
        Store.open(url, "othr")
    with Store.open(url, "other") as store:
        assert (store.run.id, store.ended(), store.verify().links) == ("other", frozenset(), 1)


def test_a_run_is_made_once(url: str):
    filled(url).close()
    with pytest.raises(UsageError, match="lies there already"):
        Store.create(url, run())


def test_a_store_opened_for_reading_does_not_write(url: str):
    filled(url).close()
    with Store.open(url) as store, pytest.raises(UsageError, match="open for reading only"):
        store.append(entries())


def test_a_run_that_is_written_can_be_read(url: str):
    with filled(url) as writer, Store.open(url) as reader:
        writer.append([turn(1, 2)])
        assert len(reader.turns(1)) == 2
        assert reader.verify().faults == ()


def test_a_second_writer_is_refused_in_one_line(url: str):
    with filled(url), pytest.raises(UsageError, match="another process is writing") as refused:
        Store.open(url, writing=True)
    assert "\n" not in str(refused.value)
    Store.open(url, writing=True).close()
