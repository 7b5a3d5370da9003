"""Write empa_graph/cues/unpointed.txt anew: words that hardly ever stand behind an article.

Of the messages of the coded corpus and the graded replies, every word that is frequent enough to tell.
Usage: python benchmarks/unpointed.py
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from empa_graph import scenarios
from empa_graph.content.coded import load_corpus
from empa_graph.content.graded import graded_file, load_graded
from empa_graph.cues.grafts import ARTICLES, UNPOINTED_FILE
from empa_graph.cues.tokens import read

FREQUENT, HARDLY = 25, 0.01
"""Times that a listed word stands in the texts, at least, and the share of them behind an article, below."""


def texts() -> Iterator[str]:
    """Yield every message of the corpus and every graded reply."""
    for row in load_corpus():
        yield from (message.content for message in row.messages)
    for persona in sorted({scenario.persona.id for scenario in scenarios()}):
        for line in load_graded(graded_file(persona)):
            yield from (reply.text for reply in line.replies)


def main() -> None:
    """Write the file."""
    said, behind = Counter[str](), Counter[str]()
    for text in texts():
        words = [token.word for token in read(text).tokens]
        said.update(words)
        behind.update(word for before, word in pairwise(words) if before in ARTICLES)
    found = sorted(word for word, times in said.items() if times >= FREQUENT and behind[word] < HARDLY * times)
    UNPOINTED_FILE.write_text("\n".join(found) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
