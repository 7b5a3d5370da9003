"""Pages that the site makes of files outside docs/, and the API from the public names; a hook of MkDocs.

Rule: links are written for the place where a file lies, so that they work on a code host; here they are turned.
"""

from __future__ import annotations

import importlib
import inspect
import json
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

import empa_graph

ROOT = Path(__file__).parents[1]
OUTSIDE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "CODE_OF_CONDUCT.md": "conduct.md",
    "SECURITY.md": "security.md",
    "benchmarks/README.md": "benchmarks.md",
    "evaluators/behaviours/CODEBOOK.md": "codebook.md",
}
"""Markdown elsewhere in the repository, by the page that it becomes."""
SHOWN = (
    "evaluators/behaviours.yaml",
    "evaluators/support_judge.md",
    "examples/supervisor.py",
    *(f"notebooks/{notebook.name}" for notebook in sorted((ROOT / "notebooks").glob("*.ipynb"))),
)
"""Files that pages link to and that are shown as they are."""
API = {
    "index": ("Play, run, report", ("run", "graph", "content", "gate", "report", "store", "cues", "errors")),
    "records": ("Records", ("models",)),
    "roles": ("Roles and models", ("roles", "llm")),
    "live": ("Live", ("live",)),
    "scoring": ("Scoring", ("scoring",)),
}
"""The pages of the API: title, and the rooms whose public names stand there."""
_LINK = re.compile(r"(\]\()(?!\w+:|#)([^)\s#]*)")
_PLACES = OUTSIDE | {name: f"source/{name.replace('.', '-')}.md" for name in SHOWN}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made here."""
    made = {page: (ROOT / name).read_text(encoding="utf-8") for name, page in OUTSIDE.items()}
    made["index.md"] = f"---\nhide: [navigation]\n---\n{made['index.md']}"
    made |= {_PLACES[name]: _fenced(name) for name in SHOWN}
    made |= {f"api/{name}.md": _api(*what) for name, what in API.items()} | {"api/testing.md": _checks()}
    for page, text in made.items():
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Return the page with its links turned from the place of its file to its place in the site."""
    at = page.file.src_uri
    written = next((name for name, place in _PLACES.items() if place == at), f"docs/{at}")
    return _LINK.sub(lambda link: link[1] + _turned(link[2], written, at), markdown)


def _turned(link: str, written: str, at: str) -> str:
    """Return ``link``, as written in the file ``written`` of the repository, for the page ``at``."""
    target = posixpath.normpath(posixpath.join(posixpath.dirname(written), link))
    place = _PLACES.get(target, target.removeprefix("docs/") if target.startswith("docs/") else None)
    return link if place is None else posixpath.relpath(place, posixpath.dirname(at) or ".")


def _fenced(name: str) -> str:
    text = (ROOT / name).read_text(encoding="utf-8")
    if name.endswith(".ipynb"):
        return "\n\n".join(_cells(json.loads(text)))
    kind = {".py": "python", ".yaml": "yaml"}.get(Path(name).suffix, "text")
    return f"# `{name}`\n\n````{kind}\n{text}\n````\n"


def _cells(notebook: dict[str, Any]) -> Iterator[str]:
    """Yield the cells of a notebook as Markdown: words, code, and what the code printed, where that is kept."""
    for cell in notebook["cells"]:
        words = "".join(cell["source"])
        yield words if cell["cell_type"] == "markdown" else f"````python\n{words}\n````"
        for output in cell.get("outputs", ()):
            said = "".join(output.get("text", output.get("data", {}).get("text/plain", "")))
            yield f"````text\n{said.rstrip()}\n````"


def _api(title: str, rooms: tuple[str, ...]) -> str:
    """Return the page of the public names that come from ``rooms``."""
    found = [getattr(empa_graph, name) for name in empa_graph.__all__]
    here = [thing for room in rooms for thing in found if thing.__module__.split(".")[1] == room]
    here.sort(key=inspect.isclass)
    names = "".join(f"\n::: {thing.__module__}.{thing.__name__}\n" for thing in here)
    return f"# {title}\n\nPublic names of `empa_graph`: `from empa_graph import {here[0].__name__}`.\n{names}"


def _checks() -> str:
    testing = importlib.import_module("empa_graph.testing")
    names = "".join(f"\n::: empa_graph.testing.{name}\n" for name in testing.__all__)
    return f"# Checks of extensions\n\n`from empa_graph.testing import check_role`.\n{names}"
