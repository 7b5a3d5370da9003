"""Train the vectors of words and stems by which a person's line is chosen (empa_graph/cues/sentence_vectors.py).

The mean of a text's vectors is fitted to its embedding by MiniLM: how near the other texts of a batch, and the lines of
one card, lie to it, rather than the embedding itself. Texts are the cards, the graded replies, the coded corpus and the
statements of danger; words that none of them holds begin, and stay, where MiniLM puts the word alone. Needs the extras
`embeddings` and `training`. With --without, those personas' lines and graded replies are left out, as for held-out
figures; the file then goes where --to says.
Usage: python benchmarks/train_sentence_vectors.py [--without PERSONA ...] [--to FILE]
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from danger_data import batches, rows
from rich.console import Console
from torch import Tensor
from torch.nn import functional

from empa_graph import scenarios
from empa_graph.content.coded import load_corpus
from empa_graph.content.graded import graded_file, load_graded
from empa_graph.cues.minilm import installed, minilm, opened
from empa_graph.cues.sentence_vectors import SHIPPED, STEM, SentenceVectors, sentence_grams
from empa_graph.cues.tokens import stem
from empa_graph.models.sayable import sayable

SIZE = 48
FEWEST = 6
"""Texts that a word stands in, or only its stem counts."""
EPOCHS, BATCH, RATE, DROPPED = 3, 256, 3e-3, 0.3
REPLIES, LINES = 96, 160
"""Drawn from one persona at each step."""
CLIPPED = 99.95
"""Percentile of the sizes of numbers that becomes 127."""


class Texts(NamedTuple):
    """Every text once, and of each persona the places of its lines and of the replies to them."""

    all: list[str]
    lines: dict[str, list[int]]
    replies: dict[str, list[int]]


def gathered(without: Sequence[str]) -> Texts:
    """Return the texts to train on."""
    lines: dict[str, set[str]] = {}
    for scenario in scenarios():
        if scenario.persona.id not in without:
            said = {one.line.text for one in sayable(scenario.persona, scenario.goal)}
            lines.setdefault(scenario.persona.id, set()).update(said)
    replies = {
        name: {reply.text for graded in load_graded(graded_file(name)) for reply in graded.replies} for name in lines
    }
    other = {message.content for row in load_corpus() for message in row.messages}
    other |= {row["text"] for batch in batches() for row in rows(batch) if "text" in row}
    every = sorted(set().union(other, *lines.values(), *replies.values()))
    at = {text: place for place, text in enumerate(every)}
    places = [{name: sorted(map(at.__getitem__, texts)) for name, texts in found.items()} for found in (lines, replies)]
    return Texts(every, *places)


def vocabulary(texts: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return the grams that have a vector, those of the encoder's own words too, and the word that stands for each."""
    counts = Counter(gram for text in texts for gram in sentence_grams(text))
    spelt: dict[str, str] = {}
    for word in sorted(gram for gram in counts if not gram.startswith(STEM)):
        best = spelt.setdefault(STEM + stem(word), word)
        spelt[STEM + stem(word)] = max(best, word, key=lambda one: (counts[one], one))
    for word in sorted(opened(installed()).tokenizer.get_vocab()):
        if word.isascii() and word.isalpha() and len(word) > 2:
            spelt.setdefault(STEM + stem(word), word)
    spelt |= {gram: gram for gram, count in counts.items() if count >= FEWEST and not gram.startswith(STEM)}
    return sorted(spelt), spelt


