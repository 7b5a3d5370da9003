from __future__ import annotations

import json
from pathlib import Path

import pytest

from empa_graph.content.library import coding_hashes, load_rubric
from empa_graph.errors import ContentError, UsageError
from empa_graph.models.config import EvaluatorConfig
from empa_graph.models.judge_check import JudgeCheck
from empa_graph.run.judge_check import LEVELS, UNCHECKED, check_file, outdated, read_check, standings

RUBRIC = load_rubric()


def a_check(**changes: object) -> JudgeCheck:
    plain = {
        "judge": "openai:m",
        "base_url": None,
        "temperature": 0.0,
        "max_tokens": 900,
        "hashes": coding_hashes(),
        "created": "2026-01-02T00:00:00+00:00",
        "seed": 0,
        "replies": 200,
        "calls": 320,
        "behaviours": (),
        "measures": (),
        "missing": 0.0,
        "verdict": "fit",
    }
    return JudgeCheck.model_validate({**plain, **changes})


def written(path: Path, **changes: object) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(a_check(**changes).model_dump_json())
    return path


def asked(**settings: object) -> EvaluatorConfig:
    return EvaluatorConfig.model_validate({"name": "judge", "judges": ("openai:m",), **settings})


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, ""),
        ({"judge": "openai:n"}, "it is of 'openai:n'"),
        ({"base_url": "http://127.0.0.1:1/v1"}, "another server"),
        ({"temperature": 0.7}, "another temperature or length"),
        ({"max_tokens": 100}, "another temperature or length"),
        ({"hashes": {**coding_hashes(), "prompt:behaviours_judge.md": "0" * 64}}, "behaviours_judge.md changed since"),
        ({"hashes": {**coding_hashes(), "prompt:behaviours.yaml": "0" * 64}}, "behaviours.yaml changed since"),
        ({"hashes": {}}, "changed since"),
    ],
)
def test_a_check_holds_for_what_it_was_made_of_and_nothing_else(changes: dict[str, object], why: str) -> None:
    found = outdated(a_check(**changes), "openai:m", asked())
    assert (why in found) and bool(found) == bool(why)


def test_a_judge_without_a_file_is_not_checked(tmp_path: Path) -> None:
    assert standings(asked(), RUBRIC, folder=tmp_path) == {"openai:m": UNCHECKED}
    assert standings(EvaluatorConfig(), RUBRIC, folder=tmp_path) == {}


def test_the_folder_of_checks_is_looked_through(tmp_path: Path) -> None:
    written(check_file("openai:m", None, tmp_path))
    assert standings(asked(), RUBRIC, folder=tmp_path) == {"openai:m": "fit (200 graded replies, 2026-01-02)"}
    assert standings(asked(temperature=0.5), RUBRIC, folder=tmp_path)["openai:m"].startswith(
        "not checked: its check is stale (the judge is asked at another temperature"
    )


def test_a_named_file_that_is_stale_is_refused_in_one_line(tmp_path: Path) -> None:
    file = written(tmp_path / "c.json", hashes={**coding_hashes(), "prompt:behaviours.yaml": "0" * 64})
    with pytest.raises(UsageError, match=r"does not hold for this run: prompt:behaviours.yaml changed since") as told:
        standings(asked(judge_check=file), RUBRIC, folder=tmp_path)
    assert "\n" not in str(told.value)


def test_a_named_file_of_a_panel_holds_for_the_judge_it_is_of(tmp_path: Path) -> None:
    file = written(tmp_path / "c.json", verdict="unfit")
    found = standings(asked(judges=("openai:m", "openai:n"), judge_check=file), RUBRIC, folder=tmp_path)
    assert found == {"openai:m": "unfit (200 graded replies, 2026-01-02)", "openai:n": UNCHECKED}


def test_a_judge_that_gives_levels_is_not_covered(tmp_path: Path) -> None:
    epm = load_rubric("epm")
    assert standings(asked(), epm, folder=tmp_path) == {"openai:m": LEVELS}
    file = written(tmp_path / "c.json")
    with pytest.raises(UsageError, match="gives levels under rubric 'epm'"):
        standings(asked(judge_check=file), epm, folder=tmp_path)
    with pytest.raises(UsageError, match="no judge is asked"):
        standings(EvaluatorConfig(judge_check=file), RUBRIC, folder=tmp_path)


@pytest.mark.parametrize("text", ["", "{}", "[]", json.dumps({"verdict": "fit"})])
def test_a_file_that_is_no_check_is_said_so(text: str, tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text(text)
    with pytest.raises(ContentError, match="is no check of a judge"):
        read_check(tmp_path / "c.json")


def test_two_judges_never_share_a_file() -> None:
    names = {check_file(*each).name for each in (("openai:m", None), ("openai-m", None), ("openai:m", "http://a/v1"))}
    assert len(names) == 3
