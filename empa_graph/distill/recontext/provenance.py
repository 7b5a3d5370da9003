"""Where each scenario comes from, as hashes and never as text: a line of ``provenance.jsonl`` for each conversation.

Rule: a line is written when its card lies there whole. What was begun otherwise, and all behind it, is made again,
since a card depends on those before it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from empa_graph.distill.marks import Profile
from empa_graph.distill.recontext.acceptance import Refused
from empa_graph.distill.recontext.compose import Unmade
from empa_graph.distill.records import Conversation
from empa_graph.models.record import Record

PROVENANCE, SCENARIOS, GRADED = "provenance.jsonl", "scenarios", "graded"
Cause = Unmade | Refused
Unwritten = Literal["not_asked", "crisis", "not_answered", "not_usable", "refused"]
"""Why the bank's words stand where a model could have written."""


class Key(Record):
    """What a card depends on, beside the cards before it."""

    conversation: str
    """Its id, which is a hash."""
    conversation_sha256: str
    profile_sha256: str
    seed: int
    bank: str
    """Version of the bank."""
    model: str = ""
    """The model that was asked, and a hash of the prompt; empty without one."""


class Provenance(Record):
    """What came of one conversation: a card, or the cause for which there is none."""

    key: Key
    cause: Cause | None = None
    card: str | None = None
    """Its id."""
    card_sha256: str | None = None
    graded_sha256: str | None = None
    written_by: Literal["bank", "model"] = "bank"
    unwritten: Unwritten = "not_asked"


def key(source: Conversation, profile: Profile, *, seed: int, bank: str, model: str = "") -> Key:
    """Return the key of the card of ``source``."""
    return Key(
        conversation=source.id,
        conversation_sha256=_sha256(source.model_dump_json().encode()),
        profile_sha256=_sha256(profile.model_dump_json().encode()),
        seed=seed,
        bank=bank,
        model=model,
    )


def kept(folder: Path, keys: Sequence[Key]) -> list[Provenance]:
    """Return what was made of the first of ``keys`` and still stands; what lies in the folder beyond it is removed."""
    found: list[Provenance] = []
    for line, wanted in zip(_lines(folder), keys, strict=False):
        made = _read(line)
        if made is None or made.key != wanted or not _stands(folder, made):
            break
        found.append(made)
    _cut(folder, found)
    return found


def records(folder: Path) -> list[Provenance]:
    """Return what came of each conversation so far."""
    return [made for made in map(_read, _lines(folder)) if made is not None]


def sources(folder: Path) -> dict[str, str]:
    """Return, by card, the id of the conversation that it was made of."""
    return {made.card: made.key.conversation for made in records(folder) if made.card}


def add(folder: Path, made: Provenance) -> None:
    """Write the line of a conversation; its card lies there already."""
    with (folder / PROVENANCE).open("a", encoding="utf-8") as file:
        file.write(f"{made.model_dump_json()}\n")
        file.flush()
        os.fsync(file.fileno())


def file_sha256(file: Path) -> str:
    """Return the hash of a file."""
    return _sha256(file.read_bytes())


def card_file(folder: Path, card: str) -> Path:
    """Return where a card lies."""
    return folder / SCENARIOS / f"{card}.yaml"


def graded_file(folder: Path, card: str) -> Path:
    """Return where the good replies to a card lie."""
    return folder / GRADED / f"{card}.jsonl"


def _cut(folder: Path, found: Sequence[Provenance]) -> None:
    ids = {made.card for made in found}
    for place, ending in ((SCENARIOS, "yaml"), (GRADED, "jsonl")):
        for file in (folder / place).glob(f"*.{ending}"):
            if file.stem not in ids:
                file.unlink()
    if found or (folder / PROVENANCE).is_file():
        whole = folder / f"{PROVENANCE}.new"
        whole.write_text("".join(f"{made.model_dump_json()}\n" for made in found), encoding="utf-8")
        whole.replace(folder / PROVENANCE)


def _lines(folder: Path) -> list[str]:
    file = folder / PROVENANCE
    return file.read_text(encoding="utf-8").splitlines() if file.is_file() else []


def _read(line: str) -> Provenance | None:
    try:
        return Provenance.model_validate_json(line)
    except ValidationError:
        return None  # cut off by a kill


def _stands(folder: Path, made: Provenance) -> bool:
    if made.card is None:
        return True
    files = {card_file(folder, made.card): made.card_sha256, graded_file(folder, made.card): made.graded_sha256}
    return all(file.is_file() and file_sha256(file) == known for file, known in files.items())


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
