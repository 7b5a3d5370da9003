"""tests/FAULTS.md against the tests that it names."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROWS = re.findall(r"^\| \S.*? \| .* \| `(\S+)::(\w+)` \|", (ROOT / "tests/FAULTS.md").read_text(encoding="utf-8"), re.M)


def test_every_test_of_the_table_exists():
    assert len(ROWS) > 80
    assert [row for row in ROWS if f"def {row[1]}(" not in (ROOT / row[0]).read_text(encoding="utf-8")] == []
