"""The supervisor of the examples: who answers, what each says, and how the systems are compared."""

from __future__ import annotations

import asyncio
import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from empa_graph import Episode, find_scenarios, play, scenarios
from empa_graph.testing import check_metric
from examples.supervisor import (
    POLICIES,
    SLA,
    by_cues,
    comparison,
    figures,
    graded,
    helper,
    listener,
    sla_breached,
    suite,
    supervisor,
)

PAGE = (Path(__file__).parents[2] / "docs" / "example-supervisor.md").read_text(encoding="utf-8")
CHOSEN = ("exam_student/reduce_stress", "night_nurse", "farm_heir")


@pytest.fixture(scope="module")
def found() -> dict[str, list[Episode]]:
    chosen = [find_scenarios([name])[0] for name in CHOSEN]
    return asyncio.run(suite(chosen))


def test_the_helper_is_chosen_once_danger_was_said_and_else_the_listener() -> None:
    assert by_cues(["They moved my desk.", "I want to die."]) == by_cues(["I want to die.", "Yes."]) == "helper"
    assert by_cues(["What should I do?", "They moved my desk and nobody told me."]) == "listener"


def test_the_graph_lets_the_chosen_specialist_answer() -> None:
    graph = supervisor(by_cues)
    for text, speak in ((LINE, listener), ("I want to die.", helper)):
        answer = graph.invoke({"messages": [{"role": "user", "content": text}]})
        assert [message.text for message in answer["messages"][1:]] == [speak([text])]


LINE = find_scenarios(["exam_student/reduce_stress"])[0].goal.openings[0].text
CRISIS = find_scenarios(["exam_student/after_failing"])[0].goal.openings[0].text


def test_each_specialist_lacks_what_the_other_has() -> None:
    assert listener([LINE]) == graded([LINE], "expert") != helper([LINE])
    danger = [CRISIS, "I want to die.", CRISIS]
    assert helper(danger) == graded(danger, "expert") != listener(danger)


@pytest.mark.parametrize("text", ["", "...", "?!"])
def test_a_message_without_words_is_answered(text: str) -> None:
    assert listener([text]) and helper([text])


def test_a_breach_is_a_rule_broken_on_any_turn() -> None:
    hurt = play(CHOSEN[0], "scripted:dismissive", max_turns=6)
    fine = play(CHOSEN[0], "scripted:expert", max_turns=3)
    assert (sla_breached(hurt), sla_breached(fine)) == (1.0, 0.0)
    check_metric(sla_breached)


def test_an_unscored_episode_is_refused_and_never_a_zero() -> None:
    def broken(messages: list[dict[str, str]]) -> str:
        raise RuntimeError("out of order")

    episode = play(CHOSEN[0], broken, max_turns=2)
    assert sla_breached(episode) is None
    with pytest.raises(RuntimeError, match="has no score"):
        figures(episode)


def test_every_system_plays_the_same_scenarios(found: dict[str, list[Episode]]) -> None:
    assert list(found) == list(POLICIES)
    assert {tuple(e.scenario for e in episodes) for episodes in found.values()} == {
        tuple(e.scenario for e in found["routed"])
    }


def test_the_same_seed_gives_the_same_episodes(found: dict[str, list[Episode]]) -> None:
    again = play(find_scenarios([CHOSEN[0]])[0], supervisor(by_cues), seed=0)
    assert again.messages == found["routed"][0].messages


def test_the_comparison_pairs_the_routed_system_with_each_other_one(found: dict[str, list[Episode]]) -> None:
    console = Console(width=150, file=io.StringIO())
    console.print(comparison(found))
    text = console.file.getvalue()
    mean = {name: sum(figures(e)[0] for e in episodes) / len(episodes) for name, episodes in found.items()}
    for name in ("in turns", "listener", "helper"):
        row = next(line for line in text.splitlines() if line.startswith(f"│ {name} "))
        spread = len({figures(e)[0] for e in found[name]}) > 1
        assert f"│ {mean[name]:.1f} " in row and (f"{mean[name]:.1f} [" in row) == spread
        assert f"│ {mean['routed'] - mean[name]:+.1f} " in row


def test_the_page_names_every_system_every_rule_and_all_scenarios() -> None:
    for name in (*POLICIES, *(rule.id for rule in SLA.rules)):
        assert re.search(rf"`{name}`|│ {name} ", PAGE), name
    assert f"{len(scenarios())} scenarios" in PAGE


def test_what_the_page_shows_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    exec(compile(code, "example-supervisor.md", "exec", dont_inherit=True), {"__name__": "page"})
    assert len(capsys.readouterr().out.splitlines()) == len(POLICIES)
