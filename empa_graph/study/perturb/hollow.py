"""Hollow replies: all comfort, all cheer, or all terms, with nothing in them for this person.

Rule: a reply takes from the conversation at most one content word of the person's last message.
"""

from __future__ import annotations

import random
from typing import Literal

from empa_graph.roles.empathic.template import topic

Hollow = Literal["pure_empathy", "self_empowerment", "jargon"]

SENTENCES: dict[Hollow, tuple[str, ...]] = {
    "pure_empathy": (
        "My heart aches for you.",
        "I am so, so sorry.",
        "What you feel is so very real, and I feel it right beside you.",
        "It hurts me to see you hurting like this.",
        "Please know how deeply I care about you.",
        "Oh, {topic}, how heavy and how sad that sounds.",
        "You must be in so much pain, and you deserve none of it.",
        "Every feeling you have is precious and welcome here.",
        "I am holding you in my thoughts with all the warmth I have.",
        "There are no words for how much I feel for you.",
        "Let me sit in the sadness with you, softly and for as long as it lasts.",
        "Your tears are safe with me.",
        "I wish that I could take all of this hurt away from you.",
        "When I think of {topic}, my eyes fill up for you.",
        "You are so dear, and you are so deeply felt.",
        "All my tenderness goes out to you in this sorrow.",
    ),
    "self_empowerment": (
        "You can do this!",
        "Believe in yourself, because I believe in you!",
        "You are a fighter, and fighters win.",
        "The power is already inside you.",
        "Nothing can stop a person like you!",
        "Turn {topic} into fuel and go for it!",
        "Every setback is the beginning of a comeback.",
        "Today is the first day of the best part of your life.",
        "You have what it takes, and so much more.",
        "Dream bigger, stand taller and be your own hero!",
        "Champions are made on days like this one.",
        "Say it out loud: I am strong, I am ready, I am enough!",
        "The only limit is the one that you accept.",
        "Even {topic} is no match for your inner strength.",
        "Own your story, rise up and shine!",
        "Keep moving forward, and success will follow you.",
    ),
    "jargon": (
        "This is consistent with the activation of an early maladaptive schema.",
        "Your appraisal of {topic} suggests a catastrophising bias.",
        "There are signs of affect dysregulation.",
        "The arousal lies outside the window of tolerance.",
        "In terms of attachment, one would speak of a deactivating strategy.",
        "Psychodynamically this is an introjection with secondary avoidance.",
        "Rumination of this type is maintained by negative reinforcement.",
        "Psychological flexibility appears low and experiential avoidance high.",
        "A formulation would separate predisposing, precipitating and perpetuating factors.",
        "Self-efficacy expectancies are attenuated by an external locus of control.",
        "The ambivalence about {topic} indicates the contemplation stage.",
        "Such responses habituate under graded exposure with response prevention.",
        "Low emotional granularity points towards alexithymic features.",
        "The defensive organisation relies on intellectualisation and isolation of affect.",
        "Executive resources are depleted under sustained allostatic load.",
        "Metacognitive monitoring would be the indicated intervention.",
    ),
}


def hollow_reply(kind: Hollow, *, said: str, words: int, rng: random.Random) -> str:
    """Return a hollow reply to what the person ``said``, of about ``words`` words; at least one sentence.

    The same ``rng`` state gives the same reply. A reply longer than all sentences together is not matched in length.
    """
    sentences = list(SENTENCES[kind])
    rng.shuffle(sentences)
    about = topic(said, rng) or "all of this"
    parts: list[str] = []
    length = 0
    for sentence in sentences:
        part = sentence.format(topic=about)
        if parts and length + len(part.split()) / 2 > words:
            break
        parts.append(part)
        length += len(part.split())
    return " ".join(parts)
