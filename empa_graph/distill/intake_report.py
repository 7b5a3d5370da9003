"""What an intake left out and why: counts, and examples by their place alone, never by a word of the source."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from empa_graph.distill.folder import Counted, Example
from empa_graph.distill.quality import Bounds, why
from empa_graph.report.text import many

CAUTION = (
    "The text is pseudonymised, not anonymous: rules miss names, above all those written in small letters, and who "
    "knows a story knows the person. Read a sample before you pass it on."
)


def fields(counted: Counted, bounds: Bounds, *, stopped: bool) -> dict[str, object]:
    """Return the report as JSON has it."""
    return {
        "finished": not stopped,
        "read": counted.read,
        "kept": counted.kept,
        "messages": counted.messages,
        "left_out": {
            cause: {"count": count, "why": why(cause, bounds), **_examples(counted.examples.get(cause, ()))}
            for cause, count in counted.causes.items()
        },
        "placeholders": counted.placeholders,
        "caution": CAUTION,
    }


def _examples(found: Sequence[Example]) -> dict[str, list[int]]:
    has = [one.has for one in found if one.has is not None]
    return {"lines": [one.line for one in found], **({"has": has} if has else {})}


def line_numbers(found: Sequence[Example]) -> str:
    """Return line numbers as a reader has them, each with how much it has of what its cause counts."""
    return ", ".join(f"line {line:,}{'' if has is None else f' (has {has:,})'}" for line, has in found)


def write_report(folder: Path, counted: Counted, bounds: Bounds, *, stopped: bool) -> None:
    """Write ``report.json`` and ``report.md`` to ``folder``, each at once."""
    told = fields(counted, bounds, stopped=stopped)
    for name, text in (
        ("report.json", json.dumps(told, indent=1)),
        ("report.md", _page(counted, bounds, stopped=stopped)),
    ):
        part = folder / f"{name}.part"
        part.write_text(text + "\n", encoding="utf-8")
        part.replace(folder / name)


def _page(counted: Counted, bounds: Bounds, *, stopped: bool) -> str:
    state = "stopped before its end" if stopped else "as far as it was asked for"
    rows = [
        f"| `{cause}` | {count:,} | {why(cause, bounds)} | {line_numbers(counted.examples.get(cause, ()))} |"
        for cause, count in counted.causes.items()
    ]
    kinds = [f"| {kind} | {number:,} |" for kind, number in counted.placeholders.items()]
    return "\n".join(
        [
            "# Intake",
            "",
            f"{counted.kept:,} of {many(counted.read, 'conversation')} kept ({state}): "
            f"{many(counted.messages, 'message')}.",
            "",
            *(["| left out | number | since it | the first |", "| --- | --- | --- | --- |", *rows, ""] if rows else []),
            *(["| taken out | different ones |", "| --- | --- |", *kinds, ""] if kinds else []),
            CAUTION,
        ]
    )
