"""The base of the parts of a configuration, whose faults are said in one line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import ConfigDict, ModelWrapValidatorHandler, ValidationError, model_validator

from empa_graph.errors import SettingError, hint
from empa_graph.models.record import Record

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


class Part(Record):
    """A part of a configuration; what is wrong with it is one line, a SettingError."""

    model_config = ConfigDict(defer_build=True)  # the help of the command reads fields and validates nothing

    stands: ClassVar[tuple[str, ...]] = ()
    """Where the part stands in the whole."""

    @model_validator(mode="wrap")
    @classmethod
    def _in_one_line(cls, given: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(given)
        except ValidationError as error:
            raise _said(cls, error.errors(include_url=False)[0]) from None


def _said(kind: type[Part], fault: ErrorDetails) -> SettingError:
    path = (*kind.stands, *(str(part)[:200] for part in fault["loc"][:1]))
    message, value = fault["msg"].removeprefix("Value error, "), fault["input"]
    if fault["type"] == "extra_forbidden":
        return SettingError(path, "", line=f"unknown setting '{'.'.join(path)}'{hint(path[-1], kind.model_fields)}")
    if fault["type"] == "value_error":
        return SettingError(path, message if message.startswith(":") else f" {message}")
    found = repr(value)[:80] if isinstance(value, int | float) else type(value).__name__
    context = fault.get("ctx", {})
    if fault["type"] == "literal_error" and isinstance(value, str):
        known = re.findall(r"'([^']*)'", str(context["expected"]))
        return SettingError(path, f" is '{value[:80]}'{hint(value, known)}")
    for bound, words in (("ge", "{} or more"), ("le", "{} or less"), ("gt", "above {}")):
        if bound in context:
            return SettingError(path, f" is {found}, allowed is {words.format(context[bound])}")
    said = {
        "too_short": " is empty, allowed is one or more",
        "model_type": f" is {found}, allowed is a mapping of its settings",
    }
    return SettingError(
        path, said.get(fault["type"], f" is {found}, {message.replace('Input should be', 'allowed is')}")
    )
