"""What the viewer answers as JSON: lists, episodes, words found, notes and ratings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from empa_graph.errors import UsageError
from empa_graph.models.record import Record
from empa_graph.report.page.payload import payload
from empa_graph.report.pictures.drawing import bundle
from empa_graph.report.pictures.palette import config
from empa_graph.report.text import one_line
from empa_graph.viewer.asked import LARGEST_BODY, EpisodesAsked, Nothing, RunsAsked, asked, posted
from empa_graph.viewer.history import history
from empa_graph.viewer.reported import one_episode
from empa_graph.viewer.run_lines import run_line, run_list
from empa_graph.viewer.shown import hits_shown, shown_outcome

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from empa_graph.viewer.app import Parts

_R = TypeVar("_R", bound=Record)
SEARCH_SECONDS = 1.0
"""One answer searches for so long at most; the next goes on behind it."""


def parts_of(request: Request) -> Parts:
    """Return what the handlers share."""
    parts: Parts = request.app.state.parts
    return parts


def key_of(request: Request) -> str:
    """Return the key of the run that a request is about."""
    return str(request.path_params["key"])


def runs(request: Request) -> Response:
    """Answer with the list of runs."""
    return answer(run_list(parts_of(request).recent, asked(RunsAsked, request.query_params)).model_dump(mode="json"))


def run(request: Request) -> Response:
    """Answer with one run and what it came to, which is made for it."""
    asked(Nothing, request.query_params)
    recent, key = parts_of(request).recent, key_of(request)
    recent.summary(key)
    return answer(run_line(recent.facts(recent.catalogue.located(key))).model_dump(mode="json"))


def history_of(request: Request) -> Response:
    """Answer with pictures of the runs in a list over time, of those whose figures are known."""
    found = run_list(parts_of(request).recent, asked(RunsAsked, request.query_params))
    return answer({"specs": history(found.lines), "themes": {"light": config("light"), "dark": config("dark")}})


def episodes(request: Request) -> Response:
    """Answer with a page of outcomes."""
    wanted = asked(EpisodesAsked, request.query_params)
    recent, key = parts_of(request).recent, key_of(request)
    found = recent.catalogue.store(key).page(
        wanted.wanted, order=wanted.order, falling=wanted.falling, offset=wanted.offset, limit=wanted.limit
    )
    void = recent.void(key)
    return answer({"total": found.total, "episodes": [shown_outcome(row, void) for row in found.rows]})


def conversation(request: Request) -> Response:
    """Answer with one episode as it is read."""
    asked(Nothing, request.query_params)
    number = int(request.path_params["number"])
    return answer(payload(parts_of(request).recent.catalogue.store(key_of(request)).episode(number)))


def episode(request: Request) -> Response:
    """Answer with one episode of a run of any size: the data of a page of it alone, and the conversation."""
    asked(Nothing, request.query_params)
    recent, key, number = parts_of(request).recent, key_of(request), int(request.path_params["number"])
    found = one_episode(recent, key, number)
    return answer({"page": found.data, "episode": payload(found.built.episodes[0])})


def search(request: Request) -> Response:
    """Answer with messages that hold the words that were asked for; ``after`` goes on where this search ended."""
    wanted = asked(EpisodesAsked, request.query_params)
    if not wanted.text:
        raise UsageError("text: it is empty; give words to look for")
    store = parts_of(request).recent.catalogue.store(key_of(request))
    found = store.search(wanted.text, wanted.wanted, after=wanted.after, most=wanted.limit, seconds=SEARCH_SECONDS)
    return answer(hits_shown(found, wanted.text, store.run.plan))


def vega(request: Request) -> Response:
    """Answer with the script that draws the pictures."""
    from starlette.responses import Response

    asked(Nothing, request.query_params)
    return Response(bundle(), media_type="text/javascript")


async def taken(request: Request, kind: type[_R], what: str, done: Callable[[_R], Response]) -> Response:
    """Answer a request that sends ``what`` by what is ``done``, in a thread, with the record of its body.

    Raises UsageError for a body that is no such record, and what ``done`` raises.
    """
    from starlette.concurrency import run_in_threadpool

    asked(Nothing, request.query_params)
    body = await json_body(request, what)
    return await run_in_threadpool(done, posted(kind, body)) if isinstance(body, bytes) else body


async def json_body(request: Request, what: str) -> bytes | Response:
    """Return the body of a request that sends ``what``, or the answer to one that is no JSON or too large."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return fault(request, 415, f"{what} comes as application/json")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return fault(request, 413, f"more than {LARGEST_BODY:,} bytes")
    return body


def fault(_: Request, code: int, line: str) -> Response:
    """Answer with why something cannot be done."""
    return answer({"error": one_line(line)}, code)


def answer(content: Mapping[str, object], code: int = 200) -> Response:
    """Return an answer in JSON."""
    from starlette.responses import JSONResponse

    return JSONResponse(content, code)
