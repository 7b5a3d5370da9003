from __future__ import annotations

import pytest
from pydantic import ValidationError

from empa_graph.content.library import load_rubric
from empa_graph.models.cue_reading import CueReading

SUPPORT = {"pleasure": {"warmth": 0.5}}
HARM = {"pleasure": {"dismissing": 0.9}}


def test_a_reading_needs_no_more_than_what_supports_and_what_harms():
    reading, known = CueReading.model_validate({"support": SUPPORT, "harm": HARM}), load_rubric().reading
    assert known is not None
    told = {"support": reading.support, "harm": reading.harm, "unanswered": None}
    assert reading == known.model_copy(update=told)


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("threshold_patience", {"low": 1.5, "high": 0.7}, "threshold_patience: without the threshold 'medium'"),
        ("comfort_gate", {}, "comfort_gate: without the threshold 'low'"),
        ("generic_from_to", (0.6, 0.6), "generic_from_to: 0.6 is not below 0.6"),
        ("progress_at", (0.7, 0.3), "progress_at: 0.7 is not below 0.3"),
    ],
)
def test_a_table_or_range_that_cannot_be_read_by_is_refused(field: str, value: object, complaint: str):
    with pytest.raises(ValidationError, match=complaint):
        CueReading.model_validate({"support": SUPPORT, "harm": HARM, field: value})
