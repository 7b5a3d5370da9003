"""A segment as a folder: persona files, ``segment.json``, and ``report.md`` for people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from empa_graph.content.persona_file import write_persona
from empa_graph.errors import UsageError, writing
from empa_graph.report.audit.markdown import escaped
from empa_graph.study.segments.manifest import PersonRecord, Segment, SegmentRecord

MANIFEST, REPORT = "segment.json", "report.md"


def check_folder(folder: Path) -> None:
    """Raise UsageError where the folder cannot take a segment: nothing is written over anything."""
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise UsageError(f"{folder}: is there already, and nothing is written over it; choose another --out")


def write_segment(found: Segment, folder: Path) -> list[Path]:
    """Write ``found`` to ``folder``, which is new or empty, and return the files. Raises UsageError."""
    check_folder(folder)
    persons = zip(found.record.persons, found.cards, strict=True)
    files = [write_persona(card, folder, header=_header(person, found.record)) for person, card in persons]
    texts = {MANIFEST: found.record.model_dump_json(indent=2) + "\n", REPORT: report(found.record)}
    for name, text in texts.items():
        with writing(folder / name):
            (folder / name).write_text(text, encoding="utf-8")
    return [*files, *(folder / name for name in texts)]


def _header(person: PersonRecord, record: SegmentRecord) -> str:
    how = ", ".join(dict.fromkeys(change.how for change in person.changes)) or "as it is"
    return f"# segment '{record.description.id}' of {person.base}, goal {person.goal}: {how}\n"


def report(record: SegmentRecord) -> str:
    """Return the report on a segment in Markdown: shares, bases, changes, and what goes beyond the cards."""
    return "\n".join(_lines(record)) + "\n"


def _lines(record: SegmentRecord) -> Iterator[str]:
    description, n = record.description, len(record.persons)
    yield f"# Segment {escaped(description.id)}\n"
    yield f"{escaped(description.about)}\n"
    yield (
        f"{n} persons, seed {description.seed}, out of {len(record.bases)} base personas. Words are those of the "
        "base cards: numbers were moved, and no line was written. Whether such people are so is not shown by any of "
        "this.\n"
    )
    yield "## Shares\n"
    yield from _table(
        ("dimension", "value", "wanted", "reached", "difference", "persons", ""),
        [
            (
                s.dimension,
                s.value,
                f"{s.wanted:.2f}",
                f"{s.reached:.2f}",
                f"{s.difference:+.2f}",
                f"{s.count} of {s.n}",
                s.note,
            )
            for s in record.shares
        ],
    )
    yield "\nEach dimension is drawn by itself; how they go together was not wanted and is as it came.\n"
    yield "## Base personas\n"
    yield from _table(("base", "persons"), [(base, str(count)) for base, count in record.drawn_bases.items()])
    yield (
        f"\nEffective number of base personas: {record.effective_bases:.1f} of {len(record.bases)} (the inverse of "
        f"the chance that two draws share one). {record.distinct} of {n} persons differ in more than their id. "
        "Persons with the words of one card are no independent people: an interval over them is too narrow.\n"
    )
    yield "## Changes\n"
    yield from _changes(record)
    yield "\n## Refused\n"
    yield from ([f"- {escaped(line)}" for line in record.refused] or ["Nothing."])


def _changes(record: SegmentRecord) -> Iterator[str]:
    changed = [person for person in record.persons if person.changes]
    if not changed:
        yield "None: every card is reused as it is, with one of its goals."
        return
    beyond = sum(any(change.extrapolated for change in person.changes) for person in changed)
    yield (
        f"{len(changed)} of {len(record.persons)} persons have changed numbers; of {beyond} some are extrapolated, "
        "that is beyond what the card's words or the base personas hold.\n"
    )
    yield from _table(
        ("person", "how", "numbers", "extrapolated"),
        [(person.id, *_row(how, person)) for person in changed for how in dict.fromkeys(c.how for c in person.changes)],
    )
    yield "\n## Extrapolated\n"
    persons = {change.field: [p for p in changed if _beyond(p, change.field)] for p in changed for change in p.changes}
    yield from _table(
        ("number", "persons", "in which way"),
        [
            (field, f"{len(held)} of {len(record.persons)}", "; ".join(dict.fromkeys(_beyond(p, field) for p in held)))
            for field, held in sorted(persons.items())
            if held
        ],
    )


def _row(how: str, person: PersonRecord) -> tuple[str, str, str]:
    mine = [change for change in person.changes if change.how == how]
    moved = "; ".join(f"{change.field} {_shown(change.before)} to {_shown(change.after)}" for change in mine)
    return how, moved, "; ".join(dict.fromkeys(filter(None, (change.extrapolated for change in mine))))


def _beyond(person: PersonRecord, field: str) -> str:
    return next((change.extrapolated for change in person.changes if change.field == field), "")


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(map(escaped, row))} |" for row in rows)


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"
