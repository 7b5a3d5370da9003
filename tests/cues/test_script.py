from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from empa_graph.cues.script import TOGETHER, run_script, script_share
from empa_graph.models.dialogue import Speaker
from tests.records import episode

DIALOGUES = Path(__file__).parents[3] / "shared" / "dialogues" / "listener.jsonl"
COMFORTS = (
    "It makes sense to feel that way about it.",
    "You are carrying so much of this alone.",
    "Take all the time that you want with me.",
)
FRAME = "So it is the {0} that stays with you, and the {1} does not leave you."
VOWELS, CONSONANTS = "aeiou", "bdfgklmnprst"
Talk = tuple[str, list[tuple[Speaker, str]]]


def word(rng: random.Random) -> str:
    return "".join(rng.choice(CONSONANTS) + rng.choice(VOWELS) for _ in range(3))


def talks(number: int, personas: int, replies: tuple[str, ...], seed: int = 0) -> Iterator[Talk]:
    """Yield conversations in which each reply may take up two words of the person."""
    rng = random.Random(seed)
    for place in range(number):
        said: list[tuple[Speaker, str]] = []
        for reply in replies:
            one, two = word(rng), word(rng)
            said.append(("persona", f"There was the {one} and then there was the {two} again."))
            said.append(("empathic", reply.format(one, two)))
        yield f"person{place % personas}", said


def own(number: int, personas: int) -> Iterator[Talk]:
    """Yield conversations of an agent that says something else each time."""
    rng = random.Random(5)
    for persona, said in talks(number, personas, COMFORTS):
        told = [f"You {word(rng)} with {word(rng)} about the {word(rng)} that {word(rng)} you." for _ in said]
        yield persona, [(s, t if s == "persona" else new) for (s, t), new in zip(said, told, strict=True)]


@pytest.mark.parametrize("replies", [COMFORTS, (FRAME,) * 3])
def test_fixed_sentences_and_frames_with_words_of_the_person_come_from_a_script(replies: tuple[str, ...]) -> None:
    found = script_share(talks(12, 4, replies))
    assert (found.share, found.sentences, found.conversations, found.personas) == (1.0, 36, 12, 4)
    assert found.scripted and found.beyond and not found.provisional


def test_one_who_says_something_else_each_time_keeps_to_no_script() -> None:
    found = script_share(own(12, 4))
    assert (found.share, found.scripted, found.beyond) == (0.0, False, False)


def test_what_one_other_persona_hears_too_is_not_common_yet() -> None:
    assert script_share(talks(12, 2, COMFORTS)).share == 0.0
    assert script_share(talks(12, 3, COMFORTS)).share == 1.0


def test_sixty_in_a_hundred_of_a_sentences_grams_make_it_common() -> None:
    fixed = "it makes sense to feel that way"
    for own_words, share in ((2, 1.0), (4, 0.0)):
        rng = random.Random(3)
        lines = [[("empathic", f"{fixed} {' '.join(word(rng) for _ in range(own_words))}")] for _ in range(12)]
        found = script_share((f"person{n % 4}", line) for n, line in enumerate(lines))
        # Four grams are fixed; so many more run into the words of its own.
        assert found.share == share


@pytest.mark.parametrize(("number", "personas"), [(11, 4), (12, 3), (2, 2)])
def test_few_conversations_or_personas_are_provisional_and_void_nothing(number: int, personas: int) -> None:
    found = script_share(talks(number, personas, COMFORTS))
    assert found.provisional and not found.scripted
    assert found.beyond == (personas > 2)


def test_a_reply_of_short_sentences_alone_is_one_sentence() -> None:
    found = script_share(talks(12, 4, ("That hurts. Go on. I see.",)))
    assert (found.share, found.sentences) == (1.0, 12)


@pytest.mark.parametrize(
    "replies", [("",), ("Go on.",), ("\u4f60\u597d\uff0c\u6211\u5728\u8fd9\u91cc\u542c\u4f60\u8bf4",)]
)
def test_where_no_sentence_counts_there_is_no_share(replies: tuple[str, ...]) -> None:
    found = script_share(talks(12, 4, replies))
    assert (found.share, found.conversations, found.scripted) == (None, 0, False)
    assert str(found) == "no sentence to tell a script by"


def test_words_of_the_person_alone_are_no_script() -> None:
    rng = random.Random(2)
    said = [[word(rng) for _ in range(6)] for _ in range(12)]
    echoed = [[("persona", " ".join(words)), ("empathic", " ".join(words))] for words in said]
    assert script_share((f"person{n % 4}", talk) for n, talk in enumerate(echoed)).share == 0.0


def test_a_larger_run_is_compared_in_parts_so_that_size_makes_no_script() -> None:
    """An agent draws on many phrases: over 36 conversations few come back, over a thousand all would."""
    rng = random.Random(7)
    phrases = [" ".join(word(rng) for _ in range(6)) for _ in range(600)]
    said = [(f"person{n % 12}", [("empathic", rng.choice(phrases) + ".")]) for n in range(40 * TOGETHER)]
    assert (script_share(said[:TOGETHER]).share or 0.0) < 0.05
    assert (script_share(said).share or 0.0) < 0.05


def test_the_parts_of_a_run_mix_the_personas_whatever_the_order_of_play() -> None:
    in_turn = list(talks(160, 4, COMFORTS))
    one_after_another = sorted(in_turn, key=lambda talk: talk[0])
    assert script_share(one_after_another).share == script_share(in_turn).share == 1.0


def test_goals_of_one_persona_are_one_person_and_saved_conversations_are_each_their_own() -> None:
    same = [episode(scenario=f"someone/goal{n}") for n in range(12)]
    saved = [episode(scenario="someone/goal", conversation=f"chat-{n}") for n in range(12)]
    line = episode().messages[1].model_copy(update={"content": COMFORTS[0]})
    same, saved = ([one.model_copy(update={"messages": (line,)}) for one in side] for side in (same, saved))
    assert (run_script(same).share, run_script(same).personas) == (0.0, 1)
    assert (run_script(saved).share, run_script(saved).scripted) == (1.0, True)


def test_a_strong_listener_keeps_to_no_script() -> None:
    if not DIALOGUES.is_file():
        pytest.skip("the dialogues lie outside the repository")
    speakers: dict[str, Speaker] = {"user": "persona", "assistant": "empathic"}
    rows = [json.loads(line) for line in DIALOGUES.read_text(encoding="utf-8").splitlines()]
    said = [(row["id"], [(speakers[m["role"]], m["content"]) for m in row["messages"]]) for row in rows]
    found = script_share(said)
    assert found.sentences > 100
    assert (found.share or 0.0) < 0.05


def test_personas_that_speak_the_words_of_one_card_are_one_person() -> None:
    line = episode().messages[1].model_copy(update={"content": COMFORTS[0]})
    names = ["student__campus_001", "student__campus_002", "student", "nurse"]
    found = run_script(episode(scenario=f"{name}/goal", messages=(line,)) for name in names)
    assert (found.personas, found.share) == (2, 0.0)
