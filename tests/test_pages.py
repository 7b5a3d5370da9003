"""What the pages show is so: commands parse and run, what they print is what they print, links lead somewhere."""

from __future__ import annotations

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from contextlib import chdir
from difflib import unified_diff
from pathlib import Path

import pytest
import typer

from empa_graph.cli.app import app
from empa_graph.content.registry import REGISTRY
from tests.command import empa
from tests.pages import DOCS, PAGES, ROOT, Command, blocks, commands
from tests.test_project_pages import slugs

PLAYED = runpy.run_path(str(DOCS / "play_pages.py"))
COMMANDS = commands()
ELSEWHERE = {
    "CONTRIBUTING.md": "tests/test_contributing_page.py",
    "README.md": "tests/test_readme.py",
    "audit.md": "tests/test_audit_page.py",
    "calibration-updates.md": "tests/test_calibration_updates_page.py",
    "check-judge.md": "tests/cli/test_check_judge_command.py",
    "correlate.md": "tests/test_correlate_page.py",
    "example-supervisor.md": "tests/examples/test_supervisor.py",
    "exports.md": "tests/test_exports_page.py",
    "extending.md": "tests/test_extending_page.py",
    "extra-roles.md": "tests/test_extra_roles_page.py",
    "live.md": "tests/test_live_page.py",
    "mcp.md": "tests/mcp_server/test_page.py",
    "report.md": "tests/test_report_page.py",
}
"""Pages whose Python is run by tests of their own; here stand the others."""
NEED_MORE = re.compile(
    r"openai:|anthropic:|groq:|--base-url|local\b|my-tuned|minilm|postgres|^annotate|^view|^mcp|--follow|--otel|import-empa"
    r"|ratings\.jsonl|3f7a|<hash>|mine\.py|aligned=|runs/demo|piano_tuner|terse\.py|examples/pad|ray\b|live\.csv|campus|spec\.yaml|generated"
    r"|versions\.jsonl|went-wrong|case\b|distilled\b|study\.db"
)
"""What asks for a key, a server, weights, a terminal, data of others, or files that only its page makes."""


def test_no_page_installs_the_package_from_an_index():
    files = [*DOCS.glob("*.md"), *(DOCS / "ci").iterdir(), ROOT / "README.md"]
    assert [file.name for file in files if re.search(r"pip install '?empa-graph", file.read_text("utf-8"))] == []


def test_the_page_shows_what_its_commands_print_is_checked_for_the_pages_that_say_so():
    assert {page.name for page in PLAYED["PAGES"]} >= {"README.md", "tutorial.md", "runs.md", "gates.md", "live.md"}


@pytest.mark.slow
@pytest.mark.parametrize("page", PLAYED["PAGES"], ids=lambda page: page.name)
def test_a_page_shows_what_its_commands_print(page: Path, tmp_path: Path):
    pytest.importorskip("vl_convert", reason="the report extra is not installed")
    shutil.copy(page, tmp_path)
    command = [
        sys.executable,
        DOCS / "play_pages.py",
        tmp_path / page.name,
    ]  # a terminal is measured once
    subprocess.run(command, cwd=ROOT, timeout=300, check=True)
    text, now = page.read_text(encoding="utf-8"), (tmp_path / page.name).read_text(encoding="utf-8")
    changed = "\n".join(unified_diff(text.splitlines(), now.splitlines(), "shown", "printed", lineterm="", n=0))
    assert not changed, f"run: python docs/play_pages.py\n{changed}"


def test_the_configuration_is_that_of_the_code():
    page = runpy.run_path(str(DOCS / "generate_config.py"))["page"]()
    assert page == (DOCS / "config.md").read_text(encoding="utf-8"), "run: python docs/generate_config.py"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: f"{command.page}: {' '.join(command.words)}"[:90])
def test_a_command_parses(command: Command):
    group, words = typer.main.get_command(app), list(command.words)
    while hasattr(group, "commands") and not words[0].startswith("-"):
        group = group.commands[words.pop(0)]
    if not hasattr(group, "commands"):
        group.make_context("empa", words, resilient_parsing=False)


