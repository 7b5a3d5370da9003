"""What `empa score` prints, gathered as conversations are judged: each leaves its numbers and no words."""

from __future__ import annotations

import json
import re
import tempfile
import textwrap
from collections import Counter
from collections.abc import Iterator
from typing import IO

import typer
from rich.console import RenderableType

from empa_graph.chats.transcripts import Faults
from empa_graph.cli.display import console, literal, trio_table
from empa_graph.cli.listing import listed
from empa_graph.cli.plain import one_line
from empa_graph.models.episode import Episode
from empa_graph.models.failure import Failure
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.models.support import MARKS, provisional_of
from empa_graph.report.judged import Means
from empa_graph.report.lines import BESIDE, COLUMNS
from empa_graph.report.summary import METRICS
from empa_graph.report.text import many
from empa_graph.roles.evaluator.offline import NOT_READ

_NUMBER = re.compile(r"\d+")
LISTED = 1_000
"""Conversations with a row of their own in the table; the others are counted."""


class ScoreTally:
    """The rows and means of what was judged so far; as JSON the rows wait on disk."""

    def __init__(self, rubric: Rubric, scenario: Scenario | None, *, as_json: bool) -> None:
        self.judged = 0
        self._means = Means()
        self._scenario = scenario
        self._prior = (
            f"start and target: scenario {scenario.id}"
            if scenario
            else f"start and target: the stated prior of rubric '{rubric.id}' (no scenario given)"
        )
        self._rows = tempfile.TemporaryFile("w+", encoding="utf-8") if as_json else None  # noqa: SIM115
        self._listed: list[tuple[str, ...]] = []
        self._coded = False
        self._marked: set[str] = set()
        self._unread: dict[str, Failure] = {}
        self._causes = Counter[str]()

    def close(self) -> None:
        """Give the disk back."""
        if self._rows is not None:
            self._rows.close()

    @property
    def unscored(self) -> int:
        """Conversations that were judged and have no score."""
        return self.judged - self._means.scored

    def add(self, episode: Episode) -> None:
        """Take in one conversation."""
        self._means.add(episode)
        if self._rows is not None:
            row = json.dumps(_row(episode, self._scenario), indent=2)
            self._rows.write(f"{',' * bool(self.judged)}\n{textwrap.indent(row, '    ')}")
        elif self.judged < LISTED:
            self._listed.append(tuple(_cells(episode)))
            self._marked |= set(episode.support.marks if episode.support else "")
        self._coded |= episode.support_judged is not None
        if (fault := _unread(episode)) is not None:
            cause = _NUMBER.sub("", fault.detail)
            self._unread.setdefault(cause, fault)
            self._causes[cause] += 1
        self.judged += 1

    def print(self, faults: Faults) -> None:
        """Print it all."""
        if self._rows is not None:
            self._print_json(self._rows, faults)
            return
        headings = ("conversation", "turns", *COLUMNS.values(), "support", BESIDE["support_judged"], "why not scored")
        rows = self._listed
        if not self._coded:
            place = headings.index(BESIDE["support_judged"])
            headings, rows = _without(headings, place), [_without(row, place) for row in rows]
        for part in listed(headings, rows, width=console.width, numbers=headings[1:-1], title=self._prior):
            console.print(part)
        for part in self._below():
            console.print(part)

    def _below(self) -> Iterator[RenderableType]:
        if self.judged > len(self._listed):
            more = self.judged - len(self._listed)
            yield literal(f"and {many(more, 'conversation')} more; --out FILE and --json hold every one", "italic")
        yield from (literal(f"support{mark} {told}", "italic") for mark, told in MARKS.items() if mark in self._marked)
        yield from (literal(one_line(line), "yellow") for line in self._not_read())
        if means := self._means.metrics():
            basis = "one scenario" if self._scenario else "one stated prior"
            yield trio_table(means, f"mean of {many(self._means.scored, 'conversation')}, all under {basis}")
        if self._means.provisional:
            none = "" if "support" in means else "- "
            yield literal(f"support {none}({provisional_of(self._means.provisional, self._means.supported)})", "yellow")

    def _not_read(self) -> Iterator[str]:
        """Yield what was not read, counted by cause; the numbers of a cause are those of its first conversation."""
        where = f"{NOT_READ}: {self._causes.total()} of {many(self.judged, 'conversation')}"
        if len(self._causes) > 1:
            yield where
            yield from (
                f"- {count}, for example: {self._unread[cause].detail}" for cause, count in self._causes.most_common()
            )
        else:
            yield from (f"{where}, for example: {fault.detail}" for fault in self._unread.values())

    def _print_json(self, rows: IO[str], faults: Faults) -> None:
        means = {name: metric.model_dump(exclude={"missing"}) for name, metric in self._means.metrics().items()}
        head = json.dumps(
            {"basis": self._prior, "scored": self._means.scored, "provisional": self._means.provisional, "mean": means},
            indent=2,
        )
        skipped = [{"line": fault.line, "why": fault.why, "cause": fault.cause} for fault in faults.kept]
        tail = json.dumps({"skipped": skipped, "skipped_by_cause": dict(faults.counts)}, indent=2)
        typer.echo(f'{head[:-2]},\n  "conversations": [', nl=False)
        rows.seek(0)
        while part := rows.read(1 << 20):
            typer.echo(part, nl=False)
        end = "\n  ]" if self.judged else "]"
        typer.echo(f"{end},{tail[1:]}")


def _without(row: tuple[str, ...], place: int) -> tuple[str, ...]:
    return row[:place] + row[place + 1 :]


def _cells(episode: Episode) -> list[str]:
    score = episode.score
    figures = (
        ["-"] * len(METRICS)
        if score is None
        else [f"{getattr(score, name):.{1 if name == 'composite' else 2}f}" for name in METRICS]
    )
    beside = (_supported(episode), _judged_support(episode))
    return [one_line(episode.conversation or "-"), str(episode.turns), *figures, *beside, _why(episode)]


def _supported(episode: Episode) -> str:
    """Return the support, marked where too few replies make it provisional and where a guard caps it."""
    found = episode.support
    if found is None:
        return "-"
    return f"{found.value:.2f}{found.marks}"


def _judged_support(episode: Episode) -> str:
    """Return the support as a model codes it, or the kind of what went wrong."""
    found = episode.support_judged
    if found is None:
        return "-"
    return f"{found.value:.2f}" if found.value is not None else one_line(found.failure.kind if found.failure else "-")


def _why(episode: Episode) -> str:
    """Say why there is no score; where no turn was judged, also why the first was not."""
    unread = _unread(episode)
    first = f": {unread.kind if unread else episode.faults[0].detail}" if episode.faults and not episode.failure else ""
    return one_line(f"{episode.unscored}{first}") if episode.unscored else ""


def _unread(episode: Episode) -> Failure | None:
    """Return the first turn's fault of a conversation in a language that was not read; it is told once for all."""
    return next((fault for fault in episode.faults if fault.kind == NOT_READ), None)


def _row(episode: Episode, scenario: Scenario | None) -> dict[str, object]:
    return {
        "conversation": episode.conversation,
        "scenario": scenario.id if scenario else None,
        "turns": episode.turns,
        "score": episode.score.model_dump() if episode.score else None,
        "support": episode.support.model_dump() if episode.support else None,
        "support_judged": episode.support_judged.model_dump() if episode.support_judged else None,
        "felt": episode.felt,
        "felt_absent": episode.felt_absent,
        "unscored": episode.unscored,
        "faults": [fault.model_dump() for fault in episode.faults],
    }
