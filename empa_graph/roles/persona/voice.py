"""A model's voice for the persona: it words the move that the rules decided, and nothing else."""

from __future__ import annotations

from string import Template

import regex
from pydantic import JsonValue

from empa_graph.errors import ProviderError, RunError
from empa_graph.llm import Chat, Completion, Prompt
from empa_graph.llm.wrapping import without_reasoning
from empa_graph.models.dialogue import CUT_OFF, REFUSALS
from empa_graph.roles.empathic.instructions import profile, prompt_template
from empa_graph.roles.fence import fenced, json_line, mark, shown
from empa_graph.roles.persona.moves import Decision
from empa_graph.roles.views import PersonaView, spoken
from empa_graph.seeds import derived_seed

LONGEST_MESSAGE = 4_000
"""Characters of one message of the persona; what a model writes beyond is refused."""
LONGEST_HEARD = 1_000
"""Characters of the last reply that the model is shown."""
_BROKEN_OFF = CUT_OFF | {"error", "abort", "aborted", "cancelled", "insufficient_system_resource"}
_UNSAID = {"refused": "content_filter", "no_content": None, "cut_off_in_reasoning": "length"}
"""Failures of a request that are an answer of the model and no outage, by the finish reason that they stand for."""
_REFUSAL = regex.compile(
    r"\W*(?:(?:i['\u2019]m|i am) (?:really |very |so )?sorry\W+|(?:sorry|i apologi[sz]e)\W+)?"
    r"(?:but )?(?:unfortunately\W+)?"
    r"(?:i (?:can['\u2019]?t|cannot|can not|won['\u2019]t|will not)(?: be able to)?"
    r"|(?:i['\u2019]m|i am) (?:unable to|not able to))\s"
    r"(?:(?:assist|help)(?: you)? with (?:this|that|your request|the request)\b"
    r"|(?:comply with|fulfil+|complete|process|respond to|continue with) (?:this|that|your|the) (?:request|prompt|role)"
    r"|(?:create|write|generate|produce|provide) (?:(?:this|that|such|the|a|any) )?(?:\w+ )?(?:content|response)\b"
    r"|role-?play\b)",
    regex.IGNORECASE,
)
"""How models begin to refuse in words; a person in distress says "I can't" too, of other things."""


class ModelVoice:
    """Words the decided line through ``chat``, in the persona's way of writing."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self.name = chat.name

    async def say(self, line: str, decision: Decision, view: PersonaView) -> str:
        """Return the model's wording of ``line``; a wording that cannot be spoken is asked for once more.

        Raises RunError, blamed on the persona, when that one cannot be spoken either: ``voice_refused``,
        ``voice_cut_off``, or ``persona_voice`` for one that is empty or too long.
        """
        prompts = [Prompt(role="user", content=_request(line, view))]
        turn = view["messages"][-1].turn + 1 if view["messages"] else 1
        answer = await self._answer(prompts, derived_seed(view["seed"], "voice", turn))
        text = without_reasoning(answer.text).strip()
        if _fault(answer, text, line) is not None:
            answer = await self._answer(prompts, derived_seed(view["seed"], "voice", turn, "again"))
            text = without_reasoning(answer.text).strip()
        if (fault := _fault(answer, text, line)) is not None:
            raise fault
        return text

    async def _answer(self, prompts: list[Prompt], seed: int) -> Completion:
        try:
            return await self._chat.complete(prompts, seed=seed)
        except ProviderError as error:
            if error.kind not in _UNSAID:
                raise
            return Completion(text="", finish_reason=_UNSAID[error.kind])


def _request(line: str, view: PersonaView) -> str:
    persona = view["scenario"].persona
    heard = spoken(view["messages"], "empathic")
    person: dict[str, JsonValue] = {**profile(persona)}
    lines = [
        json_line({"person": person}),
        json_line({"heard": shown(heard[-1], LONGEST_HEARD) if heard else None}),
        json_line({"line": line}),
    ]
    return Template(prompt_template("voice")).substitute(
        language=persona.language,
        low=persona.voice.words[0],
        high=persona.voice.words[1],
        data=fenced(lines, mark(view["seed"], "voice", lines[0])),
    )


def _fault(answer: Completion, text: str, line: str) -> RunError | None:
    """Return why ``text``, which ``answer`` says, cannot be spoken in place of ``line``."""
    reason = (answer.finish_reason or "").lower()
    if reason in REFUSALS or (_REFUSAL.match(text) and not _REFUSAL.match(line)):
        return _failed("voice_refused", f"refused to speak (finish reason: {answer.finish_reason})")
    if reason in _BROKEN_OFF:
        return _failed("voice_cut_off", f"was cut off (finish reason: {answer.finish_reason})")
    if not text or len(text) > LONGEST_MESSAGE:
        return _failed("persona_voice", f"wrote {len(text):,} characters, allowed are 1 to {LONGEST_MESSAGE:,}")
    return None


def _failed(kind: str, what: str) -> RunError:
    return RunError(f"the persona's voice {what}", blame="persona", kind=kind)
