"""What the offline coder agrees with: its codes and `support` beside human ratings that lie outside the repository.

Shipped weights only: nothing here trains on these sets. Every interval is a 95% bootstrap, over people or
conversations where several rows are theirs. The baseline beside each is the length of the replies.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from blind_codes import FILES, REPORTING, Blind, blind
from ratings import Estimate, Row, arguments, auc, parsed, pearson, resampled, rows, spearman, written
from rich.console import Console
from rich.table import Table
from support_reference import messages

from empa_graph import load_rubric
from empa_graph.chats.transcripts import Transcript
from empa_graph.content.library import content_hashes
from empa_graph.cues.context import CueContext
from empa_graph.cues.replies import in_context
from empa_graph.models.behaviour import AXES, Behaviour
from empa_graph.roles.evaluator.offline import offline_evaluator
from empa_graph.roles.evaluator.support import references
from empa_graph.run.rescore import rescored

Judged = dict[str, float]
MI = (
    ("advising", "Advise without Permission"),
    ("self_turning", "Self-Disclose"),
    ("understanding", "Complex Reflection,Simple Reflection"),
    ("eliciting", "Open Question"),
    ("affirming", "Affirm"),
    ("leaving_choice", "Emphasize Autonomy"),
    ("validating", "Support"),
    ("dismissing", "Confront,Warn"),
)
EPITOME: tuple[tuple[Behaviour, str], ...] = (("validating", "emotional_reactions"), ("eliciting", "explorations"))
IEVAL = ("understood_emotions", "responded_to_emotions", "attentive", "likable")
FEWEST = 3
"""Replies below which a conversation is left out."""


class Result(NamedTuple):
    """One line of the table: what was held against what, by which measure, over how many rows."""

    ratings: str
    what: str
    measure: str
    estimate: Estimate
    length: float
    count: int


class Judge:
    """The offline evaluator of that name, and its coder."""

    def __init__(self, name: str) -> None:
        self.rubric = load_rubric()
        self.evaluator = offline_evaluator(name, self.rubric)

    def codes(self, reply: str, context: CueContext) -> Judged:
        """Return the strength of each behaviour of one reply."""
        return dict(self.evaluator.coder.strengths(reply, context))

    def conversation(self, said: Sequence[dict[str, str]]) -> Judged | None:
        """Return the figures of a whole conversation; None where it is too short or has no score."""
        found = messages(list(said))
        if len(list(in_context(found))) < FEWEST:
            return None
        episode = asyncio.run(rescored(Transcript(id="x", messages=tuple(found)), self.evaluator, self.rubric))
        if episode.score is None or episode.support is None:
            return None
        figures = {"support": episode.support.value, "composite": episode.score.composite}
        return figures | {"length": episode.support.length} | dict(episode.support.axes)


def sentences(judge: Judge, folder: Path, part: str) -> Iterator[Result]:
    """Yield how codes of single counsellor sentences tell those with a code of motivational interviewing."""
    data = rows(folder, "mi_gold_dev.jsonl", part)
    coded = [judge.codes(row["text"], CueContext(person=())) for row in data]
    words = [float(len(row["text"].split())) for row in data]
    for behaviour, wanted in MI:
        labels = [row["code"].startswith(tuple(wanted.split(","))) for row in data]
        yield _result("MI gold", f"{behaviour} / {wanted}", auc, [c[behaviour] for c in coded], labels, words)


def pairs(judge: Judge, folder: Path, part: str) -> Iterator[Result]:
    """Yield how codes of one reply to one message rank with EPITOME's levels."""
    data = rows(folder, "epitome_dev.jsonl", part)
    coded = [judge.codes(row["reply"], CueContext(person=(row["seeker"],))) for row in data]
    words = [float(len(row["reply"].split())) for row in data]
    for behaviour, label in EPITOME:
        levels = [float(row[label]) for row in data]
        yield _result("EPITOME", f"{behaviour} / {label}", spearman, [c[behaviour] for c in coded], levels, words)


def supporters(judge: Judge, folder: Path, part: str) -> Iterator[Result]:
    """Yield how conversations of ESConv rank with what its seekers and its makers said of them."""
    found = [(row, judge.conversation(row["messages"])) for row in rows(folder, "esconv_dev.jsonl", part)]
    judged = [(row, figures) for row, figures in found if figures is not None]
    kept = [bool(row["kept"]) for row, _ in judged]
    rated = [(row, figures) for row, figures in judged if row["empathy"] is not None]
    words, rated_words = ([figures["length"] for _, figures in one] for one in (judged, rated))
    for name in ("support", "composite"):
        yield _result("ESConv", f"{name} / kept or rejected", auc, [f[name] for _, f in judged], kept, words)
        empathy = [float(row["empathy"]) for row, _ in rated]
        yield _result(
            "ESConv", f"{name} / seekers' empathy", spearman, [f[name] for _, f in rated], empathy, rated_words
        )


