"""A generation as a folder: cards, good replies, their check, ``generation.json``, and ``report.md`` for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from empa_graph.distill.checks.records import CAUSES
from empa_graph.distill.checks.report import write_checks
from empa_graph.distill.generation.generate import Generated, write_cards
from empa_graph.distill.generation.specification import Generation
from empa_graph.distill.marks import Profile
from empa_graph.errors import writing
from empa_graph.report.audit.markdown import escaped

RECORD, REPORT = "generation.json", "report.md"
_WHY = {"not_written": "no card could be written from the profile"} | {str(cause): why for cause, why in CAUSES.items()}


def write_generated(found: Generated, folder: Path) -> Path:
    """Write ``found`` to ``folder``, which is new or empty, and return the folder of cards. Raises UsageError."""
    texts = {RECORD: found.record.model_dump_json(indent=1) + "\n", REPORT: "\n".join(_lines(found.record)) + "\n"}
    with writing(folder):
        cards = write_cards(found.chosen, folder)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
    write_checks(found.checked, folder)
    return cards


def shares(record: Generation) -> Iterator[tuple[str, str, int, int, int]]:
    """Yield for every value that was drawn: what it is, how many were drawn, passed, and are chosen."""
    drawn = {"need": _need, "threshold": _threshold, "context": _context, "danger": _danger, "matter": _matter}
    for name, of in drawn.items():
        every = Counter(of(one.profile) for one in record.candidates)
        passed = Counter(of(one.profile) for one in record.candidates if one.scenario and not one.refused)
        chosen = Counter(of(one.profile) for one in record.candidates if one.chosen)
        for value, count in sorted(every.items()):
            yield name, value, count, passed[value], chosen[value]


def _need(profile: Profile) -> str:
    return profile.needs[0] if profile.needs else "-"


def _threshold(profile: Profile) -> str:
    return profile.threshold or "-"


def _context(profile: Profile) -> str:
    return profile.context or "-"


def _danger(profile: Profile) -> str:
    return profile.danger or "-"


def _matter(profile: Profile) -> str:
    return profile.matter or "-"


def _lines(record: Generation) -> Iterator[str]:
    spec = record.specification
    yield "# Generated scenarios\n"
    yield f"{escaped(spec.about)}\n"
    yield (
        f"{record.chosen} of {spec.scenarios} wanted: {len(record.candidates)} profiles drawn, {record.written} "
        f"written, {record.passed} passed their check (rubric {escaped(record.rubric)}, seed {spec.seed}). "
        "Nobody had these conversations: shares are those that were asked for, and numbers lie around those of bundled "
        "goals. That a scenario can be played says nothing about whether people are so.\n"
    )
    if record.causes:
        yield "## Left out\n"
        yield "| cause | candidates | it |\n|---|---|---|"
        yield from (f"| `{cause}` | {count} | {_WHY.get(cause, '')} |" for cause, count in record.causes.items())
        yield ""
    yield "## Shares\n"
    yield "| what | value | drawn | passed | chosen |\n|---|---|---|---|---|"
    yield from (
        f"| {name} | {escaped(value)} | {n} | {passed} | {took} |" for name, value, n, passed, took in shares(record)
    )
    yield f"\nChosen so that they differ in {', '.join(spec.spread)}; `checks.md` has their difficulty and coverage."
