"""Measure the cues against human ratings: per-cue AUC on turns, and means over whole conversations.

Every interval is a 95 % bootstrap. How far gaming gets is the matter of gaming.py.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from ratings import FEWEST_TURNS, Estimate, Row, arguments, auc, estimated, parsed, rows, spearman, written

from empa_graph import minilm
from empa_graph.cues import CueContext, detect
from empa_graph.cues.detection import Detector
from empa_graph.cues.nearness import Nearness
from empa_graph.cues.overlap import unspecific
from empa_graph.models.cue import CueName
from empa_graph.roles.evaluator.offline import OFFLINE

Scores = dict[str, float]

SUPPORT = (
    dict.fromkeys(("naming_feeling", "validation", "open_question", "reflection"), 1.0)
    | dict.fromkeys(("warmth", "affirmation", "autonomy_support", "permission"), 0.5)
    | dict.fromkeys(("premature_advice", "self_turning", "judging", "dismissing"), -1.0)
)
GUARDS = {"repetition": -2.0, "parroting": -2.0, "interrogation": -1.5, "stock_phrase": -0.5}
DISCOUNTS = ("repetition", "parroting", "interrogation")
GENERIC = (0.6, 0.75)
"""From the first mean of `unspecific` on a conversation earns less, from the second on no support at all."""
MI_CODES = """reflection=Complex Reflection,Simple Reflection; open_question=Open Question;
open_question=Open Question,Closed Question; affirmation=Affirm; warmth=Support; validation=Support;
autonomy_support=Emphasize Autonomy; self_turning=Self-Disclose;
premature_advice=Advise without Permission,Direct; judging=Confront,Warn; dismissing=Confront;
premature_advice=Advise without Permission,Direct,Advise with Permission;
concrete_help=Advise without Permission,Advise with Permission"""
BOLT_BEHAVIOURS = """reflection=Reflections; naming_feeling=Reflections on Emotions; open_question=Questions;
validation=Normalizing; affirmation=Reflections on Strengths; concrete_help=Problem-Solving,Planning;
premature_advice=Problem-Solving,Planning,Psychoeducation"""
ESCONV_STRATEGIES = """open_question=Question; naming_feeling=Reflection of feelings;
reflection=Restatement or Paraphrasing,Reflection of feelings; affirmation=Affirmation and Reassurance;
validation=Affirmation and Reassurance; warmth=Affirmation and Reassurance; self_turning=Self-disclosure;
premature_advice=Providing Suggestions; concrete_help=Providing Suggestions"""
EPITOME_PAIRS = [
    ("emotional_reactions", ("warmth", "naming_feeling")),
    ("explorations", ("open_question",)),
    ("interpretations", ("reflection", "naming_feeling")),
    ("interpretations", ("self_turning",)),
]


class Result(NamedTuple):
    """One line of a table."""

    table: str
    what: str
    measure: str
    estimate: Estimate
    count: int


def cue_scores(reply: str, context: CueContext, by: Detector = unspecific) -> Scores:
    """Return the cues of one reply, with ``unspecific`` told by ``by``."""
    return {cue.name.value: cue.strength for cue in detect(reply, context, unspecific=by)}


def coded(table: str, scored: list[tuple[Scores, list[str]]], pairs: str) -> Iterator[Result]:
    """Yield the AUC of each "cue=code,code;" against the rows with one of these codes (matched by the start)."""
    for pair in pairs.replace("\n", " ").split(";"):
        cue, _, listed = pair.strip().partition("=")
        labels = [any(code.startswith(tuple(listed.split(","))) for code in given) for _, given in scored]
        values = [scores.get(cue, 0.0) for scores, _ in scored]
        yield Result(table, f"{cue} / {listed}", "auc", estimated(auc, values, labels), sum(labels))


def sentences(folder: Path, part: str) -> Iterator[Result]:
    nobody = CueContext(person=())
    mi = [(cue_scores(r["text"], nobody), [r["code"]]) for r in rows(folder, "mi_gold_dev.jsonl", part)]
    yield from coded("MI codes", mi, MI_CODES)
    bolt = [(cue_scores(r["text"], nobody), [r["behaviour"]]) for r in rows(folder, "bolt.jsonl", part)]
    yield from coded("BOLT", bolt, BOLT_BEHAVIOURS)


def epitome(folder: Path, part: str) -> Iterator[Result]:
    data = rows(folder, "epitome_dev.jsonl", part)
    scored = [cue_scores(r["reply"], CueContext(person=(r["seeker"],))) for r in data]
    for label, cues in EPITOME_PAIRS:
        values = [sum(scores.get(cue, 0.0) for cue in cues) for scores in scored]
        levels = [r[label] for r in data]
        what = f"{'+'.join(cues)} / {label}"
        yield Result("EPITOME", what, "auc", estimated(auc, values, [v > 0 for v in levels]), len(data))
        yield Result("EPITOME", what, "spearman", estimated(spearman, values, levels), len(data))


class Turn(NamedTuple):
    """A reply, what came before it, and the strategies its author named."""

    reply: str
    context: CueContext
    strategies: list[str]


def turns(messages: list[Row]) -> list[Turn]:
    """Return the replies of a conversation that answer the person."""
    person: list[str] = []
    replies: list[str] = []
    found = []
    for message in messages:
        text = message["content"]
        if message["role"] == "user":
            person.append(text)
        elif person:
            found.append(Turn(text, CueContext(person=tuple(person), replies=tuple(replies)), message["strategies"]))
            replies.append(text)
    return found


def means(scored: Sequence[Scores]) -> Scores:
    return {name.value: float(np.mean([s.get(name.value, 0.0) for s in scored])) for name in CueName}


def composite(scores: Mapping[str, float], *, guarded: bool) -> float:
    """Return the weighted sum of the cues of one reply.

    Guarded, what supports counts only for the part of a reply that is neither repeated nor copied nor the
    next of a run of mere questions, and the guards are taken off besides.
    """
    if not guarded:
        return sum(weight * scores.get(cue, 0.0) for cue, weight in SUPPORT.items())
    fresh = float(np.prod([1.0 - scores.get(cue, 0.0) for cue in DISCOUNTS]))
    support = sum(w * scores.get(cue, 0.0) * (fresh if w > 0.0 else 1.0) for cue, w in SUPPORT.items())
    return support + sum(weight * scores.get(cue, 0.0) for cue, weight in GUARDS.items())


def quality(scored: Sequence[Scores], *, guarded: bool) -> float:
    """Return the mean composite of a conversation, guarded also less what would fit anybody in it."""
    mean = float(np.mean([composite(scores, guarded=guarded) for scores in scored]))
    low, high = GENERIC
    fitting = min(1.0, max(0.0, (high - means(scored)["unspecific"]) / (high - low)))
    return mean * fitting if guarded and mean > 0.0 else mean


def conversations(folder: Path, part: str, by: Detector) -> Iterator[Result]:
    data = [r for r in rows(folder, "esconv_dev.jsonl", part) if len(turns(r["messages"])) >= FEWEST_TURNS]
    scored = [[(cue_scores(t.reply, t.context, by), t.strategies) for t in turns(r["messages"])] for r in data]
    yield from coded("ESConv turns", [turn for one in scored for turn in one], ESCONV_STRATEGIES)
    averages = [means([scores for scores, _ in one]) for one in scored]
    kept = [bool(r["kept"]) for r in data]
    rated = [i for i, r in enumerate(data) if r["empathy"] is not None]
    lengths = [float(np.mean([len(t.reply.split()) for t in turns(r["messages"])])) for r in data]
    measures: dict[str, list[float]] = {
        "composite, guarded": [quality([s for s, _ in one], guarded=True) for one in scored],
        "composite, unguarded": [quality([s for s, _ in one], guarded=False) for one in scored],
        "reply length": lengths,
    }
    measures |= {n.value: [a[n.value] for a in averages] for n in CueName if n is not CueName.ANTI_PHRASE}
    for what, values in measures.items():
        estimate = estimated(spearman, [values[i] for i in rated], [data[i]["empathy"] for i in rated])
        yield Result("ESConv empathy", what, "spearman", estimate, len(rated))
        yield Result("ESConv kept / rejected", what, "auc", estimated(auc, values, kept), len(data))
    yield specificity(data, by)


def specificity(data: list[Row], by: Detector) -> Result:
    """Return how well `unspecific` tells a reply in its own conversation from the same one in another."""
    values: list[float] = []
    labels: list[bool] = []
    later = [turns(r["messages"])[3:] for r in data]
    for own, other in zip(later, later[1:] + later[:1], strict=True):
        for mine, theirs in zip(own, other, strict=False):
            for context, foreign in ((mine.context, False), (theirs.context, True)):
                values.append(cue_scores(mine.reply, CueContext(person=context.person), by).get("unspecific", 0.0))
                labels.append(foreign)
    return Result(
        "Guard",
        "unspecific / reply put into another conversation",
        "auc",
        estimated(auc, values, labels),
        len(values),
    )


def pace(folder: Path, part: str, by: Detector, most: int = 300) -> Result:
    """Return the processor milliseconds a reply takes, all texts new but for the shared history."""
    found = [t for r in rows(folder, "esconv_dev.jsonl", part)[-most:] for t in turns(r["messages"])]
    detect("warm-up", CueContext(person=("Somebody.",)), unspecific=by)
    start = time.process_time()
    for turn in found:
        detect(turn.reply, turn.context, unspecific=by)
    spent = (time.process_time() - start) * 1000 / len(found)
    return Result("Cost", "milliseconds per reply", "mean", Estimate(spent, spent, spent), len(found))


def main() -> None:
    options = parsed(arguments(__doc__, "validity.json"))
    by: Detector = unspecific if options.evaluator == OFFLINE[0] else Nearness(minilm())
    results = [pace(options.ratings, options.rows, by), *sentences(options.ratings, options.rows)]
    results += [*epitome(options.ratings, options.rows), *conversations(options.ratings, options.rows, by)]
    for r in results:
        value, low, high = r.estimate
        print(f"{r.table:<23} {r.what:<75} {r.measure:<12} {value:6.3f} [{low:6.3f}, {high:6.3f}]  n={r.count}")
    written([{**r._asdict(), "estimate": r.estimate._asdict()} for r in results], options.out)


if __name__ == "__main__":
    main()
