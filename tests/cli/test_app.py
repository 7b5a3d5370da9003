from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from empa_graph.cli.app import app

runner = CliRunner()


def test_the_graph_is_printed_as_mermaid_with_the_three_seats_and_the_score():
    done = runner.invoke(app, ["graph"])
    assert done.exit_code == 0 and "graph TD;" in done.stdout
    for edge in ("persona --> empathic", "empathic --> evaluator", "end_turn -.-> persona", "end_turn -.-> score"):
        assert edge in done.stdout


def test_the_graph_is_given_to_programs_as_nodes_and_edges():
    found = json.loads(runner.invoke(app, ["graph", "--json"]).stdout)
    assert found["nodes"] == ["__start__", "persona", "empathic", "evaluator", "begin", "end_turn", "score", "__end__"]
    assert {"source": "end_turn", "target": "score", "conditional": True} in found["edges"]
    assert found["mermaid"].startswith("---")


@pytest.mark.parametrize("command", ["run", "list", "show", "graph", "validate", "score", "version"])
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_every_command_explains_itself(command: str, flag: str):
    done = runner.invoke(app, [command, flag])
    assert done.exit_code == 0 and "Usage: " in done.stdout


def test_a_default_name_with_pointed_brackets_would_be_lost_in_the_help():
    assert "runs/TIME-AGENT" in runner.invoke(app, ["run", "-h"], env={"TERMINAL_WIDTH": "100"}).stdout


def test_a_key_in_the_environment_is_not_shown_by_the_help():
    done = runner.invoke(app, ["run", "-h"], env={"EMPA_API_KEY": "sk-very-secret-key"})
    assert "EMPA_API_KEY" in done.stdout and "sk-very-secret-key" not in done.stdout


def test_a_command_line_without_a_required_file_is_exit_code_2():
    assert runner.invoke(app, ["score"]).exit_code == 2
    assert runner.invoke(app, ["run", "--repeats", "0"]).exit_code == 2
