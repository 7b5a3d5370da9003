"""Measure the cues against human ratings: per-cue AUC, whole conversations, and how far gaming gets.

The ratings lie outside the repository and are never copied into it. Every interval is a 95 % bootstrap.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import rankdata, spearmanr

from empa_graph.cues import CueContext, detect
from empa_graph.models.cue import CueName

ROOT = Path(__file__).resolve().parents[1]
Scores = dict[str, float]
Row = dict[str, Any]

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


class Estimate(NamedTuple):
    """A value with the bounds of its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


class Result(NamedTuple):
    """One line of a table."""

    table: str
    what: str
    measure: str
    estimate: Estimate
    count: int


def rows(folder: Path, name: str) -> list[Row]:
    return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]


def cue_scores(reply: str, context: CueContext) -> Scores:
    return {cue.name.value: cue.strength for cue in detect(reply, context)}


def auc(scores: np.ndarray, labels: np.ndarray) -> float:
    """Return the probability that a positive outranks a negative, ties counted half; nan without both."""
    ones = int(labels.sum())
    if ones in (0, len(labels)):
        return float("nan")
    return float((rankdata(scores)[labels].sum() - ones * (ones + 1) / 2) / (ones * (len(labels) - ones)))


def spearman(left: np.ndarray, right: np.ndarray) -> float:
    if np.ptp(left) == 0.0 or np.ptp(right) == 0.0:
        return float("nan")
    return float(spearmanr(left, right).statistic)


def estimated(
    measure: Callable[[np.ndarray, np.ndarray], float],
    left: Sequence[float],
    right: Sequence[float],
    seed: int = 0,
) -> Estimate:
    """Return ``measure`` with the interval of 300 resamples of the rows."""
    first = np.asarray(left, dtype=float)
    second = np.asarray(right, dtype=bool if measure is auc else float)
    draws = np.random.default_rng(seed).integers(0, len(first), size=(300, len(first)))
    low, high = np.nanpercentile([measure(first[draw], second[draw]) for draw in draws], [2.5, 97.5])
    return Estimate(measure(first, second), float(low), float(high))


def coded(table: str, scored: list[tuple[Scores, list[str]]], pairs: str) -> Iterator[Result]:
    """Yield the AUC of each "cue=code,code;" against the rows with one of these codes (matched by the start)."""
    for pair in pairs.replace("\n", " ").split(";"):
        cue, _, listed = pair.strip().partition("=")
        labels = [any(code.startswith(tuple(listed.split(","))) for code in given) for _, given in scored]
        values = [scores.get(cue, 0.0) for scores, _ in scored]
        yield Result(table, f"{cue} / {listed}", "auc", estimated(auc, values, labels), sum(labels))


def sentences(folder: Path) -> Iterator[Result]:
    nobody = CueContext(person=())
    mi = [(cue_scores(r["text"], nobody), [r["code"]]) for r in rows(folder, "mi_gold_dev.jsonl")]
    yield from coded("MI codes", mi, MI_CODES)
    bolt = [(cue_scores(r["text"], nobody), [r["behaviour"]]) for r in rows(folder, "bolt.jsonl")]
    yield from coded("BOLT", bolt, BOLT_BEHAVIOURS)


def epitome(folder: Path) -> Iterator[Result]:
    data = rows(folder, "epitome_dev.jsonl")
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


def turns(messages: list[Row], answer: Callable[[tuple[str, ...], str], str] | None = None) -> list[Turn]:
    """Return the replies of a conversation, each replaced by ``answer`` (person so far, reply) if given."""
    person: list[str] = []
    replies: list[str] = []
    found = []
    for message in messages:
        if message["role"] == "user":
            person.append(message["content"])
        elif person:
            text = answer(tuple(person), message["content"]) if answer else message["content"]
            context = CueContext(person=tuple(person), replies=tuple(replies))
            found.append(Turn(text, context, message["strategies"]))
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


def conversations(folder: Path) -> Iterator[Result]:
    data = [r for r in rows(folder, "esconv_dev.jsonl") if len(turns(r["messages"])) >= 3]
    scored = [[(cue_scores(t.reply, t.context), t.strategies) for t in turns(r["messages"])] for r in data]
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
    yield specificity(data)


def specificity(data: list[Row]) -> Result:
    """Return how well `unspecific` tells a reply in its own conversation from the same one in another."""
    values: list[float] = []
    labels: list[bool] = []
    later = [turns(r["messages"])[3:] for r in data]
    for own, other in zip(later, later[1:] + later[:1], strict=True):
        for mine, theirs in zip(own, other, strict=False):
            for context, foreign in ((mine.context, False), (theirs.context, True)):
                values.append(cue_scores(mine.reply, CueContext(person=context.person)).get("unspecific", 0.0))
                labels.append(foreign)
    return Result(
        "Guard",
        "unspecific / reply put into another conversation",
        "auc",
        estimated(auc, values, labels),
        len(values),
    )


