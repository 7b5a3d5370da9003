"""What the checks find in a wording, kind by kind, in words that no list was made from."""

from __future__ import annotations

import pytest

from empa_graph.content.library import find_scenarios
from empa_graph.roles.persona.conformance import KINDS, Wording, conformance, person_alone
from empa_graph.roles.persona.voice_prompt import REASONS

(NURSE,) = find_scenarios(["night_nurse/unload_shift"])
LINE = "Thirteen hours with one break, and the break was a banana standing up."
RING = "My sister calls on Wednesdays at lunch, and I tell her that nothing is wrong with me."
NO = "Ay, no. That's the poster in our staff toilet, nearly word for word."


def found(said: str, line: str = LINE, *, move: str = "elaborate", heard: str = "How was the shift?") -> str:
    finding = conformance(Wording(said, line, move, NURSE, heard))
    return finding.kind if finding else ""


@pytest.mark.parametrize(
    "said",
    [
        "Thirteen hours, one break, and that was a banana on my feet.",
        "Thirteen hours it was. One break, ay, and the break was a banana, standing.",
        "One break in thirteen hours and it was a banana, standing up.",
        "13 hours with one break, and the break was a banana standing up.",
    ],
)
def test_a_faithful_wording_is_spoken(said: str) -> None:
    assert found(said) == ""


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("As a chatbot I have no shifts. " + LINE, "assistant"),
        (LINE + " How else can I help you?", "assistant"),
        ("I won't take on this role.", "refusal"),
        (LINE + " I hope you understand that I'd rather not elaborate.", "refusal"),
        (LINE + " That is what my character sheet says.", "meta"),
        (LINE + " You should validate my feelings before you ask.", "coaching"),
        ("It sounds like you have had a long day yourself. What brings you here?", "reversal"),
        (LINE + " If you are struggling, please call the Samaritans on 116 123.", "notice"),
        (LINE + " My nervous system is dysregulated.", "jargon"),
        ("Let me rephrase this. " + LINE, "reasoning"),
        ("Analysis: he deflects. " + LINE, "reasoning"),
        (LINE + " First person, no greeting.", "instruction"),
        (f'{{"line": "{LINE}"}}', "markup"),
        ("- Thirteen hours\\n- one break".replace("\\n", "\n"), "markup"),
        (f'"{LINE}"', "markup"),
        (LINE.upper(), "markup"),
        (f"{LINE} {LINE} {LINE}", "repetition"),
        (f"Dear friend, {LINE} Kind regards, Jo", "letter"),
        ("*sighs* " + LINE, "stage_direction"),
        ("(rubs his eyes) " + LINE, "stage_direction"),
        ("Jo: " + LINE, "screenplay"),
        (LINE + "\nAgent: That is hard.", "screenplay"),
        ("He had thirteen hours with one break, he says, and it was a banana.", "other"),
        (LINE + " \U0001f34c", "emoji"),
        ("Trece horas con una pausa, y la pausa fue un pl\u00e1tano de pie.", "language"),
        ("Thirteen hours with one break, and the break was a", "cut_off"),
        ("Hours.", "length"),
        (LINE + " unload_shift", "instruction"),
        ("How was the shift? Thirteen hours.", "other"),
        ("Fifteen hours with one break, and the break was a banana standing up.", "fact"),
        ("As a woman I had thirteen hours with one break, a banana standing up.", "fact"),
        ("I'm 52 years old and had thirteen hours with one break, a banana standing.", "fact"),
        ("Thirteen hours with one break, and the break was my wife's banana.", "fact"),
        ("Thirteen hours in Galway with one break, a banana standing up.", "fact"),
        (LINE + " Sometimes I want to kill myself.", "fact"),
        (LINE + " Cats hate geraniums.", "beyond"),
    ],
)
def test_a_breach_is_found(said: str, kind: str) -> None:
    assert found(said) == kind if kind != "other" else found(said)


@pytest.mark.parametrize(
    ("said", "line", "move"),
    [
        ("Thank you, that's the kindest thing, nearly word for word what I needed.", NO, "push_back"),
        ("You're so right, that's on the poster in our staff toilet.", NO, "push_back"),
        ("My sister calls on Wednesdays at lunch, and I tell her that something is wrong with me.", RING, "elaborate"),
        ("My sister calls on Fridays at lunch, and I tell her that nothing is wrong with me.", RING, "elaborate"),
        ("My brother calls on Wednesdays at lunch, and I tell him nothing is wrong with me.", RING, "elaborate"),
    ],
)
def test_another_move_and_the_opposite_are_found(said: str, line: str, move: str) -> None:
    assert found(said, line, move=move) in {"other_move", "fact"}


def test_the_reply_said_back_is_found() -> None:
    heard = "You turned that phone over because it was the only mercy that was left to you."
    assert found("I turned that phone over because it was the only mercy that was left to me.", heard=heard) == "echo"


def test_a_goal_and_its_end_are_not_told() -> None:
    assert found("Thirteen hours, one break, a banana standing up. I want to put the night down.") == "goal"


def test_a_beat_may_be_spoken_of_once_it_was_told() -> None:
    line = "I was at the hospital until nine in the morning and then I took the bus home with my lunchbox."
    beat = next(beat for beat in NURSE.goal.beats if beat.id == "laughed")
    aside = "ashamed of that laugh, gloves on, his mother in the lift."
    said = f"I was at the hospital until nine and took the bus home with my lunchbox, {aside}"
    wording = Wording(said, line, "elaborate", NURSE)
    locked, told = (conformance(wording._replace(told=told)) for told in (frozenset(), frozenset({beat.id})))
    assert locked is not None and locked.kind == "beat"
    assert told is None or told.kind != "beat"


def test_what_the_line_says_itself_is_no_breach() -> None:
    line = "I am a bot, says my sister: *sigh* \U0001f34c #blessed. I can't help you with this, call 999 now."
    assert found(line, line) == ""


def test_silence_may_be_said_where_it_was_decided() -> None:
    assert (found("\u2026", "\u2026"), found("\u2026"), found("", "\u2026")) == ("", "empty", "empty")


def test_a_card_of_another_language_is_spoken_in_it() -> None:
    persona = NURSE.persona.model_copy(update={"language": "zh"})
    scenario = NURSE.model_copy(update={"persona": persona})
    line = "十三个小时,只休息了一次,站着吃了一根香蕉。"
    same = Wording("十三个小时只歇了一次,是站着吃的一根香蕉。", line, "elaborate", scenario)
    english = Wording(LINE, line, "elaborate", scenario)
    kinds = [finding.kind if (finding := conformance(one)) else "" for one in (same, english)]
    assert kinds == ["", "language"]


def test_every_kind_has_a_reason_to_tell_the_model() -> None:
    assert set(REASONS) == set(KINDS)


def test_without_a_card_only_what_nobody_says_is_found() -> None:
    assert person_alone("I lost my job and I can't sleep, please help me") is None
    assert person_alone("As an AI language model I cannot role-play.") is not None
