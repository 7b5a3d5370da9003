"""What tells one object that was handed over from another."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from empa_graph.run.handed import fingerprint, not_compared

Agent = Callable[..., Any]


def make(line: Any) -> Agent:
    return lambda messages: line


def say(messages: Any, line: str = "Yes.") -> str:
    return line


def with_default(line: Any) -> Agent:
    def agent(messages: Any, *, said: Any = line) -> Any:
        return said

    return agent


class Client:
    def __call__(self, messages: Any) -> str:
        return "Yes."


@pytest.mark.parametrize("kind", [make, with_default, partial(partial, say)])
def test_what_a_function_holds_tells_it_from_another(kind: Agent):
    assert fingerprint(kind("Yes.")) == fingerprint(kind("Yes."))
    assert len({fingerprint(kind(line)).sha256 for line in ("Yes.", "No.", b"Yes.", 1, True, None)}) == 6


def test_values_are_compared_however_deep_they_lie_and_sets_and_dicts_in_any_order():
    one, other = {"a": [1, (2.5, {"x", "y"})], "b": make("Yes.")}, {"b": make("Yes."), "a": [1, (2.5, {"y", "x"})]}
    assert fingerprint(make(one)) == fingerprint(make(other)) != fingerprint(make({**one, "b": make("No.")}))


def test_two_functions_of_one_line_are_two():
    one, other = (lambda messages: "Yes.", lambda messages: "No.")
    assert fingerprint(one).sha256 != fingerprint(other).sha256


def test_a_function_that_closes_over_itself_and_a_list_in_itself_are_told():
    def agent(messages: Any) -> Any:
        return agent(messages[1:]) if messages else held

    held: list[Any] = []
    held.append(held)
    assert fingerprint(agent).sha256


@pytest.mark.parametrize(
    ("thing", "what"),
    [
        (Client(), "a Client"),
        (Client().__call__, "a method of a Client"),
        (make(Client()), "a function that holds a Client"),
        (partial(say, line=Client()), "a function that holds a Client"),
        ({"client": Client()}, "what holds a Client"),
        (eval("lambda messages: 'Yes.'"), "a function that lies in no file"),
    ],
)
def test_what_cannot_be_compared_says_so(thing: Any, what: str):
    assert fingerprint(thing) == ("", what)


def test_a_line_names_the_seat_and_another_way():
    told = "a Client handed as an object has no source that can be compared, so run 'r1' cannot be gone on with"
    assert not_compared("evaluator", "r1", Client()) == f"evaluator: {told}; register it and give its name"
    assert "what was handed as an object then had no source" in not_compared("agent", "r1", say)


def loaded(file: Path | str, text: str, **names: Any) -> Agent:
    names |= {"__name__": "agent_of_a_file"}
    exec(compile(text, str(file), "exec"), names)
    return names["reply"]


def test_the_whole_file_of_a_function_counts_and_what_it_imports_from_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.syspath_prepend(tmp_path)
    file, beside = tmp_path / "agent_of_a_file.py", tmp_path / "words_of_a_file.py"
    text = "import words_of_a_file\nPROMPT = 'Yes.'\ndef reply(messages): return PROMPT\n"
    beside.write_text("LINE = 'Yes.'\n")
    file.write_text(text)
    found = [fingerprint(loaded(file, text)) for _ in range(2)]
    beside.write_text("LINE = 'No.'\n")
    found.append(fingerprint(loaded(file, text)))
    file.write_text(text.replace("PROMPT = 'Yes.'", "PROMPT = 'No.'"))
    found.append(fingerprint(loaded(file, text)))
    assert found[0] == found[1] and len(set(found)) == 3


def test_in_a_notebook_the_cell_counts_and_what_it_names_of_other_cells(monkeypatch: pytest.MonkeyPatch):
    text = "def reply(messages): return line(PROMPT, client)\n"
    monkeypatch.setitem(linecache.cache, "<cell 1>", (len(text), None, [text], "<cell 1>"))
    names = {"PROMPT": "Yes.", "client": Client(), "line": say, "unused": 1}
    one, same = loaded("<cell 1>", text, **names), loaded("<cell 1>", text, **{**names, "unused": 2})
    assert fingerprint(one) == fingerprint(same) and fingerprint(one).sha256
    assert fingerprint(loaded("<cell 1>", text, **{**names, "PROMPT": "No."})) != fingerprint(one)
