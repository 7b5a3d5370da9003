from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations, product

import pytest
from hypothesis import given, strategies as st

from empa_graph.cues import fitting as module, grafts as grafting
from empa_graph.cues.everyday import EVERYDAY
from empa_graph.cues.fitting import BELIEF, COMPARED, MOST_OWN, SETTLED, SETTLED_OWN, Fit, fitting, surely_new
from empa_graph.cues.grafts import grafts
from empa_graph.cues.relevance import LATE, is_answerable
from empa_graph.cues.tokens import stems
from empa_graph.models.reading import UNFIT_FROM

FLOOD = "The boiler flooded the greenhouse and ruined my orchids."
"""Five words that are this person's: boiler, flooded, greenhouse, ruined, orchids."""
TAKES_UP = "Orchids with a ladder, a lantern and a saddle."
"""One word of the person's and three of one's own, none in a run of theirs."""
SCRIPT = "A ladder, a lantern and a saddle."
COMFORT = "That sounds really hard. I am here for you."
WINDOW = 8


@pytest.fixture(scope="module", autouse=True)
def by_words_alone() -> Iterator[None]:
    """Tell answers by a word in common, and own words in replies of any length: test_relevance.py has the rest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "evidence", in_common)
        patch.setattr(module, "BRIEF", 0)
        forget()
        yield
    forget()


def forget() -> None:
    module._taken.cache_clear()


def in_common(reply: str, person: Sequence[str]) -> float:
    """Return 1 for a stem in common with the last messages, -1 for none, 0 where there is nothing to take up."""
    late = person[-LATE:]
    if not is_answerable(*late):
        return 0.0
    return -1.0 if stems(reply).isdisjoint(frozenset[str]().union(*map(stems, late))) else 1.0


def one(reply: str, said: str = FLOOD) -> Fit:
    return fitting([said], [reply], window=WINDOW)


def run(*replies: str, said: str = FLOOD, window: int = WINDOW) -> Fit:
    """Return the fit of replies with no run of words in common, each to the same message."""
    return fitting([said] * len(replies), replies, window=window)


def total(*found: float) -> float:
    """Return the running sum of what the replies tell, which stays within `BELIEF`."""
    told = 0.0
    for one_told in found:
        told = min(BELIEF[1], max(BELIEF[0], told + one_told))
    return told


def fresh(count: int) -> list[str]:
    """Return as many words that nobody has said."""
    return [next(FRESH) for _ in range(count)]


FRESH = (
    f"{head}{tail}"
    for head, tail in product(
        ("bran", "crol", "drum", "flin", "glor", "hesp"), map("".join, permutations("bdgkmptvz", 3))
    )
)


def test_the_words_of_these_tests_are_nobodys_everyday_words() -> None:
    assert len(stems(FLOOD) - EVERYDAY) == 5 and len(stems(SCRIPT) - EVERYDAY) == 3
    assert stems(COMFORT) <= EVERYDAY | {"hard"}


def test_the_shares_of_one_reply_are_counted() -> None:
    assert one(TAKES_UP)[:4] == (1.0, 3.0, 0.0, 0.0)
    assert one(SCRIPT)[:4] == (-1.0, 3.0, 0.0, 0.0)
    assert one("Orchids and a boiler.")[:4] == (1.0, 0.0, 0.0, 0.0)
    assert one(COMFORT)[:4] == (-1.0, 0.0, 0.0, 0.0)


def test_words_of_ones_own_count_up_to_three_a_reply() -> None:
    assert MOST_OWN == 3
    assert one("Orchids, a ladder, a lantern, a saddle, a kettle, a trumpet, a canoe.").own == 3.0
    assert one("Orchids, a ladder and a lantern.").own == 2.0


def test_copied_words_are_counted_by_the_word_and_repeated_runs_by_the_run() -> None:
    assert one("The boiler flooded the saddle.").copied == pytest.approx(4 / 5)
    assert one("Your boiler flooded, and a saddle.").copied == 0.0
    again = fitting([FLOOD, FLOOD], ["A ladder, a lantern.", "A ladder, a lantern, a saddle."], window=1)
    assert again.repeated == pytest.approx(2 / 4)


def test_who_speaks_to_this_person_fits_and_a_script_does_not() -> None:
    assert one(TAKES_UP).fit == 1.0
    assert run(*(" ".join(["orchid", *fresh(3)]) for _ in range(SETTLED))).fit == 1.0
    assert run(*(f"{SCRIPT} {word}" for word in ("Yes", "No", "So", "Oh", "Well"))).fit == 0.0


@pytest.mark.parametrize(("replies", "told"), [(1, 0.0), (2, 0.4), (4, 0.8), (5, 1.0), (7, 1.0)])
def test_few_replies_tell_little(replies: int, told: float) -> None:
    """One lacks words of its own, which tells nothing yet; from the second on it is a loop."""
    assert (SETTLED, SETTLED_OWN) == (5, 3)
    assert run(*["Orchid and boilers."] * replies).fit == pytest.approx(1.0 - told)


EVERYDAY_WORDS = (
    "Orchid and boilers, and that sounds really hard. I am here.",
    "I can see why the greenhouse would be so hard for you.",
    "You have so much to do now with the orchids and all.",
)


def test_fewer_than_three_long_replies_of_everyday_words_tell_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quiet person is answered in few words, and two replies of ten everyday words make no script of them."""
    monkeypatch.setattr(module, "BRIEF", 10)
    forget()
    few, enough = (run("Orchid, yes.", *EVERYDAY_WORDS[:count]) for count in (SETTLED_OWN - 1, SETTLED_OWN))
    forget()
    assert few.own == enough.own == 0.0 and few.fit == 1.0 > enough.fit


