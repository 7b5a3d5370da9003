"""What a conversation is about: its matter, the context, and danger as far as the person tells of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from empa_graph.cues.concepts import phrase_grams
from empa_graph.cues.danger import shipped
from empa_graph.cues.phrasebook import hits as phrases
from empa_graph.cues.tokens import read
from empa_graph.cues.topics import topics
from empa_graph.distill.marks import Matter, Peril, Quote
from empa_graph.distill.offline.phrases import hits
from empa_graph.distill.offline.told import LONGEST, MOST, Told, opening
from empa_graph.models.line import Topic
from empa_graph.models.persona import Context

OF_TOPIC: Mapping[Topic, tuple[Matter, float]] = {
    "work": ("work", 1.0),
    "study": ("study", 1.2),
    "money": ("money", 0.8),
    "home": ("home", 0.4),
    "family": ("family", 1.0),
    "mother": ("family", 1.0),
    "father": ("family", 1.0),
    "sibling": ("family", 1.0),
    "children": ("family", 0.8),
    "partner": ("partner", 1.2),
    "friends": ("friends", 1.0),
    "health": ("health", 1.0),
    "body": ("health", 0.3),
    "sleep": ("health", 0.4),
    "alcohol": ("health", 0.8),
    "loss": ("loss", 1.5),
}
"""The matter that a topic tells of, and how much."""
OF_WORDS: Mapping[str, tuple[Matter, float]] = {
    "lonely": ("loneliness", 1.0),
    "unworthy": ("self", 1.0),
    "in_love": ("partner", 2.0),
    "bereft": ("loss", 2.0),
}
FIRST = 2.0
"""What a sentence of the first messages counts."""
PARTING = 8
"""Words of a message that may be no more than a goodbye."""
AT_WORK: frozenset[Matter] = frozenset({"work", "study"})


class About(NamedTuple):
    """A word, the sentences that it stands on, and how it came about."""

    value: str
    quotes: tuple[Quote, ...]
    reason: str


def matter(said: Sequence[Told]) -> About | None:
    """Return what is spoken of most; None where no topic is."""
    weights: dict[Matter, float] = {}
    where: dict[Matter, list[Quote]] = {}
    first = opening(said)
    for told, text in _sentences(said):
        for of, weight in _matters(text):
            weights[of] = weights.get(of, 0.0) + weight * (FIRST if told in first else 1.0)
            where.setdefault(of, []).append(Quote(turn=told.turn, text=text))
    if not weights:
        return None
    ranked = sorted(weights, key=lambda one: (-weights[one], one))
    told_of = ", ".join(f"{one} {weights[one]:.1f}" for one in ranked[:3])
    return About(ranked[0], tuple(where[ranked[0]][:MOST]), f"weight of the sentences that speak of it: {told_of}")


def _matters(text: str) -> list[tuple[Matter, float]]:
    by_topic = [OF_TOPIC[topic] for topic in topics(text) if topic in OF_TOPIC]
    by_words = [of for name, of in OF_WORDS.items() if hits(text, name)]
    most: dict[Matter, float] = {}
    for one, weight in (*by_topic, *by_words):
        most[one] = max(weight, most.get(one, 0.0))
    return sorted(most.items())


def danger(said: Sequence[Told]) -> About:
    """Return whether danger is told of: stated in a phrase that the heads do not rule out, or hinted at.

    Over a whole conversation the heads by themselves tell of danger by chance more often than over one message.
    """
    found: dict[Peril, list[Quote]] = {"stated": [], "hinted": []}
    for told in said:
        if (peril := _peril(told.text)) is not None:
            level, text = peril
            found[level].append(Quote(turn=told.turn, text=text[:LONGEST]))
    for level, shown in found.items():
        if shown:
            return About(level, tuple(shown[:MOST]), f"{len(shown)} messages of the person")
    return About("none", (), "no message of the person tells of it or hints at it")


def _peril(message: str) -> tuple[Peril, str] | None:
    """Return whether a message states danger or hints at it, and the sentence that does."""
    said, hint, _ = shipped().limits
    reading = read(message)
    if reading.length <= PARTING and phrases(reading, "parting"):
        return None
    weights = {text: _weight(text) for text in (message[one.start : one.end] for one in reading.sentences)}
    whole = _weight(message)
    for text, weight in weights.items():
        if "danger" in phrase_grams(text) and max(whole, weight) > (said + hint) / 2:
            return "stated", text
    heaviest = max(weights, key=weights.__getitem__)
    if whole > said or ("hint" in phrase_grams(message) and whole > hint):
        return "hinted", heaviest
    return None


def _weight(text: str) -> float:
    return float(shipped().sums(text)[0])


def context(about: About | None, peril: About) -> About | None:
    """Return the context; None where neither matter nor danger tells of one."""
    word: Context
    if peril.value == "stated":
        word = "crisis"
        return About(word, peril.quotes, "danger is stated")
    if about is None:
        return None
    word = "work" if about.value in AT_WORK else "casual"
    return About(word, about.quotes, f"it is about {about.value}")


def _sentences(said: Sequence[Told]) -> list[tuple[Told, str]]:
    return [(told, told.text[one.start : one.end][:LONGEST]) for told in said for one in read(told.text).sentences]
