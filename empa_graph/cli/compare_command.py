"""``empa compare``: by how much, and by what share, each variant or run differs from the first."""

from __future__ import annotations

import json
from collections.abc import Sequence

import typer

from empa_graph.cli.display import console, literal
from empa_graph.cli.listing import listed
from empa_graph.cli.plain import one_line, shortened
from empa_graph.cli.sides import Side, side_names, sides_of
from empa_graph.errors import UsageError
from empa_graph.models.guard import FEWEST_REPLIES
from empa_graph.models.script_finding import VOIDED
from empa_graph.report.contrast import Contrast
from empa_graph.report.headline import SHARES, Contestant, Headline, Share, headlines, planned
from empa_graph.report.lines import BESIDE, COLUMNS, VOID, contrast_line, script_lines
from empa_graph.report.text import many

_FIGURES = {**COLUMNS, "progress": BESIDE["progress"], "support": BESIDE["support"]}
_HEADINGS = ("figure", "from", "to", "difference [95%]", "in shares [95%]")
_CAPTION = "shares of the first's mean; intervals pair scenarios: t (of shares Fieller's) below 15, else bootstrap"


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
        f"{contestant.name}: {side.place}, agent {shortened(side.run.run.config.agent.spec)}, variant {side.variant}, "
        f"{len(contestant.scores)} of {len(contestant.plan)} scored"
    )
    return one_line(facts)


def _print(found: Headline) -> None:
    title = f"{shortened(found.name)} against {shortened(found.baseline)}, {_paired(found)}"
    rows = [_row(_FIGURES[name], share) for name, share in found.shares.items()]
    console.print(literal(title, "bold"))
    for part in listed(_HEADINGS, rows, width=console.width, numbers=_HEADINGS[1:]) if rows else ():
        console.print(part)
    reasons = dict.fromkeys(share.reason for share in found.shares.values() if share.reason)
    told = (f"{_named(found, reason)}: {reason}" for reason in reasons)
    lacking = [name for name in SHARES if name in VOIDED and found.shares and name not in found.shares]
    void = [_absent(name, scripted="composite" in lacking) for name in lacking]
    few = [_few(name, share.pairs, found.pairs) for name, share in found.shares.items() if share.pairs < found.pairs]
    contrast = [contrast_line(found.contrast)] if found.contrast else []
    for line in (*told, *few, *void, *contrast):
        console.print(literal(one_line(line)))
    if found.contrast:
        console.print(literal(one_line(_verdict(found.contrast)), "bold"))


def _verdict(found: Contrast) -> str:
    """Say which side is ahead by its composite, if any."""
    pair = f"{found.variant} and {found.baseline}"
    if found.low is None:
        return f"{pair}: without an interval nothing tells them apart"
    if found.standing is None:
        return f"{pair} are not told apart by their composite"
    return f"{found.variant} is {found.standing} {found.baseline} by its composite"


def _paired(found: Headline) -> str:
    facts = [
        f"paired over {many(found.scenarios, 'scenario')}" if found.pairs else "no scenario has a score on both sides"
    ]
    facts += [many(found.pairs, "pair")] if found.pairs != found.scenarios else []
    facts += [f"{found.left_out} left out without a score"] if found.left_out else []
    facts += [f"{many(found.alone, 'scenario')} played by one alone"] if found.alone else []
    return ", ".join(facts)


def _named(found: Headline, reason: str) -> str:
    return ", ".join(_FIGURES[name] for name, share in found.shares.items() if share.reason == reason)


def _few(name: str, held: int, pairs: int) -> str:
    few = f"in the others a side has fewer than {FEWEST_REPLIES} replies"
    return f"{_FIGURES[name]}: over {held} of {many(pairs, 'pair')}; {few}"


def _absent(name: str, *, scripted: bool) -> str:
    why = (
        f"{VOID}, since a side is scripted"
        if scripted
        else f"no pair has a value of {FEWEST_REPLIES} replies or more on both sides"
    )
    return f"{_FIGURES[name]}: {why}"


def _row(heading: str, share: Share) -> list[str]:
    digits = 1 if heading == COLUMNS["composite"] else 2
    means = [f"{value:.{digits}f}" for value in (share.before, share.after)]
    by = f"{share.difference:+.{digits}f}"
    if share.difference_low is not None and share.difference_high is not None:
        by += f" [{share.difference_low:+.{digits}f}, {share.difference_high:+.{digits}f}]"
    change = "-" if share.change is None else f"{share.change:+.1%}"
    if share.low is not None and share.high is not None:
        change += f" [{share.low:+.1%}, {share.high:+.1%}]"
    return [heading, *means, by, change]


def _as_json(contestants: Sequence[Contestant], sides: Sequence[Side], found: Sequence[Headline]) -> dict[str, object]:
    told = [
        {
            "name": contestant.name,
            "run": str(side.place),
            "agent": side.run.run.config.agent.spec,
            "variant": side.variant,
            "planned": len(contestant.plan),
            "scored": len(contestant.scores),
            "script": side.script.model_dump(mode="json"),
        }
        for contestant, side in zip(contestants, sides, strict=True)
    ]
    return {"sides": told, "against_first": [headline.model_dump(mode="json") for headline in found]}
