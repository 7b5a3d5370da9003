from __future__ import annotations

import json
import re
from typing import Any

import pytest

from empa_graph.errors import NotFoundError, UsageError
from empa_graph.models.episode import Episode
from empa_graph.models.support import Support
from empa_graph.report.html import STATIC
from empa_graph.report.page.build import page
from empa_graph.report.page.records import Page
from empa_graph.report.pictures.choice import Choice, chosen_spec
from empa_graph.report.pictures.drawing import BY_METRIC, KINDS, drawn, spec_of
from empa_graph.report.pictures.metrics import width
from empa_graph.report.pictures.palette import config
from empa_graph.report.pictures.parts import in_lines
from empa_graph.report.pictures.paths import MOST_PATHS, chosen
from tests.forked import started
from tests.records import episode, run, score
from tests.report.page_parts import hostile, source, walked

pytest.importorskip("vl_convert")


@pytest.fixture(scope="module")
def two() -> Page:
    """Two variants in three scenarios, one of them left without a score."""
    episodes = [
        walked(scenario=f"someone/goal{n}", variant=variant, ending="converged" if n else "max_turns")
        for n in range(3)
        for variant in ("baseline", "aligned")
    ]
    episodes[0] = episodes[0].model_copy(update={"score": None, "unscored": "no judged turn"})
    return page([source(*episodes, made=run("baseline", "aligned", episodes=3))], {}).page


def values(page: Page, kind: str, **options: Any) -> list[dict[str, Any]]:
    spec: Any = spec_of(kind, page, **options)
    found: list[dict[str, Any]] = json.loads(json.dumps(spec))["data"]["values"]
    return found


def test_each_kind_draws_an_svg_or_has_nothing_to_draw(two: Page):
    empty = {kind for kind in KINDS if spec_of(kind, two) is None}
    assert empty == {"epmq", "axes", "context", "need", "threshold", "cost"}
    for kind in KINDS.keys() - empty:
        spec = spec_of(kind, two)
        assert spec is not None
        assert spec["description"]
        assert drawn(spec, "svg").startswith(b"<svg")


def test_a_picture_is_the_same_bytes_each_time_and_a_png_is_one(two: Page):
    spec = spec_of("heatmap", two)
    assert spec is not None
    image = drawn(spec, "png", mode="dark", scale=1.0)
    assert image.startswith(b"\x89PNG")
    assert drawn(spec, "png", mode="dark", scale=1.0) == image


def test_a_scenario_without_a_score_says_so_in_the_heatmap(two: Page):
    cells = {(cell["name"], cell["entrant"]): cell for cell in values(two, "heatmap")}
    assert cells["someone/goal0", "baseline"]["none"] == "none"
    assert cells["someone/goal1", "baseline"]["value"] == 50.0


def test_of_many_scenarios_the_heatmap_draws_the_highest_and_the_lowest():
    episodes = [episode(scenario=f"someone/goal{n}", score=score(n)) for n in range(90)]
    cells = values(page([source(*episodes, made=run(episodes=90))], {}).page, "heatmap")
    assert sorted(cell["value"] for cell in cells) == [*range(30), *range(60, 90)]


def test_the_composite_of_a_script_is_void_in_every_picture():
    said = [f"{word} sounds very hard for anybody at all." for word in ("That", "This", "It")]
    episodes = []
    for n in range(16):
        held = walked(scenario=f"person{n}/goal")
        messages = tuple(
            m if m.speaker == "persona" else m.model_copy(update={"content": said[m.turn - 1]}) for m in held.messages
        )
        episodes.append(held.model_copy(update={"messages": messages}))
    made = run().model_copy(
        update={"plan": tuple(run().plan[0].model_copy(update={"scenario": e.scenario}) for e in episodes)}
    )
    found = page([source(*episodes, made=made)], {}).page
    assert found.entrants[0].void
    assert spec_of("leaderboard", found) is None
    assert spec_of("heatmap", found) is None
    with pytest.raises(UsageError, match="composite is void, since the run is scripted; allowed are progress"):
        chosen_spec("heatmap", found, Choice(metric="composite"))
    assert "composite and support are void" in found.verdict and "mean human supporter" not in found.verdict
    assert "progress" in found.metrics and "composite" not in found.metrics


def test_success_is_told_apart_by_shape_and_dash_and_not_by_colour(two: Page):
    text = json.dumps(spec_of("course", two))
    assert '"shape": {"field": "reached"' in text
    assert '"strokeDash": {"field": "reached"' in text


def test_many_paths_are_thinned_evenly():
    rows = list(page([source(walked())], {}).page.episodes) * (MOST_PATHS * 2 + 1)
    assert len(chosen(rows)) == MOST_PATHS


def test_pictures_of_any_metric_take_one(two: Page):
    for kind in BY_METRIC & {"leaderboard", "heatmap", "persona", "paired"}:
        assert spec_of(kind, two, metric="progress") is not None


def test_an_unknown_kind_names_the_nearest(two: Page):
    with pytest.raises(NotFoundError, match="heatmap"):
        spec_of("heatmp", two)


def test_hostile_text_draws_as_text():
    found = page([source(hostile())], {}).page
    for kind in ("leaderboard", "heatmap", "trajectories", "episode", "failures"):
        spec = spec_of(kind, found)
        assert spec is not None
        svg = drawn(spec, "svg").decode()
        assert "<script" not in svg and "<img" not in svg
        assert not set(svg) & set("\x00\x07\x1b\u202e\u2066")


def test_both_papers_have_as_many_colours():
    light, dark = (config(mode)["range"] for mode in ("light", "dark"))
    assert isinstance(light, dict) and isinstance(dark, dict)
    assert len(light["category"]) == len(dark["category"]) == len(light["symbol"])


