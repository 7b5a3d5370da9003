from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from empa_graph.models.dialogue import Usage
from empa_graph.models.run import Planned
from empa_graph.models.turn_record import ModelCall, Totals
from empa_graph.run.evaluations import Evaluation
from empa_graph.run.telemetry import OtelTelemetry, call_attributes, otlp_telemetry
from tests.forked import started
from tests.records import run

trace = pytest.importorskip("opentelemetry.sdk.trace", reason="the extra `otel` is not installed")
export = pytest.importorskip("opentelemetry.sdk.trace.export")
memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")

PLANNED = Planned(scenario="someone/something", variant="baseline", repeat=2, seed=1)
SECOND = 1_000_000_000
NAMES = ("empa run", "empa episode", "chat gpt-x")


def call(**changes: Any) -> ModelCall:
    fields: dict[str, Any] = {
        "episode": 0,
        "turn": 3,
        "role": "judge",
        "model": "openai:gpt-x",
        "endpoint": "https://api.example.org/v1",
        "answered_by": "gpt-x-2026",
        "parameters": {"temperature": 0.0, "max_tokens": 900, "seed": None},
        "prompt_hash": "ab" * 32,
        "prompt_characters": 1_200,
        "usage": Usage(tokens_in=300, tokens_cached=200, tokens_out=40),
        "latency": 1.5,
        "attempt": 1,
        "cost": 0.002,
        "finish_reason": "stop",
    }
    return ModelCall(**{**fields, **changes})


class Watched:
    """Telemetry with a clock of its own and the spans that ended."""

    def __init__(self) -> None:
        self.now = 100 * SECOND
        self._exporter = memory.InMemorySpanExporter()
        provider = trace.TracerProvider()
        provider.add_span_processor(export.SimpleSpanProcessor(self._exporter))
        self.telemetry = OtelTelemetry(provider, clock=lambda: self.now)

    def spans(self, name: str) -> list[Any]:
        return [span for span in self._exporter.get_finished_spans() if span.name == name]


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_calls_hang_below_their_episode_and_episodes_below_the_run(watched: Watched):
    watched.telemetry.run(run())
    for number in (0, 1):
        watched.telemetry.call(call(episode=number))
        watched.telemetry.episode(number, PLANNED, ending="converged", seconds=2.0)
    watched.telemetry.close()
    (whole,) = watched.spans("empa run")
    episodes, calls = watched.spans("empa episode"), watched.spans("chat gpt-x")
    assert [span.parent.span_id for span in episodes] == [whole.context.span_id] * 2
    assert [span.parent.span_id for span in calls] == [span.context.span_id for span in episodes]
    assert whole.parent is None


def test_spans_last_as_long_as_what_they_stand_for(watched: Watched):
    watched.telemetry.run(run())
    watched.now += 10 * SECOND
    watched.telemetry.call(call(latency=1.5))
    watched.now += 5 * SECOND
    watched.telemetry.episode(0, PLANNED, ending="max_turns", seconds=7.0)
    watched.telemetry.close()
    times = {name: (s.start_time / SECOND, s.end_time / SECOND) for name in NAMES for s in watched.spans(name)}
    assert times == {"empa run": (100, 115), "empa episode": (108.5, 115), "chat gpt-x": (108.5, 110)}


def test_an_episode_without_a_call_lasted_the_seconds_it_is_said_to(watched: Watched):
    watched.telemetry.run(run())
    watched.telemetry.episode(4, PLANNED, ending="failed", seconds=2.0)
    (span,) = watched.spans("empa episode")
    assert (span.end_time - span.start_time) == 2 * SECOND
    assert span.attributes == {
        "empa.episode": 4,
        "empa.scenario": "someone/something",
        "empa.variant": "baseline",
        "empa.repeat": 2,
        "empa.ending": "failed",
        "empa.seconds": 2.0,
    }


def test_turns_are_events_of_their_episode(watched: Watched):
    watched.telemetry.run(run())
    for turn in (1, 2):
        watched.telemetry.turn(0, turn)
    watched.telemetry.episode(0, PLANNED, ending="converged", seconds=1.0)
    (span,) = watched.spans("empa episode")
    assert [(event.name, event.attributes["empa.turn"]) for event in span.events] == [("turn", 1), ("turn", 2)]


def test_a_call_is_told_in_the_words_of_the_conventions():
    assert call_attributes(call()) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-x",
        "gen_ai.request.temperature": 0.0,
        "gen_ai.request.max_tokens": 900,
        "gen_ai.response.model": "gpt-x-2026",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 300,
        "gen_ai.usage.cache_read.input_tokens": 200,
        "gen_ai.usage.output_tokens": 40,
        "server.address": "api.example.org",
        "empa.role": "judge",
        "empa.turn": 3,
        "empa.attempt": 1,
        "empa.replayed": False,
        "empa.prompt.characters": 1_200,
        "empa.cost": 0.002,
    }


def test_the_conventions_still_have_these_words():
    known = pytest.importorskip("opentelemetry.semconv._incubating.attributes.gen_ai_attributes")
    words = {value for name, value in vars(known).items() if name.startswith("GEN_AI")}
    assert {name for name in call_attributes(call()) if name.startswith("gen_ai.")} <= words


