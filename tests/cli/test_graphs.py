"""Graphs at the command line: what they are handed, factories, files, entries of ``langgraph.json``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from empa_graph.cli.start_run import restored
from empa_graph.cli.typed_config import Typed
from empa_graph.models.config import NO_KEYS
from empa_graph.store.folder import episodes, load_run
from tests.command import SCENARIO, empa

GIVEN = ("--context", '{"user": "nadia"}', "--initial", '{"language": "en"}', "--max-turns", 2)


def said(folder: Path) -> list[str]:
    (episode,) = episodes(folder)
    assert episode.failure is None, episode.failure
    return [m.content for m in episode.messages if m.speaker == "empathic"]


def test_a_graph_is_handed_its_context_and_its_channels_and_so_is_the_resumed_one(tmp_path: Path) -> None:
    done = empa("run", SCENARIO, "--empathic", "tests.watchers:told", *GIVEN, "--out", tmp_path / "run")
    assert done.code == 0, done.err
    assert said(tmp_path / "run") == ["nadia en"] * 2
    run = load_run(tmp_path / "run")
    assert (run.config.agent.context, run.config.agent.initial) == ({"user": "nadia"}, {"language": "en"})
    again = restored(run, Typed({}, NO_KEYS), tmp_path / "run").config
    assert again.agent == run.config.agent


@pytest.mark.parametrize(
    ("factory", "replies"),
    [("make_graph", "nadia, nadia en"), ("make_later", "nadia en"), ("make_plain", "made nadia en")],
)
def test_a_factory_makes_the_graph_that_plays(factory: str, replies: str, tmp_path: Path) -> None:
    done = empa("run", SCENARIO, "--empathic", f"tests.watchers:{factory}", *GIVEN, "--out", tmp_path / "run")
    assert done.code == 0, done.err
    assert said(tmp_path / "run") == [replies] * 2


def test_an_agent_lies_in_a_file_beside_modules_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "words_of_mine.py").write_text("KIND = 'That sounds heavy.'\n")
    (tmp_path / "src" / "agent.py").write_text("from words_of_mine import KIND\ndef reply(messages): return KIND\n")
    done = empa("run", SCENARIO, "--empathic", "./src/agent.py:reply", "--max-turns", 1, "--out", "run")
    assert done.code == 0, done.err
    assert said(Path("run")) == ["That sounds heavy."]
    assert set(load_run(Path("run")).code) == {"./src/agent.py", "src/words_of_mine.py"}
    (tmp_path / "src" / "words_of_mine.py").write_text("KIND = 'Hm.'\n")
    done = empa("resume", "run")
    assert (done.code, "src/words_of_mine.py has changed since run" in done.err) == (2, True)


def test_an_agent_lies_in_a_file_of_a_package_and_the_whole_package_is_hashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    package = tmp_path / "src" / "react_agent_of_mine"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "words.py").write_text("KIND = 'That sounds heavy.'\n")
    beside = "from .words import KIND\nfrom react_agent_of_mine.words import KIND as SAME\n"
    (package / "graph.py").write_text(f"{beside}def reply(messages): return KIND\n")
    agent = "./src/react_agent_of_mine/graph.py:reply"
    done = empa("run", SCENARIO, "--empathic", agent, "--max-turns", 1, "--out", "run")
    assert (done.code, done.err) == (0, "")
    (package / "words.py").write_text("KIND = 'Hm.'\n")
    done = empa("resume", "run")
    assert (done.code, f"{agent.removesuffix(':reply')} has changed since run" in done.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ("tests.watchers:make_nothing",),
            "the agent tests.watchers:make_nothing takes no messages and returned str, not a graph",
        ),
        (("tests.watchers:make_badly",), "the agent tests.watchers:make_badly makes no graph: KeyError: 'model'"),
        (("tests.watchers:told",), "context: the agent's graph takes a Who"),
        (("tests.watchers:told", "--context", "[1]"), "--context: JSON, but no object"),
        (("tests.watchers:told", "--initial", "{1}"), "--initial: no JSON"),
        (("scripted:template", "--context", "{}"), "context is for an agent that is a graph"),
        (("no/such.py:reply",), "--empathic no/such.py:reply: cannot import 'no/such.py' (no such file)"),
        (("README.py:reply",), "--empathic README.py:reply: cannot import"),
    ],
)
def test_a_graph_that_cannot_play_is_one_line_before_the_run(words: tuple[str, ...], line: str, tmp_path: Path) -> None:
    done = empa("run", SCENARIO, "--empathic", *words, "--out", tmp_path / "run")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert done.err.startswith(f"empa: {line}")
    assert not (tmp_path / "run").exists()


def test_the_estimate_of_a_run_hands_nothing_to_a_graph_and_calls_no_extra_role() -> None:
    words = ("--empathic", "tests.watchers:told", *GIVEN, "--extra", "empathic:tests.watchers:reader", "--dry-run")
    assert empa("run", SCENARIO, *words).code == 0


GRAPH = """
from langchain_core.messages import AIMessage
from langgraph.graph import START, MessagesState, StateGraph
from words_of_a_graph import KIND

