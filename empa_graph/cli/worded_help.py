"""Help without the names of Python types."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup


class WordedCommand(TyperCommand):
    """A command whose help is worded."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, `worded`."""
        return worded(super().get_params(ctx))


class WordedGroup(TyperGroup):
    """A group of commands whose help is worded."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, `worded`."""
        return worded(super().get_params(ctx))


def worded(params: list[Any]) -> list[Any]:
    """Return ``params`` with no type beside a flag, which takes no value, or an argument, whose name tells it."""
    for param in params:
        if param.param_type_name == "argument":
            param.display_type_rich = lambda ctx: None
        elif param.is_flag:
            param.metavar = ""
    return params
