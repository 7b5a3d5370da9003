from __future__ import annotations

import sys
from pathlib import Path

import pytest

from empa_graph.errors import UsageError
from empa_graph.roles.empathic.unnamed import refuse_unnamed
from tests.command import empa

CODE = """
raise SystemExit("imported")
from langgraph.prebuilt import create_react_agent

limit = int("3")
_hidden = build().compile()
graph: object = build().compile().with_config(tags=["x"])
other = create_react_agent("openai:gpt-5-mini", [])


async def reply(messages):
    return "Hm."
"""


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package whose module must not be imported, in the working folder and on the path."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "shop_of_mine").mkdir()
    (tmp_path / "shop_of_mine" / "__init__.py").write_text(CODE)
    (tmp_path / "shop_of_mine" / "agent.py").write_text(CODE)
    (tmp_path / "shop_of_mine" / "broken.py").write_text("def reply(:")
    (tmp_path / "langgraph.json").write_text('{"graphs": {"care": "./a.py:graph"}}')
    return tmp_path


def told(spec: str) -> str:
    with pytest.raises(UsageError) as caught:
        refuse_unnamed(spec)
    return str(caught.value)


@pytest.mark.parametrize(
    ("spec", "kind"), [("shop_of_mine.agent", "a module"), ("shop_of_mine/agent.py", "a file of Python")]
)
def test_of_a_module_without_a_name_those_are_said_that_stand_in_it(code: Path, spec: str, kind: str) -> None:
    assert told(spec) == (
        f"agent '{spec}' looks like {kind}; name the graph or function in it, e.g. {spec}:graph "
        "(found in it: graph, other, reply)"
    )
    assert not [name for name in sys.modules if name.startswith("shop_of_mine")]


@pytest.mark.parametrize(
    ("spec", "line"),
    [
        ("langgraph.json", "e.g. langgraph.json:care (found in it: care)"),
        ("shop_of_mine.broken", "e.g. shop_of_mine.broken:graph"),
        ("shop_of_mine.agnt", "looks like a module, and none of that name can be imported from here"),
        ("nowhere/agent.py", "agent 'nowhere/agent.py': no such file"),
        ("./shop_of_mine", "is a path; name code in it, as path/file.py:graph"),
    ],
)
def test_what_can_be_meant_is_said_in_one_line(code: Path, spec: str, line: str) -> None:
    assert line in told(spec)


@pytest.mark.parametrize("spec", ["gpt-4o", "qwen2.5", "some_model"])
def test_what_may_be_a_model_goes_through(code: Path, spec: str) -> None:
    refuse_unnamed(spec)


def test_a_run_says_it_before_it_begins(code: Path) -> None:
    done = empa("run", "--empathic", "shop_of_mine.agent", "--out", "out")
    assert (done.code, done.err.count("\n"), (code / "out").exists()) == (2, 1, False)
    assert "e.g. shop_of_mine.agent:graph" in done.err
