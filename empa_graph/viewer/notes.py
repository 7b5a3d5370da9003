"""Notes and ratings: what is asked and what is kept; a rating has to stand on one of the viewer's scales."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from empa_graph.errors import NotFoundError, UsageError
from empa_graph.models.episode import Episode
from empa_graph.report.text import one_line, visible
from empa_graph.store.annotations import NOTE, Annotation, Annotations
from empa_graph.store.ledger import Store
from empa_graph.study.correlate.rated_run import rated_run
from empa_graph.viewer.answers import answer, key_of, parts_of, taken
from empa_graph.viewer.asked import Nothing, OfEpisode, Said, asked
from empa_graph.viewer.scales import Scale

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


def said_of(request: Request) -> Response:
    """Answer with what people said of an episode, or of all, with the history."""
    return answer(_annotations(request, asked(OfEpisode, request.query_params).episode))


def _annotations(request: Request, episode: int | None) -> dict[str, object]:
    parts = parts_of(request)
    with closing(parts.recent.catalogue.annotations(key_of(request))) as kept:
        return {
            "standing": [_annotation(said) for said in kept.standing(episode)],
            "history": [_annotation(said) for said in kept.history(episode)],
            "scales": [{**scale._asdict(), "label": scale.label} for scale in parts.scales],
        }


def _annotation(said: Annotation) -> dict[str, object]:
    return {**said.model_dump(mode="json"), "annotator": one_line(said.annotator), "text": visible(said.text)}


async def annotate(request: Request) -> Response:
    """Keep a note or a rating; it is durable when the answer comes."""
    return await taken(request, Said, "a note or rating", lambda said: _kept(request, said.annotation()))


def _kept(request: Request, said: Annotation) -> Response:
    parts, key = parts_of(request), key_of(request)
    _refuse_unfit(said, parts.recent.catalogue.store(key).episode(said.episode), parts.scales)
    with closing(parts.recent.catalogue.annotations(key)) as kept:
        kept.add(said)
    return answer(_annotation(said), 201)


def _refuse_unfit(said: Annotation, episode: Episode, scales: Sequence[Scale]) -> None:
    """Raise UsageError for a turn that the episode has not, a rating without a scale or beyond it."""
    turns = {message.turn for message in episode.messages}
    if said.turn is not None and said.turn not in turns:
        raise UsageError(f"turn: {said.turn}, the episode has 1 to {max(turns, default=0)}")
    if said.name == NOTE:
        return
    scale = next((scale for scale in scales if scale.name == said.name), None)
    if scale is None:
        raise NotFoundError("rating", said.name, [scale.name for scale in scales])
    if said.rating is not None and said.rating not in scale.levels:
        raise UsageError(f"rating: {said.rating:g}, allowed are whole numbers from {scale.low} to {scale.high}")


def ratings(request: Request) -> Response:
    """Answer with the ratings of a run as the lines that ``empa correlate`` reads."""
    from starlette.responses import StreamingResponse

    asked(Nothing, request.query_params)
    catalogue, key = parts_of(request).recent.catalogue, key_of(request)
    lines = _lines(catalogue.store(key), catalogue.annotations(key))
    name = f"ratings-{key}.jsonl"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(lines, media_type="application/x-ndjson", headers=headers)


def _lines(store: Store, said: Annotations) -> Iterator[str]:
    with closing(said):
        yield from (f"{line}\n" for line in rated_run(store, said))
