"""A model's voice for the persona: it words the move that the rules decided, and nothing else.

Rule: a wording is checked before it is spoken. One that fails is asked for again with the reason; then the card's own
line is spoken, or a strict voice fails. A second model can be asked of each wording whether the person said their line,
that alone, and as themselves.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from empa_graph.errors import ProviderError, RunError
from empa_graph.llm import Chat, Completion, Prompt
from empa_graph.llm.wrapping import WrappedError, only_object, without_reasoning
from empa_graph.models.dialogue import CUT_OFF, REFUSALS, Refused, Voicing
from empa_graph.roles.empathic.instructions import prompt_template
from empa_graph.roles.fence import fenced, json_line, mark, shown
from empa_graph.roles.persona.conformance import Finding, Wording, conformance
from empa_graph.roles.persona.moves import Decision
from empa_graph.roles.persona.voice_prompt import LONGEST_FAULT, LONGEST_HEARD, request
from empa_graph.roles.views import PersonaView, spoken
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


LONGEST_MESSAGE = 4_000
"""Characters of one message of the persona; what a model writes beyond is refused."""
ATTEMPTS = 3
"""How often one line is asked for."""
_BROKEN_OFF = CUT_OFF | {"error", "abort", "aborted", "cancelled", "insufficient_system_resource"}
_UNSAID = {"refused": "content_filter", "no_content": None, "cut_off_in_reasoning": "length"}
"""Failures of a request that are an answer of the model and no outage, by the finish reason that they stand for."""


class Said(NamedTuple):
    """What a voice says, and how a model came to word it."""

    text: str
    voicing: Voicing | None = None


class ModelVoice:
    """Words the decided line through ``chat``, in the persona's way of writing.

    ``check`` is asked about every wording that passes the checks without a model; ``strict`` speaks no card line for
    want of a wording.
    """

    def __init__(self, chat: Chat, *, check: Chat | None = None, strict: bool = False) -> None:
        self._chat = chat
        self._check = VoiceCheck(check) if check is not None else None
        self._strict = strict
        self.name = chat.name

    async def say(self, line: str, decision: Decision, view: PersonaView) -> Said:
        """Return the model's wording of ``line``, at the third failing one ``line`` itself.

        Raises RunError of kind ``voice_broken``, blamed on the persona, in place of the latter from a strict voice.
        """
        turn = view["messages"][-1].turn + 1 if view["messages"] else 1
        refused: list[Refused] = []
        unchecked: str | None = None
        for attempt in range(ATTEMPTS):
            prompt = Prompt(role="user", content=request(line, view, refused))
            answer = await self._answer(prompt, derived_seed(view["seed"], "voice", turn, attempt))
            text = without_reasoning(answer.text).strip()
            found = _unsayable(answer, text) or conformance(_wording(text, line, decision, view))
            if found is None and self._check is not None:
                found, unchecked = await self._check(text, line, view, turn)
            if found is None:
                return Said(text, Voicing(refused=tuple(refused), unchecked=unchecked))
            refused.append(Refused(kind=found.kind, words=" ".join(found.words.split())[:LONGEST_FAULT]))
        if self._strict:
            raise RunError(f"the persona's voice {told(refused)}", blame="persona", kind="voice_broken")
        return Said(line, Voicing(refused=tuple(refused), fallback=True, unchecked=unchecked))

    async def _answer(self, prompt: Prompt, seed: int) -> Completion:
        try:
            return await self._chat.complete([prompt], seed=seed)
        except ProviderError as error:
            if error.kind not in _UNSAID:
                raise
            return Completion(text="", finish_reason=_UNSAID[error.kind])


def told(refused: list[Refused] | tuple[Refused, ...]) -> str:
    """Say in one line how wordings failed, from "failed 3 times: " on."""
    faults = (f"{fault.kind} ({fault.words})" if fault.words else fault.kind for fault in refused)
    return f"failed {len(refused)} times: {', '.join(faults)}"


def _unsayable(answer: Completion, text: str) -> Finding | None:
    """Return why the ``text`` of ``answer`` cannot be spoken by anybody."""
    reason = (answer.finish_reason or "").lower()
    if reason in REFUSALS:
        return Finding("refusal", f"finish reason: {reason}")
    if reason in _BROKEN_OFF:
        return Finding("cut_off", f"finish reason: {reason}")
    if len(text) > LONGEST_MESSAGE:
        return Finding("length", f"{len(text):,} characters")
    return None


def _wording(text: str, line: str, decision: Decision, view: PersonaView) -> Wording:
    state, heard = view["persona_state"], spoken(view["messages"], "empathic")
    told_before = frozenset(state.told if state is not None else ())
    return Wording(
        said=text,
        line=line,
        move=decision.move,
        scenario=view["scenario"],
        heard=heard[-1][:LONGEST_HEARD] if heard else "",
        told=told_before | ({decision.beat.id} if decision.beat is not None else set()),
    )
