"""``empa mcp``: conversations and scores for programs that speak the Model Context Protocol."""

from __future__ import annotations

import sys

from empa_graph.cli.options import Import
from empa_graph.cli.recorded_commands import JUDGED
from empa_graph.cli.typed_config import Typed, configured


@configured(
    *JUDGED,
    "judge_every",
    "support_judge",
    "voice",
    "voice_max_tokens",
    "max_turns",
    "profile",
    "max_cost",
    "prices",
    "timeout",
    "retries",
    helps={
        "base_url": "The OpenAI-compatible server of the models asked, e.g. http://127.0.0.1:8000/v1.",
        "max_cost": "What all conversations may cost together; needed where a model is named.",
    },
)
def mcp(typed: Typed, *, import_: Import = None) -> None:
    """Serve the sandbox over the Model Context Protocol, on standard input and output (extra `mcp`).

    Whoever calls plays the agent in our graph: list_scenarios, show_scenario, start, reply and result; score reads a
    conversation that was held elsewhere. Everything is offline unless a model is named here, with --max-cost. A caller
    names scenarios and says words; no URL, path, model or code.

    Examples:

      empa mcp

      empa mcp --max-turns 12 --evaluator judge --judge openai:gpt-5-mini --max-cost 2

      claude mcp add empa -- empa mcp
    """
    from empa_graph.cli.extensions import import_extensions
    from empa_graph.cli.plain import one_line
    from empa_graph.mcp_server.serve import serve

    import_extensions(import_, as_json=True)
    serve(typed.judging(), keys=typed.judging_keys, say=lambda line: print(f"empa: {one_line(line)}", file=sys.stderr))
