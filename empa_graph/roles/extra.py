"""Extra roles by the words of a user: ``SEAT:NAME``, ``SEAT:module:attribute`` or ``SEAT:path/file.py:attribute``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast, get_args, get_type_hints

from empa_graph.content.registry import REGISTRY
from empa_graph.errors import NotFoundError, UsageError
from empa_graph.roles.empathic.attribute import load_attribute
from empa_graph.roles.views import After, Role

SEATS: tuple[str, ...] = get_args(get_type_hints(After)["seat"])
OPTION = "--extra"
TAKEN = (*SEATS, "director", "begin", "end_turn", "score")
"""Names of nodes that no extra role can have."""


def extra_roles(specs: Iterable[str], made: Mapping[str, After]) -> dict[str, After]:
    """Return the roles that ``specs`` name and those that are ``made`` already, by name, each behind its seat.

    A role goes by the last part of its words. Raises UsageError for what is no such words and a name that is taken,
    NotFoundError for a seat, a module's attribute or a registered role that is unknown.
    Contracts are the graph's to check.
    """
    found: dict[str, After] = {}
    for spec in specs:
        seat, colon, named = spec.partition(":")
        if seat not in SEATS:
            raise NotFoundError("seat", seat, SEATS, where=OPTION)
        if not colon or not named:
            raise UsageError(f"{OPTION} {spec}: what sits behind the seat is missing; write {seat}:module:attribute")
        name = named.rpartition(":")[2]
        _check_name(name, found)
        found[name] = After(cast(Any, seat), _role(named))
    for name in made:
        _check_name(name, found)
    return found | dict(made)


def _role(named: str) -> Role:
    if ":" not in named:
        found: Any = REGISTRY.find("role", named, where=OPTION)
    else:
        found = load_attribute(named, where=OPTION)
    role: Role = found() if isinstance(found, type) else found
    return role


def _check_name(name: str, taken: Iterable[str]) -> None:
    if name in (*TAKEN, *taken):
        raise UsageError(f"{OPTION}: the name '{name}' is taken; extra roles have names of their own")
