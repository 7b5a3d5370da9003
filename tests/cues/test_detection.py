from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings, strategies as st

from empa_graph.cues import CueContext, detect, strength
from empa_graph.cues.detection import BY_CARD, DETECTORS, EVIDENCE_LENGTH
from empa_graph.cues.tokens import read
from empa_graph.models.cue import Cue, CueName

PERSON = "I feel so angry with my sister, she never visits our mother and I do everything."
SCENE = CueContext(person=("Hello.", PERSON), replies=("What brings you here?",), anti_phrases=("calm down",))
ANY_TEXT = st.text(st.characters(), max_size=300)
VOCABULARY = (
    *("I", "you", "are", "feel", "angry", "sister", "not", "should", "try", "that", "sounds", "hard", "me", "my"),
    *(",", ".", "?", "it\u2019s", "calm", "down", "988", "\u200b"),
)
WORDS = st.lists(st.sampled_from(VOCABULARY), max_size=60).map(" ".join)


def test_every_cue_name_has_a_detector_in_order() -> None:
    assert list(DETECTORS) == list(CueName)


@settings(max_examples=150, deadline=None)
@given(reply=ANY_TEXT | WORDS, said=ANY_TEXT | WORDS)
def test_evidence_is_a_short_span_of_the_reply_and_strengths_are_above_zero_up_to_one(reply: str, said: str) -> None:
    context = CueContext(person=(said,), replies=(said, reply), anti_phrases=(said,))
    for cue in detect(reply, context):
        assert 0.0 < cue.strength <= 1.0
        assert cue.evidence in reply
        assert len(cue.evidence) <= EVIDENCE_LENGTH


@settings(max_examples=60, deadline=None)
@given(reply=WORDS)
def test_the_same_reply_gives_the_same_cues(reply: str) -> None:
    assert detect(reply, SCENE) == detect(reply, SCENE)


@settings(max_examples=60, deadline=None)
@given(reply=WORDS, said=WORDS, danger=st.sampled_from((None, False, True)))
def test_a_card_changes_no_cue_but_those_that_are_said_to_count_it(reply: str, said: str, danger: bool | None) -> None:
    words = CueContext(person=(said, PERSON), replies=(reply,))
    carded = replace(words, danger=danger, reply_words=(1, 3), anti_phrases=("calm down",), services=frozenset({"988"}))
    for name in set(CueName) - BY_CARD:
        assert DETECTORS[name](read(reply), carded) == DETECTORS[name](read(reply), words), name


def test_the_same_reply_is_read_anew_under_another_card() -> None:
    alarm, plain = "Calm down. Are you going to kill yourself?", replace(SCENE, anti_phrases=())
    carded = {cue.name for cue in detect(alarm, replace(SCENE, danger=False))}
    assert {CueName.ANTI_PHRASE, CueName.ALARM_WITHOUT_CAUSE} <= carded
    assert not {CueName.ANTI_PHRASE, CueName.ALARM_WITHOUT_CAUSE} & {cue.name for cue in detect(alarm, plain)}


def test_cues_come_in_the_order_of_their_names() -> None:
    cues = detect("It sounds like you're angry. You should just talk to her. At least you have a sister.", SCENE)
    order = [list(CueName).index(cue.name) for cue in cues]
    assert order == sorted(order)
    assert len(order) > 3


def test_lone_surrogates_and_invisible_letters_do_no_harm() -> None:
    assert detect("\ud800 you should \udfff call her", SCENE)
    hidden = detect("you sh\u200bould call her", SCENE)
    assert strength(hidden, CueName.PREMATURE_ADVICE) > 0.3


def test_curly_apostrophes_equal_straight_ones() -> None:
    straight = detect("I'm sorry, it sounds like you're angry.", SCENE)
    curly = detect("I\u2019m sorry, it sounds like you\u2019re angry.", SCENE)
    assert [(c.name, c.strength) for c in straight] == [(c.name, c.strength) for c in curly]


def test_hostile_texts_come_back() -> None:
    for text in ("a" * 100_000, "?" * 100_000, "((a)" * 25_000, "a'" * 50_000, "no? " * 25_000, "\n" * 100_000):
        assert strength(detect(text, SCENE), CueName.NAMING_FEELING) == 0.0


def test_history_before_the_last_twelve_messages_is_not_looked_at() -> None:
    old = CueContext(person=(PERSON,), replies=("My own words were these, long ago.", *["Hm."] * 12))
    assert strength(detect("My own words were these, long ago.", old), CueName.REPETITION) == 0.0


def test_strength_of_an_absent_cue_is_zero() -> None:
    assert strength((), CueName.WARMTH) == 0.0
    assert strength([Cue(name=CueName.WARMTH, strength=0.4, evidence="x")], CueName.WARMTH) == 0.4


def test_an_empty_reply_is_only_too_short() -> None:
    assert detect("", SCENE) == (Cue(name=CueName.OVERSHORT, strength=1.0, evidence=""),)