def chatbots(judge: Judge, folder: Path, part: str) -> Iterator[Result]:
    """Yield how chats on negative topics rank with the mean of the person's own ratings."""
    data = [row for row in rows(folder, "ieval_dev.jsonl", part) if row["valence"] == "negative"]
    judged = [(row, figures) for row in data if (figures := judge.conversation(row["messages"])) is not None]
    told = [float(np.mean([row["ratings"][name] for name in IEVAL])) for row, _ in judged]
    people = [row["id"].split(":")[0] for row, _ in judged]
    words = [figures["length"] for _, figures in judged]
    for name in ("support", "composite"):
        yield _result("iEval", f"{name} / own ratings", spearman, [f[name] for _, f in judged], told, words, people)


def coders(judge: Judge, folder: Path) -> Iterator[Result]:
    """Yield how conversations rank with a strong model's blind codes, which agree with experts at P 0.89.

    Support, axes and the composite are taken over the messages that the model read and coded. The weights of support
    were chosen on half of ESConv, so it stands once more for the other half alone.
    """
    for name in FILES:
        read = [(one, _figures(judge, one)) for one in blind(folder, name)]
        found = [(one, figures) for one, figures in read if figures]
        halves = {"": slice(None), ", other half": REPORTING} if name == "esconv" else {"": slice(None)}
        for half, part in halves.items():
            given = np.array([one.means for one, _ in found[part]])
            signed = (given - given.mean(axis=0)) / given.std(axis=0) @ np.array(list(AXES.values()))
            words = [figures["length"] for _, figures in found[part]]
            truth = {"support": signed, "composite": signed} | dict(zip(AXES, given.T, strict=True))
            for what, wanted in truth.items():
                values = [figures[what] for _, figures in found[part]]
                label = f"{what} / coder" + ("'s signed sum" if wanted is signed else "") + half
                if not half or wanted is signed:
                    yield _result(name, label, pearson, values, wanted.tolist(), words)


def _figures(judge: Judge, one: Blind) -> Judged | None:
    read = judge.conversation(one.excerpt())
    if read is None:
        return None
    means = one.coded_by(judge.evaluator.coder)
    total = references()[judge.evaluator.name].sums(means, list(AXES.values()))
    return read | dict(zip(AXES, means.tolist(), strict=True)) | {"support": float(total)}


def _result(
    ratings: str,
    what: str,
    measure: Callable[[np.ndarray, np.ndarray], float],
    values: Sequence[float],
    truth: Sequence[float] | Sequence[bool],
    words: Sequence[float],
    groups: Sequence[str] | None = None,
) -> Result:
    estimate = resampled(measure, values, truth, groups)
    baseline = resampled(measure, words, truth, groups).value
    return Result(ratings, what, measure.__name__, estimate, baseline, len(values))


def shown(found: Sequence[Result], title: str) -> Table:
    """Return the table of all results."""
    table = Table("ratings", "what", "measure", "value [95%]", "length", "n", title=title)
    for row in found:
        value = f"{row.estimate.value:.2f} [{row.estimate.low:.2f}, {row.estimate.high:.2f}]"
        table.add_row(row.ratings, row.what, row.measure, value, f"{row.length:.2f}", str(row.count))
    return table


def pace(judge: Judge, data: Sequence[Row]) -> float:
    """Return the processor milliseconds a reply takes to code, all texts new."""
    said = [reply for row in data for reply in in_context(messages(row["messages"]))]
    start = time.process_time()
    for reply in said:
        judge.codes(reply.text, reply.context)
    return (time.process_time() - start) * 1000.0 / len(said)


def main() -> None:
    """Measure, print, write."""
    options = parsed(arguments(__doc__, "validity.json"))
    judge, folder, part = Judge(options.evaluator), options.ratings, options.rows
    milliseconds = pace(judge, rows(folder, "esconv_dev.jsonl")[-60:])
    found = [*sentences(judge, folder, part), *pairs(judge, folder, part), *supporters(judge, folder, part)]
    found += [*chatbots(judge, folder, part), *coders(judge, folder)]
    digest = content_hashes((), judge.rubric)[f"rubric:{judge.rubric.id}"][:12]
    weights = judge.evaluator.coder.sha256[:12]
    Console(width=110).print(shown(found, f"evaluator {options.evaluator}, rubric {digest}, weights {weights}"))
    print(f"{milliseconds:.2f} ms of processor time a reply")
    written({"rubric": digest, "weights": weights, "results": [r._asdict() for r in found]}, options.out)


if __name__ == "__main__":
    main()
