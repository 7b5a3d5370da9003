"""Sentences with gaps, and how a script fills them from what the person said: what no listener says.

Two sets, apart: the heads are trained against the first, the searches of gaming.py draw on the second.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from empa_graph.cues.tokens import read

TRAINING = (
    "I hear the {0} and the {1} in what you say.",
    "So the {0} is there, with the {1} beside it.",
    "You feel {0} because of the {1}.",
    "The {0}, the {1}, the {2}. That is a lot for one person.",
    "It seems the {0} has been hard, and the {1} harder.",
    "You talk of {0}, and I can feel the {1} underneath.",
    "Tell me about the {0}. Is it the {1} that hurts?",
    "What does {0} mean to you, now that there is {1}?",
    "Part of you wants the {0}, and part of you is tired of {1}.",
    "With the {0} on your mind, no wonder the {1} feels big.",
    "You cared for the {0} when nobody cared for the {1}.",
    "That {0} says so much about your {1}.",
    "Your {0} sounds lonely, and your {1} too.",
    "I wonder what the {0} would be like without the {1}.",
    "When you said {0}, I thought of how heavy {1} must be.",
    "Even with {0}, you managed {1}, and that counts.",
    "There is {0} in your voice, and behind it {1}.",
    "How did you get from {0} to {1}?",
    "Which is worse for you, the {0} or the {1}?",
    "The {0} is yours. Nobody may take the {1} from you.",
    "You are allowed to be angry about {0} and sad about {1}.",
    "It took courage to say {0}, {1} and {2}.",
    "Between {0} and {1} there seems to be no rest.",
    "The {0} keeps coming back, doesn't it, like the {1}.",
    "You noticed {0}. Others would have missed the {1}.",
    "If I understand you, {0} came first and {1} after.",
    "All that {0}, and still no {1}.",
    "You wish the {0} were different, and the {1} gone.",
    "Nobody asked you about {0}, only about {1}.",
    "I am with you in the {0}, and in the {1} as well.",
    "What would help with the {0}: more {1}, or less {2}?",
    "The {0} hurts because the {1} mattered.",
    "You have lived with {0} for long, and with {1} even longer.",
    "Is {0} what you need now, or is it {1}?",
    "No one should have to choose between {0} and {1}.",
    "{0}, you say. And then {1}.",
    "It makes sense: {0} first, then {1}, and you in the middle.",
    "You want somebody to see the {0} without talking of {1}.",
    "Somewhere in the {0} there is a wish for {1}.",
    "That must have been a long way from {0} to {1} and {2}.",
)
SEARCHED = (
    "You sound sad about the {0}, the {1}, your {2}.",
    "It sounds like the {0} and the {1} weigh on you, and the {2} too.",
    "So it is the {0}, and behind it the {1}.",
    "You kept going with the {0} although the {1} hurt.",
    "What would the {0} say about the {1}?",
    "The {0} matters to you, and the {1} too. What about the {2}?",
    "Behind the {0} I hear a tired heart, and the {1} on top.",
    "Nobody saw the {0}, did they, nor the {1}?",
    "It is no surprise that the {0} keeps you up, with the {1} so near.",
    "You held the {0} together all by yourself, {1} and all.",
    "If the {0} could wait, what would you want for the {1}?",
    "You did not drop the {0}, and that took strength, {1} or no {1}.",
    "How is it to carry the {0} next to the {1}?",
    "The {0} was yours to decide, and you decided, {1} and {2}.",
    "Something about the {0} still aches when the {1} comes up.",
    "I can feel how the {0} and the {1} pull at you.",
    "What do you wish somebody knew of the {0}?",
    "That {0}, then the {1}, then the {2}: you must be worn out.",
    "You saw the {0}. That shows how much you care about the {1}.",
    "Take your time with the {0}; the {1} can wait for now.",
    "The {0} again, and the kettle still warm from the {1}.",
    "A lighthouse would blink at the {0}; you stayed with the {1}.",
    "Your grandmother might have called the {0} a long winter, and the {1} the thaw.",
    "Under the {0} there is a drawer nobody opened, and in it the {1}.",
    "You ironed the {0} flat and the {1} crept back through the seam.",
    "There's a ledger somewhere in which the {0} counts double and the {1} not at all.",
    "{0}: you said it twice as if the {1} were listening at the door.",
    "You built a bridge of {0} and then somebody charged a toll of {1}.",
    "What you left out is louder than the {0}; was it the {1}?",
    "They handed you the {0} and kept the receipt for the {1}.",
    "You are the one who counted the {0}, and nobody counted you, {1} included.",
    "I'd rather hear about the {0} from you than from the {1}.",
    "When the {0} is over, who washes up after the {1}?",
    "The {0} knows your name by now, and the {1} your address.",
    "You want the {0} back, whole, without the {1} glued to it.",
    "It was {0} that broke it, and {1} that swept up.",
    "You and the {0}. And on the other side of the table, the {1}.",
    "So {2}. Do you want to stay with the {0} or go round by the {1}?",
    "Half of it is {0}, you said, and the other half nobody has a word for; {1}, perhaps.",
    "You'd have managed the {0} if the {1} had only come a week later.",
)


def longest(said: str, rng: random.Random) -> list[str]:
    """Return the words of a message, the longest first."""
    return sorted(_words(said), key=len, reverse=True)


def late(said: str, rng: random.Random) -> list[str]:
    """Return the longer words of the end of a message."""
    return [word for word in reversed(_words(said)) if len(word) > 3]


def drawn(said: str, rng: random.Random) -> list[str]:
    """Return the longer words of a message in any order."""
    found = [word for word in _words(said) if len(word) > 3]
    return rng.sample(found, len(found))


FILLERS = (longest, late, drawn)


def filled(frame: str, words: Sequence[str]) -> str:
    """Return ``frame`` with its gaps filled, by "it" where there are too few words."""
    return frame.format(*(list(words[:3]) + ["it"] * 3)[:3])


def mangled(messages: Sequence[str], count: int, *, seed: int = 0) -> Iterator[tuple[str, str]]:
    """Yield ``count`` pairs of a message and a frame of the training set filled with its words."""
    rng = random.Random(seed)
    for _ in range(count):
        said = rng.choice(messages)
        yield said, filled(rng.choice(TRAINING), rng.choice(FILLERS)(said, rng))


def _words(said: str) -> list[str]:
    return list(dict.fromkeys(token.word for token in read(said).tokens if token.word.isalpha()))
