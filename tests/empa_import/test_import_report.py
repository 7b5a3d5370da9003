from __future__ import annotations

from empa_graph.empa_import.import_report import Compared, Skipped, tally, together


def test_what_was_found_is_what_was_imported_and_what_was_skipped():
    skipped = [
        Skipped(name=str(n), cause=cause, detail="") for n, cause in enumerate(("invalid", "no_iedr", "invalid"))
    ]
    found = tally(2, skipped)
    assert (found.found, found.imported, found.skipped) == (5, 2, {"invalid": 2, "no_iedr": 1})


def test_comparisons_add_quantity_by_quantity():
    one = {"P_t": Compared(compared=2, different=1, largest=0.5)}
    other = {"P_t": Compared(compared=3, different=0, largest=0.1), "v_t": Compared(compared=1)}
    assert together(one, other) == {
        "P_t": Compared(compared=5, different=1, largest=0.5),
        "v_t": Compared(compared=1),
    }
