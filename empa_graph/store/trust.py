"""Whether a run folder was made here: its manifest carries an HMAC-SHA256 under a key of the user's own.

Rule: what a manifest names is reached or loaded only where this seal holds, or where it was typed again.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
import stat
import tempfile
from pathlib import Path

SEAL = "run.json.hmac"
"""Lies beside the manifest and covers every byte of it."""
KEY_BYTES = 32
_PURPOSE = b"empa_graph run.json 1\n"


def seal_of(manifest: bytes, key: bytes) -> str:
    """Return the seal of a manifest, as hex."""
    return hmac.new(key, _PURPOSE + manifest, "sha256").hexdigest()


def made_here(folder: Path, manifest: bytes, key: bytes | None) -> bool:
    """Say whether the seal in ``folder`` is that of ``manifest`` under ``key``; without a key it never is."""
    if key is None:
        return False
    try:
        found = (folder / SEAL).read_bytes()[:100].strip()
    except OSError:
        return False
    return hmac.compare_digest(found, seal_of(manifest, key).encode())


def user_key(file: Path, *, make: bool = False) -> bytes | None:
    """Return the key in ``file``, made first where there is none and ``make`` is given; None where none can be had.

    A key that is not the user's own, that others can read, or of another length than 32 bytes is none.
    """
    try:
        if make and not file.exists():
            _make(file)
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as opened:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
                return None
            key = opened.read(KEY_BYTES + 1)
    except OSError:
        return None
    return key if len(key) == KEY_BYTES else None


def _make(file: Path) -> None:
    """Put a new key into ``file``, whole; of two processes that make one, the first key stands."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=file.parent, prefix=".key.")  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(secrets.token_bytes(KEY_BYTES))
            opened.flush()
            os.fsync(descriptor)
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)
    finally:
        Path(draft).unlink()
