"""Names at the start of the lines of a text: who may be speaking there that no role is known of.

Rule: of words that may be somebody else's, the conversation is refused; they are given to nobody.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from empa_graph.chats.chat_roles import plain_role

_WORD = r"\w[\w.'\u2019-]*"
_LABEL = re.compile(rf"[\u200e\u200f]*((?!\d){_WORD}(?: {_WORD}){{0,2}}):(?:\s|$)")
LONGEST = 60
"""Characters of a name."""
MOST_NAMES = 1_000
"""Names that are counted; those beyond count as new each time."""
_OPENERS = frozenset((Path(__file__).parent / "openers.txt").read_text(encoding="utf-8").split())
"""Words before a colon with which a line goes on: alone they name nobody."""


def label(line: str, *, small: bool = False) -> str | None:
    """Return the one to three words before the colon that a line begins with; None where they can be no name.

    Each begins with a capital, a letter of a script without capitals or, behind the first, a digit; with ``small``
    small letters do too.
    """
    found = _LABEL.match(line)
    if found is None or len(found[1]) > LONGEST:
        return None
    return found[1] if small or not any(word[0].islower() for word in found[1].split()) else None


def names_one(name: str) -> bool:
    """Say whether a name that is met for the first time is likely somebody's, and no word that goes on."""
    words = [word.strip(".").lower() for word in name.split()]
    return not (name.isascii() and name.isupper()) and not any(word in _OPENERS for word in words)


def is_talk(lines: Sequence[str]) -> bool:
    """Say whether lines look like a conversation of people that no role is known of; the first begins with a name."""
    found = [label(line, small=True) for line in lines]
    if not found or found[0] is None:
        return False
    twice = max(Counter(name for name in found if name).values()) > 1
    return twice or all(label(line) is not None for line in lines)


class Names:
    """The names of nobody known in one text, as its lines come."""

    def __init__(self) -> None:
        self._met: Counter[str] = Counter()
        self._spoke: dict[str, str] = {}

    def again(self, name: str) -> bool:
        """Count a name, and say whether a line has begun with it before."""
        key = plain_role(name)
        if key in self._met or len(self._met) < MOST_NAMES:
            self._met[key] += 1
        return self._met[key] > 1

    def spoke(self, name: str) -> bool:
        """Take a name as a speaker's, and say whether it is one for the first time."""
        key = plain_role(name)
        if key in self._spoke or len(self._spoke) >= MOST_NAMES:
            return False
        self._spoke[key] = name
        return True

    def told(self) -> list[str]:
        """Return who spoke, those first who did most."""
        return [self._spoke[key] for key in sorted(self._spoke, key=lambda key: -self._met[key])]