def rising(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))


def expected(found: Fit) -> float:
    """Return the fit of five replies or more with these shares, by the module's bounds."""
    speaks = rising(found.answers, *module.ANSWERS) * (1 - rising(found.framed, *module.FRAMED))
    new = (1 - rising(found.copied, *module.COPIED)) * (1 - rising(found.repeated, *module.REPEATED))
    worded = rising(found.own, *module.OWN) * new * (1 - rising(found.framed, *module.SURELY_FRAMED))
    return worded * (UNFIT_FROM + (1 - UNFIT_FROM) * rising(speaks, *module.SPEAKS))


WORDS = ["anchor", "badger", "canoe", "domino", "ermine", "falcon", "gondola", "harness", "igloo", "jasmine"]
BENT = permutations(["orchid", "boilers", "greenhouses"])
SHUFFLED = [*map(" ".join, BENT), "ruin flooding", "orchid"]


@pytest.mark.parametrize("count", range(9))
def test_each_share_turns_between_its_bounds(count: int) -> None:
    """Of eight replies ``count`` take up a word, then ``count`` bring one of their own."""
    takes = run(*(" ".join(["orchid" if at < count else "pulley", *fresh(4)]) for at in range(8)))
    assert takes[:5] == (total(*[1.0] * count, *[-1.0] * (8 - count)), 3.0, 0.0, 0.0, 0.0)
    assert takes.fit == pytest.approx(expected(takes))
    brings = run(*(f"{SHUFFLED[at]} {fresh(1)[0] if at < count else ''}" for at in range(8)))
    assert brings[:5] == (BELIEF[1], count / 8, 0.0, 0.0, 0.0)
    assert brings.fit == pytest.approx(expected(brings))


def test_a_parrot_brings_nothing_of_its_own() -> None:
    parrot = run(*[f"The boiler flooded the greenhouse and ruined your orchids {word}" for word in WORDS[:5]])
    assert (parrot.answers, parrot.fit) == (BELIEF[1], 0.0)
    assert parrot.copied > module.COPIED[1]


def test_a_loop_says_the_same_again() -> None:
    found = run(*[TAKES_UP] * 5)
    assert found.repeated == pytest.approx(4 / 5)
    assert found[:3] == (BELIEF[1], 3.0, 0.0) and found.fit == 0.0


