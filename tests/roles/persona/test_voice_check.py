from __future__ import annotations

import json

import pytest

from empa_graph.errors import ProviderError, TransientError
from empa_graph.llm import Completion, ScriptedChat
from empa_graph.models.dialogue import Refused, Voicing
from empa_graph.roles.persona.moves import Decision
from empa_graph.roles.persona.voice import UNREAD, ModelVoice, Said
from tests.roles.judging import inside
from tests.scripted_parts import asked
from tests.voice_parts import REFUSAL

LINE = "My sister says it echoes nicely."
ECHOES = "It echoes nicely, my sister says."
MOVE = Decision("elaborate")
YES = json.dumps({"conforms": True, "because": ""})
NO = json.dumps({"conforms": False, "because": "it adds a doubt"})


async def said(voice: ScriptedChat, check: ScriptedChat) -> Said:
    return await ModelVoice(voice, check=check).say(LINE, MOVE, asked([]))


async def test_only_a_wording_that_passes_the_other_checks_is_asked_about() -> None:
    check = ScriptedChat("check", [YES])
    found = await said(ScriptedChat("voice", [REFUSAL, ECHOES]), check)
    assert found.text == ECHOES and len(check.asked) == 1
    system, user = check.asked[0].prompts
    assert inside(user.content) == [[{"line": LINE}, {"wording": ECHOES}]]
    assert LINE not in system.content


async def test_a_wording_that_the_model_refuses_is_asked_for_again() -> None:
    found = await said(ScriptedChat("voice", [ECHOES, LINE]), ScriptedChat("check", [NO, YES]))
    assert found == Said(LINE, Voicing(refused=(Refused(kind="other_move", words="it adds a doubt"),)))
    fallen = await said(ScriptedChat("voice", [ECHOES], cycle=True), ScriptedChat("check", [NO], cycle=True))
    assert fallen.voicing is not None and fallen.voicing.fallback


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (ProviderError("gone", kind="unauthorised"), "unauthorised"),
        (TransientError("busy", kind="rate_limited"), "rate_limited"),
        ("Yes, it does.", UNREAD),
        ('{"conforms": 1, "because": ""}', UNREAD),
        (Completion(text=YES, finish_reason="length"), "finish reason: length"),
    ],
)
async def test_an_outage_of_the_check_is_recorded_and_the_wording_spoken(answer: object, why: str) -> None:
    found = await said(ScriptedChat("voice", [ECHOES]), ScriptedChat("check", [answer]))  # type: ignore[list-item]
    assert found == Said(ECHOES, Voicing(unchecked=why))
