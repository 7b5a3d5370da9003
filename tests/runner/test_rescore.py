from __future__ import annotations

import json
from pathlib import Path

import pytest

from empa_graph.errors import ContentError, ProviderError, TransientError
from empa_graph.library import find_scenarios, load_rubric
from empa_graph.models.latent import Step
from empa_graph.roles.evaluator import CueEvaluator
from empa_graph.roles.views import EvaluatorView, EvaluatorWrite
from empa_graph.runner.rescore import LARGEST_LINE, Transcript, rescored, transcripts

RUBRIC = load_rubric()


def chat(*said: tuple[str, object]) -> str:
    return json.dumps({"messages": [{"role": role, "content": content} for role, content in said]})


def read(folder: Path, *lines: str) -> list[Transcript]:
    file = folder / "chats.jsonl"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return list(transcripts(file))


def spoken(transcript: Transcript) -> list[tuple[int, str, str]]:
    return [(m.turn, m.speaker, m.content) for m in transcript.messages]


class Judge:
    """Moves every dimension by 0.1 a turn, but raises the ``faults`` first, one a call."""

    def __init__(self, *faults: Exception | None) -> None:
        self.faults = list(faults)
        self.views: list[EvaluatorView] = []

    async def __call__(self, view: EvaluatorView) -> EvaluatorWrite:
        self.views.append(view)
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault
        return EvaluatorWrite(latent=Step(turn=len(view["latent"].steps) + 1, increment=(0.1,) * 4))


def three_turns(folder: Path) -> Transcript:
    return read(folder, chat(*[("user", "So."), ("assistant", "And then?")] * 3))[0]


def test_a_turn_is_a_users_message_and_the_reply_to_it(tmp_path: Path):
    (found,) = read(tmp_path, chat(("user", "Hi."), ("assistant", "Hello."), ("user", "Bye."), ("assistant", "Go on.")))
    assert spoken(found) == [
        (1, "person", "Hi."),
        (1, "agent", "Hello."),
        (2, "person", "Bye."),
        (2, "agent", "Go on."),
    ]
    assert (found.id, found.turns) == ("1", 2)


def test_system_and_tool_messages_and_the_agents_greeting_are_left_out(tmp_path: Path):
    (found,) = read(
        tmp_path,
        chat(
            ("system", "Be kind."), ("developer", "Be brief."), ("assistant", "Welcome!"), ("user", "Hi."),
            ("tool", "42"), ("function", "42"), ("assistant", "Hello."),
        ),
    )  # fmt: skip
    assert spoken(found) == [(1, "person", "Hi."), (1, "agent", "Hello.")]


def test_messages_in_a_row_of_one_side_are_one_turn(tmp_path: Path):
    said = [("user", "Hi."), ("system", "-"), ("user", "Anyone?"), ("assistant", "Yes."), ("assistant", "Here.")]
    (found,) = read(tmp_path, chat(*said))
    assert [(m.turn, m.speaker) for m in found.messages] == [(1, "person")] * 2 + [(1, "agent")] * 2


def test_a_last_message_without_a_reply_is_no_turn(tmp_path: Path):
    (found,) = read(tmp_path, chat(("user", "Hi."), ("assistant", "Hello."), ("user", "Bye.")))
    assert found.turns == 1


def test_parts_null_content_and_unicode_are_read(tmp_path: Path):
    parts = [{"type": "text", "text": "Grüße"}, {"type": "image_url", "image_url": {}}, {"type": "text", "text": "皆"}]
    (found,) = read(tmp_path, chat(("user", parts), ("assistant", None), ("user", "👩‍👧"), ("assistant", "\u2028ok")))
    assert [m.content for m in found.messages] == ["Grüße\n皆", "", "👩‍👧", "\u2028ok"]


