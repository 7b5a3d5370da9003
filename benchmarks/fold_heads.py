"""Judges that never saw a persona's graded replies: heads trained with that persona left out, cached in results.

The cache is named after all that the weights come from, so that a change of corpus or training makes them anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from ratings import RESULTS, ROOT

from empa_graph import CueEvaluator
from empa_graph.content.library import persona_files
from empa_graph.cues.heads import Heads, shipped_heads
from empa_graph.models.rubric import Rubric

FOLDS = 3
SOURCES = (
    *("evaluators/behaviours/*.jsonl", "evaluators/graded/*.jsonl", "personas/*.yaml"),
    *("benchmarks/train_heads.py", "benchmarks/frames.py", "empa_graph/cues/*.py", "empa_graph/cues/*.txt"),
)


def fold_of(persona: str) -> int:
    """Return the fold in which ``persona`` is left out."""
    return sorted(file.stem for file in persona_files()).index(persona) % FOLDS


@cache
def fold_heads(fold: int) -> Heads:
    """Return heads that saw no graded reply of the personas of ``fold``; the first call trains them.

    The calibration is that of the shipped heads, which is made out of fold.
    """
    path = RESULTS / f"heads-without-{fold}of{FOLDS}-{_digest()}.safetensors"
    if not path.is_file():
        _trained(fold, path)
    return Heads.read(path)


def _trained(fold: int, path: Path) -> None:
    from train_heads import corpus_examples, graded_examples, mangled_examples, trained

    left = [file.stem for file in persona_files() if fold_of(file.stem) == fold]
    print(f"training heads without {', '.join(left)}", flush=True)
    examples = [*corpus_examples(), *graded_examples(left), *mangled_examples()]
    path.parent.mkdir(parents=True, exist_ok=True)
    trained(examples, knots=shipped_heads().knots).saved(path)


def unseen(rubric: Rubric) -> dict[str, CueEvaluator]:
    """Return for each persona the judge that never saw its graded replies."""
    judges = [CueEvaluator(rubric, coder=fold_heads(fold)) for fold in range(FOLDS)]
    return {file.stem: judges[fold_of(file.stem)] for file in persona_files()}


@cache
def _digest() -> str:
    found = hashlib.sha256(shipped_heads().sha256.encode())
    for path in _sources():
        found.update(path.read_bytes())
    return found.hexdigest()[:12]


def _sources() -> Iterator[Path]:
    for pattern in SOURCES:
        yield from sorted(ROOT.glob(pattern))
