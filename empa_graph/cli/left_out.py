"""What models were asked without, since they or their servers refuse it, in a line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from empa_graph.cli.plain import one_line
from empa_graph.llm.refused import RefusedFields

_SEATS = {
    "empathic": "the agent under test",
    "persona": "the persona's voice",
    "voice_check": "the check of the persona's voice",
    "judge": "the judge",
    "support_judge": "the judge of support",
}


def left_out(by_role: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield a line for each role whose models were asked without something, given as ``MODEL: FIELD``."""
    for role, entries in by_role.items():
        pairs = [entry.rpartition(": ") for entry in entries]
        for model in dict.fromkeys(model for model, _, _ in pairs):
            fields = _listed(field for name, _, field in pairs if name == model)
            yield one_line(f"{_SEATS.get(role, f'the {role}')} '{model}' was asked without {fields}, which it refuses")


def refusals(refused: RefusedFields) -> Iterator[str]:
    """Yield a line for each model that answered requests without something."""
    for _, model, fields in refused:
        yield one_line(f"'{model}' was asked without {_listed(fields)}, which it refuses")


def _listed(fields: Iterable[str]) -> str:
    return " and ".join("the role of system" if field == "system" else field for field in fields)
