"""Answers that say that something went wrong: with status 200 or with one of their own."""

from __future__ import annotations

from email.utils import formatdate

from tests.llm.shape import SAID, Shape, choice, completed, sent
from tests.stub_server import Canned


def errors_inside() -> list[Shape]:
    limited, down, bad = "rate_limited, provider", "server_error, provider", "bad_answer, provider"
    errors: list[tuple[str, str, object]] = [
        ("code 429", limited, {"error": {"code": 429, "message": "Slow down."}}),
        ('code "429"', limited, {"error": {"code": "429", "message": "Slow down."}}),
        ("code rate_limit_exceeded", limited, {"error": {"code": "rate_limit_exceeded", "message": "Slow down."}}),
        ("code 502", down, {"error": {"code": 502, "message": "Provider returned error", "metadata": {}}}),
        ("type overloaded_error", down, {"type": "error", "error": {"type": "overloaded_error", "message": "Wait."}}),
        ("type server_error", down, {"error": {"type": "server_error", "message": "Sorry.", "code": None}}),
        ("a text that says overloaded", down, {"error": "The model is overloaded."}),
        ("code 504", down, {"error": {"code": 504, "message": "Gone."}}),
        ("code 408", "timeout, provider", {"error": {"code": 408, "message": "Gone."}}),
        ("code 401", "unauthorised, provider", {"error": {"code": 401, "message": "Who?"}}),
        ("code 402", "quota, provider", {"error": {"code": 402, "message": "Pay."}}),
        ("code insufficient_quota", "quota, provider", {"error": {"code": "insufficient_quota", "message": "Pay."}}),
        ("code 404", "model_not_found, provider", {"error": {"code": 404, "message": "No such model."}}),
        ("code content_filter", "refused, empathic", {"error": {"code": "content_filter", "message": "No."}}),
        (
            "code context_length_exceeded",
            "context_overflow, provider",
            {"error": {"code": "context_length_exceeded", "message": "Too long."}},
        ),
        ("type invalid_request_error", "bad_request, provider", {"error": {"type": "invalid_request_error"}}),
        ("a body that is the error", "bad_request, provider", {"object": "error", "message": "No.", "code": 400}),
        ("a text that says nothing more", bad, {"error": "No."}),
        ("a list", bad, {"error": ["No."]}),
        ("a code that is no status", bad, {"error": {"code": 10**30, "message": "No."}}),
        ("`detail`", bad, {"detail": "Not now."}),
        ("`detail` that says overloaded", down, {"detail": [{"msg": "Overloaded."}]}),
        ("beside a choice", limited, completed({"content": "Oh."}, error={"code": 429, "message": "Slow down."})),
        ("inside a choice", down, choice(error={"code": 502, "message": "Bad"}, message={"content": "I w"})),
        ("half an answer, `error`", down, completed({"content": "I w"}, "error")),
    ]
    return [
        Shape("an error with status 200", name, agent, lambda _, body=body: sent(body))  # type: ignore[misc]
        for name, agent, body in errors
    ]


def statuses() -> list[Shape]:
    limited, down, bad = "rate_limited, provider", "server_error, provider", "bad_request, provider"
    moved, told = "redirected, provider", {"error": {"message": "No.", "type": "stub", "code": None}}
    past, absurd = formatdate(1e9, usegmt=True), "Fri, 31 Dec 999999 23:59:59 GMT"
    filtered = {"error": {"code": "content_filter", "message": "Filtered."}}
    too_long = {"error": {"message": "This model's maximum context length is 4096 tokens."}}
    answers: list[tuple[str, str, Canned]] = [
        ("204", "bad_answer, provider", sent("", 204)),
        ("304", moved, sent("", 304)),
        ("307 in a circle", moved, sent("", 307, Location="/v1/chat/completions")),
        ("302 to a page that is none", moved, sent("", 302, Location="/v1/chat/completions")),
        ("302 to a scheme that is none", moved, sent("", 302, Location="gopher://127.0.0.1/")),
        ("302 to nowhere", moved, sent("", 302)),
        ("400", bad, sent(told, 400)),
        ("400 without a body", bad, sent("", 400)),
        ("400: the prompt is too long", "context_overflow, provider", sent(too_long, 400)),
        ("400: the filter stopped the prompt", "refused, empathic", sent(filtered, 400)),
        ("401", "unauthorised, provider", sent(told, 401)),
        ("402", "quota, provider", sent(told, 402)),
        ("403", "unauthorised, provider", sent(told, 403)),
        ("404", "model_not_found, provider", sent(told, 404)),
        ("404 in HTML", "model_not_found, provider", sent("<html>Not found</html>", 404, Content_Type="text/html")),
        ("408", "timeout, provider", sent(told, 408)),
        ("413", bad, sent(told, 413)),
        ("418 in latin-1", bad, sent("Thé".encode("latin-1"), 418)),
        ("422 with `detail`", bad, sent({"detail": [{"loc": ["body"], "msg": "No."}]}, 422)),
        ("429", limited, sent(told, 429)),
        ("429, Retry-After 0", limited, sent(told, 429, Retry_After="0")),
        ("429, Retry-After a date that is past", limited, sent(told, 429, Retry_After=past)),
        ("429, Retry-After a date in no calendar", limited, sent(told, 429, Retry_After=absurd)),
        ("429, Retry-After soon", limited, sent(told, 429, Retry_After="soon")),
        ("429, Retry-After -5", limited, sent(told, 429, Retry_After="-5")),
        ("429, Retry-After nan", limited, sent(told, 429, Retry_After="nan")),
        ("429: no money", "quota, provider", sent({"error": {"code": "insufficient_quota"}}, 429)),
        ("500", down, sent(told, 500)),
        ("500 with a list", down, sent([told], 500)),
        ("500 in HTML", down, sent("<html>Sorry</html>", 500, Content_Type="text/html")),
        ("500 in damaged gzip", "bad_answer, provider", sent(b"\x1f\x8bno", 500, Content_Encoding="gzip")),
        ("502 without a body", down, sent("", 502)),
        ("503", down, sent(told, 503)),
        ("529", down, sent(told, 529)),
        ("599", down, sent(told, 599)),
    ]
    others = [
        Shape("status", name, agent, lambda _, answer=answer: answer)  # type: ignore[misc]
        for name, agent, answer in answers
    ]
    return [Shape("status", "201", SAID, lambda m: sent(completed(m), 201)), *others]
