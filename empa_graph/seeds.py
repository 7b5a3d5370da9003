"""Seeds derived from names, so that every random choice can be drawn again, and the digest of a text."""

from __future__ import annotations

import hashlib


def derived_seed(*parts: str | int) -> int:
    """Return a seed in [0, 2**31) that depends on every part and on their order."""
    text = "\x1f".join(map(str, parts))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) % 2**31


def digest_of(text: str) -> str:
    """Return the SHA-256 of ``text`` in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
