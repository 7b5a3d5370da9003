"""The only YAML reader: bounded, without aliases or tags, and every fault with its file, line and field."""

from __future__ import annotations

import json
import os
import re
import stat
import types
import typing
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, JsonValue, ValidationError

from empa_graph.errors import ContentError, hint
from empa_graph.models.line import Line

if typing.TYPE_CHECKING:
    from pydantic_core import ErrorDetails

LARGEST_FILE = 512 * 1024
DEEPEST = 32
"""Levels of nesting allowed; libyaml's composer overflows the stack on many thousands."""
_COUNTED = {"too_short": ("needs at least", "min_length"), "too_long": ("allowed are at most", "max_length")}
_LISTS = ("tuple_type", "list_type")
_ENTRIES = ("model_type", "dict_type")
_Model = TypeVar("_Model", bound=BaseModel)
_Path = tuple[Hashable, ...]
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's loader when PyYAML has it; it composes in C, so what is refused is refused before, event by event."""


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML document's data and the line on which each field stands."""

    path: Path
    data: JsonValue
    lines: dict[_Path, int]

    def where(self, field: Sequence[Hashable]) -> str:
        """Return ``file:line`` of ``field`` or of its nearest parent."""
        for end in range(len(field), -1, -1):
            if tuple(field[:end]) in self.lines:
                return f"{self.path}:{self.lines[tuple(field[:end])]}"
        return str(self.path)


def read_yaml(path: Path) -> Document:
    """Read one YAML file. Raises ContentError (unreadable, too large, malformed, a key twice)."""
    text = read_text(path, LARGEST_FILE)
    loader = _Loader(text)
    try:
        _refuse_unsafe(text, path)
        node = loader.get_single_node()
        if node is None:
            raise ContentError(f"{path}: the file is empty")
        lines = _lines(node, path)
        data: JsonValue = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ContentError(f"{path}:{line}: malformed YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ContentError(f"{path}: malformed YAML: {str(error).splitlines()[0][:200]}") from None
    finally:
        loader.dispose()
    return Document(path, data, lines)


def read_text(path: Path, largest: int) -> str:
    """Read a regular UTF-8 file of at most ``largest`` bytes; every line end becomes a newline. Raises ContentError."""
    try:
        with open(path, "rb", opener=_at_once) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ContentError(f"{path}: cannot be read (not a regular file)")
            data = b"" if status.st_size > largest else file.read(largest + 1)
    except OSError as error:
        raise ContentError(f"{path}: cannot be read ({(error.strerror or 'error').lower()})") from None
    if status.st_size > largest:
        raise ContentError(f"{path}: {status.st_size:,} bytes, allowed are {largest:,}")
    if len(data) > largest:
        raise ContentError(f"{path}: more than the allowed {largest:,} bytes")
    try:
        return data.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise ContentError(f"{path}: not UTF-8 text (byte {error.start})") from None


def _at_once(name: str, flags: int) -> int:
    """Open without waiting: a FIFO that nobody writes to would otherwise hold the caller for ever."""
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))


def load_model(path: Path, model: type[_Model]) -> _Model:
    """Read ``path`` as ``model``. Raises ContentError naming the first fault."""
    document = read_yaml(path)
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise ContentError(faults(document, model, error)[0]) from None


def read_records(path: Path, model: type[_Model], *, largest: int) -> tuple[_Model, ...]:
    """Read a file of JSON lines, one ``model`` each, of ``largest`` bytes at most.

    Raises ContentError with file, line and field of the first fault.
    """
    found = []
    for number, text in enumerate(read_text(path, largest).splitlines(), start=1):
        try:
            found.append(model.model_validate_json(text))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            field = ".".join(map(str, first["loc"]))
            raise ContentError(f"{path}:{number}: {field}: {first['msg']}") from None
    return tuple(found)


def faults(document: Document, model: type[BaseModel], error: ValidationError) -> list[str]:
    """Say each validation fault in one line: file, line, field, what is wrong, the nearest name.

    Texts without their quotes come first, and are one fault however many fields they are taken for. What is missing
    comes last: mostly it stands there under a wrong name.
    """
    every = sorted(error.errors(include_url=False), key=lambda fault: fault["type"] == "missing")
    bare = dict(_without_quotes(every))
    said = [(at, f"the line needs quotes, since it holds ': ': {_quoted(text)}") for at, text in bare.items()]
    for fault in every:
        at = fault["loc"]
        if at not in bare and at[:-1] not in bare and not _is_of_faulty_items(fault):
            said.append((at, _what(model, fault)))
    return [f"{document.where(at)}: {'.'.join(map(str, at)) or 'the document'}: {what}" for at, what in said]


def _what(model: type[BaseModel], fault: ErrorDetails) -> str:
    if fault["type"] == "missing":
        return "this field is missing"
    if fault["type"] == "extra_forbidden":
        return "unknown field" + _nearest(model, fault["loc"])
    if fault["type"] in ("enum", "literal_error") and isinstance(fault["input"], str):
        return _unknown_word(fault["input"], str(fault.get("ctx", {}).get("expected", "")))
    if fault["type"] in _COUNTED and isinstance(fault["input"], list | dict):
        return _number(model, fault)
    if fault["type"] in (*_LISTS, *_ENTRIES):
        return _shape(model, fault)
    message = fault["msg"].removeprefix("Value error, ")
    return message if isinstance(fault["input"], dict | list) else f"{message}, found {str(fault['input'])[:80]!r}"


