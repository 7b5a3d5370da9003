from __future__ import annotations

from pathlib import Path

import pytest

from empa_graph.store.access import open_store
from empa_graph.store.listing import Extent
from empa_graph.viewer import recent as module
from empa_graph.viewer.catalogue import Catalogue
from empa_graph.viewer.recent import Recent, state_of
from empa_graph.viewer.reported import reported
from tests.records import episode, run
from tests.viewer_parts import folder, two_variants


@pytest.mark.parametrize(
    ("episodes", "writing", "status"),
    [
        (4, True, "complete"),
        (4, False, "complete"),
        (3, True, "running"),
        (3, False, "suspended"),
        (3, None, "suspended"),
    ],
)
def test_a_run_is_complete_running_or_suspended(episodes: int, writing: bool | None, status: str):
    found = state_of(run(episodes=4), Extent(episodes, 0, 0, 0, 1), "runs/one", writing=writing)
    assert found.status == status
    left = "suspended: 1 of 4 episodes are left to play; go on with: empa resume runs/one"
    assert found.suspended == (left if status == "suspended" else "")


def test_a_run_that_was_recorded_elsewhere_is_complete_as_it_came():
    recorded = run(episodes=4).model_copy(update={"recorded": "a chat log"})
    assert state_of(recorded, Extent(3, 0, 0, 0, 1), "runs/one", writing=False) == ("complete", "")


def test_a_run_that_has_not_changed_is_listed_without_its_store(tmp_path: Path):
    folder(tmp_path / "run", two_variants())
    recent = Recent(Catalogue([str(tmp_path)]))
    (located,) = recent.catalogue.runs()
    first = recent.facts(located)
    recent.catalogue.close()
    assert recent.facts(located) == first and not recent.catalogue._open


def test_what_is_known_of_a_run_holds_until_it_grows(tmp_path: Path):
    path = folder(tmp_path / "run", [*two_variants(), None])
    recent = Recent(Catalogue([str(tmp_path)]))
    (located,) = recent.catalogue.runs()
    before = recent.summary(located.key)
    assert recent.summary(located.key) is before and recent.facts(located).summary is before
    with open_store(path, writing=True) as store:
        store.add_episode(4, episode(scenario="someone/open4"))
    assert recent.facts(located).status == "complete" and recent.facts(located).summary is None
    after = recent.summary(located.key)
    assert before is not None and after is not None and after.variants[0].scored == before.variants[0].scored + 1
    recent.catalogue.close()


def test_the_rows_of_a_page_keep_their_places_while_the_run_goes_on(tmp_path: Path):
    episodes = two_variants()
    path = folder(tmp_path / "run", [None, *episodes[1:]])
    recent = Recent(Catalogue([str(tmp_path)]))
    (located,) = recent.catalogue.runs()
    before = reported(recent, [located.key])
    with open_store(path, writing=True) as store:
        store.add_episode(0, episode(scenario="someone/open0"))
    after = reported(recent, [located.key])
    assert before is not None and [place.number for place in before.places] == [1, 2, 3]
    assert after is not None and [place.number for place in after.places] == [0, 1, 2, 3]
    recent.catalogue.close()


def test_few_pages_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(module.MOST_KEPT, "page", 1)
    for name in "ab":
        folder(tmp_path / name, two_variants(), id=name)
    recent = Recent(Catalogue([str(tmp_path)]))
    one, other = recent.catalogue.runs()
    page = reported(recent, [one.key])
    assert reported(recent, [one.key]) is page
    reported(recent, [other.key])
    assert reported(recent, [one.key]) is not page
    recent.catalogue.close()
