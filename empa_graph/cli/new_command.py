"""``empa new``: write a starting file, and say how to try it."""

from __future__ import annotations

import builtins
import json
import keyword
import re
import shlex
from collections.abc import Collection, Mapping
from pathlib import Path

import typer

from empa_graph.content.library import bundled_rubrics, content_folder
from empa_graph.content.registry import REGISTRY
from empa_graph.content.starting_file import SUFFIX, starting_files
from empa_graph.errors import NotFoundError, UsageError, writing
from empa_graph.roles.extra import TAKEN
from empa_graph.roles.specs import EVALUATORS

SCENARIO = "exam_student/reduce_stress"
_NAME = re.compile(r"[a-z][a-z0-9_]{1,47}")


def write_described(name: str | None, spec: Path | None, out: Path | None, *, as_json: bool) -> None:
    """Write the scenarios that ``spec`` describes to the folder ``out``. Raises UsageError, ContentError."""
    from empa_graph.cli.generate_command import write_scenarios

    if name is not None:
        raise UsageError(f"'{name[:200]}': scenarios have no name; empa new scenarios --spec FILE.yaml --out FOLDER")
    if spec is None:
        raise UsageError("scenarios need --spec FILE.yaml (docs/suites.md)")
    if out is None:
        raise UsageError("scenarios need --out FOLDER, a new or empty one")
    write_scenarios(spec, out, as_json=as_json)


def write_new(kind: str, name: str | None, out: Path | None, *, spec: Path | None = None, as_json: bool) -> None:
    """Write what a new ``kind`` called ``name`` begins with to ``out``, a file or a folder. Raises UsageError."""
    if kind not in SUFFIX:
        raise NotFoundError("kind of starting file", kind, [*SUFFIX, "scenarios"])
    if spec is not None:
        raise UsageError(f"--spec is for scenarios, and a {kind} takes none")
    if name is None:
        raise UsageError(f"a {kind} needs a name: empa new {kind} NAME")
    _check_name(kind, name)
    file = _place(kind, name, out)
    files = starting_files(kind, name, file)
    _write(files)
    commands = [shlex.join(["empa", *words]) for words in _next(kind, name, str(file))]
    if as_json:
        typer.echo(json.dumps({"files": [str(path) for path in files], "try": commands}, indent=2))
        return
    typer.echo("wrote " + " and ".join(map(str, files)) + "; change what its comments name, and try:")
    for command in commands:
        typer.echo(f"  {command}")


def _next(kind: str, name: str, file: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the words of the two commands to try next."""
    listener, play = ("--empathic", "scripted:template"), ("run", SCENARIO)
    if kind == "persona":
        return ("validate", file), ("run", "--personas", file, *listener)
    if kind == "rubric":
        return (*play, "--rubric", file, *listener), (*play, "--rubric", file, "--empathic", "scripted:dismissive")
    if kind == "evaluator":
        return (*play, "--import", file, "--evaluator", name, *listener), ("list", "evaluators", "--import", file)
    extra = ("--extra", f"empathic:{file}:{name}")
    return (*play, *extra, "--empathic", "scripted:generic"), ("list", "roles", "--import", file)


def _check_name(kind: str, name: str) -> None:
    """Raise UsageError for a name that cannot be one, or that something else has."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"'{name[:200]}': a name has small letters, digits and '_', a letter first, 2 to 48 in all")
    if keyword.iskeyword(name) or hasattr(builtins, name):
        raise UsageError(f"'{name}' is a word of Python; choose another name")
    if name in _taken(kind):
        raise UsageError(f"the name '{name}' is taken (empa list {kind}s shows all); choose another")


def _taken(kind: str) -> Collection[str]:
    if kind == "rubric":
        return bundled_rubrics()
    if kind == "persona":
        return {path.stem for path in content_folder("personas").glob("*.yaml")}
    return {*EVALUATORS, *REGISTRY.names("evaluator")} if kind == "evaluator" else {*TAKEN, *REGISTRY.names("role")}


def _place(kind: str, name: str, out: Path | None) -> Path:
    """Return the file to write. Raises UsageError for one that could not be used under its name."""
    suffix = SUFFIX[kind]
    if out is None or out.is_dir() or not out.suffix:
        return (out or Path()) / f"{name}{suffix}"
    if out.suffix != suffix:
        raise UsageError(f"--out {out}: a file of this kind ends in {suffix}")
    if kind == "persona" and out.stem != name:
        raise UsageError(f"--out {out}: the file of a persona bears its name: {out.with_name(name + suffix)}")
    return out


def _write(files: Mapping[Path, str]) -> None:
    """Write all files, none over another. Raises UsageError."""
    for file in files:
        if file.exists() or file.is_symlink():
            raise UsageError(f"{file}: is there already, and nothing is written over it; choose another --out")
    for file, text in files.items():
        with writing(file):
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("x", encoding="utf-8") as opened:
                opened.write(text)
