"""What can give no reply is refused before anything is played, and what could be played still is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial, wraps
from pathlib import Path
from typing import Any

import pytest

from empa_graph import Episode, RunConfig, evaluate, play
from empa_graph.errors import UsageError
from empa_graph.roles.empathic.agents import FunctionEmpathic
from empa_graph.roles.empathic.unfit import ALLOWED
from empa_graph.testing.empathy import Empathy
from tests.command import SCENARIO, empa


class Made:
    def __call__(self, messages: object) -> str:
        return "Hm."


class Invoked:
    async def ainvoke(self, state: object, config: object = None) -> str:
        return "Hm."


class Yielding:
    def __call__(self, messages: object) -> Iterator[str]:
        yield "Hm."


def yielding(messages: object) -> Iterator[str]:
    yield "Hm."


async def streaming(messages: object) -> AsyncIterator[str]:
    yield "Hm."


class Streaming:
    async def ainvoke(self, state: object, config: object = None) -> AsyncIterator[str]:
        yield "Hm."


def handed_on(messages: object) -> Iterator[str]:
    return iter(["Hm."])


async def made_elsewhere(messages: object) -> AsyncIterator[str]:
    return streaming(messages)


def three(one: object, two: object, three: object) -> str:
    return "Hm."


def needs_model(messages: object, *, model: str) -> str:
    return model


def no_one() -> str:
    return "Hm."


def with_model(call: Callable[..., str]) -> Callable[[object], str]:
    @wraps(call)
    def outer(messages: object) -> str:
        return call(messages, model="Hm.")

    return outer


def joined(call: Callable[[object], Iterator[str]]) -> Callable[[object], str]:
    @wraps(call)
    def outer(messages: object) -> str:
        return "".join(call(messages))

    return outer


@pytest.mark.parametrize(
    ("agent", "why"),
    [
        (Made, "is the class Made and no instance of it"),
        (Invoked, "is the class Invoked and no instance of it"),
        (yielding, "yields and returns no reply"),
        (streaming, "yields and returns no reply"),
        (Yielding(), "yields and returns no reply"),
        (partial(yielding), "yields and returns no reply"),
        (partial(Yielding()), "yields and returns no reply"),
        (Yielding().__call__, "yields and returns no reply"),
        (Streaming(), "yields and returns no reply"),
        (handed_on, "returns Iterator and no reply"),
        (partial(handed_on), "returns Iterator and no reply"),
        (made_elsewhere, "returns AsyncIterator and no reply"),
        (three, "cannot be called with the messages alone: missing a required argument: 'two'"),
        (needs_model, "cannot be called with the messages alone: missing a required argument: 'model'"),
        (partial(three, 1), "cannot be called with the messages alone: missing a required argument: 'three'"),
        (no_one, "cannot be called with the messages alone: too many positional arguments"),
    ],
)
def test_an_agent_that_can_give_no_reply_is_refused_by_its_name_with_what_is_allowed(agent: Any, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        FunctionEmpathic(agent, name="bot.py:agent")
    assert str(caught.value) == f"the agent bot.py:agent {why}; allowed is {ALLOWED}"


@pytest.mark.parametrize(
    "agent",
    [
        Made(),
        Made().__call__,
        Invoked(),
        lambda *said: "Hm.",
        lambda messages, instructions, style="plain": "Hm.",
        partial(three, 1, 2),
        partial(needs_model, model="Hm."),
        with_model(needs_model),
        joined(yielding),
    ],
)
def test_whatever_takes_the_messages_plays(agent: Any) -> None:
    found = play(SCENARIO, agent, max_turns=1)
    assert [m.content for m in found.messages if m.speaker == "empathic"] == ["Hm."]


CODE = (
    "class Bot:\n    def __call__(self, messages):\n        return 'Hm.'\n\n\ndef stream(messages):\n    yield 'Hm.'\n"
)


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    (tmp_path / "bot.py").write_text(CODE)
    return tmp_path / "bot.py"


@pytest.mark.parametrize("words", [("run", SCENARIO, "--out"), ("run", SCENARIO, "--dry-run", "--out")])
@pytest.mark.parametrize(("name", "why"), [("Bot", "is the class Bot"), ("stream", "yields and returns no reply")])
def test_the_command_refuses_it_in_one_line_and_plays_nothing(words: tuple[str, ...], name: str, why: str, bot: Path):
    done = empa(*words, bot.with_name("run"), "--empathic", f"{bot}:{name}")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert done.err.startswith(f"empa: the agent {bot}:{name} {why}")
    assert not bot.with_name("run").exists()


def test_the_check_of_a_configuration_and_a_run_from_python_refuse_it(bot: Path) -> None:
    (bot.parent / "run.yaml").write_text(f"agent: {{spec: '{bot}:stream'}}\nsuite: {{scenarios: {SCENARIO}}}\n")
    done = empa("config", "check", bot.parent / "run.yaml")
    assert (done.code, f"the agent {bot}:stream yields" in done.err) == (2, True)
    out = bot.with_name("run")
    with pytest.raises(UsageError, match="the agent yielding yields and returns no reply"):
        evaluate(RunConfig(suite={"scenarios": SCENARIO}, store={"out": out}), agent=yielding)
    assert not out.exists()


def test_the_fixture_for_tests_refuses_it_at_the_call() -> None:
    kept: list[Episode] = []
    with pytest.raises(UsageError, match="the agent three cannot be called with the messages alone"):
        Empathy({}, True, kept).play(three, SCENARIO)
    assert kept == []
