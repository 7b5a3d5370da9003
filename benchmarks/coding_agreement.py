"""Print how far two codings of the corpus of replies agree, by behaviour, and how often each behaviour occurs.

Usage: python benchmarks/coding_agreement.py
"""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.table import Table

from empa_graph.content.coded import coding_agreement, load_corpus


def main() -> None:
    """Print the table of docs/behaviours.md."""
    corpus = load_corpus()
    coded = [message.behaviours for row in corpus for message in row.messages if message.behaviours is not None]
    print(f"{len(corpus)} conversations, {len(coded)} coded replies")
    table = Table("behaviour", "0", "1", "2", "3", "4", "coded twice", "of them shown", "quadratic kappa")
    for found in coding_agreement():
        counts = Counter(codes.get(found.behaviour, 0) for codes in coded)
        kappa = "" if found.kappa is None else f"{found.kappa:.2f}"
        table.add_row(
            found.behaviour, *(str(counts[level]) for level in range(5)), str(found.n), str(found.shown), kappa
        )
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
