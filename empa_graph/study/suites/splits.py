"""Which persons are held out: decided by a hash of their id alone, so that no other scenario ever moves one."""

from __future__ import annotations

import hashlib

SALT = "empa"
"""Another salt gives another split of the same persons."""


def held_out(persona: str, *, share: float, salt: str = SALT) -> bool:
    """Say whether a person belongs to the held-out part, of about ``share`` of all persons, in [0, 1).

    All goals of one person lie on one side, since they share lines. A larger share keeps whom a smaller one held out.
    """
    digest = hashlib.sha256(f"{salt}\x1f{persona}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64
