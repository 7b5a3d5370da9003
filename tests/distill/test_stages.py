"""A corpus becomes scenarios that pass their check, in one command that can be stopped anywhere."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest

from empa_graph.content.library import load_persona, load_rubric
from empa_graph.distill.annotation import profiles
from empa_graph.distill.checks import check
from empa_graph.distill.recontext import scenarios
from empa_graph.distill.recontext.provenance import sources
from empa_graph.distill.recontext.trace import untraceable
from tests.command import empa
from tests.distill.parts import LONG, corpus, different, talk

SHARED = Path(__file__).parents[3] / "shared" / "ratings" / "esconv_dev.jsonl"
LOG = {
    "messages": [
        {"role": "user", "content": "My manager gave my shift to someone else again. I feel invisible at work."},
        {"role": "assistant", "content": "Have you considered talking to HR? Here are five steps."},
        {"role": "user", "content": "That's not what I asked. I just wanted someone to hear it."},
        {"role": "assistant", "content": "You should stay positive!"},
    ]
}


def written(path: Path, *conversations: object) -> Path:
    path.write_text("\n".join(map(json.dumps, conversations)) + "\n", encoding="utf-8")
    return path


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Every file that is no database, with its content."""
    files = (file for file in sorted(folder.rglob("*")) if file.is_file() and file.suffix != ".sqlite3")
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def test_one_log_becomes_a_scenario_that_can_be_played(tmp_path: Path):
    log = written(tmp_path / "log.json", LOG)
    done = empa("distill", "--one", log, "--own-rules", "--offline", "--out", tmp_path / "case")
    assert done.code == 0, done.err
    cards = tmp_path / "case" / "scenarios"
    assert f"emparun--personas{cards}" in "".join(done.out.split())
    played = empa(
        "run", "--personas", cards, "--empathic", "scripted:expert", "--out", tmp_path / "run", "--max-turns", 3
    )
    assert played.code == 0, played.err


def test_one_is_for_a_single_conversation(tmp_path: Path):
    log = written(tmp_path / "log.jsonl", LOG, talk(*LONG))
    done = empa("distill", "--one", log, "--own-rules", "--out", tmp_path / "case")
    assert (done.code, done.out) == (2, "")
    assert "holds more than one conversation; --one is for a single one" in done.err


def test_a_stage_that_is_none_is_named_with_the_nearest(tmp_path: Path):
    done = empa("distill", written(tmp_path / "log.json", LOG), "--until", "scenario", "--out", tmp_path / "case")
    assert done.code == 2
    assert "--until is 'scenario'; did you mean 'scenarios'?" in " ".join(done.err.split())


def test_it_goes_on_from_stage_to_stage_and_ends_with_the_same_cards(tmp_path: Path):
    log = written(tmp_path / "log.json", LOG)
    for until in ("intake", "annotation", "scenarios", "checks"):
        assert empa("distill", "--one", log, "--own-rules", "--out", tmp_path / "slow", "--until", until).code == 0
    assert empa("distill", "--one", log, "--own-rules", "--out", tmp_path / "quick").code == 0
    slow, quick = (
        {file.name: file.read_bytes() for file in (tmp_path / name / "scenarios").iterdir()}
        for name in ("slow", "quick")
    )
    assert slow == quick != {}


def test_an_earlier_stage_leaves_out_what_the_check_refused_and_says_so(tmp_path: Path):
    log, out = written(tmp_path / "log.json", LOG), tmp_path / "case"
    words = ("distill", "--one", log, "--own-rules", "--out", out)
    assert empa(*words).code == 0
    for place in ("scenarios", "graded"):
        (out / "refused" / place).mkdir(parents=True, exist_ok=True)
        for file in list((out / place).iterdir()):
            file.rename(out / "refused" / place / file.name)
    done = empa(*words, "--until", "scenarios")
    assert done.code == 0 and not list((out / "scenarios").glob("*.yaml"))
    assert "1asthelastcheckrefusedthemstayin" in "".join(done.out.split())
    assert json.loads(empa(*words, "--until", "scenarios", "--json").out)["scenarios"]["stay_refused"] == 1
    assert empa(*words).code == 0 and list((out / "scenarios").glob("*.yaml"))


@pytest.mark.parametrize(
    ("module", "name", "stage", "said"),
    [
        (scenarios, "_written", "scenarios", "1 conversation written"),
        (check, "played", "checks", "1 card checked"),
    ],
    ids=["scenarios", "checks"],
)
def test_ctrl_c_in_a_later_stage_is_exit_code_3_and_the_same_command_goes_on(
    module: ModuleType, name: str, stage: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = corpus(tmp_path / "c.jsonl", map(different, (1, 4, 6)))
    words = ("distill", file, "--own-rules", "--json", "--out")
    whole = empa(*words, tmp_path / "whole")
    real, calls = getattr(module, name), iter(range(1_000))

    def interrupted(*given: object, **named: object) -> object:
        if next(calls) == 1:
            raise KeyboardInterrupt
        return real(*given, **named)

    monkeypatch.setattr(module, name, interrupted)
    done = empa(*words, tmp_path / "cut")
    assert done.code == 3 and f"empa: stopped; {said}, the same command goes on" in done.err
    found = json.loads(done.out)
    assert found[stage]["finished"] is False and list(found)[-1] == stage
    again = empa(*words, tmp_path / "cut")
    assert (again.code, again.out) == (whole.code, whole.out) and json.loads(again.out)[stage]["finished"] is True
    assert bytes_of(tmp_path / "cut") == bytes_of(tmp_path / "whole")


@pytest.mark.slow
def test_a_corpus_gives_scenarios_that_lead_nobody_back(tmp_path: Path):
    out = tmp_path / "out"
    done = empa("distill", SHARED, "--offline", "--own-rules", "--limit", 60, "--out", out, "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert len(told["checks"]["kept"]) >= 18, told["checks"]
    known = {one.id: one for one, _ in profiles(out, load_rubric().space)}
    made = sources(out)
    assert len(made) == told["scenarios"]["written"]
    for name, source in made.items():
        place = next(
            out / kept / f"{name}.yaml"
            for kept in ("scenarios", "refused/scenarios")
            if (out / kept / f"{name}.yaml").is_file()
        )
        assert untraceable(load_persona(place), known[source]) == (), name
