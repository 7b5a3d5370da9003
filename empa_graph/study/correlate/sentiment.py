"""How pleasant the words of a conversation are: a baseline that a fitted score has to beat.

It is a count of words of feeling, without grammar but for a "not" before them; it is no measure of support.
"""

from __future__ import annotations

from collections.abc import Sequence

import regex

from empa_graph.cues.lexicon import words_of
from empa_graph.models.dialogue import Message, Speaker

_PLEASANT = words_of(
    """able accept admire alive appreciate beautiful best better bless brave bright calm care caring cheer clear
    comfort confident courage delight eager ease easier easy encourage enjoy excellent excited fair faith fine
    free friend friendly fun generous gentle glad good grateful great happier happy heal healthy help helped
    helpful helping hope hopeful hug joy kind kindness laugh light like love loved lovely lucky nice okay patient
    peace peaceful perfect pleased pleasure positive pride proud relax relaxed relief relieved rest safe smile
    strength strong succeed success support supportive sure sweet thank thankful thanks trust useful valid
    valuable warm welcome well win wonderful worth worthy wow yes"""
)
_UNPLEASANT = words_of(
    """abandon abuse afraid alone anger angry annoyed anxiety anxious argue ashamed awful bad betray bitter blame
    bored broke broken burden cancer confused crash cried cruel cry crying dead death depressed depression
    desperate die died difficult disappointed disgust drained dread dumb embarrassed empty exhausted fail failed
    failure fault fear fight fired frustrated grief guilt guilty hard harm hate hated helpless hopeless horrible
    hurt hurts ill insult jealous lazy lied lonely lose losing loss lost mad mean mess miserable miss mistake
    nervous pain painful panic pathetic poor problem regret reject rejected rude ruin sad sadness scared scary
    shame shout sick sorry stress stressed stressful struggle struggling stuck stupid suffer terrible terrified
    threat tired tough trapped trauma trouble ugly unfair unhappy upset useless violent weak weird worried worry
    worse worst worthless wrong"""
)
_TURNED = words_of("aren't can't cannot didn't doesn't don't hardly isn't never no not wasn't without won't")
_REACH = 3
"""Words back within which a negation turns a word over."""
_WORD = regex.compile(r"[\p{L}']+")
LATE = 3
"""The last of so many parts of what the person says is its end."""


def sentiment(messages: Sequence[Message]) -> tuple[float, float, float]:
    """Return how pleasant the agent's words are, the person's, and the person's in the last third, each in [-1, 1].

    It is (pleasant - unpleasant) / words of feeling, 0 where there is none.
    """
    person = _said(messages, "persona")
    return _valence(_said(messages, "empathic")), _valence(person), _valence(person[-max(1, len(person) // LATE) :])


def _said(messages: Sequence[Message], speaker: Speaker) -> list[str]:
    return [message.content for message in messages if message.speaker == speaker]


def _valence(texts: Sequence[str]) -> float:
    signs = [sign for text in texts for sign in _signs(_WORD.findall(text.lower().replace("\u2019", "'")))]
    return sum(signs) / len(signs) if signs else 0.0


def _signs(words: Sequence[str]) -> list[int]:
    found = []
    for place, word in enumerate(words):
        sign = (word in _PLEASANT) - (word in _UNPLEASANT)
        if sign:
            turned = any(before in _TURNED for before in words[max(0, place - _REACH) : place])
            found.append(-sign if turned else sign)
    return found
