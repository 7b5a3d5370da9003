from __future__ import annotations

import ast
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import empa_graph

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
Config = pytest.importorskip("traitlets.config").Config
pytest.importorskip("ipykernel")
pytest.importorskip("matplotlib")
FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path: Path) -> list[dict[str, Any]]:
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]


def code(path: Path) -> ast.Module:
    """The code cells as one module without their magics; awaiting at top level is what a notebook may do."""
    lines = [line for cell in code_cells(path) for line in "".join(cell["source"]).splitlines()]
    text = "\n".join(line for line in lines if not line.startswith("%"))
    return compile(text, path.name, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def imported(tree: ast.Module) -> set[str]:
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return names | {f"{node.module}.{alias.name}" for node in froms for alias in node.names}


def test_there_are_notebooks():
    assert NOTEBOOKS


@every_notebook
def test_a_notebook_imports_public_names_only(path: Path):
    ours = {name for name in imported(code(path)) if name.split(".")[0] == "empa_graph"}
    assert ours and ours <= {f"empa_graph.{name}" for name in empa_graph.__all__}


@every_notebook
def test_a_notebook_is_stored_without_outputs(path: Path):
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert not any(cell["outputs"] or cell["execution_count"] for cell in code_cells(path))
    assert not any(cell["metadata"] for cell in stored["cells"])
    assert set(stored["metadata"]) == {"kernelspec", "language_info"}


@pytest.fixture
def sockets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Settings of a kernel over Unix sockets, which no other user of the machine can reach."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    # The path of a Unix socket has room for 107 bytes, and tmp_path is long.
    with tempfile.TemporaryDirectory(prefix="empa-") as folder:
        yield {"KernelManager": {"transport": "ipc", "ip": f"{folder}/k", "connection_file": f"{folder}/k.json"}}


@pytest.mark.slow
@every_notebook
def test_a_notebook_runs_to_its_end_and_draws(path: Path, sockets: dict[str, Any], tmp_path: Path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    place = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, config=Config(sockets), timeout=120, resources=place).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert not any(output.output_type == "error" for output in outputs)
