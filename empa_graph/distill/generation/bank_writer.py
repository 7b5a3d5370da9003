"""Cards for drawn profiles out of the bank of lines, as a distillation makes them, but with nobody behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from empa_graph.content.library import load_rubric
from empa_graph.distill.generation.generate import Writer, Written
from empa_graph.distill.generation.profiles import ANNOTATOR
from empa_graph.distill.generation.specification import Specification
from empa_graph.distill.marks import Profile
from empa_graph.distill.recontext.acceptance import refusal
from empa_graph.distill.recontext.compose import Unmade, by_templates
from empa_graph.distill.recontext.numbers import ANNOTATOR as DISTILLED
from empa_graph.distill.recontext.parts import graded
from empa_graph.distill.records import Conversation
from empa_graph.models.persona import Persona
from empa_graph.seeds import derived_seed

TRIES = 8
"""Cards that are tried for one profile, each with another plot as far as there are any."""
NUMBER = "Drawn to a specification, near the number of a bundled goal."
TASTE = "Drawn: of the bundled person whose goal the numbers lie near."
_UNMADE: dict[Unmade, str] = {
    "no_plot": "the bank has no plot about it",
    "nothing_to_reach": "the start lies at the target",
    "other_space": "the bank writes cards for another space",
}


def bank_writer(spec: Specification, rubric: str = "sdt") -> Writer:
    """Return what writes cards from the bank, each unlike those that it wrote before; the seed of ``spec`` decides."""
    rules, taken = load_rubric(rubric), list[Persona]()

    def write(profile: Profile) -> Written | str:
        nobody = Conversation(id=profile.conversation, line=1, turns=(), placeholders={})
        used: set[str] = set()
        why = ""
        for trial in range(TRIES):
            seed = derived_seed(spec.seed, profile.conversation, trial)
            made = by_templates(nobody, profile, rules, seed=seed, taken=taken, but=used)
            if isinstance(made, str):
                return why or _UNMADE[made]
            if (found := refusal(made.card, nobody, rules, taken=taken)) is None:
                taken.append(made.card)
                return Written(as_drawn(made.card), graded(made.card, made.replies))
            why = f"{found.cause}: {found.what}"
            used.add(made.plot.id)
        return why

    return write


def as_drawn(card: Persona) -> Persona:
    """Return the card with numbers and tastes that say they were drawn, where they say that they were marked."""
    data = card.model_dump(mode="json", exclude_defaults=True)
    _each(data, _restated)
    return Persona.model_validate(data)


def _restated(part: dict[str, Any]) -> None:
    if part.get("annotator") == DISTILLED:
        part |= {"annotator": ANNOTATOR, "reason": NUMBER}
    elif {"weight", "reason"} <= set(part) and "source" in str(part["reason"]):
        part["reason"] = TASTE


def _each(value: Any, change: Callable[[dict[str, Any]], None]) -> None:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        _each(part, change)
    if isinstance(value, dict):
        change(value)
