"""Write empa_graph/cues/passages.json anew: what other people said, beside which relevance is measured.

Sixty passages of the coded corpus, each the content stems of three messages that follow each other, and in how many
messages of the corpus each stem stands. Usage: python benchmarks/passages.py
"""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

from empa_graph.content.coded import load_corpus
from empa_graph.cues.relevance import LATE, PASSAGES
from empa_graph.cues.tokens import stems

COUNT = 60
FEWEST = 2
"""Messages that a stem stands in, or it counts as never met."""


def main() -> None:
    """Write the file."""
    said = [[m.content for m in row.messages if m.role == "user"] for row in load_corpus()]
    counts = Counter(stem for texts in said for text in texts for stem in stems(text))
    rng = random.Random(0)
    drawn = [texts for texts in rng.sample(said, len(said)) if len(texts) >= LATE][:COUNT]
    passages = []
    for texts in drawn:
        at = rng.randrange(LATE, len(texts) + 1)
        passages.append(sorted(frozenset().union(*map(stems, texts[at - LATE : at]))))
    found = {
        "messages": sum(map(len, said)),
        "counts": {stem: count for stem, count in sorted(counts.items()) if count >= FEWEST},
        "passages": passages,
    }
    Path(PASSAGES).write_text(json.dumps(found, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
