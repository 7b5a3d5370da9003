"""How a check reports: every fault at once, as a failed assertion."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

_Result = TypeVar("_Result")


class CheckError(AssertionError):
    """What was checked has ``faults``, one line each."""

    def __init__(self, what: str, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n  - ".join((f"{what}: {len(self.faults)} to mend", *self.faults)))


def report(what: str, faults: Sequence[str]) -> None:
    """Raise CheckError where there are faults; the same fault is said once."""
    if faults:
        raise CheckError(what, list(dict.fromkeys(faults)))


def finished(coroutine: Coroutine[Any, Any, _Result]) -> _Result:
    """Run ``coroutine`` to its end in a loop of its own, also where another loop is running."""
    with ThreadPoolExecutor(max_workers=1) as beside:
        return beside.submit(asyncio.run, coroutine).result()


def one_line(error: BaseException) -> str:
    """Return kind and message of ``error`` in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
