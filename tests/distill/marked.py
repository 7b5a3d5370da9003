"""A small distill folder, and marks of its conversations."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from empa_graph.content.library import load_rubric
from empa_graph.distill.folder import ASKED, CONVERSATIONS, DATABASE
from empa_graph.distill.marks import Mark, Quote, Value, variables
from empa_graph.distill.records import Conversation
from tests.distill.parts import ANSWERS, LONG, turns

SPACE = load_rubric("sdt").space
KNOWN = {variable.id: variable for variable in variables(SPACE)}
QUOTE = Quote(turn=0, text="crying every single night")


def conversation(id_: str, *said: str, line: int = 1) -> Conversation:
    """A conversation of six messages, or of those that are ``said``."""
    words = said or tuple(text for pair in zip(LONG, ANSWERS, strict=True) for text in pair)
    return Conversation(id=id_, line=line, turns=turns(*words), placeholders={})


def folder(path: Path, *ids: str, kept: tuple[Conversation, ...] = ()) -> Path:
    """Make what an intake leaves, with a conversation for each of ``ids``, or those that were ``kept``."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    all_ = kept or tuple(conversation(id_, line=number) for number, id_ in enumerate(ids or ("one", "two", "three"), 1))
    text = "".join(one.model_dump_json() + "\n" for one in all_).encode()
    (path / CONVERSATIONS).write_bytes(text)
    (path / ASKED).write_text(json.dumps({}), encoding="utf-8")
    rows = sqlite3.connect(path / DATABASE)
    rows.execute("CREATE TABLE written (only_one INTEGER PRIMARY KEY, bytes INTEGER NOT NULL, messages INTEGER)")
    rows.execute("INSERT INTO written VALUES (1, ?, ?)", (len(text), 6))
    rows.commit()
    rows.close()
    return path


def mark(variable: str, value: Value, by: str = "ewa", of: str = "one", **more: object) -> Mark:
    """A mark of a conversation."""
    return Mark.model_validate({"conversation": of, "variable": variable, "annotator": by, "value": value, **more})


def any_value(variable: str) -> Value:
    """Some value that a variable may take."""
    known = KNOWN[variable]
    if known.bounds is not None:
        return 0.0
    return {"set": (), "order": known.allowed}.get(known.scale, known.allowed[0])


def every(of: str = "one", by: str = "ewa") -> list[Mark]:
    """A mark of each variable."""
    return [mark(variable, any_value(variable), by, of) for variable in KNOWN]
