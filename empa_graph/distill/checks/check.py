"""The check of a folder of cards: lint, rehearsal, difficulty, coverage of what is kept."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from empa_graph.content.graded import graded_beside
from empa_graph.content.library import load_rubric, persona_files
from empa_graph.content.loading import load_model
from empa_graph.content.one_bank import bank_faults
from empa_graph.content.validation import check_file, shared_text
from empa_graph.distill.checks.decision import against, difficulty, disagreement, level, unshown
from empa_graph.distill.checks.ladder import Plays, agents, played, standing
from empa_graph.distill.checks.records import Checked, CheckedScenario, Refusal, known_of
from empa_graph.errors import ContentError
from empa_graph.models.episode import Episode
from empa_graph.models.persona import Persona, Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.report.coverage.counting import card_coverage
from empa_graph.roles.evaluator.offline import CueEvaluator, heads_hashes
from empa_graph.study.rehearse.rehearsal import findings


class _Card(NamedTuple):
    file: Path
    graded: Path | None
    faults: tuple[str, ...]
    stands_on: str


def check(
    cards: Path,
    *,
    seed: int = 0,
    rubric: str | Rubric = "sdt",
    matters: Mapping[str, str] | None = None,
    before: Iterable[CheckedScenario] = (),
    each: Callable[[Sequence[CheckedScenario]], object] = lambda found: None,
    told: Callable[[int, int], None] = lambda done, of: None,
) -> Checked:
    """Check every scenario of the folder (or file) ``cards``.

    Good replies to their lines are looked for in the folder ``graded`` in or beside ``cards``, else among those of
    bundled cards; without them less is claimed (`Claim`). ``matters`` says by scenario id what it is about. What
    ``before`` found of the same card, replies, seed, rubric, heads and version stands. ``each`` hears what was found of
    a card as soon as it is known, ``told`` how many cards are done, of how many. Raises UsageError for a folder without
    cards, ContentError for graded replies.
    """
    rules = rubric if isinstance(rubric, Rubric) else load_rubric(rubric)
    files = persona_files(cards)
    shared = [*shared_text(files), *bank_faults(files)]
    stands = {(one.stands_on, one.id): one for one in before}
    found: list[CheckedScenario] = []
    for done, file in enumerate(files, start=1):
        of_card = tuple(_checked(_card(file, shared, rules, seed), rules, seed, stands))
        each(of_card)
        found += of_card
        told(done, len(files))
    kept = _scenarios(files, {one.id for one in found if one.kept})
    about = dict(matters or {})
    return Checked(
        seed=seed,
        rubric=rules.id,
        scenarios=tuple(found),
        matters=about,
        coverage=card_coverage(kept, known_of(tuple(found), about)) if kept else None,
    )


def _card(file: Path, shared: Sequence[str], rubric: Rubric, seed: int) -> _Card:
    replies = graded_beside(file)
    found = (*check_file(file, rubric), *(fault for fault in shared if fault.startswith(f"{file}:")))
    faults = tuple(fault.replace(f"{file.parent}/", "") for fault in found)
    parts = (
        file.read_bytes(),
        replies.read_bytes() if replies else b"",
        rubric.model_dump_json().encode(),
        "\n".join(faults).encode(),
        json.dumps(heads_hashes(CueEvaluator.name)).encode(),
        f"{seed} {version('empa-graph')}".encode(),
    )
    digest = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
    return _Card(file, replies, faults, digest)


def _checked(
    card: _Card, rubric: Rubric, seed: int, stands: Mapping[tuple[str, str], CheckedScenario]
) -> Iterator[CheckedScenario]:
    try:
        persona = load_model(card.file, Persona)
    except ContentError:
        yield _unsound(card.file.stem, card)
        return
    for goal in persona.goals:
        scenario = Scenario(persona=persona, goal=goal)
        if card.faults:
            yield _unsound(scenario.id, card)
        else:
            known = stands.get((card.stands_on, scenario.id))
            yield known or _rehearsed(scenario, card, rubric, seed)


def _unsound(name: str, card: _Card) -> CheckedScenario:
    refused = tuple(Refusal(cause="unsound", detail=fault[:500]) for fault in card.faults)
    return CheckedScenario(id=name, stands_on=card.stands_on, refused=refused)


def _rehearsed(scenario: Scenario, card: _Card, rubric: Rubric, seed: int) -> CheckedScenario:
    claim, roles = agents(scenario.persona, card.graded)
    plays = asyncio.run(played(scenario, roles, rubric, seed=seed))
    if (failed := _failed(plays)) is not None:
        return CheckedScenario(id=scenario.id, stands_on=card.stands_on, refused=(failed,))
    stand = {name: standing(name, episodes) for name, episodes in plays.items()}
    seen = {name: findings([(scenario, episode) for episode in episodes]) for name, episodes in plays.items()}
    unfelt = {name: found.never_felt.get(scenario.persona.id, ()) for name, found in seen.items()}
    moves = {name: _moves(episodes) for name, episodes in plays.items()}
    broken = [Refusal(cause="broken_line", detail=one[:500]) for found in seen.values() for one in found.breaches]
    turns = difficulty(claim, stand)
    refused = (*against(claim, stand), *unshown(claim, scenario.persona, moves, unfelt), *broken)
    return CheckedScenario(
        id=scenario.id,
        stands_on=card.stands_on,
        claim=claim,
        standings=tuple(stand.values()),
        difficulty=turns,
        level=level(turns),
        disagreement=disagreement(stand),
        refused=refused,
        never_felt=tuple(sorted(set.intersection(*map(set, unfelt.values())))),
    )


def _failed(plays: Plays) -> Refusal | None:
    for name, episodes in plays.items():
        for episode in episodes:
            if (failure := episode.failure) is not None:
                return Refusal(cause="not_played", detail=f"{name}, turn {failure.turn}: {failure.detail}"[:500])
            if episode.score is None:
                return Refusal(cause="not_played", detail=f"{name}: {episode.unscored or 'without a score'}"[:500])
    return None


def _moves(episodes: Sequence[Episode]) -> frozenset[str]:
    said = (m for episode in episodes for m in episode.messages if m.speaker == "persona")
    return frozenset((message.move or "").partition(":")[0] for message in said)


def _scenarios(files: Sequence[Path], chosen: set[str]) -> list[Scenario]:
    every = (Scenario(persona=p, goal=goal) for p in _people(files) for goal in p.goals)
    return [scenario for scenario in every if scenario.id in chosen]


def _people(files: Sequence[Path]) -> Iterator[Persona]:
    for file in files:
        try:
            yield load_model(file, Persona)
        except ContentError:
            continue
