from __future__ import annotations

import ast
import json
import tempfile
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


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """The cells of every notebook after all were played, one behind the other, in one emptied kernel.

    It speaks over Unix sockets, which no other user of the machine can reach.
    """
    read = {path.stem: nbformat.read(path, as_version=4) for path in NOTEBOOKS}
    whole = nbformat.v4.new_notebook()
    for notebook in read.values():
        nbformat.validate(notebook)
        whole.cells += [nbformat.v4.new_code_cell("%reset -f"), *notebook.cells]
    place = {"metadata": {"path": str(tmp_path_factory.mktemp("notebooks"))}}
    # The path of a Unix socket has room for 107 bytes, and those of pytest are long.
    with pytest.MonkeyPatch.context() as patched, tempfile.TemporaryDirectory(prefix="empa-") as folder:
        patched.setenv("IPYTHONDIR", f"{folder}/ipython")
        config = Config(KernelManager={"transport": "ipc", "ip": f"{folder}/k", "connection_file": f"{folder}/k.json"})
        nbclient.NotebookClient(whole, config=config, timeout=120, resources=place).execute()
    return {name: notebook.cells for name, notebook in read.items()}


@pytest.mark.slow
@every_notebook
def test_a_notebook_runs_to_its_end_and_draws(path: Path, played: dict[str, list[Any]]):
    cells = [cell for cell in played[path.stem] if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in cells)
    outputs = [output for cell in cells for output in cell.outputs]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert not any(output.output_type == "error" for output in outputs)
