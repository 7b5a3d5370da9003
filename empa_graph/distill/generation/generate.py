"""A generation: profiles are drawn and written, what passes its check is kept, the most different are chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from empa_graph.content.graded import GRADED
from empa_graph.content.library import load_rubric
from empa_graph.content.persona_file import write_persona
from empa_graph.distill.checks.check import check
from empa_graph.distill.checks.records import Checked, CheckedScenario
from empa_graph.distill.generation.profiles import draw_profiles
from empa_graph.distill.generation.specification import Candidate, Generation, Specification
from empa_graph.distill.marks import Profile
from empa_graph.models.graded import GradedLine
from empa_graph.models.persona import Persona, Scenario
from empa_graph.report.coverage.aspects import Aspect, Known, values
from empa_graph.report.coverage.counting import card_coverage
from empa_graph.study.suites.spreading import Feature, spread_out


class Written(NamedTuple):
    """A card with one goal that was written from a profile, and a good reply to each of its lines."""

    persona: Persona
    graded: tuple[GradedLine, ...]


Writer = Callable[[Profile], Written | str]
"""Writes a card from a profile, or says in one sentence why it does not."""


class Generated(NamedTuple):
    """What a generation came to: its record, the chosen cards, and their check."""

    record: Generation
    chosen: tuple[Written, ...]
    checked: Checked


def generated(
    spec: Specification,
    write: Writer,
    *,
    rubric: str = "sdt",
    told: Callable[[str, int, int], None] = lambda stage, done, of: None,
) -> Generated:
    """Return the scenarios of ``spec``; ``told`` hears the stage and how far it is. Raises UsageError, ContentError.

    Fewer than are wanted come out where fewer pass their check. Nothing is left on disk.
    """
    profiles = draw_profiles(spec, load_rubric(rubric).space)
    cards: dict[str, tuple[Profile, Written]] = {}
    unwritten: list[Candidate] = []
    for done, profile in enumerate(profiles, start=1):
        found = write(profile)
        if not isinstance(found, str) and any(one.persona.id == found.persona.id for _, one in cards.values()):
            found = f"another card is called '{found.persona.id}'"
        if isinstance(found, str):
            unwritten.append(Candidate(profile=profile, refused=found))
        else:
            cards[_scenario(found).id] = (profile, found)
        told("written", done, len(profiles))
    matters = {name: profile.matter for name, (profile, _) in cards.items() if profile.matter}
    checked = _checked([written for _, written in cards.values()], spec, rubric, matters, told)
    kept = [one for one in checked.kept if one.id in cards]
    rows = [_features(cards[one.id][1], one, spec.spread, checked.known) for one in kept]
    names = {kept[place].id for place in spread_out(rows, spec.scenarios)}
    candidates = [_candidate(one, cards[one.id][0], one.id in names) for one in checked.scenarios if one.id in cards]
    chosen = tuple(written for name, (_, written) in sorted(cards.items()) if name in names)
    record = Generation(specification=spec, rubric=rubric, candidates=(*candidates, *unwritten))
    return Generated(record, chosen, _of(checked, names, chosen))


def _checked(
    written: Sequence[Written],
    spec: Specification,
    rubric: str,
    matters: Mapping[str, str],
    told: Callable[[str, int, int], None],
) -> Checked:
    if not written:
        return Checked(seed=spec.seed, rubric=rubric, scenarios=())
    with TemporaryDirectory(prefix="empa-") as work:
        folder = write_cards(written, Path(work))
        return check(
            folder,
            seed=spec.seed,
            rubric=rubric,
            matters=matters,
            told=lambda done, of: told("rehearsed", done, of),
        )


def write_cards(written: Sequence[Written], folder: Path) -> Path:
    """Write cards to ``folder/scenarios`` and their replies to ``folder/graded``; return the first of these."""
    cards, replies = folder / "scenarios", folder / GRADED
    replies.mkdir(parents=True)
    for one in written:
        write_persona(one.persona, cards)
        lines = "".join(f"{line.model_dump_json(exclude_defaults=True)}\n" for line in one.graded)
        if lines:
            (replies / f"{one.persona.id}.jsonl").write_text(lines, encoding="utf-8")
    return cards


def _scenario(written: Written) -> Scenario:
    return Scenario(persona=written.persona, goal=written.persona.goals[0])


def _features(written: Written, found: CheckedScenario, spread: Sequence[Aspect], known: Known) -> list[Feature]:
    """Return what the chosen should differ in; of the difficulty the turns themselves."""
    scenario = _scenario(written)
    return [
        found.difficulty if aspect == "difficulty" else " and ".join(values(scenario, aspect, known))
        for aspect in spread
    ]


def _candidate(found: CheckedScenario, profile: Profile, chosen: bool) -> Candidate:
    why = "; ".join(f"{refusal.cause}: {refusal.detail}" for refusal in found.refused)
    return Candidate(
        profile=profile, scenario=found.id, refused=why[:2_000], chosen=chosen, difficulty=found.difficulty
    )


def _of(checked: Checked, names: set[str], chosen: Sequence[Written]) -> Checked:
    """Return the check of the chosen scenarios alone."""
    scenarios = tuple(one for one in checked.scenarios if one.id in names)
    matters = {name: matter for name, matter in checked.matters.items() if name in names}
    alone = checked.model_copy(update={"scenarios": scenarios, "matters": matters})
    covered = card_coverage([_scenario(one) for one in chosen], alone.known) if chosen else None
    return alone.model_copy(update={"coverage": covered})
