"""The pages on which one annotator marks conversations, behind the guard of the viewer.

Rule: who annotates is said when the pages are served and never by a request; what others marked leaves the server
once this annotator's own marks of a conversation are given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints

from empa_graph.distill.annotating import NOTICE, Annotating
from empa_graph.distill.marks import Mark, Quote, Value
from empa_graph.models.record import Record
from empa_graph.report.text import one_line, visible
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

LISTED = 500
"""Conversations that the first page lists."""
Name = Annotated[str, StringConstraints(max_length=100)]
BASE = "viewer/annotate_base.html"


class Marked(Record):
    """A mark as a browser sends it; without a value it takes the one before it back."""

    variable: Name
    value: Value | None
    quotes: tuple[Quote, ...] = Field(default=(), max_length=8)
    reason: str = ""


class Stated(Record):
    """How far the annotator says they are, and which variables they leave aside."""

    state: Literal["given", "skipped", "open"]
    left: tuple[Name, ...] = Field(default=(), max_length=1_000)


def serve_annotating(work: Annotating, *, port: int, say: Callable[[str], None]) -> None:
    """Serve the pages of one annotator until Ctrl-C; ``say`` is told the address.

    Raises UsageError for a port that cannot be used, MissingExtraError without the extra ``viewer``.
    """
    check_parts("empa annotate")
    done = work.progress()
    told = f"{done.done} of {done.total} done by {work.annotator}; Ctrl-C ends the page, and every mark is kept"
    serve_app(lambda door: application(work, door), port=port, told=told, say=say, command="empa annotate")


def application(work: Annotating, door: Door) -> ASGIApp:
    """Return the guarded application."""
    shown = {"/": _start, "/conversations/{id}": _conversation, "/api/conversations/{id}": _known}
    posted = {"/api/conversations/{id}/marks": _mark, "/api/conversations/{id}/state": _state}
    return guarded(shown, posted, door=door, parts=work, back="All conversations", base=BASE)


def _work(request: Request) -> tuple[Annotating, str]:
    work: Annotating = request.app.state.parts
    return work, str(request.path_params.get("id", ""))


def _start(request: Request) -> Response:
    asked(Nothing, request.query_params)
    work, _ = _work(request)
    states, begun = (
        work.store.states(work.annotator),
        {mark.conversation for mark in work.store.marks(None, work.annotator)},
    )
    listed = [
        {"id": id_, "messages": len(talk.turns), "state": _shown_state(states.get(id_, "open"), begun=id_ in begun)}
        for id_, talk in list(work.talks.items())[:LISTED]
    ]
    return shown_page(
        "annotate_start.html",
        progress=work.progress(),
        annotator=one_line(work.annotator),
        space=work.store.space.id if work.store.space else "",
        notice=NOTICE,
        next=work.next_open(),
        list=listed,
        more=max(0, len(work.talks) - LISTED),
    )


def _shown_state(state: str, *, begun: bool) -> str:
    return "begun" if state == "open" and begun else state


def _conversation(request: Request) -> Response:
    asked(Nothing, request.query_params)
    work, id_ = _work(request)
    talk = work.talk(id_)
    turns = [{"speaker": turn.speaker, "text": visible(turn.text)} for turn in talk.turns]
    return shown_page(
        "annotate.html",
        talk={"id": talk.id, "turns": turns},
        place=list(work.talks).index(id_) + 1,
        progress=work.progress(),
        shown=work.shown,
    )


def _known(request: Request) -> Response:
    asked(Nothing, request.query_params)
    return answer(_standing(*_work(request)))


def _standing(work: Annotating, id_: str) -> dict[str, object]:
    """Return one's own marks and how far one is; what others marked as `Annotating.others` lets it be seen."""
    done = work.progress()
    return {
        "state": work.state(id_),
        "own": {name: _own(mark) for name, mark in work.own(id_).items()},
        "others": [_shown(mark) for mark in work.others(id_)],
        "done": done.done,
        "total": done.total,
        "next": work.next_open(id_),
    }


def _shown(mark: Mark) -> dict[str, object]:
    """Return a mark of somebody else, every text fit to be seen."""
    return {
        **_own(mark),
        "annotator": one_line(mark.annotator),
        "quotes": [{"turn": quote.turn, "text": visible(quote.text)} for quote in mark.quotes],
        "reason": visible(mark.reason),
    }


def _own(mark: Mark) -> dict[str, object]:
    """Return one's own mark as it is, for it is sent back with the next change."""
    return mark.model_dump(mode="json", exclude={"conversation"})


async def _mark(request: Request) -> Response:
    """Keep a mark; it is durable when the answer comes."""
    return await taken(request, Marked, "a mark", lambda said: _keep(*_work(request), said))


def _keep(work: Annotating, id_: str, said: Marked) -> Response:
    if said.value is None:
        work.take_back(id_, said.variable)
        return answer({"variable": said.variable, "value": None})
    made = work.mark(id_, said.variable, said.value, quotes=said.quotes, reason=said.reason)
    return answer(_own(made), 201)


async def _state(request: Request) -> Response:
    """Note how far the annotator is with a conversation."""
    return await taken(request, Stated, "a state", lambda said: _say(*_work(request), said))


def _say(work: Annotating, id_: str, said: Stated) -> Response:
    if said.state == "given":
        work.give(id_, left=said.left)
    elif said.state == "skipped":
        work.skip(id_)
    else:
        work.take_up(id_)
    return answer(_standing(work, id_))
