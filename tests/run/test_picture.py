from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from empa_graph import Episode, RunConfig, evaluate, picture
from empa_graph.content.library import content_folder
from empa_graph.errors import NotFoundError, UsageError
from empa_graph.gate.decision import gate
from empa_graph.gate.policy import Policy
from empa_graph.models.latent import LatentState
from empa_graph.run.picture import Played
from tests.command import SCENARIO
from tests.forked import started
from tests.records import episode
from tests.report.page_parts import hostile, walked

pytest.importorskip("vl_convert")


def rows(kind: str, *played: Played, **options: Any) -> list[dict[str, Any]]:
    data: Any = picture(kind, *played, **options).spec["data"]
    found: list[dict[str, Any]] = data["values"]
    return found


def asked(folder: Path, agent: str = "scripted:generic") -> RunConfig:
    return RunConfig(
        agent={"spec": agent}, suite={"scenarios": (SCENARIO,), "max_turns": 2, "seed": 4}, store={"out": folder}
    )


def test_a_notebook_is_given_an_svg_and_the_sentence_beside_it():
    shown = picture("leaderboard", walked())
    bundle = shown._repr_mimebundle_()
    assert set(bundle) == {"image/svg+xml", "text/plain"}
    assert bundle["image/svg+xml"].startswith("<svg") and bundle["text/plain"].startswith("Mean composite")
    assert shown.png(scale=1.0).startswith(b"\x89PNG")
    assert shown.svg(mode="dark") != shown.svg()


def test_episodes_are_put_together_by_agent_in_their_order():
    one, two = walked(agent="b"), walked(agent="a")
    values = rows("leaderboard", one, [two, walked(agent="b", scenario="someone/else")])
    assert [row["entrant"] for row in values] == ["b", "a"]
    assert len({row["episode"] for row in rows("course", one, two)}) == 2


def test_one_episode_is_drawn_by_its_path_and_leaves_out_what_was_not_judged():
    values = [row for row in rows("episode", walked()) if row["dimension"] == "calm"]
    assert [(row["turn"], row["position"], row["target"]) for row in values] == [(0, 0, 1), (1, 0.5, 1), (3, 0.25, 1)]
    assert rows("episode", walked()) == rows("episode", walked().latent)


def test_marks_stand_at_their_turns_in_the_picture_of_one_path():
    shown = picture("episode", walked().latent, marks={2: "<b>late"})
    assert "&lt;b>late" in shown.svg() or "&lt;b&gt;late" in shown.svg()
    with pytest.raises(UsageError, match="marks is not for course"):
        picture("course", walked(), marks={2: "late"})


def test_of_several_episodes_one_is_chosen_by_its_number():
    calm = {row["position"] for row in rows("episode", [walked(), episode(agent="an agent")], episode=2)}
    assert calm == {0.0, 0.1}
    with pytest.raises(UsageError, match="episode: no episode 3; allowed are 1 to 2"):
        picture("episode", [walked(), episode()], episode=3)
    with pytest.raises(UsageError, match="episode: no episode 0"):
        picture("episode", [walked(), episode()], episode=0)


@pytest.mark.parametrize("several", [[walked(), walked()], [walked().latent, walked().latent]])
def test_marks_ask_for_one_path_alone(several: list[Any]):
    with pytest.raises(UsageError, match="marks: are for one episode or LatentState alone"):
        picture("episode", *several, marks={1: "here"})


def test_a_run_is_drawn_from_its_result_its_folder_and_its_export_alike(tmp_path: Path):
    result = evaluate(asked(tmp_path / "run"))
    drawn = rows("leaderboard", result)
    assert drawn == rows("leaderboard", str(tmp_path / "run")) == rows("leaderboard", tmp_path / "run")
    file = tmp_path / "judged.jsonl"
    lines = [episode.model_dump_json() for episode in result.episodes]
    file.write_text("\n".join(lines), encoding="utf-8")
    assert rows("leaderboard", file)[0]["mean"] == drawn[0]["mean"]


def test_runs_come_in_their_order_and_the_first_is_the_baseline(tmp_path: Path):
    one, two = (evaluate(asked(tmp_path / name, f"scripted:{name}")) for name in ("expert", "dismissive"))
    (point,) = rows("paired", one, two)
    assert point["entrant"] == "scripted:dismissive" and point["difference"] < 0


