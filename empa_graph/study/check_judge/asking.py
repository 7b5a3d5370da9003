"""Ask a judge for every case, keeping each answer as it comes, so that a check that was stopped goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Self

from pydantic import Field, ValidationError

from empa_graph.errors import ProviderError, UsageError
from empa_graph.llm import Chat
from empa_graph.models.behaviour import Behaviour, Strength
from empa_graph.models.latent import LatentState
from empa_graph.models.record import Record
from empa_graph.roles.evaluator.asking import FIRST_WAIT, Pause, again
from empa_graph.roles.evaluator.coding_answer import model_codes
from empa_graph.roles.evaluator.judge_prompt import JudgeRequest, judge_request
from empa_graph.roles.views import EvaluatorView
from empa_graph.seeds import derived_seed
from empa_graph.study.check_judge.cases import Case

CONCURRENCY = 4
"""Cases in flight."""
OUTAGES = 3
"""Requests that fail one after another, before any was answered, after which the judge cannot be had."""


class Answer(Record):
    """What came of one case: the codes above 0, or the kind of failure."""

    case: str
    codes: dict[Behaviour, Strength] = Field(default_factory=dict)
    failure: str = ""
    model: str | None = None


class Kept:
    """The answers of a check, in a file of JSON lines where there is one; its first line says what they are asked of.

    Raises UsageError for a file that was begun otherwise.
    """

    def __init__(self, path: Path | None, asked: str) -> None:
        self.path, self._asked = path, asked
        self.answers: dict[str, Answer] = {}

    @classmethod
    def opened(cls, path: Path | None, asked: str) -> Self:
        """Return the answers in ``path``, none where there is no such file yet; ``asked`` is one line of JSON."""
        kept = cls(path, asked)
        if path is None or not path.is_file():
            return kept
        first, *rest = path.read_text(encoding="utf-8").split("\n")
        if first != asked:
            raise UsageError(f"{path}: was begun for another judge, sample or prompt; remove it to begin again")
        for line in rest:
            try:
                answer = Answer.model_validate_json(line)
            except ValidationError:
                continue  # cut off when the check was stopped
            kept.answers[answer.case] = answer
        if rest[-1:] != [""]:
            path.write_text("\n".join([asked, *(each.model_dump_json() for each in kept.answers.values()), ""]))
        return kept

    def add(self, answer: Answer) -> None:
        """Keep ``answer`` at once."""
        if self.path is not None:
            new = not self.path.is_file()
            with self.path.open("a", encoding="utf-8") as file:
                file.write((f"{self._asked}\n" if new else "") + f"{answer.model_dump_json()}\n")
        self.answers[answer.case] = answer


class Asking(NamedTuple):
    """How the cases are asked."""

    seed: int
    concurrency: int = CONCURRENCY
    first_wait: float = FIRST_WAIT
    pause: Pause = asyncio.sleep
    told: Callable[[int], None] = lambda _: None
    """Called with the number of answered cases."""


def request(case: Case, seed: int) -> JudgeRequest:
    """Return what a judge is asked for ``case``: the same as in a run."""
    names = ("any",)
    latent = LatentState.opening(dimensions=names, start=(0.0,), target=(1.0,), radius=0.1)
    view = EvaluatorView(scenario=case.scenario, messages=case.messages, persona_state=None, latent=latent, seed=seed)
    return judge_request(view, since=len(case.before), every=len(case.judged), coding=True)


async def asked(chat: Chat, cases: Sequence[Case], kept: Kept, how: Asking) -> Mapping[str, Answer]:
    """Return the answer to every case, by id; those kept are not asked again.

    A judge that cannot be asked at all raises its ProviderError; later outages are answers missing by their kind, and
    are not kept, so that they are asked again.
    """
    gate, lost = asyncio.Semaphore(how.concurrency), dict[str, Answer]()

    def hopeless() -> bool:
        return not kept.answers and len(lost) >= min(OUTAGES, len(cases))

    async def one(case: Case) -> None:
        async with gate:
            if hopeless():
                return
            try:
                kept.add(await again(lambda: _answer(chat, case, how.seed), first_wait=how.first_wait, pause=how.pause))
            except ProviderError as error:
                lost[case.id] = Answer(case=case.id, failure=error.kind)
                if hopeless():
                    raise
            how.told(len(kept.answers) + len(lost))

    waiting = [asyncio.create_task(one(case)) for case in cases if case.id not in kept.answers]
    try:
        await asyncio.gather(*waiting)
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    return {case.id: kept.answers.get(case.id) or lost[case.id] for case in cases}


async def _answer(chat: Chat, case: Case, seed: int) -> Answer:
    found, answers = await model_codes(
        chat, request(case, seed), lambda attempt: derived_seed(seed, "check_judge", case.id, attempt)
    )
    codes = {code.behaviour: int(code.strength) for code in found.codes}
    return Answer.model_validate({"case": case.id, "codes": codes, "failure": found.kind, "model": answers[-1].model})
