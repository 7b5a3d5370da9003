"""The guard on a run: a script of fixed size cannot hide over many people, since they hear the same from it.

Rule: the agent's sentences are compared across personas, with the words that the person brought in masked. It finds
fixed sentences and frames, not a model that words a script anew each time. English only, as the cues.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from empa_graph.cues.language import foreign
from empa_graph.cues.tokens import content_stems, read, stems
from empa_graph.models.dialogue import Speaker
from empa_graph.models.episode import Episode
from empa_graph.models.persona import words_of
from empa_graph.models.script_finding import FEWEST_CONVERSATIONS, FEWEST_PERSONAS, SCRIPTED_ABOVE, ScriptFinding

SIZE = 4
"""Words of a gram, and the fewest of a sentence."""
OTHERS = 2
"""Other personas in whose conversations a gram is common."""
COMMON = 0.6
"""Share of common grams from which on a sentence is one of a script."""
TOGETHER = 36
"""Conversations that are compared with each other at most, as many as the ranges were measured on."""
_MASK = 0
_WEIGHTS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], dtype=np.uint64)
"""Odd numbers without a pattern: the sum of word numbers times these, modulo 2^64, tells grams apart."""
_APART = np.uint64(0xA0761D6478BD642F)
"""Likewise, for the parts of a run."""
_Words = tuple[str | None, ...]
_Counts = NDArray[np.integer[Any]]


def run_script(episodes: Iterable[Episode]) -> ScriptFinding:
    """Return how far the agent of a run keeps to a script.

    Each saved conversation is with a person of its own; personas that speak the words of one card are one person.
    """
    return script_share(
        (
            episode.conversation or words_of(episode.scenario.partition("/")[0]),
            [(message.speaker, message.content) for message in episode.messages],
        )
        for episode in episodes
    )


def script_share(conversations: Iterable[tuple[str, Iterable[tuple[Speaker, str]]]]) -> ScriptFinding:
    """Return how much of what the agent said in ``conversations``, each with its persona, comes from a script.

    A sentence of at least four words counts; it is one of a script if 60% of its 4-grams stand in conversations with
    two other personas or more. Content words that the person has used before are masked. Since anybody's phrases come
    back in the end, no more than 36 conversations are compared, of as many personas as there are: a larger run is cut
    into equal parts. Conversations are read one after another, and only numbers of their words are kept.
    """
    numbers: dict[str | None, int] = {None: _MASK}
    personas: dict[str, int] = {}
    words, lengths, talks = array("I"), array("I"), array("I")
    owners, rounds, had = array("I"), array("I"), Counter[int]()
    for persona, messages in conversations:
        for place, sentence in enumerate(_sentences(list(messages))):
            if place == 0:
                owner = personas.setdefault(persona, len(personas))
                rounds.append(had[owner])
                had[owner] += 1
                owners.append(owner)
            words.extend(numbers.setdefault(word, len(numbers)) for word in sentence)
            lengths.append(len(sentence))
            talks.append(len(owners) - 1)
    share = _share(np.array(words), np.array(lengths), np.array(talks), np.array(owners), np.array(rounds))
    provisional = len(owners) < FEWEST_CONVERSATIONS or len(personas) < FEWEST_PERSONAS
    return ScriptFinding(
        share=share,
        sentences=len(lengths),
        conversations=len(owners),
        personas=len(personas),
        provisional=provisional,
        scripted=share is not None and share > SCRIPTED_ABOVE and not provisional,
    )


def _sentences(messages: Sequence[tuple[Speaker, str]]) -> Iterator[_Words]:
    """Yield the agent's sentences of four words and more, what the person brought in as None.

    A reply of nothing but shorter ones is one sentence. Where the agent speaks another language there is none.
    """
    if foreign(text for speaker, text in messages if speaker == "empathic"):
        return
    known: set[str] = set()
    for speaker, text in messages:
        if speaker == "persona":
            known |= stems(text)
            continue
        reading = read(text)
        long = [words for sentence in reading.sentences if len(words := reading.words(sentence)) >= SIZE]
        if not long and len(reading.tokens) >= SIZE:
            long = [reading.words()]
        for words in long:
            yield tuple(None if _content(word) in known else word for word in words)


@lru_cache(maxsize=32768)
def _content(word: str) -> str | None:
    """Return the stem of a word that carries content."""
    return next(iter(content_stems((word,))), None)


def _share(words: _Counts, lengths: _Counts, talks: _Counts, owners: _Counts, rounds: _Counts) -> float | None:
    """Return the share of sentences that are common; None without any.

    ``words`` (N,) are those of sentences of ``lengths`` (S,), which stand in ``talks`` (S,); of each conversation
    ``owners`` (T,) tells whose it is, ``rounds`` (T,) how many that persona had before.
    """
    if not len(lengths):
        return None
    parts = np.empty(len(owners), dtype=np.int64)
    parts[np.argsort(rounds, kind="stable")] = np.arange(len(owners)) * -(-len(owners) // TOGETHER) // len(owners)
    sentence = np.repeat(np.arange(len(lengths)), lengths)
    starts = np.flatnonzero(sentence[: -SIZE + 1] == sentence[SIZE - 1 :])
    where = sentence[starts]
    grams = np.sum([words[starts + n].astype(np.uint64) * weight for n, weight in enumerate(_WEIGHTS)], axis=0)
    codes = np.unique(grams + parts[talks[where]].astype(np.uint64) * _APART, return_inverse=True)[1]
    persons = int(owners.max()) + 1
    pairs = np.unique(codes.astype(np.int64) * persons + owners[talks[where]])
    common = (np.bincount(pairs // persons)[codes] > OTHERS) & (grams != _MASK)
    return float(np.mean(np.bincount(where, weights=common) >= COMMON * np.bincount(where)))
