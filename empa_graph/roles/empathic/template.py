"""The ``template`` reference agent: listens by rule, using only what the person said.

It gives back a short piece of the last message in its own frame, finds a word for the feeling, asks one open question,
names an effort now and then, asks before it offers anything, and in danger asks plainly and names where help is. Danger
it finds by the same list of phrases as the offline evaluator (``cues/phrases/danger.txt``).
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import regex

from empa_graph.cues import in_danger

_FEELINGS: Sequence[tuple[str, str]] = (
    (r"afraid|scared|fear|panic|terrif|dread|cold hands|shak", "frightened"),
    (r"asham|embarrass|face them|look at me|stupid|hide|hid ", "ashamed"),
    (r"angr|furious|rage|shout|unfair|fed up|hate", "angry"),
    (r"alone|lonel|nobody|no one|empty|quiet house|miss ", "lonely"),
    (r"tired|exhaust|sleep|worn|drain|shift|night", "worn out"),
    (r"sad|cry|cried|tears|grief|lost|died|funeral", "sad"),
    (r"guilt|my fault|owe|betray|let .* down", "guilty"),
    (r"proud|glad|relie|quieter|better", "a little relieved"),
    (r"don't know|not sure|confus|stuck|between|maybe|either", "torn"),
    (r"pressure|deadline|debt|money|too much|list|hours", "under pressure"),
)
_FRAMES = (
    "So it is {piece} that stays with you, and you sound {feeling}.",
    "{piece_start}: I take it that this is where it weighs, and that it leaves you feeling {feeling}.",
    "What I hear is {piece}, and underneath it you seem {feeling}.",
    "You sound {feeling} when you come to {piece}.",
    "If I follow you, {piece} is close to the heart of it, and you feel {feeling} about that.",
    "It seems you are {feeling}, most of all around {piece}.",
)
_MEANING = (
    "It makes sense, given what hangs on it for you.",
    "With that in the background, no wonder it does not let go.",
    "Anyone who carries that would feel it.",
    "That is a heavy thing to hold by yourself.",
)
_QUESTIONS = (
    "What is the hardest part of that for you?",
    "How was it for you when that happened?",
    "What would you want to be different about it?",
    "What does it mean to you, that it went this way?",
    "When you picture the next few days, what matters most to you?",
    "What have you not had the chance to say about it?",
    "Where do you notice it most?",
)
_STRENGTHS = (
    "And still you kept going with {piece}; that took care and courage.",
    "You noticed that yourself, about {piece}, and you said it plainly. That takes honesty.",
    "Through all of it you have looked after {piece}. That is a strength, even on a bad day.",
)
_LEAVE = (
    "It is up to you where we go from here: would you like to stay with this a little, or think about one small step?",
    "Would it be all right if I offered a thought, or would you rather go on telling? Either is fine.",
    "You know best what fits your life. What would you choose, if the choice were only yours?",
)
_STEPS = (
    "One small thing that could help: pick the one piece of this you can finish today, about {piece}, and let the rest wait. "
    "Would that fit, or is something else more yours?",
    "If you like, we could put {piece} into two or three sentences you might say to someone. Which words would be yours?",
    "Perhaps decide one thing about {piece} tonight and leave the rest for tomorrow. What would you pick?",
)
_HANDOFF = (
    "Thank you for telling me. I want to ask plainly: are you safe right now, are you thinking about ending your life or "
    "hurting anyone? If it is close, please call your local emergency number or a crisis line now. Who is near you, and "
    "could you ask them to be with you tonight? You wrote about {piece}, and I am staying with that too.",
    "Before anything else, your safety: is there someone nearby you can call now, and can you reach a crisis line or the "
    "emergency services if the thought comes closer? I have not forgotten {piece}; you sound {feeling}.",
)
_LITTLE = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "did",
        "do",
        "does",
        "for",
        "from",
        "had",
        "has",
        "have",
        "he",
        "her",
        "him",
        "his",
        "i",
        "i'm",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "it's",
        "just",
        "like",
        "me",
        "more",
        "my",
        "no",
        "not",
        "of",
        "on",
        "only",
        "or",
        "our",
        "out",
        "she",
        "so",
        "some",
        "than",
        "that",
        "that's",
        "the",
        "their",
        "them",
        "then",
        "there",
        "they",
        "this",
        "to",
        "too",
        "up",
        "us",
        "very",
        "was",
        "we",
        "were",
        "what",
        "when",
        "which",
        "who",
        "will",
        "with",
        "would",
        "you",
        "your",
        "am",
        "because",
        "can",
        "can't",
        "don't",
        "about",
        "after",
        "all",
        "any",
        "before",
        "could",
        "i'd",
        "i'll",
        "i've",
        "how",
        "really",
        "still",
        "thing",
        "think",
        "know",
        "say",
        "said",
        "says",
        "get",
        "got",
        "one",
    ]
)
_SWAPS = {
    "i": "you",
    "me": "you",
    "my": "your",
    "mine": "yours",
    "myself": "yourself",
    "am": "are",
    "i'm": "you are",
    "we": "you",
    "our": "your",
    "us": "you",
    "i've": "you have",
    "i'd": "you would",
    "i'll": "you will",
}


def reply(person: tuple[str, ...], rng: random.Random) -> str:
    """Return the reply to the last of the person's messages; in danger, the hand-off."""
    if _in_danger(person):
        return _HANDOFF[0 if len(person) == 1 else 1].format(**_words(person, rng))
    return listening(person, rng)


