"""The coverage of a set of scenarios as a page in Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from empa_graph.report.audit.markdown import escaped
from empa_graph.report.coverage.counting import CardCoverage


def coverage_markdown(found: CardCoverage, *, level: int = 1) -> str:
    """Return the page, its first heading of ``level``; values of cards are escaped."""
    return "\n".join(_lines(found, "#" * level)) + "\n"


def _lines(found: CardCoverage, mark: str) -> Iterator[str]:
    yield f"{mark} Coverage\n"
    yield f"{found.scenarios} scenarios of {found.personas} persons.\n"
    yield f"{mark}# Gaps\n"
    yield from [f"- {escaped(gap)}" for gap in found.gaps] or ["None that is counted."]
    yield f"\n{mark}# Counts\n"
    yield "| aspect | value | scenarios | persons |\n|---|---|---|---|"
    yield from (f"| {c.aspect} | {escaped(c.value)} | {c.scenarios} | {c.personas} |" for c in found.cells)
    yield f"\n{mark}# Pairs that nobody has\n"
    yield "| of | filled | empty |\n|---|---|---|"
    for pair in found.pairs:
        empty = "; ".join(f"{escaped(a)} and {escaped(b)}" for a, b in pair.empty) or "none"
        yield f"| {pair.aspects[0]}, {pair.aspects[1]} | {pair.filled} of {pair.of} | {empty} |"
