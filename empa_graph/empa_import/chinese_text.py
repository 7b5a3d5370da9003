"""Chinese text of cards and scripts, taken apart by plain scanning: sections, paragraphs, sentences, cuts."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

LONGEST_LABEL = 12
"""Characters before a colon that still count as a label."""
_MARKS = " \t-*•·#>\u3000"
_COLONS = (":", "\uff1a")
_STOPS = "。\uff01\uff1f!?\n"
_BREAKS = str.maketrans(dict.fromkeys(("\r", "\x85", "\u2028", "\u2029", "\x0b", "\x0c"), "\n"))


class Paragraph(NamedTuple):
    """A paragraph and the heading or label it stands under, ``""`` where there is none."""

    heading: str
    text: str


def clean(text: str) -> str:
    """Return ``text`` without what no YAML file may hold: control characters, and line ends of other kinds."""
    plain = text.replace("\r\n", "\n").translate(_BREAKS)
    return "".join(c for c in plain if c in "\n\t" or c.isprintable() or unicodedata.category(c) == "Zs")


def section(text: str, name: str, names: Iterable[str]) -> str | None:
    """Return what stands between ``<name>`` and ``</name>``; None without the opening mark.

    A section that is not closed reaches to the next opening mark of ``names``, or to the end.
    """
    begin = text.find(f"<{name}>")
    if begin < 0:
        return None
    begin += len(name) + 2
    ends = [text.find(f"</{name}>", begin), *(text.find(f"<{other}>", begin) for other in names)]
    closed = ends[0] if ends[0] >= 0 else min((end for end in ends[1:] if end >= 0), default=len(text))
    return text[begin:closed]


def paragraphs(text: str) -> tuple[Paragraph, ...]:
    """Return the lines of a section as paragraphs, without marks of lists and headings.

    ``label: text`` stands under its label, any other line under the heading above it.
    """
    found: list[Paragraph] = []
    heading = ""
    for raw in clean(text).splitlines():
        line = raw.strip(_MARKS)
        label, value = _labelled(line)
        if label and value:
            found.append(Paragraph(label, value))
        elif label or _is_heading(raw):
            heading = label or line.strip("【】")[:40]
        elif line:
            found.append(Paragraph(heading, line))
    return tuple(found)


def labelled(found: Sequence[Paragraph], *labels: str) -> str | None:
    """Return the text of the first paragraph under one of ``labels``."""
    return next((text for heading, text in found if heading in labels), None)


def sentences(text: str) -> tuple[str, ...]:
    """Split ``text`` after each full stop, question mark, exclamation mark or line."""
    found, begin = list[str](), 0
    for end, character in enumerate(text, start=1):
        if character in _STOPS or end == len(text):
            found.append(text[begin:end].strip())
            begin = end
    return tuple(sentence for sentence in found if sentence)


def fitted(text: str, most: int, tally: Counter[str]) -> str:
    """Return ``text`` in at most ``most`` characters; a cut ends in an ellipsis and is counted in ``tally``."""
    if len(text) <= most:
        return text
    tally["cut"] += 1
    return text[: most - 1].rstrip() + "…"


def _labelled(line: str) -> tuple[str, str]:
    for at, character in enumerate(line[: LONGEST_LABEL + 8]):
        if character in _COLONS:
            label = line[:at].strip("*【】 ")
            fits = 0 < len(label) <= LONGEST_LABEL and not any(c in label for c in "\uff0c。,")
            return (label, line[at + 1 :].strip("* ")) if fits else ("", line)
    return "", line


def _is_heading(raw: str) -> bool:
    line = raw.strip()
    bold = line.startswith("**") and line.endswith("**") and len(line) <= 44
    return line.startswith("#") or bold or (line.startswith("【") and line.endswith("】") and len(line) <= 44)
