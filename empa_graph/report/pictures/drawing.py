"""Every kind of picture by name, and a picture as a file (needs the ``report`` extra)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from empa_graph.errors import MissingExtraError, NotFoundError
from empa_graph.report.page.records import Page
from empa_graph.report.pictures import causes, kinds, metrics, paths, positions, standing
from empa_graph.report.pictures.palette import LONGEST, Mode, Spec, config
from empa_graph.report.pictures.parts import LEGEND, in_lines

if TYPE_CHECKING:
    from types import ModuleType

KINDS: Mapping[str, Callable[[Page], Spec | None]] = MappingProxyType(
    {
        "leaderboard": standing.leaderboard,
        "distributions": standing.distributions,
        "epmq": standing.epmq,
        "heatmap": standing.heatmap,
        "axes": standing.axes,
        "persona": partial(kinds.profile, facet="persona"),
        "context": partial(kinds.profile, facet="context"),
        "need": partial(kinds.profile, facet="need"),
        "threshold": partial(kinds.profile, facet="threshold"),
        "paired": kinds.paired,
        "progress": paths.progress,
        "course": paths.course,
        "trajectories": paths.trajectories,
        "episode": positions.episode,
        "cost": causes.cost,
        "failures": causes.failures,
    }
)
"""The pictures of a page by the name that is typed; each returns None where there is nothing to draw."""
BY_METRIC = frozenset({"leaderboard", "heatmap", "persona", "context", "need", "threshold", "paired"})
"""Those that are drawn of any ``metric`` of the page."""
_WIDTH = 640
"""Pixels of a file's picture that fills whatever it is given."""
_BESIDE = 220
"""Of these, what names beside it may take."""
FORMATS = ("svg", "png")
_LICENCES = Path(__file__).parents[1] / "static" / "vega-licences.txt"


def spec_of(kind: str, page: Page, **options: str | int) -> Spec | None:
    """Return the specification of a ``kind``; None where there is nothing to draw. Raises NotFoundError."""
    if kind not in KINDS:
        raise NotFoundError("kind of picture", kind, KINDS)
    drawn = cast("Callable[..., Spec | None]", KINDS[kind])
    return drawn(page, **options)


def drawn(spec: Spec, form: str, *, mode: Mode = "light", scale: float = 2.0) -> bytes:
    """Return a picture as ``svg`` or ``png`` (``scale`` pixels a point). Raises MissingExtraError, NotFoundError."""
    if form not in FORMATS:
        raise NotFoundError("format of a picture", form, FORMATS)
    renderer = _renderer()
    whole = {**spec, "width": _WIDTH + beyond(spec)} if spec.get("width") == "container" else spec
    themed = config(mode, font=metrics.FONT, legend_columns=_legend_columns(spec))
    if form == "svg":
        text: str = renderer.vegalite_to_svg(whole, config=themed, allowed_base_urls=[])
        return text.encode()
    image: bytes = renderer.vegalite_to_png(whole, config=themed, scale=scale, allowed_base_urls=[])
    return image


def _legend_columns(spec: Spec) -> int | None:
    """Return in how many columns the names of the entrants fit above a file's picture; None for all in a row."""
    data = cast("dict[str, list[Spec]]", spec["data"])
    names = {str(row["entrant"]) for row in data["values"] if "entrant" in row}
    widest = max((metrics.width(line) for name in names for line in in_lines(name, LEGEND)), default=0.0)
    room = (_WIDTH - 120) // (40 + widest)
    return None if room >= len(names) else max(1, int(room))


def beyond(spec: Spec) -> float:
    """Return by how many pixels the names beside a picture are longer than it has room for."""
    axis = cast("dict[str, dict[str, object]]", spec.get("encoding", {})).get("y", {})
    if axis.get("type") != "nominal" or "axis" in axis:
        return 0.0
    rows = cast("dict[str, list[Spec]]", spec["data"])["values"]
    longest = max((metrics.width(str(row.get(str(axis["field"]), ""))) for row in rows), default=0.0)
    return max(0.0, min(longest, LONGEST) - _BESIDE)


@lru_cache(maxsize=1)
def bundle() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script that sets ``vegaEmbed``, their licences before it.

    Raises MissingExtraError.
    """
    script: str = _renderer().javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return f"/*!\n{_LICENCES.read_text(encoding='utf-8')}*/\n{script}"


def _renderer() -> ModuleType:
    try:
        import vl_convert
    except ImportError:
        raise MissingExtraError("pictures need vl-convert-python: pip install 'empa-graph[report]'") from None
    return vl_convert
