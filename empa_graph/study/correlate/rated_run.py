"""The ratings that people gave in the viewer, as lines that `empa correlate` reads."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence

from empa_graph.models.dialogue import Message
from empa_graph.store.annotations import NOTE, Annotation, Annotations
from empa_graph.store.ledger import Store


def rated_run(store: Store, annotations: Annotations) -> Iterator[str]:
    """Yield a line for each turn, and each whole conversation, that has ratings: by episode, turns before the whole.

    Raters keep one order throughout, with null where one gave none. What was rated in an episode that is not there,
    or at a turn without a reply, is left out. The persons played are the groups.
    """
    ratings = [said for said in annotations.standing() if said.name != NOTE and said.rating is not None]
    raters = sorted({said.annotator for said in ratings})
    by_episode: defaultdict[int, list[Annotation]] = defaultdict(list)
    for said in ratings:
        by_episode[said.episode].append(said)
    ended = store.ended()
    for number in sorted(by_episode.keys() & ended):
        episode = store.episode(number)
        whole = {"group": episode.scenario.partition("/")[0] or "-", "id": f"{store.run.id}/{number}"}
        yield from _lines(whole, episode.messages, by_episode[number], raters)


def raters_of(annotations: Annotations, name: str) -> tuple[str, ...]:
    """Return the names of those whose rating ``name`` stands, in the order of their columns."""
    given = (said for said in annotations.standing() if said.name == name and said.rating is not None)
    return tuple(sorted({said.annotator for said in given}))


def _lines(
    whole: dict[str, str], messages: Sequence[Message], ratings: Sequence[Annotation], raters: Sequence[str]
) -> Iterator[str]:
    said = [{"role": "user" if m.speaker == "persona" else "assistant", "content": m.content} for m in messages]
    places = {message.turn: place for place, message in enumerate(messages) if message.speaker == "empathic"}
    for turn in sorted({rating.turn for rating in ratings}, key=lambda turn: (turn is None, turn or 0)):
        if turn is not None and turn not in places:
            continue
        given = [rating for rating in ratings if rating.turn == turn]
        named = {name: _by_rater(name, given, raters) for name in dict.fromkeys(rating.name for rating in given)}
        place = {} if turn is None else {"turn": places[turn]}
        yield json.dumps({**whole, "messages": said, **place, "ratings": named}, ensure_ascii=False)


def _by_rater(name: str, given: Sequence[Annotation], raters: Sequence[str]) -> list[float | None]:
    found = {rating.annotator: rating.rating for rating in given if rating.name == name}
    return [found.get(rater) for rater in raters]
