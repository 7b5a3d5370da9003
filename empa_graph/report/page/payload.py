"""One episode as it is read: messages with their evidence marked, levels and reasons, the path, tools and notes.

Plain JSON, every text fit to be shown. A message is cut into pieces where evidence begins and ends, so that no reader
has to count characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from pydantic import JsonValue

from empa_graph.models.assessment import Assessment, Item, Vote
from empa_graph.models.behaviour import Code
from empa_graph.models.dialogue import Message
from empa_graph.models.episode import Episode
from empa_graph.models.failure import Failure
from empa_graph.models.latent import LatentState, Step
from empa_graph.models.tool_calls import as_text, left_out, tool_calls
from empa_graph.report.page.rows import way
from empa_graph.report.reasons import TOLD, WORDS, Reason, effect, reasons
from empa_graph.report.text import one_line, visible

LONGEST = 100_000
"""Characters that are shown of one message, and of what a tool was given or gave."""
ASIDE = 4_000
Payload = dict[str, JsonValue]


class Evidence(NamedTuple):
    """A span of a reply and what it stands for."""

    span: str
    label: str
    good: bool


def payload(episode: Episode) -> Payload:
    """Return all that is shown of ``episode`` itself."""
    latent = episode.latent
    turns = sorted({message.turn for message in episode.messages} | {step.turn for step in latent.steps})
    steps = {step.turn: step for step in latent.steps}
    return {
        "dimensions": [_line(name) for name in latent.dimensions],
        "start": [*latent.start],
        "target": [*latent.target],
        "radius": latent.radius,
        "way": [[spot.turn, round(spot.along, 4), round(spot.off, 4)] for spot in way(episode)],
        "path": _path(latent),
        "turns": [_turn(episode, turn, steps.get(turn)) for turn in turns],
        "score": None if episode.score is None else episode.score.model_dump(mode="json"),
        "support": None if episode.support is None else episode.support.model_dump(mode="json"),
        "support_judged": None if (judged := episode.support_judged) is None else judged.value,
        "felt": episode.felt,
        "ending": episode.ending,
        "unscored": None if episode.unscored is None else visible(episode.unscored[:ASIDE]),
        "failure": None if episode.failure is None else _failure(episode.failure),
        "left": [_note(n.author, n.content, n.turn) for n in episode.notes if n.turn not in turns],
    }


def _path(latent: LatentState) -> list[JsonValue]:
    """Return ``[turn, position]`` at the start and after each judged turn."""
    turns = (0, *(step.turn for step in latent.judged))
    return [[turn, [round(x, 4) for x in at]] for turn, at in zip(turns, latent.positions, strict=True)]


def _turn(episode: Episode, turn: int, step: Step | None) -> Payload:
    why = () if step is None else reasons(episode.latent, step)
    marks = list(_evidence(step.assessment, why)) if step is not None and step.assessment else []
    return {
        "turn": turn,
        "messages": [
            _message(message, marks if message.speaker == "empathic" else [])
            for message in episode.messages
            if message.turn == turn
        ],
        "step": None if step is None else _step(step, why, episode.latent),
        "directives": [
            {"author": _line(d.author), "action": d.action, "argument": _line(d.argument), "reason": visible(d.reason)}
            for d in episode.directives
            if d.turn == turn
        ],
        "notes": [_note(note.author, note.content, turn) for note in episode.notes if note.turn == turn],
        "faults": [_failure(fault) for fault in episode.faults if fault.turn == turn],
    }


def _message(message: Message, marks: Sequence[Evidence]) -> Payload:
    kept: Payload = {"who": message.speaker, "pieces": pieces(message.content[:LONGEST], marks)}
    more = len(message.content) - LONGEST
    optional: Mapping[str, JsonValue] = {
        "cut": max(0, more),
        "move": message.move and _line(message.move),
        "line": message.line and _line(message.line),
        "model": message.model and _line(message.model),
        "finish": message.finish_reason and _line(message.finish_reason),
        "tools": [
            {"name": _line(call.name), "given": _aside(call.arguments), "gave": _aside(call.answer)}
            for call in tool_calls(message)
        ],
        "tools_left_out": (why := left_out(message)) and _line(why),
        "voicing": _voicing(message),
    }
    return kept | {name: value for name, value in optional.items() if value}


def _voicing(message: Message) -> JsonValue:
    voicing = message.voicing
    if voicing is None or not (voicing.refused or voicing.unchecked):
        return None
    return {
        "refused": [_line(f"{found.kind}: {found.words}" if found.words else found.kind) for found in voicing.refused],
        "fallback": voicing.fallback,
        "unchecked": voicing.unchecked and _line(voicing.unchecked),
    }


def _step(step: Step, why: Sequence[Reason], latent: LatentState) -> Payload:
    if step.failure is not None:
        return {"failure": _failure(step.failure)}
    if not step.due:
        return {"due": False}
    found: Payload = {"moved": [round(x, 4) for x in step.increment or ()]}
    judged = step.assessment
    if idle := effect(latent, step).idle:
        found["idle"] = [_line(f"{', '.join(levels)} ({cause})") for cause, levels in idle.items()]
    if judged is None:
        return found
    if judged.codes or judged.fit is not None:
        found["reasons"] = [
            {"text": f"{TOLD[r.tone]}: {r.label}", "tone": r.tone, "evidence": visible(r.evidence)} for r in why
        ]
    return found | _judgement(judged.items, judged.codes, judged.handoff) | _beside(judged)


def _beside(judged: Assessment) -> Payload:
    optional: Payload = {
        "fit": judged.fit,
        "repaired": judged.repaired or None,
        "model": judged.model and _line(judged.model),
        "votes": [_vote(vote) for vote in judged.votes],
    }
    return {name: value for name, value in optional.items() if value is not None and value != []}


def _judgement(items: Sequence[Item], codes: Sequence[Code], handoff: str) -> Payload:
    shown: list[JsonValue] = [_code(code) for code in codes]
    return {
        "items": [_item(item) for item in items],
        **({"codes": shown} if shown else {}),
        **({"handoff": visible(handoff)} if handoff else {}),
    }


def _code(code: Code) -> JsonValue:
    shown: Payload = {"behaviour": WORDS[code.behaviour], "strength": round(code.strength, 2)}
    return shown | ({"evidence": visible(code.evidence)} if code.evidence else {})


def _item(item: Item) -> JsonValue:
    """Return a dimension's levels; what is empty is left out."""
    kept: Payload = {
        "progress": item.progress,
        "regress": item.regress,
        "progress_share": item.progress_share and round(item.progress_share, 3),
        "regress_share": item.regress_share and round(item.regress_share, 3),
        "progress_evidence": visible(item.progress_evidence),
        "regress_evidence": visible(item.regress_evidence),
        "progress_serves": visible(item.progress_serves),
        "regress_serves": visible(item.regress_serves),
    }
    shown: Payload = {"dimension": _line(item.dimension)}
    return shown | {name: value for name, value in kept.items() if value}