@pytest.mark.parametrize("copying", range(9))
def test_a_few_words_given_back_are_let_pass_and_the_more_the_less(copying: int) -> None:
    """In each of ``copying`` replies of 8, four words of twenty are copied."""
    words = [
        ["boiler flooded the greenhouse" if at < copying else "orchids of some plain", *fresh(16)] for at in range(8)
    ]
    found = run(*map(" ".join, words))
    assert found[:2] == (BELIEF[1], 3.0)
    assert found.copied == pytest.approx(copying / 8 * 4 / 20)
    assert found.fit == pytest.approx(expected(found))


def test_a_few_runs_said_before_are_let_pass_and_the_more_the_less() -> None:
    """Every reply but the first has the run "orchids on ice" among ``runs`` others."""
    for runs in (1, 3, 8, 30):
        found = run(*(" ".join(["orchids on ice", *fresh(runs)]) for _ in range(8)))
        assert found.repeated == pytest.approx(7 / 8 / (runs + 1))
        assert found.fit == pytest.approx(expected(found))


def share(replies: Sequence[str], said: str = FLOOD) -> float:
    """Return how far the replies are frames, by the module's weights."""
    found = [grafts(reply, (said,)) for reply in replies]
    words, given, taken, pointed, grafted, misplaced = map(sum, zip(*found, strict=True))
    back = grafting.GIVEN * given / (words + grafting.LENIENT_WORDS)
    return (
        back
        + grafting.BARE * (pointed + grafting.GRAFT * grafted) / (taken + grafting.LENIENT)
        + grafting.SLIP * misplaced / len(found)
    )


@pytest.mark.parametrize("count", range(9))
def test_framing_takes_credit_first_and_harms_where_it_is_sure(count: int) -> None:
    """``count`` of eight replies put two words of the person's behind an article, the others take up none so."""
    frames = [" ".join([*fresh(6), "the boiler", *fresh(1), "my orchids"]) for _ in range(count)]
    replies = [*frames, *(" ".join(["orchid", *fresh(9)]) for _ in range(8 - count))]
    found = run(*replies)
    assert found.framed == pytest.approx(share(replies))
    assert found.fit == pytest.approx(expected(found))
    assert (found.fit < UNFIT_FROM) == (found.framed > module.SURELY_FRAMED[0])


def test_words_given_back_those_behind_articles_and_those_misplaced_add_up() -> None:
    said = f"{FLOOD} It was there with him."
    replies = [" ".join([*fresh(5), words]) for words in ("boiler", "the boiler", "the ruined", "the with")]
    assert run(*replies, said=said).framed == pytest.approx(share(replies, said))
    parts = [share([reply], said) for reply in replies]
    assert 0 < parts[0] < parts[1] < parts[2] < parts[3]
    assert run(*(" ".join(["orchid", *fresh(5)]) for _ in range(4)), said=said).framed == 0.0


def test_few_words_say_little_of_how_they_are_taken_up() -> None:
    assert share(["boiler"]) == pytest.approx(grafting.GIVEN / (1 + grafting.LENIENT_WORDS))
    assert share(["the boiler"]) - share(["and boiler"]) == pytest.approx(grafting.BARE / (1 + grafting.LENIENT))


def test_a_hand_off_goes_in_the_same_words_for_everybody() -> None:
    said = f"I want to kill myself. {FLOOD}"
    asked = "Are you thinking of suicide now? Please ring 112, and ask somebody near to come over."
    assert one(asked, said).answers == 0.0 > one(asked, FLOOD).answers
    assert one(f"{asked} Leave the boiler and the orchids.", said).answers == 1.0


def test_who_begins_or_ceases_to_answer_is_told_within_a_few_replies() -> None:
    apt, script = ([f"{word} {' '.join(fresh(3))}" for _ in range(12)] for word in ("orchid", "pulley"))
    assert run(*apt, *script[:1]).fit == run(*apt).fit == 1.0
    assert run(*apt, *script[:4]).fit == run(*script).fit == UNFIT_FROM
    assert run(*script, *apt[:5]).fit == 1.0 and run(*script).answers == BELIEF[0]


