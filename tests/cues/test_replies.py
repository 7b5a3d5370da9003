from __future__ import annotations

from empa_graph.cues.replies import by_turn, in_context, sides
from tests.scripted_parts import agent, person

TALK = [
    person(1, "They moved my desk."),
    person(1, "Nobody told me."),
    agent(1, "That hurts."),
    agent(1, "Who moved it?"),
    person(2, "..."),
    agent(2, " "),
    person(3, "My manager did."),
    agent(3, "I see."),
]


def test_the_messages_of_one_side_in_one_turn_are_one_text():
    assert list(by_turn(TALK))[:2] == [
        ("persona", "They moved my desk.\nNobody told me."),
        ("empathic", "That hurts.\nWho moved it?"),
    ]


def test_sides_leave_out_what_has_no_words():
    found = sides(TALK)
    assert found.person == ("They moved my desk.\nNobody told me.", "My manager did.")
    assert found.replies == ("That hurts.\nWho moved it?", "I see.")
    assert sides([]) == ((), ())


def test_replies_in_context_are_grouped_alike():
    replies = list(in_context(TALK))
    assert tuple(reply.text for reply in replies) == sides(TALK).replies
    assert replies[1].context.person == ("They moved my desk.\nNobody told me.", "...", "My manager did.")
