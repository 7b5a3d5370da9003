"""Starting files of a persona, a rubric, an evaluator and a role: small, valid, and played at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from string import Template

from empa_graph.errors import NotFoundError

_FOLDER = Path(__file__).with_name("starts")
SUFFIX: Mapping[str, str] = {"persona": ".yaml", "rubric": ".yaml", "evaluator": ".py", "role": ".py"}
"""The kinds that have one, with the suffix of its file."""
_TEXTS = {"persona": "persona.yaml", "rubric": "rubric.yaml", "evaluator": "evaluator.txt", "role": "role.txt"}


def starting_files(kind: str, name: str, file: Path) -> dict[Path, str]:
    """Return the texts of a new ``kind`` called ``name``, by the files they go to.

    ``name`` is a slug. Raises NotFoundError for an unknown kind.
    """
    if kind not in SUFFIX:
        raise NotFoundError("kind of starting file", kind, SUFFIX)
    return {file: _text(_TEXTS[kind], name)}


def _text(template: str, name: str) -> str:
    words = name.replace("_", " ")
    called = {"name": name, "title": words.capitalize(), "camel": words.title().replace(" ", "")}
    return Template((_FOLDER / template).read_text(encoding="utf-8")).substitute(called)
