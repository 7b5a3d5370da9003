from __future__ import annotations

from pathlib import Path

from empa_graph.content.library import load_persona, persona_files
from empa_graph.content.one_bank import bank_faults, too_alike
from empa_graph.content.persona_file import write_persona
from empa_graph.content.validation import shared_text
from empa_graph.models.line import Line
from empa_graph.models.persona import Persona

CARD = load_persona(persona_files()[0]).model_copy(update={"bank": "ours"})


def other(**fields: object) -> Persona:
    """The same card under another id, with one goal, whose openings and lines are ``fields``."""
    goal = CARD.goals[0].model_copy(update=fields)
    return CARD.model_copy(update={"id": "somebody_else", "goals": (goal,)})


def lines(*texts: str) -> tuple[Line, ...]:
    return tuple(Line(text=text) for text in texts)


def one() -> Persona:
    return CARD.model_copy(update={"goals": (CARD.goals[0],)})


def test_no_bundled_card_is_of_a_bank_and_so_all_are_held_to_the_strict_rule():
    assert [file.stem for file in persona_files() if load_persona(file).bank] == []


def test_cards_of_one_bank_may_share_how_they_speak():
    apart = {
        "openings": lines("A parrot swore on the balcony again.", "Two lemons and a hammer, that was my day."),
        "elaborations": lines("Rust on the gate.", "The ferry was late.", "Nobody sang."),
        "beats": (),
    }
    assert too_alike(other(**apart), [one()]) is None


def test_a_goal_of_which_more_than_half_stands_elsewhere_is_too_alike():
    assert "more than half" in (too_alike(other(), [one()]) or "")


def test_an_opening_that_says_nearly_the_same_is_too_alike():
    changed = {"elaborations": lines("Rust on the gate.", "The ferry was late.", "Nobody sang."), "beats": ()}
    goal = CARD.goals[0].lines.model_copy(update={"settle": lines("Fine now.", "That will do.")})
    assert "an opening" in (too_alike(other(**changed, lines=goal), [one()]) or "")


def test_validation_names_the_file_and_holds_other_banks_to_the_strict_rule(tmp_path: Path):
    first = write_persona(one(), tmp_path)
    second = write_persona(other(), tmp_path)
    assert shared_text([first, second]) == []
    assert [fault.partition(": ")[0] for fault in bank_faults([first, second])] == [str(second)]
    write_persona(other().model_copy(update={"bank": "theirs"}), tmp_path)
    load_persona.cache_clear()
    assert shared_text([first, second]) != [] and bank_faults([first, second]) == []
