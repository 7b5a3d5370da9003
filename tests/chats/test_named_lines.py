from __future__ import annotations

import io

import pytest

from empa_graph.chats.pieces import Fault
from empa_graph.chats.reader import live_pieces, told_how
from empa_graph.chats.transcripts import Transcript, read

ROLES = ("Anna=persona", "Ben=empathic")
WHO = "if you know who that is: --role NAME=persona or --role NAME=empathic"
SPACE = "a line that is no message may begin with a space"


def found(*lines: str, roles: tuple[str, ...] = ROLES, form: str = "auto") -> list[Transcript | Fault]:
    return list(read(io.BytesIO("\n".join(lines).encode()), told_how(form, roles)))


def said(*lines: str, roles: tuple[str, ...] = ROLES) -> list[str]:
    (only,) = found(*lines, roles=roles)
    assert isinstance(only, Transcript), only
    return [message.content for message in only.messages]


def test_a_third_who_speaks_twice_is_given_to_nobody():
    items = found("Anna: I failed.", "Ben: Tell me.", "and then", "Carl: Stop.", "Anna: He drove me.", "Carl: So?")
    assert items == [Fault(6, f"name: unknown role 'Carl'; {WHO}; {SPACE}", "unknown_role", row=True)]


@pytest.mark.parametrize("blank", [(), ("",), ("", "")])
@pytest.mark.parametrize("name", ["Ben", "Dr. Ben Oakes", "Mary-Jane", "Zoë", "User 2", "李雷"])
def test_a_name_that_begins_the_one_line_between_two_messages_is_a_speaker(name: str, blank: tuple[str, ...]):
    for rest in (("Assistant: That hurts.",), ()):
        (fault,) = found("User: I failed.", *blank, f"{name}: What happened?", *blank, *rest, roles=())
        assert isinstance(fault, Fault) and (fault.line, fault.cause) == (2 + len(blank), "unknown_role")
        assert f"'{name}'" in fault.why


@pytest.mark.parametrize(
    "line",
    [
        *("Well: I think so", "Note: it was late.", "PS: thanks", "Monday: the same again", "Step 1: breathe"),
        *("https://example.org/a", "https: //x", "10:30 at work", "- Carl: a list", "1. Carl: a list"),
        *("**Carl**: a list", "and then: nothing", "It came to this in the end: nothing", "Carl:no space"),
        *(" Carl: quoted", "I said to Carl: no"),
    ],
)
def test_a_line_that_goes_on_may_hold_a_colon(line: str):
    assert said("Anna: I failed.", line, "Ben: Tell me.") == [f"I failed.\n{line}", "Tell me."]


def test_a_name_once_within_a_longer_message_goes_on():
    reply = ("Ben: Two apps.", "Headspace: for the evening.", "", "Calm: for the day.", "Good?")
    assert said("Anna: I failed.", *reply) == ["I failed.", "\n".join(reply).removeprefix("Ben: ")]


def test_lines_with_times_are_begun_by_nothing_else():
    talk = ("[1.2.26, 10:00] Anna: I failed.", "Carl: no", "Carl: yes", "[1.2.26, 10:01] Ben: Tell me.")
    assert said(*talk) == ["I failed.\nCarl: no\nCarl: yes", "Tell me."]


def test_small_letters_are_names_where_those_that_are_known_are_small():
    talk = ("anna: I failed.", "ben: Tell me.", "carl: stop", "anna: Yes.", "carl: so?")
    assert [item.line for item in found(*talk) if isinstance(item, Fault)] == [3]
    mixed = ("Anna: I failed.", "carl: a", "carl: b", "Ben: Tell me.")
    assert said(*mixed) == ["I failed.\ncarl: a\ncarl: b", "Tell me."]


@pytest.mark.parametrize("form", ["auto", "text"])
@pytest.mark.parametrize("talk", [("Anna: I failed.", "Ben: Tell me."), ("Anna: I.", "Ben: O.", "so", "Ben: Ah.")])
def test_names_that_nobody_told_are_said_once(form: str, talk: tuple[str, ...]):
    (fault,) = found(*talk, roles=(), form=form)
    assert isinstance(fault, Fault) and (fault.line, fault.cause) == (1, "unknown_role")
    assert "'Anna'" in fault.why and "'Ben'" in fault.why
    assert "if you know who they are: --role NAME=persona or --role NAME=empathic" in fault.why


def test_of_many_names_those_who_speak_most_are_said():
    talk = [f"P{n}: x" for n in range(9)]
    (fault,) = found(*talk, "P8: y", roles=())
    assert isinstance(fault, Fault) and "'P8', 'P0', 'P1', 'P2', 'P3' and 4 more" in fault.why


def test_a_stream_says_at_once_who_is_unknown_and_gives_the_words_to_nobody():
    talk = ["Anna: I failed.", "Carl: Stop.", "Ben: Tell me.", "Carl: So?", "and more", "Carl: Hm?", "Anna: Yes."]
    items = list(live_pieces([f"{line}\n".encode() for line in talk], told_how("auto", ROLES)))
    assert [item.line for item in items if isinstance(item, Fault)] == [2]
    heard = [each for item in items if not isinstance(item, Fault) for each in item.messages if each is not None]
    assert heard == [("persona", "I failed."), ("empathic", "Tell me."), ("persona", "Yes.")]


@pytest.mark.parametrize("text", ["messages: [", "{broken", "name: a\nturns: []", "Some words.\nAnna: x\nAnna: y"])
def test_what_does_not_begin_like_talk_is_not_taken_for_it(text: str):
    assert {item.cause for item in found(text, roles=()) if isinstance(item, Fault)} == {"not_json"}
