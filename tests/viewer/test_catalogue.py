from __future__ import annotations

from pathlib import Path

import pytest

from empa_graph.errors import NotFoundError, UsageError
from empa_graph.viewer import catalogue
from empa_graph.viewer.catalogue import DEPTH, Catalogue
from tests.viewer_parts import folder, two_variants


def test_folders_are_looked_through_so_deep_and_no_link_is_followed(tmp_path: Path):
    inside, outside = tmp_path / "in", tmp_path / "out"
    folder(inside / "a" / "run", two_variants())
    folder(inside / ".hidden" / "run", two_variants())
    folder(inside.joinpath(*["deep"] * (DEPTH + 1)), two_variants())
    folder(outside / "secret", two_variants())
    (inside / "link").symlink_to(outside)
    found = Catalogue([str(inside)])
    assert [Path(one.place).relative_to(inside) for one in found.runs()] == [Path("a/run")]


def test_a_run_folder_may_be_named_itself_and_counts_once(tmp_path: Path):
    made = folder(tmp_path / "run", two_variants())
    assert len(Catalogue([str(made), str(tmp_path)]).runs()) == 1


def test_a_key_names_a_run_and_nothing_else(tmp_path: Path):
    folder(tmp_path / "run", two_variants())
    found = Catalogue([str(tmp_path)])
    (located,) = found.runs()
    assert found.store(located.key) is found.store(located.key)
    for key in ("", "run", str(tmp_path / "run"), "../run"):
        with pytest.raises(NotFoundError):
            found.store(key)
    found.close()


def test_a_store_in_the_place_of_another_is_opened_anew(tmp_path: Path):
    made = folder(tmp_path / "run", two_variants(), id="before")
    found = Catalogue([str(tmp_path)])
    (located,) = found.runs()
    assert found.store(located.key).run.id == "before"
    made.rename(tmp_path.parent / "moved")
    folder(tmp_path / "run", two_variants(), id="after")
    assert found.store(located.key).run.id == "after"
    found.close()


def test_few_stores_are_open_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(catalogue, "KEPT_OPEN", 2)
    for name in "abc":
        folder(tmp_path / name, two_variants(), id=name)
    found = Catalogue([str(tmp_path)])
    stores = {located.key: found.store(located.key) for located in found.runs()}
    again = [found.store(key) is store for key, store in stores.items()]
    assert again[0] is False and len(found._open) == 2
    assert all(store.extent().episodes == 4 for store in stores.values())
    found.close()


@pytest.mark.parametrize("place", ["nowhere", "sqlite:///nowhere.db", "mysql://x/y"])
def test_a_place_that_is_none_is_said_at_once(tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError):
        Catalogue([place])
