from __future__ import annotations

import pytest

from empa_graph.errors import UsageError
from empa_graph.viewer.scales import DEFAULT, Scale, scales


def test_scales_are_names_with_levels():
    assert scales(["support", "how_warm=-2..2"]) == (Scale("support", 1, 5), Scale("how_warm", -2, 2))
    assert scales([]) == DEFAULT
    assert list(Scale("x", 0, 2).levels) == [0, 1, 2] and Scale("how_warm").label == "how warm"


@pytest.mark.parametrize(
    "written",
    ["", "Support", "support=", "support=5..1", "support=1..1", "support=0..11", "support=1-5", "note", "a b"],
)
def test_what_is_no_scale_is_one_line(written: str):
    with pytest.raises(UsageError, match=r"--rating '"):
        scales([written])


def test_a_scale_is_named_once():
    with pytest.raises(UsageError, match="named twice"):
        scales(["support", "support=0..3"])
