"""The turns that moved people most: where to read first."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from empa_graph.models.dialogue import Speaker
from empa_graph.models.episode import Episode
from empa_graph.report.page.records import Moment
from empa_graph.report.page.rows import Played, way
from empa_graph.report.reasons import reasons
from empa_graph.report.text import one_line, visible

SHOWN = 10
EXCERPT = 280
"""Characters of a message."""


def moments(played: Sequence[Played]) -> tuple[Moment, ...]:
    """Return the turns of the largest change towards the target and away from it, half of each where there are.

    Each of another episode, the largest first, and none twice that several episodes have with the same reply; a turn
    that did not move the person is none.
    """
    changes = [
        (after.along - before.along, after.turn, one)
        for one in played
        for before, after in pairwise(way(one.episode))
        if after.along != before.along
    ]
    forward = _first_of_each(sorted((c for c in changes if c[0] > 0), key=lambda c: -c[0]))
    back = _first_of_each(sorted((c for c in changes if c[0] < 0), key=lambda c: c[0]))
    half = SHOWN // 2
    kept = [*back[: max(half, SHOWN - len(forward))], *forward[: max(half, SHOWN - len(back))]]
    return tuple(_moment(*found) for found in sorted(kept, key=lambda c: -abs(c[0]))[:SHOWN])


def _first_of_each(changes: Sequence[tuple[float, int, Played]]) -> list[tuple[float, int, Played]]:
    found: dict[int, tuple[float, int, Played]] = {}
    told = set[tuple[str, int, str]]()
    for change in changes:
        _, turn, one = change
        same = (one.episode.scenario, turn, _said(one.episode, turn, "empathic"))
        if one.id not in found and same not in told:
            found[one.id] = change
            told.add(same)
    return list(found.values())


def _moment(change: float, turn: int, one: Played) -> Moment:
    episode = one.episode
    return Moment(
        episode=one.id,
        turn=turn,
        change=change,
        before=_said(episode, turn, "persona"),
        reply=_said(episode, turn, "empathic"),
        reasons=tuple(
            one_line(reason.label)
            for reason in reasons(episode.latent, episode.latent.steps[turn - 1])
            if reason.tone != "idle"
        ),
        after=_said(episode, turn + 1, "persona"),
    )


def _said(episode: Episode, turn: int, speaker: Speaker) -> str:
    said = " ".join(
        message.content for message in episode.messages if (message.turn, message.speaker) == (turn, speaker)
    )
    text = visible(said[: EXCERPT + 1]).strip()
    return f"{text[:EXCERPT].rstrip()}..." if len(said) > EXCERPT else text
