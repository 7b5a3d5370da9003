"""Human supporters as the offline coders code them: means, spreads and quantiles that place `support`.

Reads the kept conversations of ../shared/ratings/esconv_dev.jsonl (their figures may be stated; their texts and any
weights from them are not part of the product), and how well each axis is told from half of those that a strong model
coded blind. Writes evaluators/support.json; what stands there of coders that are not named stays. Needs MiniLM and
SmolLM2 (extra `embeddings`), and twenty minutes for the one, an hour for the other.
Usage: python benchmarks/support_reference.py [EVALUATOR ...]
"""

from __future__ import annotations

import argparse
import json

import numpy as np
from blind_codes import CHOOSING, blind
from ratings import FOLDER, ROOT

from empa_graph import load_rubric
from empa_graph.cues.coding import Coder
from empa_graph.cues.replies import in_context
from empa_graph.models.behaviour import AXES
from empa_graph.models.dialogue import Message
from empa_graph.roles.evaluator.offline import OFFLINE, offline_evaluator
from empa_graph.scoring.support import Reference

FEWEST = 6
"""Replies below which a conversation is left out."""
STEPS = 101
SOURCE = (
    "Kept conversations of ESConv (Liu et al. 2021, https://github.com/thu-coai/Emotional-Support-Conversation), "
    "their supporters' replies coded by the offline coders; figures only."
)


def conversation_means(coder: Coder) -> np.ndarray:
    """Return the mean code of each axis for every human supporter, shape (N, A)."""
    found = []
    for line in (FOLDER / "esconv_dev.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        replies = list(in_context(messages(row["messages"]))) if row["kept"] else []
        if len(replies) >= FEWEST:
            coded = [coder.strengths(reply.text, reply.context) for reply in replies]
            found.append([float(np.mean([codes[axis] for codes in coded])) for axis in AXES])
    return np.array(found)


def messages(said: list[dict[str, str]]) -> list[Message]:
    """Return saved messages with turns: a new one begins where the person speaks again."""
    turn, last, found = 0, "assistant", []
    for message in said:
        turn += message["role"] == "user" and last != "user"
        last = message["role"]
        speaker = "persona" if last == "user" else "empathic"
        found.append(Message(speaker=speaker, turn=max(1, turn), content=message["content"]))
    return found


def told(coder: Coder) -> np.ndarray:
    """Return how the means of ``coder`` and the blind codes of the same conversations correlate, by axis (A,)."""
    found = [(one.coded_by(coder), one.means) for one in list(blind(FOLDER, "esconv"))[CHOOSING]]
    own, given = (np.array(side).T for side in zip(*found, strict=True))
    return np.array([max(0.0, np.corrcoef(a, b)[0, 1]) for a, b in zip(own, given, strict=True)])


def reference(coder: Coder) -> dict[str, object]:
    """Return what places a conversation among the supporters that ``coder`` coded."""
    means, weights = conversation_means(coder), told(coder)
    placed = Reference(means.mean(axis=0), means.std(axis=0), weights, ())
    by_axis = {"means": placed.means, "spreads": placed.spreads, "told": placed.told}
    total = placed.sums(means, list(AXES.values()))
    print(*(f"{name}: {np.round(values, 2)}" for name, values in by_axis.items()), f"supporters: {len(means)}")
    return {
        **{name: dict(zip(AXES, np.round(values, 4).tolist(), strict=True)) for name, values in by_axis.items()},
        "supporters": len(means),
        "quantiles": np.round(np.quantile(total, np.linspace(0, 1, STEPS)), 3).tolist(),
    }


def main() -> None:
    """Code, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("evaluators", nargs="*", metavar="EVALUATOR", help=f"of {', '.join(OFFLINE)}; all by default")
    asked, file = parser.parse_args().evaluators or OFFLINE, ROOT / "evaluators" / "support.json"
    held = json.loads(file.read_text(encoding="utf-8"))["coders"]
    held |= {name: reference(offline_evaluator(name, load_rubric()).coder) for name in asked}
    file.write_text(json.dumps({"source": SOURCE, "coders": held}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
