from __future__ import annotations

import getpass
import importlib
import json
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from empa_graph.content.library import find_scenarios, load_rubric
from empa_graph.cues.heads import shipped_heads
from empa_graph.cues.sentence_vectors import vectors_hash
from empa_graph.errors import NotFoundError, UsageError
from empa_graph.roles.evaluator.offline import OFFLINE
from empa_graph.run.provenance import code_hashes, git_revision, platform_facts, run_hashes, versions
from tests.records import run

THREE = find_scenarios(["exam_student"])
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
REPLY = "def reply(messages):\n    return 'Yes.'\n"


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=someone", "-c", "user.email=someone@example.org", "-c", "commit.gpgsign=false"]
    command = ["git", "-C", str(folder), *identity, *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def repository(folder: Path) -> Path:
    git(folder, "init", "--quiet")
    (folder / "agent.py").write_text(REPLY)
    git(folder, "add", "agent.py")
    git(folder, "commit", "--quiet", "--message", "one")
    return folder


@pytest.fixture
def importable(tmp_path: Path) -> Iterator[Path]:
    """A folder that modules are imported from; what was imported is forgotten afterwards."""
    before = set(sys.modules)
    sys.path.insert(0, str(tmp_path))
    importlib.invalidate_caches()
    yield tmp_path
    sys.path.remove(str(tmp_path))
    for name in set(sys.modules) - before:
        del sys.modules[name]


def package(folder: Path, name: str, **files: str) -> None:
    (folder / name).mkdir()
    for file, text in {"__init__": "", **files}.items():
        (folder / name / f"{file}.py").write_text(text)


def forget(name: str) -> None:
    for module in [module for module in sys.modules if module.partition(".")[0] == name]:
        del sys.modules[module]
    importlib.invalidate_caches()


@needs_git
def test_the_revision_is_the_short_hash_of_the_commit(tmp_path: Path):
    assert git_revision(repository(tmp_path)) == git(tmp_path, "rev-parse", "--short=12", "HEAD")


@needs_git
def test_a_changed_file_adds_a_plus_and_an_untracked_one_does_not(tmp_path: Path):
    clean = git_revision(repository(tmp_path))
    (tmp_path / "notes.txt").write_text("to do")
    assert git_revision(tmp_path) == clean
    (tmp_path / "agent.py").write_text("changed")
    assert git_revision(tmp_path) == f"{clean}+"


@needs_git
def test_a_folder_inside_the_repository_has_its_revision(tmp_path: Path):
    repository(tmp_path)
    (tmp_path / "deep").mkdir()
    assert git_revision(tmp_path / "deep") == git_revision(tmp_path)


@needs_git
def test_looking_at_a_repository_starts_no_program_that_it_names(tmp_path: Path):
    repository(tmp_path)
    spy = tmp_path / "spy.sh"
    spy.write_text(f"#!/bin/sh\ntouch {tmp_path / 'started'}\n")
    spy.chmod(0o755)
    git(tmp_path, "config", "core.fsmonitor", str(spy))
    git(tmp_path, "status")
    assert (tmp_path / "started").exists()
    (tmp_path / "started").unlink()
    assert git_revision(tmp_path) is not None
    assert not (tmp_path / "started").exists()


@needs_git
def test_a_repository_without_a_commit_has_no_revision(tmp_path: Path):
    git(tmp_path, "init", "--quiet")
    assert git_revision(tmp_path) is None


def test_a_folder_outside_a_repository_or_missing_has_no_revision(tmp_path: Path):
    assert git_revision(tmp_path) is None
    assert git_revision(tmp_path / "missing") is None


def test_without_git_there_is_no_revision(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "")
    assert git_revision(Path(__file__).parent) is None


def test_a_single_module_is_hashed_under_its_name(importable: Path):
    (importable / "lone_agent.py").write_text(REPLY)
    (importable / "beside.py").write_text("other = 1\n")
    first = code_hashes(["lone_agent:reply"])
    assert list(first) == ["lone_agent"]
    forget("lone_agent")
    (importable / "beside.py").write_text("other = 2\n")
    assert code_hashes(["lone_agent:reply"]) == first
    (importable / "lone_agent.py").write_text(REPLY + "# changed\n")
    assert code_hashes(["lone_agent:reply"]) != first


def test_any_source_file_of_the_package_changes_its_hash(importable: Path):
    package(importable, "kind_agent", inner=REPLY, unused="a = 1\n")
    first = code_hashes(["kind_agent.inner:reply"])
    assert list(first) == ["kind_agent"]
    (importable / "kind_agent" / "unused.py").write_text("a = 2\n")
    second = code_hashes(["kind_agent.inner:reply"])
    (importable / "kind_agent" / "prompt.md").write_text("Be kind.\n")
    assert len({str(found) for found in (first, second, code_hashes(["kind_agent.inner:reply"]))}) == 3


def test_a_file_that_is_moved_inside_its_package_changes_the_hash(importable: Path):
    package(importable, "moving_agent", inner=REPLY, one="a = 1\n")
    first = code_hashes(["moving_agent.inner:reply"])
    (importable / "moving_agent" / "one.py").rename(importable / "moving_agent" / "two.py")
    assert code_hashes(["moving_agent.inner:reply"]) != first


def test_byte_code_data_and_hidden_files_do_not_count(importable: Path):
    package(importable, "calm_agent", inner=REPLY)
    first = code_hashes(["calm_agent.inner:reply"])
    (importable / "calm_agent" / "weights.bin").write_bytes(b"\0" * 10)
    (importable / "calm_agent" / ".secret.txt").write_text("x")
    (importable / "calm_agent" / "__pycache__").mkdir(exist_ok=True)
    (importable / "calm_agent" / "__pycache__" / "notes.txt").write_text("x")
    assert code_hashes(["calm_agent.inner:reply"]) == first


def test_what_a_module_imports_from_beside_it_is_hashed_file_by_file(importable: Path):
    package(importable, "words_beside", kind="LINE = 'Yes.'\n", unused="")
    (importable / "helper_beside.py").write_text("def late():\n    from words_beside import kind\n    return kind\n")
    (importable / "stranger_beside.py").write_text("")
    (importable / "leaning_agent.py").write_text(f"import json, yaml, pytest\nfrom helper_beside import late\n{REPLY}")
    first = code_hashes(["leaning_agent:reply"])
    assert list(first) == ["helper_beside", "leaning_agent", "words_beside", "words_beside.kind"]
    (importable / "words_beside" / "kind.py").write_text("LINE = 'No.'\n")
    second = code_hashes(["leaning_agent:reply"])
    assert [name for name in first if first[name] != second[name]] == ["words_beside.kind"]


def test_of_more_files_beside_an_agent_the_first_are_hashed(importable: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("empa_graph.run.beside.MOST_FILES", 2)
    for number in range(4):
        (importable / f"many_{number}.py").write_text("")
    (importable / "many_agent.py").write_text(f"import many_0, many_1, many_2, many_3\n{REPLY}")
    assert list(code_hashes(["many_agent:reply"])) == ["many_0", "many_1", "many_agent"]


def test_the_package_that_defines_the_attribute_is_hashed_too(importable: Path):
    package(importable, "defining_agent", inner=REPLY)
    (importable / "naming_agent.py").write_text("from defining_agent.inner import reply\n")
    assert list(code_hashes(["naming_agent:reply"])) == ["defining_agent", "naming_agent"]


def test_a_package_without_an_init_file_is_hashed_as_well(importable: Path):
    (importable / "open_agents").mkdir()
    (importable / "open_agents" / "first.py").write_text(REPLY)
    assert list(code_hashes(["open_agents.first:reply"])) == ["open_agents"]


def test_of_an_installed_package_the_named_module_is_hashed():
    assert list(code_hashes(["yaml.nodes:Node"])) == ["yaml.nodes"]


def test_the_standard_library_and_this_package_have_no_hash():
    assert code_hashes(["json:dumps", "empa_graph.run.provenance:versions"]) == {}


def test_the_same_agent_named_twice_is_hashed_once_and_the_order_does_not_matter(importable: Path):
    (importable / "one_agent.py").write_text(REPLY)
    (importable / "two_agent.py").write_text(REPLY)
    specs = ["two_agent:reply", "one_agent:reply", "two_agent:reply"]
    assert list(code_hashes(specs)) == ["one_agent", "two_agent"]
    assert code_hashes(specs) == code_hashes(reversed(specs))


def test_no_path_stands_in_the_hashes(importable: Path):
    package(importable, "plain_agent", inner=REPLY)
    told = json.dumps(code_hashes(["plain_agent.inner:reply"]))
    assert str(importable) not in told and "/" not in told


def test_a_name_that_leads_nowhere_is_refused(importable: Path):
    (importable / "near_agent.py").write_text(REPLY)
    with pytest.raises(UsageError, match="cannot import 'no_such_agent'"):
        code_hashes(["no_such_agent:reply"])
    with pytest.raises(NotFoundError, match="Did you mean 'reply'"):
        code_hashes(["near_agent:repyl"])


def test_the_facts_of_the_machine_name_neither_host_nor_user():
    facts = platform_facts()
    assert set(facts) == {"system", "machine", "processors", "implementation"}
    assert all(facts.values())
    assert socket.gethostname() not in facts.values()
    assert getpass.getuser() not in facts.values()


def test_the_hash_of_the_embedding_stands_in_the_manifest_of_runs_that_use_it_and_of_no_others():
    plain, embedded, states = (run_hashes(run(evaluator=name), THREE, load_rubric()) for name in OFFLINE)
    assert set(states) - set(plain) == {"heads:cues-smollm"}
    assert set(embedded) - set(plain) == {"embedding:minilm", "heads:cues-minilm"}
    assert plain["heads:cues"] == embedded["heads:cues"] == shipped_heads().sha256


def test_a_person_who_hears_sentences_stands_on_the_embedding_too():
    embedded = run_hashes(run(nearness="sentences"), THREE, load_rubric())
    assert set(embedded) - set(run_hashes(run(), THREE, load_rubric())) == {"embedding:minilm"}


def test_every_run_stands_on_the_vectors_of_words_by_which_replies_fit():
    plain, heard = (run_hashes(run(nearness=name), THREE, load_rubric()) for name in ("words", "vectors"))
    assert plain == heard
    assert vectors_hash().items() <= plain.items()


def test_versions_name_python_and_the_package_itself():
    found = versions(["anthropic:claude", "openai:gpt", None])
    assert "langchain-anthropic" in found and "langchain-anthropic" not in versions()
    assert re.match(r"3\.\d+\.\d+", found["python"])
    assert {"empa-graph", "langgraph", "pydantic"} <= set(found)
