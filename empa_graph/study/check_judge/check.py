"""From answers to a check: agreement, biases, failures and the verdict, bound to what was asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from empa_graph.models.judge_check import JudgeCheck
from empa_graph.study.check_judge.asking import Answer
from empa_graph.study.check_judge.cases import Case
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
