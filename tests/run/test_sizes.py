from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from empa_graph.content.library import find_scenarios, load_rubric
from empa_graph.llm.estimate import RoleSize
from empa_graph.models.rubric import with_max_turns
from empa_graph.models.run import planned
from empa_graph.run.config import Prepared
from empa_graph.run.session import Resources, RunSession
from empa_graph.run.sizes import role_sizes
from empa_graph.store.folder import folder_url
from empa_graph.store.ledger import Store
from tests.fault_proxy import faults_in_thread
from tests.records import run

URL = "http://127.0.0.1:9/v1"
ALL = {"empathic": "a", "voice": "v", "evaluator": "judge", "judges": ("j",), "director": "d", "base_url": URL}


def ordered(*names: str, turns: int = 3, judge_every: int = 1, **words: Any) -> Prepared:
    scenarios = find_scenarios(names or ("exam_student",))
    plan = planned(scenarios, ("baseline", "aligned"), repeats=1, seed=0)
    settings = {**ALL, **words, "max_turns": turns, "judge_every": judge_every, "concurrency": 4}
    manifest = run("baseline", "aligned", plan=plan, **settings)
    return Prepared(manifest, manifest.config, scenarios, with_max_turns(load_rubric(), turns))


async def sizes(played: Prepared) -> dict[str, RoleSize]:
    return {size.role: size for size in await role_sizes(played)}


async def test_every_role_that_asks_a_model_has_its_size():
    found = await sizes(ordered())
    assert {role: size.model for role, size in found.items()} == {
        "empathic": "a",
        "persona": "v",
        "judge": "j",
        "director": "d",
    }
    assert found["empathic"].tokens_out == 160 and all(size.prompt > 100 for size in found.values())


async def test_roles_without_a_model_have_none():
    played = ordered(empathic="scripted:template", voice="card", director="rules")
    assert list(await sizes(played)) == ["judge"]


async def test_the_users_own_code_is_not_called():
    played = ordered(
        empathic="tests.command:half", base_url=None, voice="card", evaluator="cues", judges=(), director=None
    )
    assert await role_sizes(played) == ()


async def test_no_request_of_a_run_is_larger_than_its_size_says(tmp_path: Path):
    with faults_in_thread() as proxy:
        played = ordered(base_url=proxy.url, turns=12, support_judge="s")
        found = await sizes(played)
        assert proxy.asked.total() == 0
        with Store.create(folder_url(tmp_path), played.run) as store:
            await RunSession(played, store, Resources()).play()
            calls = list(store.calls())
    assert {call.role for call in calls} == set(found)
    for call in calls:
        size = found[call.role]
        grown = size.prompt + size.growth * (call.turn - 1)
        assert call.prompt_characters <= min(grown, size.longest or grown)


async def test_support_is_coded_once_an_episode_and_shown_all_of_it():
    found = await sizes(ordered(support_judge="s", turns=12))
    size = found["support_judge"]
    assert (size.model, size.every, size.longest) == ("s", 12, size.prompt + 60_000)
    assert 0 < size.growth < found["judge"].prompt


async def test_the_size_is_that_of_the_largest_scenario():
    names = ("exam_student/reduce_stress", "night_nurse/call_home")
    one, other, both = [await sizes(ordered(*part)) for part in (names[:1], names[1:], names)]
    for role, size in both.items():
        assert size.prompt == max(one[role].prompt, other[role].prompt)


@pytest.mark.parametrize("turns", [1, 45])
async def test_a_judge_asked_now_and_then_is_sized_by_its_first_prompt(turns: int):
    found = await sizes(ordered(turns=turns, judge_every=3))
    judge = found["judge"]
    assert (judge.every, found["empathic"].every) == (3, 1)
    assert judge.longest is not None and judge.longest > judge.prompt
    assert (judge.growth > 0) == (turns > 1)