def _without_quotes(every: Sequence[ErrorDetails]) -> Iterator[tuple[tuple[int | str, ...], str]]:
    """Yield field and text of each list item that YAML took for a mapping, since nothing stands around its ': '."""
    missing = Counter(fault["loc"][:-1] for fault in every if fault["type"] == "missing")
    for fault in every:
        at, kind = fault["loc"], fault["type"]
        if kind == "missing" and at[-1] == "text" and missing[at[:-1]] == 1:
            at = at[:-1]
        elif kind != "string_type":
            continue
        given = fault["input"]
        if at and isinstance(at[-1], int) and isinstance(given, dict) and len(given) == 1:
            [(name, value)] = given.items()
            if isinstance(value, str | int | float):  # how YAML was given a no, 3 and the like is not known any more
                yield at, f"{name}: {value if isinstance(value, str) else '...'}"


def _quoted(text: str) -> str:
    return json.dumps(text[:80], ensure_ascii=False)


def _is_of_faulty_items(fault: ErrorDetails) -> bool:
    """Say whether there are too few only since some of them are at fault themselves."""
    given = fault["input"]
    return fault["type"] == "too_short" and isinstance(given, list | dict) and len(given) >= fault["ctx"]["min_length"]


def _number(model: type[BaseModel], fault: ErrorDetails) -> str:
    word, bound = _COUNTED[fault["type"]]
    of, inner = fault["ctx"][bound], _model_at(model, fault["loc"])
    one, more = ("line", "lines") if inner is not None and issubclass(inner, Line) else ("entry", "entries")
    return f"{word} {of} {one if of == 1 else more}, has {len(fault['input'])}"


def _shape(model: type[BaseModel], fault: ErrorDetails) -> str:
    """Say what may stand there, what does, and the example of a list whose field has one."""
    given, at = fault["input"], fault["loc"]
    found = {dict: "fields", list: "a list", type(None): "nothing"}.get(type(given), repr(str(given)[:80]))
    if fault["type"] in _LISTS:
        owner = _model_at(model, at[:-1])
        field = owner.model_fields.get(str(at[-1])) if owner is not None and at else None
        example = f"; for example {at[-1]}: {field.examples[0]}" if field is not None and field.examples else ""
        return f"allowed is a list, found {found}{example}"
    inner = _model_at(model, at) if fault["type"] == "model_type" else None
    names = f"the fields {', '.join(inner.model_fields)}" if inner is not None else "entries as name: value"
    return f"allowed are {names}; found {found}"


def _nearest(model: type[BaseModel], field: Sequence[Hashable]) -> str:
    """Name the allowed field nearest to the last part of ``field``."""
    owner = _model_at(model, field[:-1])
    return "" if owner is None else hint(str(field[-1]), owner.model_fields)


def _model_at(model: type[BaseModel], field: Sequence[Hashable]) -> type[BaseModel] | None:
    """Return the model that stands at ``field``, or whose items do; None for plain values."""
    owner: type[BaseModel] | None = model
    for part in field:
        if isinstance(part, str) and owner is not None and part in owner.model_fields:
            owner = _inner_model(owner.model_fields[part].annotation)
    return owner


def _unknown_word(found: str, expected: str) -> str:
    """Say that ``found`` is none of the words that pydantic expects (``'a', 'b' or 'c'``)."""
    known = re.findall(r"'([^']*)'", expected)
    return f"unknown word '{found[:80]}'{hint(found, known)}"


def _inner_model(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation if issubclass(annotation, BaseModel) else None
    for part in typing.get_args(annotation):
        inner = _inner_model(part)
        if inner is not None:
            return inner
    return None


def _refuse_unsafe(text: str, path: Path) -> None:
    """Raise ContentError for aliases (they can blow up memory), tags, and nesting beyond `DEEPEST`."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        problem = None
        if isinstance(event, yaml.AliasEvent):
            problem = "aliases are not allowed"
        elif isinstance(event, yaml.NodeEvent) and getattr(event, "tag", None) is not None:
            problem = "tags are not allowed"
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            problem = f"nested more than {DEEPEST} levels deep" if depth > DEEPEST else None
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if problem is not None:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise ContentError(f"{path}:{line}: malformed YAML: {problem}")


def _lines(root: yaml.Node, path: Path) -> dict[_Path, int]:
    lines: dict[_Path, int] = {}
    stack: list[tuple[_Path, yaml.Node]] = [((), root)]
    while stack:
        at, node = stack.pop()
        lines.setdefault(at, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            stack.extend(_entries(at, node, lines, path))
        elif isinstance(node, yaml.SequenceNode):
            stack.extend(((*at, index), item) for index, item in enumerate(node.value))
    return lines


def _entries(at: _Path, node: yaml.MappingNode, lines: dict[_Path, int], path: Path) -> list[tuple[_Path, yaml.Node]]:
    entries: list[tuple[_Path, yaml.Node]] = []
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise ContentError(f"{path}:{line}: a key must be plain text")
        here = (*at, key.value)
        if here in lines:
            raise ContentError(f"{path}:{line}: the key '{key.value}' stands twice")
        lines[here] = line
        entries.append((here, value))
    return entries
