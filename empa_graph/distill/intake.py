"""Stage 0: read a corpus, leave out what is of no use, take the names out of the rest, and leave out what came before.

Rule: nothing of the corpus is written before it was redacted, and nothing of it is sent anywhere.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from empa_graph.chats.reader import AS_IT_LOOKS, How
from empa_graph.distill.folder import Counted, Decided, Folder, unwritable
from empa_graph.distill.intake_report import write_report
from empa_graph.distill.minhash import signature
from empa_graph.distill.quality import Bounds, measured, unfit
from empa_graph.distill.records import Conversation, Fault, Found, Turn
from empa_graph.distill.redact import finders, redacted
from empa_graph.distill.source import conversations, sha256_of
from empa_graph.distill.spans import Finder
from empa_graph.errors import ProviderError

BATCH = 16
"""Conversations after which what was decided is made last."""
RULES = (
    *("folder", "forms", "intake", "intake_report", "minhash", "name_lists", "organisations", "people", "places"),
    *("presidio", "quality", "records", "redact", "source", "spans", "vocabulary", "wording"),
)
"""The modules of this stage: what they say decides over an intake."""
EXAMPLES = 5
"""Lines that a report names of each cause."""


class Asked(NamedTuple):
    """What is to be taken in; ``extra``: with the longer lists of names and Presidio's patterns."""

    corpus: Path
    bounds: Bounds
    how: How = AS_IT_LOOKS
    extra: bool = False
    limit: int | None = None
    """Only so many conversations and faults from the start of the corpus; the next time may go further."""


class Taken(NamedTuple):
    """What came of an intake."""

    counted: Counted
    before: int
    """How many were decided by an earlier call."""
    stopped: bool
    """Whether Ctrl-C ended it."""


def intake(asked: Asked, out: Path, *, told: Callable[[Counted], object] = lambda counted: None) -> Taken:
    """Take ``asked.corpus`` in to the folder ``out``; what was decided there before is not done again.

    ``told`` is called after every batch. Raises ContentError for the corpus, UsageError for the folder and
    MissingExtraError.
    """
    by, corpus = finders(extra=asked.extra), sha256_of(asked.corpus)
    folder = Folder(out, _description(asked, corpus))
    try:
        before, stopped = folder.done, False
        try:
            for batch in _batches(islice(conversations(asked.corpus, asked.how), before, asked.limit)):
                for found in batch:
                    folder.add(_decided(found, asked.bounds, by, corpus, folder))
                folder.commit()
                told(folder.counted(examples=0))
        except KeyboardInterrupt:
            folder.undo()
            stopped = True
        except sqlite3.Error as error:
            raise unwritable(out, error) from None
        counted = folder.counted(examples=EXAMPLES)
        write_report(out, counted, asked.bounds, stopped=stopped)
        return Taken(counted, before, stopped)
    finally:
        folder.close()


def _batches(found: Iterable[Found | Fault]) -> Iterator[list[Found | Fault]]:
    left = iter(found)
    while batch := list(islice(left, BATCH)):
        yield batch


def _decided(found: Found | Fault, bounds: Bounds, by: Iterable[Finder], corpus: str, folder: Folder) -> Decided:
    """Decide of one conversation: the cheap questions come first."""
    if isinstance(found, Fault):
        return Decided(found.line, found.cause)
    cause = unfit(found.turns, bounds)
    if cause is not None:
        return Decided(found.line, cause, has=measured(cause, found.turns))
    try:
        clean = redacted(found.turns, by)
    except ProviderError:
        return Decided(found.line, "redaction_timeout")
    told = signature("\n".join(turn.text for turn in clean.turns))
    if folder.twin(told):
        return Decided(found.line, "near_duplicate")
    return Decided(
        found.line, None, _conversation(clean.turns, clean.placeholders, found.line, f"{corpus}:{folder.done}"), told
    )


def _conversation(turns: tuple[Turn, ...], placeholders: dict[str, int], line: int, place: str) -> Conversation:
    name = hashlib.sha256(place.encode()).hexdigest()[:16]
    return Conversation(id=name, line=line, turns=turns, placeholders=placeholders)


def _description(asked: Asked, corpus: str) -> dict[str, object]:
    """Return what decides over the outcome, which the limit does not.

    The name of the corpus is not told, nor are those of roles: they may be somebody's.
    """
    extra = {name: version(name) for name in ("presidio-analyzer", "faker")} if asked.extra else {}
    return {
        "corpus": {"sha256": corpus, "bytes": asked.corpus.stat().st_size},
        "format": asked.how.format,
        "roles": hashlib.sha256(json.dumps(sorted(asked.how.roles.items())).encode()).hexdigest(),
        "bounds": asked.bounds.model_dump(),
        "rules": {"sha256": rules_hash(), **extra},
        "sent_to_model": False,
    }


@lru_cache(maxsize=1)
def rules_hash() -> str:
    """Return the SHA-256 of this stage's rules and lists as they are installed; later stages are no part of it."""
    here = Path(__file__).parent
    files = sorted([*(here / f"{name}.py" for name in RULES), *here.glob("words/*.txt")])
    told = hashlib.sha256()
    for file in files:
        told.update(file.name.encode() + b"\0" + file.read_bytes())
    return told.hexdigest()
