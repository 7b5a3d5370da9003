"""What is registered is found where the package looks a name up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from empa_graph.content.library import content_folder, find_scenarios, load_rubric, prompt_text, scenarios
from empa_graph.content.registry import REGISTRY, registered
from empa_graph.errors import ContentError, NotFoundError, UsageError
from empa_graph.llm import resolve_chat
from empa_graph.llm.scripted import ScriptedChat
from empa_graph.models.episode import Episode
from empa_graph.models.rubric import Rubric
from empa_graph.report.summary import summarise
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.roles.make import make_roles
from empa_graph.roles.run_roles import Roles
from empa_graph.roles.views import EmpathicView, EmpathicWrite, ObserverView, ObserverWrite
from empa_graph.run.single import play, play_async
from empa_graph.store.folder import episodes
from tests.command import empa
from tests.records import config, episode, run, score
from tests.scripted_parts import agent


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    with REGISTRY.scratch():
        yield


def card(folder: Path, *, name: str = "harbour_pilot") -> Path:
    """Write a bundled card into ``folder`` under another name."""
    folder.mkdir(exist_ok=True)
    text = (content_folder("personas") / "farm_heir.yaml").read_text(encoding="utf-8")
    assert "id: farm_heir" in text
    path = folder / f"{name}.yaml"
    path.write_text(text.replace("id: farm_heir", f"id: {name}", 1), encoding="utf-8")
    return path


def seated(**words: object) -> Roles:
    return make_roles(config(**{"empathic": "scripted:template", **words}), load_rubric())


@pytest.mark.parametrize("name", ["cards", "harbour_pilot", "harbour_pilot/reduce_stress"])
def test_a_registered_persona_is_found_by_its_set_its_name_and_its_goal(tmp_path: Path, name: str):
    registered("persona", "cards")(lambda: card(tmp_path).parent)
    found = find_scenarios([name])
    assert {scenario.persona.id for scenario in found} == {"harbour_pilot"}
    assert len(found) == (1 if "/" in name else 3)


def test_a_registered_persona_may_be_one_file(tmp_path: Path):
    card(tmp_path, name="left_alone")
    registered("persona", "pilot")(lambda: card(tmp_path))
    assert {scenario.persona.id for scenario in find_scenarios(["pilot"])} == {"harbour_pilot"}


def test_what_is_registered_is_no_part_of_all(tmp_path: Path):
    registered("persona", "cards")(lambda: card(tmp_path).parent)
    assert len(find_scenarios(["all"])) == len(scenarios()) == 36


def test_an_unknown_scenario_suggests_a_registered_one(tmp_path: Path):
    registered("persona", "cards")(lambda: card(tmp_path).parent)
    with pytest.raises(NotFoundError, match="Did you mean 'harbour_pilot'"):
        find_scenarios(["harbor_pilot"])


def test_two_personas_of_one_name_are_refused_with_their_owners(tmp_path: Path):
    registered("persona", "one")(lambda: card(tmp_path / "one").parent)
    registered("persona", "two")(lambda: card(tmp_path / "two").parent)
    with pytest.raises(UsageError, match=r"persona 'two' of .*'harbour_pilot\S*' is already that of persona 'one'"):
        find_scenarios(["harbour_pilot"])


def test_a_registered_rubric_and_the_prompt_beside_it_are_found(tmp_path: Path):
    text = (content_folder("evaluators") / "sdt.yaml").read_text(encoding="utf-8")
    text = text.replace("id: sdt\n", "id: care\n", 1) + "\njudge_prompt: care_judge.md\n"
    (tmp_path / "care.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "care_judge.md").write_text("Judge with care.", encoding="utf-8")
    registered("rubric", "care")(lambda: tmp_path)
    assert prompt_text(load_rubric("care").judge_prompt) == "Judge with care."
    with pytest.raises(NotFoundError, match=r"unknown rubric 'caer'. Did you mean 'care'"):
        load_rubric("caer")
    with pytest.raises(ContentError, match="cannot be read"):
        prompt_text("gone.md")


class Quoting:
    """An evaluator that remembers which judges it was given."""

    def __init__(self, rubric: Rubric, *judges: object) -> None:
        self.judges = judges


def test_a_registered_evaluator_is_seated_with_the_rubric_and_its_judges():
    registered("evaluator", "quoting")(Quoting)
    found = seated(evaluator="quoting", judges=("a", "b"), base_url="http://127.0.0.1:9/v1")
    assert isinstance(found.evaluator, Quoting)
    assert [chat.name for chat in found.chats] == ["a", "b"]
    assert found.evaluator_name == "quoting"


def test_an_evaluator_that_takes_no_judge_is_given_none():
    registered("evaluator", "alone")(CueEvaluator)
    assert isinstance(seated(evaluator="alone").evaluator, CueEvaluator)
    with pytest.raises(UsageError, match="--evaluator alone with 1 --judge: too many positional arguments"):
        seated(evaluator="alone", judges=("a",), base_url="http://127.0.0.1:9/v1")


def test_an_unknown_evaluator_suggests_a_registered_one():
    registered("evaluator", "quoting")(Quoting)
    with pytest.raises(NotFoundError, match=r"--evaluator: unknown evaluator 'qoting'. Did you mean 'quoting'"):
        seated(evaluator="qoting")


async def test_a_registered_role_takes_the_empathic_seat_and_that_of_the_director():
    class Brief:
        async def __call__(self, view: EmpathicView) -> EmpathicWrite:
            return EmpathicWrite(messages=[agent(view["messages"][-1].turn, "Go on.")])

    async def watch(view: ObserverView) -> ObserverWrite:
        return ObserverWrite()

    registered("role", "brief")(Brief)
    registered("role", "watch")(watch)
    played = await play_async("exam_student/reduce_stress", "brief", director="watch", max_turns=2)
    assert {m.content for m in played.messages if m.speaker == "empathic"} == {"Go on."}
    assert played.score is not None


def test_a_registered_provider_makes_the_chat():
    def mine(spec: str, **given: Any) -> ScriptedChat:
        return ScriptedChat(spec, ["Yes."])

    registered("provider", "mine")(mine)
    assert resolve_chat("mine:small").name == "mine:small"
    assert [chat.name for chat in seated(empathic="mine:small").chats] == ["mine:small"]
    with pytest.raises(NotFoundError, match=r"unknown model provider 'mien'. Did you mean 'mine'"):
        resolve_chat("mien:small")


def test_a_registered_metric_stands_beside_the_trio_with_what_it_has_no_number_for():
    @registered("metric")
    def halved(episode: Episode) -> float | None:
        return episode.score.composite / 2 if episode.score and episode.scenario != "e/f" else None

    played = [episode(scenario=name, score=score(x)) for name, x in (("a/b", 40.0), ("c/d", 60.0), ("e/f", 0.0))]
    (variant,) = summarise(run(episodes=3), played).variants
    assert (variant.metrics["halved"].mean, variant.metrics["halved"].missing) == (25.0, 1)
    assert variant.metrics["composite"].missing == 0


@pytest.mark.parametrize(
    ("value", "said"), [(float("nan"), "gave 'nan'"), ("7", "gave '7'"), (True, "gave 'True'"), (None, None)]
)
def test_a_metric_gives_a_finite_number_or_none(value: object, said: str | None):
    registered("metric", "odd")(lambda episode: value)
    if said is None:
        assert "odd" not in summarise(run(), [episode()]).variants[0].metrics
        return
    with pytest.raises(UsageError, match=f"on someone/something, repeat 0 {said}"):
        summarise(run(), [episode()])


def test_a_metric_that_fails_is_one_line_with_its_owner():
    @registered("metric")
    def broken(episode: Episode) -> float:
        raise LookupError("no\nsuch turn")

    with pytest.raises(UsageError, match=r"metric 'broken' of tests.*broken .* failed: LookupError: no such turn"):
        summarise(run(), [episode()])


def test_the_same_word_may_name_things_of_several_kinds():
    registered("evaluator", "mine")(CueEvaluator)
    registered("provider", "mine")(lambda spec, **given: ScriptedChat(spec, []))
    played = play("exam_student/reduce_stress", "scripted:generic", evaluator="mine", max_turns=1)
    assert played.evaluator == "mine" and played.score


def test_a_registered_executor_plays_the_plan_of_a_run(tmp_path: Path):
    played: list[int] = []

    @registered("executor", "backwards")
    async def backwards(play: Any, plan: Any, concurrency: int) -> None:
        for number, item in reversed(list(plan)):
            played.append(number)
            await play((number, item))

    words = ("--empathic", "scripted:template", "--max-turns", 1, "--limit", 3, "--out", tmp_path / "run")
    assert empa("run", "--executor", "backwards", *words).code == 0
    assert played == [2, 1, 0]
    assert len(list(episodes(tmp_path / "run"))) == 3


def test_an_unknown_executor_is_one_line_with_the_nearest_name():
    done = empa("run", "--empathic", "scripted:template", "--executor", "asincio")
    assert (done.code, done.err) == (2, "empa: --executor: unknown executor 'asincio'. Did you mean 'asyncio'?\n")
