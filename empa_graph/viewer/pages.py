"""The pages of the viewer: tables are whole without a script; scripts add progress, pictures, conversations, notes."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from empa_graph.errors import UsageError
from empa_graph.models.record import Record
from empa_graph.report.html import TEMPLATES as REPORT_TEMPLATES, context, environment, packed
from empa_graph.report.page.payload import payload
from empa_graph.report.text import one_line, shortened
from empa_graph.store.listing import ANY, ORDERS
from empa_graph.viewer.answers import SEARCH_SECONDS, key_of, parts_of
from empa_graph.viewer.asked import PAGE, CompareAsked, EpisodesAsked, Nothing, ReplayAsked, RunsAsked, asked
from empa_graph.viewer.compared import compared, partners, side_by_side
from empa_graph.viewer.recent import LARGEST, Recent
from empa_graph.viewer.reported import Reported, reported
from empa_graph.viewer.run_lines import RunLine, run_line, run_list
from empa_graph.viewer.shown import choosable, hits_shown, shown_outcome

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.requests import Request
    from starlette.responses import Response

TEMPLATES = Path(__file__).with_name("templates")


def runs(request: Request) -> Response:
    """Show all runs, with filters."""
    wanted = asked(RunsAsked, request.query_params)
    return shown_page(
        "runs.html", list=run_list(parts_of(request).recent, wanted), asked=wanted, size=PAGE, most=LARGEST
    )


def run(request: Request) -> Response:
    """Show one run: how far it has come, and the report of what it came to."""
    asked(Nothing, request.query_params)
    recent, key = parts_of(request).recent, key_of(request)
    line = _line(recent, key)
    made = reported(recent, [key])
    return shown_page("run.html", line=line, reported=made is not None, **_drawn(made))


def episodes(request: Request) -> Response:
    """Show the episodes of a run, filtered and in order, or the messages that hold the words asked for."""
    wanted = asked(EpisodesAsked, request.query_params)
    recent, key = parts_of(request).recent, key_of(request)
    store, void = recent.catalogue.store(key), recent.void(key)
    shared = {
        "line": _line(recent, key),
        "asked": wanted,
        "choices": choosable(recent.choices(key)),
        "any": ANY,
        "void": void,
    }
    if wanted.text:
        found = store.search(wanted.text, wanted.wanted, after=wanted.after, most=wanted.limit, seconds=SEARCH_SECONDS)
        return shown_page(
            "episodes.html", **shared, found=hits_shown(found, wanted.text, store.run.plan), orders=ORDERS
        )
    page = store.page(
        wanted.wanted, order=wanted.order, falling=wanted.falling, offset=wanted.offset, limit=wanted.limit
    )
    rows = [shown_outcome(row, void) for row in page.rows]
    return shown_page("episodes.html", **shared, total=page.total, rows=rows, orders=ORDERS, found=None)


def episode(request: Request) -> Response:
    """Show one episode with what people said of it."""
    asked(Nothing, request.query_params)
    recent, key, number = parts_of(request).recent, key_of(request), int(request.path_params["number"])
    store = recent.catalogue.store(key)
    found, ended = store.episode(number), store.ended()
    return shown_page(
        "episode.html",
        line=_line(recent, key),
        number=number,
        name=one_line(found.scenario)[:400],
        partners=partners(store.run, number, ended),
    )


def compare(request: Request) -> Response:
    """Show two runs beside each other, scenario by scenario, and the report over both."""
    wanted = asked(CompareAsked, request.query_params)
    recent = parts_of(request).recent
    both = [wanted.left, wanted.right]
    found = compared(recent, wanted) if all(both) else None
    made = reported(recent, both) if found is not None and wanted.left != wanted.right else None
    listed = run_list(recent, RunsAsked())
    wrong = made.contradictions if made else ()
    drawn = _drawn(made)
    return shown_page(
        "compare.html", asked=wanted, found=found, list=listed, reported=made is not None, wrong=wrong, **drawn
    )


def replay(request: Request) -> Response:
    """Show two episodes side by side, turn by turn."""
    wanted = asked(ReplayAsked, request.query_params)
    sides = [_side(parts_of(request).recent, side) for side in (wanted.left, wanted.right)]
    return shown_page("replay.html", sides=sides, turns=side_by_side(*(side["episode"] for side in sides)))


def fault(request: Request, code: int, line: str, *, back: str, base: str) -> Response:
    """Show why there is nothing to see, in the frame ``base``; ``back`` are the words that lead to the first page."""
    return shown_page("fault.html", message=one_line(line), code=code, back=back, base=base)


def _drawn(made: Reported | None) -> dict[str, Any]:
    """Return what the report's templates ask for, with the data of its scripts: both of one moment of a run."""
    return {} if made is None else {**context(made.built.page), "data": packed(made.data)}


def _side(recent: Recent, named: str) -> dict[str, Any]:
    key, number = named.split(".")
    found = recent.catalogue.store(key).episode(int(number))
    texts = {name: one_line(getattr(found, name))[:400] for name in ("scenario", "variant", "agent")}
    return {"line": _line(recent, key), "number": int(number), "episode": payload(found), **texts}


def _line(recent: Recent, key: str) -> RunLine:
    """Return the line of a run. Raises UsageError for one that cannot be read."""
    line = run_line(recent.facts(recent.catalogue.located(key)))
    if line.error:
        raise UsageError(line.error)
    return line


def shown_page(template: str, **shown: Any) -> Response:
    """Return a page of the viewer; the status is its ``code``, else 200."""
    from starlette.responses import HTMLResponse

    return HTMLResponse(_environment().get_template(f"viewer/{template}").render(**shown), shown.get("code", 200))


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import FileSystemLoader

    made = environment().overlay(loader=FileSystemLoader([TEMPLATES, REPORT_TEMPLATES]))
    made.filters |= {"query": query, "figure": figure, "shown": shown, "share": share}
    return made


def query(asked: Record, **changes: object) -> str:
    """Return the parameters of a request, with ``changes``, as they stand in an address; defaults are left out."""
    changed = {**asked.model_dump(), **changes}
    plain = {name: field.get_default() for name, field in type(asked).model_fields.items()}
    words = {name: str(value).lower() if isinstance(value, bool) else value for name, value in changed.items()}
    return urlencode({name: words[name] for name, value in changed.items() if value != plain.get(name)})


def figure(value: float | None, digits: int = 2, *, signed: bool = False) -> str:
    """Return a number with so many digits; a dash for none."""
    return "-" if value is None else f"{value:{'+' if signed else ''}.{digits}f}".replace("-", "\u2212")


def share(value: float | None) -> str:
    """Return a change in percent with its sign; a dash for none."""
    return "-" if value is None else f"{value:+.1%}".replace("-", "\u2212")


def shown(value: object) -> str:
    """Return a value of a manifest in one short line; a dash for an absent one."""
    text = "-" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return shortened(text[:400], 120)
