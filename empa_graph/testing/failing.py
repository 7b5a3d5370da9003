"""How a check reports: every fault at once, as a failed assertion."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from empa_graph.errors import UsageError

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


class CheckError(AssertionError):
    """What was checked has ``faults``, one line each."""

    def __init__(self, what: str, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n  - ".join((f"{what}: {len(self.faults)} to mend", *self.faults)))


def told_at_the_call(check: Callable[_Given, _Result]) -> Callable[_Given, _Result]:
    """Let what ``check`` finds wrong come out of the line that calls it: pytest shows that line and the message."""

    @functools.wraps(check)
    def outside(*args: _Given.args, **kwargs: _Given.kwargs) -> _Result:
        __tracebackhide__ = True
        try:
            return check(*args, **kwargs)
        except (AssertionError, UsageError) as error:
            raise error.with_traceback(None) from None

    return outside


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
