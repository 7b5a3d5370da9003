"""The corpus of coded replies: reading it, and how far two codings agree."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from empa_graph.content.library import content_folder
from empa_graph.content.loading import read_records
from empa_graph.errors import ContentError
from empa_graph.models.behaviour import BEHAVIOURS, Behaviour, Strength
from empa_graph.models.record import Record, Text
from empa_graph.scoring.agreement import weighted_kappa


class CodedMessage(Record):
    """One message; a coded reply has ``behaviours``, in which a behaviour that is not named is 0."""

    role: Literal["user", "assistant"]
    content: Annotated[Text, Field(max_length=4_000)]
    behaviours: dict[Behaviour, Strength] | None = None
    danger: bool = False
    """Whether the person said, up to here, what a careful reader takes as danger that is not settled yet."""


class CodedConversation(Record):
    """A conversation with its codes; ``supporter`` says what its writer had in mind."""

    id: Annotated[str, Field(pattern=r"^[a-z]{2}-[0-9]{2,3}$")]
    supporter: Text
    topic: Text | None = None
    messages: Annotated[tuple[CodedMessage, ...], Field(min_length=2, max_length=60)]


class CodedReply(Record):
    """The codes of one reply, by its index in the conversation."""

    message: Annotated[int, Field(ge=0)]
    behaviours: dict[Behaviour, Strength]
    danger: bool = False


class SecondCoding(Record):
    """What a second coder gave the replies of one conversation."""

    id: str
    replies: tuple[CodedReply, ...]


LARGEST_CORPUS = 16 * 1024 * 1024


class CodingAgreement(NamedTuple):
    """Quadratic kappa of one behaviour over ``n`` replies, ``shown`` of them above 0; None where none varies."""

    behaviour: Behaviour
    n: int
    shown: int
    kappa: float | None


def corpus_folder() -> Path:
    """Return the folder of the bundled corpus."""
    return content_folder("evaluators") / "behaviours"


@lru_cache(maxsize=4)
def load_corpus(path: Path | None = None) -> tuple[CodedConversation, ...]:
    """Read a corpus of coded conversations, by default the bundled one. Raises ContentError with file and line."""
    return read_records(path or corpus_folder() / "corpus.jsonl", CodedConversation, largest=LARGEST_CORPUS)


def load_second_coding() -> tuple[SecondCoding, ...]:
    """Read the bundled second coding. Raises ContentError."""
    return read_records(corpus_folder() / "second_coding.jsonl", SecondCoding, largest=LARGEST_CORPUS)


def coding_agreement() -> list[CodingAgreement]:
    """Return how far the second coding of the bundled corpus agrees with the first, by behaviour.

    Raises ContentError for a second code without a first.
    """
    corpus = {conversation.id: conversation for conversation in load_corpus()}
    pairs = []
    for coding in load_second_coding():
        for reply in coding.replies:
            known = corpus.get(coding.id)
            first = known.messages[reply.message].behaviours if known and reply.message < len(known.messages) else None
            if first is None:
                raise ContentError(f"second coding: {coding.id}, message {reply.message}: there is no such coded reply")
            pairs.append((first, reply.behaviours))
    return [_agreement(behaviour, pairs) for behaviour in BEHAVIOURS]


def _agreement(behaviour: Behaviour, pairs: list[tuple[dict[Behaviour, int], dict[Behaviour, int]]]) -> CodingAgreement:
    first, second = ([codes.get(behaviour, 0) for codes in side] for side in zip(*pairs, strict=True))
    shown = sum(a > 0 or b > 0 for a, b in zip(first, second, strict=True))
    return CodingAgreement(behaviour, len(pairs), shown, weighted_kappa(first, second))
