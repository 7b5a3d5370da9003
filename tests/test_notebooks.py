from __future__ import annotations

import ast
import importlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import empa_graph
from tests.forked import started

nbformat = pytest.importorskip("nbformat")
jupyter_client = pytest.importorskip("jupyter_client")
connect = pytest.importorskip("jupyter_client.connect")
pytest.importorskip("ipykernel")
pytest.importorskip("matplotlib")
pytest.importorskip("vl_convert")
ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
KERNEL = "from ipykernel.kernelapp import launch_new_instance\nlaunch_new_instance(argv=['-f', {!r}])"
COMMAND = f"#!{sys.executable}\nfrom empa_graph.cli import main\nmain()\n"
PUBLIC = ("empa_graph.testing", "empa_graph.gate.decision")
"""Modules that the pages name and whose functions a notebook may import beside the public names."""
CODES = (0, 100)
"""What a command in a notebook may exit with: 100 is a gate or a judge that fails, which a notebook shows."""
SVG = "image/svg+xml"
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path: Path) -> list[dict[str, Any]]:
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]


def code(path: Path) -> ast.Module:
    """The code cells as one module without magics and commands; awaiting at top level is what a notebook may do."""
    sources = ["".join(cell["source"]) for cell in code_cells(path)]
    lines = [line for source in sources if not source.startswith("%%") for line in source.splitlines()]
    text = "\n".join(line for line in lines if not line.startswith(("%", "!")))
    return compile(text, path.name, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def imported(tree: ast.Module) -> set[tuple[str, str]]:
    """Module and name of every import from the package."""
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    plain = {(alias.name, "") for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    found = plain | {(str(node.module), alias.name) for node in froms for alias in node.names}
    return {(module, name) for module, name in found if module.split(".")[0] == "empa_graph"}


def prose(path: Path) -> list[str]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]


def anchors(page: Path) -> set[str]:
    """The anchors that a site makes of a page's headings."""
    heads = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_there_is_a_notebook_for_each_question():
    assert [path.name[:3] for path in NOTEBOOKS] == [f"0{number}_" for number in range(1, 9)]


@every_notebook
def test_a_notebook_asks_in_its_title_answers_and_says_what_it_cannot_show(path: Path):
    first, last = prose(path)[0], prose(path)[-1]
    assert re.fullmatch(r"# [A-Z].*\?", first.splitlines()[0])
    assert "## What was found" in "\n".join(prose(path)) and "**What this cannot show" in "\n".join(prose(path))
    assert "\n## Where to go next\n" in last


@every_notebook
def test_the_links_of_a_notebook_lead_somewhere(path: Path):
    links = re.findall(r"\]\(([^)]+)\)", "\n".join(prose(path)))
    assert links
    for link in links:
        file, _, anchor = link.partition("#")
        page = (path.parent / file).resolve()
        assert page.is_relative_to(ROOT) and page.is_file(), link
        assert not anchor or anchor in anchors(page), link


@every_notebook
def test_a_notebook_imports_public_names_only(path: Path):
    ours = imported(code(path))
    for module, name in ours:
        assert name in (empa_graph.__all__ if module == "empa_graph" else vars(importlib.import_module(module))), name
        assert module == "empa_graph" or module in PUBLIC
    assert ours or "!empa " in path.read_text(encoding="utf-8")


@every_notebook
def test_a_notebook_draws_and_is_stored_without_outputs(path: Path):
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert any(re.search(r"^(picture|SVG)\(", "".join(cell["source"]), re.MULTILINE) for cell in code_cells(path))
    assert not any(cell["outputs"] or cell["execution_count"] for cell in code_cells(path))
    assert not any(cell["metadata"] for cell in stored["cells"])
    assert [cell["id"] for cell in stored["cells"]] == [f"cell-{n:02}" for n in range(1, len(stored["cells"]) + 1)]
    assert set(stored["metadata"]) == {"kernelspec", "language_info"}


class Kernel(NamedTuple):
    """A kernel's client, and the empty folder it works in."""

    client: Any
    place: Path

    def said(self, source: str) -> list[dict[str, Any]]:
        """Execute a cell; what fails in it, or in a command of it, fails the test."""
        said: list[dict[str, Any]] = []
        left = {"code": "globals().get('_exit_code', 0)"}
        answer = self.client.execute_interactive(source, timeout=120, output_hook=said.append, user_expressions=left)
        assert answer["content"]["status"] == "ok", answer["content"]
        assert int(answer["content"]["user_expressions"]["code"]["data"]["text/plain"]) in CODES, said
        assert not any(message["msg_type"] == "error" for message in said)
        return [message["content"] for message in said]


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A kernel with the command ``empa``; client and kernel speak over Unix sockets, which no other user can reach."""
    # The path of a Unix socket has room for 107 bytes, and those of pytest are long.
    with tempfile.TemporaryDirectory(prefix="empa-") as folder:
        connection, _ = connect.write_connection_file(f"{folder}/k.json", transport="ipc", ip=f"{folder}/k")
        place, command = tmp_path_factory.mktemp("notebooks"), Path(folder, "bin", "empa")
        command.parent.mkdir()
        command.write_text(COMMAND, encoding="utf-8")
        command.chmod(0o755)
        path = f"{command.parent}{os.pathsep}{os.environ['PATH']}"
        around = {"IPYTHONDIR": f"{folder}/ipython", "PATH": path, "PYTHONPATH": str(ROOT)}
        running = started(exec, KERNEL.format(connection), {}, cwd=place, **around)
        client = jupyter_client.BlockingKernelClient(connection_file=connection)
        client.load_connection_file()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=60)
            yield Kernel(client, place)
        except RuntimeError:
            print(running.said("err"))  # noqa: T201  # the last words of a kernel that died
            raise
        finally:
            client.stop_channels()
            running.process.kill()
            running.ended()


@pytest.mark.slow
@every_notebook
def test_a_notebook_runs_to_its_end_draws_and_leaves_nothing(path: Path, kernel: Kernel):
    nbformat.validate(nbformat.read(path, as_version=4))
    kernel.said(f"%cd -q {kernel.place}")
    kernel.said("%reset -f")
    said = [part for cell in code_cells(path) for part in kernel.said("".join(cell["source"]))]
    drawn = [part["data"][SVG] for part in said if SVG in part.get("data", {})]
    assert drawn and all("<svg" in svg for svg in drawn)
    assert not any(part.get("name") == "stderr" and "Error" in part["text"] for part in said)
    assert not [*kernel.place.iterdir()]