def test_a_person_who_has_gone_quiet_is_no_excuse_for_a_script() -> None:
    """What was answered before counts on, however long they stay quiet."""
    said = [*[FLOOD] * 4, *["Hm."] * 14]
    script, apt = ([f"{word} {' '.join(fresh(3))}" for _ in said] for word in ("pulley", "orchid"))
    assert fitting(said, script, window=WINDOW).fit == UNFIT_FROM
    assert fitting(said, apt, window=WINDOW).fit == 1.0


def test_feeling_words_and_everyday_words_are_nobodys() -> None:
    said = "I feel sad, angry and lonely about the boiler, the orchids and the greenhouse."
    assert one("So sad, so angry, so lonely.", said).own == 0.0


def test_silence_is_no_reply_to_judge_by() -> None:
    assert run("", " \n") == Fit(0.0, 0.0, 0.0, 0.0, 0.0, 1.0)
    assert run("", TAKES_UP, "")[:4] == one(TAKES_UP)[:4]
    assert fitting([], [], window=WINDOW).fit == 1.0


def test_only_the_last_replies_count_but_what_is_said_again_is_known_from_before() -> None:
    script = [f"{SCRIPT} {word}" for word in WORDS[:6]]
    apt = [f"orchid {word} {word[::-1]} pulley" for word in WORDS[:8]]
    assert run(*script, *apt).fit == run(*apt).fit == 1.0
    assert run(TAKES_UP, *WORDS[:8], TAKES_UP, window=1).repeated == 1.0


def test_messages_are_counted_from_the_end() -> None:
    """An agent that spoke first, or a conversation whose beginning is cut off, has answered what stood before."""
    later = "The trumpet, the violin and the tambourine are mine."
    replies = ["Welcome to the helpline.", "orchid anchor", "trumpet badger"]
    assert fitting([FLOOD, later], replies, window=WINDOW).answers == total(0.0, 1.0, 1.0)
    assert fitting([FLOOD, later], ["Hello.", "trumpet anchor", "canoe"], window=WINDOW).answers == total(
        0.0, -1.0, -1.0
    )
    assert fitting([FLOOD, FLOOD, later], ["orchid anchor", "trumpet badger"], window=WINDOW).answers == total(1.0, 1.0)


def test_what_was_said_long_before_a_reply_is_not_compared_with_it() -> None:
    """So that its form stays what it is when a role no longer sees so far back."""
    for between, share in ((COMPARED - 1, 1.0), (COMPARED, 0.0)):
        others = [WORDS[at % 10] for at in range(between)]
        assert run(TAKES_UP, *others, TAKES_UP, window=1).repeated == share
        said = [FLOOD, *others]
        assert (fitting(said, [COMFORT] * between + [FLOOD], window=1).copied > 0.0) == (share > 0.0)


TEXT = st.text(max_size=60) | st.sampled_from([FLOOD, TAKES_UP, SCRIPT, COMFORT, ""])


@given(st.lists(TEXT, max_size=10), st.lists(TEXT, max_size=10), st.integers(1, 20))
def test_any_text_has_a_fit_between_0_and_1(person: list[str], replies: list[str], window: int) -> None:
    found = fitting(person, replies, window=window)
    assert 0.0 <= found.fit <= 1.0
    assert (
        all(0.0 <= share <= 1.0 for share in (found.copied, found.repeated)) and BELIEF[0] <= found.answers <= BELIEF[1]
    )
    assert 0.0 <= found.own <= MOST_OWN


@given(st.lists(st.tuples(TEXT, TEXT), min_size=20, max_size=26), st.integers(1, 8))
def test_a_fit_is_told_from_the_last_twenty_messages_of_each_side(said: list[tuple[str, str]], window: int) -> None:
    person, replies = zip(*said, strict=True)
    for told in (fitting, surely_new):
        assert told(person, replies, window=window) == told(person[-20:], replies[-20:], window=window)
