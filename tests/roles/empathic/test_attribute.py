from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from empa_graph.errors import NotFoundError, UsageError
from empa_graph.roles.empathic.agents import checked_reply
from empa_graph.roles.empathic.attribute import load_attribute


def test_an_attribute_is_loaded_by_module_and_name() -> None:
    assert load_attribute("empa_graph.roles.empathic.agents:checked_reply") is checked_reply


@pytest.mark.parametrize("spec", ["no_such_module_here:reply", ":reply", ".relative:reply"])
def test_a_module_that_cannot_be_imported_is_a_usage_error(spec: str) -> None:
    with pytest.raises(UsageError, match="cannot import"):
        load_attribute(spec)


def test_a_misspelt_model_provider_says_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean the model provider 'openai'"):
        load_attribute("opnai:gpt-x")


def test_a_missing_attribute_says_the_nearest() -> None:
    with pytest.raises(NotFoundError, match="Did you mean 'checked_reply'"):
        load_attribute("empa_graph.roles.empathic.agents:checked_replies")


def test_an_attribute_that_cannot_be_called_is_refused() -> None:
    with pytest.raises(UsageError, match="int is neither a function nor a graph"):
        load_attribute("empa_graph.roles.empathic.agents:LONGEST_REPLY")


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file of the module ``frail``, in the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path / "frail.py"
    sys.modules.pop("frail", None)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def reply(:\n", "frail.py:1: SyntaxError: invalid syntax"),
        ("\n1 / 0\n", "frail.py:2: ZeroDivisionError: division by zero"),
        ("{}['key']\n", "frail.py:1: KeyError: 'key'"),
        ("import sys\nsys.exit(3)\n", "frail.py:2: SystemExit: 3"),
        ("import sys\nsys.exit()\n", "frail.py:2: SystemExit"),
        ("import json\njson.loads('{')\n", "frail.py:2: JSONDecodeError: Expecting property name"),
        ("import no_such_library\n", "frail.py:1: ModuleNotFoundError: No module named 'no_such_library'"),
    ],
)
def test_a_module_that_fails_at_import_is_told_of_in_one_line_with_its_place(
    module: Path, code: str, said: str
) -> None:
    module.write_text(code)
    importlib.invalidate_caches()
    with pytest.raises(UsageError) as caught:
        load_attribute("frail:reply")
    assert str(caught.value).startswith(f"--empathic frail:reply: cannot import 'frail' ({said}")
    assert "\n" not in str(caught.value)
