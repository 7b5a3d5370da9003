"""Spans of a run for OpenTelemetry (extra ``otel``): a run, its episodes, their calls; and events for its judgements.

Numbers and names, never text.

Rule: nothing leaves this machine unless telemetry was asked for; where it goes is said by the OTEL_* variables alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol
from urllib.parse import urlsplit

from empa_graph.errors import MissingExtraError
from empa_graph.llm.fingerprint import shown_model
from empa_graph.llm.providers import PACKAGES
from empa_graph.models.run import Planned, Run
from empa_graph.models.turn_record import ModelCall, Totals
from empa_graph.run.evaluations import EVENT, Evaluation

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

Value = str | int | float | list[str]
LONGEST_NAME = 200
"""Characters of a name that a server gave."""
_COMMAND = "telemetry needs: pip install 'empa-graph[otel]'"
_SECOND = 1_000_000_000


class Telemetry(Protocol):
    """Who watches a run from outside; each method is called when the thing it names has happened."""

    def run(self, run: Run) -> None:
        """A session at ``run`` begins."""

    def call(self, call: ModelCall) -> None:
        """A model was called; the call ends now."""

    def turn(self, number: int, turn: int, *, judged: Evaluation | None = None) -> None:
        """Turn ``turn`` of episode ``number`` is finished; ``judged`` is what its reply came to."""

    def episode(
        self, number: int, planned: Planned, *, ending: str, seconds: float, scores: Iterable[Evaluation] = ()
    ) -> None:
        """Episode ``number`` ended now, ``seconds`` after this session began to play it, with these ``scores``."""

    def close(self, *, totals: Totals | None = None, stopped: str | None = None) -> None:
        """The session is over; ``stopped`` names the limit that stopped it. What is not sent yet is sent."""


class Reply(NamedTuple):
    """The span of the call that made the reply of a turn."""

    turn: int
    span: Span


class OtelTelemetry:
    """Gives spans to the tracers of ``provider``: the run, below it its episodes, below them their calls.

    Judgements are events that go to ``logs``, if there are any: that of a turn belongs to the span of the call that
    made the reply, and to the episode's where an agent made it by itself; the scores belong to the episode.

    An episode's span begins with its first call or turn in this session. Calls follow the semantic conventions for
    generative AI. ``clock`` gives nanoseconds since 1970.
    """

    def __init__(
        self,
        provider: TracerProvider,
        *,
        logs: LoggerProvider | None = None,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self._provider = provider
        self._logs = logs
        self._logger = logs.get_logger("empa_graph") if logs is not None else None
        self._tracer = provider.get_tracer("empa_graph")
        self._clock = clock
        self._run: Span | None = None
        self._episodes: dict[int, Span] = {}
        self._replies: dict[int, Reply] = {}

    def run(self, run: Run) -> None:
        """Begin the span of a session."""
        attributes: dict[str, Value] = {
            "empa.run.id": run.id,
            "empa.agent": shown_model(run.config.agent.spec),
            "empa.variants": list(run.config.suite.variants),
            "empa.evaluator": run.config.evaluator.name,
            "empa.judges": [shown_model(judge) for judge in run.config.evaluator.judges],
            "empa.rubric": run.rubric,
            "empa.episodes.planned": len(run.plan),
        }
        self._run = self._tracer.start_span("empa run", attributes=attributes, start_time=self._clock())

    def call(self, call: ModelCall) -> None:
        """Add the span of a call that ends now and took ``call.latency``."""
        from opentelemetry.trace import SpanKind, Status, StatusCode

        end = self._clock()
        start = end - int(call.latency * _SECOND)
        span = self._tracer.start_span(
            f"chat {_named(call.model).model}",
            context=self._below(self._episode(call.episode, start)),
            kind=SpanKind.CLIENT,
            attributes=call_attributes(call),
            start_time=start,
        )
        if call.failure is not None:
            span.set_status(Status(StatusCode.ERROR, call.failure))
        span.end(end)
        if call.role == "empathic" and call.failure is None:
            self._replies[call.episode] = Reply(call.turn, span)

    def turn(self, number: int, turn: int, *, judged: Evaluation | None = None) -> None:
        """Add an event to the span of the episode, and the judgement to that of the reply."""
        now = self._clock()
        span = self._episode(number, now)
        span.add_event("turn", {"empa.turn": turn}, timestamp=now)
        reply = self._replies.pop(number, None)
        if judged is not None:
            of_reply = reply.span if reply is not None and reply.turn == turn else span
            self._judged(judged, of_reply, now, {"empa.episode": number, "empa.turn": turn})

    def _judged(self, found: Evaluation, span: Span, now: int, where: Mapping[str, int]) -> None:
        """Send a judgement as an event of ``span``."""
        if self._logger is None:
            return
        from opentelemetry._logs import LogRecord

        context, attributes = self._below(span), {**found.attributes, **where}
        self._logger.emit(LogRecord(timestamp=now, context=context, event_name=EVENT, attributes=attributes))

    def episode(
        self, number: int, planned: Planned, *, ending: str, seconds: float, scores: Iterable[Evaluation] = ()
    ) -> None:
        """End the span of an episode."""
        end = self._clock()
        span = self._episode(number, end - int(seconds * _SECOND))
        attributes: dict[str, Value] = {
            "empa.scenario": planned.scenario,
            "empa.variant": planned.variant,
            "empa.repeat": planned.repeat,
            "empa.ending": ending,
            "empa.seconds": seconds,
        }
        span.set_attributes(attributes)
        for found in scores:
            self._judged(found, span, end, {"empa.episode": number})
        del self._episodes[number]
        self._replies.pop(number, None)
        span.end(end)

    def close(self, *, totals: Totals | None = None, stopped: str | None = None) -> None:
        """End every open span, an unfinished episode as ``open``, and send what is not sent yet."""
        end = self._clock()
        for span in self._episodes.values():
            span.set_attribute("empa.ending", "open")
            span.end(end)
        self._episodes.clear()
        if self._run is not None:
            if totals is not None:
                self._run.set_attributes({f"empa.total.{name}": value for name, value in totals.model_dump().items()})
            if stopped is not None:
                self._run.set_attribute("empa.stopped", stopped)
            self._run.end(end)
            self._run = None
        self._provider.shutdown()
        if self._logs is not None:
            self._logs.shutdown()

    def _episode(self, number: int, start: int) -> Span:
        if number not in self._episodes:
            self._episodes[number] = self._tracer.start_span(
                "empa episode",
                context=self._below(self._run),
                attributes={"empa.episode": number},
                start_time=start,
            )
        return self._episodes[number]

    def _below(self, span: Span | None) -> Context | None:
        from opentelemetry.trace import set_span_in_context

        return None if span is None else set_span_in_context(span)


def call_attributes(call: ModelCall) -> dict[str, Value]:
    """Return what a span says of ``call``, in the words of the conventions; what is not known is left out."""
    usage = call.usage
    found: dict[str, Value | None] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": _named(call.model).provider,
        "gen_ai.request.model": _named(call.model).model,
        **{f"gen_ai.request.{name}": call.parameters.get(name) for name in ("temperature", "max_tokens", "seed")},
        "gen_ai.response.model": call.answered_by and call.answered_by[:LONGEST_NAME],
        "gen_ai.response.finish_reasons": [call.finish_reason[:LONGEST_NAME]] if call.finish_reason else None,
        "gen_ai.usage.input_tokens": usage.tokens_in if usage else None,
        "gen_ai.usage.cache_read.input_tokens": usage.tokens_cached if usage else None,
        "gen_ai.usage.output_tokens": usage.tokens_out if usage else None,
        "error.type": call.failure,
        **_server(call.endpoint),
        "empa.role": call.role,
        "empa.turn": call.turn,
        "empa.attempt": call.attempt,
        "empa.replayed": call.replayed,
        "empa.prompt.characters": call.prompt_characters,
        "empa.cost": call.cost,
    }
    return {name: value for name, value in found.items() if value is not None}


class _Named(NamedTuple):
    """A model with its provider; a server's own name, colons and all, is asked in the protocol of ``openai``."""

    provider: str
    model: str


def _named(asked: str) -> _Named:
    name = shown_model(asked)
    provider, colon, model = name.partition(":")
    if provider.partition("?")[0] == "local":
        return _Named("local", name)
    return _Named(provider, model) if colon and provider in ("openai", *PACKAGES) else _Named("openai", name)


def _server(endpoint: str) -> Mapping[str, Value | None]:
    try:
        parts = urlsplit(endpoint)
        return {"server.address": parts.hostname, "server.port": parts.port}
    except ValueError:
        return {}


def otlp_telemetry() -> OtelTelemetry:
    """Return telemetry that is sent by OTLP over HTTP, as the OTEL_* variables say. Raises MissingExtraError."""
    try:
        from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk._logs import LoggerProvider
        from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise MissingExtraError(_COMMAND) from None
    resource = Resource.create()
    if str(resource.attributes.get(SERVICE_NAME, "")).startswith("unknown_service"):
        resource = resource.merge(Resource({SERVICE_NAME: "empa-graph"}))
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    logs = LoggerProvider(resource=resource)
    logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
    return OtelTelemetry(provider, logs=logs)
