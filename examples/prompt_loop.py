"""A pipeline that rewrites its own prompt until the gate passes, with the sandbox as a node; others are held out.

Offline and by rule. Usage: python examples/prompt_loop.py
"""

from __future__ import annotations

import asyncio
import operator
from typing import Annotated, Any, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.types import Send

from empa_graph import (
    CueEvaluator,
    EmpathicView,
    EmpathicWrite,
    LatentState,
    Outcome,
    Policy,
    RulePersona,
    build_sandbox,
    find_scenarios,
    load_rubric,
)
from empa_graph.gate.decision import gate
from empa_graph.gate.finding import Gate
from empa_graph.graph.state import SandboxState
from empa_graph.roles.empathic.reference_agents import reference_agent

TRAIN = ("startup_founder/slow_down", "night_nurse/boost_motivation", "farm_heir/talk_to_father")
HELD_OUT = ("courier_teacher/regain_dignity", "laid_off_father/boost_motivation", "parish_secretary/voice_the_doubt")
RULES = [{"metric": "composite", "floor": 70}, {"metric": "scored", "floor": 1}]
POLICY = Policy.model_validate({"undecided": "fail", "rules": RULES})
NO_ADVICE = "Give no advice first."
LESSONS = {
    "relatedness": "Reflect what you heard.",
    "autonomy": "Ask, and leave them the choice.",
    "competence": "Say what makes sense and what they managed.",
}
HABITS = dict(zip((NO_ADVICE, *LESSONS.values()), ("advice", "comfort", "interrogation", "minimising"), strict=True))
"""What the agent falls back into, turn about, as long as no rule forbids it."""


async def obedient(view: EmpathicView) -> EmpathicWrite:
    """Reply as a skilled listener, but for each habit that the instructions leave it; stands in for a model."""
    turn = view["messages"][-1].turn
    rule, habit = list(HABITS.items())[turn % len(HABITS)]
    return await reference_agent("expert" if rule in view["instructions"] else f"expert-then-{habit}@1")(view)


class Playing(SandboxState, total=False):
    """The sandbox's channels; here the finished path replaces the one that went in."""

    latent: Annotated[LatentState, lambda old, new: new]


class Loop(TypedDict, total=False):
    """The larger graph: its prompts, every episode with its path, and the gate over seen and held-out scenarios."""

    prompts: Annotated[list[str], operator.add]
    played: Annotated[list[tuple[Outcome, LatentState]], operator.add]
    gates: Annotated[list[tuple[Gate, Gate]], operator.add]


def recorded(state: Playing) -> Loop:
    """Return the end of an episode; one without a score has its cause and no composite."""
    score, latent, scenario = state["score"], state["latent"], state["scenario"]
    assert scenario is not None
    outcome = Outcome(
        scenario=scenario.id,
        variant=state["instructions"],
        repeat=0,
        context=scenario.goal.context,
        threshold=scenario.persona.empathy_threshold.level,
        dimensions=latent.dimensions,
        values={"scored": 1.0, "composite": score.composite} if score else {"scored": 0.0},
        failed=state["unscored"],
    )
    return {"played": [(outcome, latent)]}


def judged(state: Loop) -> Loop:
    """Hold the last prompt's episodes to the policy; what is held out is judged apart and decides nothing."""
    last = [outcome for outcome, _ in state["played"] if outcome.variant == state["prompts"][-1]]
    seen, unseen = ([found for found in last if found.scenario in part] for part in (TRAIN, HELD_OUT))
    return {"gates": [(gate(POLICY, seen), gate(POLICY, unseen))]}


def rewrite(state: Loop) -> Loop:
    """Add one rule to the prompt: against harm first, else for the dimension that gained least."""
    prompt = state["prompts"][-1]
    paths = [path for found, path in state["played"] if found.variant == prompt and found.scenario in TRAIN]
    items = [item for path in paths for step in path.judged if step.assessment for item in step.assessment.items]
    gains = {name: sum(item.progress for item in items if item.dimension == name) for name in LESSONS}
    wanted = [NO_ADVICE] if any(item.regress for item in items) else []
    wanted += [LESSONS[name] for name in sorted(gains, key=lambda name: gains[name])]
    return {"prompts": [f"{prompt} {rule}".strip() for rule in wanted if rule not in prompt][:1]}


def pipeline(empathic: Any = obedient, *, turns: int = 16, rounds: int = 6) -> Any:
    """Return the compiled loop of at most ``rounds`` prompts; its input is ``{"prompts": [first]}``."""
    rubric = load_rubric()
    short = rubric.model_copy(update={"stop": rubric.stop.model_copy(update={"max_turns": turns})})
    sandbox = build_sandbox(persona=RulePersona(), empathic=empathic, evaluator=CueEvaluator(rubric), rubric=short)
    play = StateGraph(Playing, output_schema=Loop).add_node("sandbox", sandbox.compile()).add_node("record", recorded)
    play.add_edge(START, "sandbox").add_edge("sandbox", "record")

    def dealt(state: Loop) -> list[Send]:
        chosen = find_scenarios(TRAIN + HELD_OUT) if len(state["prompts"]) > len(state.get("gates", ())) else ()
        return [Send("play", {"scenario": s, "instructions": state["prompts"][-1]}) for s in chosen]

    def onward(state: Loop) -> str:
        return END if state["gates"][-1][0].passed or len(state["prompts"]) >= rounds else "rewrite"

    loop = StateGraph(Loop).add_node("play", play.compile()).add_node("gate", judged).add_node("rewrite", rewrite)
    loop.add_conditional_edges(START, dealt, ["play"]).add_conditional_edges("rewrite", dealt, ["play"])
    return loop.add_edge("play", "gate").add_conditional_edges("gate", onward, ["rewrite", END]).compile()


async def main() -> None:
    """Run the loop from an empty prompt and print each round."""
    state = await pipeline().ainvoke({"prompts": [""]})
    for prompt, (seen, unseen) in zip(state["prompts"], state["gates"], strict=True):
        numbers = "composite {0.mean:4.1f} [{0.low:4.1f}, {0.high:4.1f}], held out {1.mean:4.1f}"
        print(f"{seen.verdict:9} {numbers.format(seen.findings[0], unseen.findings[0])}: {prompt or '(empty)'}")


if __name__ == "__main__":
    asyncio.run(main())