def test_on_paper_what_was_drawn_on_dark_takes_the_colours_of_light():
    printed = (STATIC / "page.css").read_text(encoding="utf-8").partition("@media print")[2]
    dark, light = (_colours(config(mode)) for mode in ("dark", "light"))
    for shown, wanted in zip(dark, light, strict=True):
        for part in ("fill", "stroke"):
            assert f'.picture [{part}="{shown}" i] {{ {part}: {wanted}; }}' in printed


def _colours(found: Any) -> list[str]:
    drawn_in = [found["text"]["color"], found["rule"]["color"], found["axis"]["gridColor"]]
    return [*drawn_in, *found["range"]["category"]]


def test_without_the_extra_the_command_that_installs_it_is_named():
    code = (
        "import sys; sys.modules['vl_convert'] = sys.modules['jinja2'] = None\n"
        "from empa_graph.report.html import environment\n"
        "from empa_graph.report.pictures.drawing import drawn\n"
        "for ask in (environment, lambda: drawn({}, 'svg')):\n"
        "    try: ask()\n"
        "    except Exception as error: print(type(error).__name__, error)\n"
    )
    lines = started(exec, code, {}).ended().out.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("MissingExtraError") and "empa-graph[report]" in line for line in lines)


def test_one_episode_alone_is_drawn():
    found = page([source(episode())], {}).page
    assert {kind for kind in KINDS if spec_of(kind, found) is not None} >= {"leaderboard", "episode", "course"}


def test_an_interval_ends_with_its_axis_and_does_not_push_the_picture_away():
    def supported(n: int, code: float) -> Episode:
        support = Support(
            value=0.5, low=None, high=None, percentile=0.5, axes={"validating": code}, replies=1, length=9.0,
            coder="cues", provisional=True,
        )  # fmt: skip
        return episode(scenario=f"someone/goal{n}", support=support)

    found = page([source(supported(0, 0.0), supported(1, 4.0), made=run(episodes=2))], {}).page
    axis = found.entrants[0].axes["validating"]
    assert (axis.low, axis.high) == (0.0, 4.0)
    spec = spec_of("axes", found)
    assert spec is not None
    moved = re.search(r'transform="translate\((\d+)', drawn(spec, "svg").decode())
    assert moved is not None and int(moved[1]) < 200


def test_long_names_stand_in_whole_lines_and_a_variant_on_its_own():
    assert in_lines("scripted:expert-then-advice@0.5, aligned", 68) == [
        "scripted:",
        "expert-then-",
        "advice@0.5",
        "aligned",
    ]
    assert in_lines("scripted:expert, baseline", 200) == ["scripted:expert", "baseline"]
    assert in_lines("m" * 100 + ", aligned", 100) == ["m" * 10, "m" * 10, "\u2026", "aligned"]
    assert in_lines("W", 1) == ["W"]


@pytest.mark.parametrize("letter", ["i", "W", "\u6f22"])
def test_wide_letters_fill_a_line_earlier(letter: str):
    lines = in_lines(letter * 40, 200)
    assert len(lines) > (letter != "i") and all(width(line) <= 200 for line in lines)
    assert width("Wi") == pytest.approx(12 * (0.944 + 0.222))


def test_names_beside_and_above_a_picture_are_whole_and_rows_are_as_high_as_their_names():
    agent = "openai:ft:gpt-5-mini-2026-08-07:a-very-long-laboratory-name:supporter-of-people-"
    name = "apprentice_electrician_with_long_name/boost_motivation_again"
    made = [source(walked(agent=f"{agent}{n}", scenario=name), made=run(agent=f"{agent}{n}", id=str(n))) for n in "ab"]
    found = page(made, {}).page
    for kind in ("paired", "heatmap"):
        spec = spec_of(kind, found)
        assert spec is not None and f">{name}</text>" in drawn(spec, "svg").decode()
    board: Any = spec_of("leaderboard", found)
    assert board["height"] >= 2 * 14 * len(in_lines(f"{agent}a", 200))


@pytest.mark.parametrize("kind", ["leaderboard", "distributions", "heatmap"])
def test_no_name_is_cut_in_a_picture(kind: str):
    agent = "openai:ft:gpt-5-mini-2026-08-07:a-lab:supporter"
    episodes = [walked(variant=variant, agent=agent) for variant in ("baseline", "aligned", "informed")]
    found = page([source(*episodes, made=run("baseline", "aligned", "informed", agent=agent))], {}).page
    spec = spec_of(kind, found)
    assert spec is not None
    told = re.findall(r">([^<>]+)</text>", drawn(spec, "svg").decode())
    for variant in ("baseline", "aligned", "informed"):
        assert any(line.endswith(variant) for line in told), told


def test_names_in_a_legend_fit_the_picture():
    agents = ("scripted:expert-then-advice@0.5", "openai:ft:gpt-5-mini-2026-08-07:a-lab:supporter")
    found = page([source(walked(agent=agent), made=run(agent=agent, id=agent)) for agent in agents], {}).page
    spec = spec_of("progress", found)
    assert spec is not None
    shown = drawn(spec, "svg").decode()
    across = float(re.search(r'viewBox="0 0 ([\d.]+) ', shown)[1])  # type: ignore[index]
    assert across <= 640
    told = "".join(re.findall(r">([^<>]+)</(?:text|tspan)>", shown))
    assert all(agent in told for agent in agents)


def test_what_a_stranger_is_called_is_no_code_of_a_picture():
    agent = 'x"]; alert(1); ["\', </script>'
    found = page([source(walked(agent=agent), made=run(agent=agent))], {}).page
    spec = spec_of("leaderboard", found)
    assert spec is not None and b"alert(1)" in drawn(spec, "svg")
