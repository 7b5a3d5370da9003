"""A case of the published EMPA format as one of our persona cards; docs/import-empa.md holds the mapping.

Rule: what the format does not state stands in the card as not stated, and is counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from pydantic import ValidationError

from empa_graph.empa_import import neutral_lines
from empa_graph.empa_import.cards import Card, Script, Stated
from empa_graph.empa_import.chinese_text import Paragraph, fitted, labelled, sentences
from empa_graph.errors import ContentError
from empa_graph.models.cue import CueName
from empa_graph.models.line import Beat, GoalLines
from empa_graph.models.persona import (
    Annotation,
    AntiPreference,
    Demographics,
    EmpathyThreshold,
    Goal,
    Persona,
    Preference,
    Priorities,
    Route,
    Traits,
    Voice,
)
from empa_graph.models.record import Point

ANNOTATOR = "imported"
GOAL = "story"
SPACE = "epm"
LONGEST_TEXT, LONGEST_LINE, MOST_TEXTS = 2_000, 600, 12
UNKNOWN_AGE = 30
"""Stands where a card states no age; counted in the report."""
_NUMBER = re.compile(r"\d{1,3}|[一二三四五六七八九]?十[一二三四五六七八九]?")
_AGE = re.compile(rf"({_NUMBER.pattern})\s*周?岁")
_DIGITS = "零一二三四五六七八九"
_VALUES = ("价值", "信念", "原则", "看重")
_OWN_FIELDS = {
    "name": ("姓名", "名字", "角色名", "角色"),
    "age": ("年龄",),
    "gender": ("性别",),
    "culture": ("国籍", "民族", "籍贯", "文化背景", "地域"),
    "social_class": ("家庭背景", "家庭情况", "社会阶层", "经济状况"),
    "work": ("职业", "工作", "身份", "职位"),
}
_LABELS = frozenset(label for labels in _OWN_FIELDS.values() for label in labels)
_DEFAULT = "Default of the import: the source format has no place for it."


class Built(NamedTuple):
    """A persona, how many of its texts were cut, and which fields the card did not state."""

    persona: Persona
    cut: int
    assumed: tuple[str, ...]


def build(case: str, card: Card, script: Script, *, levels: Stated, start: Point) -> Built:
    """Build the persona of ``case`` from its card, story and initial levels.

    ``start`` is P_0 in the order cognitive, affective, proactive. Raises ContentError for an age that no persona may
    have, for a start without a deficit, and for what does not fit the model.
    """
    if not any(start):
        raise ContentError(f"{card.file}: every initial level of '{case}' is 0; there is no deficit to work on")
    tally: Counter[str] = Counter()
    try:
        persona = _persona(case, card, script, levels=levels, start=start, tally=tally)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in fault["loc"])
        raise ContentError(f"{card.file}: {field}: {fault['msg'][:200]}") from None
    cut = tally.pop("cut", 0)
    return Built(persona, cut=cut, assumed=tuple(sorted(tally)))


def _persona(case: str, card: Card, script: Script, *, levels: Stated, start: Point, tally: Counter[str]) -> Persona:
    character = [part for part in card.character if part.heading not in _LABELS]
    values = [part for part in card.profile if any(word in part.heading for word in _VALUES)]
    experience = _texts(card.experience, "experiences", tally)
    return Persona(
        id=case,
        name=fitted(_stated(card, "name", tally, "来访者"), 60, tally),
        language="zh",
        summary=fitted("\n".join(map(_named, card.character)), LONGEST_TEXT, tally),
        demographics=_demographics(card, tally),
        values=_texts(values, "values", tally),
        traits=Traits(
            public=_texts(character, "traits.public", tally), inner=_texts(card.profile, "traits.inner", tally)
        ),
        empathy_threshold=EmpathyThreshold(level=card.threshold, rejects=_rejects(card, tally)),
        priorities=_priorities(start),
        preferences=(
            Preference(cue=CueName.REFLECTION, weight=0.5, reason=_DEFAULT),
            Preference(cue=CueName.NAMING_FEELING, weight=0.5, reason=_DEFAULT),
        ),
        anti_preferences=(
            AntiPreference(cue=CueName.PREMATURE_ADVICE, weight=0.5, reason=_DEFAULT),
            AntiPreference(cue=CueName.DISMISSING, weight=0.5, reason=_DEFAULT),
        ),
        experiences=experience,
        voice=Voice(diction=neutral_lines.DICTION, words=(10, 60), reply_words=(1, 400), directness=0.5),
        beats=_beats("past", [part.text for part in card.experience], 0.40, 0.80, tally),
        lines=neutral_lines.LINES,
        goals=(_goal(script, levels, tally),),
    )


def _goal(script: Script, levels: Stated, tally: Counter[str]) -> Goal:
    told = [f"{stage.title}\uff1a{stage.content}" if stage.title else stage.content for stage in script.stages]
    told += [text for text in (script.interlude, script.outcome) if text]
    title = script.stages[0].title or sentences(script.stages[0].content)[0]
    return Goal(
        id=GOAL,
        title=fitted(title.replace("\n", " "), 80, tally),
        reached_when=neutral_lines.REACHED,
        context="casual",
        openings=neutral_lines.OPENINGS,
        beats=_beats("stage", told, 0.25, 0.75, tally),
        elaborations=neutral_lines.ELABORATIONS,
        lines=GoalLines(settle=neutral_lines.LINES.settle),
        spaces={SPACE: Route(levels={name: _level(value) for name, value in sorted(levels.items())})},
    )


def _level(value: float) -> Annotation:
    return Annotation(value=value, annotator=ANNOTATOR, reason="Level of the imported initial deficit (IEDR).")


def _beats(name: str, texts: Sequence[str], low: float, high: float, tally: Counter[str]) -> tuple[Beat, ...]:
    """Return 2 to 8 beats, each after the one before, with trust rising evenly from ``low`` to ``high``."""
    pieces = [text for text in texts if text]
    if len(pieces) == 1:
        pieces = list(_halves(pieces[0]))
    if len(pieces) < 2:
        tally["beats"] += 1
        pieces = [*pieces, *neutral_lines.UNTOLD][:2]
    if len(pieces) > 8:
        tally["cut"] += len(pieces) - 8
        pieces = pieces[:8]
    rise = (high - low) / (len(pieces) - 1)
    return tuple(
        Beat(
            id=f"{name}_{number}",
            trust=round(low + rise * (number - 1), 2),
            text=fitted(text, LONGEST_LINE, tally),
            needs=(f"{name}_{number - 1}",) if number > 1 else (),
        )
        for number, text in enumerate(pieces, start=1)
    )


def _halves(text: str) -> tuple[str, ...]:
    parts = sentences(text)
    half = (len(parts) + 1) // 2
    return ("".join(parts[:half]), "".join(parts[half:])) if len(parts) > 1 else parts


def _texts(parts: Sequence[Paragraph], field: str, tally: Counter[str]) -> tuple[str, ...]:
    """Return 2 to `MOST_TEXTS` texts; what lacks stands as not stated and is counted under ``field``."""
    if len(parts) > MOST_TEXTS:
        tally["cut"] += len(parts) - MOST_TEXTS
    named = [_named(part) for part in parts[:MOST_TEXTS]]
    texts = [fitted(text, LONGEST_TEXT, tally) for text in (_halves(named[0]) if len(named) == 1 else named)]
    if len(texts) < 2:
        tally[field] += 1
    return tuple([*texts, neutral_lines.NOT_STATED, neutral_lines.NOT_STATED][: max(2, len(texts))])


def _named(part: Paragraph) -> str:
    return f"{part.heading}\uff1a{part.text}" if part.heading else part.text


def _demographics(card: Card, tally: Counter[str]) -> Demographics:
    def stated(field: str) -> str:
        return fitted(_stated(card, field, tally, neutral_lines.NOT_STATED), LONGEST_TEXT, tally)

    return Demographics(
        age=_age(card, tally),
        gender=stated("gender"),
        culture=stated("culture"),
        social_class=stated("social_class"),
        work=stated("work"),
    )


def _age(card: Card, tally: Counter[str]) -> int:
    text = labelled(card.character, *_OWN_FIELDS["age"])
    found = _NUMBER.search(text) if text else None
    if found is None:
        found = _AGE.search("\n".join(part.text for part in card.character))
    if found is None:
        tally["age"] += 1
        return UNKNOWN_AGE
    age = _whole(found[found.lastindex or 0])
    if not 18 <= age <= 110:
        raise ContentError(f"{card.file}: character_info: age {age}, allowed is 18 to 110")
    return age


def _whole(number: str) -> int:
    if "十" not in number:
        return int(number)
    tens, ones = number.split("十")
    return 10 * (_DIGITS.index(tens) if tens else 1) + (_DIGITS.index(ones) if ones else 0)


def _stated(card: Card, field: str, tally: Counter[str], absent: str) -> str:
    text = labelled(card.character, *_OWN_FIELDS[field])
    if not text:
        tally[field] += 1
    return text or absent


def _rejects(card: Card, tally: Counter[str]) -> str:
    text = "\n".join(part.text for part in card.rejects)
    if not text:
        tally["empathy_threshold.rejects"] += 1
    return fitted(text or neutral_lines.NOT_STATED, LONGEST_TEXT, tally)


def _priorities(start: Point) -> Priorities:
    """Weigh the needs by the share of each axis in |P_0|_1; the last takes what rounding leaves."""
    total = sum(map(abs, start))
    cognitive, affective = (round(abs(axis) / total, 4) for axis in start[:2])
    reason = "Share of this axis in the imported initial deficit; nobody weighed it for this person."

    def weight(value: float) -> Annotation:
        return Annotation(value=value, annotator=ANNOTATOR, reason=reason)

    return Priorities(
        cognitive=weight(cognitive),
        affective=weight(affective),
        motivational=weight(round(1.0 - cognitive - affective, 4)),
    )
