"""The ranges of the guards on a conversation: people, chatbots of 2020, a strong listener, and scripts in their place.

Prints percentiles of the figures of `guard_findings` over conversations of eight replies and more (over all where none
is so long), and the share that lies beyond each guard; then the same over their first five replies. Writes
benchmarks/results/guards.json; with --ordinary writes empa_graph/cues/ordinary.txt anew, from conversations that may
ship (the coded corpus and iEval).
Usage: python benchmarks/guards.py [--ordinary] [--rows even|odd] [--ratings FOLDER]
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from gaming import ATTACKS, Attack
from ratings import ROOT, Row, arguments, parsed, rows, written
from rich.console import Console
from rich.table import Table

from empa_graph.content.coded import load_corpus
from empa_graph.cues.guards import GENERIC, guard_findings
from empa_graph.cues.tokens import stem, stems
from empa_graph.models.dialogue import Speaker
from empa_graph.models.guard import FEWEST_REPLIES, GuardFindings

ORDINARY = ROOT / "empa_graph" / "cues" / "ordinary.txt"
OFTEN = 0.1
"""Share of conversations whose replies have a stem, from which on it is ordinary."""
SHOWN = {"repeated": (50, 95, 99), "copied": (50, 95, 99), "framed": (50, 95, 99), "specific": (1, 5, 50)}
"""The figures with the percentiles that are printed."""
PERCENTILES = (1, 5, 50, 95, 99)
SHORT = 5
"""Replies of the beginnings that are looked at for what short conversations show."""
Spoken = list[tuple[Speaker, str]]
_SPEAKERS: Mapping[str, Speaker] = {"user": "persona", "assistant": "empathic"}


def spoken(messages: Iterable[Mapping[str, str]]) -> Spoken:
    """Return the messages in turns: what one side says in a row is one message."""
    found: Spoken = []
    for message in messages:
        speaker, text = _SPEAKERS[message["role"]], message["content"]
        if found and found[-1][0] == speaker:
            found[-1] = (speaker, f"{found[-1][1]}\n{text}")
        else:
            found.append((speaker, text))
    return found


def attacked(said: Spoken, attack: Attack) -> Spoken:
    """Return the conversation with the attack's replies in the place of the others."""
    person: list[str] = []
    found: Spoken = []
    rng = random.Random(len(said))
    for speaker, text in said:
        if speaker == "persona":
            person.append(text)
        if person:
            found.append((speaker, text if speaker == "persona" else attack(tuple(person), rng)))
    return found


def ordinary(folder: Path) -> list[str]:
    """Return the stems in the replies of at least `OFTEN` of the conversations of either set that may ship."""
    corpus = [[m.content for m in one.messages if m.role == "assistant"] for one in load_corpus()]
    chats = rows(folder, "ieval_dev.jsonl")
    ieval = [[m["content"] for m in row["messages"] if m["role"] == "assistant"] for row in chats]
    generic = {stem(word) for word in GENERIC}
    return sorted({word for talks in (corpus, ieval) for word in _often(talks)} - generic)


def _often(talks: Sequence[Sequence[str]]) -> Iterator[str]:
    counts = Counter(word for talk in talks for word in frozenset().union(*map(stems, talk)))
    return (word for word, count in counts.items() if count >= OFTEN * len(talks))


def beginning(said: Spoken) -> Spoken:
    """Return a conversation up to its reply number `SHORT`."""
    places = [place for place, (speaker, text) in enumerate(said) if speaker == "empathic" and text.strip()]
    return said[: places[SHORT - 1] + 1] if len(places) >= SHORT else said


def groups(folder: Path, part: str) -> Iterator[tuple[str, list[Spoken]]]:
    """Yield each kind of supporter with its conversations; of ESConv the rows of ``part``."""
    esconv = rows(folder, "esconv_dev.jsonl", part)
    kept = [spoken(row["messages"]) for row in esconv if row["kept"]]
    yield "ESConv, kept supporters", kept
    yield "ESConv, rejected supporters", [spoken(row["messages"]) for row in esconv if not row["kept"]]
    yield "coded corpus", [spoken(one.model_dump()["messages"]) for one in load_corpus()]
    yield "iEval, chatbots of 2020", [spoken(row["messages"]) for row in rows(folder, "ieval_dev.jsonl")]
    dialogues = folder.parent / "dialogues" / "listener.jsonl"
    if dialogues.is_file():
        lines: list[Row] = [json.loads(line) for line in dialogues.read_text(encoding="utf-8").splitlines()]
        yield "a strong chat model", [spoken(line["messages"]) for line in lines]
    for name, attack in ATTACKS.items():
        yield name, [attacked(said, attack) for said in kept[:200]]


def row(name: str, found: Sequence[GuardFindings]) -> dict[str, object]:
    """Return the percentiles of one kind of supporter and the share beyond each guard."""
    enough = [one for one in found if not one.provisional] or list(found)
    figures: dict[str, object] = {}
    for figure in SHOWN:
        values = [value for one in enough if (value := getattr(one, figure)) is not None]
        figures[figure] = {
            **{f"p{p}": float(np.percentile(values, p)) for p in PERCENTILES},
            "beyond": float(np.mean([figure in one.beyond for one in enough])),
        }
    caught = float(np.mean([bool(one.beyond) for one in enough]))
    long = not enough[0].provisional
    return {"who": name, "conversations": len(enough), "long": long, "any": caught, **figures}


def table(found: Sequence[dict[str, object]], caption: str) -> Table:
    """Return a row for each kind of supporter."""
    shown = Table(
        "who",
        "n",
        *(cell for name, at in SHOWN.items() for cell in (f"{name} {'/'.join(map(str, at))}", "beyond")),
        "any",
    )
    for one in found:
        cells = []
        for figure, places in SHOWN.items():
            values = one[figure]
            assert isinstance(values, dict)
            cells += ["/".join(f"{values[f'p{p}']:.2f}" for p in places), f"{values['beyond']:.1%}"]
        shown.add_row(
            f"{one['who']}{'' if one['long'] else ' (all are short)'}",
            str(one["conversations"]),
            *cells,
            f"{one['any']:.1%}",
        )
    shown.caption = caption
    return shown


def main() -> None:
    """Measure, print, write."""
    parser = arguments(__doc__, "guards.json")
    parser.add_argument("--ordinary", action="store_true", help="write the list of ordinary stems anew, and no more")
    options = parsed(parser)
    if options.ordinary:
        ORDINARY.write_text("\n".join(ordinary(options.ratings)) + "\n", encoding="utf-8")
        return
    talks = list(groups(options.ratings, options.rows))
    found = [row(name, [guard_findings(said) for said in each]) for name, each in talks]
    short = [row(name, [guard_findings(beginning(said)) for said in each]) for name, each in talks]
    for title, one in ((f"conversations of {FEWEST_REPLIES} replies and more", found), (f"their first {SHORT}", short)):
        Console(width=160).print(table(one, title))
    written({"whole": found, "beginnings": short}, options.out)


if __name__ == "__main__":
    main()
