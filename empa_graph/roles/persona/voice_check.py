"""A second model that is asked of each wording whether the person said their line, that alone, and as themselves."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from empa_graph.errors import ProviderError
from empa_graph.llm import Chat, Prompt
from empa_graph.llm.wrapping import WrappedError, only_object
from empa_graph.models.dialogue import CUT_OFF, REFUSALS
from empa_graph.roles.empathic.instructions import prompt_template
from empa_graph.roles.fence import fenced, json_line, mark, shown
from empa_graph.roles.persona.conformance import Finding
from empa_graph.roles.views import PersonaView
from empa_graph.seeds import derived_seed

UNREAD = "unreadable"
"""What is recorded of an answer that is none."""


class Verdict(BaseModel):
    """The one answer: whether the wording may be spoken, and in few words what speaks against it."""

    model_config = ConfigDict(extra="forbid", strict=True)
    conforms: bool
    because: Annotated[str, Field(max_length=400)]


class VoiceCheck:
    """Asks ``chat`` about wordings; what it does not answer counts as not checked."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    async def __call__(self, text: str, line: str, view: PersonaView, turn: int) -> tuple[Finding | None, str | None]:
        """Return what speaks against ``text`` as a wording of ``line``, and why it could not be asked."""
        records = [json_line({"line": shown(line)}), json_line({"wording": shown(text)})]
        data = fenced(records, mark(view["seed"], "voice_check"))
        prompts = [
            Prompt(role="system", content=prompt_template("voice_check")),
            Prompt(role="user", content=data),
        ]
        try:
            answer = await self._chat.complete(
                prompts, schema=Verdict, seed=derived_seed(view["seed"], "voice_check", turn)
            )
            reason = (answer.finish_reason or "").lower()
            if reason in CUT_OFF | REFUSALS:
                return None, f"finish reason: {reason}"
            verdict = Verdict.model_validate_json(only_object(answer.text))
        except ProviderError as error:
            return None, error.kind
        except (ValidationError, WrappedError):
            return None, UNREAD
        return (None, None) if verdict.conforms else (Finding("other_move", verdict.because), None)
