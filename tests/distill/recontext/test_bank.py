from __future__ import annotations

from typing import get_args

import pytest

from empa_graph.content.library import load_persona, persona_files
from empa_graph.content.validation import SHARED_WORDS, content_words
from empa_graph.distill.marks import Matter
from empa_graph.distill.recontext.bank import BankLine, Plot, agree, load_bank
from empa_graph.distill.recontext.trace import texts

BANK = load_bank()


def lines(plot: Plot) -> list[BankLine]:
    """Every line of a plot."""
    own = [line for several in plot.lines.values() for line in several]
    return [*plot.openings, *plot.beats, *plot.elaborations, *plot.settle, *own]


def test_every_matter_has_two_plots_or_more():
    plots = [plot.matter for plot in BANK.plots if plot.context != "crisis"]
    assert {matter for matter in get_args(Matter) if plots.count(matter) >= 2} == set(get_args(Matter))


def test_marks_before_a_line_are_read_as_what_they_stand_for():
    plot = next(plot for plot in BANK.plots if plot.id == "kitchen_light")
    beat = next(beat for beat in plot.beats if beat.id == "table")
    assert (beat.trust, beat.answers, beat.not_after) == (0.4, ("means",), ("means_put_away",))
    asked = [line for line in BANK.manners[0].lines["hesitate"] if line.after == "question"]
    assert asked and not any(line.text.startswith("?") for line in asked)


def test_every_line_has_a_reply_of_its_own():
    replies = [line.reply for plot in BANK.plots for line in lines(plot)]
    assert all(reply.strip() for reply in replies)
    assert len(set(replies)) == len(replies)


def test_names_of_plots_and_of_their_beats_are_unlike():
    assert len({plot.id for plot in BANK.plots}) == len(BANK.plots)
    for plot in BANK.plots:
        assert len({beat.id for beat in plot.beats}) == len(plot.beats)


def test_the_bank_shares_no_six_words_in_a_row_with_a_bundled_card():
    bundled = {run for file in persona_files() for text in texts(load_persona(file)) for run in runs(text)}
    own = [line.text for plot in BANK.plots for line in lines(plot)]
    own += [line.text for manner in BANK.manners for several in manner.lines.values() for line in several]
    shared = [run for text in own for run in runs(text) if run in bundled and content_words(" ".join(run))]
    assert shared == []


def runs(text: str) -> list[tuple[str, ...]]:
    """The runs of words that two cards may not share."""
    words = text.lower().split()
    return [tuple(words[at : at + SHARED_WORDS]) for at in range(len(words) - SHARED_WORDS + 1)]


@pytest.mark.parametrize(
    ("one", "other", "can"), [({"a": "x"}, {"a": "x", "b": "y"}, True), ({"a": True}, {"a": False}, False)]
)
def test_facts_agree_where_they_say_the_same(one: dict[str, bool | str], other: dict[str, bool | str], can: bool):
    assert agree(one, other) is can


def test_crisis_lines_name_a_service_of_the_country_and_somebody_near_in_what_is_accepted():
    for plot in BANK.plots:
        if plot.context == "crisis":
            told = [line.text for line in plot.lines["accept_help"]]
            assert all(("{line}" in text or "{number}" in text) and "{near}" in text for text in told)
