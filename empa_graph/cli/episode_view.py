"""One episode as a dialogue with its trajectory."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import get_args

from rich.text import Text

from empa_graph.cli.display import console, literal, marks, spark
from empa_graph.cli.plain import RAIL, one_line, railed
from empa_graph.models.dialogue import Message, Voicing
from empa_graph.models.episode import Closing, Episode
from empa_graph.models.latent import LatentState, Step
from empa_graph.models.simulator import simulator
from empa_graph.models.support import NO_FELT
from empa_graph.models.tool_calls import Called, as_text, left_out, tool_calls
from empa_graph.report.path import path_by_turn
from empa_graph.report.reasons import TOLD, effect, reasons
from empa_graph.report.sparkline import GAPS
from empa_graph.report.text import excerpt, many

LONGEST_ASIDE = 500
"""Characters that are shown of the arguments of a tool, and as many of its answer; JSON holds all."""


def print_episode(episode: Episode, *, verbose: bool = False) -> None:
    """Print who said what, and where each turn moved the person; ``verbose`` adds the traceback of a crash."""
    about = f"  {one_line(f'{episode.agent} ({episode.variant})')}"
    console.print(Text.assemble(literal(one_line(episode.scenario), "bold"), literal(about)))
    asides = _asides(episode)
    _print_turns(episode, asides)
    for left in asides.values():
        _print_asides(left)
    for line in (*_way(episode), _closing(episode)):
        console.print(literal(line))
    for line in _beside(episode):
        console.print(literal(one_line(line)))
    if verbose and episode.failure is not None and episode.failure.trace is not None:
        console.print(Text(f"  {railed(_wrapped(literal(episode.failure.trace), len(RAIL)))}"))


def _print_turns(episode: Episode, asides: dict[int, list[str]]) -> None:
    """Print the messages; behind the last of a turn why it moved the person, where they are, and its ``asides``."""
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
            for line in _judgement(episode.latent, step):
                console.print(Text(f"    {railed(_wrapped(literal(one_line(line)), 6), rail=' ' * 6)}", "dim"))
            console.print(literal(_position(episode.latent.dimensions, position), "dim"))
        if last:
            _print_asides(asides.pop(message.turn, []))


def _way(episode: Episode) -> Iterator[str]:
    """Yield progress and distance by turn as sparklines, with their ends and what full height stands for."""
    path, start = path_by_turn(episode.latent), math.dist(episode.latent.start, episode.latent.target)
    if not any(value is not None for value in path.progress):
        return
    last, left = ([value for value in row if value is not None][-1] for row in path)
    top = max(start, *(value for value in path.distance if value is not None))
    gap = f"; {GAPS[marks()]} was not judged" if None in path.progress else ""
    yield f"\nprogress by turn  {spark(path.progress)}  0.00 to {last:.2f}, full height 1 is the target{gap}"
    yield (
        f"distance by turn  {spark(path.distance, top=top)}  {start:.2f} to {left:.2f}, full height {top:.2f}; "
        f"within {episode.latent.radius:.2f} counts as there"
    )


def _asides(episode: Episode) -> dict[int, list[str]]:
    """Return by turn, each in one line, the tools that the agent called, what a director did and what was noted."""
    found: dict[int, list[str]] = {}
    for message in episode.messages:
        found.setdefault(message.turn, []).extend(map(_called, tool_calls(message)))
        if message.voicing is not None and message.voicing.refused:
            found[message.turn].append(_voiced(message.voicing))
        if why := left_out(message):
            found[message.turn].append(f"tools left out: {why}")
    for directive in episode.directives:
        done = f"{directive.action} {directive.argument}".strip()
        found.setdefault(directive.turn, []).append(f"{directive.author}: {done} ({directive.reason})")
    for note in episode.notes:
        found.setdefault(note.turn, []).append(f"{note.author} notes: {note.content}")
    return found


def _called(call: Called) -> str:
    answer = "no answer" if call.answer is None else as_text(call.answer)
    return f"tool {call.name}({_cut(as_text(call.arguments))}): {_cut(answer)}"


def _voiced(voicing: Voicing) -> str:
    faults = ", ".join(f"{fault.kind} ({fault.words})" if fault.words else fault.kind for fault in voicing.refused)
    spoken = "spoken as the card has it" if voicing.fallback else "worded anew"
    return f"voice: {spoken} after {faults}"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_ASIDE else f"{text[:LONGEST_ASIDE]}..."


def _print_asides(lines: Sequence[str]) -> None:
    for line in lines:
        console.print(Text(f"    {railed(_wrapped(literal(one_line(line)), len(RAIL)))}", "magenta"))


def _said(message: Message) -> Text:
    """Return a message behind its speaker; every further line of it, wrapped or its own, stands behind a rail."""
    who, style = message.speaker, "cyan" if message.speaker == "persona" else "green"
    aside = f" ({message.move})" if message.move else ""
    head = literal(f"\n{message.turn:>3} {who}{aside}", style)
    said = literal(message.content or "(nothing)")
    return Text.assemble(head, "  ", railed(_wrapped(said, max(len(head) + 1, len(RAIL)))))


def _wrapped(text: Text, indent: int) -> list[str]:
    room = max(20, console.width - indent)
    return [line.plain.rstrip() for line in text.wrap(console, room, overflow="fold", tab_size=4)]


def _position(dimensions: Sequence[str], position: Sequence[float]) -> str:
    return "    " + "  ".join(f"{name} {x:+.2f}" for name, x in zip(dimensions, position, strict=True))


def _judgement(latent: LatentState, step: Step) -> Iterator[str]:
    """Yield why a reply moved the person, and how far each dimension moved, or why it did not."""
    if not step.due:
        yield "not judged at this turn"
    elif step.failure is not None:
        yield f"no judgement: {step.failure.detail}"
    else:
        found = reasons(latent, step)
        for reason in found:
            quote = f" ({excerpt(reason.evidence)!r})" if reason.evidence else ""
            if reason.tone != "idle":
                yield f"{TOLD[reason.tone]}: {reason.label}{quote}"
        if idle := [reason.label for reason in found if reason.tone == "idle"]:
            yield f"{TOLD['idle']}: {', '.join(idle)}"
        did = effect(latent, step)
        moved = ", ".join(f"{name} {x:+.2f}" for name, x in did.moved)
        yield f"moved: {moved}" if moved else "no movement"
        for why, levels in did.idle.items():
            yield f"no effect: {', '.join(levels)} ({why})"


def _beside(episode: Episode) -> Iterator[str]:
    """Yield support with its guards, and what the person would say they felt, or why that is not told."""
    found = episode.support
    if found is None:
        yield "support: none, since no reply could be coded"
    else:
        bounds = "" if found.low is None or found.high is None else f" [{found.low:.2f}, {found.high:.2f}]"
        few = f"; provisional, {many(found.replies, 'reply', 'replies')}" if found.provisional else ""
        yield f"support {found.value:.2f}{bounds} (mean human supporter: 0.5){few}"
        yield f"guards: {', '.join(found.capped_by) + ' (support is capped)' if found.capped_by else 'none passed'}"
    if episode.support_judged is not None and episode.support_judged.value is not None:
        yield f"support by a model {episode.support_judged.value:.2f}"
    if episode.felt is not None:
        yield f"felt {episode.felt:.2f} (0 to 1, foretold)"
    else:
        yield f"felt: not foretold{'' if episode.felt_absent is None else f', {NO_FELT[episode.felt_absent]}'}"


def _closing(episode: Episode) -> str:
    if episode.score is None:
        return f"\n{episode.ending}; no score: {one_line(episode.unscored or '')}"
    score = episode.score
    published = score.epmq.get("published")
    epmq = f"; EPM-Q {published.composite:.1f} (published)" if published else ""
    found = simulator([episode])
    fallen = f"; the simulator failed in {found.failure_share:.0%} of its messages" if found.failed else ""
    left, state = episode.ending in get_args(Closing), episode.persona_state
    trust = f" (trust {state.trust:.2f})" if left and state is not None else ""
    return (
        f"\n{episode.ending} after {many(episode.turns, 'turn')}{trust}; "
        f"composite {score.composite:.1f} ({score.profile}): "
        f"alignment {score.alignment_index:.2f}, impact {score.impact_index:.2f}, stability "
        f"{score.stability_index:.2f}; coverage {score.coverage:.0%}{epmq}{fallen}"
    )
