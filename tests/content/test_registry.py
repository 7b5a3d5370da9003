from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from empa_graph.content.registry import GROUP, KINDS, Registry
from empa_graph.errors import NotFoundError, UsageError


def plain() -> Registry:
    return Registry(lambda: ())


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Callable[..., Registry]]:
    """Installs distributions into a folder of their own and gives a registry that sees no others."""
    before = set(sys.modules)

    def install(dist: str, entries: str, **modules: str) -> Registry:
        for name, code in modules.items():
            (tmp_path / f"{name}.py").write_text(code, encoding="utf-8")
        info = tmp_path / f"{dist}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {dist}\nVersion: 1.2\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n{entries}\n", encoding="utf-8")

        def entry_points() -> list[importlib.metadata.EntryPoint]:
            found = importlib.metadata.distributions(path=[str(tmp_path)])
            return [entry for one in found for entry in one.entry_points]

        return Registry(entry_points)

    sys.path.insert(0, str(tmp_path))
    yield install
    sys.path.remove(str(tmp_path))
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def said(call: Callable[[], Any], kind: type[UsageError] = UsageError) -> str:
    with pytest.raises(kind) as caught:
        call()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_decorated_definition_is_found_under_its_own_name_or_the_given_one():
    registry = plain()

    @registry.registered("metric")
    def longest(episode: object) -> float:
        return 1.0

    assert registry.registered("metric", "other")(longest) is longest
    assert registry.names("metric") == ("longest", "other")
    assert registry.find("metric", "longest") is registry.find("metric", "other") is longest


def test_kinds_do_not_share_names():
    registry = plain()
    registry.registered("metric", "one")(len)
    assert registry.names("role") == ()
    assert "unknown role 'one'" in said(lambda: registry.find("role", "one"), NotFoundError)


def test_an_unknown_name_suggests_the_nearest_registered_or_built_in_one():
    registry = plain()
    registry.registered("evaluator", "gentle")(len)
    line = said(lambda: registry.find("evaluator", "gentel", builtin=("cues",), where="--evaluator"), NotFoundError)
    assert line == "--evaluator: unknown evaluator 'gentel'. Did you mean 'gentle'?"
    assert "'cues'" in said(lambda: registry.find("evaluator", "cuse", builtin=("cues",)))


def test_an_unknown_kind_suggests_the_nearest():
    kind: Any = "metrics"
    assert "Did you mean 'metric'?" in said(lambda: plain().registered(kind))
    assert "Did you mean 'metric'?" in said(lambda: plain().names(kind))


def test_the_same_definition_may_be_registered_again_and_another_may_not():
    registry = plain()
    for _ in range(2):
        registry.registered("metric", "count")(len)
    assert said(lambda: registry.registered("metric", "count")(sum)).startswith("metric 'count' of builtins.sum")


@pytest.mark.parametrize("name", ["two words", "1st", "a/b", "a:b", "é" * 101])
def test_a_name_is_one_that_can_be_typed(name: str):
    assert "a name has letters" in said(lambda: plain().registered("metric", name)(len))


def test_a_built_in_name_cannot_be_taken():
    registry = plain()
    registry.registered("evaluator", "cues")(len)
    assert "has the name of a built-in one" in said(lambda: registry.find("evaluator", "cues", builtin=("cues",)))


def test_what_is_registered_in_a_scratch_block_is_forgotten_behind_it():
    registry = plain()
    with registry.scratch():
        registry.registered("metric", "count")(len)
        assert registry.names("metric") == ("count",)
    assert registry.names("metric") == ()


def test_an_entry_point_is_listed_without_being_imported_and_found_by_loading(installed: Callable[..., Registry]):
    registry = installed("warm", "metric.warmth = warm_ext:warmth", warm_ext="def warmth(episode): return 1.0")
    assert registry.names("metric") == ("warmth",)
    assert "warm_ext" not in sys.modules
    assert registry.find("metric", "warmth") is sys.modules["warm_ext"].warmth
    assert registry.origin("metric", "warmth") == "warm 1.2"


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("import no_such_thing_here", "ModuleNotFoundError"),
        ("1/0", "ZeroDivisionError"),
        ("raise SystemExit(0)", "SystemExit"),
        ("", "AttributeError"),
    ],
)
def test_a_broken_extension_is_one_line_with_its_distribution(
    installed: Callable[..., Registry], code: str, cause: str
):
    registry = installed("warm", "metric.warmth = broken_ext:warmth", broken_ext=code)
    line = said(lambda: registry.find("metric", "warmth"))
    assert line.startswith(f"metric 'warmth' of warm 1.2 cannot be loaded: {cause}")


def test_what_cannot_be_called_is_no_metric(installed: Callable[..., Registry]):
    registry = installed("warm", "metric.warmth = seven_ext:warmth", seven_ext="warmth = 7")
    assert (
        said(lambda: registry.find("metric", "warmth")) == "metric 'warmth' of warm 1.2 is int, which cannot be called"
    )


def test_two_distributions_with_one_name_are_both_named(installed: Callable[..., Registry]):
    installed("warm", "metric.warmth = a:b")
    registry = installed("cold", "metric.warmth = c:d")
    line = said(lambda: registry.names("metric"))
    assert "metric 'warmth' comes from" in line
    assert "warm 1.2" in line and "cold 1.2" in line


@pytest.mark.parametrize("entry", ["metrics.warmth = a:b", "warmth = a:b"])
def test_an_entry_without_a_kind_names_its_distribution(installed: Callable[..., Registry], entry: str):
    line = said(lambda: installed("warm", entry).names("role"))
    assert "of warm 1.2 (write KIND.NAME): unknown kind of extension" in line


def test_a_decorator_in_the_module_of_an_entry_point_is_no_conflict(installed: Callable[..., Registry]):
    registry = installed("warm", "metric.warmth = own_ext:warmth", own_ext="def warmth(episode): return 1.0")
    registry.registered("metric")(registry.find("metric", "warmth"))
    assert registry.find("metric", "warmth") is sys.modules["own_ext"].warmth
    registry = installed("other", "metric.length = own_ext:warmth")
    registry.registered("metric", "length")(len)
    assert "is already that of builtins.len" in said(lambda: registry.find("metric", "length"))


def test_content_is_a_path_a_function_that_gives_one_or_a_package(installed: Callable[..., Registry], tmp_path: Path):
    registry = installed("cards", "persona.cards = cards_ext", cards_ext="")
    registry.registered("persona", "mine")(lambda: "folder")
    assert registry.find("persona", "cards") == tmp_path
    assert registry.find("persona", "mine") == Path("folder")
    registry.registered("rubric", "odd")(lambda: 7)
    assert said(lambda: registry.find("rubric", "odd")).startswith("rubric 'odd' is int, not a path")


def test_every_kind_can_be_registered():
    registry = plain()
    for kind in KINDS:
        registry.registered(kind, "mine")(lambda: "here")
        assert registry.names(kind) == ("mine",)
        assert registry.find(kind, "mine") is not None
