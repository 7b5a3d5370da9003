from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from empa_graph.cues.guards import LEAST, MOST, MOST_IN_SHORT, ORDINARY, GuardPath, Seen, guard_findings
from empa_graph.cues.lexicon import GENERIC
from empa_graph.cues.tokens import stem
from empa_graph.models.dialogue import Speaker
from empa_graph.models.guard import GuardFindings

PERSON = (
    "I walk past the piano every morning and I cannot open the lid.",
    "My brother sold the tuning forks while I was in Lisbon.",
    "The concert is on the ninth and I have not told the choir.",
    "Our landlord wrote about the damp in the cellar again.",
)
LISTENING = (
    "Every morning that lid stays shut, and you still go by it.",
    "Those forks were not his to sell while Lisbon kept you away.",
    "So the choir sings on the ninth without knowing.",
    "And now damp under the house, on top.",
)


def alternating(person: tuple[str, ...], replies: tuple[str, ...]) -> list[tuple[Speaker, str]]:
    found: list[tuple[Speaker, str]] = []
    for heard, reply in zip(person, replies, strict=True):
        found += [("persona", heard), ("empathic", reply)]
    return found


def repeated_thrice(replies: tuple[str, ...]) -> GuardFindings:
    return guard_findings(alternating(PERSON * 3, replies))


def test_one_who_listens_passes_beyond_no_guard() -> None:
    found = guard_findings(alternating(PERSON, LISTENING))
    assert (found.replies, found.repeated, found.copied, found.specific) == (4, 0.0, pytest.approx(0.0, abs=0.09), 1.0)
    assert found.beyond == ()


def test_a_constant_repeats_all_but_its_first_reply_and_fits_anybody() -> None:
    found = repeated_thrice(("I am sorry, that sounds really hard.",) * 12)
    assert found.repeated == pytest.approx(11 / 12)
    assert found.specific == 0.0
    assert found.beyond == ("repeated", "specific")
    assert found.excess["repeated"] == pytest.approx(11 / 12 - MOST["repeated"])
    assert found.excess["specific"] == pytest.approx(LEAST["specific"])


@pytest.mark.parametrize("framed", ["{}", "It seems {}"])
def test_a_parrot_is_found_whether_it_turns_the_person_or_not(framed: str) -> None:
    turned = tuple(text.replace("I ", "you ").replace("My", "Your") for text in PERSON)
    for replies in (PERSON, turned):
        found = guard_findings(alternating(PERSON, tuple(framed.format(reply) for reply in replies)))
        assert "copied" in found.beyond
        assert (found.copied or 0.0) > 0.7


FRAMES = (
    "You sound sad about the {}, the {}, and your {}.",
    "So it is the {}, and behind it the {} with the {}.",
    "What would the {} say about the {} and my {}?",
)


def filled(count: int) -> list[tuple[Speaker, str]]:
    """Return ``count`` replies that put the longest words of each message into the gaps of a frame."""
    found: list[tuple[Speaker, str]] = []
    for place in range(count):
        heard = PERSON[place % len(PERSON)]
        longest = sorted(heard.lower().replace(".", "").split(), key=len, reverse=True)
        found += [("persona", heard), ("empathic", FRAMES[place % len(FRAMES)].format(*longest))]
    return found


@pytest.mark.parametrize(("replies", "told"), [(2, False), (3, True), (8, True)])
def test_frames_are_found_from_three_replies_on(replies: int, told: bool) -> None:
    found = guard_findings(filled(replies))
    assert (found.framed or 0.0) > MOST["framed"]
    assert ("framed" in found.beyond) is told


def test_few_replies_are_given_more_room_and_never_said_to_suit_anybody() -> None:
    again = ("I am sorry to hear that, it must be hard for you.", "Tell me how your week has been so far, then.")
    talk = alternating(PERSON, (*again, *LISTENING[:1], again[0].split(",")[0]))
    found = guard_findings(talk)
    assert MOST["repeated"] < (found.repeated or 0.0) <= MOST_IN_SHORT["repeated"]
    assert found.beyond == ()
    assert guard_findings(alternating(PERSON, again[:1] * 4)).beyond == ("repeated",)


def test_what_the_person_says_later_is_not_copied_from_them() -> None:
    found = guard_findings([("empathic", PERSON[0]), ("persona", PERSON[0])])
    assert (found.copied, found.specific) == (0.0, 0.0)


def test_a_reply_of_two_words_counts_as_one_piece() -> None:
    assert repeated_thrice(("Go on.",) * 12).repeated == pytest.approx(11 / 12)


def test_ordinary_words_make_no_reply_specific() -> None:
    found = guard_findings(
        [("persona", "I feel sad and I think about home all night."), ("empathic", "So sad, at home, all night.")]
    )
    assert found.specific == 0.0


def test_a_figure_without_anything_to_take_it_of_is_absent() -> None:
    for messages in ([], [("persona", "Hello there.")], [("persona", "Hello."), ("empathic", " ... ")]):
        found = guard_findings(messages)
        assert (found.replies, found.repeated, found.copied, found.specific, found.beyond) == (0, None, None, None, ())


@pytest.mark.parametrize(("replies", "provisional"), [(7, True), (8, False)])
def test_below_eight_replies_the_findings_are_provisional(replies: int, provisional: bool) -> None:
    assert guard_findings(alternating((PERSON[0],) * replies, (LISTENING[0],) * replies)).provisional is provisional


def test_the_list_of_ordinary_stems_is_sorted_and_repeats_nothing() -> None:
    assert {stem(word) for word in GENERIC} < ORDINARY
    assert "piano" not in ORDINARY


WORDS = st.lists(st.sampled_from(["i", "you", "my", "piano", "lid", "dog", "never", "sold", "the"]), max_size=9).map(
    " ".join
)
TALK = st.lists(st.tuples(st.sampled_from(("persona", "empathic")), WORDS), max_size=25)


@given(TALK)
def test_turn_by_turn_comes_to_what_the_whole_comes_to(talk: list[tuple[Speaker, str]]) -> None:
    path = GuardPath()
    for place, (speaker, text) in enumerate(talk, start=1):
        path = path.after(speaker, text)
        assert path.findings == guard_findings(talk[:place])


@given(st.lists(st.frozensets(st.sampled_from("abcdefghijk"), max_size=5), max_size=30))
def test_a_growing_set_holds_what_was_joined_and_alters_none_before(parts: list[frozenset[str]]) -> None:
    stages = [Seen()]
    for part in parts:
        stages.append(stages[-1].joined(part))
    for place, stage in enumerate(stages):
        held = frozenset().union(*parts[:place])
        assert {item for item in "abcdefghijk" if item in stage} == held


def test_a_long_conversation_keeps_few_blocks_and_needs_no_deep_recursion() -> None:
    talk = [
        ("persona", f"word{n} said{n} here{n}") if n % 2 else ("empathic", f"so{n} it{n} is{n}") for n in range(3000)
    ]
    path = GuardPath()
    for speaker, text in talk:
        path = path.after(speaker, text)
    assert len(path.said.blocks) < 15
    assert guard_findings(talk) == path.findings
