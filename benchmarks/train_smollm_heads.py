"""Fine-tune SmolLM2 to code behaviours, from the coded corpus and the graded replies of the repository alone.

As train_minilm_heads.py, with the net of smollm_lora.py: trained on half of the conversations and personas for the
calibration and the shares, then anew on all of them for the weights that ship. Needs torch and scikit-learn (extra
`training`) and SmolLM2 (see empa_graph/cues/smollm.py); forty minutes on two idle cores.
Usage: python benchmarks/train_smollm_heads.py [--out FILE] [--without PERSONA ...]
"""

from __future__ import annotations

from itertools import compress

from smollm_lora import StateNet
from train_minilm_heads import (
    Course,
    codes_of,
    examples_of,
    fresh,
    left_out,
    options_of,
    placed,
    ready,
    stored,
    trained,
)

from empa_graph.cues.smollm import opened, tokenizer
from empa_graph.cues.smollm_heads import SHIPPED, pair

COURSE = Course(2, 1e-3)
MOST_GRADED = 100
"""Graded replies of a persona that are trained on: a quarter of what MiniLM is shown, for the time that they take."""


def main() -> None:
    """Train and write."""
    options = options_of(__doc__, SHIPPED).parse_args()
    ready()
    examples = examples_of(options.without, MOST_GRADED)
    codes, left = codes_of(examples), left_out(examples)
    model = opened()
    words = tokenizer(model)
    begun = StateNet(model).begun([pair(words, e.reply, e.context.person) for e in examples])
    half = trained(fresh(lambda: StateNet(model), codes), list(compress(begun, ~left)), codes[~left], COURSE)
    placing = placed(half, list(compress(begun, left)), examples, left)
    whole = trained(fresh(lambda: StateNet(model), codes), begun, codes, COURSE)
    stored(whole, placing, options.out)


if __name__ == "__main__":
    main()
