"""What a report is made of: stored runs and files of judged conversations, read whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from empa_graph.errors import ContentError, UsageError
from empa_graph.models.episode import Episode
from empa_graph.models.run import Run
from empa_graph.models.turn_record import ModelCall, Totals
from empa_graph.report.comparison import Answered
from empa_graph.report.export import TOLD
from empa_graph.report.page.called import lies, run_name
from empa_graph.store.ledger import Store
from empa_graph.store.suspension import suspension

LONGEST_LINE = 64 * 1024 * 1024
"""Bytes of one judged conversation."""


class Source(NamedTuple):
    """One run, or one file of judged conversations."""

    name: str
    """The name of its folder or file; of a run in a database its id."""
    run: Run | None
    episodes: Sequence[Episode]
    calls: Sequence[ModelCall] = ()
    totals: Totals | None = None
    answered: Answered | None = None
    """The models that answered, by role; None where that is not known."""
    left_out: Answered | None = None
    """What they were asked without."""
    contradictions: Mapping[int, str] = {}
    """What stored figures the levels of an episode do not give, by its number from 1."""
    place: str = ""
    """Where its folder or file lies, which tells it from another of the same name; empty where that is not known."""
    suspended: str = ""
    """That the run was left before its end and how to go on, in a line; empty where it was not."""
    one_agent: bool = False
    """Of episodes without a run: whether one agent played them all, so that a script voids their composite as well."""

    @property
    def voidable(self) -> bool:
        """Whether a script among what was said voids the composite."""
        return self.run is not None or self.one_agent


def stored(
    store: Store,
    contradiction: Callable[[int, Episode], object] = lambda number, episode: None,
    *,
    place: str | Path = "",
) -> Source:
    """Return a stored run with all its ended episodes, called as the folder of ``place``. Raises ContentError.

    ``contradiction`` says which stored figure of an episode its levels do not give, None where they give all.
    """
    numbered = list(store.numbered())
    told = enumerate((contradiction(*one) for one in numbered), start=1)
    return Source(
        run_name(place, store.run) if place else store.run.id,
        store.run,
        tuple(episode for _, episode in numbered),
        tuple(store.calls()),
        store.totals(),
        store.answered(),
        store.left_out(),
        {number: str(found) for number, found in told if found is not None},
        lies(place),
        suspension(store, place),
    )


def judged(file: Path) -> Source:
    """Return the conversations that ``empa score`` judged, or ``empa export`` wrote: one episode a line.

    Raises ContentError naming the line that is none, UsageError for a file that cannot be read or is empty.
    """
    found: list[Episode] = []
    told: dict[int, str] = {}
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(iter(lambda: lines.readline(LONGEST_LINE + 1), b""), start=1):
                if line.strip():
                    found.append(_episode(line, f"{file}:{number}", told, len(found) + 1))
    except OSError as error:
        raise UsageError(f"{file}: cannot be read ({(error.strerror or 'error').lower()})") from None
    if not found:
        raise UsageError(f"{file}: no judged conversation in this file")
    return Source(file.name, None, tuple(found), contradictions=told, place=lies(file))


def _episode(line: bytes, where: str, told: dict[int, str], place: int) -> Episode:
    if len(line) > LONGEST_LINE:
        raise ContentError(f"{where}: longer than {LONGEST_LINE} bytes")
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        raise ContentError(f"{where}: no JSON; expected is a line of empa score --out or empa export") from None
    if isinstance(fields, dict) and isinstance(said := fields.pop(TOLD, None), str):
        told[place] = said
    try:
        # As JSON again: in strict places a list is a tuple only there.
        return Episode.model_validate_json(json.dumps(fields))
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(map(str, fault["loc"])) or "the record"
        raise ContentError(
            f"{where}: {field}: {fault['msg']}; expected is a line of empa score --out or empa export"
        ) from None
