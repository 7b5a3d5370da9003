"""Judges' answers and the reading of fenced prompts that the tests of judge, panel and attacks share."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from empa_graph.content.library import find_scenarios, load_rubric
from empa_graph.episode.start import opening
from empa_graph.llm import Prompt
from empa_graph.models.behaviour import BEHAVIOURS
from empa_graph.models.dialogue import Message
from empa_graph.models.latent import LatentState
from empa_graph.models.persona import Annotation, Route
from empa_graph.roles.views import EvaluatorView
from tests.scripted_parts import NAMES, RUBRIC, agent, person

EPM = load_rubric("epm")
LEVELS = RUBRIC.model_copy(update={"judge_prompt": "epm_judge.md"})
"""The rubric `sdt` for a judge that gives levels."""
(_SCENARIO,) = find_scenarios(["night_nurse/call_home"])
_LEVELS = {indicator.id: Annotation(value=2, annotator="tests", reason="a level") for indicator in EPM.initial}
EPM_SCENARIO = _SCENARIO.model_copy(
    update={"goal": _SCENARIO.goal.model_copy(update={"spaces": {"epm": Route(levels=_LEVELS)}})}
)
REPLY = "Nobody told you. What was it like to find your desk there?"
NO_CODE = {"evidence": "", "strength": 0}
NOTHING = {"evidence": "", "level": 0}
UNSERVED = {"evidence": "", "serves": "", "level": 0}
Judgement = dict[str, dict[str, dict[str, Any]]]
_BLOCK = re.compile(r"^--- data ([0-9a-f]{12}) begins ---\n(.*?)\n--- data \1 ends ---$", re.DOTALL | re.MULTILINE)


def judgement(**changes: dict[str, Any]) -> Judgement:
    """Nothing anywhere but progress 2 on relatedness; ``changes`` replaces that level's fields."""
    plain: Judgement = {name: {"progress": dict(NOTHING), "regress": dict(NOTHING)} for name in NAMES}
    plain["relatedness"]["progress"] = {"evidence": "Nobody told you.", "level": 2} | changes.get("level", {})
    return plain


def epm_judgement(**level: Any) -> Judgement:
    """Nothing anywhere but progress 1 on cognitive; ``level`` replaces that level's fields."""
    plain: Judgement = {name: {"progress": dict(UNSERVED), "regress": dict(UNSERVED)} for name in EPM.space.names}
    plain["cognitive"]["progress"] = {"evidence": "Nobody told you.", "serves": "goal", "level": 1} | level
    return plain


def coding(**strengths: tuple[int, str]) -> str:
    """An answer that codes nothing but ``strengths``, each with its evidence."""
    codes = {name: dict(NO_CODE) for name in BEHAVIOURS}
    codes |= {name: {"evidence": said, "strength": strength} for name, (strength, said) in strengths.items()}
    return json.dumps(codes)


def idle(names: Sequence[str] = (), *, served: bool = False) -> str:
    """An answer that sees nothing: behaviour, or levels on the dimensions ``names``."""
    if not names:
        return coding()
    nothing = UNSERVED if served else NOTHING
    return json.dumps({name: {"progress": nothing, "regress": nothing} for name in names})


def epm_path() -> LatentState:
    return opening(EPM, EPM_SCENARIO)


def talk(turns: int, reply: str = REPLY, said: str = "They moved my desk.") -> list[Message]:
    return [message for turn in range(1, turns + 1) for message in (person(turn, said), agent(turn, reply))]


def viewed(messages: list[Message], latent: LatentState, **changes: Any) -> EvaluatorView:
    view = EvaluatorView(scenario=EPM_SCENARIO, messages=messages, persona_state=None, latent=latent, seed=7)
    return EvaluatorView(**{**view, **changes})


def inside(text: str) -> list[list[dict[str, Any]]]:
    """Return the records of every fenced block of ``text``."""
    return [[json.loads(line) for line in block.split("\n")] for _, block in _BLOCK.findall(text)]


def outside(prompts: Sequence[Prompt]) -> str:
    """Return what stands outside the fenced blocks of a request: all that a judge may obey."""
    return "\n".join(_BLOCK.sub("[data]", prompt.content) for prompt in prompts)
