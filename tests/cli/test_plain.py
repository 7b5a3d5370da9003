from __future__ import annotations

import os
import sys
import unicodedata

import pytest

from empa_graph.cli.plain import RAIL, plain, prints_aside, railed


def test_control_characters_are_left_out_and_newline_and_tab_stay():
    assert plain("a\x1b[31mb\x1b]0;title\x07\tc\nd\x08\r\x9b2J\x7f") == "a[31mb]0;title\tc\nd2J"


def test_every_other_character_stays():
    text = "Grüße, 皆さん 👩‍👧 [bold]x[/] \\ é \u0645\u06cc\u200c\u062e"
    assert plain(text) == text


def test_no_control_and_no_format_character_passes_but_the_joiners():
    everything = "".join(map(chr, (*range(0x20000), *range(0xE0000, 0xE0200))))
    left = [c for c in plain(everything) if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    assert set(left) == set("\t\n\u200c\u200d")


def test_direction_marks_are_left_out_and_separators_of_lines_are_newlines():
    assert plain("a\u202eb\u2066c\u200fd\ufeffe\u2028f") == "abcde\nf"


def test_half_a_character_can_be_printed():
    assert plain("a\ud83db") == "a\ufffdb"


def test_every_further_line_of_a_speech_stands_behind_a_rail():
    assert railed(["ok", "", "9 agent"]) == f"ok\n{RAIL}\n{RAIL}9 agent"


@pytest.mark.parametrize(("as_json", "out", "err"), [(True, "ours\n", "theirs\n"), (False, "theirs\nours\n", "")])
def test_what_others_print_stays_away_from_lines_of_json(
    as_json: bool, out: str, err: str, capsys: pytest.CaptureFixture[str]
):
    with prints_aside(as_json) as lines:
        sys.stdout.write("theirs\n")
        lines.write("ours\n")
    assert capsys.readouterr() == (out, err)


def test_descriptor_1_is_given_back(capfd: pytest.CaptureFixture[str]):
    with prints_aside(True) as lines:
        os.write(1, b"theirs\n")
        lines.write("ours\n")
    os.write(1, b"later\n")
    assert capfd.readouterr() == ("ours\nlater\n", "theirs\n")
