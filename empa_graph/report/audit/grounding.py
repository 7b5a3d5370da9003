"""What the judgement stands on: every dimension and behaviour that is judged, with where it comes from."""

from __future__ import annotations

from collections.abc import Iterator

from empa_graph.content.coded import coding_agreement
from empa_graph.content.library import coding_scale, content_hashes, load_rubric
from empa_graph.models.rubric import Rubric
from empa_graph.report.audit.blocks import shown
from empa_graph.report.audit.knowledge import references
from empa_graph.report.audit.records import Coding, Grounded, Grounding
from empa_graph.report.audit.validity import validity


def grounding(name: str, digest: str, rubric: Rubric | None) -> Grounding:
    """Return what the rubric called ``name`` judges.

    ``rubric`` is the bundled one as the run would have it, None where none is bundled. ``digest`` is the SHA-256 of the
    one that was used, by the manifest; empty for a file of conversations.
    """
    if rubric is None or (digest and digest != _digest(rubric)):
        return _unread(name, digest)
    return Grounding(
        rubric=rubric.id,
        title=rubric.title,
        source=rubric.source,
        digest=digest,
        same=True,
        measured=_digest(load_rubric(rubric.id)).startswith(validity().digest),
        items=(*_dimensions(rubric), *(_behaviours() if rubric.reading else ())),
    )


def _digest(rubric: Rubric) -> str:
    return content_hashes((), rubric)[f"rubric:{rubric.id}"]


def codings() -> tuple[Coding, ...]:
    """Return how far two codings of the corpus agree, by behaviour."""
    return tuple(
        Coding(behaviour=one.behaviour, replies=one.n, shown=one.shown, kappa=one.kappa) for one in coding_agreement()
    )


def _unread(name: str, digest: str) -> Grounding:
    return Grounding(
        rubric=shown(name),
        title=shown(name),
        source="Not one of the bundled rubrics, or another version of one; ask its author for its sources.",
        digest=shown(digest),
        same=False,
        measured=False,
        items=(),
    )


def _dimensions(rubric: Rubric) -> Iterator[Grounded]:
    for dimension in rubric.space.dimensions:
        anchors = sorted(dimension.anchors.items(), key=lambda anchor: float(anchor[0]))
        yield Grounded(
            id=dimension.id,
            kind="dimension",
            title=dimension.id,
            what=" ".join(f"{float(at):{'+' if float(at) else ''}g}: {text}" for at, text in anchors),
            reference=references().get(f"{rubric.id}.{dimension.id}"),
        )


def _behaviours() -> Iterator[Grounded]:
    for behaviour in coding_scale().behaviours:
        yield Grounded(
            id=behaviour.id,
            kind="behaviour",
            title=behaviour.title,
            what=behaviour.what,
            reference=references().get(behaviour.id),
        )
