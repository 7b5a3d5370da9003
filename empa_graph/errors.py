"""Every error of the package, in one tree.

Error
├── UsageError            the caller can mend it: one line, no traceback, exit code 2
│   ├── NotFoundError         an unknown name; says the nearest one that exists
│   ├── SettingError          a setting of a run is wrong, or there is none of that name
│   ├── ContentError          a persona, rubric or transcript file is wrong; says file and line
│   └── MissingExtraError     an optional part is not installed; says the command that installs it
├── SuspendedError        the run stops here; the episode stays open and can be resumed
└── RunError              something failed while playing; recorded on the episode with its blame
    ├── ProviderError         a model service failed or could not be reached
    │   ├── TransientError        worth another try (429, 5xx, a dropped connection)
    │   └── RefusedFieldError     a server takes no such field; the next request goes without it
    ├── RoleError             a role broke its contract (a channel it does not own, a bad return value)
    └── ReplyError            the agent under test gave a reply that cannot be used
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from empa_graph.models.dialogue import Usage
    from empa_graph.models.failure import Blame


NEAR = 0.6
"""Share of letters in common, in their order, from which one name is taken for another mistyped."""
SHORTEST_START = 3
"""Letters from which the start of a name is taken for the name."""
MOST_NAMED = 12
"""Names that one line lists."""


class Error(Exception):
    """Base of all errors of the package; pickled and copied whole, whatever its constructor asks for."""

    def __reduce__(self) -> tuple[object, ...]:
        return _remade, (type(self), self.args), self.__dict__


def _remade(kind: type[Error], args: tuple[object, ...]) -> Error:
    """Return an error without calling its constructor; its fields follow."""
    return kind.__new__(kind, *args)


class UsageError(Error):
    """Say in one line what was found, where, and what is allowed."""


class NotFoundError(UsageError):
    """Say that ``name`` is no known ``kind`` and which known name is nearest."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, where: str = "") -> None:
        names = sorted(known)
        near = nearest(name, names)
        hint = f" Did you mean '{near}'?" if near else f" Known: {first_of(names) or 'none'}."
        prefix = f"{where}: " if where else ""
        super().__init__(f"{prefix}unknown {kind} '{name[:200]}'.{hint}")


class SettingError(UsageError):
    """Say what is wrong with a setting; ``path`` is its place in a configuration, ``fault`` the line behind it."""

    def __init__(self, path: tuple[str, ...], fault: str, *, line: str | None = None) -> None:
        super().__init__(f"{'.'.join(path) or 'the configuration'}{fault}" if line is None else line)
        self.path = path
        self.fault = fault if line is None else None


def hint(name: str, known: Iterable[str]) -> str:
    """Return the end of a sentence about an unknown ``name``: the nearest that is known, or all of them."""
    names = list(known)
    near = nearest(name, names)
    return f"; did you mean '{near}'?" if near else f"; allowed are {', '.join(names)}"


def first_of(names: Sequence[str]) -> str:
    """Return the first `MOST_NAMED` of ``names`` in a row, and how many more there are."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return which of the ``known`` names was meant, the first that begins with ``name`` where none is like it.

    None where nothing is near: of one or two wrong letters in a name of 4 to 15 at least 9 in 10 are found.
    """
    names = sorted(known)
    like = difflib.get_close_matches(name, names, n=1, cutoff=NEAR)
    begun = (one for one in names if len(name) >= SHORTEST_START and one.startswith(name))
    return next(chain(like, begun), None)


class ContentError(UsageError):
    """Say which file is wrong, at which line, in which field, and how."""


class MissingExtraError(UsageError):
    """Say which optional part is absent and the command that installs it."""


class SuspendedError(Error):
    """The run stops here (a limit of the run, a wish to stop): no failure of the episode, which can be resumed.

    ``limit`` names what was reached: ``cost``, ``tokens``, ``time``, ``judge_outage``,
    ``store`` when the database fails, ``lost`` when its file is gone, or ``stop`` when asked to.
    """

    def __init__(self, message: str, *, limit: str) -> None:
        super().__init__(message)
        self.limit = limit


class RunError(Error):
    """A failure while playing, with the party to ``blame``; it ends the episode and never becomes a number."""

    kind = "run_error"

    def __init__(self, message: str, *, blame: Blame, kind: str | None = None) -> None:
        super().__init__(message)
        self.seat: str | None = None
        self.blame = blame
        if kind is not None:
            self.kind = kind


CONDUCT = frozenset({"refused", "cut_off_in_reasoning"})
"""Kinds of an answer without a word that its model is to blame for: the agent in its seat, the persona, the judge."""


class ProviderError(RunError):
    """A model service failed; ``kind`` says how (unreachable, timeout, refused, bad_request, ...).

    ``usage`` holds the tokens of an answer that came and could not be taken. A kind of `CONDUCT` is what the model did
    and not its service, so the graph blames the seat in which it happens.
    """

    kind = "provider_error"

    def __init__(self, message: str, *, kind: str | None = None, blame: Blame = "provider") -> None:
        super().__init__(message, blame=blame, kind=kind)
        self.usage: Usage | None = None


class TransientError(ProviderError):
    """A provider failure worth another try after ``retry_after`` seconds (0 when the service named none)."""

    def __init__(self, message: str, *, kind: str | None = None, retry_after: float = 0.0) -> None:
        super().__init__(message, kind=kind)
        self.retry_after = retry_after


class RefusedFieldError(ProviderError):
    """A server refuses a request for its ``field``, which is left out of every later one: ask again."""

    kind = "refused_field"

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class RoleError(RunError):
    """A role broke its contract."""

    kind = "role_error"


class ReplyError(RunError):
    """The agent under test gave a reply that cannot be used (too large, not text)."""

    kind = "reply_error"

    def __init__(self, message: str, *, kind: str | None = None) -> None:
        super().__init__(message, blame="empathic", kind=kind)


@contextmanager
def writing(place: object) -> Iterator[None]:
    """Raise UsageError for ``place`` where the system refuses what is written within."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"{place}: cannot be written ({(error.strerror or 'error').lower()})") from None
