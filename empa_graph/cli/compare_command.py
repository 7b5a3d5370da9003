"""``empa compare``: by what share each variant or run moved alignment, impact and stability against the first."""

from __future__ import annotations

import json
from collections.abc import Sequence

import typer

from empa_graph.cli.display import console, literal
from empa_graph.cli.listing import listed
from empa_graph.cli.plain import one_line, shortened
from empa_graph.cli.sides import Side, side_names, sides_of
from empa_graph.errors import UsageError
from empa_graph.report.headline import Contestant, Headline, Share, headlines, planned
from empa_graph.report.lines import BESIDE, COLUMNS, VOID, contrast_line, script_lines

_FIGURES = {**COLUMNS, "progress": BESIDE["progress"]}
_HEADINGS = ("figure", "from", "to", "change", "95% interval")
_CAPTION = "change in shares of the first's mean; intervals pair scenarios: Fieller's t below 15, else bootstrap"


def compare_runs(typed: Sequence[str], variants: Sequence[str], *, store: str | None, as_json: bool) -> None:
    """Print each side behind the first in shares of the first. Raises UsageError (not comparable), ContentError."""
    sides = sides_of(typed, variants, store)
    if len(sides) < 2:
        raise UsageError(f"{typed[0]}: one variant alone ('{sides[0].variant}'); name another run to compare it with")
    contestants = [
        Contestant(name, planned(side.run.run.plan, side.variant), side.episodes, side.script.scripted)
        for name, side in zip(side_names(sides), sides, strict=True)
    ]
    found = headlines(contestants, seed=sides[0].run.run.config.suite.seed)
    if as_json:
        typer.echo(json.dumps(_as_json(contestants, sides, found), indent=2))
        return
    for contestant, side in zip(contestants, sides, strict=True):
        console.print(literal(_standing(contestant, side)))
        for line in script_lines(side.script):
            console.print(literal(f"  {line}", "yellow"))
    for headline in found:
        console.print()
        _print(headline)
    console.print(literal(_CAPTION, "italic"))


def _standing(contestant: Contestant, side: Side) -> str:
    facts = (
        f"{contestant.name}: {side.path}, agent {shortened(side.run.run.config.agent.spec)}, variant {side.variant}, "
        f"{len(contestant.scores)} of {len(contestant.plan)} scored"
    )
    return one_line(facts)


def _print(found: Headline) -> None:
    title = f"{shortened(found.name)} against {shortened(found.baseline)}, {_paired(found)}"
    rows = [_row(_FIGURES[name], share) for name, share in found.shares.items()]
    console.print(literal(title, "bold"))
    for part in listed(_HEADINGS, rows, width=console.width, numbers=_HEADINGS[1:]) if rows else ():
        console.print(part)
    told = (f"{_FIGURES[name]}: {share.reason}" for name, share in found.shares.items() if share.reason)
    void = [f"composite: {VOID}, since a side is scripted"] if rows and "composite" not in found.shares else []
    contrast = [contrast_line(found.contrast)] if found.contrast else []
    for line in (*told, *void, *contrast):
        console.print(literal(one_line(line)))


def _paired(found: Headline) -> str:
    facts = [f"paired over {found.scenarios} scenarios" if found.pairs else "no scenario has a score on both sides"]
    facts += [f"{found.pairs} pairs"] if found.pairs != found.scenarios else []
    facts += [f"{found.left_out} left out without a score"] if found.left_out else []
    facts += [f"{found.alone} scenarios played by one alone"] if found.alone else []
    return ", ".join(facts)


def _row(heading: str, share: Share) -> list[str]:
    digits = 1 if heading == COLUMNS["composite"] else 2
    means = [f"{value:.{digits}f}" for value in (share.before, share.after)]
    change = "-" if share.change is None else f"{share.change:+.1%}"
    bounds = "-" if share.low is None or share.high is None else f"[{share.low:+.1%}, {share.high:+.1%}]"
    return [heading, *means, change, bounds]


def _as_json(contestants: Sequence[Contestant], sides: Sequence[Side], found: Sequence[Headline]) -> dict[str, object]:
    told = [
        {
            "name": contestant.name,
            "run": str(side.path),
            "agent": side.run.run.config.agent.spec,
            "variant": side.variant,
            "planned": len(contestant.plan),
            "scored": len(contestant.scores),
            "script": side.script.model_dump(mode="json"),
        }
        for contestant, side in zip(contestants, sides, strict=True)
    ]
    return {"sides": told, "against_first": [headline.model_dump(mode="json") for headline in found]}
