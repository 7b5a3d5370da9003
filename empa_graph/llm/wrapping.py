"""What a model writes around its answer: its reasoning, a code fence, a sentence. None of it is the answer.

Rule: every role that reads a model's text reads it through this module, so that reasoning is said to nobody.
"""

from __future__ import annotations

import json

import regex

_NAMES = "think|thinking|thought|reasoning|seed:think"
_TAG = regex.compile(
    rf"(?P<begins>^[ \t]*(?:<(?:{_NAMES})(?:\s[^<>]*)?>|\[THINK\]|◁think▷|<\|START_THINKING\|>))"
    rf"|(?P<named><(?:{_NAMES})>|\[THINK\])"
    r"|(?P<channel>(?:<\|start\|>\s*assistant\s*)?<\|channel\|>\s*(?:analysis|commentary)[^<]*<\|message\|>)"
    rf"|(?P<ends></(?:{_NAMES})>|\[/THINK\]|◁/think▷|<\|END_THINKING\|>"
    r"|(?:<\|start\|>\s*assistant\s*)?<\|channel\|>\s*final[^<]*<\|message\|>|\bassistantfinal)"
    r"|(?P<stops><\|return\|>)",
    regex.IGNORECASE | regex.MULTILINE,
)
_OBJECT = regex.compile(r"\{\s*+[\"}]")


class WrappedError(ValueError):
    """A text that does not hold exactly one JSON object; says why, in our own words only."""


def without_reasoning(text: str) -> str:
    """Return ``text`` without blocks of reasoning: at its head or from the beginning of a line, to their end.

    Nothing is left of a block that does not end. Some templates open the block in the prompt, so that the text has
    only its end. A tag within a line is talked about, and stays.
    """
    kept: list[str] = []
    start, inside, named = 0, False, False
    for tag in _TAG.finditer(text):
        match tag.lastgroup:
            case "begins" | "channel" | "stops" if not inside:
                kept += [before] if (before := text[start : tag.start()]).strip() else []
                inside = True
            case "named" if not (inside or named):
                inside = not text[start : tag.start()].strip()
                named = not inside
            case "ends" if inside or not named:
                kept = kept if inside else []
                start, inside = tag.end(), False
    return "".join(kept if inside else [*kept, text[start:]])


def only_object(text: str) -> str:
    """Return the one JSON object in ``text`` as it is written there, whatever stands around it.

    An object that stands there several times is one. Raises WrappedError where there is none, where two differ, and
    where one is broken or names a field twice.
    """
    begun = _OBJECT.search(text)
    head = text[: begun.start()] if begun else text
    # Behind its beginning a tag may be quoted from the reply, where it must not choose what is read.
    found = _objects(text if without_reasoning(head) == head else without_reasoning(text))
    if not found:
        raise WrappedError("there is no JSON object")
    if any(value != found[0][0] for value, _ in found):
        raise WrappedError("there are several JSON objects that differ")
    return found[0][1]


def _objects(text: str) -> list[tuple[object, str]]:
    """Return every outermost object of ``text`` with how it is written there."""
    decoder = json.JSONDecoder(object_pairs_hook=_distinct)
    found: list[tuple[object, str]] = []
    end = 0
    while begun := _OBJECT.search(text, end):
        try:
            value, end = decoder.raw_decode(text, begun.start())
        except WrappedError:
            raise
        except (ValueError, RecursionError):
            raise WrappedError("the JSON is broken") from None
        found.append((value, text[begun.start() : end]))
    return found


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise WrappedError("a field stands twice")
    return dict(pairs)
