from __future__ import annotations

import sys

import pytest
from grimp import ImportGraph, build_graph

ROOMS = (
    ("cli",),
    ("viewer",),
    ("inspect_task", "mcp_server"),
    ("pytest_plugin", "testing"),
    ("live",),
    ("distill",),
    ("empa_import",),
    ("study",),
    ("run",),
    ("graph",),
    ("gate",),
    ("report",),
    ("roles",),
    ("llm",),
    ("chats",),
    ("content",),
    ("episode",),
    ("store",),
    ("cues",),
    ("errors", "models", "scoring", "seeds"),
)
"""The rooms from the top of the house down: each may import what stands below it, and nothing above."""
PURE = ("content", "episode", *ROOMS[-1])
"""The rooms of data and arithmetic, without a model and a network."""
FLOOR = {room: -floor for floor, rooms in enumerate(ROOMS) for room in rooms} | {"__main__": 1}


@pytest.fixture(scope="module")
def imports() -> ImportGraph:
    """Every import of the package, those inside functions too; only those for type checkers are left out."""
    return build_graph("empa_graph", include_external_packages=True, exclude_type_checking_imports=True, cache_dir=None)


def part(module: str) -> str:
    """Return the part of the package that ``module`` belongs to."""
    return module.split(".")[1]


def ours(imports: ImportGraph) -> set[str]:
    return {module for module in imports.modules if module.startswith("empa_graph.")}


def importers(imports: ImportGraph, *packages: str) -> set[str]:
    """Return the parts of ours that import a package whose name begins with one of ``packages``."""
    wanted = [module for module in imports.modules if module.startswith(packages)]
    assert wanted, f"nothing imports {packages}"
    return {part(found) for module in wanted for found in imports.find_modules_that_directly_import(module)}


def outside(imports: ImportGraph, *parts: str) -> set[str]:
    """Return the packages beyond ours that the modules of ``parts`` import."""
    found = {name for module in ours(imports) if part(module) in parts for name in _direct(imports, module)}
    return {name for name in found if not name.startswith("empa_graph")}


def _direct(imports: ImportGraph, module: str) -> set[str]:
    return imports.find_modules_directly_imported_by(module)


def test_every_room_of_the_package_has_its_floor(imports: ImportGraph):
    assert {part(module) for module in ours(imports)} - set(FLOOR) == set()


def test_nothing_imports_upwards(imports: ImportGraph):
    upwards = [
        f"{module} -> {name}"
        for module in sorted(ours(imports))
        for name in sorted(_direct(imports, module) & ours(imports))
        if FLOOR[part(name)] > FLOOR[part(module)]
    ]
    assert upwards == []


def test_an_import_inside_a_function_counts(imports: ImportGraph):
    assert imports.direct_import_exists(importer="empa_graph.run.schedule", imported="empa_graph.graph.sandbox")


def test_no_module_goes_through_the_public_names(imports: ImportGraph):
    assert imports.find_modules_that_directly_import("empa_graph") == set()


def test_only_the_graphs_import_langgraph(imports: ImportGraph):
    assert importers(imports, "langgraph") == {"graph", "live"}


def test_only_llm_imports_langchain_and_the_clients_below_it(imports: ImportGraph):
    assert importers(imports, "langchain", "langsmith", "openai", "httpx", "aiohttp", "xllamacpp") == {"llm"}


def test_only_the_viewer_serves_pages(imports: ImportGraph):
    assert importers(imports, "starlette", "uvicorn", "sse_starlette") == {"viewer"}


def test_inspect_and_the_protocol_stay_in_their_rooms(imports: ImportGraph):
    assert importers(imports, "inspect_ai") == {"inspect_task"}
    assert importers(imports, "mcp") == {"mcp_server"}


def test_data_and_arithmetic_know_no_network_and_no_model(imports: ImportGraph):
    allowed = {"numpy", "scipy", "pydantic", "yaml", "regex"}
    assert outside(imports, *PURE) & allowed == allowed
    assert {name for name in outside(imports, *PURE) - allowed if not _is_plain(name)} == set()


def _is_plain(name: str) -> bool:
    """Whether ``name`` is a module of the standard library that reaches no network."""
    return name in sys.stdlib_module_names - {"socket", "ssl", "urllib", "http", "asyncio", "subprocess"}


@pytest.mark.parametrize("name", ["scoring", "models"])
def test_scoring_and_models_reach_neither_langgraph_nor_langchain(imports: ImportGraph, name: str):
    reached = imports.find_upstream_modules(f"empa_graph.{name}", as_package=True)
    assert {module for module in reached if module.startswith(("langgraph", "langchain", "openai"))} == set()
    assert reached & {"numpy", "pydantic"}


def test_only_one_module_reads_yaml(imports: ImportGraph):
    assert imports.find_modules_that_directly_import("yaml") == {"empa_graph.content.loading"}


def test_scipy_is_for_statistics_and_the_terminal_for_the_command(imports: ImportGraph):
    assert imports.find_modules_that_directly_import("scipy") == {
        "empa_graph.scoring.apportion",
        "empa_graph.scoring.clustered",
        "empa_graph.scoring.correction",
        "empa_graph.scoring.correlation",
        "empa_graph.scoring.power",
        "empa_graph.scoring.ratio",
        "empa_graph.scoring.statistics",
        "empa_graph.scoring.support",
    }
    assert importers(imports, "typer", "rich") == {"cli"}


def test_language_models_in_numpy_are_the_matter_of_two_modules(imports: ImportGraph):
    minilm, smollm = "empa_graph.cues.minilm", "empa_graph.cues.smollm"
    assert imports.find_modules_that_directly_import("safetensors") == {minilm}
    assert imports.find_modules_that_directly_import("tokenizers") == {minilm, smollm}
    assert imports.find_modules_that_directly_import("threadpoolctl") == {"empa_graph.cues.one_thread"}


def test_what_finds_names_is_the_matter_of_the_intake(imports: ImportGraph):
    for package, module in (("presidio_analyzer", "presidio"), ("spacy", "presidio"), ("faker", "name_lists")):
        assert imports.find_modules_that_directly_import(package) == {f"empa_graph.distill.{module}"}


def test_reports_read_stored_runs_and_never_play(imports: ImportGraph):
    reached = imports.find_upstream_modules("empa_graph.report", as_package=True)
    assert {part(m) for m in reached if m.startswith("empa_graph.")} & {
        "graph",
        "roles",
        "llm",
        "runner",
        "run",
    } == set()
