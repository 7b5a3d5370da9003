"""What an unfinished check found so far, card by card, so that whoever goes on with it plays none of them again.

Rule: a line begins with its line end, so that one that a kill cut off spoils no other; it is a line without a verdict.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from empa_graph.distill.checks.records import CheckedScenario
from empa_graph.errors import UsageError

VERDICTS = "checked.jsonl"


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
    """Add verdicts to those of ``folder``; durable on return. Raises UsageError."""
    lines = "".join(f"\n{one.model_dump_json()}" for one in found)
    if not lines:
        return
    try:
        with (folder / VERDICTS).open("a", encoding="utf-8") as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        why = (error.strerror or "error").lower()
        raise UsageError(f"{folder / VERDICTS}: cannot be written ({why})") from None


def forget(folder: Path) -> None:
    """Remove the verdicts of ``folder``: the check is finished and holds them."""
    (folder / VERDICTS).unlink(missing_ok=True)
