"""The same conversation in every format of chat logs, written by hand after the formats' own documents."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

SAID = (
    ("persona", 'I failed the oral exam, and he said "again?".'),
    ("empathic", "That hurts, after a year.\nWhat was it like? 皆"),
    ("persona", "I could not look at him."),
    ("empathic", "You felt ashamed."),
)
ALL = [("system", "Be kind."), ("assistant", "Hello, this is the line.")]
ALL += [({"persona": "user", "empathic": "assistant"}[who], text) for who, text in SAID]


def called(**names: str) -> list[tuple[str, str]]:
    """Return the conversation with other names of the roles."""
    return [(names[role], text) for role, text in ALL]


def openai() -> dict[str, Any]:
    return {"id": "a", "messages": [{"role": role, "content": text} for role, text in ALL]}


def anthropic() -> dict[str, Any]:
    messages = [{"role": role, "content": [{"type": "text", "text": text}]} for role, text in ALL[1:]]
    messages[-1]["content"].insert(0, {"type": "thinking", "thinking": "He is ashamed."})
    messages.insert(3, {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": "42"}]})
    return {"system": "Be kind.", "id": "a", "messages": messages}


def prompts() -> dict[str, Any]:
    messages = [{"role": role, "content": text} for role, text in ALL]
    return {"id": "a", "prompt": messages[:-1], "completion": messages[-1:]}


def sharegpt() -> dict[str, Any]:
    said = called(system="system", user="human", assistant="gpt")
    return {"id": "a", "conversations": [{"from": role, "value": text} for role, text in said]}


def langchain() -> dict[str, Any]:
    said = called(system="system", user="human", assistant="ai")
    return {"id": "a", "messages": [{"type": role, "content": text, "additional_kwargs": {}} for role, text in said]}


def langchain_dicts() -> dict[str, Any]:
    said = called(system="system", user="human", assistant="ai")
    return {"id": "a", "messages": [{"type": role, "data": {"content": text, "type": role}} for role, text in said]}


def constructor(name: str, text: str) -> dict[str, Any]:
    path = ["langchain", "schema", "messages", name]
    return {"lc": 1, "type": "constructor", "id": path, "kwargs": {"content": text, "tool_calls": []}}


def langchain_dumps() -> dict[str, Any]:
    said = called(system="SystemMessage", user="HumanMessage", assistant="AIMessageChunk")
    return {"id": "a", "messages": [constructor(name, text) for name, text in said]}


def langsmith() -> list[dict[str, Any]]:
    """Return the runs of two turns of a thread, newest first, with a retriever and the model inside of a chain."""
    messages = [{"role": role, "content": text} for role, text in ALL]
    last = constructor("AIMessage", ALL[-1][1])
    thread = {"extra": {"metadata": {"thread_id": "a"}}}
    generations = {"generations": [[{"text": ALL[-1][1], "message": last, "type": "ChatGeneration"}]]}
    return [
        {"id": "r3", "run_type": "llm", "parent_run_id": "r2", "start_time": "2026-01-01T10:01:01", **thread}
        | {
            "inputs": {
                "messages": [
                    [
                        constructor("HumanMessage", text) if role == "user" else constructor("AIMessage", text)
                        for role, text in ALL[2:-1]
                    ]
                ]
            },
            "outputs": generations,
        },
        {"id": "r5", "run_type": "retriever", "parent_run_id": "r2", "inputs": {"query": "x"}, "outputs": {}, **thread},
        {"id": "r2", "run_type": "chain", "start_time": "2026-01-01T10:01:00", **thread}
        | {"inputs": {"messages": messages[:-1]}, "outputs": {"messages": messages}},
        {"id": "r1", "run_type": "chain", "start_time": "2026-01-01T10:00:00", **thread}
        | {"inputs": {"messages": messages[:3]}, "outputs": {"output": messages[3]}},
    ]


def langfuse() -> dict[str, Any]:
    """Return what the API gives: a page of traces, each of one turn, of one session."""
    turns = [
        {"input": ALL[2][1], "output": ALL[3][1]},
        {"input": {"question": ALL[4][1]}, "output": {"answer": ALL[5][1]}},
    ]
    times = ["2026-01-01T10:00:00Z", "2026-01-01T10:01:00Z"]
    traces = [
        {"id": f"t{n}", "sessionId": "a", "timestamp": times[n], **turn, "observations": []}
        for n, turn in enumerate(turns)
    ]
    return {"data": traces[::-1], "meta": {"page": 1, "totalItems": 2}}


def langfuse_observations() -> dict[str, Any]:
    messages = [{"role": role, "content": text} for role, text in ALL]
    inside = [
        {
            "id": "o2",
            "type": "GENERATION",
            "traceId": "a",
            "startTime": "2",
            "input": messages[4:5],
            "output": messages[5],
        },
        {
            "id": "o1",
            "type": "GENERATION",
            "traceId": "a",
            "startTime": "1",
            "input": messages[:3],
            "output": messages[3],
        },
    ]
    return {"id": "a", "timestamp": "1", "input": None, "output": None, "observations": inside}


def esconv() -> list[dict[str, Any]]:
    said = [("sys", text) if role == "assistant" else ("usr", text) for role, text in ALL[1:]]
    turns = [{"speaker": who, "annotation": {}, "content": text} for who, text in said]
    return [{"id": "a", "emotion_type": "shame", "situation": "An exam.", "dialog": turns}]


def table(delimiter: str = ",") -> str:
    text = io.StringIO()
    rows = csv.writer(text, delimiter=delimiter)
    rows.writerow(("Conversation", "Role", "Content"))
    rows.writerows(("a", role, said) for role, said in ALL)
    return text.getvalue()


def pairs() -> str:
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(("conversation_id", "prompt", "completion"))
    rows.writerows(("a", ALL[n][1], ALL[n + 1][1]) for n in (2, 4))
    return text.getvalue()


def whatsapp() -> str:
    lines = ["31.12.25, 21:40 - Messages are encrypted."]
    lines += [f"31.12.25, 21:4{n} - {role.title()}: {text}" for n, (role, text) in enumerate(ALL[1:])]
    return "\n".join(lines) + "\n"


def whatsapp_of_a_phone() -> str:
    lines = [f"\u200e[12/31/25, 9:4{n}:05\u202fPM] {role.title()}: {text}" for n, (role, text) in enumerate(ALL[1:])]
    return "\n".join(lines) + "\n"


def plain() -> str:
    return "\n".join(f"{role.title()}: {text}" for role, text in ALL) + "\n"


def line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"


def lines(values: list[Any]) -> str:
    return "".join(map(line, values))


def pretty(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


FILES: dict[str, tuple[str, str]] = {
    "openai": ("openai", line(openai())),
    "openai, pretty": ("openai", pretty(openai())),
    "openai, array": ("openai", pretty([openai()])),
    "openai, array of a line": ("openai", line([openai()])),
    "openai, messages": ("openai", pretty(openai()["messages"])),
    "openai, messages of a line": ("openai", line(openai()["messages"])),
    "anthropic": ("anthropic", line(anthropic())),
    "huggingface": ("huggingface", line(openai())),
    "huggingface, prompt": ("huggingface", line(prompts())),
    "sharegpt": ("sharegpt", line(sharegpt())),
    "sharegpt, array": ("sharegpt", pretty([sharegpt()])),
    "sharegpt, pretty": ("sharegpt", pretty(sharegpt())),
    "langchain": ("langchain", line(langchain())),
    "langchain, data": ("langchain", line(langchain_dicts())),
    "langchain, dumps": ("langchain", pretty(langchain_dumps())),
    "langchain, messages": ("langchain", pretty(langchain_dumps()["messages"])),
    "langsmith": ("langsmith", lines(langsmith())),
    "langsmith, array": ("langsmith", pretty(langsmith())),
    "langsmith, runs": ("langsmith", pretty({"runs": langsmith(), "cursors": {"next": None}})),
    "langfuse": ("langfuse", pretty(langfuse())),
    "langfuse, page of a line": ("langfuse", line(langfuse())),
    "langfuse, observations": ("langfuse", line(langfuse_observations())),
    "esconv": ("esconv", pretty(esconv())),
    "csv": ("csv", table()),
    "csv, semicolons": ("csv", table(";")),
    "csv, tabs": ("csv", table("\t")),
    "csv, pairs": ("csv", pairs()),
    "text": ("text", whatsapp()),
    "text, phone": ("text", whatsapp_of_a_phone()),
    "text, plain": ("text", plain()),
}
"""A name, with the format and the file; our own exports are written by our own commands."""
