"""The pages on which one person settles what annotators differ on, behind the guard of the viewer.

Rule: who settles is said when the pages are served and never by a request. These pages show everybody's marks; of a
conversation that this person has begun to mark and not given they show nothing (`Settling`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StringConstraints

from empa_graph.distill.agreed import Disagreement, agreements
from empa_graph.distill.annotating import NOTICE
from empa_graph.distill.mark_rows import value_text
from empa_graph.distill.mark_tables import Settled
from empa_graph.distill.marks import Mark, Value, is_person
from empa_graph.distill.settling import Settling
from empa_graph.models.record import Record
from empa_graph.report.text import one_line, visible
from empa_graph.viewer.annotating import BASE, LISTED, Name
from empa_graph.viewer.answers import answer, taken
from empa_graph.viewer.asked import Nothing, asked
from empa_graph.viewer.guard import Door
from empa_graph.viewer.guarded import guarded
from empa_graph.viewer.pages import shown_page
from empa_graph.viewer.serve import check_parts, serve_app

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp


class SettledHere(Record):
    """A settled value as a browser sends it."""

    variable: Name
    value: Value
    reason: Annotated[str, StringConstraints(max_length=600)] = ""
    after: Annotated[int, Field(ge=0)]
    """How many earlier values of it the browser shows."""


def serve_settling(work: Settling, *, port: int, say: Callable[[str], None]) -> None:
    """Serve the pages of who settles until Ctrl-C; ``say`` is told the address.

    Raises UsageError for a port that cannot be used, MissingExtraError without the extra ``viewer``.
    """
    check_parts("empa annotate")
    told = f"{len(work.left())} left to settle by {work.by}; Ctrl-C ends the page, and every settled value is kept"
    serve_app(lambda door: application(work, door), port=port, told=told, say=say, command="empa annotate")


def application(work: Settling, door: Door) -> ASGIApp:
    """Return the guarded application."""
    shown = {
        "/": _start,
        "/agreement": _agreement,
        "/conversations/{id}": _conversation,
        "/api/conversations/{id}": _known,
    }
    posted = {"/api/conversations/{id}/settled": _settle}
    return guarded(shown, posted, door=door, parts=work, back="All disagreements", base=BASE)


def _work(request: Request) -> tuple[Settling, str]:
    work: Settling = request.app.state.parts
    return work, str(request.path_params.get("id", ""))


def _start(request: Request) -> Response:
    asked(Nothing, request.query_params)
    work, _ = _work(request)
    left, done, hidden = work.left(), work.settled()[::-1], work.withheld()
    listed, ended = left[:LISTED], done[:LISTED]
    shown = {one.conversation for one in listed} | {one.conversation for one in ended}
    work.store.saw(shown - hidden, work.by)
    return shown_page(
        "settle_start.html",
        by=one_line(work.by),
        space=work.store.space.id if work.store.space else "",
        notice=NOTICE,
        next=work.next_left(),
        left=[{**_line(work, one), "size": one.size, "given": _given(work, one)} for one in listed],
        done=[{**_line(work, one), **_settled(work, one)} for one in ended],
        hidden=hidden,
        places={id_: place for place, id_ in enumerate(work.talks, start=1)},
        counts={"left": len(left), "done": len(done)},
    )


def _line(work: Settling, one: Disagreement | Settled) -> dict[str, object]:
    return {"id": one.conversation, "variable": one.variable, "title": work.asked[one.variable].title}


def _given(work: Settling, one: Disagreement) -> dict[str, str]:
    variable = work.store.variables[one.variable]
    return {one_line(name): value_text(value, variable) for name, value in one.given.items()}


def _agreement(request: Request) -> Response:
    asked(Nothing, request.query_params)
    work, _ = _work(request)
    found = agreements(work.store.marks(independent=True), work.store.space) if work.store.space else ()
    titles = {name: one.title for name, one in work.asked.items()}
    rows = [(titles[one.variable.id], *one.told[1:]) for one in found if one.alpha.n]
    alone = [titles[one.variable.id] for one in found if not one.alpha.n]
    return shown_page("settle_agreement.html", rows=rows, alone=alone)


def _conversation(request: Request) -> Response:
    asked(Nothing, request.query_params)
    work, id_ = _work(request)
    talk, names = work.talk(id_), work.variables(id_)
    quotes = [quote for name in names for mark in work.marks(id_, name) for quote in mark.quotes]
    turns = [
        {"speaker": turn.speaker, "pieces": tuple(pieces(turn.text, (q.text for q in quotes if q.turn == number)))}
        for number, turn in enumerate(talk.turns)
    ]
    return shown_page(
        "settle.html",
        talk={"id": talk.id, "turns": turns},
        place=list(work.talks).index(id_) + 1,
        total=len(work.talks),
        left=len(work.left()),
        shown=[work.asked[name] for name in names],
    )


def pieces(text: str, quotes: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Yield ``text`` in pieces fit to be seen, each with whether words of ``quotes`` stand there.

    A quote counts where it is first said.
    """
    end = 0
    for start, stop in sorted((at, at + len(quote)) for quote in quotes if (at := text.find(quote)) >= 0):
        if start > end:
            yield visible(text[end:start]), False
        if stop > end:
            yield visible(text[max(start, end) : stop]), True
            end = stop
    if end < len(text):
        yield visible(text[end:]), False


def _known(request: Request) -> Response:
    asked(Nothing, request.query_params)
    return answer(_standing(*_work(request)))


def _standing(work: Settling, id_: str) -> dict[str, object]:
    """Return of each variable that is shown every mark and every settled value, and what is left."""
    return {
        "variables": {
            name: {
                "marks": [_mark(work, mark) for mark in work.marks(id_, name)],
                "settled": [_settled(work, one) for one in work.history(id_, name)],
            }
            for name in work.variables(id_)
        },
        "left": len(work.left()),
        "next": work.next_left(id_),
    }


def _mark(work: Settling, mark: Mark) -> dict[str, object]:
    """Return a mark, every text fit to be seen."""
    return {
        "annotator": one_line(mark.annotator),
        "machine": not is_person(mark.annotator),
        "value": mark.value,
        "told": value_text(mark.value, work.store.variables[mark.variable]),
        "quotes": [{"turn": quote.turn, "text": visible(quote.text)} for quote in mark.quotes],
        "reason": visible(mark.reason),
    }


def _settled(work: Settling, one: Settled) -> dict[str, object]:
    """Return a settled value with the marks that stood then, every text fit to be seen."""
    variable = work.store.variables[one.variable]
    before = [{"annotator": one_line(mark.annotator), "told": value_text(mark.value, variable)} for mark in one.before]
    told = {"told": value_text(one.value, variable), "by": one_line(one.by), "reason": visible(one.reason)}
    return {"value": one.value, "at": one.at.isoformat(), "before": before, **told}


async def _settle(request: Request) -> Response:
    """Keep a settled value; it is durable when the answer comes."""
    return await taken(request, SettledHere, "a settled value", lambda said: _keep(*_work(request), said))


def _keep(work: Settling, id_: str, said: SettledHere) -> Response:
    work.settle(id_, said.variable, said.value, reason=said.reason, after=said.after)
    return answer(_standing(work, id_), 201)
