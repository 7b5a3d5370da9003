"""What a judge is shown of a conversation: the card, then the history turn by turn, then what is under judgement.

Rule: the text only ever grows at its end, so that a provider's prompt cache holds all of it up to the newest turn;
where the history grows too long, its start moves forward by a whole block at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from pydantic import JsonValue

from empa_graph.models.dialogue import Message
from empa_graph.models.persona import AntiPreference, Scenario
from empa_graph.roles.cue_words import IN_WORDS
from empa_graph.roles.fence import LONGEST_SHOWN, fenced, json_line, mark, shown
from empa_graph.roles.views import EvaluatorView

HISTORY_LIMIT = 12_000
"""Characters of history beyond which its oldest turns are left out."""
HISTORY_KEPT = 3_000
"""Characters of history at most that stay when turns are left out."""
TURNS_BEFORE = 2
"""Turns before those under judgement that are always shown."""
WHOLE_LIMIT, SHORTEST_CUT = 60_000, 200
"""Characters of a whole conversation, and those that each of its messages has at least."""
_LINE = 60
"""Room that a line takes beside its text, so that many short messages are limited too."""


class JudgeRequest(NamedTuple):
    """The text for the judge, the mark of its fence, and what it shows of the replies under judgement, per turn."""

    text: str
    mark: str
    replies: tuple[tuple[str, ...], ...]


class _Turn(NamedTuple):
    number: int
    lines: tuple[str, ...]
    replies: tuple[str, ...]


def judge_request(view: EvaluatorView, *, since: int, every: int = 1, coding: bool = False) -> JudgeRequest:
    """Return what the judge is shown; under judgement are the turns after turn ``since``, at most ``every``.

    A judge that is ``coding`` behaviour is shown who the person is and nothing of what reaches them.
    """
    messages = view["messages"]
    turns = [_turn(number, tuple(said)) for number, said in groupby(messages, key=lambda m: m.turn)]
    first = first_kept([sum(map(len, turn.lines)) for turn in turns], least=every + TURNS_BEFORE)
    scenario = view["scenario"]
    card = json_line({"person": _person(scenario)} if coding else {"persona_card": _card(scenario)})
    left_out = [json_line({"earlier_turns_left_out": first})] if first else []
    own = mark(view["seed"], card, messages[0].content)
    judged = [turn for turn in turns if turn.number > since] or turns[-1:]
    lines = [card, *left_out, *(line for turn in turns[first:] for line in turn.lines)]
    return JudgeRequest(
        text=f"{fenced(lines, own)}\n{_under_judgement([turn.number for turn in judged])}",
        mark=own,
        replies=tuple(turn.replies for turn in judged),
    )


def whole_request(messages: Sequence[Message], scenario: Scenario | None, *, seed: int) -> JudgeRequest:
    """Return what a judge of a whole conversation is shown: every message, each cut so that all of them fit."""
    room = min(LONGEST_SHOWN, max(SHORTEST_CUT, WHOLE_LIMIT // max(1, len(messages))))
    who = json_line({"person": _person(scenario)})
    own = mark(seed, who, messages[0].content if messages else "")
    said = [(message, shown(message.content, room)) for message in messages]
    return JudgeRequest(
        text=f"{fenced([who, *(_line(*each) for each in said)], own)}\nUnder judgement is all that the agent said.",
        mark=own,
        replies=tuple((text,) for message, text in said if message.speaker == "empathic"),
    )


def corrected(case: JudgeRequest, answer: str, fault: str) -> str:
    """Return the text that asks again: it goes on from `JudgeRequest.text`, with the unusable answer fenced as data.

    ``fault`` is said outside the fence: it must not hold a word of the answer.
    """
    earlier = fenced([json_line({"earlier_answer": shown(answer)})], case.mark)
    return f"{case.text}\n\n{earlier}\nThat answer cannot be used: {fault}. Answer again, in the required JSON only."


def first_kept(sizes: Sequence[int], *, least: int) -> int:
    """Return the index of the first turn to show, of turns of ``sizes`` characters; never among the last ``least``.

    It depends on the turns up to now only, and stays where it is until the history passes its limit again.
    """
    first = total = 0
    for end, size in enumerate(sizes, start=1):
        total += size
        if total <= HISTORY_LIMIT:
            continue
        while first < end - least and total > HISTORY_KEPT:
            total -= sizes[first]
            first += 1
    return first


@lru_cache(maxsize=2048)
def _turn(number: int, said: tuple[Message, ...]) -> _Turn:
    """Kept for a while: a turn is shown again with every turn behind it."""
    lines: list[str] = []
    replies: list[str] = []
    room, left_out = {"persona": LONGEST_SHOWN, "empathic": LONGEST_SHOWN}, 0
    for message in said:
        if room[message.speaker] <= 0:
            left_out += 1
            continue
        text = shown(message.content, room[message.speaker])
        lines.append(_line(message, text))
        room[message.speaker] -= len(lines[-1]) + _LINE
        if message.speaker == "empathic":
            replies.append(text)
    if left_out:
        lines.append(json_line({"turn": number, "messages_left_out": left_out}))
    return _Turn(number, tuple(lines), tuple(replies))


def _line(message: Message, text: str) -> str:
    record: dict[str, JsonValue] = {"turn": message.turn, "speaker": message.speaker, "text": text}
    if len(text) < len(message.content):
        record["characters_left_out"] = len(message.content) - len(text)
    return json_line(record)


def _under_judgement(turns: Sequence[int]) -> str:
    if len(turns) == 1:
        return f"Under judgement is what the agent said at turn {turns[0]}."
    listed = f"{', '.join(map(str, turns[:-1]))} and {turns[-1]}"
    return f"Under judgement is what the agent said at turns {listed}: judge these replies together, once."


def _person(scenario: Scenario | None) -> dict[str, JsonValue] | None:
    """Return who the person is and where they write: what a coder of behaviour has to know."""
    if scenario is None:
        return None
    persona, goal = scenario.persona, scenario.goal
    return {
        "name": persona.name,
        "called": persona.called or persona.name.split()[0],
        "age": persona.demographics.age,
        "gender": persona.demographics.gender,
        "culture": persona.demographics.culture,
        "country": persona.country,
        "language": persona.language,
        "setting": {"channel": goal.context, "constraints": list(goal.constraints)},
    }


def _card(scenario: Scenario | None) -> dict[str, JsonValue] | None:
    """Return the card under the names that a judge's ``serves`` uses, without any number of the path."""
    if scenario is None:
        return None
    persona, goal = scenario.persona, scenario.goal
    who = _person(scenario) or {}
    return {
        **{part: what for part, what in who.items() if part != "setting"},
        "summary": persona.summary,
        "values": list(persona.values),
        "public_traits": list(persona.traits.public),
        "inner_traits": list(persona.traits.inner),
        "empathy_threshold": persona.empathy_threshold.model_dump(mode="json"),
        "priorities": {need: annotated["value"] for need, annotated in persona.priorities.model_dump().items()},
        "preferences": [f"{IN_WORDS.get(liked.cue, liked.cue.value)}: {liked.reason}" for liked in persona.preferences],
        "anti_preferences": [_disliked(disliked) for disliked in persona.anti_preferences],
        "words_of_a_reply_they_take_in": list(persona.voice.reply_words),
        "experiences": list(persona.experiences),
        "goal": {"title": goal.title, "reached_when": goal.reached_when},
        "context": {"channel": goal.context, "constraints": list(goal.constraints)},
    }


def _disliked(disliked: AntiPreference) -> str:
    phrases = ", ".join(map(repr, disliked.phrases))
    what = f"being told {phrases}" if phrases else IN_WORDS.get(disliked.cue, disliked.cue.value)
    return f"{what}: {disliked.reason}"
