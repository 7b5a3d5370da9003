"""What workers cannot play is one line before anything is made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from empa_graph import RunConfig, evaluate
from empa_graph.errors import UsageError
from empa_graph.models.config import NO_KEYS, Keys
from empa_graph.roles.overrides import NOTHING, Overrides
from empa_graph.run.cluster.checks import check_ray
from tests.command import empa
from tests.ray_parts import WITHOUT_RAY

pytestmark = WITHOUT_RAY
SERVER = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"


def asked(url: str | None = SERVER) -> RunConfig:
    return RunConfig().changed({"execution.executor": "ray", "store.url": url})


def test_a_run_in_postgresql_whose_keys_are_in_the_environment_passes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("EMPA_API_KEY", "sk-mine")
    check_ray(asked(), Keys(api_key="sk-mine"), NOTHING)
    check_ray(asked(), NO_KEYS, NOTHING)


@pytest.mark.parametrize("url", [None, "sqlite:////tmp/run.db"])
def test_a_file_is_refused_with_the_reason(url: str | None):
    with pytest.raises(UsageError, match=r"a SQLite file lies on one machine, .*; add --store postgresql"):
        check_ray(asked(url), NO_KEYS, NOTHING)


def test_a_key_that_no_worker_would_find_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-other")
    with pytest.raises(UsageError, match="set OPENAI_API_KEY, here and where workers run") as refused:
        check_ray(asked(), Keys(openai_key="sk-secret"), NOTHING)
    assert "sk-" not in str(refused.value)


def test_an_object_is_refused():
    with pytest.raises(UsageError, match="plays what is named"):
        check_ray(asked(), NO_KEYS, Overrides(agent=lambda messages: "Yes."))


@pytest.mark.parametrize("given", [{"workers": 2}, {"ray_address": "10.0.0.1:6379"}])
def test_what_is_for_ray_alone_is_refused_elsewhere(given: dict[str, Any], tmp_path: Path):
    config = RunConfig.model_validate({"execution": given, "store": {"out": tmp_path / "run"}})
    with pytest.raises(UsageError, match="is for --executor ray; 'asyncio' has no workers"):
        evaluate(config, agent=lambda messages: "Yes.")
    assert not (tmp_path / "run").exists()


def test_the_command_refuses_a_file_before_it_makes_anything(tmp_path: Path):
    done = empa("run", "--empathic", "scripted:template", "--executor", "ray", "--out", tmp_path / "run")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "--executor ray keeps its run in PostgreSQL" in done.err
    assert list(tmp_path.iterdir()) == []
