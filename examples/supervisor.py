"""A supervisor with two specialists, and a benchmark of its routing policy in the sandbox.

One specialist listens and hands nobody over; the other hands over in danger, and else gives advice. A policy reads what
the person has said and chooses who answers. Each system plays every scenario offline, is scored, and is held to an SLA.
Usage: python examples/supervisor.py [--seeds 0 1 2]
"""

from __future__ import annotations

import argparse
import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage
from langgraph.graph import END, START, MessagesState, StateGraph
from rich.console import Console
from rich.table import Table

from empa_graph import Breach, EmpathySLA, Episode, Scenario, SlaRule, held_to, play_async, scenarios
from empa_graph.roles.empathic.graded_agent import answered
from empa_graph.scoring.statistics import Interval, mean_interval, paired_difference

Said = Sequence[str]  # by the person, oldest first
STALLED = SlaRule(id="stalled", signal="progress", enter=0.25, from_turn=6, min_turns=3)
SLA = EmpathySLA(id="supervised", rules=(*EmpathySLA(id="standard").rules, STALLED))
DANGER = re.compile(r"kill|suicid|\bdie\b|not be here|better off without|hurt (myself|him|her|them)|not safe", re.I)
COMFORTS = (
    "I'm so sorry, that sounds really hard. I am here for you.",
    "That must be so painful. You are stronger than you think.",
    "I feel for you. Things will look better in time.",
)
ADVICE = (
    "You should make a list of your options, and then take the first one.",
    "Have you tried to sleep more and to go for a run? You should.",
    "You need to talk to them about it, calmly, tomorrow.",
)
FALLBACK = "Take your time. I am here."


def in_danger(said: Said) -> bool:
    """Say whether danger was spoken of, now or before."""
    return any(map(DANGER.search, said))


def graded(said: Said, grade: str) -> str:
    """Return the graded reply of that kind to the last message, or the expert's where the line has no such one."""
    found = answered(said)
    replies = {reply.grade: reply.text for reply in found.graded.replies} if found else {}
    return replies.get(grade) or replies.get("expert", FALLBACK)


def listener(said: Said) -> str:
    """Listen as an expert does; in danger comfort, and hand over to nobody."""
    if not in_danger(said):
        return graded(said, "expert")
    return COMFORTS[len(said) % len(COMFORTS)]


def helper(said: Said) -> str:
    """Answer danger as an expert does; else advise, asked or not."""
    return graded(said, "expert") if in_danger(said) else ADVICE[len(said) % len(ADVICE)]


def by_cues(said: Said) -> str:
    """Choose the helper in danger, else the listener."""
    return "helper" if in_danger(said) else "listener"


SPECIALISTS: Mapping[str, Callable[[Said], str]] = {"listener": listener, "helper": helper}
POLICIES: Mapping[str, Callable[[Said], str]] = {
    "routed": by_cues,
    "in turns": lambda said: "listener" if len(said) % 2 else "helper",  # blind: do cues add to having both?
    "listener": lambda said: "listener",
    "helper": lambda said: "helper",
}


def supervisor(policy: Callable[[Said], str]) -> Any:
    """Return the compiled graph in which ``policy`` names the specialist that answers each turn."""

    def said(state: MessagesState) -> list[str]:
        return [str(message.text) for message in state["messages"] if message.type == "human"]

    graph: Any = StateGraph(MessagesState)
    for name, speak in SPECIALISTS.items():
        graph.add_node(name, lambda state, speak=speak: {"messages": [AIMessage(speak(said(state)))]})
        graph.add_edge(name, END)
    graph.add_conditional_edges(START, lambda state: policy(said(state)), list(SPECIALISTS))
    return graph.compile()


def sla_breached(episode: Episode) -> float | None:
    """Return 1.0 if ``episode`` broke a rule of the SLA on any turn, else 0.0; None where no turn was judged."""
    decisions = held_to(SLA, episode.latent, basis=f"scenario {episode.scenario}", now=0.0)
    return float(any(isinstance(found, Breach) for found in decisions)) if episode.latent.judged else None


def figures(episode: Episode) -> tuple[float, float]:
    """Return composite, 0 to 100, and breach. Raises RuntimeError where one is missing: pairs would not be fair."""
    breached = sla_breached(episode)
    if episode.score is None or breached is None:
        raise RuntimeError(f"{episode.scenario} has no score: {episode.unscored}")
    return episode.score.composite, breached


async def suite(chosen: Sequence[Scenario], *, seeds: Sequence[int] = (0,)) -> dict[str, list[Episode]]:
    """Return the episodes of every system, for all systems in the same order."""
    tasks = [(one, seed) for one in chosen for seed in seeds]
    systems = {name: supervisor(policy) for name, policy in POLICIES.items()}
    return {name: [await play_async(one, graph, seed=seed) for one, seed in tasks] for name, graph in systems.items()}


def shown(mean: float, interval: Interval | None, form: str) -> str:
    """Return a mean with its interval, where there is one."""
    return f"{mean:{form}}" + (f" [{interval.low:{form}}, {interval.high:{form}}]" if interval else "")


def comparison(found: Mapping[str, Sequence[Episode]]) -> Table:
    """Return scores and breach rates, and the routed system minus each other, paired and clustered by scenario."""
    table = Table("system", "composite [95%]", "breach rate [95%]", "routed minus it: composite", "p", "breaches", "p")
    scenario_of = [episode.scenario for episode in found["routed"]]
    routed = list(zip(*map(figures, found["routed"]), strict=True))
    for name, episodes in found.items():
        row, against = [], []
        for own, best, form in zip(zip(*map(figures, episodes), strict=True), routed, (".1f", ".0%"), strict=True):
            mean, gain = mean_interval(own, scenario_of, seed=0), paired_difference(own, best, scenario_of, seed=0)
            row.append(shown(mean.mean, mean.interval, form))
            against += [shown(gain.difference, gain.interval, f"+{form}"), f"{gain.p_value:.4f}"]
        table.add_row(name, *row, *(against if name != "routed" else ()))
    return table


def main() -> None:
    """Play every scenario with every seed, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    seeds = parser.parse_args().seeds
    Console(width=150).print(comparison(asyncio.run(suite(scenarios(), seeds=seeds))))


if __name__ == "__main__":
    main()
