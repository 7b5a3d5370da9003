"""Text that cannot steer the terminal: what models, files and servers wrote is shown without control characters."""

from __future__ import annotations

_CONTROLS = dict.fromkeys(code for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t")


def plain(text: str) -> str:
    """Return ``text`` without C0 and C1 control characters; newline and tab stay."""
    return text.translate(_CONTROLS)
