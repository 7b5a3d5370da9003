"""Write the table of docs/providers.md from the shapes that the tests play: ``python docs/generate_providers.py``."""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.llm.shape import SEATS, Shape
from tests.llm.shapes import SHAPES

PAGE = Path(__file__).with_name("providers.md")
HEAD = "## Answer by answer\n"


def page() -> str:
    """Return the page with its table as the shapes stand now; what is above the table is kept."""
    above = PAGE.read_text(encoding="utf-8").partition(HEAD)[0]
    count = f"{len(SHAPES)} answers in {len(SEATS)} seats. Written by `python docs/generate_providers.py`.\n"
    tables = (_table(group, list(shapes)) for group, shapes in groupby(SHAPES, key=lambda shape: shape.group))
    return f"{above}{HEAD}\n{count}{''.join(tables)}"


def _table(group: str, shapes: list[Shape]) -> str:
    head = f"| {group} | {' | '.join(SEATS)} |\n|{'---|' * (1 + len(SEATS))}\n"
    rows = (f"| {shape.name} | {' | '.join(shape.outcomes.values())} |\n" for shape in shapes)
    return f"\n{head}{''.join(rows)}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
