"""Outcomes of episodes as a table of pandas or polars: the same values, a type for each column, nulls for no number."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable, Mapping
from typing import Any, get_type_hints

from empa_graph.errors import MissingExtraError, NotFoundError
from empa_graph.store.tables import EpisodeOutcome

EXTRAS: Mapping[str, str] = {"pandas": "frame", "polars": "polars"}
"""Each kind of frame with the extra that installs it."""
_KINDS = get_type_hints(EpisodeOutcome)


def framed(outcomes: Iterable[EpisodeOutcome], kind: str) -> Any:
    """Return the frame of that ``kind``, ``pandas`` or ``polars``, with one row for each of ``outcomes``.

    Raises NotFoundError for another kind, MissingExtraError where it is not installed.
    """
    if kind not in EXTRAS:
        raise NotFoundError("frame", kind, EXTRAS)
    if importlib.util.find_spec(kind) is None:
        raise MissingExtraError(f"to_frame({kind!r}) needs {kind}: pip install 'empa-graph[{EXTRAS[kind]}]'")
    return (_polars if kind == "polars" else _pandas)(outcomes)


def _pandas(outcomes: Iterable[EpisodeOutcome]) -> Any:
    types = {int: "int64", float | None: "float64"}
    frame = importlib.import_module("pandas").DataFrame(list(outcomes), columns=list(EpisodeOutcome._fields))
    return frame.astype({name: types.get(kind, "string") for name, kind in _KINDS.items()})


def _polars(outcomes: Iterable[EpisodeOutcome]) -> Any:
    polars = importlib.import_module("polars")
    types = {int: polars.Int64, float | None: polars.Float64}
    schema = {name: types.get(kind, polars.String) for name, kind in _KINDS.items()}
    return polars.DataFrame(list(outcomes), schema=schema, orient="row")
