"""What a well-behaved model would answer: a judgement for a schema, a call for tools, a kind sentence else."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

EVIDENCE = 60
"""Characters at most that are copied as evidence."""
_OPENINGS = ("That sounds heavy", "I can hear how much this weighs", "It makes sense that this hurts", "I am with you")
_MIDDLES = ("you have carried it alone for long", "you wanted it to go differently", "it would tire anyone")
_ENDINGS = ("What would help you most right now?", "Take your time.", "Would you tell me more?", "I am listening.")
_SUPPORTIVE = [("validating",), ("understanding",), ("eliciting",), ("affirming",), ("leaving_choice",)]
_JUDGED = re.compile(r"Under judgement is what the agent said at turns? ([\d, and]+)")


def message_for(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the assistant's message for the request ``body``; the same for the same ``name``."""
    draw = random.Random(name)
    if wanted := body.get("response_format"):
        schema = wanted["json_schema"]["schema"]
        answer = _Builder(schema, reply_under_judgement(body["messages"]), draw).built(schema)
        return {"role": "assistant", "content": json.dumps(answer, ensure_ascii=False)}
    if tools := body.get("tools"):
        return _called(tools, draw)
    turn = sum(each["role"] == "user" for each in body["messages"])
    words = f"{draw.choice(_OPENINGS)}, and {draw.choice(_MIDDLES)}. {draw.choice(_ENDINGS)}"
    return {"role": "assistant", "content": f"{words} (That is {turn} of your messages that I heard.)"}


def reply_under_judgement(messages: Sequence[Mapping[str, Any]]) -> str:
    """Return the text of the last reply that a judge is to judge; "" when there is none to copy from."""
    text = str(messages[-1].get("content") or "")
    found = _JUDGED.search(text)
    turns = {int(number) for number in re.findall(r"\d+", found[1])} if found else set()
    said = [record for record in _records(text) if record.get("speaker") == "empathic" and record.get("turn") in turns]
    return str(said[-1]["text"]) if said else ""


def _records(text: str) -> list[dict[str, Any]]:
    found = []
    for line in text.splitlines():
        if line.startswith('{"turn"'):
            found.append(json.loads(line))
    return found


def _called(tools: Sequence[Mapping[str, Any]], draw: random.Random) -> dict[str, Any]:
    functions = {each["function"]["name"]: each["function"] for each in tools}
    chosen = functions.get("wait") or next(iter(functions.values()))
    schema = chosen["parameters"]
    arguments = json.dumps(_Builder(schema, "", draw).built(schema))
    call = {"id": "call-1", "type": "function", "function": {"name": chosen["name"], "arguments": arguments}}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


class _Builder:
    """Builds a value that fits a JSON schema; levels above 0 stand beside evidence copied from ``reply`` only."""

    def __init__(self, root: Mapping[str, Any], reply: str, draw: random.Random) -> None:
        self._defs = root.get("$defs", {})
        self._reply = reply
        self._draw = draw

    def built(self, schema: Mapping[str, Any], path: tuple[str, ...] = ()) -> Any:
        if "$ref" in schema:
            return self.built(self._defs[schema["$ref"].rpartition("/")[2]], path)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return schema["enum"][0]
        for several in ("anyOf", "oneOf"):
            if several in schema:
                return self.built(self._preferred(schema[several]), path)
        if "properties" in schema:
            return self._object(schema["properties"], path)
        empty: dict[str, Any] = {"array": [], "integer": schema.get("minimum", 0), "number": 0.0, "boolean": False}
        return empty.get(str(schema.get("type")), "as it stands")

    def _object(self, properties: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
        if {"evidence", "strength"} <= set(properties):
            strength = self._strength(path) if self._reply else 0
            return {"evidence": self._reply[:EVIDENCE] if strength else "", "strength": strength}
        if not {"evidence", "level"} <= set(properties):
            return {name: self.built(inner, (*path, name)) for name, inner in properties.items()}
        level = self._level(path) if self._reply else 0
        values = {"evidence": self._reply[:EVIDENCE] if level else "", "level": level}
        if "serves" in properties:
            values["serves"] = self.built(properties["serves"]) if level else ""
        return {name: values[name] for name in properties}

    def _strength(self, path: tuple[str, ...]) -> int:
        """Mostly support, so that episodes arrive."""
        return self._draw.choice((2, 3, 4, 4) if path[-1:] in _SUPPORTIVE else (0, 0, 0, 1))

    def _level(self, path: tuple[str, ...]) -> int:
        """Mostly progress, so that episodes arrive."""
        return self._draw.choice((0, 0, 0, 1) if path[-1:] == ("regress",) else (0, 1, 2, 2))

    def _preferred(self, schemas: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """Return the choice to do nothing where there is one, else the first."""
        for schema in schemas:
            inner = self._defs.get(str(schema.get("$ref", "")).rpartition("/")[2], schema)
            if inner.get("properties", {}).get("tool", {}).get("const") == "wait":
                return schema
        return schemas[0]