def test_what_is_not_known_of_a_call_is_not_said():
    told = call_attributes(call(answered_by=None, usage=None, cost=None, finish_reason=None, endpoint="local"))
    assert not [name for name in told if "usage" in name or "response" in name or "server" in name]
    assert "empa.cost" not in told


def test_a_failed_call_is_an_error_of_its_kind(watched: Watched):
    watched.telemetry.run(run())
    watched.telemetry.call(call(failure="timeout", answered_by=None, usage=None))
    (span,) = watched.spans("chat gpt-x")
    assert span.status.status_code.name == "ERROR"
    assert span.attributes["error.type"] == "timeout"


def test_a_local_model_is_named_by_its_file_and_not_by_its_path(watched: Watched):
    watched.telemetry.run(run(agent="local:/home/someone/m.gguf", judges=("local:/home/someone/j.gguf",)))
    watched.telemetry.call(call(model="local:/home/someone/m.gguf", endpoint="local"))
    watched.telemetry.close()
    (whole,) = watched.spans("empa run")
    (asked,) = watched.spans("chat local:m.gguf")
    assert "/home" not in str([dict(whole.attributes), dict(asked.attributes)])
    assert asked.attributes["gen_ai.provider.name"] == "local"


@pytest.mark.parametrize(
    ("model", "provider", "name"),
    [
        ("openai:gpt-x", "openai", "gpt-x"),
        ("anthropic:c-1", "anthropic", "c-1"),
        ("my-model", "openai", "my-model"),
        ("llama3:8b", "openai", "llama3:8b"),
        ("local", "local", "local"),
    ],
)
def test_the_provider_stands_in_front_of_the_model(model: str, provider: str, name: str):
    told = call_attributes(call(model=model))
    assert (told["gen_ai.provider.name"], told["gen_ai.request.model"]) == (provider, name)


def test_what_is_open_when_a_run_stops_is_ended_and_said_so(watched: Watched):
    watched.telemetry.run(run())
    watched.telemetry.call(call())
    watched.telemetry.close(totals=Totals(calls=1, cost=0.5), stopped="cost")
    (episode,), (whole,) = watched.spans("empa episode"), watched.spans("empa run")
    assert episode.attributes["empa.ending"] == "open"
    assert (whole.attributes["empa.stopped"], whole.attributes["empa.total.cost"]) == ("cost", 0.5)


def test_a_name_that_a_server_gave_is_cut():
    told = call_attributes(call(answered_by="m" * 5_000, finish_reason="x" * 5_000))
    assert max(len(str(value)) for value in told.values()) < 300


class Collector(BaseHTTPRequestHandler):
    """Takes what is sent to it."""

    taken: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        self.taken.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    taken: list[tuple[str, bytes]] = []
    with HTTPServer(("127.0.0.1", 0), type("Mine", (Collector,), {"taken": taken})) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", taken
        server.shutdown()
        thread.join()


def test_spans_go_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, collector: Any):
    url, taken = collector
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
    monkeypatch.delenv("OTEL_SERVICE_NAME", raising=False)
    telemetry = otlp_telemetry()
    telemetry.run(run())
    telemetry.call(call())
    telemetry.episode(0, PLANNED, ending="converged", seconds=1.0)
    assert taken == []
    telemetry.close()
    assert {path for path, _ in taken} == {"/v1/traces"}
    sent = b"".join(body for _, body in taken)
    assert all(word in sent for word in (b"empa-graph", b"gen_ai.request.model", b"someone/something"))


def test_judgements_go_where_logs_go(monkeypatch: pytest.MonkeyPatch, collector: Any):
    url, taken = collector
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
    telemetry = otlp_telemetry()
    telemetry.run(run())
    telemetry.turn(0, 1, judged=Evaluation("empa.turn_progress", 0.5))
    telemetry.close()
    bodies = dict(taken)
    assert bodies.keys() == {"/v1/traces", "/v1/logs"}
    assert b"gen_ai.evaluation.result" in bodies["/v1/logs"] and b"empa.turn_progress" in bodies["/v1/logs"]


def test_the_service_is_called_as_the_environment_says(monkeypatch: pytest.MonkeyPatch, collector: Any):
    url, taken = collector
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
    monkeypatch.setenv("OTEL_SERVICE_NAME", "my-service")
    telemetry = otlp_telemetry()
    telemetry.run(run())
    telemetry.close()
    assert b"my-service" in taken[0][1] and b"empa-graph" not in taken[0][1]


def test_without_the_extra_the_command_that_installs_it_is_named():
    code = (
        "import sys\n"
        "loaded = [name for name in sys.modules if name.startswith('opentelemetry')]\n"
        "sys.modules.update(dict.fromkeys(['opentelemetry', *loaded]))\n"
        "from empa_graph.run.telemetry import otlp_telemetry\n"
        "try: otlp_telemetry()\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    done = started(exec, code, {}).ended()
    assert done.out.startswith("MissingExtraError") and "empa-graph[otel]" in done.out