def test_the_outcomes_of_a_result_are_what_a_gate_decides_on(tmp_path: Path):
    result = evaluate(asked(tmp_path / "run"))
    (outcome,) = result.outcomes
    assert (outcome.scenario, outcome.context, outcome.values["scored"]) == (SCENARIO, "casual", 1.0)
    policy = Policy.model_validate({"rules": [{"metric": "scored", "floor": 1}]})
    assert gate(policy, result.outcomes).passed


def test_the_composite_of_an_agent_that_keeps_to_a_script_is_void():
    said = [f"{word} sounds very hard for anybody at all." for word in ("That", "This", "It")]

    def scripted(number: int) -> Episode:
        held = walked(scenario=f"person{number}/goal", agent="script")
        messages = tuple(
            m if m.speaker == "persona" else m.model_copy(update={"content": said[m.turn - 1]}) for m in held.messages
        )
        return held.model_copy(update={"messages": messages})

    episodes = [scripted(number) for number in range(16)]
    with pytest.raises(UsageError, match="composite is void, since the run is scripted; allowed are progress"):
        picture("leaderboard", episodes, metric="composite")
    assert picture("leaderboard", episodes).spec["description"].startswith("Mean progress")


def test_a_wrong_name_says_the_nearest_and_an_option_its_kind():
    with pytest.raises(NotFoundError, match="heatmap"):
        picture("heatmp", walked())
    with pytest.raises(NotFoundError, match="progress"):
        picture("heatmap", walked(), metric="progres")
    with pytest.raises(NotFoundError, match="someone/something"):
        picture("trajectories", walked(), scenario="someone/somethin")
    with pytest.raises(UsageError, match="metric is not for course"):
        picture("course", walked(), metric="support")


def test_a_path_that_was_never_judged_is_nothing_to_draw():
    latent = LatentState.opening(dimensions=("calm",), start=(0.0,), target=(1.0,), radius=0.1)
    with pytest.raises(UsageError, match="episode: nothing to draw"):
        picture("episode", latent)
    with pytest.raises(UsageError, match="nothing to report"):
        picture("leaderboard")
    with pytest.raises(UsageError, match="a LatentState alone is drawn, as kind 'episode'"):
        picture("course", latent)


@pytest.mark.parametrize("wrong", [{"a": 1}, [1], 5, None])
def test_what_holds_no_episodes_is_refused_in_one_line(wrong: Any):
    with pytest.raises(UsageError, match=f"what was played is {type(wrong).__name__}, allowed are episodes"):
        picture("course", wrong)


def test_the_persons_of_a_folder_give_the_context(tmp_path: Path):
    folder = tmp_path / "people"
    folder.mkdir()
    text = (content_folder("personas") / "farm_heir.yaml").read_text(encoding="utf-8")
    (folder / "vineyard_heir.yaml").write_text(text.replace("id: farm_heir", "id: vineyard_heir"), encoding="utf-8")
    suite = {"scenarios": ("vineyard_heir/reduce_stress",), "max_turns": 1}
    config = asked(tmp_path / "run").changed({"suite": suite, "persona.folder": folder})
    result = evaluate(config)
    assert rows("context", result, personas=folder)
    assert result.outcomes[0].context is not None
    with pytest.raises(UsageError, match="context: nothing to draw"):
        picture("context", result)


def test_hostile_text_draws_as_text():
    held = hostile()
    svg = picture("episode", held, marks={1: "<script>\x1b[2J\u202e"}).svg()
    assert "<script" not in svg and "<img" not in svg
    assert not set(svg) & set("\x00\x07\x1b\u202e\u2066")


def test_without_the_extra_the_command_that_installs_it_is_named():
    code = (
        "import sys; sys.modules['vl_convert'] = None\n"
        "from empa_graph import picture\n"
        "from tests.records import episode\n"
        "try: picture('episode', episode()).svg()\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    done = started(exec, code, {}).ended()
    assert done.out.startswith("MissingExtraError") and "empa-graph[report]" in done.out
