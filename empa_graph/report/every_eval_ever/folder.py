"""The folder of an export: ``data/<set>/<developer>/<model>/<uuid>.json`` and ``_samples.jsonl`` for each variant."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from empa_graph.errors import UsageError, writing
from empa_graph.report.every_eval_ever.record import UNSAID, Address, Publisher, address, head, record, result_id
from empa_graph.report.every_eval_ever.samples import rows
from empa_graph.report.every_eval_ever.scoring import figures, means
from empa_graph.report.export import fresh
from empa_graph.report.lines import script_lines
from empa_graph.report.model_identity import identity
from empa_graph.report.summary import Summary, VariantSummary, summarise
from empa_graph.report.text import many, shortened
from empa_graph.store.ledger import Store

LONGEST_CAUSE = 120
"""Characters of why an episode has no score."""


class Exported(NamedTuple):
    """What was written."""

    episodes: int
    files: tuple[Path, ...]
    left_out: tuple[str, ...]
    """What has no number there, and why, one line each."""


class _Variant:
    """The samples of one variant while they are written."""

    def __init__(self, summary: VariantSummary, place: Address, file: BinaryIO | None) -> None:
        self.summary = summary
        self.place = place
        self.lines = 0
        self.scenarios: dict[str, set[str]] = defaultdict(set)
        self._file = file
        self._hash = hashlib.sha256()

    def add(self, row: Mapping[str, Any]) -> None:
        """Write one row."""
        assert self._file is not None
        line = json.dumps(row, ensure_ascii=True, allow_nan=False).encode() + b"\n"
        self._file.write(line)
        self._hash.update(line)
        self.lines += 1

    @property
    def reference(self) -> dict[str, Any]:
        """What the aggregate says of its samples; nothing where there are none."""
        if not self.lines:
            return {}
        found = {"hash_algorithm": "sha256", "checksum": self._hash.hexdigest(), "total_rows": self.lines}
        return {"detailed_evaluation_results": {"format": "jsonl", "file_path": self.place.samples, **found}}


def write_every_eval_ever(
    store: Store,
    folder: Path,
    *,
    publisher: Publisher = UNSAID,
    force: bool = False,
    contradictions: Mapping[int, str] | None = None,
) -> Exported:
    """Write the run in ``store`` below ``folder`` and return what was written; a second export gives the same bytes.

    Raises UsageError for a file that exists and no ``force``, and for a folder that leads elsewhere by a link.
    """
    run, told = store.run, contradictions or {}
    summary = summarise(run, store.episodes())
    who = identity(run, metered="empathic" in store.answered(), maker=publisher.maker)
    files: list[Path] = []
    with ExitStack() as stack:
        variants: dict[str, _Variant] = {}
        for found in summary.variants:
            place = address(run, found.variant, who)
            _make(folder, place)
            samples = folder / place.samples
            file = stack.enter_context(fresh(samples, force=force)) if means(found) else None
            files += [samples] if file is not None else []
            variants[found.variant] = _Variant(found, place, file)
        count = _write_samples(store, variants, told)
    for variant in variants.values():
        clusters = {figure: len(found) for figure, found in variant.scenarios.items()}
        whole = record(run, summary, variant.summary, variant.place, publisher, clusters) | variant.reference
        path = folder / variant.place.record
        with fresh(path, force=force) as file:
            file.write(json.dumps(whole, ensure_ascii=True, allow_nan=False, indent=2).encode() + b"\n")
        files.append(path)
    return Exported(count, tuple(files), tuple(_left_out(summary)))


def _write_samples(store: Store, variants: Mapping[str, _Variant], told: Mapping[int, str]) -> int:
    count = 0
    for number, episode in store.numbered():
        variant = variants[episode.variant]
        wanted, own = means(variant.summary), figures(episode)
        held = {name: own[name] for name in wanted if name in own}
        for name in held:
            variant.scenarios[name].add(episode.scenario)
        keyed = {result_id(variant.place, name): value for name, value in held.items()}
        shared = head(store.run, episode.variant, variant.place)
        shared |= {"model_id": variant.place.identity.id, "evaluation_name": variant.place.set}
        for row in rows(episode, keyed, shared, told=told.get(number)):
            variant.add(row)
        count += bool(held)
    return count


def _make(folder: Path, place: Address) -> None:
    """Make the folder of ``place``. Raises UsageError where it cannot be, or a link leads any of it elsewhere."""
    for below in (place.folder, place.samples, place.record):
        if not (folder / below).resolve().is_relative_to(folder.resolve()):
            raise UsageError(f"{folder}: {below} leads out of the folder by a link; choose another --out")
    with writing(folder):
        (folder / place.folder).mkdir(parents=True, exist_ok=True)


def _left_out(summary: Summary) -> Iterator[str]:
    """Yield what of a run is not exported as a number, and why."""
    yield from script_lines(summary.script) if summary.script.scripted else ()
    for variant in summary.variants:
        for cause, count in variant.failed.items():
            why = shortened(cause, LONGEST_CAUSE)
            of = many(variant.planned, "episode")
            yield f"{variant.variant}: {count} of {of} without a score, not exported: {why}"
