from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from empa_graph.content.graded import graded_faults, graded_file, graded_for, line_hash, lines_of, load_graded
from empa_graph.content.library import load_persona, persona_files
from empa_graph.errors import ContentError
from empa_graph.models.graded import POORER
from tests.scripted_parts import SCENARIO

PERSONAS = [load_persona(file) for file in persona_files()]
GRADED = [persona for persona in PERSONAS if graded_file(persona.id).is_file()]
LINES = lines_of(SCENARIO.persona)


def reply(text: str, grade: str = "expert", **given: Any) -> dict[str, Any]:
    return {"grade": grade, "text": text, "behaviours": {}, "epm": [0, 0, 0], **given}


def written(folder: Path, **texts: str) -> Path:
    """Write a reply to every line of the nurse, with other ``texts`` for some."""
    rows = [
        {"line": line, "hash": line_hash(said), "replies": [reply(texts.get(line, f"Number {number}, then."))]}
        for number, (line, said) in enumerate(LINES.items())
    ]
    path = folder / "graded.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def edited(path: Path, number: int, **change: Any) -> Path:
    """Change the fields of one row."""
    rows = [json.loads(row) for row in path.read_text(encoding="utf-8").splitlines()]
    rows[number] |= change
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("persona", GRADED, ids=[persona.id for persona in GRADED])
def test_graded_replies_and_their_card_agree(persona: Any) -> None:
    assert list(graded_faults(persona, graded_file(persona.id))) == []


@pytest.mark.parametrize("persona", GRADED, ids=[persona.id for persona in GRADED])
def test_a_quarter_of_the_lines_have_five_poorer_replies_of_one_kind_each(persona: Any) -> None:
    lines = load_graded(graded_file(persona.id))
    several = [line for line in lines if len(line.replies) > 1]
    assert len(several) >= len(lines) // 4
    for line in several:
        kinds = {reply.grade for reply in line.replies[1:]}
        assert len(kinds) == 5 and kinds <= set(POORER)
        assert not {"interrogation", "echo"} <= kinds


def test_a_whole_file_has_no_fault(tmp_path: Path) -> None:
    assert list(graded_faults(SCENARIO.persona, written(tmp_path))) == []


def test_a_line_without_a_reply_and_a_reply_without_its_line_are_named(tmp_path: Path) -> None:
    path = edited(written(tmp_path), 0, line="no_such_line")
    found = list(graded_faults(SCENARIO.persona, path))
    assert found == [
        f"{path}: line '{next(iter(LINES))}' has no reply",
        f"{path}:1: line 'no_such_line' is none of the card",
    ]


def test_a_line_that_has_changed_is_named(tmp_path: Path) -> None:
    path = edited(written(tmp_path), 1, hash="0" * 12)
    (fault,) = graded_faults(SCENARIO.persona, path)
    assert fault == f"{path}:2: line '{list(LINES)[1]}' has changed since its reply was written"


def test_a_sentence_that_stands_twice_and_words_that_three_share_are_named(tmp_path: Path) -> None:
    first, second, third, *_ = LINES
    same = "That must have been quite a night."
    texts = {first: same, second: same, third: "So that must have been quite far."}
    found = list(graded_faults(SCENARIO.persona, written(tmp_path, **texts)))
    assert any("'that must have been quite a night' stands 2 times" in fault for fault in found)
    assert any("'that must have been quite' stands in 3 replies" in fault for fault in found)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"replies": []}, "replies"),
        ({"replies": [reply("Hm.", "comfort")]}, "the expert stands first"),
        ({"replies": [reply("Hm.", behaviours={"validating": 5})]}, "replies.0.behaviours.validating"),
        ({"replies": [reply("Hm.", behaviours={"charming": 1})]}, "replies.0.behaviours.charming"),
    ],
)
def test_a_malformed_reply_is_said_with_line_and_field(change: dict[str, Any], field: str, tmp_path: Path) -> None:
    with pytest.raises(ContentError) as caught:
        load_graded(edited(written(tmp_path), 2, **change))
    assert str(caught.value).startswith(f"{tmp_path / 'graded.jsonl'}:3: ") and field in str(caught.value)


def test_a_bundled_card_has_its_graded_replies_however_its_path_is_written(tmp_path: Path) -> None:
    card = next(file for file in persona_files() if file.stem == "exam_student")
    assert graded_for(Path(os.path.relpath(card))) == graded_for(card) == graded_file("exam_student")
    own = tmp_path / card.name
    own.write_bytes(card.read_bytes())
    assert graded_for(own) is None
