"""Ask a judge for the graded replies and check its answers: all that `empa check-judge` says of one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from empa_graph.content.library import load_rubric
from empa_graph.errors import writing
from empa_graph.graph.waiting import finished
from empa_graph.llm.fingerprint import shown_model
from empa_graph.models.config import Keys, RunConfig
from empa_graph.models.judge_check import JudgeCheck
from empa_graph.run.config import judging, made_roles
from empa_graph.run.evaluate import probed
from empa_graph.run.judge_check import bound_to
from empa_graph.study.check_judge.asking import Answer, Asking, Kept, asked
from empa_graph.study.check_judge.cases import Case, drawn
from empa_graph.study.check_judge.measures import Coded, agreements, measures, verdict


class Asked(NamedTuple):
    """The judge that was asked, how, and by which instructions: what a check is bound to."""

    judge: str
    base_url: str | None
    temperature: float
    max_tokens: int
    hashes: Mapping[str, str]
    seed: int
    replies: int


REPLIES = 200


def check_one_judge(
    model: str,
    config: RunConfig | None = None,
    *,
    keys: Keys | None = None,
    n: int = REPLIES,
    seed: int = 0,
    out: Path | str | None = None,
    told: Callable[[int, int], None] = lambda answered, total: None,
    said: Callable[[str], None] = lambda hint: None,
) -> JudgeCheck:
    """Play ``n`` graded replies to the judge ``model`` and say whether what it codes can be relied on.

    Of ``config`` only how judges are asked is used: server, temperature, token limit, how many at a time. With ``out``,
    a file, each answer is kept beside it as it comes, a check that was stopped goes on, and the check is written there;
    without it nothing is kept. ``told`` is called after each answer with how many there are, and of how many; ``said``
    with what a probe of the judge has to say. It may be called where a loop runs already.

    Returns a frozen record: measures with 95% intervals, kappa from -1 to 1 by behaviour, and the verdict ``fit``,
    ``unfit`` or ``undecided``. Raises UsageError for a file that cannot be written or was begun otherwise,
    ProviderError where the judge cannot be had; a request without a judgement is counted by its cause.
    """
    config = _alone(model, config or RunConfig())
    cases = drawn(n, seed=seed)
    of = Asked(
        judge=shown_model(model),
        base_url=config.evaluator.judge_base_url,
        temperature=config.evaluator.temperature,
        max_tokens=config.evaluator.max_tokens,
        hashes=bound_to(model),
        seed=seed,
        replies=n,
    )
    file = None if out is None else Path(out)
    with writing(file):
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        begun = json.dumps(of._asdict(), sort_keys=True)
        kept = Kept.opened(None if file is None else file.with_suffix(".answers.jsonl"), begun)
        how = Asking(seed, concurrency=config.execution.concurrency, told=lambda count: told(count, len(cases)))
        answers = finished(_answers(config, keys or Keys(), cases, kept, how, said))
        check = checked(of, cases, answers, created=datetime.now(UTC).isoformat(timespec="seconds"))
        if file is not None:
            file.write_text(check.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return check


def check_name(model: str, config: RunConfig, keys: Keys) -> None:
    """Raise UsageError in one line where ``model`` names no judge or lacks a key or file; nothing is asked."""
    made_roles(_alone(model, config), load_rubric(), keys=keys)


def _alone(model: str, config: RunConfig) -> RunConfig:
    return judging(config).changed({"evaluator.name": "judge", "evaluator.judges": (model,)})


async def _answers(
    config: RunConfig, keys: Keys, cases: Sequence[Case], kept: Kept, how: Asking, said: Callable[[str], None]
) -> Mapping[str, Answer]:
    roles = made_roles(config, load_rubric(), keys=keys)
    (chat,) = roles.chats
    try:
        for hint in await probed(roles, offline=False):
            said(hint)
        return await asked(chat, cases, kept, how)
    finally:
        await roles.aclose()


def checked(of: Asked, cases: Sequence[Case], answers: Mapping[str, Answer], *, created: str) -> JudgeCheck:
    """Return the check of the judge ``of`` from its ``answers`` to ``cases``. Pure."""
    given = [(case, answers[case.id]) for case in cases]
    coded = [Coded(case, answer.codes) for case, answer in given if not answer.failure]
    failures = Counter(answer.failure for _, answer in given if answer.failure)
    found = measures(coded, failures.total(), seed=of.seed)
    return JudgeCheck(
        judge=of.judge,
        base_url=of.base_url,
        temperature=of.temperature,
        max_tokens=of.max_tokens,
        hashes=dict(of.hashes),
        answered=tuple(sorted({answer.model for answer in answers.values() if answer.model})),
        created=created,
        seed=of.seed,
        replies=of.replies,
        calls=len(cases),
        behaviours=agreements(coded, seed=of.seed),
        measures=found,
        failures=dict(failures),
        missing=failures.total() / len(cases),
        verdict=verdict(found),
    )
