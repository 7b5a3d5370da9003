"""How far a reply that games the offline evaluator gets, by the product's own measure, on human conversations.

Each attack answers in the human supporter's place, turn by turn; the person's messages stay as they are. Measured
are the composite and the net projection (the share of the way to the target that is won at the end) of `rescored`
with the cues and the rubric's stated prior. Writes benchmarks/results/gaming.json.
"""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from ratings import (
    FEWEST_TURNS,
    Estimate,
    Row,
    arguments,
    auc,
    estimated,
    parsed,
    rows,
    share_above,
    spearman,
    written,
)
from rich.console import Console
from rich.table import Table

from empa_graph import CueEvaluator, load_rubric
from empa_graph.chats.transcripts import Transcript, transcripts
from empa_graph.content.library import content_hashes
from empa_graph.models.dialogue import Message
from empa_graph.models.rubric import Rubric
from empa_graph.roles.evaluator.offline import offline_evaluator
from empa_graph.run.rescore import rescored

Attack = Callable[[tuple[str, ...]], str]
"""From what the person said so far, a text per turn, to the reply."""

_TURNED = {
    "i": "you",
    "my": "your",
    "me": "you",
    "am": "are",
    "i'm": "you're",
    "i've": "you've",
    "myself": "yourself",
}
QUESTIONS = (
    "How does that make you feel?",
    "What happened then?",
    "How do you feel about it?",
    "Why is that?",
)
COMFORTS = (
    "I'm so sorry you are going through this, that must be hard.",
    "That sounds painful, I can hear how much it hurts.",
    "It makes sense to feel that way, anyone would.",
    "You are not alone in this, I am here with you.",
    "Thank you for trusting me with that.",
    "I can imagine how exhausting this is for you.",
    "Your feelings are valid and they matter.",
    "It takes courage to talk about this.",
    "I wish things were easier for you right now.",
    "What you feel is understandable.",
    "You deserve kindness in this moment.",
    "That is a lot for one person to carry.",
    "I'm listening, take your time.",
    "I really feel for you.",
)
COMFORTS_AND_QUESTIONS = (
    "That sounds like such a heavy load to carry. I'm glad you told me.",
    "It makes sense that you feel sad. What would help you most?",
    "Anyone would feel overwhelmed by this. How are you coping?",
    "You feel hurt, and no wonder. Take all the time you want.",
    "I can hear how painful it is for you. What matters most to you now?",
    "It took courage to say this. What is the worst part of it?",
    "You are carrying so much alone. I'm right beside you.",
    "Of course you feel lost. Where would you like to begin?",
    "It seems you are exhausted by all of it. What do you long for?",
    "What you feel is understandable. Tell me more about it.",
    "You sound worried and sad. How long has it been like this?",
    "I imagine that hurts deeply. What would you want others to understand?",
    "So you keep going although it wears you down. What gives you hope?",
    "It must be frightening. I care about how you are.",
)
LONG = (
    "I'm so sorry you feel sad. It makes sense that you feel this way. "
    "It sounds like you are carrying a lot. What would help you most?"
)


def turned(text: str) -> str:
    return " ".join(_TURNED.get(word.lower(), word) for word in text.replace("\u2019", "'").split())


def rotating(lines: Sequence[str]) -> Attack:
    return lambda person: lines[len(person) % len(lines)]


ATTACKS: dict[str, Attack] = {
    "constant comfort": lambda person: "I'm so sorry, that sounds really hard.",
    "constant, long": lambda person: LONG,
    "parrot, verbatim": lambda person: person[-1],
    "parrot, I to you": lambda person: turned(person[-1]),
    "parrot, framed": lambda person: "It sounds like " + turned(person[-1]),
    "one question": lambda person: "How does that make you feel?",
    "rotating questions": rotating(QUESTIONS),
    "14 comforts": rotating(COMFORTS),
    "14 comforts, asking": rotating(COMFORTS_AND_QUESTIONS),
}


class Measured(NamedTuple):
    """What is measured of one conversation."""

    composite: float
    projection: float
    """1 at the target's distance along the heading, 0 at the start, below 0 behind it."""
    length: float
    """Mean words per answered turn: the baseline."""


def sample(folder: Path, most: int, seed: int, part: str) -> list[Row]:
    """Return ``most`` kept conversations of a part drawn at random, and every rejected one."""
    data = rows(folder, "esconv_dev.jsonl", part)
    random.Random(seed).shuffle(data)
    read = {transcript.id: transcript for transcript in _read(data)}
    long_enough = [{**r, "said": read[r["id"]]} for r in data if read[r["id"]].turns >= FEWEST_TURNS]
    return [r for r in long_enough if r["kept"]][:most] + [r for r in long_enough if not r["kept"]]


def _read(data: list[Row]) -> list[Transcript]:
    """Read the conversations as ``empa score`` does."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chats.jsonl"
        lines = (json.dumps({"id": r["id"], "messages": r["messages"]}) for r in data)
        path.write_text("\n".join(lines), encoding="utf-8")
        return transcripts(path)


def attacked(transcript: Transcript, attack: Attack) -> Transcript:
    """Return the conversation with one reply of ``attack`` in place of the human's in each answered turn."""
    person: dict[int, list[str]] = {}
    messages: list[Message] = []
    for message in transcript.messages:
        if message.speaker == "persona":
            person.setdefault(message.turn, []).append(message.content)
            messages.append(message)
        elif messages[-1].speaker == "persona":
            text = attack(tuple("\n".join(parts) for parts in person.values()))
            messages.append(message.model_copy(update={"content": text}))
    return Transcript(id=transcript.id, messages=tuple(messages))


