"""The viewer over databases of several runs, SQLite and a PostgreSQL server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from empa_graph.errors import UsageError
from empa_graph.models.run import Run
from empa_graph.store.access import open_store
from empa_graph.store.annotations import Annotations
from empa_graph.store.ledger import Store
from empa_graph.viewer.catalogue import Catalogue
from tests import postgres
from tests.command import empa
from tests.records import run
from tests.viewer_parts import HOST, keys, let_in, two_variants

Looking = Callable[[str], TestClient]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database that holds the runs `first` and `second`, of four ended episodes each."""
    if request.param == "sqlite":
        yield filled(f"sqlite:///{tmp_path}/run.db")
        return
    with postgres.server() as server:
        yield filled(server)


def filled(url: str) -> str:
    for name in ("first", "second"):
        episodes = two_variants()
        plan = [{"scenario": e.scenario, "variant": e.variant, "repeat": e.repeat, "seed": e.seed} for e in episodes]
        made = run("baseline", "aligned", id=name)
        with Store.create(url, Run.model_validate({**made.model_dump(), "plan": plan})) as store:
            for number, one in enumerate(episodes):
                store.add_episode(number, one)
            store.seal()
    return url


def ratings(url: str, name: str) -> list[float | None]:
    with closing(Annotations.beside(url, name)) as said:
        return [one.rating for one in said.history()]


@pytest.fixture
def looking() -> Iterator[Looking]:
    """What looks at places as the viewer does, with its stores closed behind it."""
    opened: list[Catalogue] = []

    def at(place: str) -> TestClient:
        opened.append(Catalogue([place]))
        return let_in(opened[-1])

    yield at
    for one in opened:
        one.close()


def test_every_run_is_listed_looked_at_compared_and_rated(url: str, looking: Looking):
    found = looking(url)
    listed = keys(found)
    assert set(listed) == {"first", "second"}
    first = f"/api/runs/{listed['first']}"
    assert len(found.get(f"{first}/episodes").json()["episodes"]) == 4
    assert found.get(f"/compare?left={listed['first']}&right={listed['second']}").status_code == 200
    said = {"episode": 0, "turn": 1, "annotator": "Nadia", "name": "support", "rating": 4}
    assert found.post(f"{first}/annotations", json=said, headers={"Origin": HOST}).status_code == 201
    assert (ratings(url, "first"), ratings(url, "second")) == ([4], [])
    assert found.get(f"/runs/{listed['first']}/ratings.jsonl").text.count("support") == 1
    with open_store(f"{url}#first") as store:
        assert store.verify().faults == ()


def test_one_run_of_a_database_is_named_behind_its_url(url: str, looking: Looking):
    assert set(keys(looking(f"{url}#second"))) == {"second"}
    with pytest.raises(UsageError, match=r"unknown run 'secnd'.*Did you mean 'second'"):
        looking(f"{url}#secnd")


def test_commands_read_the_run_that_is_named(url: str, tmp_path: Path):
    assert empa("report", url, "--json").code == 2
    assert json.loads(empa("report", f"{url}#second", "--json").out)["runs"][0]["name"] == "second"
    assert empa("verify", f"{url}#first").code == 0
    assert empa("export", f"{url}#first", "--out", tmp_path / "first.jsonl").code == 0
    assert "Did you mean 'first'" in empa("verify", f"{url}#frist").err
