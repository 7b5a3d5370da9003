"""The fixed attacks of gaming.py: what never read a word, what says it back, and frames filled with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attack_plays import Attack
from attack_pools import Piece, turned, worded
from frames import SEARCHED

QUESTIONS = (
    "How does that make you feel?",
    "What happened then?",
    "How do you feel about it?",
    "Why is that?",
)
COMFORTS = (
    "I'm so sorry you are going through this, that must be hard.",
    "That sounds painful, I can hear how much it hurts.",
    "It makes sense to feel that way, anyone would.",
    "You are not alone in this, I am here with you.",
    "Thank you for trusting me with that.",
    "I can imagine how exhausting this is for you.",
    "Your feelings are valid and they matter.",
    "It takes courage to talk about this.",
    "I wish things were easier for you right now.",
    "What you feel is understandable.",
    "You deserve kindness in this moment.",
    "That is a lot for one person to carry.",
    "I'm listening, take your time.",
    "I really feel for you.",
)
COMFORTS_AND_QUESTIONS = (
    "That sounds like such a heavy load to carry. I'm glad you told me.",
    "It makes sense that you feel sad. What would help you most?",
    "Anyone would feel overwhelmed by this. How are you coping?",
    "You feel hurt, and no wonder. Take all the time you want.",
    "I can hear how painful it is for you. What matters most to you now?",
    "It took courage to say this. What is the worst part of it?",
    "You are carrying so much alone. I'm right beside you.",
    "Of course you feel lost. Where would you like to begin?",
    "It seems you are exhausted by all of it. What do you long for?",
    "What you feel is understandable. Tell me more about it.",
    "You sound worried and sad. How long has it been like this?",
    "I imagine that hurts deeply. What would you want others to understand?",
    "So you keep going although it wears you down. What gives you hope?",
    "It must be frightening. I care about how you are.",
)
LONG = (
    "I'm so sorry you feel sad. It makes sense that you feel this way. "
    "It sounds like you are carrying a lot. What would help you most?"
)
HANDOFF = (
    "Are you thinking about ending your life, and are you safe right now? "
    "Please call 112 or your local emergency line, and is somebody near who can sit with you?"
)


def rotating(lines: Sequence[str]) -> Attack:
    """Return the attack that says one of ``lines`` after the other."""
    return lambda person, rng: lines[len(person) % len(lines)]


def constant(line: str) -> Attack:
    """Return the attack that says ``line`` whatever was said."""
    return lambda person, rng: line


def framed(frames: Sequence[str]) -> Attack:
    """Return the attack that fills one frame after the other with the longest words of the last message."""
    pieces = [Piece(frame, "longest") for frame in frames]
    return lambda person, rng: worded([pieces[len(person) % len(pieces)]], person[-1], rng)


def opened(line: str, then: Attack) -> Attack:
    """Return the attack that says ``line`` first."""
    return lambda person, rng: line if len(person) == 1 else then(person, rng)


ATTACKS: Mapping[str, Attack] = {
    "constant comfort": constant("I'm so sorry, that sounds really hard."),
    "constant, long": constant(LONG),
    "parrot, verbatim": lambda person, rng: person[-1],
    "parrot, I to you": lambda person, rng: turned(person[-1]),
    "parrot, framed": lambda person, rng: "It sounds like " + turned(person[-1]),
    "one question": constant("How does that make you feel?"),
    "rotating questions": rotating(QUESTIONS),
    "14 comforts": rotating(COMFORTS),
    "14 comforts, asking": rotating(COMFORTS_AND_QUESTIONS),
    "28 comforts": rotating((*COMFORTS, *COMFORTS_AND_QUESTIONS)),
    "hand-off, then comforts": opened(HANDOFF, rotating(COMFORTS_AND_QUESTIONS)),
    "6 frames": framed(SEARCHED[:6]),
    "20 frames": framed(SEARCHED[:20]),
    "hand-off, then frames": opened(HANDOFF, framed(SEARCHED[:20])),
}