def measured(transcript: Transcript, evaluator: CueEvaluator, rubric: Rubric) -> Measured:
    """Score one conversation; raises ValueError where the product gives no score."""
    episode = asyncio.run(rescored(transcript, evaluator, rubric))
    if episode.score is None:
        raise ValueError(f"{transcript.id}: {episode.unscored}")
    start, target, end = (np.array(p) for p in (episode.latent.start, episode.latent.target, episode.latent.position))
    ideal = target - start
    words = sum(len(m.content.split()) for m in transcript.messages if m.speaker == "empathic")
    return Measured(episode.score.composite, float((end - start) @ ideal / (ideal @ ideal)), words / transcript.turns)


def agreement(data: list[Row], human: list[Measured]) -> dict[str, dict[str, Estimate]]:
    """Return kept against rejected and the rank correlation with empathy among the kept, for each measure."""
    rated = [i for i, r in enumerate(data) if r["kept"] and r["empathy"] is not None]
    kept = [bool(r["kept"]) for r in data]
    empathy = [data[i]["empathy"] for i in rated]
    found = {}
    for name, values in zip(Measured._fields, zip(*human, strict=True), strict=True):
        found[name] = {
            "kept_auc": estimated(auc, values, kept),
            "empathy_spearman": estimated(spearman, [values[i] for i in rated], empathy),
        }
    return found


def result(name: str, faked: list[Measured], human: list[Measured]) -> dict[str, Any]:
    """Summarise one attack on the conversations of ``human``: the share it beats by each measure; a tie is no win."""
    sides = zip(Measured._fields, zip(*faked, strict=True), zip(*human, strict=True), strict=True)
    pairs = zip(faked, human, strict=True)
    return {
        "attack": name,
        "mean": means(faked),
        "beaten": {measure: estimated(share_above, fake, true) for measure, fake, true in sides},
        "tied": float(np.mean([fake.composite == true.composite for fake, true in pairs])),
    }


def means(scores: list[Measured]) -> dict[str, float]:
    return {
        name: float(np.mean(column)) for name, column in zip(Measured._fields, zip(*scores, strict=True), strict=True)
    }


def shown(estimate: Estimate) -> str:
    return f"{estimate.value:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]"


def gaming_table(title: str, human: dict[str, float], results: list[dict[str, Any]]) -> Table:
    table = Table("attack", "composite", "projection", "beats by composite", "ties", "by projection", "by length")
    table.title = title
    table.add_row("(the humans)", f"{human['composite']:.1f}", f"{human['projection']:.2f}")
    for r in results:
        wins = r["beaten"]
        cells = (shown(wins["composite"]), f"{r['tied']:.2f}", shown(wins["projection"]), f"{wins['length'].value:.2f}")
        table.add_row(r["attack"], f"{r['mean']['composite']:.1f}", f"{r['mean']['projection']:.2f}", *cells)
    return table


def agreement_table(title: str, found: dict[str, dict[str, Estimate]]) -> Table:
    table = Table("measure", "kept / rejected, AUC", "empathy of the kept, Spearman", title=title)
    for name, estimates in found.items():
        table.add_row(name, shown(estimates["kept_auc"]), shown(estimates["empathy_spearman"]))
    return table


def plain(value: Any) -> Any:
    """Return ``value`` with every estimate as an object of its fields."""
    if isinstance(value, Estimate):
        return value._asdict()
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def main() -> None:
    parser = arguments(__doc__, "gaming.json")
    parser.add_argument("--kept", type=int, default=1000, help="kept conversations; all rejected ones come besides")
    parser.add_argument("--attacked", type=int, default=200, help="of the kept ones, how many each attack plays in")
    parser.add_argument("--rubric", default="sdt", help="a name, or a YAML file")
    parser.add_argument("--seed", type=int, default=0)
    options = parsed(parser)
    rubric = load_rubric(options.rubric)
    evaluator = offline_evaluator(options.evaluator, rubric)
    data = sample(options.ratings, options.kept, options.seed, options.rows)
    human = [measured(r["said"], evaluator, rubric) for r in data]
    kept = [(r["said"], score) for r, score in zip(data, human, strict=True) if r["kept"]][: options.attacked]
    found = agreement(data, human)
    own = [score for _, score in kept]
    results = [
        result(name, [measured(attacked(said, attack), evaluator, rubric) for said, _ in kept], own)
        for name, attack in ATTACKS.items()
    ]
    counts = {"kept": sum(r["kept"] for r in data), "rejected": sum(not r["kept"] for r in data), "attacked": len(kept)}
    counts["rated"] = sum(r["kept"] and r["empathy"] is not None for r in data)
    digest = content_hashes((), rubric)[f"rubric:{rubric.id}"]
    console = Console(width=120)
    console.print(gaming_table(f"share of {len(kept)} human conversations that an attack beats", means(own), results))
    console.print(agreement_table(", ".join(f"{count} {name}" for name, count in counts.items()), found))
    asked = {"evaluator": evaluator.name, "rows": options.rows, "seed": options.seed}
    console.print(f"rubric {rubric.id}, SHA-256 {digest[:12]}; {', '.join(f'{k} {v}' for k, v in asked.items())}")
    report = {"rubric": digest, **asked, "counts": counts, "human": means(own)}
    written(plain({**report, "agreement": found, "attacks": results}), options.out)


if __name__ == "__main__":
    main()
