from __future__ import annotations

from itertools import count

from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy.dialects import sqlite

from empa_graph.store.ledger import Store
from empa_graph.store.tables import FreeText
from tests.records import run
from tests.store_parts import played, said, turn

NAMES = count()
TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\\\0"), max_size=30)


@given(TEXT)
def test_any_text_comes_back_from_its_column_and_without_nul_on_the_way(text: str):
    column, dialect = FreeText(), sqlite.dialect()
    written = column.process_bind_param(text, dialect)
    assert written is not None and "\0" not in written
    assert column.process_result_value(written, dialect) == text


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reply=TEXT, scenario=TEXT, unscored=TEXT)
def test_any_text_of_an_episode_comes_back_from_either_database(url: str, reply: str, scenario: str, unscored: str):
    changes = {"scenario": scenario, "score": None, "unscored": unscored, "ending": "failed"}
    episode = played([turn(0, 1, messages=said(1, reply))], **changes)
    with Store.create(url, run(id=f"run-{next(NAMES)}")) as store:
        store.add_episode(0, episode)
        assert (store.episode(0), store.verify().faults) == (episode, ())
