"""The stages of a distillation in their order, and what is run behind the annotation.

Rule: every stage reads the folder that those before it left, keeps what it does there, and goes on where it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from empa_graph.content.library import scenarios as content
from empa_graph.distill.annotation import profiles
from empa_graph.distill.checks.records import CheckedScenario
from empa_graph.distill.checks.report import FOUND
from empa_graph.distill.checks.stage import REFUSED, VERDICTS, apart, checked_folder, keep_apart, put_back
from empa_graph.distill.recontext.provenance import SCENARIOS, records, sources
from empa_graph.distill.recontext.scenarios import write_scenarios
from empa_graph.models.rubric import Rubric
from empa_graph.report.text import many

StageName = Literal["intake", "annotation", "scenarios", "checks"]
STAGES: tuple[StageName, ...] = get_args(StageName)


class Given(NamedTuple):
    """What a stage behind the annotation works on."""

    folder: Path
    rubric: Rubric
    seed: int
    told: Callable[[str], object]
    """Hears of every step how far it is."""


class Done(NamedTuple):
    """What came of a stage."""

    summary: str
    """One line for a terminal."""
    fields: Mapping[str, object]
    """The same and more, as JSON has it."""
    made: int
    """How many it leaves for the next stage; 0 ends the distillation."""
    stopped: str = ""
    """What is done, where Ctrl-C ended it; the same stage goes on behind that."""


def scenarios(given: Given) -> Done:
    """Write a card of each conversation whose marks make a profile."""
    refused = apart(given.folder)
    put_back(given.folder)
    told, stopped = _counted(given, "conversations written"), False
    try:
        known = tuple(profiles(given.folder, given.rubric.space))
        write_scenarios(given.folder, known, seed=given.seed, on_progress=told)
    except KeyboardInterrupt:
        stopped = True
    left_out: Counter[str] = Counter(one.cause for one in records(given.folder) if one.cause)
    made, stay_out = len(sources(given.folder)), keep_apart(given.folder, refused)
    of = made + left_out.total()
    summary = (
        f"scenarios written: {made:,} of {many(of, 'conversation')}: {given.folder / SCENARIOS}{_causes(left_out)}"
    )
    if stay_out:
        summary += f"; {stay_out:,} as the last check refused them stay in {given.folder / REFUSED}"
    fields = {
        "finished": not stopped,
        "written": made,
        "left_out": dict(sorted(left_out.items())),
        "stay_refused": stay_out,
    }
    return Done(summary, fields, made, f"{many(of, 'conversation')} written" if stopped else "")


def checks(given: Given) -> Done:
    """Lint and rehearse the cards; those refused are set apart."""
    before = apart(given.folder)
    put_back(given.folder)
    told = _counted(given, "cards checked")
    found: list[CheckedScenario] = []
    try:
        checked_folder(
            given.folder, given.rubric, seed=given.seed, matters=_matters(given), each=found.extend, told=told
        )
    except KeyboardInterrupt:
        keep_apart(given.folder, before)
        return _of_checks(found, given.folder / VERDICTS, stopped=True)
    return _of_checks(found, given.folder / FOUND, stopped=False)


def _of_checks(found: Sequence[CheckedScenario], file: Path, *, stopped: bool) -> Done:
    kept = [one.id for one in found if one.kept]
    refused: Counter[str] = Counter(one.refused[0].cause for one in found if one.refused)
    summary = f"scenarios kept: {len(kept):,} of {len(found):,}: {file}{_causes(refused)}"
    fields = {"finished": not stopped, "kept": kept, "refused": dict(refused)}
    cards = {one.id.partition("/")[0] for one in found}
    return Done(summary, fields, len(kept), f"{many(len(cards), 'card')} checked" if stopped else "")


def _matters(given: Given) -> dict[str, str]:
    """Return what each scenario is about, as far as it was marked."""
    marked = {one.id: known.matter for one, known in profiles(given.folder, given.rubric.space)}
    cards = sources(given.folder)
    about = {one.id: marked.get(cards.get(one.persona.id, "")) for one in content(given.folder / SCENARIOS)}
    return {name: matter for name, matter in about.items() if matter is not None}


def _counted(given: Given, what: str) -> Callable[[int, int], None]:
    def told(done: int, of: int) -> None:
        given.told(f"{done:,} of {of:,} {what}")

    return told


def _causes(found: Mapping[str, int]) -> str:
    """Return what was left out and why, as the end of a line."""
    told = ", ".join(f"{number:,} {cause.replace('_', ' ')}" for cause, number in sorted(found.items()))
    return f" (left out: {told})" if told else ""


LATER: Mapping[StageName, Callable[[Given], Done]] = {"scenarios": scenarios, "checks": checks}
"""The stages behind the annotation."""


def after_annotation(until: StageName) -> tuple[StageName, ...]:
    """Return the stages behind the annotation, up to ``until``."""
    return STAGES[2 : STAGES.index(until) + 1]
