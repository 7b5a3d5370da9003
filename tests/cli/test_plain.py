from __future__ import annotations

import sys

import pytest

from empa_graph.cli.plain import plain, prints_aside


def test_control_characters_are_left_out_and_newline_and_tab_stay():
    assert plain("a\x1b[31mb\x1b]0;title\x07\tc\nd\x08\r\x9b2J\x7f") == "a[31mb]0;title\tc\nd2J"


def test_every_other_character_stays():
    text = "Grüße, 皆さん 👩‍👧 [bold]x[/] \\ \u2028 é"
    assert plain(text) == text


def test_no_control_character_passes():
    everything = "".join(map(chr, range(0x100)))
    assert [c for c in plain(everything) if not c.isprintable() and c not in "\xa0\xad"] == ["\t", "\n"]


@pytest.mark.parametrize(("as_json", "out", "err"), [(True, "ours\n", "theirs\n"), (False, "theirs\nours\n", "")])
def test_what_others_print_stays_away_from_lines_of_json(
    as_json: bool, out: str, err: str, capsys: pytest.CaptureFixture[str]
):
    with prints_aside(as_json) as lines:
        sys.stdout.write("theirs\n")
        lines.write("ours\n")
    assert capsys.readouterr() == (out, err)
