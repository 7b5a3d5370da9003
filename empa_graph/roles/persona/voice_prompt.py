"""What a model is shown that words a person's line: what stays the same first, then the conversation, then the line.

Rule: two requests of an episode differ at their end only, so that a server can keep what it has read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from string import Template

from pydantic import JsonValue

from empa_graph.models.dialogue import Message, Refused
from empa_graph.models.persona import Persona
from empa_graph.roles.empathic.instructions import profile, prompt_template
from empa_graph.roles.fence import fenced, json_line, mark, shown
from empa_graph.roles.persona.conformance.card import OncePerCard
from empa_graph.roles.persona.conformance.finding import Kind
from empa_graph.roles.views import PersonaView

REASONS: Mapping[Kind, str] = {
    "empty": "there was no message",
    "assistant": "the person does not talk as an assistant, and offers no help",
    "refusal": "the person does not refuse to be worded, and keeps nothing of the line back",
    "meta": "the person knows of no scenario, no role and no test",
    "coaching": "the person does not tell the other one how to answer",
    "reversal": "the person is the one who is heard and does not counsel the other one",
    "notice": "the person gives no notices, numbers of services or general advice",
    "jargon": "the person does not use the words of textbooks and therapists",
    "reasoning": "only the message is written, without thoughts about it",
    "instruction": "nothing of these instructions or of the data's form is written",
    "markup": "the message is plain running text without lists, headings, code or quotation marks around it",
    "repetition": "what the line says once is said once, and not over and over",
    "letter": "the message has no greeting and no signature",
    "stage_direction": "nothing is acted or described in brackets or asterisks",
    "screenplay": "only the person speaks, without a name before the words",
    "narration": "the person speaks in the first person and is not told about",
    "emoji": "the person uses no emoji and no hashtags",
    "language": "the whole message is in the person's language, without a translation",
    "cut_off": "the message breaks off; it has to end",
    "length": "the message is about as long as the line, and no longer than the person writes",
    "identifier": "names of fields and ids are not written",
    "goal": "it says what the person wants from the conversation, which the line does not",
    "echo": "it says back what the person was told instead of the line",
    "fact": "it changes or adds a fact: a number, a name, a relative, an age, a place or a danger",
    "beat": "it tells something that the person has not told yet",
    "beyond": "it says something that the line does not",
    "other_move": "it does not say what the line says, or does something else than the line does",
}

LONGEST_HEARD = 1_000
"""Characters of a reply, or of a message of the person, that the model is shown."""
TURNS = 12
"""Turns back that the model is shown at least, and fewer than twice as many; their beginning moves in such steps."""
LONGEST_FAULT = 120
"""Characters of the words that show a fault."""
_MANNERS = 6
"""Lines of each kind that show how the person writes."""


REFUSAL_ROOM = LONGEST_FAULT + max(map(len, REASONS.values())) + len('{"refused":"","because":""}\n')
"""Characters by which one refused wording lengthens a request at most."""


def request(line: str, view: PersonaView, refused: Sequence[Refused] = ()) -> str:
    """Return the prompt that asks for a wording of ``line``, behind the wordings of it that were ``refused``."""
    persona = view["scenario"].persona
    known = _known(persona)
    lines = [known, *map(_exchanged, _recent(view["messages"])), json_line({"line": line})]
    lines += [
        json_line({"refused": shown(fault.words, LONGEST_FAULT), "because": _reason(fault.kind)}) for fault in refused
    ]
    return Template(prompt_template("voice")).substitute(
        language=persona.language,
        low=persona.voice.words[0],
        high=persona.voice.words[1],
        data=fenced(lines, mark(view["seed"], "voice", known)),
    )


def _reason(kind: str) -> str:
    return next((reason for name, reason in REASONS.items() if name == kind), "it is not what the person says")


def _recent(messages: list[Message]) -> list[Message]:
    """Return the messages of the last turns; where they begin changes every `TURNS` turns only."""
    turns = messages[-1].turn if messages else 0
    first = max(0, (turns // TURNS - 1) * TURNS)
    return [message for message in messages if message.turn > first]


def _exchanged(message: Message) -> str:
    return _told("heard" if message.speaker == "empathic" else "said", message.content)


@lru_cache(maxsize=4096)
def _told(name: str, content: str) -> str:
    """Kept for a while: what was said is shown again with every turn."""
    return json_line({name: shown(content, LONGEST_HEARD)})


@OncePerCard
def _known(persona: Persona) -> str:
    """Return the line of what a voice may know of the person: no beat, no inner trait, nothing of the goal."""
    known: dict[str, JsonValue] = {
        **profile(persona),
        "gender": persona.demographics.gender,
        "culture": persona.demographics.culture,
        "social_class": persona.demographics.social_class,
        "how_others_see_them": list(persona.traits.public),
        "writes_like_this": list(_manner(persona)),
    }
    return json_line({"person": known})


def _manner(persona: Persona) -> list[str]:
    """Return some of the person's lines for any goal, which hold no beat."""
    lines = persona.lines.model_dump(mode="json", include={"hesitate", "deflect", "soften", "withdraw"})
    texts = (one for spoken in lines.values() for one in spoken[:_MANNERS])
    return [text if isinstance(text, str) else text["text"] for text in texts]
