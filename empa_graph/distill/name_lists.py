"""Given names of many countries, out of the lists of Faker (extra ``distill``)."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import lru_cache

import regex

from empa_graph.distill.vocabulary import ALSO_NAMES, GIVEN_NAMES, SHORTEST, folded
from empa_graph.errors import MissingExtraError

_LATIN = regex.compile(r"\p{Latin}[\p{Latin}\p{M}]+")


@lru_cache(maxsize=1)
def given_names() -> frozenset[str]:
    """Return our given names and those of Faker in Latin letters, folded. Raises MissingExtraError."""
    try:
        from faker.providers import person
    except ImportError:
        raise MissingExtraError("Faker is not installed: pip install 'empa-graph[distill]'") from None
    found = {
        folded(name)
        for module in pkgutil.iter_modules(person.__path__)
        for name in _of(importlib.import_module(f"{person.__name__}.{module.name}").Provider)
        if _LATIN.fullmatch(name)
    }
    return GIVEN_NAMES | frozenset(name for name in found if len(name) > SHORTEST) - ALSO_NAMES


def _of(provider: type) -> Iterator[str]:
    for field in dir(provider):
        names = getattr(provider, field) if field.startswith("first_names") else ()
        if isinstance(names, list | tuple | Mapping | set | frozenset):
            yield from (name for name in names if isinstance(name, str))
