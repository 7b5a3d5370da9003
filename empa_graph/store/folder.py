"""A run folder: ``run.json``, the manifest, and beside it the store, unless that lies on a server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from pydantic import ValidationError

from empa_graph.errors import ContentError, UsageError
from empa_graph.models.episode import Episode
from empa_graph.models.run import Run

if TYPE_CHECKING:
    from empa_graph.store.ledger import Store

MANIFEST = "run.json"
DATABASE = "run.db"


class RunFolder:
    """A new run folder with its ``store``, open for writing."""

    store: Store

    def __init__(self, path: Path, run: Run, *, url: str | None = None) -> None:
        """Make the folder ``path`` and the store, in it or at ``url``. Raises UsageError when a run lies there."""
        from empa_graph.store.ledger import Store
        from empa_graph.store.place import folder_url

        self.path = path
        self._numbers = {(p.scenario, p.variant, p.repeat): number for number, p in enumerate(run.plan)}
        if (path / MANIFEST).exists() or (path / DATABASE).exists():
            raise UsageError(f"{path}: a run lies there already; choose another --out")
        try:
            path.mkdir(parents=True, exist_ok=True)
            self.store = Store.create(url or folder_url(path), run)
            draft = path / f".{MANIFEST}.tmp"
            draft.write_text(run.model_dump_json(indent=2) + "\n", encoding="utf-8")
            draft.replace(path / MANIFEST)
        except OSError as error:
            raise UsageError(f"{path}: cannot make the run folder ({(error.strerror or 'error').lower()})") from None

    def add(self, episode: Episode, *, number: int | None = None) -> None:
        """Store one finished episode, whole, as ``number`` or by its place in the plan. Raises ContentError."""
        key = (episode.scenario, episode.variant, episode.repeat)
        place = self._numbers.get(key) if number is None else number
        if place is None:
            raise ContentError(f"{self.path}: the run does not plan '{key[0]}' {key[1]}, repeat {key[2]}")
        self.store.add_episode(place, episode)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.store.close()


def refuse_missing(*folders: Path) -> None:
    """Raise UsageError naming every one of ``folders`` that holds no run, so that none is found out only later."""
    missing = [folder for folder in folders if not (folder / MANIFEST).is_file()]
    if missing:
        names = " and ".join(dict.fromkeys(map(str, missing)))
        raise UsageError(f"{names}: no run here ({MANIFEST} is missing)")


def load_run(path: Path) -> Run:
    """Read the manifest of the run folder ``path``. Raises UsageError, ContentError."""
    refuse_missing(path)
    manifest = path / MANIFEST
    try:
        return Run.model_validate_json(manifest.read_bytes())
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        field = ".".join(map(str, fault["loc"])) or "the record"
        raise ContentError(f"{manifest}: {field}: {fault['msg']}") from None


def episodes(path: Path) -> Iterator[Episode]:
    """Yield the ended episodes of a run by number, a bounded number in memory at a time. Raises UsageError."""
    from empa_graph.store.place import open_store

    with open_store(path) as store:
        yield from store.episodes()