class Model:
    """A vector and a weight for each gram; a text's vector is the weighted sum."""

    def __init__(self, grams: Sequence[str], texts: Sequence[str], begun: Tensor) -> None:
        self._at = {gram: place for place, gram in enumerate(grams)}
        counts = Counter(gram for text in texts for gram in sentence_grams(text))
        total = len(texts)
        self._idf = torch.tensor([np.log((1 + total) / (1 + counts[gram])) for gram in grams], dtype=torch.float32)
        self.vectors = torch.nn.Parameter(begun)
        self.weights = torch.nn.Parameter(torch.zeros(len(grams)))
        self._bags = [self._bag(text) for text in texts]

    def _bag(self, text: str) -> tuple[Tensor, Tensor]:
        known = [(self._at[gram], n) for gram, n in sentence_grams(text).items() if gram in self._at]
        places = torch.tensor([place for place, _ in known], dtype=torch.long)
        values = self._idf[places] * (1.0 + torch.tensor([n for _, n in known], dtype=torch.float32).log())
        return places, functional.normalize(values, dim=0)

    def __call__(self, chosen: Sequence[int]) -> Tensor:
        """Return the sums (N, K), some grams left out by chance."""
        bags = [self._bags[place] for place in chosen]
        starts = torch.tensor(np.cumsum([0, *(len(places) for places, _ in bags[:-1])]))
        places = torch.cat([places for places, _ in bags])
        values = torch.cat([values for _, values in bags]) * self.weights[places].exp()
        values = functional.dropout(values, DROPPED)
        return functional.embedding_bag(places, self.vectors, starts, mode="sum", per_sample_weights=values)

    def fused(self) -> np.ndarray:
        """Return the vectors times all weights (V, K)."""
        return (self.vectors * (self.weights.exp() * self._idf)[:, None]).detach().numpy()


def apart(near: Tensor, taught: Tensor) -> Tensor:
    """Return 1 less the mean correlation of the rows of two matrices of nearness."""
    a, b = (rows - rows.mean(1, keepdim=True) for rows in (near, taught))
    return 1.0 - functional.cosine_similarity(a, b, dim=1).mean()


def trained(texts: Texts, console: Console) -> SentenceVectors:
    """Return the vectors fitted to ``texts``."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    teacher = minilm()
    taught = np.stack([teacher(text) for text in texts.all])
    centre = taught.mean(0)
    axes = np.linalg.svd((taught - centre)[rng.permutation(len(taught))[:6000]], full_matrices=False)[2][:SIZE].T
    grams, spelt = vocabulary(texts.all)
    alone = np.stack([teacher(spelt[gram]) for gram in grams])
    begun = torch.tensor((alone - alone.mean(0)) @ axes, dtype=torch.float32) * 0.5
    model = Model(grams, texts.all, begun + 0.003 * torch.randn(len(grams), SIZE))
    wanted, projected = torch.tensor(taught), torch.tensor((taught - centre) @ axes)
    optimizer = torch.optim.Adam([model.vectors, model.weights], lr=RATE)
    for epoch in range(EPOCHS):
        optimizer.param_groups[0]["lr"] = RATE * (1 - epoch / EPOCHS)
        order = rng.permutation(len(texts.all))
        losses = []
        for start in range(0, len(order) - BATCH + 1, BATCH):
            loss = _loss(model, order[start : start + BATCH], wanted, projected) + _persons(model, texts, wanted, rng)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        console.print(f"epoch {epoch}: {np.mean(losses):.3f}")
    fused = model.fused()
    largest = np.percentile(np.abs(fused), CLIPPED)
    whole = np.clip(np.round(fused / largest * 127), -127, 127).astype(np.int8)
    return SentenceVectors({gram: place for place, gram in enumerate(grams)}, whole)


def _loss(model: Model, batch: np.ndarray, wanted: Tensor, projected: Tensor) -> Tensor:
    sums = model(batch)
    others = ~torch.eye(len(batch), dtype=torch.bool)
    unit = functional.normalize(sums, dim=1)
    pairs = [(rows @ rows.T)[others].view(len(batch), -1) for rows in (unit, wanted[batch])]
    return apart(*pairs) + 0.5 * (1.0 - functional.cosine_similarity(sums, projected[batch]).mean())


def _persons(model: Model, texts: Texts, wanted: Tensor, rng: np.random.Generator) -> Tensor:
    """Return how far the nearness of one card's lines to replies is from what is taught."""
    name = sorted(texts.lines)[rng.integers(len(texts.lines))]
    replies = rng.choice(texts.replies[name], REPLIES, replace=False)
    lines = rng.choice(texts.lines[name], min(LINES, len(texts.lines[name])), replace=False)
    a, b = (functional.normalize(model(chosen), dim=1) for chosen in (replies, lines))
    return apart(a @ b.T, wanted[replies] @ wanted[lines].T)


def main() -> None:
    """Write the file of vectors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--without", nargs="*", default=[], metavar="PERSONA", help="personas to leave out")
    parser.add_argument("--to", type=Path, default=SHIPPED, metavar="FILE")
    options = parser.parse_args()
    trained(gathered(options.without), Console()).saved(options.to)


if __name__ == "__main__":
    main()
