"""The cards, scripts and initial levels of the published EMPA format (arXiv 2603.00552), as the files state them.

Rule: what is not stated is None or a ContentError, never a level of 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import Field, JsonValue, RootModel

from empa_graph.empa_import.chinese_text import Paragraph, clean, paragraphs, section
from empa_graph.empa_import.source import LARGEST_CARD, MOST_ENTRIES, Bounded, Loose, case_id, read_json, readable
from empa_graph.errors import ContentError
from empa_graph.models.persona import Threshold

SECTIONS = ("character_info", "empathy_threshold", "psychological_profile", "experience")
THRESHOLDS: Mapping[str, Threshold] = {"低": "low", "中": "medium", "高": "high"}
INDICATORS = ("c1", "c2", "c3", "a1", "a2", "a3", "p1", "p2", "p3")
_THRESHOLD = re.compile(r"共情阈值[\s:\uff1a*]{0,8}【([^】\n]{0,40})】")
_INDICATOR = re.compile(r"([cap])[._ -]?([123])(?:[._ -]?level)?", re.IGNORECASE)
_CASE_FIELDS = ("剧本编号", "script_id", "case_id", "script", "case", "id")
_INNER = ("filled_iedr", "iedr", "levels")


class Card(NamedTuple):
    """A persona card: its threshold and the paragraphs of its sections."""

    file: Path
    threshold: Threshold
    character: tuple[Paragraph, ...]
    rejects: tuple[Paragraph, ...]
    profile: tuple[Paragraph, ...]
    experience: tuple[Paragraph, ...]


class Stage(NamedTuple):
    """One stage of a story; both texts may be empty, not both at once."""

    title: str
    content: str


class Script(NamedTuple):
    """The story of one case."""

    stages: tuple[Stage, ...]
    interlude: str
    outcome: str


class _RawScript(Loose):
    number: JsonValue = Field(default=None, alias="剧本编号")
    story: JsonValue = Field(default=None, alias="故事的经过")
    outcome: JsonValue = Field(default=None, alias="故事的结果")
    interlude: JsonValue = Field(default=None, alias="故事的插曲")


class _RawScripts(RootModel[Annotated[list[_RawScript], Bounded]]):
    """A file of scripts."""


class _RawIedr(
    RootModel[
        Annotated[dict[str, JsonValue], Field(max_length=MOST_ENTRIES)] | Annotated[list[dict[str, JsonValue]], Bounded]
    ]
):
    """A file of levels: by case, or a list of objects that name their case."""


Stated = dict[str, int]
"""Levels by indicator, all nine."""


def card(file: Path) -> Card:
    """Read a persona card. Raises ContentError for a missing section or an unknown threshold."""
    text = readable(file, LARGEST_CARD)
    found = {}
    for name in SECTIONS:
        inside = section(text, name, SECTIONS)
        if inside is None or not inside.strip():
            problem = "is missing" if inside is None else "is empty"
            raise ContentError(f"{file}: section <{name}> {problem}, needed are {', '.join(SECTIONS)}")
        found[name] = inside
    threshold = _threshold(file, found["empathy_threshold"])
    return Card(
        file=file,
        threshold=threshold,
        character=paragraphs(found["character_info"]),
        rejects=paragraphs(_THRESHOLD.sub("", found["empathy_threshold"])),
        profile=paragraphs(found["psychological_profile"]),
        experience=paragraphs(found["experience"]),
    )


def scripts(file: Path) -> Iterator[tuple[str, Script | ContentError]]:
    """Yield each script of a scenario file with its case, or what is wrong with it.

    Raises ContentError where the file is no list of objects.
    """
    for index, raw in enumerate(read_json(file, _RawScripts).root):
        where = f"{file}: {index}"
        if not isinstance(raw.number, str | int) or isinstance(raw.number, bool):
            yield "", ContentError(f"{where}.剧本编号: missing, or neither text nor an integer")
            continue
        try:
            case = case_id(str(raw.number))
        except ContentError as error:
            yield "", ContentError(f"{where}.剧本编号: {error}")
            continue
        try:
            yield case, _script(where, raw)
        except ContentError as error:
            yield case, error


def iedr(file: Path) -> Iterator[tuple[str, Stated | ContentError]]:
    """Yield each case of an IEDR file with its nine levels, or what is wrong with them. Raises ContentError."""
    root = read_json(file, _RawIedr).root
    named = list(root.items()) if isinstance(root, dict) else [(_named(entry), entry) for entry in root]
    for index, (name, entry) in enumerate(named):
        try:
            case = case_id(name)
        except ContentError as error:
            yield "", ContentError(f"{file}: {index}: {error}")
            continue
        try:
            yield case, stated_levels(f"{file}: {name[:80]}", entry)
        except ContentError as error:
            yield case, error


def stated_levels(where: str, entry: JsonValue) -> Stated:
    """Return the nine levels 0..3 of ``entry``, whose names are ``C.1``, ``C1`` or ``c1``; other fields are left out.

    Raises ContentError with ``where`` for a level that is missing, stated twice or not known.
    """
    if not isinstance(entry, dict):
        raise ContentError(f"{where}: {type(entry).__name__}, allowed is an object with {', '.join(INDICATORS)}")
    inner = next((entry[name] for name in _INNER if isinstance(entry.get(name), dict)), entry)
    found: Stated = {}
    for key, value in inner.items() if isinstance(inner, dict) else ():
        named = _INDICATOR.fullmatch(key.strip())
        if named:
            name = f"{named[1].lower()}{named[2]}"
            level = whole(value.get("level") if isinstance(value, dict) else value)
            if level not in (0, 1, 2, 3):
                raise ContentError(f"{where}.{key}: {str(value)[:40]!r} is no level, allowed are 0, 1, 2 and 3")
            if found.setdefault(name, level) != level:
                raise ContentError(f"{where}.{key}: '{name}' is stated twice with different levels")
    missing = [name for name in INDICATORS if name not in found]
    if missing:
        raise ContentError(f"{where}: level '{missing[0]}' is missing, needed are {', '.join(INDICATORS)}")
    return found


def whole(value: JsonValue) -> int | None:
    """Return ``value`` as an integer where it is one (``2`` or ``2.0``), else None."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def plain_text(value: JsonValue) -> str:
    """Return the text in ``value``: itself, or that of its parts line by line with their names."""
    if isinstance(value, dict):
        parts = [f"{key}\uff1a{plain_text(inner)}" for key, inner in value.items() if inner]
        return "\n".join(clean(part).strip() for part in parts)
    if isinstance(value, list):
        return "\n".join(filter(None, map(plain_text, value)))
    return "" if value is None else clean(str(value)).strip()


