"""Runs and conversations for tests of the report."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from empa_graph.models.assessment import Assessment, Item
from empa_graph.models.behaviour import Code
from empa_graph.models.config import RunConfig
from empa_graph.models.dialogue import Message, Refused, Voicing
from empa_graph.models.directive import Directive
from empa_graph.models.episode import Episode, Note
from empa_graph.models.failure import Failure
from empa_graph.models.latent import LatentState, Step
from empa_graph.models.run import Run
from empa_graph.report.page.source import Source, stored
from empa_graph.run.evaluate import evaluate
from empa_graph.run.home import opened
from tests.records import episode, run, score

MARKUP = '<img src=x onerror="window.pwned=1"></script><script>window.pwned=1</script>{{ 7*7 }}<!--'
CONTROLS = "a\x00b\x07c\x1b[31md\u202eevil\u2066x\u200bz"
SHOWN = "a[U+0000]b[U+0007]c[U+001B][31md[U+202E]evil[U+2066]x[U+200B]z"
RIGHT_TO_LEFT = "אני לא יודע מה לעשות עם זה"
EMOJI = "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f3f3\ufe0f\u200d\U0001f308"
LONG = "Donaudampfschiff" * 3200
"""A word of 51 kB."""


def walked(**changes: Any) -> Episode:
    """Return an episode of three turns: forward, not judged, back; with all that an episode can hold."""
    reply = "That sounds hard. You should sleep more."
    assessment = Assessment(
        evaluator="cues",
        items=(Item(dimension="calm", progress=2, progress_evidence="That sounds hard.", regress=0),),
        codes=(
            Code(behaviour="validating", strength=3.0, evidence="That sounds hard."),
            Code(behaviour="advising", strength=2.0, evidence="You should sleep more."),
            Code(behaviour="eliciting", strength=0.1, evidence="You"),
        ),
    )
    missing = Failure(turn=2, blame="evaluator", kind="judge_invalid", detail="prose")
    start = LatentState.opening(
        dimensions=("calm", "trust", "hope"), start=(0.0, 0.0, 0.0), target=(1, 0, 0), radius=0.3
    )
    latent = start.extended(Step(turn=1, increment=(0.5, 0.1, 0.0), assessment=assessment))
    latent = latent.extended(Step(turn=2, increment=None, failure=missing))
    latent = latent.extended(Step(turn=3, increment=(-0.25, 0.0, 0.0), assessment=assessment))
    tools = {"tools": [{"name": "lookup", "args": {"q": "sleep"}, "answer": "eight hours"}]}
    messages = tuple(
        message
        for turn in (1, 2, 3)
        for message in (
            Message(turn=turn, speaker="persona", content=f"I lie awake, night {turn}.", move="elaborate"),
            Message(turn=turn, speaker="empathic", content=reply, agent_state=tools if turn == 1 else None),
        )
    )
    fields: dict[str, Any] = {
        "messages": messages,
        "latent": latent,
        "faults": (missing,),
        "notes": (Note(author="watcher", turn=1, content="calm so far"),),
        "directives": (Directive(turn=2, author="director", action="change_pace", argument="slow", reason="stuck"),),
        "score": score(progress=0.25, coverage=2 / 3),
    }
    return episode(**{**fields, **changes})


def hostile() -> Episode:
    """Return an episode whose every text is out to break a page."""
    evil = f"{MARKUP} {CONTROLS} {RIGHT_TO_LEFT} {EMOJI}"
    held = walked()
    step = held.latent.steps[0].assessment
    assert step is not None
    items = (Item(dimension=MARKUP, progress=1, progress_evidence=evil, regress=1, regress_evidence=MARKUP),)
    codes = (Code(behaviour="validating", strength=4.0, evidence=MARKUP),)
    latent = LatentState.opening(dimensions=(MARKUP, CONTROLS, LONG), start=(0, 0, 0), target=(1, 0, 0), radius=0.3)
    judged = step.model_copy(update={"items": items, "codes": codes, "handoff": evil, "model": MARKUP})
    latent = latent.extended(Step(turn=1, increment=(0.2, 0.0, 0.1), assessment=judged))
    tools = {"tools": [{"name": MARKUP, "args": {MARKUP: evil}, "answer": LONG}]}
    failure = Failure(turn=1, blame="empathic", kind=MARKUP, detail=f"{evil} {LONG}")
    voicing = Voicing(refused=(Refused(kind=MARKUP, words=evil),), unchecked=MARKUP)
    messages = (
        Message(turn=1, speaker="persona", content=f"{evil}\n{LONG}", move=MARKUP, line=MARKUP, voicing=voicing),
        Message(turn=1, speaker="empathic", content=f"{evil} {LONG} {EMOJI}", model=MARKUP, agent_state=tools),
    )
    return held.model_copy(
        update={
            "scenario": f"{MARKUP}/{LONG}",
            "agent": MARKUP,
            "latent": latent,
            "messages": messages,
            "faults": (failure,),
            "notes": (Note(author=MARKUP, turn=1, content=evil), Note(author=CONTROLS, turn=9, content=LONG)),
            "directives": (Directive(turn=1, author=MARKUP, action="end", reason=MARKUP),),
        }
    )


def source(*episodes: Episode, made: Run | None = None) -> Source:
    """Return a run of these episodes, planned as they are."""
    held = made or run(*dict.fromkeys(one.variant for one in episodes))
    return Source(held.id, held, episodes)


def played(folder: Path, agent: str, *, limit: int = 4, **more: object) -> Source:
    """Return a short run of a scripted agent."""
    evaluate(RunConfig().changed({"agent.spec": agent, "suite.limit": limit, "store.out": folder, **more}))
    with opened(folder) as store:
        return stored(store)


class Tags(HTMLParser):
    """Every tag of a page with its attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data
