"""The pytest plugin: the ``empathy`` fixture and marker, and what of a session is kept.

Rule: nothing of the package is imported before a test asks for the fixture; every pytest start loads this module.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from empa_graph.models.episode import Episode
    from empa_graph.testing.empathy import Empathy

_KEPT: pytest.StashKey[list[Episode]] = pytest.StashKey()
_MARK = "empathy(**options): plays an agent in the sandbox of empa_graph; options are defaults of empathy.play"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the plugin."""
    group = parser.getgroup("empa", "empathy (empa_graph)")
    group.addoption(
        "--empa-offline", action="store_true", help="fail where an agent asks a model or leaves this machine"
    )
    group.addoption("--empa-seed", type=int, default=None, metavar="N", help="seed of every play (default 0)")
    group.addoption("--empa-max-turns", type=int, default=None, metavar="N", help="turns at most (default: the rubric)")
    group.addoption("--empa-report", default=None, metavar="FILE.jsonl", help="write every episode with its test")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker and begin the report, which the controlling process alone writes."""
    config.addinivalue_line("markers", _MARK)
    given = config.getoption("--empa-report")
    if given is None or hasattr(config, "workerinput"):
        return
    path = Path(given)
    try:
        path.write_text("", encoding="utf-8")
    except OSError as error:
        raise pytest.UsageError(f"--empa-report {path}: {error.strerror}") from None
    config.pluginmanager.register(_Report(path), "empa_report")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that uses the fixture, so that ``-m empathy`` selects it."""
    for item in items:
        if "empathy" in getattr(item, "fixturenames", ()) and item.get_closest_marker("empathy") is None:
            item.add_marker("empathy")


@pytest.fixture
def empathy(request: pytest.FixtureRequest) -> Iterator[Empathy]:
    """Play an agent: ``empathy.play(agent, "exam_student/reduce_stress").assert_at_least(composite=60)``."""
    from empa_graph.errors import UsageError
    from empa_graph.testing.empathy import Empathy

    config, kept = request.config, request.node.stash.setdefault(_KEPT, [])
    defaults: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers("empathy"))):
        if marker.args:
            pytest.fail(f"@pytest.mark.empathy takes its options by name, found {marker.args[0]!r:.80}", pytrace=False)
        defaults |= marker.kwargs
    for option in ("seed", "max_turns"):
        given = config.getoption(f"empa_{option}")
        defaults |= {} if given is None else {option: given}
    fault = ""
    try:
        played = Empathy(defaults=defaults, offline=bool(config.getoption("empa_offline")), kept=kept)
    except UsageError as error:
        fault = str(error)
    if fault:  # outside of the handler, or pytest prints both
        pytest.fail(fault, pytrace=False)
    yield played


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the episodes of a test on its last report, which travels from the workers of xdist."""
    report = yield
    kept = item.stash.get(_KEPT, [])
    if report.when == "teardown" and kept and item.config.getoption("empa_report"):
        report.__dict__["empa_episodes"] = [episode.model_dump(mode="json") for episode in kept]
    return report


class _Report:
    """Writes the episodes of each finished test, one JSON line each."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the episodes off the report, here or from a worker."""
        episodes = report.__dict__.pop("empa_episodes", ())
        if episodes:
            with self._path.open("a", encoding="utf-8") as file:
                for episode in episodes:
                    file.write(json.dumps({"test": report.nodeid, "episode": episode}, ensure_ascii=False) + "\n")
