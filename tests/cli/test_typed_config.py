"""Options and fields are one table: each option of `empa run` fills one field, with its bounds and its default."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest

from empa_graph.cli.config_command import as_yaml, load_config
from empa_graph.cli.option_texts import OPTIONS
from empa_graph.cli.play_commands import run
from empa_graph.cli.typed_config import field_of
from empa_graph.errors import SettingError
from empa_graph.models.config import RunConfig
from empa_graph.models.settings import KEYS, SETTINGS
from empa_graph.store.folder import load_run
from tests.command import SCENARIO, empa
from tests.records import config

OWN = {"config", "anchors", "dry_run", "json_", *KEYS}
"""The options of `empa run` that fill no field: how it reports, what is judged before it, what is never kept."""
_ENDS = (("Ge(", "(ge="), ("Le(", "(le=", " le="))
STUDY = """\
agent:
  spec: scripted:generic
suite:
  scenarios: [exam_student/reduce_stress]
  max_turns: 2
"""
TOML = """\
[agent]
spec = "scripted:generic"
[suite]
scenarios = ["exam_student/reduce_stress"]
max_turns = 2
"""


def options() -> dict[str, inspect.Parameter]:
    return {name: found for name, found in inspect.signature(run).parameters.items() if name != "command_line"}


def bounds(name: str) -> tuple[float | None, float | None]:
    info = options()[name].annotation.__metadata__[0]
    return info.min, info.max


def fields() -> set[str]:
    found = set()
    for name, field in RunConfig.model_fields.items():
        inner = getattr(field.annotation, "model_fields", {})
        found |= {f"{name}.{setting}" for setting in inner} or {name}
    return found


def test_every_option_of_a_run_fills_a_field_and_every_field_has_an_option():
    assert {SETTINGS[name] for name in options() if name not in OWN} == fields()
    assert set(SETTINGS) == set(options()) - OWN == set(OPTIONS) - set(KEYS)
    assert len(set(SETTINGS.values())) == len(SETTINGS)


@pytest.mark.parametrize("name", SETTINGS)
def test_an_option_has_the_default_and_the_bounds_of_its_field(name: str):
    default = field_of(SETTINGS[name]).default
    assert options()[name].default == (None if isinstance(default, tuple) else default)
    for bound, step in zip(bounds(name), (-1, 1), strict=True):
        if bound is not None:
            assert config(**{name: bound}) is not None
            with pytest.raises(SettingError, match="allowed is"):
                config(**{name: bound + step})


def test_every_bound_that_includes_its_end_is_shown_by_the_help():
    shown = [{name for name in SETTINGS if bounds(name)[end] is not None} for end in (0, 1)]
    fields = {name: repr(field_of(SETTINGS[name])) for name in SETTINGS}
    written = [{name for name, field in fields.items() if any(w in field for w in words)} for words in _ENDS]
    assert shown == written and min(map(len, shown)) >= 10


@pytest.mark.parametrize(("file", "text"), [("study.yaml", STUDY), ("study.toml", TOML)])
def test_a_run_is_played_from_a_file_and_what_is_typed_goes_before_it(
    file: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    Path(file).write_text(text)
    done = empa("run", "--config", file, "--max-turns", 1, "--out", "run")
    assert (done.code, done.err) == (0, "")
    made = load_run(Path("run"))
    assert (made.config.agent.spec, made.config.suite.scenarios, made.max_turns) == ("scripted:generic", (SCENARIO,), 1)


def test_the_code_that_a_file_names_is_said_before_it_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("study.yaml").write_text(STUDY.replace("scripted:generic", "no.such.module:agent"))
    done = empa("run", "--config", "study.yaml")
    assert done.err.splitlines()[0] == "empa: study.yaml: imports no.such.module:agent"
    assert done.code == 2 and "cannot import" in done.err


def test_what_is_shown_is_a_file_that_gives_the_same(tmp_path: Path):
    words = ("--empathic", "openai:gpt-5-mini", "--judge", "a", "--judge", "b", "--context", '{"user": "na: dia"}')
    shown = empa("config", "show", *words, "--max-minutes", 1.5, "--extra", "empathic:a:b")
    (tmp_path / "study.yaml").write_text(shown.out)
    found = load_config(tmp_path / "study.yaml")
    assert found.agent.context == {"user": "na: dia"} and found.limits.run_minutes == 1.5
    assert json.loads(empa("config", "show", "--config", tmp_path / "study.yaml", "--json").out) == found.model_dump(
        mode="json"
    )
    assert as_yaml(found) == shown.out


def test_a_file_is_checked_with_what_it_names(tmp_path: Path):
    file = tmp_path / "study.yaml"
    file.write_text(STUDY)
    assert empa("config", "check", file).out == f"{file}: 1 episode of 1 scenario\n"


def test_the_example_of_the_page_on_runs_is_a_configuration(tmp_path: Path):
    page = (Path(__file__).parents[2] / "docs" / "runs.md").read_text(encoding="utf-8")
    part = page.partition("## A run as a file")[2]
    (tmp_path / "study.yaml").write_text(part.partition("```yaml\n")[2].partition("```")[0])
    found = load_config(tmp_path / "study.yaml")
    assert (found.evaluator.judges, found.limits.run_cost) == (("openai:gpt-5", "openai:gpt-5-mini"), 20)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("a.yaml", "agent:\n  temprature: 1\n", "a.yaml:2: unknown setting 'agent.temprature'; did you mean 'temperat"),
        ("a.yaml", "agent:\n  spec: m\n  temperature: 9\n", "a.yaml:3: agent.temperature is 9, allowed is 2.0 or less"),
        ("a.yaml", "- 1\n", "a.yaml:1: the configuration is list, allowed is a mapping of its settings"),
        ("a.toml", "[agent]\ntemprature = 1\n", "a.toml: unknown setting 'agent.temprature'"),
        ("a.toml", "[agent\n", "a.toml: malformed TOML"),
        ("a.yaml", "agent: {spec: scripted:templat}\n", "unknown scripted agent 'templat'. Did you mean 'template'?"),
        ("a.yaml", "suite: {scenarios: [exam_studen]}\n", "unknown scenario or persona 'exam_studen'"),
        ("a.yaml", "evaluator: {name: judge}\n", "--evaluator judge needs --judge MODEL"),
    ],
)
def test_a_file_that_leads_nowhere_is_one_line(name: str, text: str, line: str, tmp_path: Path):
    (tmp_path / name).write_text(text)
    done = empa("config", "check", tmp_path / name)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1) and line in done.err


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--extra-body", '{"n": 2}'), "--extra-body: 'n' cannot be set there; one answer is read"),
        (("--timeout", 0), "--timeout is 0.0, allowed is above 0.0"),
        (("--max-cost", 0), "--max-cost is 0.0, allowed is above 0.0"),
    ],
)
def test_a_wrong_value_is_called_by_its_option(words: tuple[object, ...], line: str):
    done = empa("run", SCENARIO, "--empathic", "scripted:template", *words)
    assert (done.code, done.err) == (2, f"empa: {line}\n")
