"""How wide text is drawn: the advance widths of Arial, which Liberation Sans, Arimo and Helvetica share."""

from __future__ import annotations

import unicodedata

FONT = "Arial, 'Liberation Sans', Arimo, Helvetica, sans-serif"
"""Of pictures that are files: these are as wide as each other, so that what fits here fits wherever it is looked at."""
SIZE = 12
"""Pixels of the names of a picture."""
_ASCII = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
)  # fmt: skip
"""Of the characters from the space to the tilde, in thousandths of the size."""
_OTHER = {"W": 1000, "F": 1000, "A": 1000}
"""Of others, by their East Asian width; letters of Europe are at most as wide as a capital."""


def width(text: str) -> float:
    """Return how many pixels ``text`` is wide at most."""
    return sum(map(_advance, text)) * SIZE / 1000


def _advance(character: str) -> int:
    place = ord(character) - 32
    if 0 <= place < len(_ASCII):
        return _ASCII[place]
    return 0 if unicodedata.combining(character) else _OTHER.get(unicodedata.east_asian_width(character), 778)