def test_every_command_stands_on_the_page_of_all_commands():
    group = typer.main.get_command(app)
    shown = {command.words[0] for command in COMMANDS if command.page == "docs/commands.md"}
    assert set(group.commands) - {"version"} == shown - {"--version"}  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the commands of the pages name."""
    folder = tmp_path_factory.mktemp("world")
    for name in ("main", "branch", "epm"):
        words = ("run", "exam_student/reduce_stress", "--empathic", "scripted:expert", "--max-turns", 2)
        judged = ("--evaluator", "epm" if name == "epm" else "cues")
        assert empa(*words, *judged, "--out", folder / "runs" / name).code == 0
    said = [("user", "I failed."), ("assistant", "Get over it."), ("user", "Why do I try?"), ("assistant", "Hm.")]
    chat = {"id": "a", "messages": [{"role": role, "content": text} for role, text in said]}
    (folder / "chats.jsonl").write_text(json.dumps(chat) + "\n", encoding="utf-8")
    (folder / "my_personas").mkdir()
    shutil.copy(ROOT / "personas" / "exam_student.yaml", folder / "my_personas")
    (folder / "my_package").mkdir()
    (folder / "my_package" / "agent.py").write_text("def graph(messages):\n    return 'I hear you.'\n", "utf-8")
    with chdir(folder):
        assert empa("new", "evaluator", "terse").code == 0
        assert empa("score", "chats.jsonl", "--out", "judged.jsonl").code == 0
    (folder / "terse.py").rename(folder / "my_judge.py")
    shutil.copytree(folder / "runs" / "main", folder / "runs" / "mine")
    for page, kind, names in (("tutorial", "yaml", ["gate.yaml"]), ("runs", "yaml", ["study.yaml", "", "rules.yaml"])):
        for name, body in zip(names, blocks(DOCS / f"{page}.md", kind), strict=True):
            if name:
                (folder / name).write_text(body, encoding="utf-8")
    rules = re.search(r'write_text\("""\n(.*?)"""', (DOCS / "live.md").read_text(encoding="utf-8"), re.DOTALL)
    (folder / "line.yaml").write_text(rules[1] if rules else "", encoding="utf-8")
    return folder


OFFLINE = [one for one in COMMANDS if not one.played and not NEED_MORE.search(" ".join(one.words))]


def test_most_commands_are_run():
    assert len(OFFLINE) >= 35
    assert {command.words[0] for command in OFFLINE} >= {"run", "gate", "report", "plot", "audit", "diff", "perturb"}


@pytest.mark.slow
@pytest.mark.parametrize("command", OFFLINE, ids=lambda command: f"{command.page}: {' '.join(command.words)}"[:90])
def test_a_command_runs(command: Command, world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shutil.copytree(world, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    words = list(command.words)
    if words[0] == "run":
        words += [word for name in ("--limit", "--max-turns") if name not in words for word in (name, "1")]
        words += [] if {"--empathic", "--config"} & {*words} else ["--empathic", "scripted:generic"]
        shutil.rmtree("runs/mine")
    if "--out" in words:
        Path(words[words.index("--out") + 1]).unlink(missing_ok=True)
    with REGISTRY.scratch(), Path(command.given or os.devnull).open(encoding="utf-8") as given:
        monkeypatch.setattr("sys.stdin", given)
        done = empa(*words)
    assert done.code in (0, 1, 4, 100), done.err


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_the_links_of_a_page_lead_somewhere_on_a_code_host(page: Path):
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    links = re.findall(r"\]\((?!\w+:)([^)#\s]*)#?([^)\s]*)\)", text)
    assert [path for path, _ in links if not (DOCS / path).exists()] == []
    assert [f"{path}#{at}" for path, at in links if at and at not in slugs(DOCS / (path or page.name))] == []


def test_no_page_with_python_is_forgotten():
    known = {*ELSEWHERE, "chats.md", "felt.md", "runs.md", "store.md", "testing-your-agent.md", "tutorial.md"}
    assert {page.name for page in PAGES if blocks(page, "python") or blocks(page, "py")} == known
    assert [path for path in ELSEWHERE.values() if not (ROOT / path).is_file()] == []


def test_the_python_of_the_other_pages_runs(world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shutil.copytree(world, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    shutil.copytree("runs/main", "runs/demo")
    person, replies = (f"I could not sleep {n} nights." for n in range(4)), ("How was the night?" for _ in range(4))
    axes = dict.fromkeys(("validating", "eliciting", "understanding", "advising", "self_turning", "dismissing"), 1.0)
    given = {"person": tuple(person), "replies": tuple(replies), "axes": axes}
    for name in ("chats", "felt", "runs", "store"):
        for code in blocks(DOCS / f"{name}.md", "python"):
            exec(compile(code, f"{name}.md", "exec", dont_inherit=True), dict(given))


@pytest.mark.slow
def test_the_tests_that_the_pages_show_are_tests(tmp_path: Path):
    (shown,), (short,) = (blocks(DOCS / "testing-your-agent.md", "python"), blocks(ROOT / "README.md", "py"))
    (tmp_path / "my_package").mkdir()
    (tmp_path / "my_package" / "agent.py").write_text("def graph(messages):\n    return 'Get over it.'\n", "utf-8")
    imports = "from my_package.agent import graph as my_graph\n"
    (tmp_path / "test_shown.py").write_text(imports + shown, encoding="utf-8")
    (tmp_path / "test_short.py").write_text(short, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert "2 failed" in done.stdout, done.stdout
    assert done.stdout.count("composite is 0 over 1 episode, wanted at least 60") >= 2


def test_the_readme_is_read_in_ten_minutes():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150
