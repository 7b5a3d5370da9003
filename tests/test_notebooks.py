from __future__ import annotations

import ast
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import empa_graph
from tests.forked import started

nbformat = pytest.importorskip("nbformat")
jupyter_client = pytest.importorskip("jupyter_client")
connect = pytest.importorskip("jupyter_client.connect")
pytest.importorskip("ipykernel")
pytest.importorskip("matplotlib")
FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
KERNEL = "from ipykernel.kernelapp import launch_new_instance\nlaunch_new_instance(argv=['-f', {!r}])"
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
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The client of a kernel in an empty folder; they speak over Unix sockets, which no other user can reach."""
    # The path of a Unix socket has room for 107 bytes, and those of pytest are long.
    with tempfile.TemporaryDirectory(prefix="empa-") as folder:
        connection, _ = connect.write_connection_file(f"{folder}/k.json", transport="ipc", ip=f"{folder}/k")
        place = tmp_path_factory.mktemp("notebooks")
        running = started(exec, KERNEL.format(connection), {}, cwd=place, IPYTHONDIR=f"{folder}/ipython")
        client = jupyter_client.BlockingKernelClient(connection_file=connection)
        client.load_connection_file()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=60)
            yield client
        except RuntimeError:
            print(running.said("err"))  # noqa: T201  # the last words of a kernel that died
            raise
        finally:
            client.stop_channels()
            running.process.kill()
            running.ended()


@pytest.mark.slow
@every_notebook
def test_a_notebook_runs_to_its_end_and_draws(path: Path, client: Any):
    nbformat.validate(nbformat.read(path, as_version=4))
    said: list[dict[str, Any]] = []
    for source in ("%reset -f", *("".join(cell["source"]) for cell in code_cells(path))):
        reply = client.execute_interactive(source, timeout=120, output_hook=said.append)
        assert reply["content"]["status"] == "ok", reply["content"]
    assert any("image/png" in message["content"].get("data", {}) for message in said)
    assert not any(message["msg_type"] == "error" for message in said)
