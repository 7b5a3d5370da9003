"""Every shape of an answer that a server has been seen to give.

The outcome in the agent's seat is written out; those of the other seats follow from it by `FOLLOWING`, but where a
shape says otherwise. docs/providers.md shows this table, and tests/test_response_shapes.py plays it.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from dataclasses import replace

from tests.llm.error_shapes import errors_inside, statuses
from tests.llm.shape import CARD, EMPTY, NOTE, SAID, USAGE, WAVE, Message, Shape, choice, completed, sent
from tests.stub_server import Canned


def _spoken() -> list[Shape]:
    def shape(name: str, make: Callable[[Message], object], **others: str) -> Shape:
        return Shape("an answer", name, SAID, lambda message: sent(make(message)), others)

    cut = {"judge": "judge_truncated, evaluator", "voice": CARD}
    refused = {"judge": "judge_refused, evaluator", "voice": CARD}
    return [
        shape("a text, `stop`", completed),
        shape("finish reason null", lambda m: completed(m, None)),
        shape("finish reason unknown", lambda m: completed(m, "banana")),
        shape("no finish reason", lambda m: {"choices": [{"message": m}]}),
        shape("a text cut off (`length`)", lambda m: completed(m, "length"), **cut),
        shape("a text, `content_filter`", lambda m: completed(m, "content_filter"), **refused),
        shape("a text beside a refusal", lambda m: completed({**m, "refusal": "No."}), **refused),
        shape("a text beside reasoning", lambda m: completed({**m, "reasoning_content": "Hm.", "reasoning": "Hm."})),
        shape(
            "a text beside a call of a tool that nobody offered",
            lambda m: completed({**m, "tool_calls": [*m.get("tool_calls", ()), *WAVE]}),
            director=NOTE,
        ),
        shape("text in parts", lambda m: completed({**m, "content": _parts(m["content"])})),
        shape(
            "text in parts beside parts of other kinds",
            lambda m: completed({**m, "content": [{"type": "image_url"}, *_parts(m["content"]), {"type": "x"}]}),
        ),
        shape("two choices", _two_choices),
        shape("`error` null beside it", lambda m: completed(m, error=None)),
        shape("fields that nobody knows", lambda m: {**completed({**m, "x": [1]}), "y": {"z": None}}),
        shape("no `model`", lambda m: {k: v for k, v in completed(m).items() if k != "model"}),
    ]


def _parts(text: str | None) -> list[Message]:
    half = len(text or "") // 2
    return [{"type": "text", "text": part} for part in ((text or "")[:half], (text or "")[half:])]


def _two_choices(message: Message) -> Message:
    body = completed(message)
    return {**body, "choices": [*body["choices"], {"index": 1, "message": {"content": "Other."}}]}


def _usages() -> list[Shape]:
    counts: dict[str, object] = {
        "-1": -1,
        "1e25": 1e25,
        "of 400 digits": 10**400,
        "7.5": 7.5,
        "text": "seven",
        "a list": [7],
        "true": True,
        "an object": {"n": [{}]},
    }
    odd = {f"a count that is {name}": {**USAGE, "completion_tokens": count} for name, count in counts.items()}
    usages: dict[str, object] = {
        **odd,
        "details that are no object": {**USAGE, "prompt_tokens_details": "many"},
        "null": None,
        "an empty object": {},
        "a list": [1],
        "text": "many",
        "a number": -5,
    }
    return [
        Shape("usage", name, SAID, lambda message, usage=usage: sent(completed(message, usage=usage)))  # type: ignore[misc]
        for name, usage in usages.items()
    ]


def _encoded() -> list[Shape]:
    def shape(name: str, make: Callable[[bytes], Canned], agent: str = SAID) -> Shape:
        return Shape("encoding", name, agent, lambda m: make(json.dumps(completed(m), ensure_ascii=False).encode()))

    bad = "bad_answer, provider"
    accented = json.dumps(completed({"content": "Déjà vu."}), ensure_ascii=False)
    return [
        shape("gzip", lambda body: sent(gzip.compress(body), Content_Encoding="gzip")),
        shape("deflate", lambda body: sent(zlib.compress(body), Content_Encoding="deflate")),
        shape("chunked", lambda body: replace(sent(body), chunked=True)),
        shape("a byte order mark", lambda body: sent(b"\xef\xbb\xbf" + body)),
        shape("blanks around it", lambda body: sent(b"\n \n" + body + b"\n\n")),
        shape("content type text/plain", lambda body: sent(body, Content_Type="text/plain")),
        shape("content type text/html", lambda body: sent(body, Content_Type="text/html; charset=latin-1")),
        shape("an unknown content encoding", lambda body: sent(body, Content_Encoding="x-none")),
        shape("damaged gzip", lambda body: sent(gzip.compress(body)[:-20], Content_Encoding="gzip"), bad),
        shape("gzip that is none", lambda body: sent(body, Content_Encoding="gzip"), bad),
        shape("latin-1", lambda _: sent(accented.encode("latin-1")), bad),
        shape("utf-16", lambda _: sent(accented.encode("utf-16")), bad),
        shape("a connection cut in the body", lambda body: replace(sent(body), cut=20), "dropped, provider"),
        shape("a connection cut before the head", lambda _: Canned(drop=True), "dropped, provider"),
        shape("chunks that end early", lambda b: replace(sent(b), chunked=True, cut=20), "dropped, provider"),
    ]


def _odd_texts() -> list[Shape]:
    def shape(name: str, text: str, agent: str, **others: str) -> Shape:
        return Shape("text", name, agent, lambda m: sent(completed({**m, "content": text})), others)

    unread = {"judge": "judge_invalid, evaluator", "director": SAID}
    other = {"voice": CARD, **unread}
    return [
        shape("an emoji in escapes", "Oh \U0001f62e.", SAID, **other),
        shape("control characters", "Oh\x07 dear\x1b[31m.", SAID, **other),
        shape("a NUL", "Oh\x00dear.", SAID, **other),
        shape("20,001 characters", "a" * 20_001, "oversize_reply, empathic", voice=CARD, **unread),
        Shape("text", "more than 2,000,000 characters", "oversize, provider", lambda _: sent(completed(_long(2)))),
        Shape("text", "more than 4,100,000 bytes", "oversize, provider", lambda _: sent(completed(_long(5)))),
        Shape("text", "half a character (`\\ud83d`)", "bad_answer, provider", lambda _: sent(_half_a_character())),
        Shape("text", "HTML in the text", SAID, lambda m: sent(completed({**m, "content": "<b>Oh</b>"})), other),
    ]


def _long(million: int) -> Message:
    return {"content": "a" * (million * 1_000_000 + 1)}


def _half_a_character() -> str:
    return json.dumps(completed({"content": "Oh \ud83d."}))


def _silent() -> list[Shape]:
    none, cut, no = "no_content, provider", "cut_off_in_reasoning, empathic", "refused, empathic"

    def shape(name: str, agent: str, reason: object, **message: object) -> Shape:
        return Shape(
            "nothing visible", name, agent, lambda _: sent(completed({"role": "assistant", **message}, reason))
        )

    thought = {"reasoning_content": "She is sad."}
    return [
        shape('`""`, `stop`', EMPTY, "stop", content=""),
        shape("blanks, `stop`", EMPTY, "stop", content=" \n"),
        shape("an empty part of text, `stop`", EMPTY, "stop", content=[{"type": "text", "text": ""}]),
        shape('`""`, no finish reason', none, None, content=""),
        shape("null, `stop`", none, "stop", content=None),
        shape("no part, `stop`", none, "stop", content=[]),
        shape("no content field, `stop`", none, "stop"),
        shape("a part of another kind, `stop`", none, "stop", content=[{"type": "image_url"}]),
        shape('`""` beside `reasoning_content`, `stop`', none, "stop", content="", **thought),
        shape("null beside `reasoning_content`, `stop`", none, "stop", content=None, **thought),
        shape("null beside `reasoning`, `stop`", none, "stop", content=None, reasoning="She is sad."),
        shape('`""` beside a call that nobody offered', none, "tool_calls", content="", tool_calls=WAVE),
        shape("null beside a call that nobody offered", none, "tool_calls", content=None, tool_calls=WAVE),
        shape('`""`, `error`', none, "error", content=""),
        shape("null, `error`", none, "error", content=None),
        shape('`""`, `length`', cut, "length", content=""),
        shape("null, `length`", cut, "length", content=None),
        shape('`""` beside `reasoning_content`, `length`', cut, "length", content="", **thought),
        shape("null beside `reasoning`, `length`", cut, "length", content=None, reasoning="She is sad."),
        shape('`""` beside `refusal`', no, "stop", content="", refusal="I will not."),
        shape("null beside `refusal`", no, "stop", content=None, refusal="I will not."),
        shape("a part that is a refusal", no, "stop", content=[{"type": "refusal", "refusal": "No."}]),
        shape('`""`, `content_filter`', no, "content_filter", content=""),
        shape("null, `content_filter`", no, "content_filter", content=None),
        Shape("nothing visible", "message null", none, lambda _: sent(completed(None))),
        Shape(
            "nothing visible", "`delta` in place of `message`", none, lambda _: sent(choice(delta={"content": "Oh."}))
        ),
        Shape("nothing visible", "`text` in place of `message`", none, lambda _: sent(choice(text="Oh."))),
    ]


def _no_completions() -> list[Shape]:
    bodies: dict[str, object] = {
        "an empty body": "",
        "blanks": "  \n",
        "null": "null",
        "a list": "[]",
        "an object without fields": {},
        "text in quotes": '"Hello."',
        "no choices": {"choices": []},
        "choices null": {"choices": None},
        "choices an object": {"choices": {"0": {}}},
        "a choice that is null": {"choices": [None]},
        "a message that is text": choice(message="Hello."),
        "content a number": choice(message={"content": 5}),
        "content an object": choice(message={"content": {"text": "Hello."}}),
        "calls that are text": choice(message={"content": "Hello.", "tool_calls": "none"}),
        "a finish reason that is a number": choice(message={"content": "Hello."}, finish_reason=1),
        "HTML": "<html><body>Welcome to nginx</body></html>",
        "a stream of events": 'data: {"choices": [{"delta": {"content": "Oh."}}]}\n\ndata: [DONE]\n\n',
        "JSON that ends early": json.dumps(completed({"content": "Hello."}))[:60],
        "two objects": json.dumps(completed({"content": "Hello."})) * 2,
        "JSON nested 100,000 deep": "[" * 100_000,
    }
    return [
        Shape("no completion", name, "bad_answer, provider", lambda _, body=body: sent(body))  # type: ignore[misc]
        for name, body in bodies.items()
    ]


SHAPES = (
    *_spoken(),
    *_usages(),
    *_odd_texts(),
    *_encoded(),
    *_silent(),
    *_no_completions(),
    *errors_inside(),
    *statuses(),
)
