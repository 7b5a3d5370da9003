"""Characters of the prompts per role and episode, and how much of each request repeats the one before it.

    python benchmarks/prompts.py [--scenarios 6] [--reply-words 90] [--out benchmarks/results/prompts.json]

Real scenarios are played with every role on a recorded chat: the agent answers as the `template` reference agent does,
filled up to a model's usual length, the voice says lines of the card, the judge gives 0 everywhere. Prefix share: of
all characters of an episode's requests, those that are an exact prefix of the same role's request before; "from the
2nd" leaves out the first request of the episode, which has none before it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import random
import statistics
from collections.abc import Sequence
from itertools import pairwise, takewhile
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from empa_graph import Labels, Rubric, RulePersona, Sandbox, Scenario, find_scenarios, load_rubric
from empa_graph.content.library import spread
from empa_graph.llm import Prompt, ScriptedChat
from empa_graph.roles.empathic.agents import ChatEmpathic
from empa_graph.roles.empathic.instructions import instructions
from empa_graph.roles.empathic.template import reply
from empa_graph.roles.evaluator.judge import JudgeEvaluator
from empa_graph.roles.persona.voice import ModelVoice
from empa_graph.roles.views import PersonaView, PersonaWrite

TURNS = (20, 21, 45)
"""21 is the mean length of the published episodes, 45 their bound."""
SHARE = 0.90
CHARACTERS = 312_500
"""Half of the reference design's characters per case; the target of the judge at 21 turns."""
FILLER = (
    "I keep thinking of what you told me just now, and I would like to stay with it for a moment before anything else.",
    "There is no hurry here, and nothing that you have to decide while we write.",
    "On such a day it can be hard to say which part of it is the heaviest, and you need not know.",
    "Tell me as much or as little of it as feels right to you.",
)


class Cost(NamedTuple):
    """What one role's requests of one episode took."""

    requests: int
    characters: int
    repeated: int
    first: int
    """Characters of the first request."""


def agent(words: int) -> ScriptedChat:
    def answer(prompts: Sequence[Prompt]) -> str:
        said = tuple(prompt.content for prompt in prompts if prompt.role == "user")
        text = reply(said, random.Random(len(said)))
        for at in range(len(said), len(said) + 20):
            if len(text.split()) >= words:
                break
            text += f" {FILLER[at % len(FILLER)]}"
        return text

    return ScriptedChat("agent", answer)


def voice() -> ScriptedChat:
    """Return a voice that says the decided line as it stands."""

    def answer(prompts: Sequence[Prompt]) -> str:
        records = [text for text in prompts[-1].content.splitlines() if text.startswith('{"line":')]
        return str(json.loads(records[-1])["line"])

    return ScriptedChat("voice", answer)


def judge(rubric: Rubric) -> ScriptedChat:
    nothing = {"evidence": "", "serves": "", "level": 0} if rubric.requires_card_part else {"evidence": "", "level": 0}
    answer = {name: {"progress": nothing, "regress": nothing} for name in rubric.space.names}
    return ScriptedChat("judge", [json.dumps(answer)], cycle=True)


def endless(rubric: Rubric, turns: int) -> Rubric:
    """Return ``rubric`` with episodes of exactly ``turns`` turns; a judge that gives 0 stops none before."""
    limits = {"min_turns": turns, "max_turns": turns}
    return rubric.model_copy(update={"stop": rubric.stop.model_copy(update=limits)})


def shared(before: str, text: str) -> int:
    """Return how many characters ``text`` has in common with the start of ``before``."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, text, strict=False)))


def cost(chat: ScriptedChat) -> Cost:
    texts = ["\x1e".join(f"{prompt.role}\x1f{prompt.content}" for prompt in call.prompts) for call in chat.asked]
    repeated = [shared(before, text) for before, text in pairwise(texts)]
    return Cost(len(texts), sum(map(len, texts)), sum(repeated), len(texts[0]))


class Staying(RulePersona):
    """A person who takes no leave, so that an episode has its turns."""

    async def __call__(self, view: PersonaView) -> PersonaWrite:
        write = await super().__call__(view)
        state = write["persona_state"].model_copy(update={"ended": None, "circle": 0})
        return PersonaWrite(messages=write["messages"], persona_state=state)


async def played(scenario: Scenario, rubric: Rubric, turns: int, words: int) -> dict[str, Cost]:
    """Return the cost per role of one episode of ``turns`` turns."""
    chats = {"persona voice": voice(), "empathic": agent(words), f"judge, {rubric.id}": judge(rubric)}
    spoken, replied, judged = chats.values()
    bounded = endless(rubric, turns)
    sandbox = Sandbox(
        persona=Staying(voice=ModelVoice(spoken)),
        empathic=ChatEmpathic(replied),
        evaluator=JudgeEvaluator(judged, bounded),
        rubric=bounded,
        labels=Labels("recorded"),
    )
    episode = await sandbox.play(scenario, instructions=instructions("aligned", scenario))
    if episode.failure is not None or episode.turns != turns:
        raise SystemExit(
            f"{scenario.id}: {episode.turns} turns instead of {turns}: {episode.ending}, {episode.failure}"
        )
    return {role: cost(chat) for role, chat in chats.items()}


async def measured(scenarios: Sequence[Scenario], words: int) -> dict[str, dict[str, dict[str, float]]]:
    """Return, per role and number of turns, means over the scenarios."""
    result: dict[str, dict[str, dict[str, float]]] = {}
    for rubric in (load_rubric("sdt"), load_rubric("epm")):
        for turns in TURNS:
            costs = [await played(scenario, rubric, turns, words) for scenario in scenarios]
            for role in costs[0]:
                result.setdefault(role, {})[str(turns)] = mean([found[role] for found in costs])
    return result


def mean(costs: Sequence[Cost]) -> dict[str, float]:
    return {
        "requests": statistics.mean(cost.requests for cost in costs),
        "characters": statistics.mean(cost.characters for cost in costs),
        "longest_case": max(cost.characters for cost in costs),
        "prefix_share": statistics.mean(cost.repeated / cost.characters for cost in costs),
        "prefix_share_from_2nd": statistics.mean(cost.repeated / (cost.characters - cost.first) for cost in costs),
    }


def show(result: dict[str, dict[str, dict[str, float]]]) -> None:
    title = f"targets: prefix share >= {SHARE:.0%} at 20 turns and more; judge <= {CHARACTERS:,} characters at 21 turns"
    table = Table("role", "turns", title=title)
    for heading in ("characters", "longest case", "prefix share", "from the 2nd"):
        table.add_column(heading, justify="right")
    for role, row in result.items():
        for turns, found in row.items():
            shares = (f"{found[key]:.1%}" for key in ("prefix_share", "prefix_share_from_2nd"))
            table.add_row(role, turns, f"{found['characters']:,.0f}", f"{found['longest_case']:,.0f}", *shares)
    Console(width=120).print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--scenarios", type=int, default=6)
    parser.add_argument("--reply-words", type=int, default=90)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "prompts.json")
    options = parser.parse_args()
    scenarios = spread(find_scenarios(["all"]), options.scenarios)
    result = asyncio.run(measured(scenarios, options.reply_words))
    show(result)
    about = {"python": platform.python_version(), "scenarios": len(scenarios), "reply_words": options.reply_words}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps({**about, "results": result}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
