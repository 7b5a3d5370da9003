"""Stage 2 as a whole: a card for each conversation, in a folder that can be gone on with after a kill."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from empa_graph.content.library import load_persona, load_rubric
from empa_graph.content.persona_file import write_persona
from empa_graph.distill.marks import Profile
from empa_graph.distill.recontext.acceptance import refusal
from empa_graph.distill.recontext.bank import load_bank
from empa_graph.distill.recontext.by_model import prompt_name, retold
from empa_graph.distill.recontext.compose import Made, by_templates, in_crisis
from empa_graph.distill.recontext.parts import write_graded
from empa_graph.distill.recontext.provenance import (
    GRADED,
    SCENARIOS,
    Cause,
    Key,
    Provenance,
    Unwritten,
    add,
    card_file,
    file_sha256,
    graded_file,
    kept,
    key,
)
from empa_graph.distill.recontext.trace import Meaning, installed_meaning
from empa_graph.distill.records import Conversation
from empa_graph.llm import Chat
from empa_graph.models.persona import Persona
from empa_graph.models.rubric import Rubric
from empa_graph.seeds import derived_seed

TRIES, TRIES_A_PLOT = 9, 3
"""How often a card is composed anew, and after how many tries another plot is taken."""
HEADER = "# Made from a conversation that is named nowhere here: see provenance.jsonl. Bank {bank}, seed {seed}.\n"
MADE = "made"
OnProgress = Callable[[int, int], None]


class _Work(NamedTuple):
    source: Conversation
    profile: Profile
    rubric: Rubric
    seed: int
    meaning: Meaning | None
    chat: Chat | None


class _Found(NamedTuple):
    made: Made | None
    cause: Cause | None = None
    unwritten: Unwritten = "not_asked"


def write_scenarios(
    folder: Path,
    conversations: Sequence[tuple[Conversation, Profile]],
    *,
    seed: int,
    chat: Chat | None = None,
    on_progress: OnProgress | None = None,
) -> dict[str, int]:
    """Make a card of each conversation and return how many, under ``made``, and how many are left out, by cause.

    Writes ``scenarios/<id>.yaml``, ``graded/<id>.jsonl`` (a good reply to each line) and ``provenance.jsonl``. The same
    conversations, profiles and seed give the same bytes, however often it was stopped between; what is kept of an
    earlier call is not made again, and Ctrl-C loses no more than the card in work. With
    ``chat`` a model writes the goal's texts, where it may and its words stand (``unwritten:<why>`` counts the others);
    a model that gives other words gives other bytes. Not inside an event loop.
    """
    told = on_progress or (lambda done, of: None)
    records = asyncio.run(_written_all(folder, conversations, seed, chat, told))
    return _counts(records, asked=chat is not None)


async def _written_all(
    folder: Path,
    conversations: Sequence[tuple[Conversation, Profile]],
    seed: int,
    chat: Chat | None,
    told: OnProgress,
) -> Sequence[Provenance]:
    bank, name = load_bank(), prompt_name(chat) if chat else ""
    keys = [key(source, profile, seed=seed, bank=bank.version, model=name) for source, profile in conversations]
    for place in (SCENARIOS, GRADED):
        (folder / place).mkdir(parents=True, exist_ok=True)
    records = kept(folder, keys)
    taken = [load_persona(card_file(folder, made.card)) for made in records if made.card is not None]
    meaning = installed_meaning()
    for done in range(len(records), len(conversations)):
        told(done, len(conversations))
        await asyncio.sleep(0)  # Ctrl-C is heard where something is waited for
        source, profile = conversations[done]
        work = _Work(source, profile, load_rubric(profile.space), seed, meaning, chat)
        found = await _found(work, taken)
        if found.made is not None:
            taken.append(found.made.card)
        record = _written(folder, keys[done], found)
        add(folder, record)
        records.append(record)
    told(len(conversations), len(conversations))
    return records


async def _found(work: _Work, taken: Sequence[Persona]) -> _Found:
    found = _composed(work, taken)
    if found.made is None or work.chat is None:
        return found
    if in_crisis(work.profile):
        return found._replace(unwritten="crisis")

    def wrong(card: Persona) -> str | None:
        found = refusal(card, work.source, work.rubric, taken=taken, meaning=work.meaning)
        return found and found.what

    told = await retold(work.chat, found.made, work.source, work.profile, wrong, seed=work.seed)
    return _Found(told) if isinstance(told, Made) else found._replace(unwritten=told)


def _composed(work: _Work, taken: Sequence[Persona]) -> _Found:
    cause: Cause = "too_alike"
    tried: list[str] = []
    for attempt in range(TRIES):
        one = derived_seed(work.seed, work.source.id, attempt)
        worn = {plot for plot in tried if tried.count(plot) >= TRIES_A_PLOT}
        made = by_templates(work.source, work.profile, work.rubric, seed=one, taken=taken, but=worn)
        if isinstance(made, str):
            return _Found(None, made)
        wrong = refusal(made.card, work.source, work.rubric, taken=taken, meaning=work.meaning)
        if wrong is None:
            return _Found(made)
        cause = wrong.cause
        tried.append(made.plot.id)
    return _Found(None, cause)


def _written(folder: Path, of: Key, found: _Found) -> Provenance:
    fields: dict[str, object] = {"key": of, "cause": found.cause, "unwritten": found.unwritten}
    if found.made is None:
        return Provenance.model_validate(fields)
    card = found.made.card
    made_by = "model" if found.made.by_model else "bank"
    write_graded(card, found.made.replies, folder / GRADED)
    header = HEADER.format(bank=load_bank().version, seed=of.seed)
    write_persona(card, folder / SCENARIOS, header=header)
    hashes = {
        "card_sha256": file_sha256(card_file(folder, card.id)),
        "graded_sha256": file_sha256(graded_file(folder, card.id)),
    }
    return Provenance.model_validate({**fields, **hashes, "card": card.id, "written_by": made_by})


def _counts(records: Sequence[Provenance], *, asked: bool) -> dict[str, int]:
    found = Counter(record.cause or MADE for record in records)
    if asked:
        found.update(f"unwritten:{one.unwritten}" for one in records if one.card and one.written_by == "bank")
    return dict(sorted(found.items()))