def say(state):
    return {"messages": [AIMessage(KIND)]}

graph = StateGraph(MessagesState).add_node("say", say).add_edge(START, "say").compile()

def make():
    return graph
"""


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of LangGraph, whose graphs import a module of a local dependency."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "words_of_a_graph", raising=False)
    for folder in ("app/src", "app/lib"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "app" / "src" / "talk.py").write_text(GRAPH)
    (tmp_path / "app" / "lib" / "words_of_a_graph.py").write_text("KIND = 'That sounds heavy.'\n")
    graphs = {
        "agent": "./src/talk.py:graph",
        "maker": {"path": "./src/talk.py:make", "description": "a factory"},
        "script": "./src/talk.ts:graph",
        "lost": "./src/lost.py:graph",
        "bare": "talk",
        "other": "./src/talk.py:grapf",
    }
    written = {"dependencies": ["./lib", "langchain"], "graphs": graphs, "env": ".env", "python_version": "3.11"}
    (tmp_path / "app" / "langgraph.json").write_text(json.dumps(written))
    (tmp_path / "app" / "odd.json").write_text('{"graphs": {"agent": 7}}')
    (tmp_path / "app" / "no.json").write_text("{")
    return tmp_path / "app"


@pytest.mark.parametrize("name", ["agent", "maker"])
def test_a_graph_is_named_by_its_entry_in_a_langgraph_json(app: Path, name: str) -> None:
    agent = f"app/langgraph.json:{name}"
    done = empa("run", SCENARIO, "--empathic", agent, "--max-turns", 1, "--out", "run")
    assert (done.code, done.err) == (0, "")
    assert said(Path("run")) == ["That sounds heavy."]
    beside = "app/lib/words_of_a_graph.py"
    assert set(load_run(Path("run")).code) == {"app/langgraph.json", "app/src/talk.py", beside}
    assert empa("resume", "run").code == 0
    (app / "src" / "talk.py").write_text(GRAPH + "# changed")
    done = empa("resume", "run")
    assert (done.code, "app/src/talk.py has changed since run" in done.err) == (2, True)


@pytest.mark.parametrize(
    ("agent", "line"),
    [
        (
            "app/langgraph.json:agnet",
            "--empathic: unknown graph of 'app/langgraph.json' 'agnet'. Did you mean 'agent'?",
        ),
        ("app/langgraph.json:script", "--empathic app/langgraph.json:script: the graph lies in './src/talk.ts'; only"),
        (
            "app/langgraph.json:lost",
            "--empathic app/langgraph.json:lost: cannot import 'app/src/lost.py' (no such file)",
        ),
        ("app/langgraph.json:bare", "--empathic app/langgraph.json:bare: graphs.bare: a graph is written as './path/"),
        (
            "app/langgraph.json:other",
            "--empathic: unknown attribute of 'app/src/talk.py' 'grapf'. Did you mean 'graph'?",
        ),
        ("app/odd.json:agent", "--empathic app/odd.json:agent: app/odd.json is no langgraph.json: graphs.agent"),
        ("app/no.json:agent", "--empathic app/no.json:agent: app/no.json is no langgraph.json: the document: Invalid"),
        ("none/langgraph.json:agent", "none/langgraph.json: cannot be read (no such file or directory)"),
    ],
)
def test_an_entry_that_leads_nowhere_is_one_line_before_the_run(app: Path, agent: str, line: str) -> None:
    done = empa("run", SCENARIO, "--empathic", agent, "--out", "run")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert done.err.startswith(f"empa: {line}")
    assert not Path("run").exists()


def test_an_entry_that_leads_below_the_run_folder_is_refused(app: Path) -> None:
    done = empa("run", SCENARIO, "--empathic", "app/langgraph.json:agent", "--out", "app/src")
    assert (done.code, "lies below the run folder" in done.err) == (2, True)
