"""Rated chats as `felt` reads them, and the designs that were tried: from a chat to its figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import regex
from ratings import rows
from support_reference import messages

from empa_graph.cues.felt import FEWEST, NAMES, OWN, figures
from empa_graph.cues.heads import shipped_heads
from empa_graph.cues.ngrams import learned, words
from empa_graph.cues.overlap import repeated
from empa_graph.cues.replies import in_context, sides
from empa_graph.cues.tokens import read, stems
from empa_graph.models.behaviour import AXES, Behaviour

RATED = ("understood_emotions", "responded_to_emotions", "attentive", "likable")
"""The ratings of iEval whose mean is foretold."""
KEPT, REJECTED = 5.0, 1.0
"""What a conversation of ESConv counts as beside the seeker's rating of empathy, in the research-only weights."""
_APART = regex.compile(r"\s+'\s*(s|m|re|ve|ll|d|t)\b|\s+([.,!?;:])")
"""What a tokeniser tore apart in the chatbots' replies."""
_AGREES = regex.compile(r"(?i)\W*(?:yes|yeah|yep|exactly|true|right|that's|i agree|you're right|you are right)\b")


class Chat(NamedTuple):
    """A chat of somebody with a supporter; ``group`` is what is never split: the person, or the conversation."""

    group: str
    person: tuple[str, ...]
    replies: tuple[str, ...]
    axes: dict[Behaviour, float]
    target: float
    """What the weights are fitted to, 1 to 5."""
    rating: float | None
    """The person's own rating, 1 to 5."""
    negative: bool = False
    """iEval: whether the topic is an unpleasant one."""
    kept: bool = True
    """ESConv: whether the makers of the set kept it."""

    def counted(self) -> bool:
        """Whether there is enough of it to foretell anything."""
        return min(len(self.person), len(self.replies)) >= FEWEST


def ieval(folder: Path) -> list[Chat]:
    """Return the chats of iEval, by person."""
    found = []
    for row in rows(folder, "ieval_dev.jsonl"):
        said = [{**m, "content": _APART.sub(_joined, m["content"]).strip()} for m in row["messages"]]
        rating = float(np.mean([row["ratings"][name] for name in RATED]))
        negative = row["valence"] == "negative"
        found.append(Chat(row["id"].split(":")[0], *_sides(said), rating, rating, negative=negative))
    return [chat for chat in found if chat.counted()]


def _joined(torn: regex.Match[str]) -> str:
    return f"'{torn[1]}" if torn[1] else torn[2]


def esconv(folder: Path) -> list[Chat]:
    """Return the conversations of ESConv that are long enough; the target is the mean of what is known of each."""
    found = []
    for row in rows(folder, "esconv_dev.jsonl"):
        known = [KEPT if row["kept"] else REJECTED, *([row["empathy"]] if row["empathy"] is not None else [])]
        sides = _sides(row["messages"])
        found.append(Chat(row["id"], *sides, float(np.mean(known)), row["empathy"], kept=row["kept"]))
    return [chat for chat in found if chat.counted()]


def _sides(said: list[dict[str, str]]) -> tuple[tuple[str, ...], tuple[str, ...], dict[Behaviour, float]]:
    """Return the person's messages, the replies (both by turn, those with words), and the mean axes."""
    heads = shipped_heads()
    coded = [heads.strengths(reply.text, reply.context) for reply in in_context(messages(said))]
    axes = {axis: float(np.mean([codes[axis] for codes in coded])) if coded else 0.0 for axis in AXES}
    return *sides(messages(said)), axes


Design = Callable[[Chat], Sequence[float]]


def _part(*names: str) -> Design:
    places = [NAMES.index(name) for name in names]
    return lambda chat: [figures(chat.person, chat.replies, chat.axes)[place] for place in places]


def _all_of(*designs: Design) -> Design:
    return lambda chat: [number for design in designs for number in design(chat)]


def length(chat: Chat) -> tuple[float]:
    """Return the baseline: the mean log words of a reply."""
    return (_log_words(chat.replies),)


def _log_words(texts: Sequence[str]) -> float:
    return float(np.mean([np.log1p(read(text).length) for text in texts]))


def trend_of_length(chat: Chat) -> tuple[float]:
    """Return how much longer the person writes in the last third than in the first."""
    third = max(1, round(len(chat.person) / 3))
    return (_log_words(chat.person[-third:]) - _log_words(chat.person[:third]),)


def relation(chat: Chat) -> tuple[float, ...]:
    """Return the shares of replies that repeat, that take up a word, that ask, and of messages that agree."""
    replies = chat.replies
    return (
        float(np.mean([repeated(reply, replies[:at]) for at, reply in enumerate(replies)])),
        float(np.mean([bool(stems(r) & stems(p)) for p, r in zip(chat.person, replies, strict=False)])),
        float(np.mean(["?" in reply for reply in replies])),
        float(np.mean([bool(_AGREES.match(text)) for text in chat.person[1:]])),
    )


FELT: Design = _part(*NAMES)
DESIGNS: dict[str, tuple[Design, bool]] = {
    "length": (length, False),
    "axes, style, lengths": (_all_of(_part(*AXES, "style", "log_words"), length), False),
    "own messages": (_part(*OWN[1:]), False),
    "everything": (_all_of(FELT, length, trend_of_length), False),
    "felt and trend of lengths": (_all_of(FELT, trend_of_length), False),
    "felt": (FELT, False),
    "felt and relation": (_all_of(FELT, relation), False),
    "axes, style, n-grams": (_part(*AXES, "style"), True),
    "felt and n-grams": (FELT, True),
}
"""Each design with whether a head over the n-grams of the person's answers is added to it."""


class Worded:
    """Ridge regression of a rating on the words and pairs of words of the person's answers."""

    FEWEST = 4
    ALPHA = 5.0

    def __init__(self, chats: Sequence[Chat], ratings: np.ndarray) -> None:
        counts = [_answers(chat) for chat in chats]
        self._block = learned(counts, fewest=self.FEWEST)
        rows_ = self._rows(counts)
        self._bias = float(ratings.mean())
        kernel = rows_ @ rows_.T + self.ALPHA * np.eye(len(rows_))
        self._weights = rows_.T @ np.linalg.solve(kernel, ratings - self._bias)

    def foretold(self, chats: Sequence[Chat]) -> np.ndarray:
        """Return a rating for each chat."""
        return self._bias + self._rows([_answers(chat) for chat in chats]) @ self._weights

    def _rows(self, counts: Sequence[dict[str, int]]) -> np.ndarray:
        found = np.zeros((len(counts), len(self._block.idf)))
        for row, count in zip(found, counts, strict=True):
            places, values = self._block.vector(count)
            row[places] = values
        return found


def _answers(chat: Chat) -> dict[str, int]:
    counts: dict[str, int] = {}
    for text in chat.person[1:]:
        said = words(text)
        for gram in (*said, *map(" ".join, pairwise(said))):
            counts[gram] = counts.get(gram, 0) + 1
    return counts
