from __future__ import annotations

import pytest

from empa_graph.errors import UsageError
from empa_graph.mcp_server.asked import NothingAsked, ReplyAsked, ScoreAsked, StartAsked, asked
from empa_graph.models.dialogue import LONGEST_REPLY
from empa_graph.models.record import Record

ID = "0" * 16


@pytest.mark.parametrize(
    ("kind", "given", "fault"),
    [
        (NothingAsked, {"folder": "/etc"}, "unknown argument 'folder': none is taken"),
        (StartAsked, {"scenaro": "x"}, "unknown argument 'scenaro'; did you mean 'scenario'?"),
        (StartAsked, {"scenario": "x", "base_url": "http://x"}, "unknown argument 'base_url'"),
        (StartAsked, {"scenario": "x" * 101}, "scenario: "),
        (StartAsked, {"scenario": "x", "seed": -1}, "seed: "),
        (StartAsked, {"scenario": "x", "seed": "7"}, "seed: "),
        (StartAsked, {}, "scenario: "),
        (StartAsked, ["x"], "the arguments: "),
        (ReplyAsked, {"conversation": "../../etc/passwd", "text": "x"}, "conversation: "),
        (ReplyAsked, {"conversation": ID, "text": " \n"}, "text: "),
        (ReplyAsked, {"conversation": ID, "text": "x" * (LONGEST_REPLY + 1)}, "text: "),
        (ReplyAsked, {"conversation": ID, "text": "half \ud83d"}, "text: "),
        (ReplyAsked, {"conversation": ID, "text": 7}, "text: "),
        (ScoreAsked, {"messages": [{"role": "user", "content": "x"}]}, "messages: "),
        (ScoreAsked, {"messages": [{"role": "system", "content": "x"}] * 2}, "messages.0.role: "),
        (ScoreAsked, {"messages": [{"role": "user", "content": "x"}] * 401}, "messages: "),
    ],
)
def test_a_bad_argument_is_one_line(kind: type[Record], given: object, fault: str):
    with pytest.raises(UsageError) as told:
        asked(kind, given)
    assert str(told.value).startswith(fault) and "\n" not in str(told.value) and len(str(told.value)) < 500


def test_what_is_said_is_taken_without_the_space_around_it():
    assert asked(ReplyAsked, {"conversation": ID, "text": " I hear you.\n"}).text == "I hear you."
