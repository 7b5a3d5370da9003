"""Evaluations with Inspect's own mock model, for an environment that holds Inspect: ``python evals.py FOLDER``.

Each case is printed as one line of JSON.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator
from typing import Any

from inspect_ai import eval as inspected
from inspect_ai.log import EvalLog, read_eval_log
from inspect_ai.model import ModelOutput, ModelUsage, get_model

KIND = "Organic chemistry on Thursday, and the same page over and over. What is hardest?"
FRENCH = "Je comprends que tu sois fatiguée, et que la même page revienne toujours. Qu'est-ce qui te pèse le plus ?"
SCENARIO = "exam_student/reduce_stress"


def output(text: str, stop_reason: Any = "stop") -> ModelOutput:
    said = ModelOutput.from_content("mockllm/model", text, stop_reason)
    said.usage = ModelUsage(input_tokens=100, output_tokens=20, total_tokens=120)
    return said


def always(text: str, stop_reason: Any = "stop") -> Callable[..., ModelOutput]:
    return lambda *_: output(text, stop_reason)


def broken(*_: object) -> ModelOutput:
    raise ValueError("the service is on fire")


CASES: dict[str, tuple[Callable[..., ModelOutput], dict[str, Any], dict[str, Any]]] = {
    "script": (always(KIND), {"scenarios": "all", "max_turns": 1}, {}),
    "french": (always(FRENCH), {"scenarios": SCENARIO, "max_turns": 2}, {}),
    "refusing": (always("", "content_filter"), {"scenarios": SCENARIO, "max_turns": 2}, {}),
    "messages": (always(KIND), {"scenarios": SCENARIO, "max_turns": 4}, {"message_limit": 4}),
    "tokens": (always(KIND), {"scenarios": SCENARIO, "max_turns": 4}, {"token_limit": 200}),
    "broken": (broken, {"scenarios": SCENARIO, "max_turns": 2}, {}),
    "unjudged": (always(KIND), {"scenarios": SCENARIO, "max_turns": 1, "evaluator": "judge"}, {}),
}


def evaluated(folder: str) -> Iterator[tuple[str, EvalLog]]:
    for name, (answers, options, limits) in CASES.items():
        model = get_model("mockllm/model", custom_outputs=answers, memoize=False)
        (log,) = inspected(
            "empa_graph/sandbox", model=model, task_args=options, log_dir=folder, display="none", **limits
        )
        yield name, read_eval_log(log.location)


def shown(log: EvalLog) -> dict[str, Any]:
    scores = log.results.scores if log.results else []
    return {
        "status": log.status,
        "means": {s.name: {name: number(m.value) for name, m in s.metrics.items()} for s in scores},
        "unscored": {s.name: s.unscored_samples for s in scores},
        "samples": [
            {
                "id": s.id,
                "limit": s.limit and s.limit.type,
                "error": s.error and s.error.message,
                "values": {name: number(score.value) for name, score in (s.scores or {}).items()},
                "reasons": {name: [score.reason, score.explanation] for name, score in (s.scores or {}).items()},
                "messages": [[message.role, message.text] for message in s.messages],
                "calls": sum(event.event == "model" for event in s.events),
            }
            for s in log.samples or []
        ],
    }


def number(value: Any) -> Any:
    """Return NaN as a word: JSON has none."""
    return "nan" if isinstance(value, float) and math.isnan(value) else value


if __name__ == "__main__":
    for case, log in evaluated(sys.argv[1]):
        sys.stdout.write(json.dumps([case, shown(log)]) + "\n")