def _threshold(file: Path, text: str) -> Threshold:
    stated = {found.strip() for found in _THRESHOLD.findall(text)}
    if len(stated) != 1 or not stated <= THRESHOLDS.keys():
        found = ", ".join(sorted(stated))[:80] or "nothing"
        raise ContentError(
            f"{file}: empathy_threshold: 共情阈值【…】 states {found}, allowed is one of {', '.join(THRESHOLDS)}"
        )
    return THRESHOLDS[stated.pop()]


def _script(where: str, raw: _RawScript) -> Script:
    if isinstance(raw.story, dict):
        parts = sorted(((key, part) for key, part in raw.story.items() if key.startswith("阶段")), key=_stage_order)
    elif isinstance(raw.story, list):
        parts = [(f"阶段{number}", part) for number, part in enumerate(raw.story, start=1)]
    else:
        raise ContentError(f"{where}.故事的经过: missing or no object, needed are 阶段1 to 阶段4 with 标题 and 内容")
    stages = tuple(_stage(part) for _, part in parts)
    told = tuple(stage for stage in stages if stage.content)
    if not told:
        raise ContentError(f"{where}.故事的经过: no stage with 内容, needed are 阶段1 to 阶段4 with 标题 and 内容")
    return Script(told, interlude=plain_text(raw.interlude), outcome=plain_text(raw.outcome))


def _stage_order(part: tuple[str, JsonValue]) -> tuple[int, str]:
    digits = re.search(r"\d{1,3}", part[0])
    return (int(digits[0]) if digits else 0, part[0])


def _stage(part: JsonValue) -> Stage:
    if isinstance(part, dict):
        return Stage(plain_text(part.get("标题")), plain_text(part.get("内容")))
    return Stage("", plain_text(part))


def _named(entry: dict[str, JsonValue]) -> str:
    return next((str(entry[field]) for field in _CASE_FIELDS if isinstance(entry.get(field), str | int)), "")
