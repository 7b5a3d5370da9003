"""What `throughput --peers` plays in Inspect's own environment: the recorded requests of one episode, by a solver.

    python inspect_loop.py REQUESTS.json URL EPISODES TURNS LOGS

Prints the figures as JSON. It imports inspect_ai and nothing of this project.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from inspect_ai import Task, eval  # noqa: A004
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessageAssistant, ChatMessageSystem, ChatMessageUser, GenerateConfig, get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver

KINDS: dict[str, Any] = {"system": ChatMessageSystem, "user": ChatMessageUser, "assistant": ChatMessageAssistant}


@solver
def asks(requests: dict[str, list[Any]], turns: int) -> Solver:
    """Ask, for each turn, what each role asked in it."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        model = get_model()
        for turn in range(turns):
            for role in requests.values():
                messages, form = role[turn]
                said = [KINDS[message["role"]](content=message["content"]) for message in messages]
                config = GenerateConfig(seed=1, extra_body={"response_format": form} if form else None)
                state.output = await model.generate(said, config=config)
        return state

    return solve


def main() -> None:
    """Play a small run to warm up, then the measured one."""
    file, url, episodes, turns, logs = sys.argv[1:]
    requests = json.loads(Path(file).read_text(encoding="utf-8"))
    model = get_model("openai-api/stub/m", base_url=url, api_key="none", config=GenerateConfig(max_connections=1_000))
    for count in (2, int(episodes)):
        samples = [Sample(input="Hello.", id=number) for number in range(count)]
        task = Task(samples, solver=asks(requests, int(turns)))
        began, used = time.perf_counter(), time.process_time()
        (log,) = eval(task, model=model, max_samples=count, log_dir=logs, display="none", log_level="error")
        wall, cpu = time.perf_counter() - began, time.process_time() - used
        if log.status != "success":
            raise SystemExit(f"inspect_ai: {log.status}: {log.error and log.error.message}")
    done = int(episodes) * int(turns)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
    print(json.dumps({"turns_per_s": done / wall, "cpu_ms": 1_000 * cpu / done, "peak_mb": peak, "busy": cpu / wall}))


if __name__ == "__main__":
    main()
