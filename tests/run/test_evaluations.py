"""Judgements as events of OpenTelemetry: what is judged, beside which span, and nothing that was said."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from empa_graph import RunConfig
from empa_graph.models.config import Keys
from empa_graph.models.failure import Failure
from empa_graph.models.latent import LatentState, Step
from empa_graph.run import evaluate as evaluating
from empa_graph.run.evaluations import EVENT, TURN, Evaluation, of_episode, of_turn
from empa_graph.run.telemetry import OtelTelemetry
from tests.command import SCENARIO
from tests.records import episode, run
from tests.report.page_parts import CONTROLS, LONG, hostile
from tests.store_parts import step
from tests.stub_server import StubServer

START = LatentState.opening(dimensions=("calm", "trust"), start=(0.1, 0.2), target=(0.6, 0.2), radius=0.3)
REPLY = "That page must be a lonely place."


@pytest.mark.parametrize(
    ("increment", "value", "label"),
    [((0.1, 0.3), 0.2, "progress"), ((-0.25, 0.0), -0.5, "regress"), ((0.0, 0.3), 0.0, "none")],
)
def test_a_turn_is_worth_the_part_of_the_straight_way_that_it_went(
    increment: tuple[float, float], value: float, label: str
):
    found = of_turn(Step(turn=1, increment=increment), START)
    assert found is not None
    assert (found.name, found.label, found.explanation) == (TURN, label, None)
    assert found.value == pytest.approx(value)


def test_the_levels_explain_a_turn_without_a_word_of_it():
    found = of_turn(step(1), START)
    assert found is not None
    assert found.explanation == "calm: progress 1, regress 0; trust: progress 0, regress 2"


def test_a_missing_judgement_is_an_error_and_no_number():
    failure = Failure(turn=1, blame="evaluator", kind="judge_invalid", detail="the reply was: secret")
    found = of_turn(Step(turn=1, increment=None, failure=failure), START)
    assert found is not None
    assert found.attributes == {"gen_ai.evaluation.name": TURN, "error.type": "judge_invalid"}


def test_a_turn_that_was_not_due_has_no_event():
    assert of_turn(Step(turn=1, increment=None, due=False), START) is None


def test_an_episode_without_a_score_is_an_error_and_no_number():
    gone = Failure(turn=1, blame="provider", kind="timeout", detail="gone")
    failed = episode(ending="failed", score=None, unscored="timeout: gone", failure=gone)
    assert list(of_episode(failed)) == [Evaluation("empa.composite", error="timeout")]
    (silent,) = of_episode(episode(score=None, unscored="no turn was judged"))
    assert silent.error == "unscored"


def test_hostile_names_are_cut_and_in_one_line():
    evil = hostile()
    found = of_turn(evil.latent.steps[0], evil.latent)
    assert found is not None and found.explanation is not None
    failed = Evaluation(TURN, error=f"{CONTROLS}{LONG}").attributes["error.type"]
    for told in (str(found.attributes["gen_ai.evaluation.explanation"]), str(failed)):
        assert len(told) <= 500 and told.isprintable() and "\u202e" not in told


def test_the_conventions_still_have_these_words():
    known = pytest.importorskip("opentelemetry.semconv._incubating.attributes.gen_ai_attributes")
    words = {value for name, value in vars(known).items() if name.startswith("GEN_AI")}
    said = Evaluation("a", 1.0, "b", "c", "d").attributes
    assert {name for name in said if name != "error.type"} <= words


class Kept:
    """Telemetry that keeps its spans and events."""

    def __init__(self) -> None:
        trace = pytest.importorskip("opentelemetry.sdk.trace", reason="the otel extra is not installed")
        from opentelemetry.sdk._logs import LoggerProvider
        from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

        self._spans, self._logs = InMemorySpanExporter(), InMemoryLogRecordExporter()
        provider, logs = trace.TracerProvider(), LoggerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self._spans))
        logs.add_log_record_processor(SimpleLogRecordProcessor(self._logs))
        self.telemetry = OtelTelemetry(provider, logs=logs)

    @property
    def spans(self) -> list[Any]:
        return list(self._spans.get_finished_spans())

    @property
    def events(self) -> list[Any]:
        return [one.log_record for one in self._logs.get_finished_logs()]


def played(kept: Kept, folder: Path, monkeypatch: pytest.MonkeyPatch, **agent: Any) -> list[Any]:
    """Play two turns with telemetry, and return the episodes."""
    monkeypatch.setattr(evaluating, "otlp_telemetry", lambda: kept.telemetry)
    config = RunConfig(
        agent=agent,
        suite={"scenarios": SCENARIO, "max_turns": 2},
        store={"out": folder},
        execution={"otel": True},
    )
    return list(asyncio.run(evaluating.evaluate_async(config, keys=Keys(api_key="k"))).episodes)


async def test_the_judgement_of_a_turn_belongs_to_the_call_that_made_the_reply(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    kept = Kept()
    async with StubServer(REPLY) as stub:
        agent = {"spec": "stub", "base_url": stub.url}
        (held,) = await asyncio.to_thread(played, kept, tmp_path / "run", monkeypatch, **agent)
    replies = {span.attributes["empa.turn"]: span for span in kept.spans if span.name == "chat stub"}
    (whole,) = [span for span in kept.spans if span.name == "empa episode"]
    turns = [one for one in kept.events if one.attributes["gen_ai.evaluation.name"] == TURN]
    assert {one.event_name for one in kept.events} == {EVENT} and len(turns) == 2
    for one in turns:
        asked = replies[one.attributes["empa.turn"]].context
        assert (one.span_id, one.trace_id) == (asked.span_id, asked.trace_id)
    scores = {one.attributes["gen_ai.evaluation.name"]: one for one in kept.events if one not in turns}
    composite = scores["empa.composite"]
    assert composite.span_id == whole.context.span_id
    assert composite.attributes["gen_ai.evaluation.score.value"] == held.score.composite
    assert composite.attributes["gen_ai.evaluation.score.label"] == held.ending
    going = [one.attributes["gen_ai.evaluation.score.value"] for one in turns]
    assert min(max(sum(going), 0.0), 1.0) == pytest.approx(held.score.progress)
    assert REPLY not in str([dict(one.attributes) for one in kept.events] + [one.body for one in kept.events])


def test_the_judgement_of_an_agent_without_a_call_belongs_to_its_episode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    kept = Kept()
    played(kept, tmp_path / "run", monkeypatch, spec="scripted:expert")
    (whole,) = [span for span in kept.spans if span.name == "empa episode"]
    assert {one.span_id for one in kept.events} == {whole.context.span_id}


def test_without_a_place_for_events_there_are_spans_alone(tmp_path: Path):
    trace = pytest.importorskip("opentelemetry.sdk.trace", reason="the otel extra is not installed")
    telemetry = OtelTelemetry(trace.TracerProvider())
    telemetry.run(run())
    telemetry.turn(0, 1, judged=Evaluation(TURN, 0.5))
    telemetry.close()
