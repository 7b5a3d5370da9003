"""What an object of Python does that took a seat, as one hash; or why that cannot be told."""

from __future__ import annotations

import hashlib
import linecache
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import NamedTuple

from empa_graph.run.beside import beside
from empa_graph.seeds import digest_of

_PLAIN = (type(None), bool, int, float, complex, str, bytes)
_SEVERAL = (list, tuple, set, frozenset)
_INSTEAD = {
    "agent": "name it as FILE.py:NAME or module:NAME",
    "evaluator": "register it and give its name",
    "extra": "name it as SEAT:FILE.py:NAME or SEAT:module:NAME",
}


class Fingerprint(NamedTuple):
    """What tells an object from others."""

    sha256: str
    """Empty where it cannot be compared."""
    what: str = ""
    """Then what stands against it, as `a CompiledStateGraph`."""


def fingerprint(thing: object) -> Fingerprint:
    """Return the SHA-256 of a function, a `functools.partial` or a plain value, the same in every process.

    Of a function count its whole file with what that imports from beside it (in a notebook its cell, and the plain
    values and functions that it names), its defaults and the variables it closes over. A plain value is None, a
    number, a text, bytes, or a list, tuple, set or dict of them. Anything else cannot be compared.
    """
    try:
        return Fingerprint(digest_of(_told(thing, ())))
    except _UntoldError as error:
        held = "" if error.thing is thing else "a function that holds " if callable(thing) else "what holds "
        return Fingerprint("", held + _called(error.thing))


def not_compared(seat: str, run: str, thing: object) -> str:
    """Say in one line that ``thing``, or what sat in its ``seat`` when ``run`` began, cannot be compared."""
    what = fingerprint(thing).what
    found = f"{what} handed as an object has" if what else "what was handed as an object then had"
    instead = _INSTEAD.get(seat.partition(":")[0], "name it instead")
    return f"{seat}: {found} no source that can be compared, so run '{run}' cannot be gone on with; {instead}"


class _UntoldError(Exception):
    def __init__(self, thing: object) -> None:
        super().__init__()
        self.thing = thing


def _told(thing: object, around: tuple[int, ...]) -> str:
    """Return a text that is another one for another thing; ``around`` are the ids of what it lies in."""
    if id(thing) in around:
        return f"up {around[::-1].index(id(thing))}"
    if type(thing) in _PLAIN:
        return repr(thing)
    return f"{type(thing).__name__}({', '.join(_parts(thing, (*around, id(thing))))})"


def _parts(thing: object, within: tuple[int, ...]) -> Iterable[str]:
    """Return what tells ``thing`` from others of its type. Raises _UntoldError."""
    if isinstance(thing, FunctionType):
        return _function(thing, within)
    if isinstance(thing, BuiltinFunctionType) and isinstance(thing.__self__, ModuleType):
        return [f"{thing.__module__}.{thing.__qualname__}"]
    if isinstance(thing, partial):
        return [_told(one, within) for one in (thing.func, thing.args, thing.keywords)]
    if isinstance(thing, dict) and type(thing) is dict:
        return sorted(f"{_told(key, within)}: {_told(value, within)}" for key, value in thing.items())
    if isinstance(thing, list | tuple | set | frozenset) and type(thing) in _SEVERAL:
        told = (_told(one, within) for one in thing)
        return sorted(told) if isinstance(thing, set | frozenset) else told
    raise _UntoldError(thing)


def _function(thing: FunctionType, within: tuple[int, ...]) -> Iterator[str]:
    code = thing.__code__
    yield f"{thing.__qualname__} {code.co_firstlineno}"
    if code.co_name == "<lambda>":  # of which one line can hold several
        yield from _code(code)
    file = Path(code.co_filename)
    if file.is_file():
        files = sorted([("", file), *beside(file, thing.__module__).items()])
        yield from (f"{name} {hashlib.sha256(place.read_bytes()).hexdigest()}" for name, place in files)
    else:
        yield from _cell(thing, within)
    yield _told([thing.__defaults__, thing.__kwdefaults__], within)
    for name, cell in zip(code.co_freevars, thing.__closure__ or (), strict=True):
        try:
            held = cell.cell_contents
        except ValueError:  # not yet given
            continue
        yield f"{name} {_told(held, within)}"


def _cell(thing: FunctionType, within: tuple[int, ...]) -> Iterator[str]:
    """Tell of a function that lies in no file: its cell where that is known, and what it names beside it."""
    lines = linecache.getlines(thing.__code__.co_filename, thing.__globals__)
    if not lines:
        raise _UntoldError(thing)
    yield repr(lines)
    for name in sorted(_names(thing.__code__) & thing.__globals__.keys()):
        try:
            yield f"{name} {_told(thing.__globals__[name], within)}"
        except _UntoldError:  # a module, a class, a client: their text is not in this cell
            continue


def _code(code: CodeType) -> Iterator[str]:
    yield repr(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code(constant)
        elif type(constant) in _PLAIN:
            yield repr(constant)


def _names(code: CodeType) -> set[str]:
    inner = (_names(constant) for constant in code.co_consts if isinstance(constant, CodeType))
    return set(code.co_names).union(*inner)


def _called(thing: object) -> str:
    if isinstance(thing, FunctionType):
        return "a function that lies in no file"
    owner = thing.__self__ if isinstance(thing, MethodType) else thing
    name = owner.__name__ if isinstance(owner, type) else type(owner).__name__
    said = f"the class {name}" if isinstance(owner, type) else f"{'an' if name[:1] in 'AEIOUaeiou' else 'a'} {name}"
    return f"a method of {said}" if isinstance(thing, MethodType) else said
