"""A stored run as files for other programs: JSON lines, CSV, Parquet, and the log format of Inspect.

Nothing is overwritten unasked, a file is there whole or not at all, and memory stays bounded.
"""

from __future__ import annotations

import contextlib
import csv
import importlib.util
import io
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, Literal, get_type_hints

from empa_graph.errors import MissingExtraError, UsageError
from empa_graph.models.simulator import simulator
from empa_graph.report.inspect_log import write_inspect
from empa_graph.report.text import plain
from empa_graph.store.ledger import Store
from empa_graph.store.tables import EpisodeOutcome

Format = Literal["jsonl", "csv", "parquet", "inspect"]
NAMES: dict[Format, str] = {
    "jsonl": "episodes.jsonl",
    "csv": "episodes.csv",
    "parquet": "episodes.parquet",
    "inspect": "inspect.json",
}
"""What a file is called by default."""
GROUP = 10_000
"""Rows in memory at a time, and in a row group of Parquet."""
TOLD = "contradiction"
"""The field that says which stored figure of an episode its own levels do not give."""
SIMULATOR = ("simulator_failures", "simulator_fallbacks")
"""The columns that say in which share of the person's messages a model's wording failed, and was replaced."""
_LABELS = ("run", "evaluator", "rubric")
_STEERING = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
"""What a terminal obeys, turns text round or ends a line for some readers; in JSON it can be written in ASCII."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export(
    store: Store,
    path: Path,
    *,
    format: Format,  # noqa: A002 - the option's name
    force: bool = False,
    contradictions: Mapping[int, str] | None = None,
) -> int:
    """Write the ended episodes of ``store`` to ``path`` and return their number.

    ``contradictions`` says of an episode, by number, which stored figure its own levels do not give.

    Raises UsageError when the file exists and ``force`` is not given, MissingExtraError for Parquet without pyarrow.
    """
    write = {"jsonl": _jsonl, "csv": _csv, "parquet": _parquet, "inspect": write_inspect}[format]
    with fresh(path, force=force) as file:
        return write(store, file, contradictions or {})


@contextmanager
def fresh(path: Path, *, force: bool) -> Iterator[BinaryIO]:
    """Give a file that takes the place of ``path`` when all is written. Raises UsageError as `replaceable` does."""
    place = replaceable(path, force=force)
    draft = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    try:
        with draft.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if force:
            draft.replace(place)
        else:
            os.link(draft, place)
    except FileExistsError:
        raise _taken(path) from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({(error.strerror or 'error').lower()})") from None
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def replaceable(path: Path, *, force: bool) -> Path:
    """Return the file that ``path`` names, that behind a link where it is one.

    Raises UsageError when it exists and ``force`` is not given, and always for what is no regular file: a device or a
    pipe would be gone and a file in its place.
    """
    place = Path(os.path.realpath(path)) if path.is_symlink() else path
    if place.exists() and not place.is_file():
        raise UsageError(f"{path}: is {'a folder' if place.is_dir() else 'no regular file'}; choose another --out")
    if os.path.lexists(path) and not force:
        raise _taken(path)
    return place


def _taken(path: Path) -> UsageError:
    return UsageError(f"{path}: exists already; choose another --out or add --force")


def _jsonl(store: Store, file: BinaryIO, told: Mapping[int, str]) -> int:
    count = 0
    for number, episode in store.numbered():
        line = _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", episode.model_dump_json())
        if number in told:
            line = f"{line[:-1]},{json.dumps({TOLD: told[number]})[1:]}"
        file.write(line.encode() + b"\n")
        count += 1
    return count


def _csv(store: Store, file: BinaryIO, told: Mapping[int, str]) -> int:
    count = 0
    labels = _labels(store).values()
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    rows = csv.writer(text)
    rows.writerow((*_LABELS, *EpisodeOutcome._fields, *SIMULATOR, TOLD))
    for outcome, shares, contradiction in _rows(store, told):
        rows.writerow([_inert(value) for value in chain(labels, outcome, shares, [contradiction])])
        count += 1
    text.detach()  # flushed, and the file stays open
    return count


def _rows(store: Store, told: Mapping[int, str]) -> Iterator[tuple[EpisodeOutcome, tuple[float, float], str | None]]:
    """Yield each outcome, numbered from 1 as `empa show` does, with the shares of `SIMULATOR` and its contradiction.

    The card's own voice never fails, so nothing more is read for it.
    """
    card = store.run.config.persona.voice == "card"
    outcomes = ((one, None) for one in store.outcomes())
    both = outcomes if card else zip(store.outcomes(), (episode for _, episode in store.numbered()), strict=True)
    for outcome, episode in both:
        found = simulator([episode]) if episode else None
        shares = (found.failure_share, found.fallback_share) if found else (0.0, 0.0)
        yield outcome._replace(number=outcome.number + 1), shares, told.get(outcome.number)


def _labels(store: Store) -> dict[str, str]:
    run = store.run
    return dict(zip(_LABELS, (run.id, run.config.evaluator.name, run.rubric), strict=True))


def _inert(value: object) -> object:
    """Return text as `plain` does, a quote before what a spreadsheet would run as a formula; numbers stay numbers."""
    if not isinstance(value, str):
        return value
    text = plain(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _parquet(store: Store, file: BinaryIO, told: Mapping[int, str]) -> int:
    if importlib.util.find_spec("pyarrow") is None:
        raise MissingExtraError("Parquet needs pyarrow: pip install 'empa-graph[parquet]'")
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {int: pa.int64(), str: pa.string(), str | None: pa.string(), float | None: pa.float64()}
    columns = {name: kinds[kind] for name, kind in get_type_hints(EpisodeOutcome).items()}
    schema = pa.schema(
        [
            *((name, pa.string()) for name in _LABELS),
            *columns.items(),
            *((name, pa.float64()) for name in SIMULATOR),
            (TOLD, pa.string()),
        ]
    )
    labels = _labels(store)
    count = 0
    with pq.ParquetWriter(file, schema) as writer:
        outcomes = (
            {**labels, **row._asdict(), **dict(zip(SIMULATOR, shares, strict=True)), TOLD: contradiction}
            for row, shares, contradiction in _rows(store, told)
        )
        while rows := list(islice(outcomes, GROUP)):
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))
            count += len(rows)
    return count
