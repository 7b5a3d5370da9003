"""What a model is told about a wording that is not spoken, by kind; our own words only."""

from __future__ import annotations

from collections.abc import Mapping

from empa_graph.roles.persona.conformance.finding import Kind

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
