"""A report as one HTML file that needs no network: tables as text, pictures and conversations as compressed data.

Rule: text reaches the page escaped by the templates, or as JSON that scripts turn into text nodes. The page forbids
itself every script, style and request but its own.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections import Counter
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from empa_graph.errors import MissingExtraError, UsageError
from empa_graph.models.script_finding import VOIDED
from empa_graph.models.support import MARKS, provisional_of
from empa_graph.report.lines import MEANS, mean_and_bounds
from empa_graph.report.page.build import Built
from empa_graph.report.page.payload import payload
from empa_graph.report.page.records import Entrant, EpisodeRow, Facet, Page
from empa_graph.report.pictures.causes import FAULTY
from empa_graph.report.pictures.drawing import BY_METRIC, KINDS, bundle, spec_of
from empa_graph.report.pictures.palette import Spec, config
from empa_graph.report.pictures.parts import WORDS
from empa_graph.report.pictures.paths import points
from empa_graph.report.pictures.positions import lines

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).parent
STATIC, TEMPLATES = _HERE / "static", _HERE / "templates"
SCRIPTS = ("core.js", "pictures.js", "space.js", "episode.js", "page.js")
"""Our own scripts in the order in which they run."""
MOST = 5_000
"""Conversations in one file; a browser holds all of them in memory."""
EPMQ = {
    "composite": "EPM-Q",
    "outcome": "outcome",
    "rdi": "RDI",
    "etot": "Etot",
    "snet": "Snet",
    "efficiency": "efficiency",
    "rho": "rho",
    "sproj": "Sproj",
    "tau": "tau",
    "stability": "stability",
    "rpos": "Rpos",
    "align": "Align",
    "pen": "Pen",
}


class Assets(NamedTuple):
    """Style and scripts of a page, to be put into it whole."""

    css: str
    scripts: tuple[str, ...]


def report_html(built: Built) -> bytes:
    """Return the report as one file.

    Raises UsageError for more than `MOST` conversations, MissingExtraError without the ``report`` extra.
    """
    if len(built.episodes) > MOST:
        raise UsageError(f"a report holds at most {MOST:,} conversations, and these are {len(built.episodes):,}")
    found = Assets(
        _static("page.css"),
        tuple(map(_closed, (bundle(), *(_static(name) for name in (*SCRIPTS, "start.js"))))),
    )
    data = {"page": packed(page_data(built.page)), "episodes": packed([payload(one) for one in built.episodes])}
    text = environment().get_template("report.html")
    return text.render(context(built.page), assets=found, data=data, policy=_policy(found)).encode()


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the templates, every value escaped. Raises MissingExtraError."""
    try:
        jinja2 = import_module("jinja2")
    except ImportError:
        raise MissingExtraError("a report needs Jinja2: pip install 'empa-graph[report]'") from None
    made: Environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return made


def context(page: Page) -> dict[str, Any]:
    """Return what the templates of a report ask for."""
    return {
        "page": page,
        "ranked": ranked(page),
        "drawn": drawn(page),
        "words": WORDS,
        "epmq_words": EPMQ,
        "faulty": FAULTY,
        "means": MEANS,
        "mean_and_bounds": mean_and_bounds,
        "signed": signed,
        "plain_number": plain_number,
        "value_of": value_of,
        "legend": legend(page),
        "VOIDED": VOIDED,
        "provisional_of": provisional_of,
        "checks_of": lambda entrant: next((run.judge_checks for run in page.runs if run.name == entrant.run), {}),
        "endings": sorted({row.ending for row in page.episodes}),
        "facet_values": {
            facet: sorted({row.facets[facet] for row in page.episodes if facet in row.facets})
            for facet in get_args(Facet)
        },
        "scenario_names": scenario_names(page),
    }


def ranked(page: Page) -> list[Entrant]:
    """Return the entrants by composite, those without one last, in their order."""

    def place(entrant: Entrant) -> tuple[bool, float]:
        mean = entrant.summary.metrics.get("composite")
        return (mean is None, 0.0 if mean is None else -mean.mean)

    return sorted(page.entrants, key=place)


def signed(value: float, metric: str) -> str:
    """Return a difference with its sign, as long as its metric is shown."""
    return f"{value:+.{1 if metric in ('composite', 'epm_q') else 2}f}"


def plain_number(value: float, metric: str) -> str:
    """Return a number as long as its metric is shown."""
    return f"{value:.{1 if metric in ('composite', 'epm_q') else 2}f}"


def value_of(row: EpisodeRow, metric: str) -> str:
    """Return a number of an episode as tables show it, ``?`` behind a provisional one; a dash where it has none."""
    value = row.values.get(metric)
    return "-" if value is None else f"{plain_number(value, metric)}{'?' * (metric in row.provisional)}"


def legend(page: Page) -> str:
    """Return what a ``?`` in a table of conversations says; empty where none stands there."""
    marked = any(name in row.values for row in page.episodes for name in row.provisional)
    return f"? {MARKS['?']}" if marked else ""


def scenario_names(page: Page) -> list[str]:
    """Return the scenarios whose paths can be drawn, the most played first."""
    names = Counter(row.name for row in page.episodes if len(row.way) > 1)
    return sorted(names, key=lambda name: (-names[name], name))


def page_data(page: Page) -> dict[str, object]:
    """Return what the scripts of a page ask for, as plain data."""
    by_scenario: dict[str, list[EpisodeRow]] = {}
    for row in page.episodes:
        by_scenario.setdefault(row.name, []).append(row)
    return {
        "specs": specs(page),
        "themes": {"light": config("light"), "dark": config("dark")},
        "rows": [row.model_dump(exclude={"way", "path", "target"}) for row in page.episodes],
        "entrants": [entrant.label for entrant in page.entrants],
        "dimensions": page.dimensions,
        "points": {name: points(rows, page) for name, rows in by_scenario.items()} if page.dimensions else {},
    }


def drawn(page: Page) -> set[str]:
    """Return the kinds of picture that have something to draw, of one metric at least."""
    options: dict[str, list[dict[str, str]]] = {
        kind: [{"metric": name} for name in page.metrics] if kind in BY_METRIC else [{}] for kind in KINDS
    }
    return {kind for kind, asked in options.items() if any(spec_of(kind, page, **one) for one in asked)}


def specs(page: Page) -> dict[str, Spec]:
    """Return every picture of a page by kind, or by ``kind:metric``; one with nothing to draw is absent."""
    found: dict[str, Spec | None] = {"lines": lines((), (), "Positions by turn.")}
    for kind in KINDS:
        if kind in BY_METRIC:
            found |= {f"{kind}:{metric}": spec_of(kind, page, metric=metric) for metric in page.metrics}
        elif kind != "episode":
            found[kind] = spec_of(kind, page)
    return {name: spec for name, spec in found.items() if spec is not None}


def packed(data: object) -> str:
    """Return ``data`` as JSON, compressed, in letters that HTML leaves alone; the same for the same data."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return base64.b64encode(gzip.compress(text, 9, mtime=0)).decode()


def _static(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


def _closed(script: str) -> str:
    """Return a script of ours without what would end it early inside a page."""
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _policy(assets: Assets) -> str:
    """Return a Content-Security-Policy that lets the page's own scripts and style pass and nothing else."""
    scripts, style = (" ".join(map(_hash, texts)) for texts in (assets.scripts, (assets.css,)))
    rest = "img-src data:; base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; script-src {scripts}; style-src {style}; {rest}"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
