"""Stage 3 on the folder of a distillation: what is refused is set apart, so that what lies in ``scenarios`` was kept.

Rule: refused cards are put back before each check, so that a stopped one, other cards or a new version lose none; a
folder that is left unchecked has those that did not change set apart again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from empa_graph.content.graded import GRADED
from empa_graph.distill.checks.check import check
from empa_graph.distill.checks.records import Checked, CheckedScenario
from empa_graph.distill.checks.report import read_checks, write_checks
from empa_graph.errors import UsageError, writing
from empa_graph.models.rubric import Rubric

VERDICTS = "checked.jsonl"

SCENARIOS, REFUSED = "scenarios", "refused"


def checked_folder(
    folder: Path,
    rubric: Rubric,
    *,
    seed: int = 0,
    matters: Mapping[str, str] | None = None,
    each: Callable[[Sequence[CheckedScenario]], object] = lambda found: None,
    told: Callable[[int, int], None] = lambda done, of: None,
) -> Checked:
    """Check ``folder/scenarios`` with the replies in ``folder/graded``, and write what was found to ``folder``.

    Cards and replies of which no scenario is kept go to ``folder/refused``. What an earlier check found of the same
    stands, be it finished or not; ``each`` hears what was found of a card when it is durable. Raises
    UsageError where there is no card or nothing can be written, ContentError.
    """
    put_back(folder)
    finished = read_checks(folder)
    before = (*(finished.scenarios if finished else ()), *verdicts(folder))
    known = {(one.stands_on, one.id) for one in before}

    def kept(found: Sequence[CheckedScenario]) -> None:
        keep(folder, [one for one in found if (one.stands_on, one.id) not in known])
        each(found)

    found = check(folder / SCENARIOS, seed=seed, rubric=rubric, matters=matters, before=before, each=kept, told=told)
    write_checks(found, folder)
    (folder / VERDICTS).unlink(missing_ok=True)  # the check is finished and holds them
    stay = {one.id.partition("/")[0] for one in found.kept}
    _moved(folder, folder / REFUSED, names={file.stem for file in _cards(folder)} - stay)
    return found


def put_back(folder: Path) -> None:
    """Put what an earlier check set apart back among the cards, so that nobody takes it for lost. Raises UsageError."""
    _moved(folder / REFUSED, folder)


def apart(folder: Path) -> dict[str, str]:
    """Return what an earlier check set apart: SHA-256 of each card with its replies, by name."""
    return {file.stem: _digest(folder / REFUSED, file.stem) for file in _cards(folder / REFUSED)}


def keep_apart(folder: Path, before: Mapping[str, str]) -> int:
    """Set apart again the cards that are as they were when they were refused, and return how many. Raises UsageError.

    A card that was written otherwise since stays among the cards: nothing is known of it.
    """
    there = {file.stem for file in _cards(folder)}
    same = {name for name, digest in before.items() if name in there and _digest(folder, name) == digest}
    _moved(folder, folder / REFUSED, names=same)
    return len(same)


def _digest(folder: Path, name: str) -> str:
    files = (folder / SCENARIOS / f"{name}.yaml", folder / GRADED / f"{name}.jsonl")
    parts = (hashlib.sha256(file.read_bytes() if file.is_file() else b"").digest() for file in files)
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _cards(folder: Path) -> Iterator[Path]:
    return (folder / SCENARIOS).glob("*.yaml")


def _moved(source: Path, to: Path, *, names: set[str] | None = None) -> None:
    """Move cards and their replies; all without ``names``."""
    for place, suffix in ((SCENARIOS, ".yaml"), (GRADED, ".jsonl")):
        for file in sorted((source / place).glob(f"*{suffix}")):
            if names is None or file.stem in names:
                try:
                    (to / place).mkdir(parents=True, exist_ok=True)
                    file.replace(to / place / file.name)
                except OSError as error:
                    raise UsageError(f"{file}: cannot be moved ({(error.strerror or 'error').lower()})") from None


def verdicts(folder: Path) -> Iterator[CheckedScenario]:
    """Yield the verdicts that stand in ``folder``; each says by ``stands_on`` what it is of."""
    file = folder / VERDICTS
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.is_file() else ()
    for line in lines:
        try:
            yield CheckedScenario.model_validate_json(line)
        except ValidationError:
            continue


def keep(folder: Path, found: Iterable[CheckedScenario]) -> None:
    """Add verdicts to those of ``folder``; durable on return. Raises UsageError.

    A line begins with its line end, so that one that a kill cut off spoils no other.
    """
    lines = "".join(f"\n{one.model_dump_json()}" for one in found)
    if not lines:
        return
    with writing(folder / VERDICTS), (folder / VERDICTS).open("a", encoding="utf-8") as file:
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())