def _vote(vote: Vote) -> JsonValue:
    said: Payload = {"judge": _line(vote.judge)}
    if vote.failure is not None:
        return said | {"failure": _failure(vote.failure)}
    return said | _judgement(vote.items, vote.codes, vote.handoff)


def _failure(failure: Failure) -> Payload:
    return {
        "turn": failure.turn,
        "blame": failure.blame,
        "kind": _line(failure.kind),
        "detail": visible(failure.detail[:ASIDE]),
        "seat": failure.seat and _line(failure.seat),
    }


def _note(author: str, content: str, turn: int) -> Payload:
    return {"author": _line(author), "content": visible(content[:ASIDE]), "turn": turn}


def _aside(value: JsonValue) -> JsonValue:
    return None if value is None else visible(as_text(value)[:ASIDE])


def _line(text: str) -> str:
    return one_line(text)[:500]


def _evidence(judged: Assessment, why: Sequence[Reason]) -> Iterator[Evidence]:
    """Yield the spans of what helped and what let down, and of a hand-off; what counted for nothing marks nothing."""
    for reason in why:
        if reason.evidence and reason.tone != "idle":
            yield Evidence(reason.evidence, _line(reason.label), reason.tone == "good")
    if judged.handoff:
        yield Evidence(judged.handoff, "hand-off", True)


def pieces(text: str, marks: Sequence[Evidence]) -> list[JsonValue]:
    """Return ``text`` in pieces, each ``[text]`` or ``[text, labels, tone]`` where evidence covers it.

    The tone is ``good``, ``bad`` or ``mixed``. A span that does not stand in the text marks nothing.
    """
    found = [
        (start, start + len(mark.span), mark) for mark in marks if mark.span and (start := text.find(mark.span)) >= 0
    ]
    edges = sorted({0, len(text), *(start for start, _, _ in found), *(end for _, end, _ in found)})
    cut: list[JsonValue] = []
    for start, end in pairwise(edges):
        over = [mark for first, last, mark in found if first <= start and end <= last]
        piece: list[JsonValue] = [visible(text[start:end])]
        if over:
            tones = {mark.good for mark in over}
            piece += [[mark.label for mark in over], "mixed" if len(tones) > 1 else "good" if tones.pop() else "bad"]
        cut.append(piece)
    return cut
