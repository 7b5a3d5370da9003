"""A check as files beside the cards: ``checks.json`` for programs, ``checks.md`` for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from empa_graph.content.loading import LARGEST_FILE, read_text
from empa_graph.distill.checks.decision import EASY, HARD
from empa_graph.distill.checks.records import CAUSES, Checked, CheckedScenario
from empa_graph.errors import ContentError, writing
from empa_graph.report.audit.markdown import escaped
from empa_graph.report.coverage.counting import coverage_markdown
from empa_graph.report.text import many

FOUND, PAGE = "checks.json", "checks.md"


def write_checks(checked: Checked, folder: Path) -> None:
    """Write the check to ``folder``, each file at once. Raises UsageError."""
    for name, text in ((FOUND, checked.model_dump_json(indent=1) + "\n"), (PAGE, checks_page(checked))):
        part = folder / f"{name}.part"
        with writing(folder / name):
            part.write_text(text, encoding="utf-8")
            part.replace(folder / name)


def read_checks(folder: Path) -> Checked | None:
    """Return the check that stands in ``folder`` or beside it, None where there is none. Raises ContentError."""
    file = next((place / FOUND for place in (folder, folder.parent) if (place / FOUND).is_file()), None)
    if file is None:
        return None
    try:
        return Checked.model_validate_json(read_text(file, 8 * LARGEST_FILE))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        at = ".".join(map(str, first["loc"])) or "the document"
        raise ContentError(f"{file}: is no check of scenarios: {at}: {first['msg']}") from None


def checks_page(checked: Checked) -> str:
    """Return the check as a page in Markdown."""
    return "\n".join(_lines(checked)) + "\n"


def _lines(checked: Checked) -> Iterator[str]:
    kept, every = checked.kept, checked.scenarios
    yield "# Check of the scenarios\n"
    of = many(len(every), "scenario")
    yield f"{len(kept)} of {of} kept (rubric {escaped(checked.rubric)}, seed {checked.seed}).\n"
    yield (
        "Every scenario was played by agents without a model: one with a good reply to each line, one that says "
        "something general in half of its turns, and three without skill. That the first arrives and the last do not "
        "says that the scenario can be played, and nothing about how people would do.\n"
    )
    if weaker := sum(one.claim == "opens" for one in kept):
        yield (
            f"{weaker} of those kept have no good replies of their own. Of them it is known only that the person "
            "stays nearer to one who listens by rule than to one who dismisses.\n"
        )
    yield from _refused(every)
    yield from _kept(kept)
    if checked.coverage is not None:
        yield coverage_markdown(checked.coverage, level=2)


def _refused(every: tuple[CheckedScenario, ...]) -> Iterator[str]:
    causes = Counter(cause for one in every for cause in {refusal.cause for refusal in one.refused})
    if not causes:
        return
    yield "## Refused\n"
    yield "| cause | scenarios | the scenario |\n|---|---|---|"
    yield from (f"| `{cause}` | {count} | {CAUSES[cause]} |" for cause, count in causes.most_common())
    yield "\n| scenario | cause | what was found |\n|---|---|---|"
    for one in every:
        for refusal in one.refused:
            yield f"| {escaped(one.id)} | `{refusal.cause}` | {escaped(refusal.detail)} |"
    yield ""


def _kept(kept: tuple[CheckedScenario, ...]) -> Iterator[str]:
    if not kept:
        return
    yield "## Kept\n"
    yield (
        f"Difficulty is the number of turns that the skilled agent needs for the whole way at its pace: easy below "
        f"{EASY:g}, hard above {HARD:g}.\n"
    )
    yield "| scenario | turns | level | skilled | half | generic |\n|---|---|---|---|---|---|"
    for one in sorted(kept, key=lambda one: (-(one.difficulty or 0.0), one.id)):
        shares = {stand.agent: f"{stand.progress:.2f}" for stand in one.standings}
        cells = (shares.get("skilled", "-"), shares.get("half", "-"), shares.get("generic", "-"))
        turns = "-" if one.difficulty is None else f"{one.difficulty:.1f}"
        yield f"| {escaped(one.id)} | {turns} | {one.level or '-'} | {' | '.join(cells)} |"
    yield "\nThe last three columns are shares of the way that were kept at the end.\n"