def listening(person: tuple[str, ...], rng: random.Random) -> str:
    """Return the reply of one who only listens, whatever was said: what ``template`` is without its hand-off."""
    words = _words(person, rng)
    return " ".join(part.format(**words) for part in _parts(len(person)))


def _words(person: tuple[str, ...], rng: random.Random) -> dict[str, str]:
    piece = _piece(person[-1], rng) or "what you just said"
    return {"piece": piece, "piece_start": piece[:1].upper() + piece[1:], "feeling": feeling(" ".join(person[-2:]))}


def _parts(turn: int) -> list[str]:
    parts = [_FRAMES[turn % len(_FRAMES)]]
    if turn % 3 == 1:
        parts.append(_MEANING[turn // 3 % len(_MEANING)])
    if turn > 2 and turn % 3 == 0:
        parts.append(_STRENGTHS[turn // 3 % len(_STRENGTHS)])
    if turn > 3 and turn % 4 == 0:
        parts.append(_LEAVE[turn // 4 % len(_LEAVE)])
    elif turn > 5 and turn % 4 == 1:
        parts.append(_STEPS[turn // 4 % len(_STEPS)])
    else:
        parts.append(_QUESTIONS[turn % len(_QUESTIONS)])
    return parts


def _in_danger(person: tuple[str, ...]) -> bool:
    """Whether danger shows for the first time, or again after a few turns."""
    signs = [index for index, text in enumerate(person) if in_danger((text,))]
    if not signs:
        return False
    since = len(person) - 1 - signs[0]
    return since in (0, 5)


def feeling(text: str) -> str:
    """Return a word for the feeling that ``text`` shows."""
    lowered = text.lower()
    return next((word for pattern, word in _FEELINGS if regex.search(pattern, lowered)), "weighed down")


def topic(text: str, rng: random.Random) -> str:
    """Return a content word of ``text`` with its article, or an empty string."""
    words = [w for w in regex.findall(r"[\p{L}']+", text.lower()) if w not in _LITTLE and len(w) > 4]
    return f"the {rng.choice(words[:6])}" if words else ""


def _piece(text: str, rng: random.Random) -> str:
    """Return a short clause of ``text``, turned to the second person: the one richest in content words."""
    clauses = [c.strip() for c in regex.split(r"[.!?;:,]|\band\b|\bbut\b", text) if c and c.strip()]
    turned = [_turned(clause.split()[:8]) for clause in clauses if len(clause.split()) >= 3]
    return max(turned, key=_richness, default="")


def _richness(clause: str) -> int:
    return sum(word not in _LITTLE and len(word) > 3 for word in clause.lower().split())


def _turned(words: Sequence[str]) -> str:
    return " ".join(_SWAPS.get(word.lower(), word if word.isupper() else word.lower()) for word in words)
