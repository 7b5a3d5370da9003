"""A director by a chat model with bound tools; a call that cannot be obeyed is a note, and the episode goes on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, Union

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from empa_graph.content.library import prompt_text
from empa_graph.errors import ProviderError
from empa_graph.llm import Chat, Completion, Prompt, ToolCall
from empa_graph.llm.wrapping import only_object
from empa_graph.models.directive import Action, Directive, Standing
from empa_graph.models.episode import Note
from empa_graph.roles.director.tools import TOOLS, ChangePace, End, ReleaseMemory, ShiftStrategy, Tool, Wait
from empa_graph.roles.fence import json_line
from empa_graph.roles.views import ObserverView, ObserverWrite
from empa_graph.seeds import derived_seed

PROMPT = "director.md"
SHOWN = 12
"""Turns and directives back that the model is shown, so that its prompt does not grow with the episode."""
LONGEST_NAME = 80
LONGEST_CAUSE = 300
_BRIEF = r"^[ !#-\[\]-~]{1,120}$"
"""A reason in an answer by schema: printable ASCII without quotes and backslashes."""
_NO_TOOLS = ("tools_unsupported", "bad_request")


class _UnusableError(Exception):
    """A tool call that cannot be obeyed, with its cause."""


class ModelDirector:
    """Offers ``chat`` the director's tools after each turn; ``may_end`` False leaves out ``end``.

    A server that refuses tools is asked for the same choice by a JSON schema; ``tool_calls`` False does so at once.
    """

    def __init__(self, chat: Chat, *, name: str = "director", may_end: bool = True, tool_calls: bool = True) -> None:
        self.name = name
        self._chat = chat
        self._tools = tuple(tool for label, tool in TOOLS.items() if may_end or label != "end")
        self._tool_calls = tool_calls

    async def __call__(self, view: ObserverView) -> ObserverWrite:
        """Write one directive; nothing when the model waits; a note when there is no call that can be obeyed."""
        standing = view["standing"]
        prompts = [
            Prompt(role="system", content=prompt_text(PROMPT).strip()),
            Prompt(role="user", content=shown(standing, view["directives"])),
        ]
        try:
            answer = await self._answer(prompts, derived_seed(view["seed"], self.name, standing.turn))
            tool = self._read(answer, standing)
        except ProviderError as error:
            return self._note(standing, f"the model gave no answer: {error}")
        except _UnusableError as error:
            return self._note(standing, str(error))
        return ObserverWrite() if isinstance(tool, Wait) else self._directive(standing, tool)

    async def _answer(self, prompts: Sequence[Prompt], seed: int) -> Completion:
        if self._tool_calls:
            try:
                return await self._chat.complete(prompts, tools=self._tools, seed=seed)
            except ProviderError as error:
                if error.kind not in _NO_TOOLS:
                    raise
        return await self._chat.complete(prompts, schema=choice(self._tools), seed=seed)

    def _read(self, answer: Completion, standing: Standing) -> Tool:
        """Return the one call of ``answer``. Raises _UnusableError with the cause when it cannot be obeyed."""
        call = _only_call(answer)
        offered = {str(tool.model_config["title"]): tool for tool in self._tools}
        if call.name not in offered:
            raise _UnusableError(f"called {call.name[:LONGEST_NAME]!r}, which is no tool of: {', '.join(offered)}")
        try:
            tool = offered[call.name].model_validate_json(call.arguments)
        except ValidationError as error:
            fault = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, fault["loc"]))
            raise _UnusableError(f"called {call.name} with wrong arguments: {where}: {fault['msg']}") from None
        if isinstance(tool, ReleaseMemory) and tool.beat not in standing.untold:
            raise _UnusableError(f"called release_memory for '{tool.beat}', which is not untold")
        return tool

    def _note(self, standing: Standing, cause: str) -> ObserverWrite:
        content = f"no directive: {' '.join(cause.split())}"[:LONGEST_CAUSE]
        return ObserverWrite(notes=[Note(author=self.name, turn=standing.turn, content=content)])

    def _directive(self, standing: Standing, tool: ReleaseMemory | ShiftStrategy | ChangePace | End) -> ObserverWrite:
        action, argument = _action(tool)
        found = Directive(turn=standing.turn, author=self.name, action=action, argument=argument, reason=tool.reason)
        return ObserverWrite(directives=[found])


def shown(standing: Standing, directives: Sequence[Directive]) -> str:
    """Return the state as one JSON line of the fence: numbers and names, without the reasons given before."""
    state = standing.model_dump(mode="json")
    state |= {name: state[name][-SHOWN:] for name in ("increments", "moves")}
    state["moves"] = [move[:LONGEST_NAME] for move in state["moves"]]
    state["directives"] = [
        {"turn": directive.turn, "action": directive.action, "argument": directive.argument}
        for directive in directives[-SHOWN:]
    ]
    return json_line(state)


@lru_cache(maxsize=8)
def choice(tools: tuple[type[Tool], ...]) -> type[BaseModel]:
    """Return the model of an answer that names one of ``tools`` with its arguments, for a server without tool calls.

    The tool comes first and the reason last and bounded: a small model would write on until its tokens are used up.
    """
    closed = ConfigDict(extra="forbid")
    named = []
    for tool in tools:
        fields: dict[str, object] = {"tool": (Literal[tool.model_config["title"]], ...)}
        fields |= {name: (field.annotation, field) for name, field in tool.model_fields.items()}
        fields["reason"] = (str, Field(pattern=_BRIEF))
        named.append(create_model(tool.__name__, __config__=closed, **fields))  # type: ignore[call-overload]
    call: dict[str, object] = {"call": (Union[tuple(named)], ...)}  # noqa: UP007  # its members are data
    return create_model("Choice", __config__=closed, **call)  # type: ignore[call-overload,no-any-return]


def _only_call(answer: Completion) -> ToolCall:
    calls = answer.calls or _written_call(answer)
    if len(calls) != 1:
        none = f"called no tool (finish reason: {answer.finish_reason})"
        raise _UnusableError(f"called {len(calls)} tools, one is allowed" if calls else none)
    return calls[0]


def _written_call(answer: Completion) -> tuple[ToolCall, ...]:
    """Return the call that the text of an answer by schema holds; its arguments are still unchecked."""
    try:
        call = json.loads(only_object(answer.text))["call"]
        return (ToolCall(name=call.pop("tool"), arguments=json.dumps(call)),)
    except (ValueError, LookupError, TypeError, AttributeError):
        return ()


def _action(tool: ReleaseMemory | ShiftStrategy | ChangePace | End) -> tuple[Action, str]:
    match tool:
        case ReleaseMemory():
            return "release_memory", tool.beat
        case ShiftStrategy():
            return "shift_strategy", tool.strategy
        case ChangePace():
            return "change_pace", tool.pace
        case End():
            return "end", ""
