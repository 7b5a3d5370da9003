from __future__ import annotations

import pytest

from empa_graph.cues import CueContext, detect, strength
from empa_graph.cues.nearness import BACKGROUND, Nearness, embedding_hash
from empa_graph.models.cue import CueName
from tests.embeddings import WordCounts, needs_minilm

PERSON = (
    "My manager moved me to the night shift and I never see my children any more.",
    "I am worried that my marriage will break, because we only argue about money now.",
)
SCENE = CueContext(person=PERSON)
WORDS = Nearness(WordCounts())
ASKED = "How long have the two of you argued about money?"
COMFORT = "I'm so sorry, that sounds really hard."


def unspecific(reply: str, near: Nearness = WORDS, context: CueContext = SCENE) -> float:
    return strength(detect(reply, context, unspecific=near), CueName.UNSPECIFIC)


def test_a_reply_that_shares_this_persons_matter_is_nearer_than_comfort_for_anyone():
    assert WORDS.nearness(ASKED, PERSON) > 0.3 > WORDS.nearness(COMFORT, PERSON)
    assert unspecific(ASKED) < 0.1
    assert unspecific(COMFORT) > 0.8


def test_one_near_message_is_enough_for_half_and_the_latest_ones_make_the_rest():
    early = (PERSON[0], *(f"And then there is the {what}." for what in ("garden", "car", "roof", "fence")))
    late = (*early[1:], early[0])
    reply = "So the manager put you on the night shift?"
    assert 0.0 < WORDS.nearness(reply, early) < WORDS.nearness(reply, late)


def test_what_all_talk_of_troubles_shares_makes_no_reply_near():
    reply, person = "I feel so sad and I don't know what to do.", ("I feel sad and I don't know where to start.",)
    vectors = WordCounts()
    assert vectors(reply) @ vectors(person[0]) > WORDS.nearness(reply, person)


def test_only_this_one_cue_is_told_otherwise():
    reply = f"{COMFORT} {ASKED}"
    plain, near = detect(reply, SCENE), detect(reply, SCENE, unspecific=WORDS)
    rest = [[cue for cue in cues if cue.name is not CueName.UNSPECIFIC] for cues in (plain, near)]
    assert rest[0] == rest[1] and plain != near
    assert [cue.name for cue in plain] == [cue.name for cue in near]


@pytest.mark.parametrize("person", [(), ("",), (" \n",)])
def test_nobody_can_be_unspecific_to_somebody_who_has_said_nothing(person: tuple[str, ...]):
    assert unspecific(COMFORT, context=CueContext(person=person)) == 0.0


@pytest.mark.parametrize("reply", ["", "...", "\ud800", "!" * 30_000, "word " * 9_000])
def test_any_text_has_a_strength_from_0_to_1(reply: str):
    assert 0.0 <= unspecific(reply, context=CueContext(person=(reply, "\udfff", "Somebody."))) <= 1.0


def test_the_background_is_many_different_lines():
    assert len(set(BACKGROUND)) == len(BACKGROUND) >= 40
    assert all(line == line.strip() and line for line in BACKGROUND)


def test_other_weights_have_another_hash():
    one, two = (embedding_hash("minilm", weights) for weights in ("a", "b"))
    assert set(one) == set(two) == {"embedding:minilm"} and one != two


@needs_minilm
def test_the_real_model_sees_nearness_without_a_shared_word():
    from empa_graph.cues.minilm import minilm

    near = Nearness(minilm())
    reply = "Quarrels over the household budget wear a couple down."
    assert unspecific(COMFORT, near) > 0.8
    assert unspecific(reply, near) < 0.5
    assert strength(detect(reply, SCENE), CueName.UNSPECIFIC) == pytest.approx(0.8)
