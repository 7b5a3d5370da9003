from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from empa_graph.content.library import (
    LARGEST_PROMPT,
    content_folder,
    content_hashes,
    find_scenarios,
    load_persona,
    load_rubric,
    persona_files,
    prompt_text,
    scenarios,
    spread,
)
from empa_graph.errors import ContentError, NotFoundError, UsageError
from empa_graph.models.persona import Scenario


def copied(folder: Path, *names: str, old: str = "", new: str = "") -> Path:
    """Copy bundled cards into ``folder``, with ``old`` replaced by ``new`` once."""
    for name in names:
        text = (content_folder("personas") / f"{name}.yaml").read_text(encoding="utf-8")
        assert old in text
        (folder / f"{name}.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def names(chosen: tuple[Scenario, ...]) -> list[str]:
    return [scenario.id for scenario in chosen]


def test_twelve_persons_with_three_goals_each_make_thirty_six_scenarios():
    known = scenarios()
    assert len(known) == len(set(names(known))) == 36
    assert set(Counter(scenario.persona.id for scenario in known).values()) == {3}
    assert len({scenario.persona.name for scenario in known}) == 12


def test_scenarios_come_in_one_order():
    assert [s.persona.id for s in scenarios()[::3]] == sorted(path.stem for path in persona_files())
    assert names(find_scenarios([])) == names(find_scenarios(["all"])) == names(scenarios())


def test_a_person_s_name_means_all_of_its_goals_and_nothing_is_chosen_twice():
    person = find_scenarios(["night_nurse"])
    assert [scenario.persona.id for scenario in person] == ["night_nurse"] * 3
    again = find_scenarios([person[1].id, "night_nurse", person[1].id])
    assert names(again) == [person[1].id, person[0].id, person[2].id]


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("night_nurs", "night_nurse"),
        ("exam_student/reduce_stres", "exam_student/reduce_stress"),
        ("exam_student/call_home", "exam_student"),
        ("ALL", "Known: all, "),
        ("night_nurse/", "night_nurse"),
    ],
)
def test_an_unknown_scenario_suggests_the_nearest(typed: str, nearest: str):
    with pytest.raises(NotFoundError) as caught:
        find_scenarios(["farm_heir", typed])
    assert f"unknown scenario or persona '{typed}'" in str(caught.value)
    assert nearest in str(caught.value).partition(typed)[2]


def test_a_limit_is_spread_over_the_persons_and_their_goals():
    twelve = spread(scenarios(), 12)
    assert len({scenario.persona.id for scenario in twelve}) == 12
    places = Counter(scenario.persona.goals.index(scenario.goal) for scenario in twelve)
    assert places == {0: 4, 1: 4, 2: 4}


@pytest.mark.parametrize("limit", [1, 12, 13, 24, 35])
def test_no_person_is_played_twice_more_than_another(limit: int):
    counts = Counter(scenario.persona.id for scenario in spread(scenarios(), limit))
    assert sum(counts.values()) == limit
    assert max(counts.values()) - (min(counts.values()) if len(counts) == 12 else 0) <= 1


@pytest.mark.parametrize("limit", [36, 99, None])
def test_spreading_without_a_limit_loses_nothing(limit: int | None):
    assert sorted(names(spread(scenarios(), limit))) == sorted(names(scenarios()))


def test_spreading_one_person_or_nobody():
    chosen = find_scenarios(["farm_heir/drought_debt", "farm_heir/reduce_stress"])
    assert sorted(names(spread(chosen, 2))) == sorted(names(chosen))
    assert spread((), 3) == ()


def test_a_folder_of_one_s_own_takes_the_place_of_the_bundled_one(tmp_path: Path):
    folder = copied(tmp_path, "farm_heir")
    assert {scenario.persona.id for scenario in scenarios(folder)} == {"farm_heir"}
    with pytest.raises(NotFoundError, match="unknown scenario or persona 'night_nurse'"):
        find_scenarios(["night_nurse"], folder)


def test_a_folder_without_persons_is_said_plainly(tmp_path: Path):
    with pytest.raises(UsageError, match=r"no persona file \(\*\.yaml\) in this folder"):
        scenarios(tmp_path)
    with pytest.raises(UsageError, match="gone: no such folder of personas"):
        scenarios(tmp_path / "gone")


def test_a_card_must_bear_the_name_of_its_file(tmp_path: Path):
    path = copied(tmp_path, "farm_heir") / "farm_heir.yaml"
    with pytest.raises(ContentError, match="id 'farm_heir' and file name 'heir' differ"):
        load_persona(path.rename(tmp_path / "heir.yaml"))


def test_the_bundled_rubric_has_a_name_and_a_file():
    rubric = load_rubric()
    assert rubric == load_rubric("sdt") == load_rubric(str(content_folder("evaluators") / "sdt.yaml"))
    assert rubric.space.names == ("autonomy", "competence", "relatedness", "calm")


@pytest.mark.parametrize(
    ("name", "said"),
    [("sdd", "unknown rubric 'sdd'. Did you mean 'sdt'?"), ("gone.yaml", "gone.yaml: cannot be read")],
)
def test_an_unknown_rubric_is_said_plainly(name: str, said: str):
    with pytest.raises(UsageError) as caught:
        load_rubric(name)
    assert str(caught.value).startswith(said)


def test_a_prompt_is_read_from_the_evaluators_folder():
    assert 200 < len(prompt_text("epm_judge.md")) < LARGEST_PROMPT
    with pytest.raises(ContentError, match="cannot be read"):
        prompt_text("gone.md")


def test_a_run_s_hashes_name_each_person_the_rubric_and_the_prompt():
    hashes = content_hashes(find_scenarios(["farm_heir", "night_nurse/call_home"]), load_rubric())
    prompts = ["prompt:behaviours.yaml", "prompt:behaviours_judge.md"]
    assert list(hashes) == ["persona:farm_heir", "persona:night_nurse", *prompts, "rubric:sdt"]
    assert "prompt:epm_judge.md" in content_hashes((), load_rubric("epm"))
    assert all(len(value) == 64 and int(value, 16) for value in hashes.values())


def test_a_hash_changes_with_what_a_card_says_and_not_with_how_it_is_laid_out(tmp_path: Path):
    bundled = content_hashes(find_scenarios(["farm_heir"]), load_rubric())
    for place, old, new, same in (("said", "age: 26", "age: 27", False), ("laid", "age: 26", "age:   26  #", True)):
        (folder := tmp_path / place).mkdir()
        hashes = content_hashes(scenarios(copied(folder, "farm_heir", old=old, new=new)), load_rubric())
        assert (hashes["persona:farm_heir"] == bundled["persona:farm_heir"]) is same
        assert hashes["rubric:sdt"] == bundled["rubric:sdt"]


def test_a_hash_changes_with_the_rubric():
    rubric = load_rubric()
    other = rubric.model_copy(update={"stop": rubric.stop.model_copy(update={"max_turns": 19})})
    before, after = content_hashes((), rubric), content_hashes((), other)
    assert before["rubric:sdt"] != after["rubric:sdt"]
    assert before["prompt:behaviours.yaml"] == after["prompt:behaviours.yaml"]