def test_a_conversation_keeps_its_id_and_else_has_its_line(tmp_path: Path):
    line = chat(("user", "Hi."), ("assistant", "Hello."))
    named = json.dumps({"id": "case-7", "model": "m", **json.loads(line)})
    assert [found.id for found in read(tmp_path, named, "", line)] == ["case-7", "3"]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("{not json", ":2: the line: Invalid JSON: key must be a string"),
        ('{"turns": []}', ":2: messages: Field required"),
        ("[1]", ":2: the line: "),
        (chat(("narrator", "x")), r":2: messages\.0\.role: "),
        (chat(("user", 7)), r":2: messages\.0\.content"),
        (chat(("user", "Hi.")), ":2: no assistant message that answers a user message"),
        (chat(("assistant", "Welcome.")), ":2: no assistant message that answers a user message"),
        (chat(("user", "Hi."), ("assistant", "x" * 20_001)), ":2: a message of 20,001 characters, allowed are 20,000"),
        ("[" * 100_000, ":2: the line: Invalid JSON: recursion limit"),
        (" " * (LARGEST_LINE + 1), ":2: 4,194,306 bytes, allowed are 4,194,304"),
        (
            '{"messages": [{"role": "user", "content": "\\ud800"}]}',
            ":2: the line: Invalid JSON: unexpected end of hex escape",
        ),
    ],
)
def test_what_is_no_conversation_is_named_with_file_and_line(tmp_path: Path, line: str, fault: str):
    with pytest.raises(ContentError, match=f"chats.jsonl{fault}"):
        read(tmp_path, chat(("user", "Hi."), ("assistant", "Hello.")), line)


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(ContentError, match=r"none\.jsonl: cannot be read \(no such file"):
        list(transcripts(tmp_path / "none.jsonl"))


async def test_the_evaluator_sees_the_conversation_grow_turn_by_turn(tmp_path: Path):
    judge = Judge()
    await rescored(three_turns(tmp_path), judge, RUBRIC)
    assert [len(view["messages"]) for view in judge.views] == [2, 4, 6]
    assert [len(view["latent"].steps) for view in judge.views] == [0, 1, 2]


async def test_without_a_scenario_the_path_starts_and_aims_at_the_rubrics_prior(tmp_path: Path):
    latent = (await rescored(three_turns(tmp_path), Judge(), RUBRIC)).latent
    assert latent.start == tuple(RUBRIC.prior_start.values())
    assert latent.target == tuple(RUBRIC.prior_target.values())
    assert latent.radius == RUBRIC.prior_radius


async def test_with_a_scenario_the_path_is_the_scenarios(tmp_path: Path):
    scenario = find_scenarios(["exam_student/reduce_stress"])[0]
    episode = await rescored(three_turns(tmp_path), Judge(), RUBRIC, scenario=scenario)
    assert episode.latent.start == tuple(scenario.goal.start[name].value for name in RUBRIC.space.names)
    assert (episode.scenario, episode.ending) == (scenario.id, "recorded")


async def test_the_offline_evaluator_scores_a_saved_conversation_the_same_each_time(tmp_path: Path):
    one, two = [await rescored(three_turns(tmp_path), CueEvaluator(RUBRIC), RUBRIC) for _ in range(2)]
    assert one == two
    assert one.score is not None and one.score.coverage == 1.0


async def test_a_failing_evaluator_leaves_the_judged_turns_and_no_number(tmp_path: Path):
    judge = Judge(None, ProviderError("no such model", kind="model_not_found"))
    episode = await rescored(three_turns(tmp_path), judge, RUBRIC)
    assert (episode.ending, episode.score, episode.unscored) == ("failed", None, "model_not_found: no such model")
    assert episode.failure is not None and (episode.failure.turn, episode.failure.blame) == (2, "provider")
    assert len(episode.latent.steps) == 1


async def test_a_passing_fault_is_tried_again(tmp_path: Path):
    judge = Judge(None, TransientError("busy", kind="rate_limited"))
    episode = await rescored(three_turns(tmp_path), judge, RUBRIC)
    assert (len(judge.views), len(episode.latent.steps)) == (4, 3)
    assert episode.failure is None and episode.score is not None
