"""A run folder: ``run.json``, the manifest, its seal, and beside them the store, unless that lies on a server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self
from urllib.parse import quote

from empa_graph.errors import ContentError, UsageError, first_of, nearest
from empa_graph.models.episode import Episode
from empa_graph.models.run import Run, read_run
from empa_graph.store.trust import SEAL, made_here, seal_of

if TYPE_CHECKING:
    from empa_graph.store.ledger import Store

MANIFEST = "run.json"
DATABASE = "run.db"
RUNS = Path("runs")
"""Where runs are put that name no folder of their own."""
LOG = "run.log"
_DRAFT = f".{MANIFEST}.tmp"
_FILES = (*(f"{DATABASE}{end}" for end in ("", "-wal", "-shm", "-journal", ".lock")), LOG, _DRAFT, SEAL, MANIFEST)
"""Everything that a run which has not begun puts into its folder; the manifest last, since it makes the folder one."""


class Manifest(NamedTuple):
    """The manifest of a run folder."""

    run: Run
    made_here: bool
    """Whether it carries a valid seal under the key of its reader."""


def folder_url(folder: Path) -> str:
    """Return the URL of the SQLite store in a run folder."""
    return f"sqlite:///{quote(str(folder / DATABASE))}"


class RunFolder:
    """A new run folder with its ``store``, open for writing.

    Left with a UsageError before anything of the run is stored, it is removed again, but for what it did not make.
    """

    store: Store

    def __init__(
        self, path: Path, run: Run, *, url: str | None = None, key: bytes | None = None, alone: bool = False
    ) -> None:
        """Make the folder ``path`` and the store, in it or at ``url``, and seal the manifest under ``key``.

        A failure leaves nothing behind. Raises UsageError when a run lies there, and FileExistsError when anything
        does and the folder is to be made ``alone``.
        """
        self.path, self.run = path, run
        self._numbers = {(p.scenario, p.variant, p.repeat): number for number, p in enumerate(run.plan)}
        with _claimed(path, alone=alone) as self._before:
            self.store = _begun(path, run, url, key)

    @classmethod
    def named(cls, parent: Path, run: Run, *, url: str | None = None, key: bytes | None = None) -> Self:
        """Make the folder ``parent/ID``; where that is taken, ``ID-2`` and so on, and the run is called so."""
        chosen, number = run, 1
        while True:
            try:
                return cls(parent / chosen.id, chosen, url=url, key=key, alone=True)
            except FileExistsError:
                number += 1
                chosen = run.model_copy(update={"id": f"{run.id}-{number}"})

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
        refused = isinstance(error, UsageError) and not self.store.has_begun()
        self.store.close()
        if refused:
            _clear(self._before)


def refuse_missing(*folders: Path) -> None:
    """Raise UsageError naming every one of ``folders`` that holds no run, so that none is found out only later.

    Of a single one it says which run is nearest.
    """
    missing = [folder for folder in folders if not (folder / MANIFEST).is_file()]
    if missing:
        names = list(dict.fromkeys(map(str, missing)))
        hint = instead_of(missing[0]) if len(names) == 1 else ""
        raise UsageError(f"{' and '.join(names)}: no run here ({MANIFEST} is missing){hint}")


def run_folders(folder: Path) -> list[str]:
    """Return the names of the run folders in ``folder``; none where it is no folder or cannot be looked into."""
    found: list[str] = []
    with suppress(OSError):
        found += (one.name for one in folder.iterdir() if (one / MANIFEST).is_file())
    return sorted(found)


def instead_of(path: Path) -> str:
    """Return the end of a sentence about ``path``, which is no run folder: the nearest, else those that there are.

    Empty where there are none.
    """
    if inside := run_folders(path):
        return _those(path, inside)
    parent, beside = path.parent, run_folders(path.parent)
    if (near := nearest(path.name, beside)) is not None:
        return f"; did you mean '{parent / near}'?"
    if parent == Path() and (near := nearest(path.name, run_folders(RUNS))) is not None:
        return f"; did you mean '{RUNS / near}'?"
    return _those(parent, beside) if beside else ""


def _those(folder: Path, names: list[str]) -> str:
    return f"; those in {folder}: {first_of([str(folder / name) for name in names])}"


def load_run(path: Path) -> Run:
    """Read the manifest of the run folder ``path``. Raises UsageError, ContentError."""
    return load_manifest(path).run


def load_manifest(path: Path, key: bytes | None = None) -> Manifest:
    """Read the manifest of the run folder ``path``, and its seal under ``key``. Raises UsageError, ContentError."""
    refuse_missing(path)
    manifest = path / MANIFEST
    content = manifest.read_bytes()
    return Manifest(read_run(content, str(manifest)), made_here(path, content, key))


def episodes(path: Path) -> Iterator[Episode]:
    """Yield the ended episodes of a run by number, a bounded number in memory at a time. Raises UsageError."""
    from empa_graph.store.access import open_store

    with open_store(path) as store:
        yield from store.episodes()


class _Before(NamedTuple):
    """What was there before a run was put into a folder."""

    path: Path
    """Absolute: an agent may change the working folder."""
    missing: tuple[Path, ...]
    """It and those above it that were made for the run, the innermost first."""
    held: frozenset[str]
    """The names in it."""


@contextmanager
def _claimed(path: Path, *, alone: bool) -> Iterator[_Before]:
    """Hold the folder ``path``, made if need be, while a run is put into it; of a failure nothing stays there."""
    import fcntl

    whole = path.absolute()
    missing = tuple(folder for folder in (whole, *whole.parents) if not folder.exists())
    try:
        path.mkdir(parents=True, exist_ok=not alone)
        held = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        if alone and isinstance(error, FileExistsError):
            raise
        raise _unmade(path, error) from None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if (path / MANIFEST).exists() or (path / DATABASE).exists():
            instead = f"choose another --out, or go on with: empa resume {path}"
            raise UsageError(f"{path}: a run lies there already; {instead}")
        before = _Before(whole, missing, frozenset(file.name for file in path.iterdir()))
        try:
            yield before
        except BaseException:
            _clear(before)
            raise
    except BlockingIOError:
        raise UsageError(f"{path}: another process is making a run there; choose another --out") from None
    except OSError as error:
        raise _unmade(path, error) from None
    finally:
        os.close(held)


def _unmade(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{path}: cannot make the run folder ({(error.strerror or 'error').lower()})")


def _clear(before: _Before) -> None:
    """Remove what was begun of a run, and the folders that were made for it where they hold nothing else."""
    for name in _FILES:
        if name not in before.held:
            with suppress(OSError):
                (before.path / name).unlink()
    for folder in before.missing:
        with suppress(OSError):
            folder.rmdir()


def _begun(path: Path, run: Run, url: str | None, key: bytes | None) -> Store:
    from empa_graph.store.ledger import Store

    store = Store.create(url or folder_url(path), run)
    try:
        manifest = run.model_dump_json(indent=2).encode() + b"\n"
        if key is not None:
            (path / SEAL).write_text(seal_of(manifest, key) + "\n")
        draft = path / _DRAFT
        draft.write_bytes(manifest)
        draft.replace(path / MANIFEST)
    except BaseException:
        store.close()
        raise
    return store
