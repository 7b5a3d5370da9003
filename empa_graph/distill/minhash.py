"""Near duplicates by MinHash: how far two texts share their runs of three words, from two short signatures.

Source: A. Broder, "On the resemblance and containment of documents" (1997). Bands of a signature find candidates
without looking at every pair. Our own, since the place for bands is the folder's database and not memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import regex

HASHES, BANDS = 128, 25
"""Numbers of a signature, and its bands."""
ROWS = 5
"""Numbers of a band: of pairs alike at 0.8, one in 20,000 shares none of the bands."""
RUN = 3
"""Words of a run."""
ALIKE = 0.8
"""Share of runs in common, of all runs of both, from which two conversations are nearly the same."""
_CHUNK = 4_096
_WORD = regex.compile(r"[\p{L}\p{N}']+")
_NUMBER = regex.compile(r"(?<=\[[a-z]{2,12}) [0-9]+(?=\])")
Signature = npt.NDArray[np.uint64]


def _odd_numbers(name: str) -> Signature:
    told = hashlib.shake_256(name.encode()).digest(8 * HASHES)
    return np.frombuffer(told, dtype="<u8") | np.uint64(1)


_FACTORS, _TERMS = _odd_numbers("factors"), _odd_numbers("terms")


def signature(text: str) -> Signature:
    """Return the signature of a text, of shape ``(HASHES,)``; the numbers of its placeholders do not count."""
    words = [word.casefold() for word in _WORD.findall(_NUMBER.sub("", text))]
    runs = {" ".join(words[at : at + RUN]) for at in range(max(1, len(words) - RUN + 1))}
    hashed = np.array([_hash(run) for run in runs], dtype=np.uint64)
    least = np.full(HASHES, np.iinfo(np.uint64).max, dtype=np.uint64)
    for at in range(0, len(hashed), _CHUNK):
        spread = hashed[at : at + _CHUNK, None] * _FACTORS + _TERMS
        least = np.minimum(least, spread.min(axis=0))
    return least


def bands(of: Signature) -> Iterator[int]:
    """Yield a number for each band, from -2**63 to 2**63 - 1; two texts that share one may be alike."""
    for band in range(BANDS):
        part = of[band * ROWS : (band + 1) * ROWS].astype("<u8").tobytes()
        yield int.from_bytes(hashlib.blake2b(bytes([band]) + part, digest_size=8).digest(), "big", signed=True)


def alike(left: Signature, right: Signature) -> float:
    """Return the estimated share of runs in common, 0 to 1."""
    return float(np.mean(left == right))


def _hash(run: str) -> int:
    return int.from_bytes(hashlib.blake2b(run.encode(), digest_size=8).digest(), "big")
