"""A mark as a row of a table that people open in a spreadsheet, and back.

Rule: no cell begins as a formula. Text that would is written with ' before it, which reading takes off again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import ValidationError

from empa_graph.distill.marks import Mark, Quote, Value, Variable
from empa_graph.errors import UsageError

COLUMNS = ("conversation", "variable", "value", "quotes", "reason", "annotator", "at")
NONE = "(none)"
"""The value of a set of which nothing holds."""
_JOINT = {"set": "; ", "order": " > "}
_FORMULA = re.compile(r"^'*\s*[=+\-@\t\r\n|%\uff1d\uff0b\uff0d\uff20]")
_QUOTE = re.compile(r"(\d+): (.+)", re.DOTALL)


def row_of(mark: Mark, variable: Variable) -> tuple[str, ...]:
    """Return the cells of a mark, in the order of `COLUMNS`."""
    quotes = "\n".join(f"{quote.turn}: {_one_line(quote.text)}" for quote in mark.quotes)
    at = "" if mark.at is None else mark.at.isoformat()
    cells = (
        mark.conversation,
        mark.variable,
        value_text(mark.value, variable),
        quotes,
        mark.reason,
        mark.annotator,
        at,
    )
    return tuple(safe(cell) for cell in cells)


def mark_of(row: Mapping[str, str], known: Mapping[str, Variable]) -> Mark:
    """Return the mark of a row, by column; its value is not yet checked. Raises UsageError for one that says none."""
    cells = {name: unsafe(cell).strip() if name != "reason" else unsafe(cell) for name, cell in row.items()}
    if cells["variable"] not in known:
        raise UsageError(f"variable: '{cells['variable'][:80]}' is none")
    quotes = tuple(quote_of(line) for line in cells["quotes"].splitlines() if line.strip())
    try:
        value = value_of(cells["value"], known[cells["variable"]])
        told = {name: cells[name] for name in ("conversation", "variable", "annotator", "reason")}
        return Mark.model_validate({**told, "value": value, "quotes": quotes, "at": cells["at"] or None})
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        raise UsageError(f"{'.'.join(map(str, fault['loc'][:1]))}: {fault['msg']}") from None


def value_text(value: Value, variable: Variable) -> str:
    """Return a value as people read and write it."""
    if isinstance(value, tuple):
        return _JOINT[variable.scale].join(value) or NONE
    return f"{value:g}" if isinstance(value, int | float) and float(f"{value:g}") == value else str(value)


def value_of(text: str, variable: Variable) -> Value:
    """Return the value that a text says; whether the variable takes it is not looked at. Raises UsageError."""
    if variable.scale in _JOINT:
        if text == NONE:
            return ()
        return tuple(word.strip() for word in re.split(r"[;>,]", text)) if text else ("",)
    if variable.bounds is None:
        return text
    try:
        return float(text)
    except ValueError:
        low, high = variable.bounds
        raise UsageError(f"{variable.id}: allowed is a number from {low:g} to {high:g}") from None


def safe(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; a number stays one."""
    return f"'{cell}" if _FORMULA.match(cell) and not _is_number(cell) else cell


def unsafe(cell: str) -> str:
    """Return what `safe` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def quote_of(line: str) -> Quote:
    """Return the quote that a line says: the number of a message, a colon, its words. Raises UsageError."""
    found = _QUOTE.fullmatch(line.strip())
    if found is None:
        raise UsageError("quotes: a line is the number of a message, a colon and its words, as 0: I cannot sleep")
    text = re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), found[2])
    try:
        return Quote(turn=int(found[1][:9]), text=text)
    except ValidationError:
        raise UsageError("quotes: the words of one are more than 600 characters") from None


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", cell) is not None


def _one_line(text: str) -> str:
    return re.sub(r"[\\\r\n\v\f\x1c-\x1e\x85\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", text)
