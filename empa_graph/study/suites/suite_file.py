"""A suite as files for ``empa run --config``: the public part, and beside it what is held out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from empa_graph.errors import UsageError, writing
from empa_graph.study.suites.drawing import Asked, Member, Part


def part_files(out: Path, asked: Asked) -> dict[Part, Path]:
    """Return where each part of a suite is written. Raises UsageError for a name that is no YAML, or is there."""
    if out.suffix not in (".yaml", ".yml"):
        raise UsageError(f"--out {out}: a suite is a YAML file, such as {out.with_suffix('.yaml')}")
    files: dict[Part, Path] = {"public": out}
    if asked.held_out:
        files["held-out"] = out.with_suffix(f".held-out{out.suffix}")
    for file in files.values():
        if file.exists() or file.is_symlink():
            raise UsageError(f"{file}: is there already, and nothing is written over it; choose another --out")
    return files


def write_parts(members: Sequence[Member], asked: Asked, folder: Path | None, files: dict[Part, Path]) -> None:
    """Write each part to its file; ``folder`` holds the cards, None for the bundled ones. Raises UsageError."""
    for part, file in files.items():
        mine = [one for one in members if one.part == part]
        with writing(file), file.open("x", encoding="utf-8") as opened:
            opened.write(_text(mine, asked, folder, part))


def _text(members: Sequence[Member], asked: Asked, folder: Path | None, part: Part) -> str:
    hardest = sum(one.how == "adversarial" for one in members)
    split = f", split by the salt {json.dumps(asked.salt)}" if asked.held_out else ""
    lines = [
        f"# {part} part, {len(members)} scenarios even over {', '.join(asked.by)}; {hardest} of them by hardness; "
        f"seed {asked.seed}{split}",
        *([f"persona:\n  folder: {json.dumps(str(folder), ensure_ascii=False)}"] if folder else []),
        "suite:",
        "  scenarios:" if members else "  scenarios: []",
        *(f"    - {one.scenario.id}" for one in members),
    ]
    return "\n".join(lines) + "\n"