_TURNED = {
    "i": "you",
    "my": "your",
    "me": "you",
    "am": "are",
    "i'm": "you're",
    "i've": "you've",
    "myself": "yourself",
}


def turned(text: str) -> str:
    return " ".join(_TURNED.get(word.lower(), word) for word in text.replace("\u2019", "'").split())


QUESTIONS = (
    "How does that make you feel?",
    "What happened then?",
    "How do you feel about it?",
    "Why is that?",
)
COMFORT = """That sounds like such a heavy load to carry. I'm glad you told me. | It makes sense that you
feel sad. What would help you most? | Anyone would feel overwhelmed by this. How are you coping? | You
feel hurt, and no wonder. Take all the time you want. | I can hear how painful it is for you. What
matters most to you now? | It took courage to say this. What is the worst part of it? | You are carrying
so much alone. I'm right beside you. | Of course you feel lost. Where would you like to begin? | It seems
you are exhausted by all of it. What do you long for? | What you feel is understandable. Tell me more
about it. | You sound worried and sad. How long has it been like this? | I imagine that hurts deeply.
What would you want others to understand? | So you keep going although it wears you down. What gives you
hope? | It must be frightening. I care about how you are.""".replace("\n", " ").split(" | ")
ATTACKS: dict[str, Callable[[tuple[str, ...], str], str]] = {
    "constant comfort": lambda person, human: "I'm so sorry, that sounds really hard.",
    "constant, long": lambda person, human: (
        "I'm so sorry you feel sad. It makes sense that you feel this way. "
        "It sounds like you are carrying a lot. What would help you most?"
    ),
    "varied comfort": lambda person, human: COMFORT[len(person) % len(COMFORT)],
    "parrot, verbatim": lambda person, human: person[-1],
    "parrot, I to you": lambda person, human: turned(person[-1]),
    "parrot, framed": lambda person, human: "It sounds like " + turned(person[-1]),
    "constant question": lambda person, human: "How does that make you feel?",
    "rotating questions": lambda person, human: QUESTIONS[len(person) % len(QUESTIONS)],
}


def gaming(folder: Path, most: int) -> Iterator[Result]:
    """Yield the share of human conversations beaten by each attack played in their place."""
    kept = [r for r in rows(folder, "esconv_dev.jsonl") if r["kept"]][:most]
    human = [[cue_scores(t.reply, t.context) for t in turns(r["messages"])] for r in kept]
    for name, answer in ATTACKS.items():
        faked = [[cue_scores(t.reply, t.context) for t in turns(r["messages"], answer)] for r in kept]
        guards = [
            [max(means(one)[cue] for cue in (*DISCOUNTS, "unspecific")) for one in side] for side in (faked, human)
        ]
        told = estimated(auc, guards[0] + guards[1], [True] * len(kept) + [False] * len(kept))
        yield Result("Gaming", f"{name}, told from human by the highest guard", "auc", told, 2 * len(kept))
        for guarded in (False, True):
            beaten = [
                float(quality(fake, guarded=guarded) > quality(true, guarded=guarded))
                for fake, true in zip(faked, human, strict=True)
            ]
            estimate = estimated(lambda left, right: float(left.mean()), beaten, beaten)
            what = f"{name}, {'guarded' if guarded else 'unguarded'}"
            yield Result("Gaming", what, "share beaten", estimate, len(kept))


def pace(folder: Path, most: int = 300) -> Result:
    """Return the processor milliseconds a reply takes, all texts new but for the shared history."""
    found = [t for r in rows(folder, "esconv_dev.jsonl")[-most:] for t in turns(r["messages"])]
    detect("warm-up", CueContext(person=()))
    start = time.process_time()
    for turn in found:
        detect(turn.reply, turn.context)
    spent = (time.process_time() - start) * 1000 / len(found)
    return Result("Cost", "milliseconds per reply", "mean", Estimate(spent, spent, spent), len(found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ratings", type=Path, default=ROOT.parent / "shared" / "ratings")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "validity.json")
    parser.add_argument("--gaming-conversations", type=int, default=200)
    options = parser.parse_args()
    if not (options.ratings / "esconv_dev.jsonl").exists():
        sys.exit(f"no ratings at {options.ratings}: pass --ratings FOLDER (they are not part of the repository)")
    results = [pace(options.ratings), *sentences(options.ratings), *epitome(options.ratings)]
    results += [*conversations(options.ratings), *gaming(options.ratings, options.gaming_conversations)]
    for r in results:
        value, low, high = r.estimate
        print(f"{r.table:<23} {r.what:<75} {r.measure:<12} {value:6.3f} [{low:6.3f}, {high:6.3f}]  n={r.count}")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    lines = [{**r._asdict(), "estimate": r.estimate._asdict()} for r in results]
    options.out.write_text(json.dumps(lines, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
