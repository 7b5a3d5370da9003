from __future__ import annotations

from empa_graph.models.dialogue import Message, Refused, Voicing
from empa_graph.models.failure import Failure
from empa_graph.models.simulator import Simulator, simulator
from tests.records import episode

REFUSED = Refused(kind="refusal", words="I cannot play this man")


def voiced(*voicings: Voicing | None) -> tuple[Message, ...]:
    return tuple(Message(turn=n, speaker="persona", content="Yes.", voicing=one) for n, one in enumerate(voicings, 1))


def test_messages_that_failed_and_those_spoken_as_the_card_has_them_are_counted() -> None:
    said = voiced(
        Voicing(),
        Voicing(refused=(REFUSED,)),
        Voicing(refused=(REFUSED,) * 3, fallback=True),
        Voicing(unchecked="gone"),
    )
    found = simulator([episode(messages=said)])
    assert found == Simulator(messages=4, failed=2, fallbacks=1, unchecked=1)
    assert (found.failure_share, found.fallback_share) == (0.5, 0.25)


def test_an_episode_that_the_person_ended_is_one_message_more_that_failed() -> None:
    failure = Failure(turn=2, blame="persona", kind="voice_broken", detail="failed 3 times")
    found = simulator([episode(messages=voiced(Voicing()), ending="failed", score=None, failure=failure)])
    assert (found.broken, found.failure_share) == (1, 0.5)


def test_the_cards_own_voice_never_fails() -> None:
    assert simulator([episode(), episode(messages=voiced(None))]).failure_share == 0.0
