from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Iterator

import pytest

from empa_graph import errors
from empa_graph.errors import (
    ContentError,
    Error,
    MissingExtraError,
    NotFoundError,
    ProviderError,
    RefusedFieldError,
    ReplyError,
    RoleError,
    RunError,
    SettingError,
    SuspendedError,
    TransientError,
    UsageError,
    nearest,
)

GUESTS = ["night_nurse", "farm_heir", "exam_student"]


def branches(error: type[Error]) -> Iterator[tuple[str, str]]:
    """Yield (child, parent) of every class of the module below ``error``."""
    for child in error.__subclasses__():
        if child.__module__ == errors.__name__:
            yield child.__name__, error.__name__
            yield from branches(child)


def drawn() -> Iterator[tuple[str, str]]:
    """Yield (child, parent) as the module's docstring draws them."""
    above: dict[int, str] = {}
    for line in (errors.__doc__ or "").splitlines():
        name = line.lstrip("│├└─ ").partition(" ")[0]
        if name.endswith("Error"):
            depth = line.index(name) // 4
            above[depth] = name
            if depth:
                yield name, above[depth - 1]


def test_the_tree_is_drawn_as_it_is():
    assert sorted(drawn()) == sorted(branches(Error))


def test_every_error_says_what_it_means():
    classes = [thing for _, thing in inspect.getmembers(errors, inspect.isclass) if issubclass(thing, Error)]
    assert {thing.__name__ for thing in classes} == {"Error", *(name for name, _ in drawn())}
    assert all(vars(thing).get("__doc__") for thing in classes)


@pytest.mark.parametrize(("typed", "nearest"), [("nite_nurse", "night_nurse"), ("farmheir", "farm_heir")])
def test_an_unknown_name_is_answered_with_the_nearest(typed: str, nearest: str):
    assert str(NotFoundError("persona", typed, GUESTS)) == f"unknown persona '{typed}'. Did you mean '{nearest}'?"


def test_a_name_near_nothing_is_answered_with_what_is_known():
    said = str(NotFoundError("persona", "zzz", GUESTS, where="--persona"))
    assert said == "--persona: unknown persona 'zzz'. Known: exam_student, farm_heir, night_nurse."
    assert str(NotFoundError("rubric", "zzz", ())).endswith("Known: none.")


def test_a_list_of_names_that_is_cut_says_so():
    names = [f"n{number:02}" for number in range(14)]
    assert str(NotFoundError("persona", "zzz", names)).endswith("n10, n11 and 2 more.")
    assert str(NotFoundError("persona", "zzz", names[:12])).endswith("n10, n11.")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("cuse", "cues"),
        ("evaluatrs", "evaluators"),
        ("composiet", "composite"),
        ("nihgt_nruse", "night_nurse"),
        ("exam", "exam_student"),
        ("kitchen", None),
        ("nobody", None),
        ("ex", None),
    ],
)
def test_a_name_is_meant_by_a_slip_or_by_its_start_and_by_nothing_else(typed: str, meant: str | None):
    assert nearest(typed, [*GUESTS, "cues", "evaluators", "composite", "asylum_lawyer"]) == meant


def test_a_long_name_and_a_long_list_are_cut_short():
    said = str(NotFoundError("persona", "#" * 9_000, (f"person_{number}" for number in range(500))))
    assert "'" + "#" * 200 + "'" in said
    assert said.count("person_") == 12


def test_a_caller_s_fault_is_never_a_failed_run():
    for mine in (NotFoundError("persona", "x", ()), ContentError("x"), UsageError("x")):
        assert isinstance(mine, UsageError)
        assert not isinstance(mine, RunError)


@pytest.mark.parametrize(
    ("error", "blame", "kind"),
    [
        (ProviderError("down"), "provider", "provider_error"),
        (ProviderError("script ended", kind="script_exhausted", blame="us"), "us", "script_exhausted"),
        (TransientError("busy", kind="rate_limited"), "provider", "rate_limited"),
        (RoleError("wrote latent", blame="empathic"), "empathic", "role_error"),
        (ReplyError("too large", kind="too_large"), "empathic", "too_large"),
        (RunError("odd", blame="evaluator"), "evaluator", "run_error"),
    ],
)
def test_a_failure_knows_its_blame_and_its_kind(error: RunError, blame: str, kind: str):
    assert (error.blame, error.kind) == (blame, kind)


def test_the_kind_of_one_failure_is_not_the_kind_of_the_next():
    ReplyError("too large", kind="too_large")
    assert ReplyError("not text").kind == "reply_error"


def test_only_a_transient_failure_names_a_wait():
    assert TransientError("busy", retry_after=2.5).retry_after == 2.5
    assert TransientError("dropped").retry_after == 0.0
    assert not hasattr(ProviderError("down"), "retry_after")


def test_a_role_s_fault_must_name_who_is_to_blame():
    with pytest.raises(TypeError, match="blame"):
        RoleError("crashed")


EACH = (
    Error("odd"),
    UsageError("wrong word"),
    NotFoundError("persona", "nite_nurse", GUESTS, where="--persona"),
    ContentError("a.yaml:3: wrong field"),
    SettingError(("agent", "spec"), " is 5, allowed is a valid string"),
    MissingExtraError("no plots: pip install 'empa-graph[report]'"),
    SuspendedError("2 of 2 dollars spent", limit="cost"),
    RunError("odd", blame="evaluator", kind="judge_odd"),
    ProviderError("script ended", kind="script_exhausted", blame="us"),
    RefusedFieldError("seed is not supported", field="seed"),
    TransientError("busy", kind="rate_limited", retry_after=2.5),
    RoleError("wrote latent", blame="empathic"),
    ReplyError("too large", kind="too_large"),
)


def test_the_errors_below_are_all_there_are():
    assert sorted(type(error).__name__ for error in EACH) == sorted(["Error", *(name for name, _ in drawn())])


@pytest.mark.parametrize("error", EACH, ids=lambda error: type(error).__name__)
def test_an_error_survives_pickling_and_copying_with_all_its_fields(error: Error):
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        back = pickle.loads(pickle.dumps(error, protocol))
        assert (type(back), str(back), vars(back)) == (type(error), str(error), vars(error))
    assert vars(copy.deepcopy(error)) == vars(error)
    assert getattr(back, "kind", None) == getattr(error, "kind", None)


def test_a_note_survives_pickling():
    error = RunError("odd", blame="evaluator")
    error.add_note("turn 3")
    back = pickle.loads(pickle.dumps(error))
    assert back.__notes__ == ["turn 3"]
