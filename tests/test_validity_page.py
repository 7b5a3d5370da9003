"""docs/validity.md speaks of the rubric as it is now."""

from __future__ import annotations

from pathlib import Path

from empa_graph.content.library import content_hashes, load_rubric

PAGE = (Path(__file__).parents[1] / "docs" / "validity.md").read_text(encoding="utf-8")


def test_the_figures_were_measured_with_the_present_rubric():
    digest = content_hashes((), load_rubric())["rubric:sdt"][:12]
    assert f"the hash of the rubric, here `{digest}`" in PAGE.replace("\n", " "), (
        "run benchmarks/validity.py and benchmarks/gaming.py again"
    )
