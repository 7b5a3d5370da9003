"""One episode as a dialogue with its trajectory."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from empa_graph.cli.plain import RAIL, one_line, railed
from empa_graph.cli.tables import console, literal
from empa_graph.models.dialogue import Message
from empa_graph.models.episode import Episode
from empa_graph.models.latent import Step


def print_episode(episode: Episode, *, verbose: bool = False) -> None:
    """Print who said what, and where each turn moved the person; ``verbose`` adds the traceback of a crash."""
    about = f"  {one_line(f'{episode.agent} ({episode.variant})')}"
    console.print(Text.assemble(literal(one_line(episode.scenario), "bold"), literal(about)))
    steps = {step.turn: step for step in episode.latent.steps}
    position = episode.latent.start
    console.print(literal(_position(episode.latent.dimensions, position), "dim"))
    for index, message in enumerate(episode.messages):
        console.print(_said(message))
        last = index + 1 == len(episode.messages) or episode.messages[index + 1].turn != message.turn
        step = steps.get(message.turn)
        if last and step is not None:
            if step.increment is not None:
                position = tuple(a + b for a, b in zip(position, step.increment, strict=True))
            console.print(Text(f"    {railed(_wrapped(literal(_judgement(step)), 6), rail=' ' * 6)}", "dim"))
            console.print(literal(_position(episode.latent.dimensions, position), "dim"))
    console.print(literal(_closing(episode)))
    if verbose and episode.failure is not None and episode.failure.trace is not None:
        console.print(Text(f"  {railed(_wrapped(literal(episode.failure.trace), len(RAIL)))}"))


def _said(message: Message) -> Text:
    """Return a message behind its speaker; every further line of it, wrapped or its own, stands behind a rail."""
    who, style = ("person", "cyan") if message.speaker == "person" else ("agent", "green")
    aside = f" ({message.move})" if message.move else ""
    head = literal(f"\n{message.turn:>3} {who}{aside}", style)
    said = literal(message.content or "(nothing)")
    return Text.assemble(head, "  ", railed(_wrapped(said, max(len(head) + 1, len(RAIL)))))


def _wrapped(text: Text, indent: int) -> list[str]:
    room = max(20, console.width - indent)
    return [line.plain.rstrip() for line in text.wrap(console, room, overflow="fold", tab_size=4)]


def _position(dimensions: Sequence[str], position: Sequence[float]) -> str:
    return "    " + "  ".join(f"{name} {x:+.2f}" for name, x in zip(dimensions, position, strict=True))


def _judgement(step: Step) -> str:
    if not step.due:
        return "not judged at this turn"
    if step.failure is not None:
        return f"no judgement: {one_line(step.failure.detail)}"
    items = step.assessment.items if step.assessment else ()
    parts = [
        f"{item.dimension} {sign}{level} ({evidence[:60]!r})"
        for item in items
        for sign, level, evidence in (
            ("+", item.progress, item.progress_evidence),
            ("-", item.regress, item.regress_evidence),
        )
        if level
    ]
    return "; ".join(parts) or "no movement"


def _closing(episode: Episode) -> str:
    if episode.score is None:
        return f"\n{episode.ending}; no score: {one_line(episode.unscored or '')}"
    score = episode.score
    published = score.epmq.get("published")
    epmq = f"; EPM-Q {published.composite:.1f} (published)" if published else ""
    return (
        f"\n{episode.ending} after {episode.turns} turns; composite {score.composite:.1f} ({score.profile}): "
        f"alignment {score.alignment_index:.2f}, impact {score.impact_index:.2f}, stability "
        f"{score.stability_index:.2f}; coverage {score.coverage:.0%}{epmq}"
    )
